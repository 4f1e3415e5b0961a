package node

import (
	"encoding/binary"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Keys of the store. A channel is domain 32 | number 8; a batch is channel 40 | epoch 8
// | sender 1 | nonce 8.
//
//	c | channel          record of the machine's state
//	l | channel | key 9  lock of it
//	i | channel          chain-id
//	b | batch            body: entries | packets (in the log)
//	h | batch            what receipts need: see batchHeader
//	a | batch            acknowledgement 64, of own batches
//	p | channel key 34   identity of the node that has it
//	d | identity         address it was dialled at
//	n | chain-id         height 8 | trusted time 8
//	k | name             what the layer above keeps
//	f | channel | code 2 the newest fault of its kind; see faults.go
const (
	prefixState   = 'c'
	prefixLock    = 'l'
	prefixChain   = 'i'
	prefixBody    = 'b'
	prefixHeader  = 'h'
	prefixAck     = 'a'
	prefixPeer    = 'p'
	prefixAddress = 'd'
	prefixHeight  = 'n'
	prefixKept    = 'k'
	prefixFault   = 'f'
)

const batchKeyLength = 1 + 40 + 8 + 1 + 8

func channelKey(prefix byte, id protocol.ChannelID) []byte {
	b := append(make([]byte, 0, batchKeyLength), prefix)
	return binary.BigEndian.AppendUint64(append(b, id.Domain[:]...), id.Channel)
}

func lockKey(id protocol.ChannelID, key machine.LockKey) []byte {
	return append(channelKey(prefixLock, id), key[:]...)
}

func channelOfKey(key []byte) (id protocol.ChannelID) {
	copy(id.Domain[:], key[1:])
	id.Channel = binary.BigEndian.Uint64(key[33:])
	return id
}

func batchKey(prefix byte, id protocol.ChannelID, epoch uint64, sender uint8, nonce uint64) []byte {
	b := binary.BigEndian.AppendUint64(channelKey(prefix, id), epoch)
	return binary.BigEndian.AppendUint64(append(b, sender), nonce)
}

func nonceOfKey(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

func peerKey(key types.ChannelKey) []byte { return key.AppendTo([]byte{prefixPeer}) }

func textKey(prefix byte, text string) []byte { return append([]byte{prefix}, text...) }

// after returns the first key that does not begin with prefix.
func after(prefix []byte) []byte {
	b := append([]byte(nil), prefix...)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] != 0 {
			return b[:i+1]
		}
	}
	return nil
}
