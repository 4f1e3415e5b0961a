package daemon

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// signer is a channel key as machines take it.
type signer struct{ key keyfile.Key }

var _ machine.Signer = signer{}

// Key implements machine.Signer.
func (s signer) Key() types.ChannelKey { return s.key.Public() }

// Sign implements machine.Signer.
func (s signer) Sign(message []byte) (out protocol.Signature) {
	signature, err := s.key.Sign(message)
	if err != nil {
		panic("signing with a key in memory: " + err.Error()) // neither kind of key can fail
	}
	copy(out[:], signature)
	return out
}
