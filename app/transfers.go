package app

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transferkeeper "github.com/cosmos/ibc-go/v8/modules/apps/transfer/keeper"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
)

// transfers lets TransacKets leave by ICS-20, which their keeper calls directly,
// past the message router and so past its guard.
type transfers struct {
	transferkeeper.Keeper
	guard messageGuard
}

// Transfer sends a packet, unless MsgTransfer is disabled for everybody.
func (t transfers) Transfer(ctx context.Context, msg *transfertypes.MsgTransfer) (*transfertypes.MsgTransferResponse, error) {
	if _, err := t.guard.IsAllowed(ctx, sdk.MsgTypeURL(msg)); err != nil {
		return nil, err
	}
	return t.Keeper.Transfer(ctx, msg)
}
