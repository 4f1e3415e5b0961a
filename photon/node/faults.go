package node

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Fault is something wrong that a peer signed: an illegal step, or two proofs for one nonce. It is kept with the history,
// the newest of each channel and code. The chain needs none of it: the pair that was taken before contradicts any other
// claim.
type Fault struct {
	// ChainID and Channel that it was in, and the epoch.
	ChainID string
	Channel protocol.ChannelID
	Epoch   uint64
	// Time when it came, Unix seconds.
	Time uint64
	Code protocol.FaultCode
	Text string
	// Evidence of an equivocation, else nil.
	Evidence *machine.Equivocation
}

const signedLength = types.ProofLength + types.SignatureLength

// persistFault adds a fault to what the step that found it makes durable.
func (c *channel) persistFault(changes *store.Changes, f *machine.NoticeFault) {
	if f.ByPeer || f.Code != protocol.FaultStep && f.Code != protocol.FaultEquivocation {
		return
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(c.node.now()))
	b = binary.BigEndian.AppendUint64(b, c.state.Channel.Epoch)
	text := f.Text[:min(len(f.Text), protocol.MaxFaultText)]
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...) //nolint:gosec // bounded
	if e := f.Evidence; e != nil {
		for _, p := range []*protocol.Pair{&e.First, &e.Second} {
			b = append(append(b, p.Proof[:]...), p.Signature[:]...)
		}
	}
	changes.Set(binary.BigEndian.AppendUint16(channelKey(prefixFault, c.id), uint16(f.Code)), b)
}

func parseFault(key, b []byte) (f Fault, err error) {
	wrong := fmt.Errorf("%w: fault of %d and %d bytes", store.ErrCorrupt, len(key), len(b))
	if len(key) != 1+types.HashLength+8+2 || len(b) < 18 {
		return f, wrong
	}
	f.Channel, f.Code = channelOfKey(key), protocol.FaultCode(binary.BigEndian.Uint16(key[len(key)-2:]))
	f.Time, f.Epoch = binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	length, b := int(binary.BigEndian.Uint16(b[16:])), b[18:]
	if len(b) != length && len(b) != length+2*signedLength {
		return f, wrong
	}
	f.Text, b = string(b[:length]), b[length:]
	if len(b) > 0 {
		f.Evidence = &machine.Equivocation{}
		for i, p := range []*protocol.Pair{&f.Evidence.First, &f.Evidence.Second} {
			signed := b[i*signedLength:]
			copy(p.Signature[:], signed[copy(p.Proof[:], signed):])
		}
	}
	return f, nil
}

// Faults implements Service.
func (n *Node) Faults() (out []Fault, err error) {
	var failed error
	err = n.store.Scan([]byte{prefixFault}, []byte{prefixFault + 1}, func(key, value []byte) bool {
		var f Fault
		if f, failed = parseFault(key, value); failed != nil {
			return false
		}
		var chainID []byte
		if chainID, failed = n.store.Get(channelKey(prefixChain, f.Channel)); failed != nil {
			return false
		}
		f.ChainID = string(chainID)
		out = append(out, f)
		return true
	})
	if err == nil {
		err = failed
	}
	return out, err
}
