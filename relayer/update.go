package relayer

import (
	"bytes"
	"context"
	"fmt"
	"time"

	cmtmath "github.com/cometbft/cometbft/libs/math"
	cmttypes "github.com/cometbft/cometbft/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
)

const (
	// maxSteps bounds the headers between what a client trusts and what it is to know.
	maxSteps = 64
	// updatesPerTx bounds those sent in one transaction.
	updatesPerTx = 8
)

// updates brings client id on c to a height of the chain of at which at least the given one can be
// proven. It returns the height reached and the messages needed, none if the client is there already;
// a way of more than maxSteps headers ends before atLeast and is to be asked for again.
//
// A client accepts a header that more than a third (its trust level) of the validators it trusts
// have signed. Where so many have changed since, headers between are found by halving the way; one
// step of a single block is always accepted, as every header names the next validators.
func (c *Chain) updates(ctx context.Context, of *Chain, id string, atLeast int64) (int64, []sdk.Msg, error) {
	lc, err := c.lightClient(ctx, id)
	if err != nil {
		return 0, nil, err
	}
	if err := lc.usable(time.Now()); err != nil {
		return 0, nil, fmt.Errorf("client %s of %s on %s: %w", id, of.id, c.id, err)
	}
	if known := int64(lc.height().RevisionHeight); known >= atLeast {
		return known, nil, nil // another relayer was faster
	}
	headers, err := of.ladder(ctx, lc, atLeast)
	if err != nil {
		return 0, nil, fmt.Errorf("update client %s of %s on %s: %w", id, of.id, c.id, err)
	}
	msgs := make([]sdk.Msg, len(headers))
	for i, header := range headers {
		if msgs[i], err = clienttypes.NewMsgUpdateClient(id, header, c.Address()); err != nil {
			return 0, nil, err
		}
	}
	return headers[len(headers)-1].Header.Height, msgs, nil
}

// ladder returns headers of c that lead a client, one after the other, to the one at target.
func (c *Chain) ladder(ctx context.Context, lc lightClient, target int64) ([]*ibctm.Header, error) {
	level := cmtmath.Fraction{Numerator: lc.state.TrustLevel.Numerator, Denominator: lc.state.TrustLevel.Denominator}
	trusted, next := lc.height(), lc.newest.NextValidatorsHash
	var steps []*ibctm.Header
	want := target
	for {
		header, err := c.header(ctx, want, trusted)
		if err != nil {
			if isPruned(err) {
				return nil, fmt.Errorf("the validators have changed since height %s, and the node no longer has the headers in between: "+
					"give the relayer, once, a node that keeps all blocks since then (chains[].rpc): %w", trusted, err)
			}
			return nil, err
		}
		ok, err := convinces(header, next, level)
		if err != nil {
			return nil, err
		}
		if !ok {
			from := int64(trusted.RevisionHeight)
			if want <= from+1 {
				return nil, fmt.Errorf("header %d of %s is not signed by the validators that header %d names", want, c.id, from)
			}
			want = from + (want-from)/2
			continue
		}
		if steps = append(steps, header); want == target || len(steps) == maxSteps {
			return steps, nil
		}
		trusted, next, want = c.at(want), header.Header.NextValidatorsHash, target
	}
}

// convinces tells whether a client that trusts header.TrustedHeight, and the hash of the validators
// after it, accepts the header.
func convinces(header *ibctm.Header, next []byte, level cmtmath.Fraction) (bool, error) {
	trusted, err := cmttypes.ValidatorSetFromProto(header.TrustedValidators)
	if err != nil {
		return false, err
	}
	if header.Header.Height == int64(header.TrustedHeight.RevisionHeight)+1 {
		return bytes.Equal(header.Header.ValidatorsHash, next), nil
	}
	if !bytes.Equal(trusted.Hash(), next) {
		return false, fmt.Errorf("the node's validators after height %s are not those that the client knows", header.TrustedHeight)
	}
	commit, err := cmttypes.CommitFromProto(header.Commit)
	if err != nil {
		return false, err
	}
	return trusted.VerifyCommitLightTrusting(header.Header.ChainID, commit, level) == nil, nil
}
