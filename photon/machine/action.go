package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Action is a transaction that the channel needs. The chain package makes messages of
// x/channels of it, adds fees and account, and submits.
type Action interface{ action() }

// SubmitClose closes the channel; MsgClose.
type SubmitClose struct {
	Channel    uint64
	Closer     uint8
	Recovering bool
	// Partner is the partner's newest pair; nil if none.
	Partner *types.SignedProof
	// Claim is the own newest proof; nil if none.
	Claim      *types.SignedProof
	ValidUntil uint64
	Signature  protocol.Signature
}

// SubmitPair shows a pair; MsgUpdateBalanceProof. Until is when the update phase ends.
type SubmitPair struct {
	Channel uint64
	Pair    types.SignedProof
	Until   uint64
}

// SubmitSecrets registers preimages; MsgRegisterSecrets. Until is the first expiry.
type SubmitSecrets struct {
	Channel uint64
	Secrets [][types.SecretLength]byte
	Until   uint64
}

// SubmitUnlock shows a lock list; MsgUnlock. Until is when the unlock phase ends.
type SubmitUnlock struct {
	Channel uint64
	Sender  uint8
	Claim   bool
	// Locks in the encoding behind the root.
	Locks []byte
	Until uint64
}

// SubmitDisposals shows disposals of own locks; MsgShowDisposals.
type SubmitDisposals struct {
	Channel uint64
	Sender  uint8
	Claim   bool
	// Disposals of locks that count.
	Disposals []types.Disposal
	Until     uint64
}

// SubmitSettle settles; MsgSettle.
type SubmitSettle struct{ Channel uint64 }

// SubmitAgreement is MsgWithdraw or MsgCooperativeClose. A rotation must come from the
// account whose key changes. A guarantor's approval, if one is needed, is added by the
// node.
type SubmitAgreement struct {
	Channel    uint64
	Agreement  protocol.Agreement
	Signed     []byte
	Signatures [2]protocol.Signature
	// Guaranteed tells that an approval is needed.
	Guaranteed bool
	ValidUntil uint64
}

func (SubmitClose) action()     {}
func (SubmitPair) action()      {}
func (SubmitSecrets) action()   {}
func (SubmitUnlock) action()    {}
func (SubmitDisposals) action() {}
func (SubmitSettle) action()    {}
func (SubmitAgreement) action() {}
