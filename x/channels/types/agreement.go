package types

import (
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

const (
	// WithdrawLength of a withdraw agreement in bytes.
	WithdrawLength = 219
	// CooperativeLength of a cooperative close in bytes.
	CooperativeLength = 184
	// NoRotation in the rotate field: no key changes.
	NoRotation = 255
)

// Balances is the state of a channel as both saw it when they agreed. Arrays are by
// participant.
type Balances struct {
	Place
	Deposit     [2]Uint128
	Transferred [2]Uint128
	// Nonce of each one's last proof: after it both were silent.
	Nonce      [2]uint64
	Payout     [2]Uint128
	ValidUntil uint64
}

// After returns deposit − transferred + received of each participant; ErrOverspent if
// one transferred above what it had.
func (b Balances) After() (after [2]Uint128, err error) {
	gained, lost := b.Transferred[1], b.Transferred[0]
	for i := range after {
		var ok bool
		if gained.Less(lost) {
			loss, _ := lost.Sub(gained)
			after[i], ok = b.Deposit[i].Sub(loss)
		} else {
			gain, _ := gained.Sub(lost)
			after[i], ok = b.Deposit[i].Add(gain)
		}
		if !ok {
			return after, errorsmod.Wrapf(ErrOverspent, "participant %d: deposit %s - transferred %s + received %s: must be 0 to 2^128 - 1",
				i, b.Deposit[i], lost, gained)
		}
		gained, lost = lost, gained
	}
	return after, nil
}

func (b Balances) appendTo(out []byte, tag string) []byte {
	out = b.Place.appendTo(out, tag)
	for _, pair := range [][2]Uint128{b.Deposit, b.Transferred} {
		out = pair[1].AppendTo(pair[0].AppendTo(out))
	}
	out = binary.BigEndian.AppendUint64(out, b.Nonce[0])
	out = binary.BigEndian.AppendUint64(out, b.Nonce[1])
	return b.Payout[1].AppendTo(b.Payout[0].AppendTo(out))
}

func (r *reader) balances() Balances {
	return Balances{
		Place:       r.place(),
		Deposit:     [2]Uint128{r.amount(), r.amount()},
		Transferred: [2]Uint128{r.amount(), r.amount()},
		Nonce:       [2]uint64{r.uint64(), r.uint64()},
		Payout:      [2]Uint128{r.amount(), r.amount()},
	}
}

// Withdraw is an agreement to pay out a part and to go on in the next epoch. All
// lock lists are empty when it is signed.
type Withdraw struct {
	Balances
	// Rotate is the participant that gets NewKey, or NoRotation.
	Rotate uint8
	// NewKey of that participant; no key without a rotation.
	NewKey ChannelKey
}

// Bytes that both sign:
//
//	tag "mesh/withdraw/v1" 16 | domain 32 | channel 8 | epoch 8 | deposit 16 × 2
//	| transferred 16 × 2 | nonce 8 × 2 | payout 16 × 2 | rotate 1 | new key 34 | valid-until 8
func (w Withdraw) Bytes() []byte {
	b := w.Balances.appendTo(make([]byte, 0, WithdrawLength), TagWithdraw)
	b = append(b, w.Rotate)
	b = w.NewKey.AppendTo(b)
	return binary.BigEndian.AppendUint64(b, w.ValidUntil)
}

// ParseWithdraw reads and checks the bytes of a withdraw agreement.
func ParseWithdraw(b []byte) (w Withdraw, err error) {
	r, err := newReader("withdraw", TagWithdraw, WithdrawLength, b)
	if err != nil {
		return w, err
	}
	w.Balances = r.balances()
	w.Rotate = r.uint8()
	if w.NewKey, err = ChannelKeyFromBytes(r.take(KeyLength)); err != nil {
		return w, err
	}
	w.ValidUntil = r.uint64()
	return w, w.Validate()
}

// Validate checks that the payouts exist and that the rotation is complete.
func (w Withdraw) Validate() error {
	after, err := w.After()
	if err != nil {
		return err
	}
	for i := range after {
		if after[i].Less(w.Payout[i]) {
			return errorsmod.Wrapf(ErrOverspent, "withdraw: payout %s of participant %d: must be at most its balance %s", w.Payout[i], i, after[i])
		}
	}
	switch hasKey := w.NewKey.Type != KEY_TYPE_UNSPECIFIED; {
	case w.Rotate == NoRotation && hasKey, w.Rotate <= 1 && !hasKey:
		return errorsmod.Wrapf(ErrRotation, "withdraw: rotate %d with key %s: must be a participant with a key, or %d without", w.Rotate, w.NewKey.Text(), NoRotation)
	case w.Rotate > 1 && w.Rotate != NoRotation:
		return errorsmod.Wrapf(ErrRotation, "withdraw: rotate %d: must be 0, 1 or %d", w.Rotate, NoRotation)
	}
	return nil
}

// CooperativeClose is an agreement to pay out everything. All lock lists are empty
// when it is signed.
type CooperativeClose struct{ Balances }

// Bytes that both sign:
//
//	tag "mesh/coop/v1" 16 | domain 32 | channel 8 | epoch 8 | deposit 16 × 2
//	| transferred 16 × 2 | nonce 8 × 2 | payout 16 × 2 | valid-until 8
func (c CooperativeClose) Bytes() []byte {
	b := c.Balances.appendTo(make([]byte, 0, CooperativeLength), TagCooperative)
	return binary.BigEndian.AppendUint64(b, c.ValidUntil)
}

// ParseCooperativeClose reads and checks the bytes of a cooperative close.
func ParseCooperativeClose(b []byte) (c CooperativeClose, err error) {
	r, err := newReader("cooperative close", TagCooperative, CooperativeLength, b)
	if err != nil {
		return c, err
	}
	c.Balances = r.balances()
	c.ValidUntil = r.uint64()
	return c, c.Validate()
}

// Validate checks that the payouts are the balances.
func (c CooperativeClose) Validate() error {
	after, err := c.After()
	if err != nil {
		return err
	}
	for i := range after {
		if after[i] != c.Payout[i] {
			return errorsmod.Wrapf(ErrTotals, "cooperative close: payout %s of participant %d: must be its balance %s", c.Payout[i], i, after[i])
		}
	}
	return nil
}
