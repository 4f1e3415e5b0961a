package deploy

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
)

// Options of Create.
type Options struct {
	// Binary of meshchaind that runs node and relayer.
	Binary string
	// MainRPC is the CometBFT address of a node of the main chain.
	MainRPC string
	// GasPrices on the main chain (default: what its node asks for).
	GasPrices string
	// From is the key, in the home's keyring, that owns the zone: it pays bond and relayer.
	From string
	// KeyringBackend of all keys: file, os or test (unencrypted).
	KeyringBackend string
	// KeyringDir that holds From (default: the home).
	KeyringDir string
	// RelayerFunds that the relayer is given on the main chain (default 10000000, 10 SMT).
	RelayerFunds string
	// Passphrase of keyrings of backend file.
	Passphrase Passphrase
	// Progress is told of every step, when it begins and with its duration when it is done. Optional.
	Progress func(Progress) `json:"-"`

	// interrupt is called after every journal write and every effect outside of this process.
	interrupt func(point string)
}

// Progress of a step.
type Progress struct {
	// Step by name and in words, and its place among the others.
	Step, Text string
	Number, Of int
	// Detail is what a step has come to that takes longer; empty at its beginning and end.
	Detail string
	// Done, and how long it took.
	Done bool
	Took time.Duration
}

// work is one zone being made.
type work struct {
	Home
	*Record
	opts Options
	main *client.Client // with the owner's key
	zone *client.Client // the same on the zone, once it runs
}

// step is something to be brought about. It looks first what is there already, so it may run again.
type step struct {
	name, text string
	run        func(*work, context.Context) error
	// lasting: what it brings about may end by itself; so it runs even if it was done.
	lasting bool
}

// steps from a plan to a proven zone.
var steps = []step{
	{name: "keys", text: "keys of validator, relayer and accounts", run: (*work).ensureKeysStep},
	{name: "genesis", text: "node, configuration and genesis", run: (*work).genesisStep},
	{name: "start", text: "node started, first block", run: (*work).startStep, lasting: true},
	{name: "fund", text: "relayer funded on the main chain", run: (*work).fundStep},
	{name: "link", text: "client, connection and channel", run: (*work).linkStep},
	{name: "relay", text: "relayer carries the path", run: (*work).relayStep, lasting: true},
	{name: "register", text: "registered on the main chain", run: (*work).registerStep},
	{name: "activate", text: "hub pinned, zone announced itself", run: (*work).activateStep},
	{name: "prove", text: "a TransacKet went there and back", run: (*work).proveStep},
	{name: "files", text: "files for registries, wallets, monitoring", run: (*work).filesStep},
}

// Create makes a zone, or goes on making it where an earlier run stopped, and returns its record.
// A zone that is complete is looked after: what has ended is started again.
func Create(ctx context.Context, home Home, spec Spec, opts Options) (*Record, error) {
	plan, err := NewPlan(ctx, home, spec, opts)
	if err != nil {
		return nil, err
	}
	release, err := home.lock("zone-" + plan.Spec.Name)
	if err != nil {
		return nil, err
	}
	defer release()
	record, err := home.LoadRecord(plan.Spec.Name)
	if errors.Is(err, ErrNoZone) {
		record, err = plan.begin()
	}
	if err != nil {
		return nil, err
	}
	w := &work{Home: home, Record: record, opts: opts}
	if err := w.save("plan"); err != nil {
		return nil, err
	}
	return record, w.perform(ctx, steps)
}

// begin fixes what a plan leaves open.
func (p *Plan) begin() (*Record, error) {
	ports, err := freePorts()
	if err != nil {
		return nil, err
	}
	r := p.Record
	r.Ports, r.GenesisTime = ports, time.Now().UTC().Truncate(time.Second)
	return &r, nil
}

func freePorts() (localnet.Ports, error) {
	p, err := localnet.FreePorts(5)
	if err != nil {
		return localnet.Ports{}, err
	}
	return localnet.Ports{RPC: p[0], P2P: p[1], GRPC: p[2], REST: p[3], Prometheus: p[4]}, nil
}

// agrees tells why a record is not of the plan.
func (r *Record) agrees(p Record) error {
	switch {
	case r.Joined:
		return fmt.Errorf("zone %s was joined here, not made: `meshchaind zone start %s` starts its node", p.Spec.Name, p.Spec.Name)
	case !reflect.DeepEqual(r.Spec, p.Spec):
		return fmt.Errorf("zone %s was begun with another specification: run the command with the one of then, or `meshchaind zone destroy %s` first", p.Spec.Name, p.Spec.Name)
	case r.Main.ChainID != p.Main.ChainID:
		return fmt.Errorf("zone %s was begun on %s, --main is %s: give a node of %s", p.Spec.Name, r.Main.ChainID, p.Main.ChainID, r.Main.ChainID)
	case r.Owner != p.Owner:
		return fmt.Errorf("zone %s was begun by key %q (%s), --from is %q (%s): give the former", p.Spec.Name, r.Owner.Name, r.Owner.Address, p.Owner.Name, p.Owner.Address)
	}
	return nil
}

// perform runs the steps that are not done yet, and those that have to last.
func (w *work) perform(ctx context.Context, steps []step) error {
	for i, s := range steps {
		was := w.done(s.name)
		if was && !s.lasting {
			continue
		}
		w.tell(Progress{Step: s.name, Text: s.text, Number: i + 1, Of: len(steps)})
		start := time.Now()
		if err := s.run(w, ctx); err != nil {
			return fmt.Errorf("step %d of %d, %s: %w\nnext: correct that and run the same command again; it goes on here", i+1, len(steps), s.name, err)
		}
		took := time.Since(start)
		if !was {
			w.Done = append(w.Done, Done{Step: s.name, Seconds: float64(took.Milliseconds()) / 1000})
			if err := w.save("done"); err != nil {
				return err
			}
		}
		w.tell(Progress{Step: s.name, Text: s.text, Number: i + 1, Of: len(steps), Done: true, Took: took})
	}
	return nil
}

func (w *work) tell(p Progress) {
	if w.opts.Progress != nil {
		w.opts.Progress(p)
	}
}

// save writes the journal.
func (w *work) save(point string) error {
	if err := w.saveRecord(w.Record); err != nil {
		return err
	}
	w.at("journal " + point)
	return nil
}

// at marks a place where a killed command must be able to go on.
func (w *work) at(point string) {
	if w.opts.interrupt != nil {
		w.opts.interrupt(fmt.Sprintf("%d %s", len(w.Done), point))
	}
}

// onMain returns a client of the main chain that signs for the owner.
func (w *work) onMain(ctx context.Context) (*client.Client, error) {
	if w.main == nil {
		c, err := dial(ctx, w.Main.RPC, w.Main.ChainID, w.Main.GasPrices, &w.Owner, w.opts.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("main chain: %w", err)
		}
		w.main = c
	}
	return w.main, nil
}

// onZone returns a client of the zone that signs for the owner.
func (w *work) onZone(ctx context.Context) (*client.Client, error) {
	if w.zone == nil {
		c, err := dial(ctx, w.rpc(), w.Spec.ChainID(), w.Spec.GasPrices(), &w.Owner, w.opts.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("zone: %w", err)
		}
		w.zone = c
	}
	return w.zone, nil
}
