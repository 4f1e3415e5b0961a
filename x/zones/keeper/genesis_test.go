package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

func TestIdentity(t *testing.T) {
	w := newWorld(t)
	_, err := w.query.Identity(w.ctx, &types.QueryIdentityRequest{})
	require.ErrorIs(t, err, types.ErrNoIdentity)

	state := types.DefaultGenesis()
	state.Identity, state.Owner, state.Hub = types.ZoneIdentity("farm"), alice.String(), &types.Hub{ClientId: "07-tendermint-0", ConnectionId: "connection-0", ChannelId: "channel-0"}
	genesis := w.codec.Codec.MustMarshalJSON(state)
	require.NoError(t, w.module.ValidateGenesis(w.codec.Codec, nil, genesis))
	w.module.InitGenesis(w.ctx, w.codec.Codec, genesis)

	answer, err := w.query.Identity(w.ctx, &types.QueryIdentityRequest{})
	require.NoError(t, err)
	require.Equal(t, types.ZoneIdentity("farm"), answer.Identity)
	require.Equal(t, "ufarm", answer.NativeDenom)
	require.JSONEq(t, string(genesis), string(w.module.ExportGenesis(w.ctx, w.codec.Codec)))
}

// A registry in every state is exported and imported without a difference.
func TestRegistrySurvivesExport(t *testing.T) {
	w := newMain(t)
	w.activate()
	require.NoError(t, w.deliver(transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 5, HeaderHash: hash})))
	for _, name := range []string{"port", "gone"} {
		msg := registration(mallory)
		msg.Name, msg.ChainId, msg.ChannelId = name, name+"-1", ""
		_, err := w.msg.RegisterZone(w.ctx, msg)
		require.NoError(t, err)
	}
	_, err := w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: mallory.String(), Name: "gone"})
	require.NoError(t, err)
	_, err = w.msg.RetireZone(w.ctx, &types.MsgRetireZone{Signer: alice.String(), Name: "farm"})
	require.NoError(t, err)

	exported := w.module.ExportGenesis(w.ctx, w.codec.Codec)
	other := newWorld(t)
	other.bank[authtypes.NewModuleAddress(types.ModuleName).String()] = w.bank[authtypes.NewModuleAddress(types.ModuleName).String()]
	other.module.InitGenesis(other.ctx, other.codec.Codec, exported)
	require.JSONEq(t, string(exported), string(other.module.ExportGenesis(other.ctx, other.codec.Codec)))
	other.requireInvariants()
	other.later(types.DefaultParams().RetiredPeriod)
	require.NoError(t, other.keeper.EndBlock(other.ctx))
	left, err := other.query.Zones(other.ctx, &types.QueryZonesRequest{})
	require.NoError(t, err)
	require.Empty(t, left.Zones, "deadlines were imported")
}

func TestGenesisRefused(t *testing.T) {
	w := newWorld(t)
	params := string(w.codec.Codec.MustMarshalJSON(ptr(types.DefaultParams())))
	rest := `,"params":` + params + `,"next_registration":"1"`
	for genesis, says := range map[string]string{
		`{}`: "ROLE_UNSPECIFIED",
		`{"identity":{"role":"ROLE_UNSPECIFIED"}}`:                "ROLE_UNSPECIFIED: must be ROLE_MAIN or ROLE_ZONE",
		`{"identity":{"role":"ROLE_BRIDGE"}}`:                     `identity.role "ROLE_BRIDGE": must be ROLE_MAIN or ROLE_ZONE`,
		`{"identity":{"role":7}}`:                                 "role 7",
		`{"identity":{"role":"ROLE_ZONE"}}`:                       `zone ""`,
		`{"identity":{"role":"ROLE_ZONE","zone":"smt"}}`:          "usmt",
		`{"identity":{"role":"ROLE_MAIN","zone":"farm"}}`:         "must be empty",
		`{"identity":{"role":"ROLE_MAIN"},"registry":{"zone":1}}`: "unknown field",
		`[]`:                                "genesis of zones",
		`{"identity":{"role":"ROLE_MAIN"}}`: "params.bond",
		`{"identity":{"role":"ROLE_MAIN"},"params":` + params + `}`:                                                    "next_registration",
		`{"identity":{"role":"ROLE_MAIN"}` + rest + `,"owner":"` + alice.String() + `"}`:                               "main chain",
		`{"identity":{"role":"ROLE_MAIN"}` + rest + `,"hub":{}}`:                                                       "main chain",
		`{"identity":{"role":"ROLE_ZONE","zone":"farm"}` + rest + `,"owner":"bob"}`:                                    "bob",
		`{"identity":{"role":"ROLE_ZONE","zone":"farm"}` + rest + `,"hub":{}}`:                                         "hub.client_id",
		`{"identity":{"role":"ROLE_ZONE","zone":"farm"}` + rest + `,"refunds":[{}]}`:                                   "must be empty on zone farm",
		`{"identity":{"role":"ROLE_MAIN"}` + rest + `,"refunds":[{"owner":"` + alice.String() + `"}]}`:                 "amount",
		`{"identity":{"role":"ROLE_MAIN"}` + rest + `,"zones":[{"name":"farm","bond":{"denom":"usmt","amount":"1"}}]}`: "zones[0]",
	} {
		err := w.module.ValidateGenesis(w.codec.Codec, nil, []byte(genesis))
		require.ErrorContains(t, err, says, genesis)
		require.Panics(t, func() { w.module.InitGenesis(w.ctx, w.codec.Codec, []byte(genesis)) }, genesis)
	}
}

// Two zones of an imported registry cannot share a channel or a client.
func TestGenesisRefusesCollisions(t *testing.T) {
	w := newMain(t)
	w.activate()
	state, err := w.keeper.ExportGenesis(w.ctx)
	require.NoError(t, err)
	for says, change := range map[string]func(*types.Zone){
		"name farm":         func(z *types.Zone) { z.ChannelId, z.ClientId = "channel-1", "07-tendermint-1" },
		"channel-0 is zone": func(z *types.Zone) { z.Name, z.ChainId, z.ClientId = "port", "port-1", "07-tendermint-1" },
		"client 07":         func(z *types.Zone) { z.Name, z.ChainId, z.ChannelId = "port", "port-1", "channel-1" },
		"active zone has":   func(z *types.Zone) { z.Nonce = hash },
		"status":            func(z *types.Zone) { z.Status = types.STATUS_STALE },
	} {
		second := state.Zones[0]
		change(&second)
		bad := *state
		bad.Zones = []types.Zone{state.Zones[0], second}
		require.ErrorContains(t, bad.Validate(), says)
	}
}

func TestInvariantsFindCorruption(t *testing.T) {
	for name, c := range map[string]struct {
		invariant string
		corrupt   func(w *world) error
	}{
		"bond spent": {"bonds", func(w *world) error {
			return w.bank.SendCoinsFromModuleToAccount(w.ctx, types.ModuleName, mallory, sdk.NewCoins(sdk.NewInt64Coin("usmt", 1)))
		}},
		"refund from nowhere": {"bonds", func(w *world) error {
			return w.keeper.Refunds.Set(w.ctx, mallory, types.Refund{Owner: mallory.String(), Amount: sdk.NewCoins(bond)})
		}},
		"misplaced":      {"entries", func(w *world) error { return w.change(func(z *types.Zone) { z.Name = "port" }) }},
		"invalid":        {"entries", func(w *world) error { return w.change(func(z *types.Zone) { z.Level = 99 }) }},
		"channel lost":   {"indexes", func(w *world) error { return w.keeper.Channels.Remove(w.ctx, "channel-0") }},
		"channel stray":  {"indexes", func(w *world) error { return w.keeper.Channels.Set(w.ctx, "channel-5", "farm") }},
		"client stray":   {"indexes", func(w *world) error { return w.keeper.Clients.Set(w.ctx, "07-tendermint-5", "farm") }},
		"client taken":   {"indexes", func(w *world) error { return w.keeper.Clients.Set(w.ctx, "07-tendermint-0", "port") }},
		"deadline stray": {"indexes", func(w *world) error { return w.keeper.Deadlines.Set(w.ctx, collections.Join(chainTime, "farm")) }},
		"deadline lost": {"indexes", func(w *world) error {
			return w.change(func(z *types.Zone) { z.Status, z.Deadline = types.STATUS_RETIRED, ptr(chainTime.Add(time.Hour)) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMain(t)
			w.activate()
			require.NoError(t, c.corrupt(w))
			var broken []string
			for _, invariant := range w.keeper.Invariants() {
				if invariant.Check(w.ctx) != nil {
					broken = append(broken, invariant.Name)
				}
			}
			require.Contains(t, broken, c.invariant)
		})
	}
}

func (w *world) change(edit func(*types.Zone)) error {
	zone, err := w.keeper.Zones.Get(w.ctx, "farm")
	if err != nil {
		return err
	}
	edit(&zone)
	return w.keeper.Zones.Set(w.ctx, "farm", zone)
}

func ptr[T any](v T) *T { return &v }
