package machine

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
)

// fault answers a step that is not taken. Nothing of it is acknowledged.
func (x *step) fault(no *objection) {
	if no.code == protocol.FaultStep {
		x.Broken = true
		x.persist(PersistBroken)
	}
	x.emit(Send{protocol.Fault{ID: x.Channel.ID(), Code: no.code, Text: no.text}})
	x.notify(NoticeFault{Code: no.code, Text: no.text})
	x.hangUp(no.code, no.text)
}

func (x *step) hangUp(code protocol.FaultCode, text string) {
	x.disconnected()
	x.emit(Hangup{Code: code, Text: text, Retry: code == protocol.FaultNotYet})
}

// equivocation keeps both proofs as evidence and takes nothing more.
func (x *step) equivocation(second protocol.Pair) {
	x.Broken = true
	x.persist(PersistBroken)
	text := fmt.Sprintf("two proofs for nonce %d", x.Received.Newest.Nonce)
	x.emit(Send{protocol.Fault{ID: x.Channel.ID(), Code: protocol.FaultEquivocation, Text: text}})
	x.notify(NoticeFault{Code: protocol.FaultEquivocation, Text: text, Evidence: &Equivocation{First: x.Received.Pair, Second: second}})
	x.hangUp(protocol.FaultEquivocation, text)
}
