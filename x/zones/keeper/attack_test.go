package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/zones/types"
)

// A zone must not be called like the main chain: what the main chain attests to come
// from meshmain-1 would look as if it came from itself.
func TestAttackNameOfTheMainChain(t *testing.T) {
	w := newMain(t)
	w.ctx = w.ctx.WithChainID("meshmain-1")
	for _, chainID := range []string{"meshmain-1", "meshmain-2"} {
		msg := registration(mallory)
		msg.Name, msg.ChainId, msg.ChannelId = "meshmain", chainID, ""
		_, err := w.msg.RegisterZone(w.ctx, msg)
		require.ErrorIs(t, err, types.ErrNameTaken, chainID)
	}
	require.EqualValues(t, 1_000_000_000, w.balance(mallory))
	w.register(alice)
}

// The owner who signs in capitals, as bech32 allows, is the one whom the zone names.
func TestAttackOwnerInCapitals(t *testing.T) {
	w := newMain(t)
	msg := registration(alice)
	msg.Owner = strings.ToUpper(msg.Owner)
	response, err := w.msg.RegisterZone(w.ctx, msg)
	require.NoError(t, err)
	require.Equal(t, alice.String(), w.zone("farm").Zone.Owner)
	require.NoError(t, w.deliver(transacket(types.TopicActivate, activation(response.Nonce))))
	w.requireInvariants()
}
