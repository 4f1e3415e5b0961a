package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Destroyed is what came of Destroy.
type Destroyed struct {
	// Retired tells that the registry has closed the zone, now or before.
	Retired bool `json:"retired"`
	// Bond that its owner can claim from BondFrom on; none if the zone was not registered.
	Bond     string    `json:"bond,omitempty"`
	BondFrom time.Time `json:"bond_from"`
	// Returned is what the relayer had left on the main chain and gave back to the owner.
	Returned string `json:"returned,omitempty"`
}

// Destroy retires a zone in the registry, ends its processes and removes its files; with the last zone
// of a home the relayer goes, too, and its funds go back to the owner. Killed half way, it is run again.
// With localOnly the main chain is left alone: for one that is no more.
func Destroy(ctx context.Context, h Home, name string, c Control, localOnly bool) (*Destroyed, error) {
	w, release, err := h.open(name, c)
	if err != nil {
		return nil, err
	}
	defer release()
	out := &Destroyed{}
	if !w.Joined && !localOnly {
		if err := c.Passphrase.Require(w.Owner.Backend); err != nil {
			return nil, err
		}
		if err := w.retire(ctx, out); err != nil {
			return nil, fmt.Errorf("retire zone %s in the registry: %w\nnext: run the command again when that is mended, or with --local to leave the registry as it is", name, err)
		}
	}
	if !w.Joined {
		if err := w.unrelay(ctx, out, localOnly); err != nil {
			return nil, err
		}
	}
	if err := h.stopNode(ctx, w.Record); err != nil {
		return nil, err
	}
	// The record goes last: as long as it is there the command can be repeated.
	entries, err := os.ReadDir(h.zone(name))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if path := h.zone(name) + string(os.PathSeparator) + e.Name(); path != h.record(name) {
			if err := os.RemoveAll(path); err != nil {
				return nil, err
			}
		}
	}
	if err := os.RemoveAll(h.zone(name)); err != nil {
		return nil, err
	}
	if names, err := h.Names(); err == nil && len(names) == 0 {
		_ = os.Remove(h.zones()) // stays if something else lies in it
	}
	return out, nil
}

// retire closes the zone's entry, if it is ours.
func (w *work) retire(ctx context.Context, out *Destroyed) error {
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	registry := zonestypes.NewQueryClient(main)
	res, err := registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: w.Spec.Name})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	entry := res.Zone.Zone
	if entry.Owner != w.Owner.Address || entry.ChainId != w.Spec.ChainID() {
		return nil // somebody else's
	}
	if entry.Status != zonestypes.STATUS_RETIRED {
		account, err := main.Account(w.Owner.Name)
		if err != nil {
			return err
		}
		if _, err := account.Send(ctx, &zonestypes.MsgRetireZone{Signer: w.Owner.Address, Name: w.Spec.Name}); err != nil {
			return err
		}
		res, err = registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: w.Spec.Name})
		if isNotFound(err) { // a pending one is gone at once
			out.Retired = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	out.Retired, out.Bond = true, res.Zone.Zone.Bond.String()
	if d := res.Zone.Zone.Deadline; d != nil {
		out.BondFrom = d.UTC()
	}
	return nil
}

// unrelay takes the path from the relayer. Without any path left the relayer ends, its money goes back
// and its folder is removed.
func (w *work) unrelay(ctx context.Context, out *Destroyed, localOnly bool) error {
	if _, err := os.Stat(w.relayerConfig()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	left, err := w.leavePath(w.Spec.ChainID())
	if err != nil || left > 0 {
		return err
	}
	// Other zones of the home may be on their way to be linked: they need the key.
	names, err := w.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if r, err := w.LoadRecord(name); name != w.Spec.Name && (err != nil || !r.Joined) {
			return w.stopRelay(ctx)
		}
	}
	if err := w.stopRelay(ctx); err != nil {
		return err
	}
	if !localOnly {
		if err := w.refund(ctx, out); err != nil {
			return fmt.Errorf("return what the relayer has: %w\nnext: run the command again when that is mended, or with --local to give it up", err)
		}
	}
	return os.RemoveAll(w.relayer())
}

// refund sends what the relayer has on the main chain to the owner, less the fee.
func (w *work) refund(ctx context.Context, out *Destroyed) error {
	c, err := dial(ctx, w.Main.RPC, w.Main.ChainID, w.Main.GasPrices, &w.Relayer, w.opts.Passphrase)
	if err != nil {
		return err
	}
	has, err := balance(ctx, c, w.Relayer.Address, w.Main.Denom)
	if err != nil {
		return err
	}
	const gas = 200_000 // far above what a send takes
	rest := sdk.NewCoins(has)
	if fee := c.Fee(gas); !rest.IsAllGTE(fee) || rest.Equal(fee) {
		return nil // nothing that would pay for its own way
	}
	rest = rest.Sub(c.Fee(gas)...)
	account, err := c.Account(w.Relayer.Name)
	if err != nil {
		return err
	}
	_, err = account.SendWith(ctx, client.TxOptions{Gas: gas},
		&banktypes.MsgSend{FromAddress: w.Relayer.Address, ToAddress: w.Owner.Address, Amount: rest})
	if err == nil {
		out.Returned = rest.String()
	}
	return err
}
