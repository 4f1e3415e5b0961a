package chain

import (
	"encoding/hex"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/x/channels/types"
)

// MachineEvent is an event as the channel machine takes it.
type MachineEvent struct {
	// Channel on this chain; 0 for a secret, which concerns every channel with a lock of its hash.
	Channel uint64
	Event   machine.Event
}

// Machine converts the event; ok is false for those that no channel machine needs.
func (ev Event) Machine() (out MachineEvent, ok bool, err error) {
	out.Channel = channelOf(ev.Message)
	switch m := ev.Message.(type) {
	case *types.EventChannelOpened:
		out.Event, err = snapshot(&m.Channel)
	case *types.Change:
		switch {
		case m.Channel != nil:
			out.Event, err = snapshot(m.Channel)
		case m.Ended != nil:
			out.Event, err = ended(m.Ended)
		}
	case *types.EventDeposited:
		var total types.Uint128
		total, err = types.Uint128FromInt(m.Total.Amount)
		out.Event = machine.Deposited{Participant: uint8(m.Participant & 1), Total: total}
		if m.Participant > 1 {
			err = fmt.Errorf("participant %d: must be 0 or 1", m.Participant)
		}
	case *types.EventWithdrawn:
		out.Event, err = withdrawn(m)
	case *types.EventChannelClosed:
		var d *machine.ChainDispute
		if d, err = dispute(&m.Dispute); err == nil {
			out.Event = machine.Closed{Closer: uint8(m.Closer & 1), Dispute: *d}
		}
	case *types.EventBalanceProofUpdated:
		out.Event = machine.Updated{Sender: uint8(m.Sender & 1), Pair: m.Pair, Raised: m.Raised, Stale: m.Stale}
	case *types.EventSecretRegistered:
		secret, decodeErr := hex.DecodeString(m.Secret)
		if decodeErr != nil || len(secret) != types.SecretLength {
			return out, false, fmt.Errorf("block %d: secret %.80q: must be 64 hexadecimal digits", ev.Height, m.Secret)
		}
		out.Event = machine.SecretRegistered{Secret: [types.SecretLength]byte(secret), At: m.RegisteredAt}
	case *types.EventUnlocked:
		out.Event = machine.Unlocked{Sender: uint8(m.Sender & 1), Claim: m.Claim, Counting: m.LockIds}
	case *types.EventDisposed:
		out.Event = machine.DisposalsShown{Sender: uint8(m.Sender & 1), Claim: m.Claim, LockIDs: m.LockIds}
	case *types.EventChannelEnded:
		out.Event, err = ended(&m.Record)
	}
	if err != nil {
		return out, false, fmt.Errorf("block %d: %T of channel %d: %w", ev.Height, ev.Message, out.Channel, err)
	}
	return out, out.Event != nil, nil
}

// Header returns the event that ends the blocks of the news; ok is false while the clock at
// their end is not known.
func (n News) Header() (h machine.Header, ok bool) {
	if n.ClockHeight == 0 || n.ClockHeight > n.Height || n.ClockTime.Unix() <= 0 {
		return h, false
	}
	return machine.Header{Height: n.ClockHeight, Clock: n.Clock, Time: uint64(n.ClockTime.Unix())}, true
}

// MachineChannel converts the state of a channel.
func MachineChannel(c *types.Channel) (machine.Channel, error) {
	out := machine.Channel{
		Place: types.Place{Channel: c.Id, Epoch: c.Epoch}, Denom: c.Denom, Challenge: c.Terms.Challenge, UnlockPeriod: c.Terms.UnlockPeriod,
		EvidencePeriod: c.Terms.EvidencePeriod, RecoveryPeriod: c.Terms.RecoveryPeriod, Guaranteed: c.Guarantee != nil,
	}
	if len(c.Domain) != types.HashLength || len(c.Participants) != 2 {
		return out, fmt.Errorf("domain of %d bytes, %d participants: must be %d and 2", len(c.Domain), len(c.Participants), types.HashLength)
	}
	out.Domain = types.Hash(c.Domain)
	for i, p := range c.Participants {
		if err := p.Key.Validate(); err != nil {
			return out, fmt.Errorf("key of participant %d: %s", i, err.Error())
		}
		out.Account[i], out.Key[i], out.Deposit[i] = p.Account, p.Key, p.Deposit
	}
	return out, nil
}

func snapshot(c *types.Channel) (machine.Event, error) {
	channel, err := MachineChannel(c)
	if err != nil {
		return nil, err
	}
	out := machine.Snapshot{Channel: channel}
	if c.Dispute != nil {
		if out.Dispute, err = dispute(c.Dispute); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func dispute(d *types.Dispute) (*machine.ChainDispute, error) {
	if d.Closer > 1 || len(d.Directions) != 2 {
		return nil, fmt.Errorf("dispute: closer %d, %d directions: must be 0 or 1, and 2", d.Closer, len(d.Directions))
	}
	out := &machine.ChainDispute{Closer: uint8(d.Closer), UpdateUntil: d.UpdateUntil, UnlockUntil: d.UnlockUntil, SettleFrom: d.SettleFrom}
	for i, direction := range d.Directions {
		for to, from := range map[*machine.Shown]*types.Evidence{&out.Held[i]: direction.Held, &out.Claim[i]: direction.Claim} {
			if from == nil {
				continue
			}
			p, err := types.ParseBalanceProof(from.Signed.Proof)
			if err != nil {
				return nil, fmt.Errorf("dispute: proof of participant %d: %s", i, err.Error())
			}
			*to = machine.Shown{Proof: from.Signed.Proof, Nonce: p.Nonce, Unlocked: from.Unlocked}
		}
	}
	return out, nil
}

func withdrawn(m *types.EventWithdrawn) (machine.Event, error) {
	if len(m.Participants) != 2 || len(m.Payouts) != 2 {
		return nil, fmt.Errorf("%d participants, %d payouts: must be 2", len(m.Participants), len(m.Payouts))
	}
	out := machine.Withdrawn{Epoch: m.Epoch}
	for i, p := range m.Participants {
		out.Deposit[i], out.Key[i] = p.Deposit, p.Key
	}
	var err error
	out.Paid, err = amounts(m.Payouts)
	return out, err
}

func ended(r *types.EndedChannel) (machine.Event, error) {
	if len(r.Payouts) != 2 {
		return nil, fmt.Errorf("%d payouts: must be 2", len(r.Payouts))
	}
	out := machine.Ended{Cooperative: r.Cooperative}
	copy(out.Stale[:], r.Stale)
	var err error
	out.Payouts, err = amounts(r.Payouts)
	return out, err
}

func amounts(coins []sdk.Coin) (out [2]types.Uint128, err error) {
	for i := range out {
		if out[i], err = types.Uint128FromInt(coins[i].Amount); err != nil {
			return out, fmt.Errorf("payout %d: %s", i, err.Error())
		}
	}
	return out, nil
}
