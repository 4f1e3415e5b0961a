package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
)

const (
	// stallTimeout is how long nothing may move before the run is given up. It is
	// above what a killed node takes to return and transactions to time out.
	stallTimeout = 2 * time.Minute
	// reportInterval is the time between progress lines, if anything moved.
	reportInterval = 2 * time.Second
	tick           = 200 * time.Millisecond
)

// stage is a network on which something is played, with the books that are kept of
// it: every scenario has one.
type stage struct {
	net      *network
	progress *progress
	ledger   *ledger
	world    *world
	clients  map[string]*client.Client // by chain-id
	receipts *receipts
}

// newStage connects to all chains and takes the balances before anything moves.
func newStage(ctx context.Context, net *network, p *progress) (*stage, error) {
	s := &stage{net: net, progress: p, ledger: newLedger(), world: &world{traces: traces{}}, clients: map[string]*client.Client{}, receipts: newReceipts()}
	for _, path := range net.paths {
		var l link
		for i, e := range []struct{ chainID, channel string }{{path.A.ChainID, path.A.ChannelID}, {path.B.ChainID, path.B.ChannelID}} {
			var err error
			if l[i], err = newEnd(e.chainID, e.channel); err != nil {
				return nil, err
			}
		}
		s.world.links = append(s.world.links, l)
	}
	for _, c := range net.chains {
		id := c.Spec.ChainID
		connection, err := dial(c)
		if err != nil {
			return nil, err
		}
		names, err := accountNames(ctx, c, connection)
		if err != nil {
			return nil, err
		}
		for _, l := range s.world.links {
			for i, e := range l {
				if e.chainID == id {
					names[e.escrow] = "escrow towards " + l[1-i].chainID
				}
			}
		}
		height, err := connection.Height(ctx)
		if err != nil {
			return nil, err
		}
		before, err := takeSnapshot(ctx, connection, height)
		if err != nil {
			return nil, err
		}
		s.clients[id] = connection
		s.ledger.open(id)
		s.world.chains = append(s.world.chains, &chain{id: id, before: before, names: names})
	}
	s.world.explore()
	return s, nil
}

// run performs the play, watches the processes and reads every block meanwhile, and
// takes the balances afterwards.
func (s *stage) run(ctx context.Context, play func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	watchCtx, endWatch := context.WithCancel(ctx)
	defer endWatch()
	g.Go(func() error { return s.net.watch(watchCtx) })
	observers := map[string]*observer{}
	for _, c := range s.world.chains {
		o := &observer{chain: s.clients[c.id], ledger: s.ledger, from: c.before.height + 1}
		observers[c.id] = o
		g.Go(func() error { return o.run(ctx) })
	}
	g.Go(func() error {
		defer endWatch()
		if err := play(ctx); err != nil {
			return err
		}
		return s.close(ctx, observers)
	})
	return g.Wait()
}

// close takes the balances after everything has moved, each chain's at the
// height up to which the ledger is kept.
func (s *stage) close(ctx context.Context, observers map[string]*observer) error {
	s.progress.say("reconciling")
	for _, c := range s.world.chains {
		height, err := observers[c.id].stopAt(ctx)
		if err != nil {
			return err
		}
		// One block more, so that its state can be asked for and the observer sees it.
		if err := s.clients[c.id].WaitHeight(ctx, height+1); err != nil {
			return err
		}
		if c.after, err = takeSnapshot(ctx, s.clients[c.id], height); err != nil {
			return err
		}
	}
	return nil
}

// follow shows how things go and returns when all is done, or when nothing has
// moved for too long.
func (s *stage) follow(ctx context.Context, status func() string, done func() bool) error {
	var shown, last string
	var lastShown time.Time
	lastMove := time.Now()
	for {
		now, over := status(), done()
		if now != last {
			last, lastMove = now, time.Now()
		}
		if now != shown && (over || time.Since(lastShown) >= reportInterval) {
			s.progress.say("%s", now)
			shown, lastShown = now, time.Now()
		}
		if over {
			return nil
		}
		if time.Since(lastMove) > stallTimeout {
			return fmt.Errorf("nothing has moved for %s: %s; logs are in %s", stallTimeout, now, s.net.home)
		}
		if err := sleep(ctx, tick); err != nil {
			return err
		}
	}
}

// settled tells whether nothing is under way any more and all receipts are found.
func (s *stage) settled() bool {
	total := s.ledger.total()
	return total.settled() && s.receipts.count() >= total.Receipts
}

// sender of a key on a chain.
func (s *stage) sender(chainID, key string) (*sender, error) {
	return newSender(s.clients[chainID], key)
}

// untilEnd takes errors of somebody who was told to stop for what they are.
func untilEnd(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// report reconciles and sums up; faults are what the scenario itself found.
func (s *stage) report(traffic []TrafficReport, faults []string) *Report {
	faults = append(append(reconcile(s.ledger, s.world), s.receipts.compare(s.ledger)...), faults...)
	r := &Report{
		OK: len(faults) == 0, Faults: faults, Seconds: time.Since(s.progress.start).Seconds(), Traffic: traffic,
		Escrows: escrowReports(s.ledger, s.world), Restarts: s.net.restartsSoFar(),
	}
	for _, c := range s.world.chains {
		r.Chains = append(r.Chains, s.ledger.chainReport(c, s.world.traces))
	}
	return r
}
