// Package credential signs and verifies W3C Verifiable Credentials off chain, with Data
// Integrity proofs of the suite eddsa-jcs-2022 (vc-di-eddsa, section 3.3), and checks
// their issuers and status on the chain.
package credential

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/gowebpki/jcs"
	"github.com/multiformats/go-multibase"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// Words of a Data Integrity proof.
const (
	ProofType   = "DataIntegrityProof"
	Cryptosuite = "eddsa-jcs-2022"
	// Purpose is what the key of an issuer must be for.
	Purpose = "assertionMethod"
)

// MaxBytes bounds a credential; a status list of random bits has about 22 KB.
const MaxBytes = 256 * 1024

// Errors of the package.
var (
	ErrCredential = errorsmod.Register("credential", 2, "invalid credential")
	ErrProof      = errorsmod.Register("credential", 3, "invalid proof")
	ErrIssuer     = errorsmod.Register("credential", 4, "the issuer does not vouch for it")
	ErrTime       = errorsmod.Register("credential", 5, "not valid at this time")
	ErrStatus     = errorsmod.Register("credential", 6, "revoked, suspended, or of unknown status")
)

// Signer signs with an Ed25519 key of the issuer's document.
type Signer interface {
	Public() types.PublicKey
	Sign(message []byte) ([]byte, error)
}

// Proof is a Data Integrity proof.
type Proof struct {
	Type               string          `json:"type"`
	Cryptosuite        string          `json:"cryptosuite"`
	Created            string          `json:"created,omitempty"`
	Expires            string          `json:"expires,omitempty"`
	VerificationMethod string          `json:"verificationMethod"`
	ProofPurpose       string          `json:"proofPurpose"`
	Context            json.RawMessage `json:"@context,omitempty"`
	ProofValue         string          `json:"proofValue,omitempty"`
}

// object is a JSON object whose members are not looked into.
type object map[string]json.RawMessage

// parse reads JSON of one form: the canonical form of RFC 8785 finds members that are
// there twice, which readers take differently.
func parse(document []byte) (object, error) {
	if len(document) > MaxBytes {
		return nil, errorsmod.Wrapf(ErrCredential, "has %d bytes: at most %d", len(document), MaxBytes)
	}
	if err := exact(document); err != nil {
		return nil, err
	}
	canonical, err := jcs.Transform(document)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrCredential, "JSON: %s", err)
	}
	var o object
	if err := json.Unmarshal(canonical, &o); err != nil || o == nil {
		return nil, errorsmod.Wrap(ErrCredential, "JSON: must be an object")
	}
	return o, nil
}

// into reads the members of those names into value. Go would take "Issuer" for "issuer",
// which other readers do not: names are exact here.
func (o object) into(value any, names ...string) error {
	named := make(object, len(names))
	for _, name := range names {
		if raw, has := o[name]; has {
			named[name] = raw
		}
	}
	bz, err := json.Marshal(named)
	if err != nil {
		return err
	}
	return json.Unmarshal(bz, value)
}

// Sign adds a proof to an unsecured document. method is the DID URL of the key.
func Sign(document []byte, method string, created time.Time, key Signer) ([]byte, error) {
	if t := key.Public().Type; t != types.KEY_TYPE_ED25519 {
		return nil, errorsmod.Wrapf(ErrProof, "key is %s: %s needs Ed25519", t.Name(), Cryptosuite)
	}
	o, err := parse(document)
	if err != nil {
		return nil, err
	}
	if _, signed := o["proof"]; signed {
		return nil, errorsmod.Wrap(ErrProof, "the document has a proof already")
	}
	proof := Proof{
		Type: ProofType, Cryptosuite: Cryptosuite, Created: created.UTC().Format(time.RFC3339),
		VerificationMethod: method, ProofPurpose: Purpose, Context: o["@context"],
	}
	config, err := json.Marshal(proof)
	if err != nil {
		return nil, err
	}
	message, err := hash(o, config)
	if err != nil {
		return nil, err
	}
	signature, err := key.Sign(message)
	if err != nil {
		return nil, err
	}
	if proof.ProofValue, err = multibase.Encode(multibase.Base58BTC, signature); err != nil {
		return nil, err
	}
	if o["proof"], err = json.Marshal(proof); err != nil {
		return nil, err
	}
	return json.MarshalIndent(o, "", "  ")
}

// Verify checks the proof of a document by a key, and nothing else: whose key it is,
// and what the document says, is for the caller.
func Verify(document []byte, key types.PublicKey) (Proof, error) {
	o, proof, config, err := split(document)
	if err != nil {
		return proof, err
	}
	if key.Type != types.KEY_TYPE_ED25519 {
		return proof, errorsmod.Wrapf(ErrProof, "key is %s: %s needs Ed25519", key.Type.Name(), Cryptosuite)
	}
	encoding, signature, err := multibase.Decode(proof.ProofValue)
	if err != nil || encoding != multibase.Base58BTC || len(signature) != types.SignatureLength {
		return proof, errorsmod.Wrapf(ErrProof, "proofValue %.20q...: must be %d bytes in multibase base58btc (z…)", proof.ProofValue, types.SignatureLength)
	}
	message, err := hash(o, config)
	if err != nil {
		return proof, err
	}
	if !key.Verify(message, signature) {
		return proof, errorsmod.Wrapf(ErrProof, "signature does not verify under %s", key.Multibase())
	}
	return proof, nil
}

// split takes a document apart: what is secured, the proof, and the proof's
// configuration, which is all of it but the value.
func split(document []byte) (object, Proof, []byte, error) {
	var proof Proof
	o, err := parse(document)
	if err != nil {
		return nil, proof, nil, err
	}
	raw, signed := o["proof"]
	var config object
	if !signed || json.Unmarshal(raw, &config) != nil || config == nil ||
		config.into(&proof, "type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "@context", "proofValue") != nil {
		return nil, proof, nil, errorsmod.Wrap(ErrProof, "proof: must be one proof object")
	}
	if proof.Type != ProofType || proof.Cryptosuite != Cryptosuite {
		return nil, proof, nil, errorsmod.Wrapf(ErrProof, "proof is %.40q, %.40q: must be %s, %s", proof.Type, proof.Cryptosuite, ProofType, Cryptosuite)
	}
	if proof.ProofPurpose != Purpose {
		return nil, proof, nil, errorsmod.Wrapf(ErrProof, "proofPurpose %.40q: must be %s", proof.ProofPurpose, Purpose)
	}
	if len(proof.ProofValue) > 2*types.SignatureLength {
		return nil, proof, nil, errorsmod.Wrapf(ErrProof, "proofValue has %d characters: must encode %d bytes", len(proof.ProofValue), types.SignatureLength)
	}
	delete(o, "proof")
	delete(config, "proofValue")
	if context, has := config["@context"]; has {
		if !startsWith(o["@context"], context) {
			return nil, proof, nil, errorsmod.Wrap(ErrProof, "proof.@context: the document's must begin with it")
		}
		o["@context"] = context
	}
	bz, err := json.Marshal(config)
	return o, proof, bz, err
}

// startsWith tells whether a context, one value or a list, begins with another.
func startsWith(context, prefix json.RawMessage) bool {
	list := func(raw json.RawMessage) []json.RawMessage {
		var many []json.RawMessage
		if json.Unmarshal(raw, &many) != nil {
			many = []json.RawMessage{raw}
		}
		return many
	}
	all, first := list(context), list(prefix)
	if len(first) > len(all) {
		return false
	}
	for i := range first {
		if !bytes.Equal(all[i], first[i]) { // both are canonical
			return false
		}
	}
	return true
}

// hash returns what is signed: the hashes of configuration and document in their
// canonical forms, one after the other.
func hash(o object, config []byte) ([]byte, error) {
	document, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var message []byte
	for _, part := range [][]byte{config, document} {
		canonical, err := jcs.Transform(part)
		if err != nil {
			return nil, errorsmod.Wrapf(ErrCredential, "JSON: %s", err)
		}
		sum := sha256.Sum256(canonical)
		message = append(message, sum[:]...)
	}
	return message, nil
}
