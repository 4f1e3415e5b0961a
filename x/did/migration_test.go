package did_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// journey is a sensor of the farm that is taken to the port.
type journey struct {
	*mesh.Mesh
	t             *testing.T
	farm, port    *mesh.Link
	payer         *fixture.Account
	maker, sensor subject
}

type subject struct {
	private ed25519.PrivateKey
	did     types.DID
}

func newSubject(t *testing.T, name string) subject {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	did, err := types.NewDID("farm", types.Ed25519Key(private.Public().(ed25519.PublicKey)))
	require.NoError(t, err)
	return subject{private, did}
}

func (s subject) prove(t *testing.T, chainID string, tag types.Tag, sequence uint64, part types.SigningPayload) types.Proof {
	t.Helper()
	payload, err := types.Payload(part)
	require.NoError(t, err)
	return s.proof(sequence, types.SigningBytes(tag, chainID, s.did, sequence, payload))
}

func (s subject) proof(sequence uint64, signed []byte) types.Proof {
	return types.Proof{Method: types.MethodURL(s.did, "key-1"), Sequence: sequence, Signature: ed25519.Sign(s.private, signed)}
}

func newJourney(t *testing.T) *journey {
	t.Helper()
	m := mesh.New(t, []string{"farm", "port"})
	m.Register("farm", "port")
	j := &journey{Mesh: m, t: t, farm: m.Link("farm"), port: m.Link("port"), maker: newSubject(t, "maker"), sensor: newSubject(t, "sensor")}
	j.payer = j.farm.Zone.Accounts[1]
	for _, s := range []subject{j.maker, j.sensor} {
		document := types.Document{VerificationMethods: []types.VerificationMethod{{
			Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: types.Ed25519Key(s.private.Public().(ed25519.PublicKey)), Relationships: types.SigningRelationships(),
		}}}
		j.send(&types.MsgCreateDid{Payer: j.payer.String(), Did: s.did.String(), Document: document, Proof: s.prove(t, "farm-1", types.TagCreate, 0, &document)})
	}
	_, err := j.farm.Zone.Send(m.Owner(), []sdk.Msg{&types.MsgSetAuthority{
		Signer: m.Owner().String(), Did: j.maker.did.String(), Kinds: []types.CertificateKind{types.CERTIFICATE_KIND_DEVICE}, Name: "maker",
	}})
	require.NoError(t, err, "the owner of a zone registers authorities")
	return j
}

// send runs a message of the payer on the farm.
func (j *journey) send(msg sdk.Msg) {
	j.t.Helper()
	_, err := j.farm.Zone.Send(j.payer, []sdk.Msg{msg})
	require.NoError(j.t, err)
}

func (j *journey) issue(validity time.Duration) {
	j.t.Helper()
	now := j.farm.Zone.Time
	msg := &types.MsgIssueCertificates{Payer: j.payer.String(), Issuer: j.maker.did.String(), Issuance: types.Issuance{Certificates: []types.CertificateTerms{{
		Serial: 1, Subject: j.sensor.did.String(), Kind: types.CERTIFICATE_KIND_DEVICE, ValidFrom: now.Unix() - 60, ValidUntil: now.Add(validity).Unix(), Cell: "u1wjq",
	}}}}
	msg.Proof = j.maker.prove(j.t, "farm-1", types.TagIssue, 1, &msg.Issuance)
	j.send(msg)
}

func (j *journey) change(sequence uint64, status types.CertificateStatus) {
	j.t.Helper()
	msg := &types.MsgChangeCertificates{Payer: j.payer.String(), Issuer: j.maker.did.String(), Change: types.StatusChange{Serials: []uint64{1}, Status: status}}
	msg.Proof = j.maker.prove(j.t, "farm-1", types.TagChange, sequence, &msg.Change)
	j.send(msg)
}

func (j *journey) inquiry() *types.MsgInquire {
	return &types.MsgInquire{Payer: j.payer.String(), Did: j.sensor.did.String(), Kind: types.CERTIFICATE_KIND_DEVICE, Payment: j.port.Zone.Native(1)}
}

// ask sends a question from the port, through the main chain, and brings the answer back.
func (j *journey) ask() {
	j.t.Helper()
	j.askFor(types.CERTIFICATE_KIND_DEVICE)
}

func (j *journey) askFor(kind types.CertificateKind) {
	j.t.Helper()
	question := j.inquiry()
	question.Kind = kind
	packet := j.port.Zone.MustSend(j.payer, question)
	_, err := j.port.Receive(packet)
	require.NoError(j.t, err)
	for _, passedOn := range j.farm.Open() {
		j.farm.Relay(passedOn)
	}
	require.NoError(j.t, j.port.Acknowledge(packet))
}

// welcome tells whether the port accepts the sensor now.
func (j *journey) welcome() error {
	return j.port.Zone.App.DidKeeper.Certify(j.port.Zone.Ctx(), j.sensor.did, types.CERTIFICATE_KIND_DEVICE)
}

func TestASensorMovesToAnotherZone(t *testing.T) {
	j := newJourney(t)
	require.ErrorIs(t, j.welcome(), types.ErrVisitor, "nobody has asked")

	j.ask()
	require.ErrorIs(t, j.welcome(), types.ErrVisitor, "home knows of no certificate")
	_, err := j.port.Zone.App.DidKeeper.Visitors.Get(j.port.Zone.Ctx(), j.sensor.did.String())
	require.Error(t, err, "and nothing is kept of a stranger")

	j.issue(100 * 24 * time.Hour)
	j.ask()
	require.NoError(t, j.welcome())
	answer, err := types.NewQueryClient(j.port.Zone).Visitor(j.port.Zone.Ctx(), &types.QueryVisitorRequest{Did: j.sensor.did.String()})
	require.NoError(t, err)
	require.True(t, answer.Holds, answer.Reason)
	require.Len(t, answer.Visitor.Answers, 1)
	require.Equal(t, "u1wjq", answer.Visitor.Answers[0].Certificate.Cell)
	require.Equal(t, j.maker.did.ID[:], answer.Visitor.Answers[0].Certificate.Issuer)
	require.Equal(t, j.port.ZoneChannel(), answer.Visitor.Answers[0].Channel)

	// The sensor makes an assertion there, once.
	keeper, ctx := j.port.Zone.App.DidKeeper, j.port.Zone.Ctx()
	payload := []byte("moisture 0.21")
	tag := types.Tag("mesh/did/test/v1")
	proof := types.Proof{
		Method: types.MethodURL(j.sensor.did, "key-1"), Sequence: 0,
		Signature: ed25519.Sign(j.sensor.private, types.SigningBytes(tag, "port-1", j.sensor.did, 0, payload)),
	}
	require.ErrorIs(t, keeper.Authenticate(ctx, tag, j.sensor.did, types.RELATIONSHIP_CAPABILITY_INVOCATION, payload, proof), types.ErrRelationship)
	require.ErrorIs(t, keeper.Authenticate(ctx, tag, j.sensor.did, types.RELATIONSHIP_ASSERTION_METHOD, []byte("moisture 0.99"), proof), types.ErrSignature)
	require.NoError(t, keeper.Authenticate(ctx, tag, j.sensor.did, types.RELATIONSHIP_ASSERTION_METHOD, payload, proof))
	require.ErrorIs(t, keeper.Authenticate(ctx, tag, j.sensor.did, types.RELATIONSHIP_ASSERTION_METHOD, payload, proof), types.ErrSequence)

	// Revoked at home: the port believes what it heard until it asks again.
	j.change(2, types.CERTIFICATE_STATUS_REVOKED)
	require.NoError(t, j.welcome())
	j.ask()
	require.ErrorIs(t, j.welcome(), types.ErrVisitor)
	require.ErrorContains(t, j.welcome(), "revoked")
	visitor, err := keeper.Visitors.Get(j.port.Zone.Ctx(), j.sensor.did.String())
	require.NoError(t, err)
	require.Equal(t, uint64(1), visitor.Sequence, "an answer resets no sequence")
	j.CheckInvariants()
}

// TestAnAnswerAboutAnotherKind says nothing about this one: anybody may ask, so nobody's certificate is
// taken away by a question about a kind that it does not have.
func TestAnAnswerAboutAnotherKind(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	j.ask()
	require.NoError(t, j.welcome())
	j.askFor(types.CERTIFICATE_KIND_NODE)
	require.NoError(t, j.welcome())
	keeper, ctx := j.port.Zone.App.DidKeeper, j.port.Zone.Ctx()
	require.ErrorIs(t, keeper.Certify(ctx, j.sensor.did, types.CERTIFICATE_KIND_NODE), types.ErrVisitor)
	payload, tag := []byte("moisture 0.21"), types.Tag("mesh/did/test/v1")
	proof := types.Proof{
		Method: types.MethodURL(j.sensor.did, "key-1"), Sequence: 0,
		Signature: ed25519.Sign(j.sensor.private, types.SigningBytes(tag, "port-1", j.sensor.did, 0, payload)),
	}
	require.NoError(t, keeper.Authenticate(ctx, tag, j.sensor.did, types.RELATIONSHIP_ASSERTION_METHOD, payload, proof))
	j.change(2, types.CERTIFICATE_STATUS_REVOKED)
	j.ask()
	require.ErrorContains(t, j.welcome(), "revoked")
	j.CheckInvariants()
}

func TestAVisitorIsBelievedForATime(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	j.ask()
	require.NoError(t, j.welcome())
	j.Coordinator.IncrementTimeBy(25 * time.Hour)
	j.port.Zone.Block()
	require.ErrorContains(t, j.welcome(), "ask again")
	j.ask()
	require.NoError(t, j.welcome())
}

func TestAVisitorIsNotBelievedLongerThanItsCertificate(t *testing.T) {
	j := newJourney(t)
	j.issue(time.Hour)
	j.ask()
	require.NoError(t, j.welcome())
	j.Coordinator.IncrementTimeBy(time.Hour)
	j.port.Zone.Block()
	require.ErrorIs(t, j.welcome(), types.ErrVisitor)
}

func TestSuspendedAuthorityReachesOtherZones(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	_, err := j.farm.Zone.Send(j.Owner(), []sdk.Msg{&types.MsgSetAuthority{
		Signer: j.Owner().String(), Did: j.maker.did.String(), Kinds: []types.CertificateKind{types.CERTIFICATE_KIND_DEVICE}, Name: "maker", Suspended: true,
	}})
	require.NoError(t, err)
	j.ask()
	require.ErrorContains(t, j.welcome(), "suspended")
}

// TestAQuestionThatIsNotDelivered gives its payment back to who asked, and leaves what
// the port knew as it was.
func TestAQuestionThatIsNotDelivered(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	j.ask()
	denom := j.port.Zone.Identity.NativeDenom()

	before := j.port.Zone.Balance(j.payer, denom)
	packet := j.port.Zone.MustSend(j.payer, j.inquiry())
	during := j.port.Zone.Balance(j.payer, denom)
	require.True(t, during.IsLT(before))
	j.Coordinator.IncrementTimeBy(types.QuestionTimeout + time.Second)
	require.NoError(t, j.port.Timeout(packet))
	require.Equal(t, during.Add(j.port.Zone.Native(1)), j.port.Zone.Balance(j.payer, denom))
	unanswered := fixture.Events[*types.EventUnanswered](t, j.port.Zone.LastEvents())
	require.Len(t, unanswered, 1)
	gs, err := j.port.Zone.App.DidKeeper.ExportGenesis(j.port.Zone.Ctx())
	require.NoError(t, err)
	require.Empty(t, gs.Inquiries)
	require.Len(t, gs.Visitors, 1)
	j.CheckInvariants()
}

// TestNodeOnBothChains: the certificate of a zone's node is on the zone and, asked for,
// on the main chain, whose registry lists the node only while it holds.
func TestNodeOnBothChains(t *testing.T) {
	j := newJourney(t)
	_, err := j.farm.Zone.Send(j.Owner(), []sdk.Msg{&types.MsgSetAuthority{
		Signer: j.Owner().String(), Did: j.maker.did.String(), Kinds: []types.CertificateKind{types.CERTIFICATE_KIND_NODE}, Name: "operator",
	}})
	require.NoError(t, err)
	node := j.sensor
	now := j.farm.Zone.Time
	issue := &types.MsgIssueCertificates{Payer: j.payer.String(), Issuer: j.maker.did.String(), Issuance: types.Issuance{Certificates: []types.CertificateTerms{{
		Serial: 1, Subject: node.did.String(), Kind: types.CERTIFICATE_KIND_NODE, ValidFrom: now.Unix() - 60, ValidUntil: now.Add(24 * time.Hour).Unix(),
	}}}}
	issue.Proof = j.maker.prove(t, "farm-1", types.TagIssue, 1, &issue.Issuance)
	j.send(issue)

	list := func(did string) error {
		_, err := j.Main.Send(j.Owner(), []sdk.Msg{&zonestypes.MsgUpdateZone{
			Owner: j.Owner().String(), Name: "farm", Level: 1, Endpoints: []zonestypes.Endpoint{{Kind: "rpc", Address: "https://farm.example/", Node: did}},
		}})
		return err
	}
	nodes := func() []string {
		response, err := zonestypes.NewQueryClient(j.Main).Zone(j.Main.Ctx(), &zonestypes.QueryZoneRequest{Name: "farm"})
		require.NoError(t, err)
		return response.Zone.CertifiedNodes
	}
	inquire := func() {
		j.farm.Relay(j.Main.MustSend(j.payer, &types.MsgInquire{Payer: j.payer.String(), Did: node.did.String(), Kind: types.CERTIFICATE_KIND_NODE, Payment: j.Main.Native(1)}))
	}
	require.ErrorIs(t, list(node.did.String()), zonestypes.ErrNode, "the main chain does not know it yet")
	inquire()
	require.ErrorIs(t, list(types.DID{Namespace: "port", ID: node.did.ID}.String()), zonestypes.ErrNode, "of another zone")
	require.NoError(t, list(node.did.String()))
	require.Equal(t, []string{node.did.String()}, nodes())
	j.change(2, types.CERTIFICATE_STATUS_REVOKED)
	inquire()
	require.Empty(t, nodes())
	require.ErrorIs(t, list(node.did.String()), zonestypes.ErrNode)
	j.CheckInvariants()
}

// TestHeartbeatCountsDevices: what a zone tells the main chain of its devices is what is
// certified there.
func TestHeartbeatCountsDevices(t *testing.T) {
	j := newJourney(t)
	devices := func() uint64 {
		j.farm.Relay(j.farm.Zone.MustSend(j.payer, &zonestypes.MsgAnnounce{Sender: j.payer.String()}))
		response, err := zonestypes.NewQueryClient(j.Main).Zone(j.Main.Ctx(), &zonestypes.QueryZoneRequest{Name: "farm"})
		require.NoError(t, err)
		return response.Zone.Zone.Heartbeat.Devices
	}
	require.Zero(t, devices())
	j.issue(24 * time.Hour)
	require.Equal(t, uint64(1), devices())
	j.change(2, types.CERTIFICATE_STATUS_REVOKED)
	require.Zero(t, devices())
}

func TestQuestionsAreRefused(t *testing.T) {
	j := newJourney(t)
	for name, c := range map[string]struct {
		change func(*types.MsgInquire)
		want   error
	}{
		"of this zone":      {func(m *types.MsgInquire) { m.Did = types.DID{Namespace: "port", ID: j.sensor.did.ID}.String() }, types.ErrInquiry},
		"of the main chain": {func(m *types.MsgInquire) { m.Did = types.DID{Namespace: "main", ID: j.sensor.did.ID}.String() }, types.ErrInquiry},
		"without a kind":    {func(m *types.MsgInquire) { m.Kind = 0 }, types.ErrKind},
		"without payment":   {func(m *types.MsgInquire) { m.Payment.Amount = m.Payment.Amount.SubRaw(1) }, types.ErrInquiry},
		"no DID":            {func(m *types.MsgInquire) { m.Did = "sensor" }, types.ErrInvalidDID},
	} {
		t.Run(name, func(t *testing.T) {
			msg := j.inquiry()
			c.change(msg)
			_, err := j.port.Zone.Send(j.payer, []sdk.Msg{msg})
			require.ErrorIs(t, err, c.want)
		})
	}

	// What comes to the inquiry account and is no question is refused and refunded.
	_, err := j.port.Zone.Send(j.payer, []sdk.Msg{&transackettypes.MsgSend{
		Sender: j.payer.String(), To: types.InquiryAddress().String(), Envelope: transackettypes.Inband([]byte("who?")), Payment: j.port.Zone.Native(1),
	}})
	require.ErrorIs(t, err, types.ErrInquiry)
}

// TestAnswerOfAnotherSubject: a zone can speak of what it was asked, and of nothing else.
func TestAnswersThatDoNotFit(t *testing.T) {
	other := newSubject(t, "other")
	good := types.CompactCertificate{Subject: other.did.ID[:], Kind: types.CERTIFICATE_KIND_DEVICE, Checked: 1}
	bz, err := good.Encode()
	require.NoError(t, err)

	j := newJourney(t)
	packet := j.port.Zone.MustSend(j.payer, j.inquiry())
	hooks, ctx := j.port.Zone.App.DidKeeper.Hooks(), j.port.Zone.Ctx()
	for name, reply := range map[string][]byte{"another subject": bz, "no answer": nil, "rubbish": []byte("yes"), "more than canonical": append(bz, 0x58, 0x01)} {
		t.Run(name, func(t *testing.T) {
			cached, _ := ctx.CacheContext()
			require.True(t, hooks.Asked(cached, packet.SourceChannel, packet.Sequence))
			require.NoError(t, hooks.OnAnswer(cached, packet.SourceChannel, packet.Sequence, &transackettypes.TransacketAck{Height: 1, Reply: reply}))
			require.False(t, hooks.Asked(cached, packet.SourceChannel, packet.Sequence))
			_, err := j.port.Zone.App.DidKeeper.Visitors.Get(cached, j.sensor.did.String())
			require.Error(t, err)
			require.Len(t, fixture.Events[*types.EventUnanswered](t, cached.EventManager().ABCIEvents()), 1)
		})
	}
}
