package app_test

import (
	"math/rand"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/mesh"
)

// Three nodes of each chain run the same random blocks, with packets between the
// chains, on different numbers of processors, and agree on every hash, result
// and event.
func TestReplicasAgree(t *testing.T) {
	r := rand.New(rand.NewSource(2021)) // the year of the whitepaper
	m := mesh.New(t, []string{"farm"}, openWasm)
	farm := m.Link("farm")
	main := newCrowd(t, r, m.Main, farm.Zone, farm.MainChannel())
	zone := newCrowd(t, r, farm.Zone, m.Main, farm.ZoneChannel())
	for _, c := range []*crowd{main, zone} {
		alice := c.Accounts[0]
		c.Block(c.Sign(alice, []sdk.Msg{storeCode(alice.String())}))
		c.Block(c.Sign(alice, []sdk.Msg{instantiate(t, alice.String(), c.Accounts[1], c.Accounts[2], c.Native(50))}))
	}

	started := m.Main.Height()
	for m.Main.Height() < started+30 || len(main.rare)+len(zone.rare) > 0 {
		main.Block(main.txs()...)
		zone.Block(zone.txs()...)
		if r.Intn(5) == 0 {
			farm.RelayAll()
		}
		if m.Main.Height()%10 == 0 {
			m.CheckInvariants()
		}
	}
	farm.RelayAll()
	m.CheckInvariants()

	processors := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(processors)
	for _, c := range []*mesh.Chain{m.Main, farm.Zone} {
		ok, failed := count(c.Results)
		t.Logf("%s: %d blocks, %d transactions succeeded, %d failed, %d packets sent", c.ChainID, len(c.Blocks), ok, failed, len(c.Sent))
		require.Greater(t, ok, 50)
		require.Greater(t, failed, 50)
		require.Greater(t, len(c.Sent), 5)

		for range 2 {
			replica := c.Fixture.Replica()
			for i, block := range c.Blocks {
				runtime.GOMAXPROCS(1 + r.Intn(8))
				requireSameResult(t, c.Results[i], replica.Apply(block))
			}
			require.Equal(t, c.AppHash(), replica.AppHash())
		}
	}
}

// requireSameResult compares all that nodes must agree on, and events, which
// clients compare.
func requireSameResult(t *testing.T, want, got *abci.ResponseFinalizeBlock) {
	t.Helper()
	require.Equal(t, want.AppHash, got.AppHash)
	require.Equal(t, want.ValidatorUpdates, got.ValidatorUpdates)
	require.Equal(t, want.ConsensusParamUpdates, got.ConsensusParamUpdates)
	require.Equal(t, want.Events, got.Events)
	require.Len(t, got.TxResults, len(want.TxResults))
	for i := range want.TxResults {
		// Logs hold stack traces of panics; nothing may depend on them.
		expected, actual := *want.TxResults[i], *got.TxResults[i]
		if strings.Contains(expected.Log, "goroutine ") {
			expected.Log, actual.Log = "", ""
		}
		require.Equal(t, expected, actual)
	}
}

func count(results []*abci.ResponseFinalizeBlock) (ok, failed int) {
	for _, block := range results {
		for _, result := range block.TxResults {
			if result.IsOK() {
				ok++
			} else {
				failed++
			}
		}
	}
	return ok, failed
}
