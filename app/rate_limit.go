package app

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	ratelimitkeeper "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/keeper"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
)

// rateLimits tells rate limiting of what it cannot see: an error acknowledgement that
// is written later than its packet came in. The inflow was counted then and, unlike
// that of a packet refused at once, is not undone by core. If nothing made up for it,
// a sender who always gets the payment back could raise the net inflow for nothing,
// and by as much lift the limit of what may leave.
//
// It counts as outflow, rather than take back the inflow: the window in which the
// packet came in may be over.
type rateLimits struct{ ratelimitkeeper.Keeper }

// Returned implements x/transacket's RateLimits. It finds the limit as
// ReceiveRateLimitedPacket did.
func (l rateLimits) Returned(ctx sdk.Context, packet channeltypes.Packet) error {
	info, err := ratelimitkeeper.ParsePacketInfo(packet, ratelimittypes.PACKET_RECV)
	if err != nil {
		return err
	}
	limit, found := l.GetRateLimit(ctx, info.Denom, info.ChannelID)
	if !found || l.IsAddressPairWhitelisted(ctx, info.Sender, info.Receiver) {
		return nil
	}
	limit.Flow.Outflow = limit.Flow.Outflow.Add(info.Amount)
	l.SetRateLimit(ctx, limit)
	return nil
}
