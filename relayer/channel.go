package relayer

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
)

// channel reads a channel end, nil if it has no id yet.
func (c *Chain) channel(ctx context.Context, e End) (*channeltypes.Channel, error) {
	if e.ChannelID == "" {
		return nil, nil
	}
	bz, err := c.value(ctx, host.ChannelKey(e.PortID, e.ChannelID))
	if err != nil {
		return nil, err
	}
	if len(bz) == 0 {
		return nil, fmt.Errorf("channel %s on port %s does not exist on %s", e.ChannelID, e.PortID, c.id)
	}
	var end channeltypes.Channel
	if err := c.client.Encoding.Codec.Unmarshal(bz, &end); err != nil {
		return nil, fmt.Errorf("channel %s on %s: %w", e.ChannelID, c.id, err)
	}
	return &end, nil
}

// findChannel looks, among the channels of a connection, for what an earlier run made between the
// same ports: the one that has come furthest, and beyond a state. An end that is not recorded matches
// any.
func (c *Chain) findChannel(ctx context.Context, mine, other End, path Path, beyond channeltypes.State) (string, error) {
	r, err := channeltypes.NewQueryClient(c.client).ConnectionChannels(ctx, &channeltypes.QueryConnectionChannelsRequest{
		Connection: mine.ConnectionID, Pagination: &query.PageRequest{Limit: uint64(maxListedIDs)},
	})
	if err != nil {
		return "", fmt.Errorf("channels of connection %s on %s: %w", mine.ConnectionID, c.id, err)
	}
	best, state := "", beyond
	for _, ch := range r.Channels {
		if ch == nil || ch.State > channeltypes.OPEN || ch.PortId != mine.PortID || ch.Version != path.Version || ch.Ordering != path.ordering() {
			continue // closed, or something else
		}
		if ch.Counterparty.PortId == other.PortID && matches(ch.Counterparty.ChannelId, other.ChannelID) && ch.State > state {
			best, state = ch.ChannelId, ch.State
		}
	}
	return best, nil
}

func channelInit(mine, other End, path Path, signer string) sdk.Msg {
	return channeltypes.NewMsgChannelOpenInit(mine.PortID, path.Version, path.ordering(), []string{mine.ConnectionID}, other.PortID, signer)
}

func (c *Chain) proveChannel(ctx context.Context, e End, height int64) ([]byte, error) {
	_, proof, err := c.prove(ctx, host.ChannelKey(e.PortID, e.ChannelID), height)
	return proof, err
}

// channelTry answers, on c, the INIT that from proves.
func (c *Chain) channelTry(ctx context.Context, from *Chain, mine, other End, path Path, height int64) (sdk.Msg, error) {
	proof, err := from.proveChannel(ctx, other, height)
	if err != nil {
		return nil, err
	}
	return channeltypes.NewMsgChannelOpenTry(mine.PortID, path.Version, path.ordering(), []string{mine.ConnectionID}, other.PortID,
		other.ChannelID, path.Version, proof, from.at(height), c.Address()), nil
}

// channelAck answers, on c, the TRYOPEN that from proves.
func (c *Chain) channelAck(ctx context.Context, from *Chain, mine, other End, version string, height int64) (sdk.Msg, error) {
	proof, err := from.proveChannel(ctx, other, height)
	if err != nil {
		return nil, err
	}
	return channeltypes.NewMsgChannelOpenAck(mine.PortID, mine.ChannelID, other.ChannelID, version, proof, from.at(height), c.Address()), nil
}

// channelConfirm answers, on c, the OPEN that from proves.
func (c *Chain) channelConfirm(ctx context.Context, from *Chain, mine, other End, height int64) (sdk.Msg, error) {
	proof, err := from.proveChannel(ctx, other, height)
	if err != nil {
		return nil, err
	}
	return channeltypes.NewMsgChannelOpenConfirm(mine.PortID, mine.ChannelID, proof, from.at(height), c.Address()), nil
}
