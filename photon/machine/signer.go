package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Signer signs with the node's key in a channel. It must be deterministic and must not
// fail: a key that is away is found out before the machine is asked.
type Signer interface {
	// Key that the signatures verify under. After a rotation it is another one: Apply
	// returns ErrSigner if it is not the channel's.
	Key() types.ChannelKey
	// Sign returns R | S over the message, as x/channels defines it for the key's type.
	Sign(message []byte) protocol.Signature
}
