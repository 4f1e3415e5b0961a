package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// maxOpening bounds requests for signatures that are under way.
const maxOpening = 64

// opening is a request for a peer's signature over terms.
type opening struct {
	peer   string
	terms  types.OpenTerms
	answer chan openAnswer
}

type openAnswer struct {
	signature protocol.Signature
	err       error
}

// RequestOpen implements Service.
func (n *Node) RequestOpen(ctx context.Context, peer string, terms types.OpenTerms) (sig protocol.Signature, err error) {
	if err := n.Accepting(); err != nil {
		return sig, err
	}
	m := &protocol.OpenRequest{}
	encoded := terms.Bytes()
	if len(encoded) != len(m.Terms) {
		return sig, fmt.Errorf("terms have %d bytes: must have %d", len(encoded), len(m.Terms))
	}
	copy(m.Terms[:], encoded)
	subject := sha256.Sum256(encoded)
	o := &opening{peer: peer, terms: terms, answer: make(chan openAnswer, 1)}
	n.mu.Lock()
	if len(n.opening) >= maxOpening {
		n.mu.Unlock()
		return sig, limitError("channels being opened", maxOpening, maxOpening)
	}
	n.opening[subject] = o
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.opening, subject)
		n.mu.Unlock()
	}()
	if err := n.SendTo(peer, m); err != nil {
		return sig, err
	}
	select {
	case a := <-o.answer:
		if a.err != nil {
			return sig, a.err
		}
		return a.signature, n.knows(ctx, terms.Key[1], peer)
	case <-ctx.Done():
		return sig, fmt.Errorf("%s did not answer: %w", peer, ctx.Err())
	case <-n.stop:
		return sig, ErrClosed
	}
}

// knows remembers who has a channel key, before the channel is on chain.
func (n *Node) knows(ctx context.Context, key types.ChannelKey, peer string) error {
	changes := n.store.NewChanges()
	changes.Set(peerKey(key), []byte(peer))
	return n.store.Commit(ctx, changes)
}

// openAnswer gives a peer's answer to who waits for it.
func (n *Node) openAnswer(s *session, subject types.Hash, signature protocol.Signature, err error) {
	n.mu.Lock()
	o := n.opening[subject]
	n.mu.Unlock()
	if o == nil || o.peer != s.peer.ID() {
		return
	}
	if err == nil {
		err = o.terms.Key[1].CheckSignature("open terms", o.terms.Bytes(), signature[:])
	}
	select {
	case o.answer <- openAnswer{signature, err}:
	default: // it was answered already
	}
}

// consentOpen signs terms that a peer proposes, if the node wants them.
func (n *Node) consentOpen(s *session, m *protocol.OpenRequest) {
	subject := sha256.Sum256(m.Terms[:])
	signature, err := n.signTerms(s.peer.ID(), m.Terms[:])
	if err != nil {
		s.send(protocol.Refuse{Subject: subject, Code: protocol.RefuseTerms, Text: err.Error()})
		return
	}
	s.send(protocol.OpenConsent{Terms: subject, Signature: signature})
}

func (n *Node) signTerms(peer string, encoded []byte) (sig protocol.Signature, err error) {
	terms, err := types.ParseOpenTerms(encoded)
	if err != nil {
		return sig, err
	}
	for _, chain := range n.chains {
		key := chain.identity.Signer.Key()
		if !key.Same(terms.Key[1]) || !bytes.Equal(chain.identity.Address, terms.Account[1]) {
			continue
		}
		if err := n.store.Accepting(); err != nil {
			return sig, err
		}
		if err := n.config.ConsentOpen(peer, terms); err != nil {
			return sig, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), dialTime)
		defer cancel()
		if err := n.knows(ctx, terms.Key[0], peer); err != nil {
			return sig, err
		}
		return chain.identity.Signer.Sign(encoded), nil
	}
	return sig, errors.New("the partner's account and key in the terms are not this node's")
}
