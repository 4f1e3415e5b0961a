package tower

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// round sends what changed, and asks what is due.
func (c *Client) round() {
	c.mu.Lock()
	idle := len(c.towers) == 0 && len(c.cfg.WarnAbove) == 0
	c.mu.Unlock()
	if idle {
		return
	}
	connected := c.connected()
	channels := c.node.Channels()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.towers {
		if t.Lied != "" || !connected[t.Peer] {
			continue
		}
		now := c.cfg.Now()
		if len(t.terms) < len(c.cfg.Domains()) && now.Sub(t.asked) >= ask {
			t.asked = now
			for _, d := range c.cfg.Domains() {
				_ = c.node.SendTo(t.Peer, Ask{Domain: d}) // asked again
			}
		}
		auditing := now.Sub(t.audited) >= c.cfg.Audit
		if auditing {
			t.audited = now
		}
		for _, ch := range channels {
			c.hand(t, ch, auditing)
		}
		t.forget(channels)
	}
	c.checkCover(channels)
}

// forget drops channels that are over.
func (t *tower) forget(channels []node.Channel) {
	there := map[protocol.ChannelID]bool{}
	for _, ch := range channels {
		there[ch.State.Channel.ID()] = true
	}
	for id := range t.channels {
		if !there[id] {
			delete(t.channels, id)
		}
	}
}

// hand sends the state of a channel if the tower has not signed for it.
func (c *Client) hand(t *tower, ch node.Channel, auditing bool) {
	state := ch.State
	terms := t.terms[state.Channel.Domain]
	if terms.Account == "" || t.Reward.Less(terms.Reward) {
		return
	}
	id, now := state.Channel.ID(), c.cfg.Now()
	h := t.channels[id]
	if h == nil || h.place != state.Channel.Place || h.expiry < c.cfg.Clock(ch.ChainID)+delegationTime/2 {
		fresh, err := c.delegate(t, ch, terms.Account)
		if err != nil {
			t.err = err.Error()
			return
		}
		fresh.asked = h != nil && h.asked
		h = fresh
		t.channels[id] = h
	}
	auditing = auditing && h.signed && uint64(max(0, now.Unix())) <= state.View.Time+maxViewAge
	if !h.asked || auditing {
		h.asked, h.again = true, h.doubt != nil && auditing
		_ = c.node.SendTo(t.Peer, Show{state.Channel.Place})
	}
	if state.Phase == machine.PhaseRestored {
		return // what is here is older than what the tower has
	}
	m := stateOf(state, h, t.Reward)
	hash := hashOf(m.AppendTo(nil))
	switch {
	case h.signed && h.receipt.State == hash:
		h.pending = types.Hash{}
		return
	case h.pending == hash && now.Sub(h.sentAt) < resend:
		return
	}
	h.pending, h.nonce, h.sentAt = hash, state.Received.Newest.Nonce, now
	_ = c.node.SendTo(t.Peer, m) // sent again if there is no receipt
}

// delegate names the tower for one epoch of a channel.
func (c *Client) delegate(t *tower, ch node.Channel, account string) (*handed, error) {
	state := ch.State
	tower, err := c.cfg.Account(ch.ChainID, account)
	if err != nil {
		return nil, fmt.Errorf("account of the tower: %w", err)
	}
	h := &handed{place: state.Channel.Place, expiry: c.cfg.Clock(ch.ChainID) + delegationTime}
	d := types.DelegationOf{Place: h.place, Delegator: state.Side, Tower: tower, Reward: t.Reward, Expiry: h.expiry}
	h.signature, err = c.cfg.Delegate(ch.ChainID, d.Bytes())
	return h, err
}

// stateOf is what a tower must know of a channel.
func stateOf(state *machine.State, h *handed, reward types.Uint128) *State {
	m := &State{Place: h.place, Delegator: state.Side, Reward: reward, Expiry: h.expiry, Signature: h.signature}
	if state.Received.Newest.Nonce > 0 {
		pair := state.Received.Pair
		m.Received = &pair
		for _, l := range state.Received.Locks {
			m.Locks = l.Lock.AppendTo(m.Locks)
			if l.HasSecret && l.RegisteredAt == 0 {
				m.Secrets = append(m.Secrets, l.Secret)
			}
		}
	}
	if state.Sent.Acked > 0 {
		pair := state.Sent.Pair
		m.Own = &pair
	}
	disposed := func(l *machine.PendingLock) {
		if l.Disposed && len(m.Disposals) < MaxDisposals {
			m.Disposals = append(m.Disposals, types.Disposal{LockId: l.ID, Hash: l.Hash[:], Signature: l.Disposal[:]})
		}
	}
	for _, l := range state.Sent.Locks {
		disposed(l)
	}
	for _, g := range state.Sent.Gone {
		disposed(&g.PendingLock)
	}
	return m
}

// take reads what a tower says.
func (c *Client) take(from string, kind protocol.Kind, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var t *tower
	for _, known := range c.towers {
		if known.Peer == from {
			t = known
		}
	}
	if t == nil {
		return nil // of a tower that was removed
	}
	switch kind {
	case KindTerms:
		m, err := ParseTerms(body)
		if err == nil && (len(t.terms) < maxDomains || t.terms[m.Domain].Domain == m.Domain) {
			t.terms[m.Domain] = m
		}
		return err
	case KindReceipt:
		return c.receipt(t, body)
	case KindRefusal:
		m, err := ParseRefusal(body)
		t.err = m.Text
		return err
	case KindShown:
		return c.shown(t, body)
	}
	return nil
}

// maxDomains bounds the terms of one tower.
const maxDomains = 64

// receipt checks the tower's signature and remembers it as the newest.
func (c *Client) receipt(t *tower, body []byte) error {
	m, err := ParseReceipt(body)
	if err != nil {
		return err
	}
	id, err := peer.Decode(t.Peer)
	if err != nil {
		return err
	}
	key, err := id.ExtractPublicKey()
	if err != nil {
		return err
	}
	if ok, err := key.Verify(m.Signed(), m.Signature[:]); err != nil || !ok {
		return fmt.Errorf("%w: receipt of a tower: its signature is wrong", protocol.ErrMalformed)
	}
	h := t.channels[protocol.IDOf(m.Place)]
	if h == nil || h.place != m.Place || h.signed && m.Nonce < h.receipt.Nonce {
		return nil // of an older state
	}
	h.receipt, h.signed, t.err = m, true, ""
	if h.pending == m.State {
		h.pending = types.Hash{}
	}
	return nil
}

// shown compares what a tower has with what it signed for, and learns from it whether this node's
// store is older than what it signed.
func (c *Client) shown(t *tower, body []byte) error {
	m, err := ParseShown(body)
	if err != nil {
		return err
	}
	h := t.channels[protocol.IDOf(m.Place)]
	if h == nil || h.place != m.Place {
		return nil
	}
	var state *State
	var nonce uint64
	if len(m.State) > 0 {
		if state, err = ParseState(m.State); err != nil {
			return err
		}
		if state.Received != nil {
			p, err := types.ParseBalanceProof(state.Received.Proof[:])
			if err != nil {
				return fmt.Errorf("%w: %s", protocol.ErrMalformed, err.Error())
			}
			nonce = p.Nonce
		}
	}
	c.judge(t, h, state != nil, nonce, body)
	if state != nil && state.Own != nil {
		own, id := *state.Own, protocol.IDOf(m.Place)
		select {
		case c.proofs <- struct{}{}:
			go func() { // the machine checks the signature; it may be busy
				defer func() { <-c.proofs }()
				_ = c.node.Do(context.Background(), id, machine.OwnProofSeen{Pair: own})
			}()
		default: // the next audit shows it again
		}
	}
	return nil
}

// judge holds what a tower shows against what it signed for. It may be ahead of this node: a channel that
// is over, or in another epoch, it has forgotten already, and a receipt may pass what it showed before. So
// it is asked again at the next audit.
func (c *Client) judge(t *tower, h *handed, shows bool, nonce uint64, body []byte) {
	switch {
	case h.doubt == nil && h.signed && (!shows || nonce < h.receipt.Nonce):
		receipt := h.receipt
		h.doubt, h.again = &receipt, false
	case h.doubt == nil || !h.again:
	case !shows:
		c.convict(t, *h.doubt, body, fmt.Sprintf("it signed for nonce %d of channel %d and has nothing", h.doubt.Nonce, h.place.Channel))
	case nonce < h.doubt.Nonce:
		c.convict(t, *h.doubt, body, fmt.Sprintf("it signed for nonce %d of channel %d and has %d", h.doubt.Nonce, h.place.Channel, nonce))
	default:
		h.doubt = nil
	}
}
