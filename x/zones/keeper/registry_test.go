package keeper_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

func TestRegisterRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, msg *types.MsgRegisterZone)
		reason error
		says   string
	}{
		"name":             {func(_ *world, m *types.MsgRegisterZone) { m.Name = "Farm" }, types.ErrInvalidZone, "Farm"},
		"name too long":    {func(_ *world, m *types.MsgRegisterZone) { m.Name = strings.Repeat("a", 32) }, types.ErrInvalidZone, "{2,30}"},
		"main's token":     {func(_ *world, m *types.MsgRegisterZone) { m.Name = "smt" }, types.ErrInvalidZone, "usmt"},
		"chain-id":         {func(_ *world, m *types.MsgRegisterZone) { m.ChainId = "port-1" }, types.ErrInvalidChainID, "farm-<revision>"},
		"short hash":       {func(_ *world, m *types.MsgRegisterZone) { m.GenesisHash = hash[1:] }, types.ErrDescription, "31 bytes"},
		"long hash":        {func(_ *world, m *types.MsgRegisterZone) { m.GenesisHash = append(hash, 0) }, types.ErrDescription, "33 bytes"},
		"less bond":        {func(_ *world, m *types.MsgRegisterZone) { m.Bond.Amount = m.Bond.Amount.SubRaw(1) }, types.ErrBond, "must be 100000000usmt"},
		"more bond":        {func(_ *world, m *types.MsgRegisterZone) { m.Bond.Amount = m.Bond.Amount.AddRaw(1) }, types.ErrBond, "must be 100000000usmt"},
		"other bond":       {func(_ *world, m *types.MsgRegisterZone) { m.Bond.Denom = "umesh" }, types.ErrBond, "umesh"},
		"no money":         {func(w *world, m *types.MsgRegisterZone) { w.bank[alice.String()] = nil }, types.ErrBond, "has  only"},
		"long area":        {func(_ *world, m *types.MsgRegisterZone) { m.Area = strings.Repeat("a", 65) }, types.ErrDescription, "up to 64"},
		"area":             {func(_ *world, m *types.MsgRegisterZone) { m.Area = "/eu" }, types.ErrDescription, "/eu"},
		"level":            {func(_ *world, m *types.MsgRegisterZone) { m.Level = 10 }, types.ErrDescription, "level 10"},
		"nine endpoints":   {func(_ *world, m *types.MsgRegisterZone) { m.Endpoints = make([]types.Endpoint, 9) }, types.ErrDescription, "at most 8"},
		"kind of endpoint": {func(_ *world, m *types.MsgRegisterZone) { m.Endpoints[0].Kind = "ftp" }, types.ErrDescription, "ftp"},
		"long endpoint":    {func(_ *world, m *types.MsgRegisterZone) { m.Endpoints[0].Address = strings.Repeat("a", 129) }, types.ErrDescription, "128"},
		"no channel":       {func(_ *world, m *types.MsgRegisterZone) { m.ChannelId = "channel-9" }, types.ErrChannel, "channel-9"},
		"odd channel":      {func(_ *world, m *types.MsgRegisterZone) { m.ChannelId = "c" }, types.ErrChannel, `"c"`},
		"closed channel": {func(w *world, _ *types.MsgRegisterZone) {
			w.ibc.change("channel-0", func(c *channeltypes.Channel) { c.State = channeltypes.CLOSED })
		}, types.ErrChannel, "must be open"},
		"contract's port": {func(w *world, _ *types.MsgRegisterZone) {
			w.ibc.change("channel-0", func(c *channeltypes.Channel) { c.Counterparty.PortId = "wasm.mesh1xyz" })
		}, types.ErrChannel, "wasm.mesh1xyz"},
		"localhost":     {func(w *world, _ *types.MsgRegisterZone) { w.ibc.local(0) }, types.ErrChannel, "09-localhost"},
		"another chain": {func(w *world, _ *types.MsgRegisterZone) { w.ibc.open(0, "port-1") }, types.ErrChannel, `leads to chain "port-1"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMain(t)
			msg := registration(alice)
			c.change(w, msg)
			_, err := w.msg.RegisterZone(w.ctx, msg)
			require.ErrorIs(t, err, c.reason)
			require.ErrorContains(t, err, c.says)
			_, err = w.query.Zone(w.ctx, &types.QueryZoneRequest{Name: "farm"})
			require.Error(t, err)
			w.requireInvariants()
		})
	}
}

func TestLimitsAreAccepted(t *testing.T) {
	w := newMain(t)
	msg := registration(alice)
	msg.Area, msg.Level = strings.Repeat("a", types.MaxArea), types.MaxLevel
	msg.Endpoints = nil
	for range types.MaxEndpoints {
		msg.Endpoints = append(msg.Endpoints, types.Endpoint{Kind: "p2p", Address: strings.Repeat("x", types.MaxEndpointAddress)})
	}
	_, err := w.msg.RegisterZone(w.ctx, msg)
	require.NoError(t, err)
	w.requireInvariants()
}

func TestNameIsTaken(t *testing.T) {
	w := newMain(t)
	w.register(alice)
	_, err := w.msg.RegisterZone(w.ctx, registration(mallory))
	require.ErrorIs(t, err, types.ErrNameTaken)
	require.EqualValues(t, 1_000_000_000, w.balance(mallory))
}

// A name that was not activated becomes free by itself, at a loss for who sat on it.
func TestRegistrationExpires(t *testing.T) {
	w := newMain(t)
	first := w.register(mallory)
	w.later(types.DefaultParams().PendingPeriod - 1)
	require.NoError(t, w.keeper.EndBlock(w.ctx))
	require.Equal(t, types.STATUS_PENDING, w.zone("farm").Status)
	w.later(1)
	require.ErrorIs(t, w.deliver(transacket(types.TopicActivate, activation(first))), types.ErrStatus, "too late")

	second := w.register(alice) // makes room before the block prunes
	require.NotEqual(t, first, second, "a nonce is used once")
	require.Equal(t, alice.String(), w.zone("farm").Zone.Owner)
	require.NoError(t, w.keeper.EndBlock(w.ctx))
	require.Equal(t, alice.String(), w.zone("farm").Zone.Owner, "only the old registration was due")

	require.EqualValues(t, 10_000_000, w.balance(authtypes.NewModuleAddress(authtypes.FeeCollectorName)))
	refund, err := w.query.Refund(w.ctx, &types.QueryRefundRequest{Owner: mallory.String()})
	require.NoError(t, err)
	require.Equal(t, "90000000usmt", refund.Amount.String())
	_, err = w.msg.ClaimBond(w.ctx, &types.MsgClaimBond{Owner: mallory.String()})
	require.NoError(t, err)
	require.EqualValues(t, 990_000_000, w.balance(mallory))
	_, err = w.msg.ClaimBond(w.ctx, &types.MsgClaimBond{Owner: mallory.String()})
	require.ErrorIs(t, err, types.ErrNothingToPay)
	w.requireInvariants()
}

func TestPruneIsBounded(t *testing.T) {
	w := newMain(t)
	params := types.DefaultParams()
	params.MaxPrunePerBlock, params.Forfeit = 2, sdkmath.LegacyOneDec()
	_, err := w.msg.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: gov.String(), Params: params})
	require.NoError(t, err)
	for _, name := range []string{"one", "two", "three"} {
		msg := registration(alice)
		msg.Name, msg.ChainId, msg.ChannelId = name, name+"-1", ""
		_, err := w.msg.RegisterZone(w.ctx, msg)
		require.NoError(t, err)
	}
	w.later(params.PendingPeriod)
	for _, left := range []int{1, 0, 0} {
		require.NoError(t, w.keeper.EndBlock(w.ctx))
		list, err := w.query.Zones(w.ctx, &types.QueryZonesRequest{})
		require.NoError(t, err)
		require.Len(t, list.Zones, left)
		w.requireInvariants()
	}
	_, err = w.msg.ClaimBond(w.ctx, &types.MsgClaimBond{Owner: alice.String()})
	require.ErrorIs(t, err, types.ErrNothingToPay, "all is forfeited")
	require.NoError(t, w.keeper.Params.Remove(w.ctx))
	require.NoError(t, w.keeper.EndBlock(w.ctx), "corrupt state stops no block")
}

func TestUpdate(t *testing.T) {
	w := newMain(t)
	msg := registration(alice)
	msg.ChannelId = ""
	response, err := w.msg.RegisterZone(w.ctx, msg)
	require.NoError(t, err)
	require.ErrorIs(t, w.deliver(transacket(types.TopicActivate, activation(response.Nonce))), types.ErrNotFromZone, "no channel is claimed yet")

	update := &types.MsgUpdateZone{Owner: mallory.String(), Name: "farm", ChannelId: "channel-0"}
	_, err = w.msg.UpdateZone(w.ctx, update)
	require.ErrorIs(t, err, types.ErrNotOwner)
	update.Owner, update.Name = alice.String(), "port"
	_, err = w.msg.UpdateZone(w.ctx, update)
	require.ErrorIs(t, err, types.ErrUnknownZone)
	update.Name, update.Area = "farm", "eu/fr"
	_, err = w.msg.UpdateZone(w.ctx, update)
	require.NoError(t, err)
	require.NoError(t, w.deliver(transacket(types.TopicActivate, activation(response.Nonce))))

	w.ibc.open(1, "farm-1")
	update.ChannelId = "channel-1"
	_, err = w.msg.UpdateZone(w.ctx, update)
	require.ErrorIs(t, err, types.ErrStatus, "a proven channel stays")
	update.ChannelId, update.Area = "", "eu/at"
	_, err = w.msg.UpdateZone(w.ctx, update)
	require.NoError(t, err)
	require.Equal(t, "eu/at", w.zone("farm").Zone.Area)
	require.Equal(t, "channel-0", w.zone("farm").Zone.ChannelId)
	w.requireInvariants()
}

func TestRetire(t *testing.T) {
	for name, by := range map[string]sdk.AccAddress{"by its owner": alice, "by governance": gov} {
		t.Run(name, func(t *testing.T) {
			w := newMain(t)
			w.activate()
			_, err := w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: mallory.String(), Name: "farm"})
			require.ErrorIs(t, err, types.ErrNotOwner)
			_, err = w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: by.String(), Name: "farm"})
			require.NoError(t, err)
			_, err = w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: by.String(), Name: "farm"})
			require.ErrorIs(t, err, types.ErrRetired)
			_, err = w.msg.UpdateZone(w.ctx, &types.MsgUpdateZone{Owner: alice.String(), Name: "farm"})
			require.ErrorIs(t, err, types.ErrRetired)
			_, err = w.keeper.RouteByZone(w.ctx, "farm")
			require.ErrorIs(t, err, types.ErrRetired)
			_, found := w.keeper.ZoneOfChannel(w.ctx, "channel-0")
			require.False(t, found)
			require.ErrorIs(t, w.deliver(transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 1})), types.ErrNotFromZone)
			_, err = w.msg.RegisterZone(w.ctx, registration(mallory))
			require.ErrorIs(t, err, types.ErrNameTaken, "until the period is over")

			w.later(types.DefaultParams().RetiredPeriod)
			require.NoError(t, w.keeper.EndBlock(w.ctx))
			_, err = w.msg.ClaimBond(w.ctx, &types.MsgClaimBond{Owner: alice.String()})
			require.NoError(t, err)
			require.EqualValues(t, 1_000_000_000, w.balance(alice), "the whole bond")
			_, err = w.keeper.RouteByZone(w.ctx, "farm")
			require.ErrorIs(t, err, types.ErrUnknownZone)
			w.activate() // name, channel and client are free again
		})
	}
}

func TestWithdrawRegistration(t *testing.T) {
	w := newMain(t)
	w.register(alice)
	_, err := w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: alice.String(), Name: "farm"})
	require.NoError(t, err)
	_, err = w.msg.ClaimBond(w.ctx, &types.MsgClaimBond{Owner: alice.String()})
	require.NoError(t, err)
	require.EqualValues(t, 990_000_000, w.balance(alice), "the same loss as if it had expired")
	w.requireInvariants()
}

func TestParams(t *testing.T) {
	w := newMain(t)
	_, err := w.msg.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: alice.String(), Params: types.DefaultParams()})
	require.ErrorIs(t, err, types.ErrAuthority)
	for name, change := range map[string]func(*types.Params){
		"bond":                func(p *types.Params) { p.Bond.Amount = sdkmath.ZeroInt() },
		"forfeit":             func(p *types.Params) { p.Forfeit = sdkmath.LegacyNewDecWithPrec(101, 2) },
		"forfeit absent":      func(p *types.Params) { p.Forfeit = sdkmath.LegacyDec{} },
		"pending_period":      func(p *types.Params) { p.PendingPeriod = types.MinPeriod - 1 },
		"retired_period":      func(p *types.Params) { p.RetiredPeriod = types.MaxPeriod + 1 },
		"stale_after":         func(p *types.Params) { p.StaleAfter = 0 },
		"max_prune_per_block": func(p *types.Params) { p.MaxPrunePerBlock = types.MaxMaxPrunePerBlock + 1 },
	} {
		params := types.DefaultParams()
		change(&params)
		_, err := w.msg.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: gov.String(), Params: params})
		require.ErrorIs(t, err, types.ErrInvalidParams, name)
		require.ErrorContains(t, err, strings.Fields(name)[0])
	}
}

func TestZonesFiltered(t *testing.T) {
	w := newMain(t)
	w.activate()
	for name, area := range map[string]string{"port": "eu/de/hh", "mine": "eu", "town": ""} {
		msg := registration(mallory)
		msg.Name, msg.ChainId, msg.ChannelId, msg.Area = name, name+"-1", "", area
		_, err := w.msg.RegisterZone(w.ctx, msg)
		require.NoError(t, err)
	}
	names := func(req types.QueryZonesRequest) string {
		response, err := w.query.Zones(w.ctx, &req)
		require.NoError(t, err)
		var names []string
		for _, zone := range response.Zones {
			names = append(names, zone.Zone.Name)
		}
		return strings.Join(names, " ")
	}
	require.Equal(t, "farm mine port town", names(types.QueryZonesRequest{}))
	require.Equal(t, "farm port", names(types.QueryZonesRequest{Area: "eu/de"}))
	require.Equal(t, "farm mine port", names(types.QueryZonesRequest{Area: "eu"}))
	require.Equal(t, "farm", names(types.QueryZonesRequest{Owner: alice.String()}))
	require.Equal(t, "mine port town", names(types.QueryZonesRequest{Status: types.STATUS_PENDING}))
	require.Equal(t, "farm", names(types.QueryZonesRequest{Status: types.STATUS_ACTIVE}))
	w.later(types.DefaultParams().StaleAfter)
	require.Empty(t, names(types.QueryZonesRequest{Status: types.STATUS_ACTIVE}))
	require.Equal(t, "farm", names(types.QueryZonesRequest{Status: types.STATUS_STALE}))
	_, err := w.query.Zones(w.ctx, &types.QueryZonesRequest{Status: 9})
	require.Error(t, err)
	_, err = w.query.Zones(w.ctx, &types.QueryZonesRequest{Area: "EU"})
	require.Error(t, err)
}

func TestNonceIsOfOneRegistration(t *testing.T) {
	base := types.NewNonce("mesh-main-1", "farm", 1)
	require.Len(t, base, types.HashLength)
	for _, other := range [][]byte{types.NewNonce("mesh-main-2", "farm", 1), types.NewNonce("mesh-main-1", "farms", 1), types.NewNonce("mesh-main-1", "farm", 2)} {
		require.False(t, bytes.Equal(base, other))
	}
	require.Less(t, 24*time.Hour, types.DefaultParams().StaleAfter, "a zone that is away for a day is not stale")
}
