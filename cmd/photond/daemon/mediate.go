package daemon

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/api"
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
	Find    bool   `mapstructure:"find"`
	Price   string `mapstructure:"price"`
	Alias   string `mapstructure:"alias"`
	Public  bool   `mapstructure:"public"`
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
	return MediationConfig{Mediate: true, FeeBase: "0", FeeRate: 100, Share: 50, MaxHops: 3, Price: "0"}
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
	if _, err := types.ParseUint128(c.Price); err != nil {
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
		Key: ed25519.PrivateKey(raw), Payment: rules, Attest: d.attest, Look: d.lookAt, Submit: d.submit, Alias: d.cfg.Mediation.Alias,
		Now: d.clock.now, Logger: d.log,
	}
	if d.cfg.Mediation.Public {
		c.Addresses = d.cfg.Node.Listen
	}
	if d.cfg.Mediation.Find {
		c.Features |= protocol.FeaturePathFinder
		if c.Price, err = types.ParseUint128(d.cfg.Mediation.Price); err != nil {
			return nil, err
		}
	}
	if len(d.cfg.Mediation.Swaps) > 0 {
		c.Features |= protocol.FeatureSwap
	}
	return mediator.New(c)
}

func (d *Daemon) network(chainID string) (*network, error) {
	for _, n := range d.networks {
		if n.ID() == chainID || chainID == "" && len(d.networks) == 1 {
			return n, nil
		}
	}
	return nil, fmt.Errorf("chain %q: this node is not on it", chainID)
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

// setRates sets the rates of swaps, once the chains were reached.
func (d *Daemon) setRates(ctx context.Context) error {
	for _, s := range d.cfg.Mediation.Swaps {
		for {
			pair, err := d.pair(ctx, s)
			if err == nil {
				most, _ := types.ParseUint128(s.Max) // checked at the start
				d.mediator.SetRate(pair, payment.Rate{In: s.In, Out: s.Out, Max: most})
				break
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(reconnectEvery):
			}
		}
	}
	return nil
}

func (d *Daemon) pair(ctx context.Context, s SwapConfig) (p payment.Pair, err error) {
	for _, side := range []struct {
		chain, denom string
		to           *types.Hash
	}{{s.InChain, s.InDenom, &p.In}, {s.OutChain, s.OutDenom, &p.Out}} {
		n, err := d.network(side.chain)
		if err != nil {
			return p, err
		}
		if *side.to, err = n.Domain(ctx, side.denom); err != nil {
			return p, err
		}
	}
	return p, nil
}

// router makes payments over others for the interface.
type router struct{ *Daemon }

var _ api.Router = router{}

func (r router) order(ctx context.Context, o api.Order) (payment.Order, error) {
	n, err := r.network(o.ChainID)
	if err != nil {
		return payment.Order{}, err
	}
	domain, err := n.Domain(ctx, o.Denom)
	if err != nil {
		return payment.Order{}, err
	}
	target, ok := mediator.NodeID(o.Target)
	if !ok {
		return payment.Order{}, fmt.Errorf("%w: node %q has no ed25519 key", payment.ErrOrder, o.Target)
	}
	return payment.Order{ID: o.PaymentID, Target: target, Domain: domain, Amount: o.Amount, MaxFee: o.MaxFee, Data: o.Data}, nil
}

// Pay implements api.Router.
func (r router) Pay(ctx context.Context, o api.Order) (api.Outcome, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return api.Outcome{}, err
	}
	if until, ok := ctx.Deadline(); ok {
		order.Timeout = max(1, uint64(max(0, time.Until(until)/time.Second)))
	}
	done, err := r.mediator.Pay(ctx, order)
	if err != nil {
		return api.Outcome{}, err
	}
	return api.Outcome{Fee: done.Fee, Hops: names(done.Hops)}, nil
}

// Route implements api.Router.
func (r router) Route(ctx context.Context, o api.Order) (api.Outcome, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return api.Outcome{}, err
	}
	routes, err := r.mediator.Routes(order.Target, order.Domain, order.Amount, order.MaxFee, 1)
	if err != nil {
		return api.Outcome{}, err
	}
	out := api.Outcome{}
	var hops []protocol.NodeID
	for _, hop := range routes[0] {
		hops = append(hops, hop.To)
	}
	out.Hops = names(hops)
	out.Fee, err = routes[0].Fee(order.Amount)
	return out, err
}

func names(hops []protocol.NodeID) (out []string) {
	for _, hop := range hops {
		out = append(out, mediator.PeerID(hop))
	}
	return out
}
