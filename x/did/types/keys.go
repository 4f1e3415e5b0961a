// Package types holds the state, messages and errors of x/did, and its formats: DIDs,
// keys, documents and signed bytes.
package types

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

const (
	// ModuleName names the module, its store, its routes, and the account that fees
	// pass through.
	ModuleName = "did"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName

	// TopicCertificate is the topic of questions about certificates.
	TopicCertificate = "did/certificate"
	// ServiceTransacket is the type of a service that takes TransacKets; its endpoint
	// is SchemeTransacket and an account of this chain.
	ServiceTransacket = "TransacketInbox"
	// SchemeTransacket begins the endpoint of such a service.
	SchemeTransacket = "transacket:"
)

// InquiryAddress is the account that questions about certificates go to. Its bytes are
// the same on every chain, and nobody has its key. It is no module account, since those
// must not receive coins.
func InquiryAddress() sdk.AccAddress { return address.Module(ModuleName, []byte("inquiry")) }

// Prefixes of the collections in the module's store; see README.md, "State". They are
// part of the state format: never renumber them. 0 to 31 are those of identities and
// certificates, 32 and above those of data authentication.
var (
	ParamsPrefix   = collections.NewPrefix(0)
	FeesPrefix     = collections.NewPrefix(1)
	RecordsPrefix  = collections.NewPrefix(2)
	VersionsPrefix = collections.NewPrefix(3)

	AuthoritiesPrefix          = collections.NewPrefix(4)
	AuthorityNumbersPrefix     = collections.NewPrefix(5)
	NextAuthorityPrefix        = collections.NewPrefix(6)
	CertificatesPrefix         = collections.NewPrefix(7)
	CertificatesStatusPrefix   = collections.NewPrefix(8)
	CertificatesSubjectPrefix  = collections.NewPrefix(9)
	CertificatesDeadlinePrefix = collections.NewPrefix(10)
	StatusChunksPrefix         = collections.NewPrefix(11)
	AttestationsPrefix         = collections.NewPrefix(12)
	AttestationsDeadlinePrefix = collections.NewPrefix(13)
	VisitorsPrefix             = collections.NewPrefix(14)
	InquiriesPrefix            = collections.NewPrefix(15)
	DevicesPrefix              = collections.NewPrefix(16)
	CertifiedPrefix            = collections.NewPrefix(17)
	InquiriesDeadlinePrefix    = collections.NewPrefix(18)
)
