package daemon

import (
	"context"
	"fmt"
	"strconv"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

var _ api.Mediation = router{}

// Policies implements api.Mediation.
func (r router) Policies() (out []*api.Policy) {
	for _, g := range r.node.Gauges() {
		out = append(out, r.policy(g.ID))
	}
	return out
}

func (r router) policy(id protocol.ChannelID) *api.Policy {
	p, own := r.mediator.Policy(id)
	return &api.Policy{
		Channel: r.refOf(id), FeeBase: p.FeeBase.String(), FeeRate: p.FeeRate, Min: p.Min.String(), Max: p.Max.String(), Disabled: p.Disabled, Own: own,
	}
}

// SetPolicy implements api.Mediation.
func (r router) SetPolicy(id protocol.ChannelID, req *api.SetPolicyRequest) (*api.Policy, error) {
	if req.Reset_ {
		r.mediator.ResetPolicy(id)
		return r.policy(id), nil
	}
	p, _ := r.mediator.Policy(id)
	for _, field := range []struct {
		name, text string
		to         *types.Uint128
	}{{"fee_base", req.FeeBase, &p.FeeBase}, {"min", req.Min, &p.Min}, {"max", req.Max, &p.Max}} {
		if field.text == "" {
			continue
		}
		amount, err := types.ParseUint128(field.text)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %s", payment.ErrConfig, field.name, err.Error())
		}
		*field.to = amount
	}
	if req.FeeRate != "" {
		rate, err := strconv.ParseUint(req.FeeRate, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: fee_rate %.40q: must be millionths of the amount, at most %d", payment.ErrConfig, req.FeeRate, protocol.MaxFeeRate)
		}
		p.FeeRate = uint32(rate)
	}
	p.Disabled = (p.Disabled || req.Disable) && !req.Enable
	if err := r.mediator.SetPolicy(id, p); err != nil {
		return nil, err
	}
	return r.policy(id), nil
}

// PathFinder implements api.Mediation.
func (r router) PathFinder() *api.Finder {
	p := r.mediator.PathFinder()
	f := &api.Finder{On: p.On}
	if !p.Price.IsZero() {
		var denom string
		f.ChainId, denom = r.nameOf(p.Domain)
		f.Price = p.Price.String() + denom
	}
	return f
}

// SetPathFinder implements api.Mediation.
func (r router) SetPathFinder(ctx context.Context, f *api.Finder) (*api.Finder, error) {
	p, err := r.pathFinder(ctx, f)
	if err != nil {
		return nil, err
	}
	r.mediator.SetPathFinder(p)
	return r.PathFinder(), nil
}

// pathFinder reads the price of the service.
func (d *Daemon) pathFinder(ctx context.Context, f *api.Finder) (p mediator.PathFinder, err error) {
	p.On = f.On
	price, err := parsePrice(f.Price)
	if err != nil {
		return p, fmt.Errorf("%w: price: %s", payment.ErrConfig, err.Error())
	}
	if price.Amount.IsNil() || price.IsZero() {
		return p, nil
	}
	if p.Price, err = types.Uint128FromInt(price.Amount); err != nil {
		return p, fmt.Errorf("%w: price: %s", payment.ErrConfig, err.Error())
	}
	n, err := d.networkWith(f.ChainId, price.Denom)
	if err != nil {
		return p, err
	}
	p.Domain, err = n.Domain(ctx, price.Denom)
	return p, err
}

// parsePrice reads a coin; empty and 0 are free.
func parsePrice(text string) (sdk.Coin, error) {
	if text == "" || text == "0" {
		return sdk.Coin{}, nil
	}
	coin, err := sdk.ParseCoinNormalized(text)
	if err != nil {
		return coin, fmt.Errorf("%.80q: must be a coin like 5usmt", text)
	}
	return coin, nil
}
