package demo

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
	"github.com/meshchain/meshchain/localnet"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

const (
	actIdentities = "identities"

	orchardName    = "orchard"
	orchardChainID = "orchard-1"

	keyGateway = "gateway"

	// The devices: all with certificates, until one is revoked; one moves.
	devices       = 3
	revokedDevice = 1
	movedDevice   = 2
	// deviceCell is where they stand, as a geohash.
	deviceCell = "u1wjq"
	// certified is how long a certificate holds.
	certified = 24 * time.Hour
)

// identities is the act in which the farm's devices get names that prove themselves
// (x/did): certificates, authentic data, revocation, and a move to another zone.
type identities struct {
	owner zoneOwner
	maker *device
	// sensors of the farm, in the order of their serials from 1.
	sensors [devices]*device
	// readings that each sensor makes.
	readings [][]byte

	s       *stage
	report  *ActReport
	payers  map[string]*sender // the owner, by chain-id
	created int                // DIDs on the farm
}

func newIdentities() (*identities, error) {
	owner, err := newZoneOwner()
	if err != nil {
		return nil, err
	}
	a := &identities{owner: owner, report: &ActReport{}, payers: map[string]*sender{}}
	if a.maker, err = newDevice(zoneName); err != nil {
		return nil, err
	}
	for i := range a.sensors {
		if a.sensors[i], err = newDevice(zoneName); err != nil {
			return nil, err
		}
	}
	table, err := ReadTable(bytes.NewReader(data.SoilMoisture), "", streamLife)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shippedFile, err)
	}
	a.readings, err = encodeReadings(table)
	return a, err
}

func (*identities) name() string { return actIdentities }

// prepare adds a second zone, and names the owner of both.
func (a *identities) prepare(specs []localnet.Spec) []localnet.Spec {
	specs = append(specs, localnet.Spec{ChainID: orchardChainID, Zone: orchardName})
	for i := range specs {
		spec := &specs[i]
		if spec.Zone == "" {
			spec.Accounts = append(spec.Accounts, a.owner.account(mainFunds))
			continue
		}
		spec.Owner = a.owner.address
		spec.Accounts = append(spec.Accounts, a.owner.account("1000000000"+spec.Denom()), announcer(spec.Denom()),
			localnet.Account{Name: keyGateway, Coins: "100000000" + spec.Denom()})
	}
	return specs
}

func (a *identities) play(ctx context.Context, s *stage) (*ActReport, error) {
	a.s = s
	for _, chain := range []string{mainChainID, zoneChainID, orchardChainID} {
		payer, err := s.sender(chain, keyOwner)
		if err != nil {
			return nil, err
		}
		a.payers[chain] = payer
	}
	before, err := a.supply(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.register(ctx); err != nil {
		return nil, err
	}
	if err := a.certify(ctx); err != nil {
		return nil, err
	}
	if err := a.streams(ctx); err != nil {
		return nil, err
	}
	after, err := a.supply(ctx)
	if err != nil {
		return nil, err
	}
	return a.report, a.account(ctx, before.Sub(after))
}

// register brings both zones into the registry, as questions between zones need it.
func (a *identities) register(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, path := range a.s.net.paths {
		g.Go(func() error { return a.s.onboard(ctx, a.payers[mainChainID], a.s.net.chains[i+1], path) })
	}
	return g.Wait()
}

// certify creates the DIDs and lets the maker certify the sensors, in one transaction.
func (a *identities) certify(ctx context.Context) error {
	payer := a.payers[zoneChainID]
	var msgs []sdk.Msg
	for _, d := range append([]*device{a.maker}, a.sensors[:]...) {
		msg, err := d.create(zoneChainID, payer.account.Address())
		if err != nil {
			return err
		}
		msgs = append(msgs, msg)
	}
	now := time.Now()
	issue := &didtypes.MsgIssueCertificates{Payer: payer.account.Address(), Issuer: a.maker.did.String()}
	for i, sensor := range a.sensors {
		issue.Issuance.Certificates = append(issue.Issuance.Certificates, didtypes.CertificateTerms{
			Serial: uint64(i + 1), Subject: sensor.did.String(), Kind: didtypes.CERTIFICATE_KIND_DEVICE,
			ValidFrom: now.Add(-time.Minute).Unix(), ValidUntil: now.Add(certified).Unix(), Cell: deviceCell,
		})
	}
	var err error
	if issue.Proof, err = a.maker.prove(zoneChainID, didtypes.TagIssue, &issue.Issuance); err != nil {
		return err
	}
	authority := &didtypes.MsgSetAuthority{
		Signer: payer.account.Address(), Did: a.maker.did.String(), Kinds: []didtypes.CertificateKind{didtypes.CERTIFICATE_KIND_DEVICE}, Name: "maker of sensors",
	}
	if _, err := payer.send(ctx, append(msgs, authority, issue)...); err != nil {
		return err
	}
	a.created = len(msgs)
	a.s.progress.say("%d sensors have a DID and a certificate by their maker", devices)
	a.report.note("on "+zoneChainID, "%d DIDs, %d certificates by %s", a.created, devices, a.maker.did)
	return nil
}

// revoke one sensor's certificate.
func (a *identities) revoke(ctx context.Context) error {
	payer := a.payers[zoneChainID]
	msg := &didtypes.MsgChangeCertificates{Payer: payer.account.Address(), Issuer: a.maker.did.String(), Change: didtypes.StatusChange{
		Serials: []uint64{revokedDevice + 1}, Status: didtypes.CERTIFICATE_STATUS_REVOKED,
	}}
	var err error
	if msg.Proof, err = a.maker.prove(zoneChainID, didtypes.TagChange, &msg.Change); err != nil {
		return err
	}
	_, err = payer.send(ctx, msg)
	return err
}

// supply of the farm's denom.
func (a *identities) supply(ctx context.Context) (math.Int, error) {
	var res *banktypes.QuerySupplyOfResponse
	err := retry(ctx, func() (err error) {
		res, err = banktypes.NewQueryClient(a.s.clients[zoneChainID]).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: "u" + zoneName})
		return err
	})
	if err != nil {
		return math.Int{}, fmt.Errorf("supply of u%s: %w", zoneName, err)
	}
	return res.Amount.Amount, nil
}

// account compares what was burnt with what identities and streams cost: a share of
// their fees, and nothing else changes the supply of a zone.
func (a *identities) account(ctx context.Context, burnt math.Int) error {
	res, err := didtypes.NewQueryClient(a.s.clients[zoneChainID]).Params(ctx, &didtypes.QueryParamsRequest{})
	if err != nil {
		return fmt.Errorf("fees of identities: %w", err)
	}
	share := func(fee math.Int) math.Int { return res.Params.BurnFraction.MulInt(fee).Ceil().TruncateInt() }
	want := share(res.Params.CreateFee).MulRaw(int64(a.created)).Add(share(res.Params.Data.Fee(streamWindow)).MulRaw(devices - 1))
	a.report.note("burnt of the fees", "%su%s", burnt, zoneName)
	if !burnt.Equal(want) {
		a.report.fault("%s: the supply fell by %su%s, should have fallen by %s, a share of the fees", zoneChainID, burnt, zoneName, want)
	}
	return nil
}

// journal of the gateway of a zone.
func (a *identities) journal(chainID string) string {
	return filepath.Join(a.s.net.home, chainID, "gateway.journal")
}
