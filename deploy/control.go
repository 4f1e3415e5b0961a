package deploy

import (
	"context"
	"errors"
	"fmt"
)

// Control is what start, stop, link and destroy need beside the record.
type Control struct {
	// Passphrase of keyrings of backend file.
	Passphrase Passphrase
	// Progress as in Options. Optional.
	Progress func(Progress) `json:"-"`
}

// open takes a zone to work on.
func (h Home) open(name string, c Control) (*work, func(), error) {
	release, err := h.lock("zone-" + name)
	if err != nil {
		return nil, nil, err
	}
	r, err := h.LoadRecord(name)
	if err != nil {
		release()
		return nil, nil, err
	}
	return &work{Home: h, Record: r, opts: Options{Passphrase: c.Passphrase, Progress: c.Progress}}, release, nil
}

// Start has node and relayer run, as far as they do not.
func Start(ctx context.Context, h Home, name string, c Control) error {
	w, release, err := h.open(name, c)
	if err != nil {
		return err
	}
	defer release()
	run := []step{{name: "start", text: "node started, first block", run: (*work).startStep, lasting: true}}
	if !w.Joined && w.done("relay") {
		if err := c.Passphrase.Require(w.Relayer.Backend); err != nil {
			return err
		}
		run = append(run, step{name: "relay", text: "relayer carries the path", run: (*work).relayStep, lasting: true})
	}
	return w.perform(ctx, run)
}

// Stop ends the zone's node, and the relayer if no other zone's node runs.
func Stop(ctx context.Context, h Home, name string) error {
	w, release, err := h.open(name, Control{})
	if err != nil {
		return err
	}
	defer release()
	if err := h.stopNode(ctx, w.Record); err != nil {
		return err
	}
	names, err := h.Names()
	if err != nil {
		return err
	}
	for _, other := range names {
		r, err := h.LoadRecord(other)
		if err != nil {
			return err
		}
		if _, running := h.nodeDaemon(r).running(); running && !r.Joined {
			return nil
		}
	}
	return h.stopRelay(ctx)
}

func (h Home) stopRelay(ctx context.Context) error {
	d, err := h.relayDaemon("", nil, "")
	if err != nil {
		return err
	}
	if _, ours := d.running(); !ours && h.relaying(ctx) {
		return errors.New("the relayer runs, but was started by something else, such as systemd: stop it there (systemctl disable --now meshchain-relayer), then run the command again")
	}
	return d.stop(ctx)
}

// Link verifies the zone's link to the main chain and completes what is missing of it, from the
// relayer's funds to the zone's files.
func Link(ctx context.Context, h Home, name string, c Control) (*Record, error) {
	w, release, err := h.open(name, c)
	if err != nil {
		return nil, err
	}
	defer release()
	if w.Joined {
		return nil, fmt.Errorf("zone %s was joined here: its link is its owner's", name)
	}
	if err := c.Passphrase.Require(w.Owner.Backend); err != nil {
		return nil, err
	}
	run := append([]step{}, steps...)
	for i := range run {
		run[i].lasting = run[i].lasting || run[i].name == "fund" || run[i].name == "link" || run[i].name == "files"
	}
	if w.done("fund") {
		delete(w.Txs, "fund") // another one, if the account is low
	}
	return w.Record, w.perform(ctx, run)
}
