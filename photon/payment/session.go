package payment

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// maxSessions bounds the keys that are remembered, on either side.
const maxSessions = 1024

// session is a key shared by one payer and one node of its routes: an HPKE context
// (RFC 9180, X25519, HKDF-SHA256) that only exports keys. The packets under it are
// XChaCha20-Poly1305 with random nonces, so that they may arrive in any order. Making
// one costs a payer three multiplications on the curve, so it is used for several
// packets: a node can tell that these come from one payer, not from which.
type session struct {
	public [32]byte
	packet cipher.AEAD // from the payer
	reply  cipher.AEAD // to the payer
	uses   int
	since  uint64
}

var info = []byte("mesh/packet/v1")

type exporter interface {
	Export(context string, length int) ([]byte, error)
}

func newSession(public []byte, from exporter) (*session, error) {
	s := &session{}
	copy(s.public[:], public)
	for _, key := range []struct {
		name string
		to   *cipher.AEAD
	}{{"packet", &s.packet}, {"reply", &s.reply}} {
		exported, err := from.Export(key.name, chacha20poly1305.KeySize)
		if err != nil {
			return nil, err
		}
		if *key.to, err = chacha20poly1305.NewX(exported); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Keyring holds a node's packet key and the sessions under it. It is not safe for
// concurrent use.
type Keyring struct {
	private hpke.PrivateKey
	public  [32]byte
	mac     [32]byte
	// Sessions of others, in two generations: when the young one is full it becomes the old
	// one, and what was old is forgotten.
	young, old map[[32]byte]*session
	// Sessions with others, by their packet key.
	mine map[[32]byte]*session
}

// NewKeyring derives a node's packet key from 32 secret bytes, which must be the same in
// each run.
func NewKeyring(seed [32]byte) (*Keyring, error) {
	derive := func(name string) (key [32]byte) {
		m := hmac.New(sha256.New, seed[:])
		m.Write([]byte(name))
		copy(key[:], m.Sum(nil))
		return key
	}
	scalar := derive("mesh/packet-key/v1")
	key, err := ecdh.X25519().NewPrivateKey(scalar[:])
	if err != nil {
		return nil, err
	}
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, err
	}
	k := &Keyring{private: private, mac: derive("mesh/forward-id/v1"), young: map[[32]byte]*session{}, mine: map[[32]byte]*session{}}
	copy(k.public[:], key.PublicKey().Bytes())
	return k, nil
}

// Public is the key that packets for the node are encrypted to.
func (k *Keyring) Public() [32]byte { return k.public }

// session returns the keys of a payer's session.
func (k *Keyring) session(public [32]byte) (*session, error) {
	if s := k.young[public]; s != nil {
		return s, nil
	}
	s := k.old[public]
	if s == nil {
		context, err := hpke.NewRecipient(public[:], k.private, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
		if err != nil {
			return nil, fmt.Errorf("%w: its key: %w", ErrPacket, err)
		}
		if s, err = newSession(public[:], context); err != nil {
			return nil, err
		}
	}
	if len(k.young) >= maxSessions {
		k.old, k.young = k.young, make(map[[32]byte]*session, maxSessions)
	}
	k.young[public] = s
	return s, nil
}

// with returns the session with a node of a route; a new one after uses packets or age
// seconds.
func (k *Keyring) with(node [32]byte, now uint64, uses int, age uint64) (*session, error) {
	if s := k.mine[node]; s != nil && s.uses < uses && now < s.since+age {
		s.uses++
		return s, nil
	}
	key, err := ecdh.X25519().NewPublicKey(node[:])
	if err != nil {
		return nil, err
	}
	to, err := hpke.NewDHKEMPublicKey(key)
	if err != nil {
		return nil, err
	}
	public, context, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
	if err != nil {
		return nil, err
	}
	s, err := newSession(public, context)
	if err != nil {
		return nil, err
	}
	if len(k.mine) >= maxSessions {
		clear(k.mine)
	}
	s.uses, s.since = 1, now
	k.mine[node] = s
	return s, nil
}

// LockRef names a received lock among all locks of a node.
type LockRef struct {
	Channel protocol.ChannelID
	Epoch   uint64
	Lock    uint64
}

// forwardID is the payment id of the lock that forwards an incoming one. It is a MAC, so
// that after a restart the node finds again what belongs together while the next node
// learns nothing from it.
func (k *Keyring) forwardID(in LockRef) (id [16]byte) {
	m := hmac.New(sha256.New, k.mac[:])
	m.Write(in.Channel.Domain[:])
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], in.Channel.Channel)
	binary.BigEndian.PutUint64(b[8:], in.Epoch)
	binary.BigEndian.PutUint64(b[16:], in.Lock)
	m.Write(b[:])
	copy(id[:], m.Sum(nil))
	return id
}

func randomNonce(random io.Reader) (nonce [chacha20poly1305.NonceSizeX]byte, err error) {
	_, err = io.ReadFull(random, nonce[:])
	return nonce, err
}

// requestSecret is the secret of a payment request of this node.
func (k *Keyring) requestSecret(id [16]byte) (secret [types.SecretLength]byte) {
	m := hmac.New(sha256.New, k.mac[:])
	m.Write([]byte("request"))
	m.Write(id[:])
	copy(secret[:], m.Sum(nil))
	return secret
}
