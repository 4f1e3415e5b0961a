package chain

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/did/segment"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

const (
	// loadInterval of the streams, in milliseconds.
	loadInterval = 100
	// perRegistration is how many devices one transaction registers.
	perRegistration = 20
	keyLength       = 16
)

// loadDevice is a device of a run.
type loadDevice struct {
	key      ed25519.PrivateKey
	did      didtypes.DID
	known    bool   // its DID is registered
	sequence uint64 // of its next operation
	stream   *segment.Schema
	id       segment.ID
	keys     [][keyLength]byte // keys[t] is k_t
}

// fleet is all devices and gateways of a run; gateway i serves every len(gateways)-th
// device from i.
type fleet struct {
	*segments
	client   *client.Client
	gateways []*sender
	devices  []*loadDevice
	// maker certifies the devices; nil where they need no certificates.
	maker *loadDevice
}

// assemble derives devices and gateways, and gives the gateways what the run costs.
func (s *segments) assemble(ctx context.Context, c *client.Client, denom string, progress io.Writer) (*fleet, error) {
	secret, err := loadSecret(s.home)
	if err != nil {
		return nil, err
	}
	gateways, err := deriveSenders(secret, s.accounts, c.Encoding)
	if err != nil {
		return nil, err
	}
	f := &fleet{segments: s, client: c, gateways: gateways}
	perGateway := (s.devices + s.accounts - 1) / s.accounts
	q := didtypes.NewQueryClient(c)
	params, err := q.Params(ctx, &didtypes.QueryParamsRequest{})
	if err != nil {
		return nil, fmt.Errorf("parameters of x/did on %s: %w", c.ChainID(), err)
	}
	// The namespace of the chain is that of its DIDs; the native denom tells it.
	namespace := didtypes.NamespaceMain
	if denom != "usmt" {
		namespace = denom[1:]
	}
	fmt.Fprintf(progress, "asking for %d devices\n", perGateway*s.accounts)
	for i := range perGateway * s.accounts {
		d, err := derive(ctx, q, namespace, "device", secret, i)
		if err != nil {
			return nil, err
		}
		f.devices = append(f.devices, d)
	}
	if params.Params.Data.RequireCertificate && namespace != didtypes.NamespaceMain {
		if f.maker, err = derive(ctx, q, namespace, "maker", secret, 0); err != nil {
			return nil, err
		}
	}
	fees := params.Params.CreateFee.Add(params.Params.Data.Fee(f.window())).MulRaw(int64(perGateway))
	batches := (perGateway + s.batch - 1) / s.batch * s.each * 2
	registrations := (perGateway + perRegistration - 1) / perRegistration * 2
	gas := uint64(batches)*s.batchGas() + uint64(registrations)*gasOfBatch + uint64(perGateway)*(gasOfCreate+gasOfSchema) //nolint:gosec // positive
	cost, err := s.terms("", gas)
	if err != nil {
		return nil, err
	}
	need := sdk.NewCoin(denom, fees.Add(cost.fee.Amount).Add(math.NewInt(int64(batches+registrations))))
	fmt.Fprintf(progress, "funding %d gateways on %s from %s with %s each\n", s.accounts, c.ChainID(), s.from, need)
	if err := fund(ctx, c, s.from, gateways, need); err != nil {
		return nil, err
	}
	return f, loadNumbers(ctx, c, gateways)
}

func (s *segments) batchGas() uint64 { return gasOfBatch + uint64(s.batch)*gasOfEntry } //nolint:gosec // positive

// lag that leaves commit-time from the registration to the first release.
func (s *segments) lag() uint32 {
	return uint32(s.each) + 1 + uint32(s.commitTime.Milliseconds()/loadInterval) //nolint:gosec // bounded by validate
}

func (s *segments) window() uint32 { return s.lag() + 1 }

// derive returns a device of the secret, and what the chain knows of it.
func derive(ctx context.Context, q didtypes.QueryClient, namespace, what string, secret []byte, i int) (*loadDevice, error) {
	h := sha256.New()
	h.Write([]byte("meshload " + what))
	h.Write(secret)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(i))) //nolint:gosec // positive
	d := &loadDevice{key: ed25519.NewKeyFromSeed(h.Sum(nil))}
	var err error
	if d.did, err = didtypes.NewDID(namespace, d.public()); err != nil {
		return nil, err
	}
	res, err := q.Resolve(ctx, &didtypes.QueryResolveRequest{Did: d.did.String()})
	switch {
	case err == nil:
		d.known, d.sequence = true, res.Metadata.Sequence
	case status.Code(err) != codes.NotFound:
		return nil, fmt.Errorf("device %s: %w", d.did, err)
	}
	return d, nil
}

func (d *loadDevice) public() didtypes.PublicKey {
	return didtypes.Ed25519Key(d.key.Public().(ed25519.PublicKey))
}

func (d *loadDevice) prove(tag didtypes.Tag, chainID string, payload []byte) (didtypes.Proof, []byte) {
	signed := didtypes.SigningBytes(tag, chainID, d.did, d.sequence, payload)
	proof := didtypes.Proof{Method: didtypes.MethodURL(d.did, "key-1"), Sequence: d.sequence, Signature: ed25519.Sign(d.key, signed)}
	d.sequence++
	return proof, signed
}

// create registers the DID.
func (d *loadDevice) create(chainID, payer string) (sdk.Msg, error) {
	msg := &didtypes.MsgCreateDid{Payer: payer, Did: d.did.String(), Document: didtypes.Document{
		VerificationMethods: []didtypes.VerificationMethod{{
			Id: "key-1", Format: didtypes.KEY_FORMAT_MULTIKEY, PublicKey: d.public(), Relationships: didtypes.SigningRelationships(),
		}},
	}}
	payload, err := didtypes.Payload(&msg.Document)
	if err != nil {
		return nil, err
	}
	msg.Proof, _ = d.prove(didtypes.TagCreate, chainID, payload)
	return msg, nil
}

// register begins a stream whose intervals are in the past and whose keys are released
// when everything is committed.
func (d *loadDevice) register(f *fleet, gateway *sender, now time.Time) (sdk.Msg, error) {
	d.stream = &segment.Schema{
		MAC: segment.HMACSHA256, MACLength: 16, Chain: segment.Chain{Hash: segment.SHA256, KeyLength: keyLength, Salt: d.did.ID[:segment.MaxSalt]},
		UnitBytes: 64, UnitsPerKey: 1, Life: uint32(f.each), Interval: loadInterval, Lag: f.lag(), Window: f.window(), //nolint:gosec // at most 200
		Start:      uint64(now.UnixMilli()) - uint64(f.each+1)*loadInterval, //nolint:gosec // after 1970
		Submitters: [][]byte{gateway.key.PubKey().Address()},
	}
	d.keys = make([][keyLength]byte, f.each+1)
	seed := sha256.Sum256(binary.BigEndian.AppendUint64(d.key.Seed(), d.sequence))
	copy(d.keys[f.each][:], seed[:])
	for t := f.each; t > 0; t-- {
		d.keys[t-1] = d.keys[t]
		d.stream.Chain.Step(d.keys[t-1][:], uint32(t-1)) //nolint:gosec // at most 200
	}
	d.stream.Root = d.keys[0][:]
	payload, err := d.stream.Bytes()
	if err != nil {
		return nil, err
	}
	msg := &didtypes.MsgRegisterSchema{Payer: gateway.address, Did: d.did.String(), Terms: didtypes.Terms(d.stream)}
	msg.Terms.Submitters = []string{gateway.address} // as the chain writes it; nobody told this process
	var signed []byte
	msg.Proof, signed = d.prove(didtypes.TagSchema, f.client.ChainID(), payload)
	d.id = segment.SchemaID(signed)
	return msg, nil
}

// begin registers and certifies what is not yet, and a stream of every device.
func (f *fleet) begin(ctx context.Context, progress io.Writer) error {
	if err := f.register(ctx, "devices", gasOfCreate, progress, func(d *loadDevice, gateway *sender) (sdk.Msg, error) {
		if d.known {
			return nil, nil
		}
		return d.create(f.client.ChainID(), gateway.address)
	}); err != nil {
		return err
	}
	if err := f.certify(ctx, progress); err != nil {
		return err
	}
	now, err := f.client.RPC.Status(ctx)
	if err != nil {
		return err
	}
	begin := now.SyncInfo.LatestBlockTime
	return f.register(ctx, "streams", gasOfSchema, progress, func(d *loadDevice, gateway *sender) (sdk.Msg, error) {
		return d.register(f, gateway, begin)
	})
}

// served are the devices of a gateway.
func (f *fleet) served(gateway int) []*loadDevice {
	var devices []*loadDevice
	for i := gateway; i < len(f.devices); i += len(f.gateways) {
		devices = append(devices, f.devices[i])
	}
	return devices
}

// register sends a message for each device, if there is one, and checks that all took
// effect.
func (f *fleet) register(ctx context.Context, noun string, gas uint64, progress io.Writer, message func(*loadDevice, *sender) (sdk.Msg, error)) error {
	signed := make([][]transaction, len(f.gateways))
	n := 0
	for i, gateway := range f.gateways {
		var msgs []sdk.Msg
		flush := func() error {
			if len(msgs) == 0 {
				return nil
			}
			n += len(msgs)
			tx, err := f.sign(gateway, gasOfBatch+gas*uint64(len(msgs)), msgs...)
			signed[i], msgs = append(signed[i], tx), nil
			return err
		}
		for _, d := range f.served(i) {
			msg, err := message(d, gateway)
			if err != nil {
				return err
			}
			if msg != nil {
				msgs = append(msgs, msg)
			}
			if len(msgs) == perRegistration {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if n == 0 {
		return nil
	}
	fmt.Fprintf(progress, "registering %d %s\n", n, noun)
	report, err := f.offer(ctx, noun, signed, progress)
	if err != nil {
		return err
	}
	if err := report.err(); err != nil {
		return fmt.Errorf("register %s: %w", noun, err)
	}
	return nil
}

func (f *fleet) sign(gateway *sender, gas uint64, msgs ...sdk.Msg) (transaction, error) {
	t, err := f.terms(f.client.ChainID(), gas)
	if err != nil {
		return transaction{}, err
	}
	bz, err := gateway.signMessages(msgs, gateway.sequence, t)
	gateway.sequence++
	return transaction{bytes: bz, hash: sha256.Sum256(bz)}, err
}

// offer drives the node with the transactions of the gateways.
func (f *fleet) offer(ctx context.Context, noun string, signed [][]transaction, progress io.Writer) (*Report, error) {
	report := &Report{Kind: noun, ChainID: f.client.ChainID(), Node: f.node, Accounts: len(f.gateways), Connections: f.connections}
	for _, txs := range signed {
		report.Requested += len(txs)
	}
	return report, f.drive(ctx, f.client, signed, report, progress)
}

// phase sends an entry per device and interval, in batches, interval by interval.
func (f *fleet) phase(ctx context.Context, noun string, intervals int, gas uint64, progress io.Writer, entries func(*loadDevice, *batchMessage, uint32)) (*Report, error) {
	signed := make([][]transaction, len(f.gateways))
	for i, gateway := range f.gateways {
		devices := f.served(i)
		for t := range intervals {
			for rest := devices; len(rest) > 0; rest = rest[min(f.batch, len(rest)):] {
				var m batchMessage
				for _, d := range rest[:min(f.batch, len(rest))] {
					entries(d, &m, uint32(t)+1) //nolint:gosec // at most 200
				}
				tx, err := f.sign(gateway, gasOfBatch+gas*uint64(m.size()), m.message(gateway.address)) //nolint:gosec // positive
				if err != nil {
					return nil, err
				}
				signed[i] = append(signed[i], tx)
			}
		}
	}
	return f.offer(ctx, noun, signed, progress)
}

// batchMessage collects segments or keys.
type batchMessage struct {
	segments []didtypes.SegmentCommit
	keys     []didtypes.KeyDisclosure
}

func (m *batchMessage) size() int { return len(m.segments) + len(m.keys) }

func (m *batchMessage) message(gateway string) sdk.Msg {
	if m.keys != nil {
		return &didtypes.MsgDiscloseKeys{Discloser: gateway, Keys: m.keys}
	}
	return &didtypes.MsgCommitSegments{Submitter: gateway, Segments: m.segments}
}

func (d *loadDevice) commit(m *batchMessage, t uint32) {
	digest := sha256.Sum256(binary.BigEndian.AppendUint32(d.id[:], t))
	mac := d.stream.Authenticate(&d.id, d.keys[t][:], t, &digest)
	m.segments = append(m.segments, didtypes.SegmentCommit{Schema: d.id[:], T: t, Digest: digest[:], Mac: mac})
}

func (d *loadDevice) disclose(m *batchMessage, t uint32) {
	m.keys = append(m.keys, didtypes.KeyDisclosure{Schema: d.id[:], T: t, Key: d.keys[t][:]})
}

// await waits until the last key is released by the chain's clock.
func (f *fleet) await(ctx context.Context, progress io.Writer) error {
	release := f.devices[0].stream.Release(uint32(f.each)) //nolint:gosec // at most 200
	var shown time.Time
	for {
		s, err := f.client.RPC.Status(ctx)
		if err != nil {
			return err
		}
		left := release.Sub(s.SyncInfo.LatestBlockTime)
		if left <= 0 {
			return nil
		}
		if time.Since(shown) > 5*time.Second {
			shown = time.Now()
			fmt.Fprintf(progress, "the last key is released in %s\n", left.Round(time.Second))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// authentic counts the segments that the node says are authentic.
func (f *fleet) authentic(ctx context.Context) (int, error) {
	q := didtypes.NewQueryClient(f.client)
	n := 0
	for _, d := range f.devices {
		res, err := q.Segments(ctx, &didtypes.QuerySegmentsRequest{Schema: d.id.String(), Pagination: &query.PageRequest{Limit: 200}})
		if err != nil {
			return n, fmt.Errorf("segments of %s: %w", d.did, err)
		}
		for _, s := range res.Segments {
			if s.Status == didtypes.SEGMENT_STATUS_AUTHENTIC {
				n++
			}
		}
	}
	return n, nil
}
