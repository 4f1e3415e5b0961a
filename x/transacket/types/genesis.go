package types

import (
	"bytes"
	"fmt"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
)

// DefaultGenesis has default parameters and empty inboxes.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextSequence: 1, NextNumber: 1}
}

// Validate checks the whole genesis state of the module.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.NextSequence == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_sequence is 0: sequences start at 1")
	}
	if g.NextNumber == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_number is 0: numbers start at 1")
	}
	ids := make(map[string]struct{}, len(g.Transackets))
	numbers := make(map[uint64]struct{}, len(g.Transackets))
	for i := range g.Transackets {
		t := &g.Transackets[i]
		if err := t.Validate(); err != nil {
			return errorsmod.Wrapf(err, "transackets[%d]", i)
		}
		if _, twice := ids[string(t.Id)]; twice {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].id %s is there twice", i, t.IDHex())
		}
		ids[string(t.Id)] = struct{}{}
		if _, twice := numbers[t.Number]; twice {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].number %d is there twice", i, t.Number)
		}
		numbers[t.Number] = struct{}{}
		if t.Number == 0 || t.Number >= g.NextNumber {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].number %d: must be 1 to next_number %d, exclusive", i, t.Number, g.NextNumber)
		}
		if t.Source.Local() && t.Source.Sequence >= g.NextSequence {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].source.sequence %d: must be below next_sequence %d", i, t.Source.Sequence, g.NextSequence)
		}
		if !t.Expires.After(t.Time) {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].expires %s: must be after time %s", i, t.Expires, t.Time)
		}
	}
	return g.validateRest()
}

// validateRest checks what is not in inboxes.
func (g *GenesisState) validateRest() error {
	seen := make(map[string]struct{})
	once := func(field string, i int, key string) error {
		key = field + "/" + key
		if _, twice := seen[key]; twice {
			return errorsmod.Wrapf(ErrGenesis, "%s[%d] is there twice", field, i)
		}
		seen[key] = struct{}{}
		return nil
	}
	for i := range g.Prices {
		if err := g.Prices[i].Validate(); err != nil {
			return errorsmod.Wrapf(err, "prices[%d]", i)
		}
		if err := once("prices", i, g.Prices[i].Account); err != nil {
			return err
		}
	}
	for i := range g.Held {
		t := &g.Held[i].Transacket
		if err := g.Held[i].Validate(); err != nil {
			return errorsmod.Wrapf(err, "held[%d]", i)
		}
		if err := once("held", i, string(t.Id)); err != nil {
			return err
		}
	}
	for i := range g.Contents {
		c := &g.Contents[i]
		if err := c.Validate(); err != nil {
			return errorsmod.Wrapf(err, "contents[%d]", i)
		}
		if err := once("contents", i, c.HashHex()+"/"+c.Owner); err != nil {
			return err
		}
	}
	for i := range g.Packets {
		p := &g.Packets[i]
		if _, err := sentPacket(p); err != nil {
			return errorsmod.Wrapf(err, "packets[%d]", i)
		}
		if err := once("packets", i, fmt.Sprintf("%s/%d", p.SourceChannel, p.Sequence)); err != nil {
			return err
		}
	}
	for i := range g.InFlight {
		f := &g.InFlight[i]
		if err := f.Validate(); err != nil {
			return errorsmod.Wrapf(err, "in_flight[%d]", i)
		}
		if err := once("in_flight", i, fmt.Sprintf("%s/%d", f.Channel, f.Sequence)); err != nil {
			return err
		}
	}
	for i := range g.Stranded {
		s := &g.Stranded[i]
		if !bytes.Equal(s.Id, s.Source.ID()) {
			return errorsmod.Wrapf(ErrGenesis, "stranded[%d].id %X: must be %X, which the source gives", i, s.Id, s.Source.ID())
		}
		if err := ValidatePayment(s.Payment); err != nil {
			return errorsmod.Wrapf(err, "stranded[%d]", i)
		}
		if err := once("stranded", i, string(s.Id)); err != nil {
			return err
		}
	}
	_, err := g.Reservations()
	return err
}

// Validate checks a payment under a hash lock.
func (h *Held) Validate() error {
	t := &h.Transacket
	if err := t.Validate(); err != nil {
		return err
	}
	if !t.Held || !t.Envelope.Locked() || t.Receipt != nil {
		return errorsmod.Wrapf(ErrHashLock, "id %s: must be held, with a hash lock", t.IDHex())
	}
	if n := len(h.Reply); n > MaxReply {
		return errorsmod.Wrapf(ErrHashLock, "reply has %d bytes: must have at most %d", n, MaxReply)
	}
	if (h.Packet == nil) != t.Source.Local() {
		return errorsmod.Wrapf(ErrHashLock, "id %s: must have a packet if, and only if, it came through a channel", t.IDHex())
	}
	return nil
}

func sentPacket(p *channeltypes.Packet) (Packet, error) {
	data, err := DecodePacket(p.Data)
	switch {
	case err != nil:
		return data, errorsmod.Wrapf(ErrGenesis, "data: %s", err)
	case !data.Claimed:
		return data, errorsmod.Wrap(ErrGenesis, "data: must hold a TransacKet")
	}
	return data, data.Err
}

// Reservation is how many receipts an account waits for.
type Reservation struct {
	Sender sdk.AccAddress
	Count  uint64
}

// Reservations follow from what was sent, asked for a receipt and has no outcome
// yet: in packets, and under hash locks on this chain. They are sorted.
func (g *GenesisState) Reservations() ([]Reservation, error) {
	var senders []string
	for i := range g.Packets {
		data, err := sentPacket(&g.Packets[i])
		if err != nil {
			return nil, err
		}
		if data.Envelope.WantsReceipt() {
			senders = append(senders, data.Transfer.Sender)
		}
	}
	for i := range g.Held {
		if t := &g.Held[i].Transacket; t.Source.Local() && t.Envelope.WantsReceipt() {
			senders = append(senders, t.From)
		}
	}
	slices.Sort(senders)
	var all []Reservation
	for i, sender := range senders {
		if i > 0 && sender == senders[i-1] {
			all[len(all)-1].Count++
			continue
		}
		address, err := sdk.AccAddressFromBech32(sender)
		if err != nil {
			return nil, errorsmod.Wrapf(ErrSender, "sender %.80q waits for a receipt: %s", sender, err)
		}
		all = append(all, Reservation{address, 1})
	}
	return all, nil
}
