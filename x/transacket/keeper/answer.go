package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Answer tells the hooks that wait for a packet what became of it. A hook that fails
// changes nothing and does not hold up the packet: its sender is settled already. An
// error means that state is corrupt.
func (k Keeper) Answer(ctx sdk.Context, packet channeltypes.Packet, receipt *types.TransacketAck) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	for _, hook := range k.hooks {
		asker, ok := hook.(types.AnswerHooks)
		if !ok || !asker.Asked(ctx, packet.SourceChannel, packet.Sequence) {
			continue
		}
		_, err := k.contain(ctx, params.HookGasLimit, "answer", func(ctx sdk.Context) (types.HookResult, error) {
			return types.HookResult{}, asker.OnAnswer(ctx, packet.SourceChannel, packet.Sequence, receipt)
		})
		if err != nil {
			k.Logger(ctx).Error("answer is lost", "channel", packet.SourceChannel, "sequence", packet.Sequence, "err", err)
		}
	}
	return nil
}
