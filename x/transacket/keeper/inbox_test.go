package keeper_test

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// arrival is a TransacKet from another chain, as the middleware delivers it.
func arrival(sequence uint64) types.Transacket {
	return types.Transacket{
		From:     "sensor",
		Source:   types.Source{ChainId: "farm-1", Channel: "channel-9", DestinationChannel: "channel-0", Sequence: sequence},
		Payment:  sdk.NewInt64Coin(denom, 1),
		Envelope: types.Inband([]byte("wet")),
	}
}

// sentHere is the id of the sequence-th TransacKet sent on this chain, whose number is
// the same if nothing comes from elsewhere.
func sentHere(sequence uint64) []byte {
	return types.Source{ChainId: "mesh-main-1", Channel: types.LocalChannel, Sequence: sequence}.ID()
}

func TestDeliverRefuses(t *testing.T) {
	w := newWorld(t)
	_, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.NoError(t, err)

	_, err = w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.ErrorIs(t, err, types.ErrDuplicate, "an id is delivered once, to whomever")
	_, err = w.keeper.Deliver(w.ctx, module, arrival(2), nil)
	require.ErrorIs(t, err, types.ErrReceiver)
	for name, change := range map[string]func(*types.Transacket){
		"from blank":     func(t *types.Transacket) { t.From = "" },
		"from too long":  func(t *types.Transacket) { t.From = string(make([]byte, types.MaxAddress+1)) },
		"from control":   func(t *types.Transacket) { t.From = "a\nb" },
		"chain-id blank": func(t *types.Transacket) { t.Source.ChainId = "" },
		"no sequence":    func(t *types.Transacket) { t.Source.Sequence = 0 },
		"no channel":     func(t *types.Transacket) { t.Source.DestinationChannel = "" },
		"no payment":     func(t *types.Transacket) { t.Payment.Amount = amount(0) },
		"no body":        func(t *types.Transacket) { t.Envelope = types.Envelope{} },
	} {
		bad := arrival(3)
		change(&bad)
		_, err := w.keeper.Deliver(w.ctx, bob, bad, nil)
		require.Error(t, err, name)
	}
	require.Len(t, w.inbox(t, bob), 1)
	w.requireInvariants(t)
}

// A chain that claims another's name arrives on its own channel, and cannot occupy
// the ids of the true one.
func TestNamesakeCannotOccupyIDs(t *testing.T) {
	w := newWorld(t)
	fake := arrival(1)
	fake.Source.DestinationChannel = "channel-66"
	_, err := w.keeper.Deliver(w.ctx, bob, fake, nil)
	require.NoError(t, err)
	_, err = w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.NoError(t, err)
	require.Len(t, w.inbox(t, bob), 2)
}

func TestPruneIsBoundedAndOldestFirst(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.Retention, p.MaxPrunePerBlock = time.Hour, 2 })
	for sequence := range uint64(5) {
		_, err := w.keeper.Deliver(w.ctx.WithBlockTime(chainTime.Add(time.Duration(sequence)*time.Second)), bob, arrival(sequence+1), nil)
		require.NoError(t, err)
	}
	endBlock := func(after time.Duration) []uint64 {
		require.NoError(t, w.keeper.EndBlock(w.ctx.WithBlockTime(chainTime.Add(after))))
		w.requireInvariants(t)
		return numbers(w.inbox(t, bob))
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, endBlock(time.Hour-1))
	require.Equal(t, []uint64{2, 3, 4, 5}, endBlock(time.Hour), "due at the very moment")
	require.Equal(t, &types.EventPruned{Id: fmt.Sprintf("%x", arrival(1).Source.ID()), To: bob.String(), Number: 1}, event[types.EventPruned](t, w.ctx))
	require.Equal(t, []uint64{4, 5}, endBlock(24*time.Hour), "two a block")
	require.Empty(t, endBlock(24*time.Hour))
	require.Empty(t, endBlock(24*time.Hour))

	_, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.NoError(t, err, "pruned: IBC, not the inbox, guards against replay")
}

// Retention is what it was on arrival, whatever the parameter becomes.
func TestRetentionIsFixedOnArrival(t *testing.T) {
	w := newWorld(t)
	_, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.NoError(t, err)
	w.setParams(t, func(p *types.Params) { p.Retention = time.Hour })
	require.NoError(t, w.keeper.EndBlock(w.ctx.WithBlockTime(chainTime.Add(2*time.Hour))))
	require.Len(t, w.inbox(t, bob), 1)
}

// Corrupt state must not stop the chain, and must not be half pruned.
func TestEndBlockSurvivesCorruptState(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.Retention = time.Hour })
	for sequence := range uint64(2) {
		_, err := w.keeper.Deliver(w.ctx, bob, arrival(sequence+1), nil)
		require.NoError(t, err)
	}
	inbox := w.inbox(t, bob)
	require.NoError(t, w.keeper.Inbox.Remove(w.ctx, collections.Join(bob, uint64(2))))
	require.NoError(t, w.keeper.Inbox.Indexes.Expiry.Reference(w.ctx, collections.Join(bob, uint64(2)), inbox[1],
		func() (types.Transacket, error) { return types.Transacket{}, collections.ErrNotFound }))
	require.NoError(t, w.keeper.EndBlock(w.ctx.WithBlockTime(chainTime.Add(2*time.Hour))))
	require.Equal(t, []uint64{1}, numbers(w.inbox(t, bob)))
	require.NoError(t, w.keeper.Params.Remove(w.ctx))
	require.NoError(t, w.keeper.EndBlock(w.ctx))
}

func TestInvariantsFindCorruption(t *testing.T) {
	at := collections.Join(bob, uint64(1))
	for name, c := range map[string]struct {
		invariant string
		corrupt   func(*world) error
	}{
		"size too large":  {"sizes", func(w *world) error { return w.keeper.Size.Set(w.ctx, bob, 3) }},
		"size lost":       {"sizes", func(w *world) error { return w.keeper.Size.Remove(w.ctx, bob) }},
		"size of nobody":  {"sizes", func(w *world) error { return w.keeper.Size.Set(w.ctx, alice, 0) }},
		"number used":     {"entries", func(w *world) error { return w.keeper.Number.Set(w.ctx, 1) }},
		"entry invalid":   {"entries", func(w *world) error { return w.change(at, func(t *types.Transacket) { t.From = "" }) }},
		"entry misplaced": {"entries", func(w *world) error { return w.change(at, func(t *types.Transacket) { t.To = alice.String() }) }},
		"id not derived":  {"entries", func(w *world) error { return w.change(at, func(t *types.Transacket) { t.Source.Sequence++ }) }},
		"thread index lost": {"indexes", func(w *world) error {
			return w.keeper.Inbox.Indexes.Thread.Remove(w.ctx, collections.Join(make([]byte, 32), at))
		}},
		"thread index stray": {"indexes", func(w *world) error {
			return w.keeper.Inbox.Indexes.Thread.Set(w.ctx, collections.Join(make([]byte, 32), collections.Join(alice, uint64(1))))
		}},
		"expiry index lost": {"indexes", func(w *world) error {
			return w.keeper.Inbox.Indexes.Expiry.Unreference(w.ctx, at, func() (types.Transacket, error) { return w.keeper.Inbox.Get(w.ctx, at) })
		}},
		"id index lost": {"indexes", func(w *world) error {
			return w.keeper.Inbox.Indexes.ID.Unreference(w.ctx, at, func() (types.Transacket, error) { return w.keeper.Inbox.Get(w.ctx, at) })
		}},
		"hold account short": {"backing", func(w *world) error {
			return w.bank.SendCoins(w.ctx, types.HoldAddress(), alice, sdk.NewCoins(sdk.NewInt64Coin(denom, 1)))
		}},
		"hold lost":        {"holds", func(w *world) error { return w.keeper.HeldSize.Set(w.ctx, bob, 2) }},
		"hold not counted": {"holds", func(w *world) error { return w.keeper.HeldSize.Remove(w.ctx, bob) }},
		"hold index stray": {"holds", func(w *world) error {
			return w.keeper.Held.Indexes.Deadline.Set(w.ctx, collections.Join(uint64(1), sentHere(1)))
		}},
		"place not reserved": {"reservations", func(w *world) error { return w.keeper.Reserved.Remove(w.ctx, alice) }},
		"place of nobody":    {"reservations", func(w *world) error { return w.keeper.Reserved.Set(w.ctx, bob, 1) }},
		"content index lost": {"contents", func(w *world) error {
			at := collections.Join(sum("x"), bob)
			return w.keeper.Contents.Indexes.Owner.Unreference(w.ctx, at, func() (types.Content, error) { return w.keeper.Contents.Get(w.ctx, at) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			answer := arrival(1)
			answer.Envelope.Thread = make([]byte, 32)
			_, err := w.keeper.Deliver(w.ctx, bob, answer, nil)
			require.NoError(t, err)
			msg := locked()
			msg.Envelope.Receipt = types.RECEIPT_DELIVERED
			_, err = w.send(msg)
			require.NoError(t, err)
			require.NoError(t, w.register(bob, sum("x")))
			w.requireInvariants(t)
			require.NoError(t, c.corrupt(w))
			found := false
			for _, invariant := range w.keeper.Invariants() {
				found = found || invariant.Name == c.invariant && invariant.Check(w.ctx) != nil
			}
			require.True(t, found)
		})
	}
}

func (w *world) change(at collections.Pair[sdk.AccAddress, uint64], change func(*types.Transacket)) error {
	t, err := w.keeper.Inbox.Get(w.ctx, at)
	if err != nil {
		return err
	}
	change(&t)
	return w.keeper.Inbox.Set(w.ctx, at, t)
}

// TestInboxFollowsModel sends, reads, deletes, prunes and exports at random, and
// compares with a model of plain slices.
func TestInboxFollowsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		const maxInbox, maxPrune, retention = 4, 2, time.Hour
		w.setParams(t, func(p *types.Params) { p.MaxInbox, p.MaxPrunePerBlock, p.Retention = maxInbox, maxPrune, retention })
		people := []sdk.AccAddress{alice, bob, account("carol")} // in the order of their bytes
		type entry struct {
			number  uint64
			to      int
			read    bool
			expires time.Time
			thread  string
		}
		var model []entry // by number
		next, now, spent := uint64(1), chainTime, int64(0)
		find := func(to int, number uint64) int {
			for i, e := range model {
				if e.to == to && e.number == number {
					return i
				}
			}
			return -1
		}
		held := func(to int) (n int) {
			for _, e := range model {
				if e.to == to {
					n++
				}
			}
			return n
		}
		person := rapid.IntRange(0, len(people)-1)
		pickNumber := func(rt *rapid.T) uint64 { return rapid.Uint64Range(1, next).Draw(rt, "number") }

		rt.Repeat(map[string]func(*rapid.T){
			"send": func(rt *rapid.T) {
				to := person.Draw(rt, "to")
				msg := letter()
				msg.To = people[to].String()
				if rapid.Bool().Draw(rt, "answer") {
					msg.Envelope.Thread = sentHere(rapid.Uint64Range(1, 3).Draw(rt, "thread"))
				}
				_, err := w.send(msg)
				if thread := msg.Envelope.ThreadHex(); thread != "" && !slices.ContainsFunc(model, func(e entry) bool {
					return e.thread == thread || hex.EncodeToString(sentHere(e.number)) == thread
				}) {
					require.ErrorIs(rt, err, types.ErrUnknownThread)
					return
				}
				if held(to) == maxInbox {
					require.ErrorIs(rt, err, types.ErrInboxFull)
					return
				}
				require.NoError(rt, err)
				model = append(model, entry{next, to, false, now.Add(retention), msg.Envelope.ThreadHex()})
				next++
				if to != 0 {
					spent += 10
				}
			},
			"acknowledge": func(rt *rapid.T) {
				to, number := person.Draw(rt, "to"), pickNumber(rt)
				err := w.acknowledge(people[to], number)
				if i := find(to, number); i >= 0 {
					require.NoError(rt, err)
					model[i].read = true
				} else {
					require.ErrorIs(rt, err, types.ErrNotFound)
				}
			},
			"delete": func(rt *rapid.T) {
				to, number := person.Draw(rt, "to"), pickNumber(rt)
				err := w.delete(people[to], number)
				if i := find(to, number); i >= 0 {
					require.NoError(rt, err)
					model = append(model[:i], model[i+1:]...)
				} else {
					require.ErrorIs(rt, err, types.ErrNotFound)
				}
			},
			"block": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "minutes")) * time.Minute)
				w.ctx = w.ctx.WithBlockTime(now)
				require.NoError(rt, w.keeper.EndBlock(w.ctx))
				// The expiry index orders ties by receiver, then number.
				due := slices.Clone(model)
				slices.SortFunc(due, func(a, b entry) int {
					return cmp.Or(a.expires.Compare(b.expires), cmp.Compare(a.to, b.to), cmp.Compare(a.number, b.number))
				})
				for _, e := range due[:min(maxPrune, len(due))] {
					if !e.expires.After(now) {
						model = slices.DeleteFunc(model, func(m entry) bool { return m.number == e.number })
					}
				}
			},
			"": func(rt *rapid.T) {
				w.requireInvariants(t)
				require.Equal(rt, 1_000_000-spent, w.balance(alice))
				threads := map[string]int{}
				for to := range people {
					var want []entry
					for _, e := range model {
						if e.to == to {
							want = append(want, e)
							threads[e.thread]++
						}
					}
					var got []entry
					for _, tr := range w.inbox(t, people[to]) {
						got = append(got, entry{tr.Number, to, tr.Read, tr.Expires, tr.Envelope.ThreadHex()})
					}
					require.Equal(rt, want, got)
				}
				delete(threads, "")
				for thread, n := range threads {
					response, err := w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: thread})
					require.NoError(rt, err)
					require.Len(rt, response.Transackets, n)
				}
			},
		})
	})
}

// BenchmarkDeliver delivers into one of many inboxes; ns/op should not depend on
// how much lies there already.
func BenchmarkDeliver(b *testing.B) {
	for _, stored := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			w := newWorld(b)
			w.setParams(b, func(p *types.Params) { p.MaxInbox = types.MaxMaxInbox })
			deliver := func(sequence int) {
				to := account(fmt.Sprint("receiver", sequence%100))
				if _, err := w.keeper.Deliver(w.ctx, to, arrival(uint64(sequence+1)), nil); err != nil {
					b.Fatal(err)
				}
			}
			for sequence := range stored {
				deliver(sequence)
			}
			w.ctx = w.ctx.WithEventManager(sdk.NewEventManager())
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				deliver(stored + i)
			}
		})
	}
}
