package demo

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/segment"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

// deviceKey is the fragment of the one key in each document.
const deviceKey = "key-1"

// A stream: one segment each half a second, keys released after nine seconds, which
// leaves the gateway time for a few blocks on a busy machine.
const (
	streamInterval = 500 * time.Millisecond
	streamLag      = 18
	streamLife     = 40
	streamWindow   = 64
)

// device has a key of its own and a DID derived from it. It owns no tokens: others pay.
type device struct {
	key keyfile.Key
	did didtypes.DID
	// sequence of its DID by chain: how many operations it has signed there.
	sequence map[string]uint64
}

func newDevice(namespace string) (*device, error) {
	key, err := keyfile.Draw("ed25519")
	if err != nil {
		return nil, err
	}
	did, err := didtypes.NewDID(namespace, key.Public())
	return &device{key: key, did: did, sequence: map[string]uint64{}}, err
}

// create is the message that registers the DID.
func (d *device) create(chainID, payer string) (*didtypes.MsgCreateDid, error) {
	msg := &didtypes.MsgCreateDid{Payer: payer, Did: d.did.String(), Document: didtypes.Document{
		VerificationMethods: []didtypes.VerificationMethod{{
			Id: deviceKey, Format: didtypes.KEY_FORMAT_MULTIKEY, PublicKey: d.key.Public(), Relationships: didtypes.SigningRelationships(),
		}},
	}}
	var err error
	msg.Proof, err = d.prove(chainID, didtypes.TagCreate, &msg.Document)
	return msg, err
}

// prove signs the next operation of the device on a chain.
func (d *device) prove(chainID string, tag didtypes.Tag, part didtypes.SigningPayload) (didtypes.Proof, error) {
	payload, err := didtypes.Payload(part)
	if err != nil {
		return didtypes.Proof{}, err
	}
	proof, _, err := d.sign(chainID, tag, payload)
	return proof, err
}

func (d *device) sign(chainID string, tag didtypes.Tag, payload []byte) (didtypes.Proof, []byte, error) {
	signed := didtypes.SigningBytes(tag, chainID, d.did, d.sequence[chainID], payload)
	signature, err := d.key.Sign(signed)
	if err != nil {
		return didtypes.Proof{}, nil, err
	}
	proof := didtypes.Proof{Method: didtypes.MethodURL(d.did, deviceKey), Sequence: d.sequence[chainID], Signature: signature}
	d.sequence[chainID]++
	return proof, signed, nil
}

// stream draws the keys of a stream that begins in two seconds, and returns its sending half and the
// message that registers it.
func (d *device) stream(chainID, payer string, gateway []byte) (*segment.Device, *didtypes.MsgRegisterSchema, error) {
	schema := &segment.Schema{
		MAC: segment.HMACSHA256, MACLength: 16, Chain: segment.Chain{Hash: segment.SHA256, KeyLength: 16, Salt: make([]byte, segment.MinSalt)},
		UnitBytes: maxInband, UnitsPerKey: 1, Life: streamLife, Window: streamWindow,
		Start: uint64(time.Now().Add(2 * time.Second).UnixMilli()), Interval: uint32(streamInterval.Milliseconds()), //nolint:gosec // now, and half a second
		Lag: streamLag, ClockError: 100, Submitters: [][]byte{gateway},
	}
	if _, err := rand.Read(schema.Chain.Salt); err != nil {
		return nil, nil, err
	}
	seed, err := segment.NewSeed(rand.Reader, schema.Chain.KeyLength)
	if err != nil {
		return nil, nil, err
	}
	if schema.Root, err = segment.Root(schema.Chain, seed, schema.Life); err != nil {
		return nil, nil, err
	}
	payload, err := schema.Bytes()
	if err != nil {
		return nil, nil, err
	}
	msg := &didtypes.MsgRegisterSchema{Payer: payer, Did: d.did.String(), Terms: didtypes.Terms(schema)}
	var signed []byte
	if msg.Proof, signed, err = d.sign(chainID, didtypes.TagSchema, payload); err != nil {
		return nil, nil, err
	}
	sending, err := segment.NewDevice(schema, segment.SchemaID(signed), seed)
	if err != nil {
		return nil, nil, fmt.Errorf("stream of %s: %w", d.did, err)
	}
	return sending, msg, nil
}
