package protocol

import (
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Agreement says what both are to sign.
type Agreement uint8

// Agreements.
const (
	// AgreeWithdraw pays out a part and starts the next epoch.
	AgreeWithdraw Agreement = 1
	// AgreeClose pays out everything.
	AgreeClose Agreement = 2
)

// String names the agreement.
func (a Agreement) String() string {
	switch a {
	case AgreeWithdraw:
		return "withdraw"
	case AgreeClose:
		return "cooperative close"
	default:
		return fmt.Sprintf("agreement %d", uint8(a))
	}
}

func (a Agreement) length() int {
	if a == AgreeClose {
		return types.CooperativeLength
	}
	return types.WithdrawLength
}

func (r *reader) agreement() Agreement {
	a := Agreement(r.uint8("agreement"))
	if r.missing == "" && a != AgreeWithdraw && a != AgreeClose {
		r.missing = fmt.Sprintf("%s: must be 1 (withdraw) or 2 (cooperative close)", a)
	}
	return a
}

// Draft asks the peer to sign an agreement. The draft binds nobody: who drafts signs
// second, and submits.
type Draft struct {
	Agreement Agreement
	// Signed are the bytes of types.Withdraw or types.CooperativeClose.
	Signed []byte
}

// Kind implements Message.
func (Draft) Kind() Kind { return KindDraft }

// ChannelID of the channel; zero if there are no bytes.
func (m Draft) ChannelID() ChannelID {
	if len(m.Signed) != m.Agreement.length() {
		return ChannelID{}
	}
	r := reader{b: m.Signed[types.TagLength:]}
	return r.channelID()
}

// AppendTo implements Message: agreement 1 | signed 219 or 184.
func (m Draft) AppendTo(b []byte) []byte { return append(append(b, byte(m.Agreement)), m.Signed...) }

// ParseDraft reads a body. It checks form, not truth.
func ParseDraft(b []byte) (m Draft, err error) {
	r := reader{message: "draft", b: b}
	m.Agreement = r.agreement()
	m.Signed = r.take("signed", m.Agreement.length())
	return m, r.done()
}

// Consent is a signature over the agreement whose bytes have this hash. The first comes
// from who got the draft; the second completes it, so that both can submit it.
type Consent struct {
	ID ChannelID
	// Subject is the SHA-256 of the agreement's bytes.
	Subject types.Hash
	// Signature of the channel key over the agreement.
	Signature Signature
}

// Kind implements Message.
func (Consent) Kind() Kind { return KindConsent }

// ChannelID of the channel.
func (m Consent) ChannelID() ChannelID { return m.ID }

// AppendTo implements Message: domain 32 | channel 8 | subject 32 | signature 64.
func (m Consent) AppendTo(b []byte) []byte {
	return append(append(appendChannelID(b, m.ID), m.Subject[:]...), m.Signature[:]...)
}

// ParseConsent reads a body.
func ParseConsent(b []byte) (m Consent, err error) {
	r := reader{message: "consent", b: b}
	m = Consent{ID: r.channelID(), Subject: r.hash("subject"), Signature: r.signature("signature")}
	return m, r.done()
}

// Refuse declines a draft or open terms. Nothing was signed.
type Refuse struct {
	// ID is zero for open terms.
	ID ChannelID
	// Subject is the SHA-256 of what was to be signed.
	Subject types.Hash
	Code    RefuseCode
	// Text for people, at most MaxFaultText bytes.
	Text string
}

// RefuseCode says why something is not signed.
type RefuseCode uint8

// Codes of refusals.
const (
	RefuseUnspecified RefuseCode = iota
	// RefuseFigures: nonces, totals or deposits differ; draft again.
	RefuseFigures
	// RefuseLocks: locks are pending; draft again when they are decided.
	RefuseLocks
	// RefusePolicy: the node does not want this.
	RefusePolicy
	// RefuseBusy: another agreement is under way.
	RefuseBusy
	// RefuseTerms: terms of the channel are outside of what the node takes.
	RefuseTerms
	lastRefuse
)

// Kind implements Message.
func (Refuse) Kind() Kind { return KindRefuse }

// ChannelID of the channel; zero for open terms.
func (m Refuse) ChannelID() ChannelID { return m.ID }

// AppendTo implements Message: domain 32 | channel 8 | subject 32 | code 1 | length 2 | text.
func (m Refuse) AppendTo(b []byte) []byte {
	b = append(append(appendChannelID(b, m.ID), m.Subject[:]...), byte(m.Code))
	return appendText(b, m.Text, MaxFaultText)
}

// ParseRefuse reads a body.
func ParseRefuse(b []byte) (m Refuse, err error) {
	r := reader{message: "refuse", b: b}
	m = Refuse{ID: r.channelID(), Subject: r.hash("subject"), Code: RefuseCode(r.uint8("code")), Text: r.text("text", MaxFaultText)}
	if m.Code >= lastRefuse {
		m.Code = RefuseUnspecified // of a later version
	}
	return m, r.done()
}

// PleaseClose asks the peer for a draft, because the sender cannot make one: it lost
// data and does not know the figures.
type PleaseClose struct {
	types.Place
	// Agreement that is asked for: a withdraw of nothing or a cooperative close.
	Agreement Agreement
}

// Kind implements Message.
func (PleaseClose) Kind() Kind { return KindPleaseClose }

// ChannelID of the channel.
func (m PleaseClose) ChannelID() ChannelID { return IDOf(m.Place) }

// AppendTo implements Message: domain 32 | channel 8 | epoch 8 | agreement 1.
func (m PleaseClose) AppendTo(b []byte) []byte {
	return append(appendPlace(b, m.Place), byte(m.Agreement))
}

// ParsePleaseClose reads a body.
func ParsePleaseClose(b []byte) (m PleaseClose, err error) {
	r := reader{message: "please close", b: b}
	m = PleaseClose{Place: r.place(), Agreement: r.agreement()}
	return m, r.done()
}
