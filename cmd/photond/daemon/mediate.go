package daemon

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/x/channels/types"
)

// MediationConfig says for what payments of others are forwarded, and how own ones find their way.
type MediationConfig struct {
	Mediate bool   `mapstructure:"mediate"`
	FeeBase string `mapstructure:"fee_base"`
	FeeRate uint32 `mapstructure:"fee_rate"`
	Share   int    `mapstructure:"share"`
	MaxHops int    `mapstructure:"max_hops"`
	Light   bool   `mapstructure:"light"`
	Find    bool   `mapstructure:"find"`
	Price   string `mapstructure:"price"`
	// PriceChain is the chain of the price, if its denom is on several.
	PriceChain string `mapstructure:"price_chain"`
	Alias      string `mapstructure:"alias"`
	Public     bool   `mapstructure:"public"`
	// Swaps between denoms and chains.
	Swaps []SwapConfig `mapstructure:"swap"`
}

// SwapConfig is a rate: for Out of one denom that go out, In of another are taken.
type SwapConfig struct {
	InChain  string `mapstructure:"in_chain"`
	InDenom  string `mapstructure:"in_denom"`
	OutChain string `mapstructure:"out_chain"`
	OutDenom string `mapstructure:"out_denom"`
	In       uint64 `mapstructure:"in"`
	Out      uint64 `mapstructure:"out"`
	Max      string `mapstructure:"max"`
}

// DefaultMediation forwards for 0.01 %.
func DefaultMediation() MediationConfig {
	return MediationConfig{Mediate: true, FeeBase: "0", FeeRate: 100, Share: 50, MaxHops: 3}
}

// paymentConfig checks the configuration and makes the core's of it.
func (c MediationConfig) paymentConfig(slots uint32) (payment.Config, error) {
	p := payment.DefaultConfig(protocol.NodeID{})
	p.Mediate, p.Share, p.MaxHops = c.Mediate, c.Share, c.MaxHops
	base, err := types.ParseUint128(c.FeeBase)
	if err != nil {
		return p, fmt.Errorf("mediation.fee_base: %w", err)
	}
	p.Policy.FeeBase, p.Policy.FeeRate, p.Policy.Slots = base, c.FeeRate, uint16(min(slots, types.MaxLocks)) //nolint:gosec // at most 256
	if _, err := parsePrice(c.Price); err != nil {
		return p, fmt.Errorf("mediation.price: %w", err)
	}
	if len(c.Alias) > protocol.MaxAlias {
		return p, fmt.Errorf("mediation.alias has %d bytes: must have at most %d", len(c.Alias), protocol.MaxAlias)
	}
	for i, s := range c.Swaps {
		if _, err := types.ParseUint128(s.Max); s.In == 0 || s.Out == 0 || err != nil {
			return p, fmt.Errorf("[[mediation.swap]] %d: in %d, out %d, max %q: rates must be at least 1, max a number (0 for none)", i+1, s.In, s.Out, s.Max)
		}
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("[mediation]: %w", err)
	}
	return p, nil
}

// newMediator prepares payments over others.
func (d *Daemon) newMediator() (*mediator.Mediator, error) {
	raw, err := d.nodeKey.Raw()
	if err != nil {
		return nil, err
	}
	rules, err := d.cfg.Mediation.paymentConfig(d.cfg.Channels.MaxSlots)
	if err != nil {
		return nil, err
	}
	c := mediator.Config{
		Key: ed25519.PrivateKey(raw), Payment: rules, Attest: d.attest, Look: d.lookAt, Submit: d.submit, Alias: d.cfg.Mediation.Alias, Light: d.cfg.Mediation.Light,
		Now: d.clock.now, Logger: d.log,
	}
	if d.cfg.Mediation.Public {
		c.Addresses = d.cfg.Node.Listen
	}
	return mediator.New(c)
}

func (d *Daemon) network(chainID string) (*network, error) {
	var known []string
	for _, n := range d.networks {
		if n.ID() == chainID || chainID == "" && len(d.networks) == 1 {
			return n, nil
		}
		known = append(known, n.ID())
	}
	return nil, fmt.Errorf("%w: chain %q: this node is on %q", chain.ErrWrongChain, chainID, known)
}

// networkWith is the chain with an id; without id, the one that has the denom.
func (d *Daemon) networkWith(chainID, denom string) (found *network, err error) {
	if chainID != "" || len(d.networks) == 1 {
		return d.network(chainID)
	}
	for _, n := range d.networks {
		if !slices.Contains(n.cfg.Denoms, denom) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: %s is on %s and %s: say which chain", payment.ErrOrder, denom, found.ID(), n.ID())
		}
		found = n
	}
	if found == nil {
		return nil, fmt.Errorf("%w: no chain of this node has %s", payment.ErrNoRoute, denom)
	}
	return found, nil
}

// attest signs with the channel key of a chain.
func (d *Daemon) attest(chainID string, message []byte) (protocol.Signature, error) {
	n, err := d.network(chainID)
	if err != nil {
		return protocol.Signature{}, err
	}
	return signer{n.key}.Sign(message), nil
}

// lookAt asks the chain of a domain about a channel that somebody announced.
func (d *Daemon) lookAt(ctx context.Context, id protocol.ChannelID) (on routing.OnChain, err error) {
	n, _, ok := d.networkOf(id.Domain)
	if !ok {
		return on, nil // not a chain or denom of this node: as good as closed
	}
	r, err := n.Query().Channel(ctx, &types.QueryChannelRequest{ChannelId: id.Channel})
	if err != nil {
		return on, err
	}
	ch := r.Channel
	if ch == nil || r.Phase != types.PHASE_OPEN || len(ch.Participants) != 2 || types.Hash(ch.Domain) != id.Domain {
		return on, nil
	}
	for i := range ch.Participants {
		on.Key[i] = ch.Participants[i].Key
		if on.Capacity, ok = on.Capacity.Add(ch.Participants[i].Deposit); !ok {
			return routing.OnChain{}, nil
		}
	}
	on.Open = true
	return on, nil
}
