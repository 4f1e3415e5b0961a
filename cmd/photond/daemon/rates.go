package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

// setRates sets the rates of swaps and the price of the path-finding service that the configuration has,
// once the chains were reached.
func (d *Daemon) setRates(ctx context.Context) error {
	for d.cfg.Mediation.Find {
		p, err := d.pathFinder(ctx, &api.Finder{On: true, Price: d.cfg.Mediation.Price, ChainId: d.cfg.Mediation.PriceChain})
		if err == nil {
			d.mediator.OfferPathFinder(p)
			break
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reconnectEvery):
		}
	}
	for _, s := range d.cfg.Mediation.Swaps {
		for {
			pair, err := d.pair(ctx, s)
			if err == nil {
				most, _ := types.ParseUint128(s.Max) // checked at the start
				d.mediator.OfferRate(pair, payment.Rate{In: s.In, Out: s.Out, Max: most})
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
		n, err := d.networkWith(side.chain, side.denom)
		if err != nil {
			return p, err
		}
		if *side.to, err = n.Domain(ctx, side.denom); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Rates implements api.Mediation.
func (r router) Rates() (out []*api.Rate) {
	for _, o := range r.mediator.Offers() {
		rate := &api.Rate{AmountIn: o.Rate.In, AmountOut: o.Rate.Out, Max: o.Max.String()}
		rate.InChainId, rate.InDenom = r.nameOf(o.Pair.In)
		rate.OutChainId, rate.OutDenom = r.nameOf(o.Pair.Out)
		out = append(out, rate)
	}
	return out
}

// nameOf is chain and denom of a domain; a domain of no chain that this node is on shows as it is.
func (d *Daemon) nameOf(domain types.Hash) (chainID, denom string) {
	if n, denom, ok := d.networkOf(domain); ok {
		return n.ID(), denom
	}
	return "", fmt.Sprintf("%x", domain)
}

// SetRate implements api.Mediation.
func (r router) SetRate(ctx context.Context, rate *api.Rate) (*api.Rate, error) {
	pair, err := r.pair(ctx, SwapConfig{InChain: rate.InChainId, InDenom: rate.InDenom, OutChain: rate.OutChainId, OutDenom: rate.OutDenom})
	if err != nil {
		return nil, err
	}
	most := types.Uint128{}
	if rate.Max != "" {
		if most, err = types.ParseUint128(rate.Max); err != nil {
			return nil, fmt.Errorf("%w: max: %s", payment.ErrConfig, err.Error())
		}
	}
	for _, domain := range []types.Hash{pair.In, pair.Out} {
		if _, _, ok := r.networkOf(domain); !ok {
			return nil, fmt.Errorf("%w: %s or %s is in no list of denoms in the configuration: no channel of this node can have it", payment.ErrConfig, rate.InDenom, rate.OutDenom)
		}
	}
	if err := r.mediator.SetRate(pair, payment.Rate{In: rate.AmountIn, Out: rate.AmountOut, Max: most}); err != nil {
		return nil, err
	}
	now := *rate
	now.InChainId, now.InDenom = r.nameOf(pair.In)
	now.OutChainId, now.OutDenom = r.nameOf(pair.Out)
	now.Max = most.String()
	return &now, nil
}
