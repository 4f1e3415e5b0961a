package mesh_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
)

func transfer(from *mesh.Chain, channel string, by, to *fixture.Account, coin sdk.Coin) *transfertypes.MsgTransfer {
	timeout := from.Test.CurrentHeader.Time.Add(time.Hour).UnixNano()
	return transfertypes.NewMsgTransfer(transfertypes.PortID, channel, coin, by.String(), to.String(), clienttypes.ZeroHeight(), uint64(timeout), "")
}

// Tokens of a zone go to the main chain, on to another zone, and all the way back.
func TestVouchersAcrossTheMesh(t *testing.T) {
	m := mesh.New(t, []string{"farm", "port"})
	farm, port := m.Link("farm"), m.Link("port")
	require.NotEqual(t, farm.MainChannel(), port.MainChannel())
	alice, bob := farm.Zone.Accounts[0], m.Main.Accounts[1]

	farm.Relay(farm.Zone.MustSend(alice, transfer(farm.Zone, farm.ZoneChannel(), alice, bob, farm.Zone.Native(1000))))
	onMain := farm.Voucher(farm.Zone, "ufarm")
	require.Equal(t, sdk.NewInt64Coin(onMain, 1000), m.Main.Balance(bob, onMain))
	m.CheckInvariants()

	waiting := m.Main.MustSend(bob, transfer(m.Main, port.MainChannel(), bob, alice, sdk.NewInt64Coin(onMain, 400)))
	m.CheckInvariants() // in flight
	_, err := port.Receive(waiting)
	require.NoError(t, err)
	m.CheckInvariants() // delivered, not acknowledged
	port.RelayAll()
	m.CheckInvariants()
	onPort := port.Voucher(m.Main, onMain)
	require.Equal(t, sdk.NewInt64Coin(onPort, 400), port.Zone.Balance(alice, onPort))

	port.Relay(port.Zone.MustSend(alice, transfer(port.Zone, port.ZoneChannel(), alice, bob, sdk.NewInt64Coin(onPort, 400))))
	farm.Relay(m.Main.MustSend(bob, transfer(m.Main, farm.MainChannel(), bob, alice, sdk.NewInt64Coin(onMain, 1000))))
	require.Equal(t, farm.Zone.Native(fixture.Balance), farm.Zone.Balance(alice, "ufarm"))
	require.True(t, m.Main.App.BankKeeper.GetSupply(m.Main.Ctx(), onMain).IsZero())
	m.CheckInvariants()
}

func TestReplicaOfALinkedChain(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	farm := m.Link("farm")
	alice, bob := farm.Zone.Accounts[0], m.Main.Accounts[1]
	farm.Relay(farm.Zone.MustSend(alice, transfer(farm.Zone, farm.ZoneChannel(), alice, bob, farm.Zone.Native(5))))
	require.Equal(t, m.Main.AppHash(), m.Main.Replica().AppHash())
	require.Equal(t, farm.Zone.AppHash(), farm.Zone.Replica().AppHash())
}
