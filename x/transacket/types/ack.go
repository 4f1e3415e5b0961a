package types

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"
)

// Validate checks a receipt.
func (a *TransacketAck) Validate() error {
	if a.Height == 0 {
		return errorsmod.Wrap(ErrAck, "ack.height is 0: must be the height of the block that delivered")
	}
	if n := len(a.Reply); n > MaxReply {
		return errorsmod.Wrapf(ErrAck, "ack.reply has %d bytes: must have at most %d", n, MaxReply)
	}
	if n := len(a.Preimage); n != 0 && n != PreimageLength {
		return errorsmod.Wrapf(ErrAck, "ack.preimage has %d bytes: must be absent or have %d", n, PreimageLength)
	}
	return nil
}

// Answers checks that the receipt is one for that envelope: it opens the hash lock
// if there is one, and has a reply only if that was asked for.
func (a *TransacketAck) Answers(e *Envelope) error {
	switch {
	case e.Locked() && !e.Opens(a.Preimage):
		return errorsmod.Wrapf(ErrAck, "ack.preimage %x: must open the hash lock %x", a.Preimage, e.HashLock)
	case !e.Locked() && len(a.Preimage) > 0:
		return errorsmod.Wrapf(ErrAck, "ack.preimage %x: there is no hash lock", a.Preimage)
	case e.Receipt != RECEIPT_PROCESSED && len(a.Reply) > 0:
		return errorsmod.Wrapf(ErrAck, "ack.reply has %d bytes: nobody asked for one", len(a.Reply))
	}
	return nil
}

// DecodeAck reads the result of an acknowledgement. It accepts the canonical
// protobuf encoding of a receipt only; see DecodeEnvelope.
func DecodeAck(bz []byte) (TransacketAck, error) {
	var a TransacketAck
	if err := a.Unmarshal(bz); err != nil {
		return TransacketAck{}, errorsmod.Wrapf(ErrAck, "result of %d bytes is no receipt: %s", len(bz), err)
	}
	if err := a.Validate(); err != nil {
		return TransacketAck{}, err
	}
	canonical, err := a.Marshal()
	if err != nil {
		return TransacketAck{}, errorsmod.Wrapf(ErrAck, "result: %s", err)
	}
	if !bytes.Equal(canonical, bz) {
		return TransacketAck{}, errorsmod.Wrapf(ErrAck, "result of %d bytes is not the canonical encoding of a receipt", len(bz))
	}
	return a, nil
}
