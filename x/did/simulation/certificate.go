package simulation

import (
	"context"
	"errors"
	"math/rand"

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
	msg := &types.MsgChangeCertificates{Payer: payer.Address.String(), Issuer: did.String(), Change: types.StatusChange{
		Serials: []uint64{1 + uint64(r.Int63n(int64(authority.LastSerial)))}, //nolint:gosec // positive
		Status:  types.CertificateStatus(1 + r.Intn(3)),                      //nolint:gosec // 1 to 3
	}}
	msg.Proof, err = sign(ctx, types.TagChange, did, record.Sequence, &msg.Change, issuer)
	return msg, err
}
