package types

import (
	"bytes"

	"github.com/cosmos/gogoproto/proto"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Validate checks the form of an activation.
func (a *Activation) Validate() error {
	if n := len(a.Nonce); n != HashLength {
		return errorsmod.Wrapf(ErrAnnouncement, "nonce has %d bytes: must have %d, as the registration returned it", n, HashLength)
	}
	if n := len(a.GenesisHash); n != HashLength {
		return errorsmod.Wrapf(ErrAnnouncement, "genesis_hash has %d bytes: must have %d (SHA-256)", n, HashLength)
	}
	if err := ValidateZoneName(a.Name); err != nil {
		return err
	}
	if _, err := sdk.AccAddressFromBech32(a.Owner); err != nil {
		return errorsmod.Wrapf(ErrAnnouncement, "owner %.80q: %s", a.Owner, err)
	}
	return nil
}

// Validate checks the form of a heartbeat.
func (h *Heartbeat) Validate() error {
	if h.Height == 0 {
		return errorsmod.Wrap(ErrAnnouncement, "height 0: heights start at 1")
	}
	if n := len(h.HeaderHash); n != 0 && n != HashLength {
		return errorsmod.Wrapf(ErrAnnouncement, "header_hash has %d bytes: must be absent or have %d", n, HashLength)
	}
	return nil
}

// DecodeActivation reads the canonical protobuf encoding of an activation and
// nothing else.
func DecodeActivation(bz []byte) (Activation, error) {
	var a Activation
	return a, decodeCanonical(bz, &a)
}

// DecodeHeartbeat reads the canonical protobuf encoding of a heartbeat and nothing
// else.
func DecodeHeartbeat(bz []byte) (Heartbeat, error) {
	var h Heartbeat
	return h, decodeCanonical(bz, &h)
}

func decodeCanonical(bz []byte, into interface {
	proto.Message
	Unmarshal(bz []byte) error
	Marshal() ([]byte, error)
	Validate() error
},
) error {
	if err := into.Unmarshal(bz); err != nil {
		return errorsmod.Wrapf(ErrAnnouncement, "body: no %s: %s", proto.MessageName(into), err)
	}
	canonical, err := into.Marshal()
	if err != nil || !bytes.Equal(canonical, bz) {
		return errorsmod.Wrapf(ErrAnnouncement, "body: %d bytes are not the canonical encoding of a %s", len(bz), proto.MessageName(into))
	}
	return into.Validate()
}
