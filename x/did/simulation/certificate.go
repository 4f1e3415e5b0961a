package simulation

import (
	"context"
	"errors"
	"math/rand"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/did/types"
)

// authorityOf returns the DID and record of an account that is an authority.
func (o operations) authorityOf(ctx context.Context, a simtypes.Account) (types.DID, types.Record, types.Authority, error) {
	did, record, known, err := o.identify(ctx, a)
	if err != nil || !known || record.Deactivated != nil {
		return did, record, types.Authority{}, errors.Join(err, errNothing)
	}
	authority, err := o.keeper.AuthorityOf(ctx, did)
	if err == nil && authority.Suspended {
		err = errNothing
	}
	return did, record, authority, err
}

// issue lets an authority certify the payer's DID as an application, which it may on
// either role.
func (o operations) issue(r *rand.Rand, ctx sdk.Context, payer, issuer simtypes.Account) (sdk.Msg, error) {
	did, record, authority, err := o.authorityOf(ctx, issuer)
	if err != nil {
		return nil, err
	}
	about, known, registered, err := o.identify(ctx, payer)
	if err != nil || !registered || known.Deactivated != nil {
		return nil, errors.Join(err, errNothing)
	}
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	has := uint32(0)
	err = o.keeper.BySubject.Walk(ctx, collections.NewPrefixedTripleRange[[]byte, uint32, uint64](about.ID[:]),
		func(collections.Triple[[]byte, uint32, uint64]) (bool, error) { has++; return false, nil })
	if err != nil || has >= params.MaxCertificates {
		return nil, errors.Join(err, errNothing)
	}
	now := ctx.BlockTime().Unix()
	msg := &types.MsgIssueCertificates{Payer: payer.Address.String(), Issuer: did.String(), Issuance: types.Issuance{Certificates: []types.CertificateTerms{{
		Serial: authority.LastSerial + 1 + uint64(r.Intn(3)), Subject: about.String(), Kind: types.CERTIFICATE_KIND_APPLICATION, //nolint:gosec // positive
		ValidFrom: now, ValidUntil: now + 1 + int64(r.Intn(10_000)),
	}}}}
	msg.Proof, err = sign(ctx, types.TagIssue, did, record.Sequence, &msg.Issuance, issuer)
	return msg, err
}

// change suspends, resumes or revokes a random certificate.
func (o operations) change(r *rand.Rand, ctx sdk.Context, payer, issuer simtypes.Account) (sdk.Msg, error) {
	did, record, authority, err := o.authorityOf(ctx, issuer)
	if err != nil || authority.LastSerial == 0 {
		return nil, errors.Join(err, errNothing)
	}
	serial := 1 + uint64(r.Int63n(int64(authority.LastSerial))) //nolint:gosec // positive
	c, err := o.keeper.Certificates.Get(ctx, collections.Join(authority.Number, serial))
	if err != nil {
		return nil, errNothing // skipped, or removed
	}
	var status types.CertificateStatus
	switch c.StatusAt(ctx.BlockTime()) {
	case types.CERTIFICATE_STATUS_VALID:
		status = types.CertificateStatus(2 + r.Intn(2)) //nolint:gosec // suspended or revoked
	case types.CERTIFICATE_STATUS_SUSPENDED:
		status = types.CERTIFICATE_STATUS_VALID
	default:
		return nil, errNothing
	}
	msg := &types.MsgChangeCertificates{
		Payer: payer.Address.String(), Issuer: did.String(), Change: types.StatusChange{Serials: []uint64{serial}, Status: status},
	}
	msg.Proof, err = sign(ctx, types.TagChange, did, record.Sequence, &msg.Change, issuer)
	return msg, err
}
