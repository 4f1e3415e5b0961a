package tower

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

func amount(n uint64) types.Uint128 { return types.NewUint128(n) }

// TestValueLimits: a tower answers for so much and no more, of one client and of all; what ends or is replaced makes room.
func TestValueLimits(t *testing.T) {
	all, err := ParseLimits("1000usmt,5farm")
	require.NoError(t, err)
	_, err = ParseLimits("usmt")
	require.ErrorContains(t, err, "must be coins like")
	s := &Server{
		cfg:     ServerConfig{MaxValue: all, MaxClientValue: Limits{"usmt": amount(600)}, Logger: slog.New(slog.DiscardHandler)},
		watched: map[where]*watch{}, clients: map[string]int{}, sums: map[sumOf]types.Uint128{}, follow: nil,
	}
	channel := func(client string, id, value uint64) *watch {
		return &watch{where: where{"c", id, 0}, client: client, stake: stake{"usmt", amount(value)}}
	}
	take := func(w *watch) error {
		if err := s.afford(w.client, w.where, w.stake); err != nil {
			return err
		}
		s.add(w)
		return nil
	}
	require.NoError(t, take(channel("a", 1, 600)))
	require.ErrorContains(t, take(channel("a", 2, 1)), "deposits of 1usmt: this tower answers for 600 of your channels already, and for 600 at most")
	require.NoError(t, take(channel("a", 1, 500)), "the same channel, with less in it")
	require.NoError(t, take(channel("a", 2, 100)))
	require.NoError(t, take(channel("b", 3, 400)))
	require.ErrorContains(t, take(channel("b", 4, 1)), "of all channels already, and for 1000 at most")
	require.ErrorContains(t, take(channel("b", 3, 401)), "this tower answers for 600 of all channels")
	require.ErrorContains(t, s.afford("c", where{"c", 9, 0}, stake{"other", amount(1)}), "answers for no channels in it")
	require.ErrorContains(t, s.afford("c", where{"c", 9, 0}, stake{"farm", amount(1)}), "answers for no channels in it", "not for a client")
	// Its partner, or anybody, deposits more: newer states are taken all the same, in this epoch.
	place := types.Place{Channel: 3, Epoch: 1}
	s.watched[where{"c", 3, 0}].state = &State{Place: place}
	kept, err := s.admit("b", where{"c", 3, 0}, place, stake{"usmt", amount(5_000)})
	require.NoError(t, err)
	require.Equal(t, stake{"usmt", amount(400)}, kept)
	_, err = s.admit("b", where{"c", 3, 0}, types.Place{Channel: 3, Epoch: 2}, stake{"usmt", amount(5_000)})
	require.ErrorContains(t, err, "of all channels")
	_, err = s.admit("somebody", where{"c", 3, 0}, place, stake{"usmt", amount(5_000)})
	require.Error(t, err)
	s.leaves(s.watched[where{"c", 1, 0}])
	delete(s.watched, where{"c", 1, 0})
	require.NoError(t, take(channel("b", 4, 200)))
	require.Equal(t, map[sumOf]types.Uint128{{"", "usmt"}: amount(700), {"a", "usmt"}: amount(100), {"b", "usmt"}: amount(600)}, s.sums)

	// No limits: everything.
	s.cfg.MaxValue, s.cfg.MaxClientValue = nil, nil
	require.NoError(t, take(channel("b", 5, 1<<63)))

	// It is known again after a restart.
	w := channel("a", 7, 33)
	key, err := keyfile.Draw(keyfile.Ed25519)
	require.NoError(t, err)
	w.key = key.Public()
	w.state = &State{Place: types.Place{Channel: 7}}
	w.body = w.state.AppendTo(nil)
	before := s.sums[sumOf{"a", "usmt"}]
	require.NoError(t, s.restore(w.record()))
	after, _ := before.Add(amount(33))
	require.Equal(t, after, s.sums[sumOf{"a", "usmt"}])
}
