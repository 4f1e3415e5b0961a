// Package keeper holds the state of x/did.
package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// Keeper holds identities of this chain's namespace and what is said about them.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	zones     types.ZonesKeeper
	sender    transackettypes.MsgServer

	Schema collections.Schema

	// Params of the module.
	Params collections.Item[types.Params]
	// Fees paid since genesis.
	Fees collections.Item[types.Fees]
	// Records of the DIDs of this chain, by identifier (32 bytes).
	Records collections.Map[[]byte, types.Record]
	// Versions of documents, by identifier and version from 1.
	Versions collections.Map[VersionKey, types.DocumentVersion]

	// Authorities by number.
	Authorities collections.Map[uint32, types.Authority]
	// AuthorityNumbers by identifier.
	AuthorityNumbers collections.Map[[]byte, uint32]
	// NextAuthority is the number of the next authority.
	NextAuthority collections.Item[uint32]
	// Certificates by authority and serial.
	Certificates collections.Map[CertificateKey, types.Certificate]
	// ByStatus finds certificates by authority, status and serial.
	ByStatus collections.KeySet[collections.Triple[uint32, uint32, uint64]]
	// BySubject finds certificates by subject, authority and serial.
	BySubject collections.KeySet[collections.Triple[[]byte, uint32, uint64]]
	// Deadlines of certificates: Unix seconds, authority, serial.
	Deadlines collections.KeySet[collections.Triple[int64, uint32, uint64]]
	// StatusChunks of 1,024 bytes that are not all zero, by authority, purpose and index.
	StatusChunks collections.Map[ChunkKey, []byte]
	// Attestations by subject and verifier.
	Attestations collections.Map[AttestationKey, types.Attestation]
	// AttestationDeadlines in Unix seconds, with subject and verifier.
	AttestationDeadlines collections.KeySet[collections.Triple[int64, []byte, uint32]]
	// Visitors from other zones, by DID.
	Visitors collections.Map[string, types.Visitor]
	// Inquiries that wait for an answer, by channel and sequence.
	Inquiries collections.Map[InquiryKey, types.Inquiry]
	// InquiryDeadlines orders them by deadline, in Unix seconds.
	InquiryDeadlines collections.KeySet[InquiryDeadlineKey]
	// DeviceCount is the number of subjects in Certified.
	DeviceCount collections.Item[uint64]
	// Certified counts the valid device certificates of each subject that has any.
	Certified collections.Map[[]byte, uint64]

	DataState
}

// VersionKey is an identifier and the number of a version.
type VersionKey = collections.Pair[[]byte, uint64]

// CertificateKey is the number of an authority and a serial.
type CertificateKey = collections.Pair[uint32, uint64]

// ChunkKey is an authority, the status that a list is about, and the chunk's index.
type ChunkKey = collections.Triple[uint32, uint32, uint32]

// AttestationKey is a subject and the number of a verifier.
type AttestationKey = collections.Pair[[]byte, uint32]

// InquiryKey is a channel of this chain and the sequence of what left through it.
type InquiryKey = collections.Pair[string, uint64]

// InquiryDeadlineKey is the deadline of an inquiry and its InquiryKey.
type InquiryDeadlineKey = collections.Triple[int64, string, uint64]

// NewKeeper lays out the module's state. It is complete but for the way to other
// zones, see WithTransackets. It panics if the schema is wrong, which is a programming
// error.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string, bank types.BankKeeper, zones types.ZonesKeeper) Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	number, serial, id, seconds := collections.Uint32Key, collections.Uint64Key, collections.BytesKey, collections.Int64Key
	k := Keeper{
		authority: authority,
		bank:      bank,
		zones:     zones,

		Params:   collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Fees:     collections.NewItem(sb, types.FeesPrefix, "fees", codec.CollValue[types.Fees](cdc)),
		Records:  collections.NewMap(sb, types.RecordsPrefix, "records", id, codec.CollValue[types.Record](cdc)),
		Versions: collections.NewMap(sb, types.VersionsPrefix, "versions", collections.PairKeyCodec(id, serial), codec.CollValue[types.DocumentVersion](cdc)),

		Authorities:      collections.NewMap(sb, types.AuthoritiesPrefix, "authorities", number, codec.CollValue[types.Authority](cdc)),
		AuthorityNumbers: collections.NewMap(sb, types.AuthorityNumbersPrefix, "authority_numbers", id, collections.Uint32Value),
		NextAuthority:    collections.NewItem(sb, types.NextAuthorityPrefix, "next_authority", collections.Uint32Value),

		Certificates: collections.NewMap(sb, types.CertificatesPrefix, "certificates", collections.PairKeyCodec(number, serial), codec.CollValue[types.Certificate](cdc)),
		ByStatus:     collections.NewKeySet(sb, types.CertificatesStatusPrefix, "certificates_by_status", collections.TripleKeyCodec(number, number, serial)),
		BySubject:    collections.NewKeySet(sb, types.CertificatesSubjectPrefix, "certificates_by_subject", collections.TripleKeyCodec(id, number, serial)),
		Deadlines:    collections.NewKeySet(sb, types.CertificatesDeadlinePrefix, "certificates_by_deadline", collections.TripleKeyCodec(seconds, number, serial)),
		StatusChunks: collections.NewMap(sb, types.StatusChunksPrefix, "status_chunks", collections.TripleKeyCodec(number, number, number), collections.BytesValue),

		Attestations:         collections.NewMap(sb, types.AttestationsPrefix, "attestations", collections.PairKeyCodec(id, number), codec.CollValue[types.Attestation](cdc)),
		AttestationDeadlines: collections.NewKeySet(sb, types.AttestationsDeadlinePrefix, "attestations_by_deadline", collections.TripleKeyCodec(seconds, id, number)),

		Visitors:  collections.NewMap(sb, types.VisitorsPrefix, "visitors", collections.StringKey, codec.CollValue[types.Visitor](cdc)),
		Inquiries: collections.NewMap(sb, types.InquiriesPrefix, "inquiries", collections.PairKeyCodec(collections.StringKey, serial), codec.CollValue[types.Inquiry](cdc)),
		InquiryDeadlines: collections.NewKeySet(sb, types.InquiriesDeadlinePrefix, "inquiries_by_deadline",
			collections.TripleKeyCodec(seconds, collections.StringKey, serial)),
		DeviceCount: collections.NewItem(sb, types.DevicesPrefix, "device_count", collections.Uint64Value),
		Certified:   collections.NewMap(sb, types.CertifiedPrefix, "certified", id, collections.Uint64Value),

		DataState: newDataState(sb, cdc),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("x/%s: schema: %w", types.ModuleName, err)) // two collections share a prefix
	}
	k.Schema = schema
	return k
}

// WithTransackets returns a copy of the keeper that can ask other zones: sender sends
// TransacKets, zones knows the way.
func (k Keeper) WithTransackets(sender transackettypes.MsgServer, zones types.ZonesKeeper) Keeper {
	k.sender, k.zones = sender, zones
	return k
}

// Authority is the account that governs the module.
func (k Keeper) Authority() string { return k.authority }

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
