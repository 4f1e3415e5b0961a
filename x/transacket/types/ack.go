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
