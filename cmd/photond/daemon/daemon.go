// Package daemon puts a payment node together: chains, peers, store, towers and the interface for
// its owner, as its configuration says.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/bodies"
	"github.com/meshchain/meshchain/photon/introduction"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/tower"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	reconnectEvery = 5 * time.Second
	dialTimeout    = 5 * time.Second
)

// Daemon is a payment node that runs.
type Daemon struct {
	home     string
	cfg      Config
	log      *slog.Logger
	version  string
	nodeKey  crypto.PrivKey
	clock    clock
	networks []*network
	node     *node.Node
	mediator *mediator.Mediator
	opened   chan struct{} // closed when node is there
	listener *api.Listener
	bodies   *bodies.Service
	towers   *tower.Client
	watching *tower.Server // nil if this node is no tower
}

// Options of a run.
type Options struct {
	Home    string
	Config  Config
	Version string
	// Input is where keyrings ask for their passphrase.
	Input  io.Reader
	Logger *slog.Logger
	// Now is this machine's clock (default time.Now).
	Now func() time.Time
	// Ready, if set, is told the addresses of the interface once calls are answered.
	Ready func(Addresses)
}

// Run runs a payment node until ctx ends.
func Run(ctx context.Context, o Options) error {
	lock, err := lockHome(o.Home)
	if err != nil {
		return err
	}
	defer lock.Close()
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Daemon{home: o.Home, cfg: o.Config, log: o.Logger, version: o.Version, clock: clock{machine: o.Now}, opened: make(chan struct{})}
	if err := d.open(o.Input); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err = d.serve(ctx, o.Ready)
	for _, n := range d.networks {
		n.submitter.Wait()
	}
	d.mediator.Close()
	if closeErr := d.node.Close(); closeErr != nil {
		err = errors.Join(err, closeErr)
	}
	if markErr := writeWatermark(d.home, d.node.Sequence()); markErr != nil {
		d.log.Error("the watermark cannot be written", "error", markErr)
	}
	return errors.Join(err, os.Remove(AddressFile(o.Home)))
}

// open opens keys, chains and the node; nothing runs for others yet.
func (d *Daemon) open(input io.Reader) (err error) {
	if d.nodeKey, err = EnsureNodeKey(d.home); err != nil {
		return err
	}
	key, err := keyfile.Read(channelKeyFile(d.home))
	if err != nil {
		return fmt.Errorf("channel key: %w: `photond init` makes it", err)
	}
	d.clock.learn(d.lastRun())
	var identities []node.Identity
	for _, c := range d.cfg.Chains {
		n, err := d.openNetwork(c, key, input)
		if err != nil {
			return err
		}
		if head, _, _ := n.Status(); !head.Time.IsZero() {
			d.clock.learn(head.Time)
		}
		d.networks = append(d.networks, n)
		address, err := n.ParseAddress(n.Address())
		if err != nil {
			return err
		}
		identities = append(identities, node.Identity{ChainID: n.ID(), Account: n.Address(), Address: address, Signer: signer{key}})
	}
	rules, err := d.machineConfig()
	if err != nil {
		return err
	}
	lost, err := d.lost()
	if err != nil {
		return err
	}
	mark, err := readWatermark(d.home)
	if err != nil {
		return err
	}
	if d.mediator, err = d.newMediator(); err != nil {
		return err
	}
	features := protocol.Features(0)
	if d.cfg.Mediation.Mediate {
		features |= protocol.FeatureMediate
	}
	if d.cfg.Tower.Serve {
		features |= protocol.FeatureTower
	}
	d.node, err = node.Open(node.Config{
		Store: store.Options{Dir: dataDir(d.home), Retention: d.cfg.Store.Retention, SegmentSize: d.cfg.Store.Segment, Reserve: d.cfg.Store.Reserve},
		Transport: transport.Config{
			Key: d.nodeKey, Listen: d.cfg.Node.Listen, Network: d.cfg.Node.Network, QUIC: d.cfg.Node.QUIC, NAT: d.cfg.Node.NAT, MDNS: d.cfg.Node.MDNS,
			MaxPeers: d.cfg.Node.MaxPeers,
		},
		Identities: identities, Machine: rules, Features: features, Agent: "photond/" + d.version,
		FromBackup: lost, Watermark: mark, Submit: d.submit, ConsentOpen: d.consent, Now: d.clock.now, Logger: d.log,
		Mediate: d.mediator.Hook,
	})
	if err != nil {
		return err
	}
	if err := d.noteBackup(); err != nil {
		return errors.Join(err, d.node.Close())
	}
	close(d.opened)
	if d.bodies, err = bodies.New(d.node, filepath.Join(dataDir(d.home), "bodies"), d.cfg.Store.Bodies, d.clock.now, d.hasChannelWith); err != nil {
		return errors.Join(err, d.node.Close())
	}
	if err := d.openTowers(); err != nil {
		return errors.Join(err, d.node.Close())
	}
	if err := d.mediator.Start(d.node); err != nil {
		return errors.Join(err, d.node.Close())
	}
	return nil
}

// hasChannelWith tells whether a channel with a peer is open.
func (d *Daemon) hasChannelWith(peer string) bool {
	return slices.ContainsFunc(d.node.Gauges(), func(g node.Gauge) bool { return g.Open && g.Peer == peer })
}

func (d *Daemon) machineConfig() (machine.Config, error) {
	c := machine.DefaultConfig()
	c.ReturnTime = uint64(max(0, d.cfg.Channels.ReturnTime/time.Second))
	c.MaxSlots, c.WindowBytes = d.cfg.Channels.MaxSlots, d.cfg.Channels.WindowBytes
	c.ConsentClose, c.ConsentWithdraw = d.cfg.Channels.ConsentClose, d.cfg.Channels.ConsentWithdraw
	var err error
	if c.Dust, err = types.ParseUint128(d.cfg.Channels.Dust); err != nil {
		return c, err
	}
	return c, c.Validate()
}

// submit carries out what a channel wants on its chain.
func (d *Daemon) submit(chainID string, action machine.Action, clock uint64) {
	for _, n := range d.networks {
		if n.ID() == chainID {
			n.submitter.Submit(context.Background(), action, nil, clock, nil)
			return
		}
	}
	d.log.Error("action for a chain that is not configured any more", "chain", chainID, "action", fmt.Sprintf("%T", action))
}

// serve runs everything until ctx ends or a part of it fails.
func (d *Daemon) serve(ctx context.Context, ready func(Addresses)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server, err := d.server()
	if err != nil {
		return err
	}
	token, err := api.EnsureToken(TokenFile(d.home))
	if err != nil {
		return err
	}
	if d.listener, err = api.Listen(api.ListenConfig{GRPC: d.cfg.API.GRPC, REST: d.cfg.API.REST, Token: token}, server); err != nil {
		return err
	}
	var wait sync.WaitGroup
	failed := make(chan error, 2*len(d.networks)+6)
	run := func(what string, part func(context.Context) error) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := part(ctx); err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("%s: %w", what, err)
			}
		}()
	}
	for _, n := range d.networks {
		run("following "+n.ID(), func(ctx context.Context) error { return d.follow(ctx, n) })
		run("", func(ctx context.Context) error { n.learnDomains(ctx); return nil })
	}
	run("rates", d.setRates)
	run("connecting", d.keepConnected)
	run("watermark", d.keepWatermark)
	run("node", func(ctx context.Context) error {
		select {
		case <-d.node.Done():
			return d.node.Err()
		case <-ctx.Done():
			return nil
		}
	})
	run("interface", d.listener.Serve)
	run("watchtowers", d.towers.Run)
	if d.watching != nil {
		run("watching for others", d.watching.Run)
	}
	addresses := Addresses{GRPC: d.listener.GRPC(), REST: d.listener.REST(), PID: os.Getpid()}
	if err := addresses.write(d.home); err != nil {
		cancel()
		wait.Wait()
		return err
	}
	d.log.Info("photond runs", "id", d.node.ID(), "addresses", d.node.Addresses(), "grpc", addresses.GRPC, "rest", addresses.REST)
	if ready != nil {
		ready(addresses)
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	cancel()
	wait.Wait()
	return err
}

// server puts the interface together.
func (d *Daemon) server() (*api.Server, error) {
	raw, err := d.nodeKey.GetPublic().Raw()
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("node key: must be ed25519: %w", err)
	}
	cfg := api.Config{
		Node: d.node, Introducer: introduction.New(d.node, d.whoAt), Sign: d.nodeKey.Sign, NodeKey: [32]byte(raw), Backup: d.backup,
		Towers: towerList{d.towers}, Router: router{d}, Ledger: router{d}, Mediation: router{d}, Bodies: d.bodies, Warnings: d.towers.Warnings,
		Version: d.version, Now: d.clock.now, Logger: d.log,
	}
	for _, n := range d.networks {
		cfg.Chains = append(cfg.Chains, api.Network{Chain: n.Chain, Key: n.key.Public(), Clock: n.clock})
	}
	return api.NewServer(cfg), nil
}

// keepConnected dials the configured nodes again and again, and those that channels are with.
func (d *Daemon) keepConnected(ctx context.Context) error {
	for {
		for _, address := range d.wanted() {
			dialing, cancel := context.WithTimeout(ctx, dialTimeout)
			if _, err := d.node.Connect(dialing, address); err != nil {
				d.log.Debug("cannot connect", "address", address, "error", err)
			}
			cancel()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reconnectEvery):
		}
	}
}

// wanted lists addresses of nodes that should be connected and are not.
func (d *Daemon) wanted() (out []string) {
	connected := map[string]bool{}
	for _, p := range d.node.Peers() {
		connected[p.ID] = p.Connected
		if p.Connected || len(p.Channels) == 0 {
			continue
		}
		for _, a := range p.Addresses {
			if filepath.Base(filepath.Dir(a)) != "p2p" {
				a += "/p2p/" + p.ID
			}
			out = append(out, a)
		}
	}
	for _, a := range append(d.towers.Wanted(), d.cfg.Node.Connect...) {
		if !connected[filepath.Base(a)] {
			out = append(out, a)
		}
	}
	return out
}
