package transacket

import (
	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// emit emits a typed event from an IBC callback. An event that cannot be encoded
// is logged: a callback that failed for it would hold up the packet for ever.
func (m IBCMiddleware) emit(ctx sdk.Context, event proto.Message) {
	if err := ctx.EventManager().EmitTypedEvent(event); err != nil {
		m.keeper.Logger(ctx).Error("event is lost", "event", proto.MessageName(event), "err", err)
	}
}
