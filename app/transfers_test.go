package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	"github.com/meshchain/meshchain/testutil/mesh"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// With transfers switched off, value does not leave in a TransacKet either.
func TestDisabledTransfersStopTransackets(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	farm := m.Link("farm")
	alice := farm.Zone.Accounts[0]
	msg := &transackettypes.MsgSend{
		Sender: alice.String(), To: m.Main.Accounts[0].String(), Payment: farm.Zone.Native(5),
		Envelope: transackettypes.Inband([]byte("out")), Channel: farm.ZoneChannel(),
	}
	farm.Relay(farm.Zone.MustSend(alice, msg))
	require.NoError(t, farm.Zone.App.CircuitKeeper.DisableList.Set(farm.Zone.Ctx(), sdk.MsgTypeURL(&transfertypes.MsgTransfer{})))
	_, err := farm.Zone.Send(alice, []sdk.Msg{msg})
	require.ErrorContains(t, err, "MsgTransfer is disabled")
}
