package relayer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
)

// maxClockDrift is how far a header's time may lie ahead of the chain that verifies it.
const maxClockDrift = 10 * time.Minute

// ErrClientDead says that a light client has expired or is frozen. Only governance of the chain it
// lives on can substitute it (ibc-go MsgRecoverClient).
var ErrClientDead = errors.New("light client is dead")

// lightClient is the state, on one chain, of its light client of another.
type lightClient struct {
	state  *ibctm.ClientState
	newest *ibctm.ConsensusState
}

func (l lightClient) height() clienttypes.Height { return l.state.LatestHeight }

// expiry is when the client can no longer be updated.
func (l lightClient) expiry() time.Time { return l.newest.Timestamp.Add(l.state.TrustingPeriod) }

// refreshAt is when the client is due for an update without packets: after a third of its trusting
// period, which leaves two thirds for outages.
func (l lightClient) refreshAt() time.Time { return l.newest.Timestamp.Add(l.state.TrustingPeriod / 3) }

// usable tells why not, if the client cannot be updated any more.
func (l lightClient) usable(now time.Time) error {
	if !l.state.FrozenHeight.IsZero() {
		return fmt.Errorf("frozen for misbehaviour at %s: %w", l.state.FrozenHeight, ErrClientDead)
	}
	if !l.expiry().After(now) {
		return fmt.Errorf("expired at %s, not updated for its trusting period of %s: %w", l.expiry().UTC().Format(time.RFC3339), l.state.TrustingPeriod, ErrClientDead)
	}
	return nil
}

// lightClient reads the client with the given id on c.
func (c *Chain) lightClient(ctx context.Context, id string) (lightClient, error) {
	bz, err := c.value(ctx, host.FullClientStateKey(id))
	if err != nil {
		return lightClient{}, err
	}
	if len(bz) == 0 {
		return lightClient{}, fmt.Errorf("client %s does not exist on %s", id, c.id)
	}
	cs, err := clienttypes.UnmarshalClientState(c.client.Encoding.Codec, bz)
	if err != nil {
		return lightClient{}, fmt.Errorf("client %s on %s: %w", id, c.id, err)
	}
	state, ok := cs.(*ibctm.ClientState)
	if !ok {
		return lightClient{}, fmt.Errorf("client %s on %s is of type %s, want %s", id, c.id, cs.ClientType(), ibctm.ModuleName)
	}
	newest, err := c.consensusState(ctx, id, state.LatestHeight)
	if err == nil && newest == nil {
		err = fmt.Errorf("client %s on %s: no consensus state at its latest height %s", id, c.id, state.LatestHeight)
	}
	return lightClient{state, newest}, err
}

// consensusState returns what client id on c knows about a height, nil if nothing.
func (c *Chain) consensusState(ctx context.Context, id string, height clienttypes.Height) (*ibctm.ConsensusState, error) {
	bz, err := c.value(ctx, host.FullConsensusStateKey(id, height))
	if err != nil || len(bz) == 0 {
		return nil, err
	}
	cons, err := clienttypes.UnmarshalConsensusState(c.client.Encoding.Codec, bz)
	if err != nil {
		return nil, fmt.Errorf("consensus state %s of client %s on %s: %w", height, id, c.id, err)
	}
	tm, ok := cons.(*ibctm.ConsensusState)
	if !ok {
		return nil, fmt.Errorf("consensus state %s of client %s on %s is %T", height, id, c.id, cons)
	}
	return tm, nil
}

// ensureClient returns a usable client, on c, of the chain of. A recorded client is verified: of
// that chain, alive, and of the same history as the node of the other chain serves. Without a record
// a new one is made; its trusting period is two thirds of the unbonding time, so that whoever signs
// a false header can still be punished.
func (c *Chain) ensureClient(ctx context.Context, of *Chain, id string) (string, error) {
	if id == "" {
		return c.createClient(ctx, of)
	}
	lc, err := c.lightClient(ctx, id)
	if err != nil {
		return "", err
	}
	if lc.state.ChainId != of.id {
		return "", fmt.Errorf("client %s on %s is of chain %q, want %q", id, c.id, lc.state.ChainId, of.id)
	}
	if err := lc.usable(time.Now()); err != nil {
		return "", fmt.Errorf("client %s of %s on %s: %w", id, of.id, c.id, err)
	}
	actual, err := of.signedHeader(ctx, int64(lc.height().RevisionHeight))
	if err != nil {
		return "", err
	}
	if !bytes.Equal(actual.AppHash, lc.newest.Root.GetHash()) {
		return "", fmt.Errorf("client %s on %s follows another chain with the id %s: at height %s it has root %X, the node says %X",
			id, c.id, of.id, lc.height(), lc.newest.Root.GetHash(), actual.AppHash)
	}
	return id, nil
}

func (c *Chain) createClient(ctx context.Context, of *Chain) (string, error) {
	unbonding, err := of.unbonding(ctx)
	if err != nil {
		return "", err
	}
	tip, err := of.head(ctx)
	if err != nil {
		return "", err
	}
	signed, err := of.signedHeader(ctx, tip.height)
	if err != nil {
		return "", err
	}
	msg, err := clienttypes.NewMsgCreateClient(
		ibctm.NewClientState(of.id, ibctm.DefaultTrustLevel, unbonding/3*2, unbonding, maxClockDrift, of.at(tip.height),
			commitmenttypes.GetSDKSpecs(), []string{"upgrade", "upgradedIBCState"}),
		ibctm.NewConsensusState(signed.Time, commitmenttypes.NewMerkleRoot(signed.AppHash), signed.NextValidatorsHash),
		c.Address())
	if err != nil {
		return "", err
	}
	res, err := c.account.Send(ctx, msg)
	if err != nil {
		return "", fmt.Errorf("create client of %s on %s: %w", of.id, c.id, err)
	}
	return eventID(res, clienttypes.EventTypeCreateClient, clienttypes.AttributeKeyClientID)
}

func eventID(res *client.TxResult, eventType, key string) (string, error) {
	id, ok := res.Events.Attr(eventType, key)
	if !ok || id == "" {
		return "", fmt.Errorf("tx %s: no event %s with %s", res.Hash, eventType, key)
	}
	return id, nil
}
