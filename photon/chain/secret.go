package chain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/channels/types"
)

// SecretRecord is what the chain has on record for a hash, in the state of one block.
type SecretRecord struct {
	// Found tells that there is a secret.
	Found bool
	// Secret and the channel clock that it came at.
	Secret types.Hash
	At     uint64
	// Clock of the channels in that block.
	Clock uint64
}

// Record asks whether the preimage of a hash is on record. Whether a lock is paid or void hangs on the answer, and one
// endpoint could give a false one: all usable endpoints are asked about the same block, and at least two if two are
// configured. They must agree, or the error is ErrContradiction; ErrUnreachable if too few answer: ask again later.
func (c *Chain) Record(ctx context.Context, hash types.Hash) (SecretRecord, error) {
	s := c.view.newest()
	at := s.common - 1 // the state of a block may be there a moment after its header
	if at < 1 || len(s.usable) < min(2, len(c.view.endpoints)) {
		return SecretRecord{}, fmt.Errorf("%s: %w: %d of %d can be asked for a secret, two must agree", c.ID(), ErrUnreachable, len(s.usable), len(c.view.endpoints))
	}
	var first SecretRecord
	for i, e := range s.usable {
		asking, cancel := context.WithTimeout(client.AtHeight(ctx, at), c.cfg.CallTimeout)
		record, err := e.record(asking, hash)
		cancel()
		if err != nil {
			return SecretRecord{}, fmt.Errorf("%s: %w", e.url, err)
		}
		if i == 0 {
			first = record
		} else if record != first {
			return SecretRecord{}, fmt.Errorf("%s: %w: the secret of hash %x at height %d is %+v at %s and %+v at %s", c.ID(), ErrContradiction, hash, at, first, s.usable[0].url, record, e.url)
		}
	}
	return first, nil
}

// Secret returns the preimage of a hash if any endpoint knows it. That it is on record, and since when, says Record.
func (c *Chain) Secret(ctx context.Context, hash types.Hash) (secret types.Hash, found bool, err error) {
	for _, e := range c.view.order() {
		asking, cancel := context.WithTimeout(ctx, c.cfg.CallTimeout)
		record, failed := e.record(asking, hash)
		cancel()
		if failed == nil && record.Found {
			return record.Secret, true, nil
		}
		err = errors.Join(err, failed)
	}
	return secret, false, err
}

func (e *endpoint) record(ctx context.Context, hash types.Hash) (out SecretRecord, err error) {
	q := types.NewQueryClient(e.client)
	clock, err := q.Clock(ctx, &types.QueryClockRequest{})
	if err != nil {
		return out, err
	}
	out.Clock = clock.Clock
	r, err := q.Secret(ctx, &types.QuerySecretRequest{Hash: hex.EncodeToString(hash[:])})
	if status.Code(err) == codes.NotFound {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if len(r.Secret.Secret) != types.SecretLength || sha256.Sum256(r.Secret.Secret) != hash {
		return out, fmt.Errorf("the secret for hash %x is not its preimage", hash)
	}
	out.Found, out.Secret, out.At = true, types.Hash(r.Secret.Secret), r.Secret.RegisteredAt
	return out, nil
}
