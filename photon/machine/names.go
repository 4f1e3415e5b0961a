package machine

import "fmt"

var phaseNames = [...]string{
	PhaseOpen: "open", PhaseAgreed: "agreed", PhaseClosing: "closing", PhaseDispute: "dispute", PhaseRestored: "restored", PhaseEnded: "ended",
}

// String names the phase.
func (p Phase) String() string { return name(phaseNames[:], int(p), "phase") }

var waitNames = [...]string{
	WaitNothing: "nothing", WaitPeer: "peer", WaitReestablish: "re-establish", WaitAcks: "acknowledgements", WaitConsent: "consent",
	WaitSecondSignature: "second signature", WaitInclusion: "inclusion", WaitCloseInclusion: "inclusion of the close",
	WaitUpdateEnd: "end of update phase", WaitUnlockEnd: "end of unlock phase", WaitSettleable: "end of evidence phase",
	WaitSettlement: "settlement", WaitHeal: "agreement or order to close",
}

// String names what is waited for.
func (w Wait) String() string { return name(waitNames[:], int(w), "wait") }

var pointNames = [...]string{
	PersistSent: "sent", PersistReceived: "received", PersistAcked: "acked", PersistSecret: "secret", PersistDisposing: "disposing",
	PersistDisposed: "disposed", PersistConsent: "consent", PersistAgreed: "agreed", PersistVoid: "void", PersistClosing: "closing",
	PersistRestored: "restored", PersistBroken: "broken", PersistChain: "chain",
}

// PersistPoints lists all of them.
func PersistPoints() (points []PersistPoint) {
	for p := PersistSent; p < lastPersistPoint; p++ {
		points = append(points, p)
	}
	return points
}

// String names the persist point.
func (p PersistPoint) String() string { return name(pointNames[:], int(p), "persist point") }

func name(names []string, n int, what string) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf("%s %d", what, n)
}
