package keeper_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

func sum(b []byte) types.Hash { return sha256.Sum256(b) }

// TestReplayMatrix shows every kind of signed bytes where it was not signed for: every
// cell is refused, and the same bytes at their own place are taken.
func TestReplayMatrix(t *testing.T) {
	for _, kind := range []struct {
		name string
		// at brings the channel to where the bytes are of use.
		at types.Phase
		// show makes them for a place and a side, and shows them.
		show func(f *fixture, id uint64, place types.Place, side uint8) error
	}{
		{"proof", types.PHASE_UPDATE, func(f *fixture, id uint64, place types.Place, side uint8) error {
			pair := f.sign(types.BalanceProof{Place: place, Sender: 0, Nonce: 5, Transferred: types.NewUint128(7)})
			pair.Signature = f.side(side).sign(pair.Proof)
			_, err := f.update(id, f.acknowledge(pair))
			return err
		}},
		{"ack", types.PHASE_UPDATE, func(f *fixture, id uint64, place types.Place, side uint8) error {
			pair := f.pair(id, 0, 5, 7)
			p, _ := types.ParseBalanceProof(pair.Proof)
			p.Place = place
			ack := types.AckFor(p)
			pair.AckSignature = f.side(1 - side).sign(ack.Bytes())
			_, err := f.update(id, pair)
			return err
		}},
		{"close", types.PHASE_OPEN, func(f *fixture, id uint64, place types.Place, side uint8) error {
			msg := f.closeMsg(id, 0, nil, nil)
			a := types.CloseAuthorization{Place: place, Closer: 0, ValidUntil: msg.ValidUntil}
			msg.Signature = f.side(side).sign(a.Bytes())
			_, err := deliver(f, f.msgs.Close, msg)
			return err
		}},
		{"withdraw", types.PHASE_OPEN, func(f *fixture, id uint64, place types.Place, side uint8) error {
			w := types.Withdraw{Balances: f.balances(id, [2]uint64{}, [2]uint64{1, 0}), Rotate: types.NoRotation}
			w.Place = place
			msg := f.withdrawMsg(f.a, w)
			msg.Signatures[0], msg.Signatures[1] = msg.Signatures[side], msg.Signatures[1-side]
			_, err := deliver(f, f.msgs.Withdraw, msg)
			return err
		}},
		{"cooperative close", types.PHASE_OPEN, func(f *fixture, id uint64, place types.Place, side uint8) error {
			ch := f.channel(id)
			c := types.CooperativeClose{Balances: f.balances(id, [2]uint64{}, [2]uint64{ch.Participants[0].Deposit.Lo, 0})}
			c.Place = place
			msg := f.cooperativeMsg(c)
			msg.Signatures[0], msg.Signatures[1] = msg.Signatures[side], msg.Signatures[1-side]
			_, err := deliver(f, f.msgs.CooperativeClose, msg)
			return err
		}},
		{"disposal", types.PHASE_EVIDENCE, func(f *fixture, id uint64, place types.Place, side uint8) error {
			d := types.DisposalOf{Place: place, Sender: 0, LockID: 1, Hash: lock(1, 1, 0).Hash}
			_, err := deliver(f, f.msgs.ShowDisposals, &types.MsgShowDisposals{
				Submitter: f.c.text(), ChannelId: id, Disposals: []types.Disposal{{LockId: 1, Hash: d.Hash[:], Signature: f.side(1 - side).sign(d.Bytes())}},
			})
			return err
		}},
		{"delegation", types.PHASE_UPDATE, func(f *fixture, id uint64, place types.Place, side uint8) error {
			d := types.DelegationOf{Place: place, Delegator: 1, Tower: f.c.addr, Reward: types.NewUint128(1), Expiry: f.clock() + 10}
			delegation := types.Delegation{Tower: f.c.text(), Reward: d.Reward, Expiry: d.Expiry, Signature: f.side(1 - side).sign(d.Bytes())}
			_, err := deliver(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *f.pair(id, 0, 5, 7), Delegation: &delegation})
			return err
		}},
		{"approval", types.PHASE_OPEN, func(f *fixture, id uint64, place types.Place, side uint8) error {
			a := types.ApprovalOf{Place: place, Purpose: types.PurposeDeposit, Subject: types.DepositSubject(f.b.addr), Amount: types.NewUint128(101)}
			approval := f.approve(a)
			if side == 1 {
				a.ValidUntil = approval.ValidUntil
				approval.Signature = f.b.sign(a.Bytes())
			}
			_, err := deliver(f, f.msgs.GuaranteedDeposit, &types.MsgGuaranteedDeposit{Submitter: f.a.text(), ChannelId: id, Approval: *approval})
			return err
		}},
	} {
		for _, cell := range []struct {
			name    string
			side    uint8
			moved   func(f *fixture, p *types.Place)
			refused bool
		}{
			{"its own place", 0, func(*fixture, *types.Place) {}, false},
			{"other chain", 0, func(f *fixture, p *types.Place) { p.Domain = f.domain("mesh-other-1", denom) }, true},
			{"other denom", 0, func(f *fixture, p *types.Place) { p.Domain = f.domain(chainID, "umesh") }, true},
			{"other channel", 0, func(_ *fixture, p *types.Place) { p.Channel++ }, true},
			{"older epoch", 0, func(_ *fixture, p *types.Place) { p.Epoch-- }, true},
			{"newer epoch", 0, func(_ *fixture, p *types.Place) { p.Epoch++ }, true},
			{"other side", 1, func(*fixture, *types.Place) {}, true},
		} {
			f := newFixture(t)
			f.lend(20_000, 1_000)
			id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 1_000, 100)).ChannelId
			if kind.name == "withdraw" || kind.name == "cooperative close" {
				id = f.open(1_000, 0) // without a guarantor's approval in the way
			} else {
				other := f.open(1_000, 0)
				require.Equal(t, id+1, other)
			}
			if kind.name != "approval" && kind.name != "disposal" && kind.name != "delegation" && kind.name != "close" && kind.name != "proof" && kind.name != "ack" {
				must(f, f.msgs.Withdraw, f.withdrawMsg(f.a, types.Withdraw{Balances: f.balances(id, [2]uint64{}, [2]uint64{1, 0}), Rotate: types.NoRotation}))
			}
			if kind.at != types.PHASE_OPEN {
				locks := []types.Lock{lock(1, 1, f.clock()+7_000)}
				f.reveal(1)
				f.close(id, 1, nil, f.pair(id, 0, 4, 0, locks...))
				if kind.at == types.PHASE_EVIDENCE {
					f.to(id, types.PHASE_UNLOCK)
					_, err := f.unlock(id, 0, false, locks...)
					require.NoError(t, err)
				}
			}
			place := f.channel(id).Place()
			cell.moved(f, &place)
			err := kind.show(f, id, place, cell.side)
			if cell.refused {
				require.Error(t, err, "%s of %s", kind.name, cell.name)
			} else {
				require.NoError(t, err, "%s of %s", kind.name, cell.name)
			}
			f.check()
		}
	}
}

// TestReplayOtherKind shows each kind's signature as every other kind's: the tags keep
// them apart even where lengths agree.
func TestReplayOtherKind(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 0)
	place := f.channel(id).Place()
	p := types.BalanceProof{Place: place, Nonce: 1, Transferred: types.NewUint128(1)}
	kinds := [][]byte{
		p.Bytes(), types.AckFor(p).Bytes(), types.CloseAuthorization{Place: place}.Bytes(), types.DisposalOf{Place: place, LockID: 1}.Bytes(),
		types.DelegationOf{Place: place, Tower: f.c.addr}.Bytes(), types.ApprovalOf{Place: place, Purpose: 1}.Bytes(), types.Reestablish{Place: place}.Bytes(),
		types.Withdraw{Balances: f.balances(id, [2]uint64{}, [2]uint64{}), Rotate: types.NoRotation}.Bytes(),
		types.CooperativeClose{Balances: f.balances(id, [2]uint64{}, [2]uint64{1_000, 0})}.Bytes(), f.terms(f.openMsg(f.a, f.b, sdk.NewCoin(denom, math.NewInt(5)))).Bytes(),
	}
	for i := range kinds {
		signature := f.a.sign(kinds[i])
		for j := range kinds {
			require.Equal(t, i == j, f.a.key.Verify(kinds[j], signature), "%q as %q", kinds[i][:16], kinds[j][:16])
			require.Equal(t, i == j, string(kinds[i][:16]) == string(kinds[j][:16]))
		}
	}
}

func (f *fixture) domain(chain, denom string) types.Hash {
	instance, err := f.keeper.Instance.Get(f.ctx)
	require.NoError(f.tb, err)
	return types.Domain(types.Hash(instance), chain, denom)
}
