package daemon

import (
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// consent decides on terms that a peer proposes. That account and key in them are this node's own
// is checked by the node.
func (d *Daemon) consent(peer string, terms types.OpenTerms) error {
	select {
	case <-d.opened:
	default:
		return errors.New("this node is starting: ask again")
	}
	cfg := d.cfg.Channels
	if !cfg.Accept {
		return errors.New("this node takes no channels")
	}
	n, denom, known := d.networkOf(terms.Domain)
	if !known {
		return fmt.Errorf("domain %x: this node is not on that chain, or does not take that denom", terms.Domain)
	}
	if !n.waitSeen(startTime) {
		return errors.New("this node has not seen the chain yet: ask again")
	}
	if have := len(d.node.Channels()); have >= cfg.MaxChannels {
		return fmt.Errorf("this node has %d channels and takes at most %d", have, cfg.MaxChannels)
	}
	challenge := time.Duration(min(terms.Challenge, 1<<32)) * time.Second //nolint:gosec // bounded
	if challenge < cfg.MinChallenge || challenge > cfg.MaxChallenge {
		return fmt.Errorf("challenge %s: this node takes %s to %s", challenge, cfg.MinChallenge, cfg.MaxChallenge)
	}
	if clock := n.clock(); terms.ValidUntil > clock+types.MaxAgreementValidity {
		return fmt.Errorf("valid_until %d: must be at most %d s after the channel clock %d", terms.ValidUntil, types.MaxAgreementValidity, clock)
	}
	least, err := sdk.ParseCoinsNormalized(cfg.MinDeposit)
	if err != nil || least.Empty() {
		return err
	}
	if found, coin := least.Find(denom); !found {
		return fmt.Errorf("denom %s: this node takes %s", denom, cfg.MinDeposit)
	} else if terms.Deposit.Int().LT(coin.Amount) {
		return fmt.Errorf("deposit %s%s: this node takes at least %s", terms.Deposit, denom, coin)
	}
	d.log.Info("signed the terms of a channel", "peer", peer, "chain", n.ID(), "deposit", terms.Deposit.String()+denom)
	return nil
}

// startTime is how long a proposal may wait for the first block of a node that has just started.
const startTime = 5 * time.Second

// waitSeen waits until the chain was seen. A channel that is on chain before counts as one that was used
// before, in which nothing may be signed.
func (n *network) waitSeen(most time.Duration) bool {
	for start := time.Now(); !n.seen.Load(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > most {
			return false
		}
	}
	return true
}
