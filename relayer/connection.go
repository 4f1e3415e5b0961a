package relayer

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	conntypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	ibcPrefix    = commitmenttypes.NewMerklePrefix([]byte("ibc"))
	ibcVersion   = conntypes.GetCompatibleVersions()[0]
	noDelay      = uint64(0)
	maxListedIDs = 1000
)

// connection reads a connection end, nil if id is empty.
func (c *Chain) connection(ctx context.Context, id string) (*conntypes.ConnectionEnd, error) {
	if id == "" {
		return nil, nil
	}
	bz, err := c.value(ctx, host.ConnectionKey(id))
	if err != nil {
		return nil, err
	}
	if len(bz) == 0 {
		return nil, fmt.Errorf("connection %s does not exist on %s", id, c.id)
	}
	var end conntypes.ConnectionEnd
	if err := c.client.Encoding.Codec.Unmarshal(bz, &end); err != nil {
		return nil, fmt.Errorf("connection %s on %s: %w", id, c.id, err)
	}
	return &end, nil
}

// findConnection looks, among the connections of a client, for what an earlier run made between the
// same two clients: the one that has come furthest, and beyond a state. An end that is not recorded
// matches any.
func (c *Chain) findConnection(ctx context.Context, mine, other End, beyond conntypes.State) (string, error) {
	r, err := conntypes.NewQueryClient(c.client).ClientConnections(ctx, &conntypes.QueryClientConnectionsRequest{ClientId: mine.ClientID})
	if status.Code(err) == codes.NotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("connections of client %s on %s: %w", mine.ClientID, c.id, err)
	}
	best, state := "", beyond
	for i, id := range r.ConnectionPaths {
		if i == maxListedIDs {
			break
		}
		end, err := c.connection(ctx, id)
		if err != nil {
			return "", err
		}
		cp := end.Counterparty
		if cp.ClientId == other.ClientID && matches(cp.ConnectionId, other.ConnectionID) && end.State > state {
			best, state = id, end.State
		}
	}
	return best, nil
}

// matches tells whether two ids may be the same, as far as they are known.
func matches(a, b string) bool { return a == "" || b == "" || a == b }

// clientProof is what a chain proves about its light client of the other, which checks that it is
// described truly (ICS-3, validateSelfClient).
type clientProof struct {
	connection       []byte
	client           []byte
	clientValue      []byte
	consensus        []byte
	consensusHeight  clienttypes.Height
	connectionHeight clienttypes.Height
}

// proveConnection proves connection, client and consensus state on c for the header at height.
func (c *Chain) proveConnection(ctx context.Context, end End, height int64) (p clientProof, err error) {
	p.connectionHeight = c.at(height)
	if _, p.connection, err = c.prove(ctx, host.ConnectionKey(end.ConnectionID), height); err != nil {
		return p, err
	}
	if p.clientValue, p.client, err = c.prove(ctx, host.FullClientStateKey(end.ClientID), height); err != nil {
		return p, err
	}
	state, err := clienttypes.UnmarshalClientState(c.client.Encoding.Codec, p.clientValue)
	if err != nil {
		return p, fmt.Errorf("client %s on %s: %w", end.ClientID, c.id, err)
	}
	latest, ok := state.GetLatestHeight().(clienttypes.Height)
	if !ok {
		return p, fmt.Errorf("client %s on %s: height %s", end.ClientID, c.id, state.GetLatestHeight())
	}
	p.consensusHeight = latest
	_, p.consensus, err = c.prove(ctx, host.FullConsensusStateKey(end.ClientID, latest), height)
	return p, err
}

func connectionInit(mine, other End, signer string) sdk.Msg {
	return conntypes.NewMsgConnectionOpenInit(mine.ClientID, other.ClientID, ibcPrefix, ibcVersion, noDelay, signer)
}

// connectionTry answers, on c, the INIT that from proves.
func (c *Chain) connectionTry(ctx context.Context, from *Chain, mine, other End, height int64) (sdk.Msg, error) {
	p, err := from.proveConnection(ctx, other, height)
	if err != nil {
		return nil, err
	}
	state, err := clienttypes.UnmarshalClientState(c.client.Encoding.Codec, p.clientValue)
	if err != nil {
		return nil, err
	}
	return conntypes.NewMsgConnectionOpenTry(mine.ClientID, other.ConnectionID, other.ClientID, state, ibcPrefix,
		conntypes.GetCompatibleVersions(), noDelay, p.connection, p.client, p.consensus, p.connectionHeight, p.consensusHeight, c.Address()), nil
}

// connectionAck answers, on c, the TRYOPEN that from proves.
func (c *Chain) connectionAck(ctx context.Context, from *Chain, mine, other End, height int64) (sdk.Msg, error) {
	p, err := from.proveConnection(ctx, other, height)
	if err != nil {
		return nil, err
	}
	state, err := clienttypes.UnmarshalClientState(c.client.Encoding.Codec, p.clientValue)
	if err != nil {
		return nil, err
	}
	return conntypes.NewMsgConnectionOpenAck(mine.ConnectionID, other.ConnectionID, state, p.connection, p.client, p.consensus,
		p.connectionHeight, p.consensusHeight, ibcVersion, c.Address()), nil
}

// connectionConfirm answers, on c, the OPEN that from proves.
func (c *Chain) connectionConfirm(ctx context.Context, from *Chain, mine, other End, height int64) (sdk.Msg, error) {
	_, proof, err := from.prove(ctx, host.ConnectionKey(other.ConnectionID), height)
	if err != nil {
		return nil, err
	}
	return conntypes.NewMsgConnectionOpenConfirm(mine.ConnectionID, proof, from.at(height), c.Address()), nil
}
