package types

import (
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
)

// Packet is the data of an ICS-20 packet, seen by this module.
type Packet struct {
	// Transfer is the ICS-20 half.
	Transfer transfertypes.FungibleTokenPacketData
	// Claimed tells whether the memo claims to be a TransacKet's; if it does not,
	// the packet is a plain transfer and Envelope is empty.
	Claimed bool
	// Envelope is what the memo holds, if Err is nil.
	Envelope Envelope
	// Err says why the claim is false.
	Err error
}

// DecodePacket reads the data of an ICS-20 packet with the codec that ICS-20 uses,
// so that both read the same memo. It returns an error if the data is not ICS-20's.
func DecodePacket(data []byte) (Packet, error) {
	var p Packet
	if err := transfertypes.ModuleCdc.UnmarshalJSON(data, &p.Transfer); err != nil {
		return Packet{}, err
	}
	p.Envelope, p.Claimed, p.Err = DecodeMemo(p.Transfer.Memo)
	return p, nil
}
