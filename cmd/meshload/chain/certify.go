package chain

import (
	"context"
	"fmt"
	"io"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	didtypes "github.com/meshchain/meshchain/x/did/types"
)

const (
	// perIssuance is how many certificates one message issues.
	perIssuance = didtypes.MaxCertificateBatch
	// certificateValidity outlasts every run.
	certificateValidity = 24 * time.Hour
)

// certify gives every device a certificate that has none: the owner of the zone, --from,
// names the maker an authority, which signs; the owner pays.
func (f *fleet) certify(ctx context.Context, progress io.Writer) error {
	if f.maker == nil {
		return nil
	}
	owner, err := f.client.Account(f.from)
	if err != nil {
		return err
	}
	q := didtypes.NewQueryClient(f.client)
	bare, err := f.uncertified(ctx, q)
	if err != nil || len(bare) == 0 {
		return err
	}
	fmt.Fprintf(progress, "certifying %d devices\n", len(bare))
	appoint := []sdk.Msg{&didtypes.MsgSetAuthority{
		Signer: owner.Address(), Did: f.maker.did.String(), Name: "meshload", Kinds: []didtypes.CertificateKind{didtypes.CERTIFICATE_KIND_DEVICE},
	}}
	if !f.maker.known {
		create, err := f.maker.create(f.client.ChainID(), owner.Address())
		if err != nil {
			return err
		}
		appoint, f.maker.known = append(appoint, create), true
	}
	if _, err := owner.Send(ctx, appoint...); err != nil {
		return fmt.Errorf("name an authority by --from %s, which must own the zone: %w", f.from, err)
	}
	authority, err := q.Authority(ctx, &didtypes.QueryAuthorityRequest{Did: f.maker.did.String()})
	if err != nil {
		return err
	}
	now, err := f.client.RPC.Status(ctx)
	if err != nil {
		return err
	}
	from := now.SyncInfo.LatestBlockTime.Unix()
	for serial := authority.Authority.LastSerial; len(bare) > 0; bare = bare[min(perIssuance, len(bare)):] {
		msg := &didtypes.MsgIssueCertificates{Payer: owner.Address(), Issuer: f.maker.did.String()}
		for _, d := range bare[:min(perIssuance, len(bare))] {
			serial++
			msg.Issuance.Certificates = append(msg.Issuance.Certificates, didtypes.CertificateTerms{
				Serial: serial, Subject: d.did.String(), Kind: didtypes.CERTIFICATE_KIND_DEVICE,
				ValidFrom: from, ValidUntil: from + int64(certificateValidity/time.Second),
			})
		}
		payload, err := didtypes.Payload(&msg.Issuance)
		if err != nil {
			return err
		}
		msg.Proof, _ = f.maker.prove(didtypes.TagIssue, f.client.ChainID(), payload)
		if _, err := owner.Send(ctx, msg); err != nil {
			return fmt.Errorf("issue certificates: %w", err)
		}
	}
	return nil
}

// uncertified are the devices without a certificate that holds.
func (f *fleet) uncertified(ctx context.Context, q didtypes.QueryClient) ([]*loadDevice, error) {
	var bare []*loadDevice
	for _, d := range f.devices {
		holds := false
		if d.known { // by an earlier run
			res, err := q.CertificatesOf(ctx, &didtypes.QueryCertificatesOfRequest{Subject: d.did.String()})
			if err != nil {
				return nil, fmt.Errorf("certificates of %s: %w", d.did, err)
			}
			for _, c := range res.Certificates {
				holds = holds || c.Holds && c.Certificate.Terms.Kind == didtypes.CERTIFICATE_KIND_DEVICE
			}
		}
		if !holds {
			bare = append(bare, d)
		}
	}
	return bare, nil
}
