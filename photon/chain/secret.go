package chain

import (
	"context"
	"encoding/hex"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Secret returns the preimage of a hash and when it got on record; found is false if it is not there
// yet at some newer height of the endpoint that answers first.
func (c *Chain) Secret(ctx context.Context, hash types.Hash) (secret types.Secret, found bool, err error) {
	return secretOf(ctx, c.Query(), hash)
}

// SecretAt is Secret in the state of one height, as all endpoints have it that are worth anything at
// the moment: that there is no secret decides about money, and an endpoint that lags has none either.
// It is an error if they differ (ErrContradiction), or if one of them does not answer.
func (c *Chain) SecretAt(ctx context.Context, hash types.Hash, height int64) (secret types.Secret, found bool, err error) {
	if height < 1 {
		return secret, false, fmt.Errorf("%s: secret at height %d: must be at least 1", c.ID(), height)
	}
	endpoints := c.view.worth()
	if len(endpoints) == 0 {
		return secret, false, fmt.Errorf("%s: secret at height %d: %w", c.ID(), height, ErrUnreachable)
	}
	for i, e := range endpoints {
		ctx, cancel := context.WithTimeout(client.AtHeight(ctx, height), c.cfg.CallTimeout)
		theirs, there, err := secretOf(ctx, types.NewQueryClient(e.client), hash)
		cancel()
		switch {
		case err != nil:
			return secret, false, fmt.Errorf("%s: %w", e.url, err)
		case i == 0:
			secret, found = theirs, there
		case found != there || string(secret.Secret) != string(theirs.Secret) || secret.RegisteredAt != theirs.RegisteredAt:
			return secret, false, fmt.Errorf("%s: %w: the secret of %x at height %d differs at %s and %s", c.ID(), ErrContradiction, hash, height, endpoints[0].url, e.url)
		}
	}
	return secret, found, nil
}

func secretOf(ctx context.Context, q types.QueryClient, hash types.Hash) (secret types.Secret, found bool, err error) {
	r, err := q.Secret(ctx, &types.QuerySecretRequest{Hash: hex.EncodeToString(hash[:])})
	if status.Code(err) == codes.NotFound {
		return secret, false, nil
	}
	if err != nil {
		return secret, false, err
	}
	return r.Secret, true, nil
}
