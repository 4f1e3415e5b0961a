package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
)

var (
	// readingPayment goes with each reading, commandPayment with each command: in
	// MESH, which pays for services, so that each chain holds vouchers of the other.
	readingPayment = sdk.NewInt64Coin("ufarm", 250)
	commandPayment = sdk.NewInt64Coin("umesh", 1000)
)

const (
	// stallTimeout is how long nothing may move before the run is given up. It is
	// above what a killed node takes to return and transactions to time out.
	stallTimeout = 2 * time.Minute
	// reportInterval is the time between progress lines, if anything moved.
	reportInterval = 2 * time.Second
	tick           = 200 * time.Millisecond
)

// scenario is one run of sensors, agronomist and valve on a network.
type scenario struct {
	net      *network
	work     *workload
	progress *progress
	ledger   *ledger
	sides    [2]*side // main, zone
	clients  [2]*client.Client
	vouchers vouchers
	traces   map[string]string // voucher denom to its path

	sensors    []*sensor
	agronomist *agronomist
	valve      *valve
	sent       atomic.Int64 // readings in a block
	allSent    atomic.Bool
}

// runScenario lets everybody work until every row has crossed, and reconciles.
func runScenario(ctx context.Context, net *network, work *workload, interval time.Duration, p *progress) (*Report, error) {
	s := &scenario{net: net, work: work, progress: p, ledger: newLedger(mainChainID, zoneChainID)}
	if err := s.prepare(ctx, interval); err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	watchCtx, endWatch := context.WithCancel(ctx)
	defer endWatch()
	g.Go(func() error { return net.watch(watchCtx) })
	observers := make([]*observer, len(s.sides))
	for i, side := range s.sides {
		observers[i] = &observer{chain: s.clients[i], ledger: s.ledger, from: side.before.height + 1}
		g.Go(func() error { return observers[i].run(ctx) })
	}
	g.Go(func() error {
		defer endWatch()
		if err := s.play(ctx); err != nil {
			return err
		}
		return s.close(ctx, observers)
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return s.report(), nil
}

// prepare connects to both chains and takes the balances before anything moves.
func (s *scenario) prepare(ctx context.Context, interval time.Duration) error {
	ends := [2]string{s.net.mainEnd.ChannelID, s.net.zoneEnd.ChannelID}
	s.vouchers, s.traces = vouchers{}, map[string]string{}
	s.addVoucher(readingPayment.Denom, ends[0])
	s.addVoucher(commandPayment.Denom, ends[1])
	for i, chain := range [2]*localnet.Chain{s.net.main, s.net.zone} {
		var err error
		if s.clients[i], err = dial(chain); err != nil {
			return err
		}
		escrow, err := bech32(transfertypes.GetEscrowAddress(transfertypes.PortID, ends[i]))
		if err != nil {
			return err
		}
		names, err := accountNames(ctx, chain, s.clients[i], escrow)
		if err != nil {
			return err
		}
		height, err := s.clients[i].Height(ctx)
		if err != nil {
			return err
		}
		before, err := takeSnapshot(ctx, s.clients[i], height)
		if err != nil {
			return err
		}
		s.sides[i] = &side{chainID: chain.Spec.ChainID, channel: ends[i], escrow: escrow, before: before, names: names}
	}
	return s.cast(interval)
}

// addVoucher notes the name of a native denom behind a channel end of the other chain.
func (s *scenario) addVoucher(native, channel string) {
	trace := transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(transfertypes.PortID, channel, native))
	s.vouchers[native] = trace.IBCDenom()
	s.traces[trace.IBCDenom()] = trace.GetFullDenomPath()
}

// cast gives everybody their part.
func (s *scenario) cast(interval time.Duration) error {
	main, zone := s.clients[0], s.clients[1]
	agronomistKey, err := newSender(main, keyAgronomist)
	if err != nil {
		return err
	}
	valveKey, err := newSender(zone, keyValve)
	if err != nil {
		return err
	}
	for i := range sensors {
		key, err := newSender(zone, sensorKey(i))
		if err != nil {
			return err
		}
		s.sensors = append(s.sensors, &sensor{interval: interval, sent: &s.sent, route: route{
			sender: key, to: agronomistKey.account.Address(), channel: s.net.zoneEnd.ChannelID, payment: readingPayment, ledger: s.ledger,
		}})
	}
	s.agronomist = &agronomist{rule: s.work.rule, route: route{
		sender: agronomistKey, to: valveKey.account.Address(), channel: s.net.mainEnd.ChannelID, payment: commandPayment, ledger: s.ledger,
	}}
	s.valve = &valve{sender: valveKey, master: agronomistKey.account.Address(), channel: s.net.zoneEnd.ChannelID}
	return nil
}

// play runs everybody until all is sent, answered, handled and settled.
func (s *scenario) play(ctx context.Context) error {
	s.progress.say("sending %d readings from %d sensors", len(s.work.messages), sensors)
	ctx, end := context.WithCancel(ctx)
	defer end()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return untilEnd(ctx, s.agronomist.run(ctx)) })
	g.Go(func() error { return untilEnd(ctx, s.valve.run(ctx)) })
	g.Go(func() error { return s.sendAll(ctx) })
	g.Go(func() error {
		defer end()
		return s.follow(ctx)
	})
	return g.Wait()
}

// untilEnd takes errors of somebody who was told to stop for what they are.
func untilEnd(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// sendAll deals the rows out to the sensors in turn.
func (s *scenario) sendAll(ctx context.Context) error {
	shares := make([][][]byte, len(s.sensors))
	for i, m := range s.work.messages {
		shares[i%len(shares)] = append(shares[i%len(shares)], m)
	}
	g, ctx := errgroup.WithContext(ctx)
	for i, sensor := range s.sensors {
		g.Go(func() error { return sensor.run(ctx, shares[i]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	s.allSent.Store(true)
	return nil
}

// follow shows how things go and returns when all is done, or when nothing has
// moved for too long.
func (s *scenario) follow(ctx context.Context) error {
	var shown, last string
	var lastShown time.Time
	lastMove := time.Now()
	for {
		status := s.status()
		done := s.done()
		if status != last {
			last, lastMove = status, time.Now()
		}
		if status != shown && (done || time.Since(lastShown) >= reportInterval) {
			s.progress.say("%s", status)
			shown, lastShown = status, time.Now()
		}
		if done {
			return nil
		}
		if time.Since(lastMove) > stallTimeout {
			return fmt.Errorf("nothing has moved for %s: %s; logs are in %s", stallTimeout, status, s.net.home)
		}
		if err := sleep(ctx, tick); err != nil {
			return err
		}
	}
}

func (s *scenario) status() string {
	readings, commands := s.ledger.count(zoneChainID), s.ledger.count(mainChainID)
	var b strings.Builder
	fmt.Fprintf(&b, "readings: %d of %d sent, %d delivered, %d acknowledged", readings.Sent, len(s.work.messages), readings.Delivered, readings.Acknowledged)
	if readings.Refunded > 0 {
		fmt.Fprintf(&b, ", %d refunded", readings.Refunded)
	}
	fmt.Fprintf(&b, "; commands: %d sent, %d delivered, %d acknowledged", commands.Sent, commands.Delivered, commands.Acknowledged)
	if commands.Refunded > 0 {
		fmt.Fprintf(&b, ", %d refunded", commands.Refunded)
	}
	if state, ok := s.valve.state.Load().(Switch); ok {
		fmt.Fprintf(&b, "; valve %s", state)
	}
	return b.String()
}

func (s *scenario) done() bool {
	if !s.allSent.Load() {
		return false
	}
	readings := s.ledger.count(zoneChainID)
	if readings.Sent < len(s.work.messages) || !readings.settled() || s.agronomist.handled.Load() < int64(readings.Delivered) {
		return false
	}
	ordered := s.agronomist.ordered.Load()
	commands := s.ledger.count(mainChainID)
	return s.agronomist.commands.Load() == ordered && int64(commands.Sent) >= ordered && commands.settled() &&
		s.valve.handled.Load() >= int64(commands.Delivered)
}

// close takes the balances after everything has moved, each chain's at the
// height up to which the ledger is kept.
func (s *scenario) close(ctx context.Context, observers []*observer) error {
	s.progress.say("reconciling")
	for i, o := range observers {
		height, err := o.stopAt(ctx)
		if err != nil {
			return err
		}
		// One block more, so that its state can be asked for and the observer sees it.
		if err := s.clients[i].WaitHeight(ctx, height+1); err != nil {
			return err
		}
		if s.sides[i].after, err = takeSnapshot(ctx, s.clients[i], height); err != nil {
			return err
		}
	}
	return nil
}

// report reconciles and sums up.
func (s *scenario) report() *Report {
	faults := reconcile(s.ledger, s.sides, s.vouchers)
	readings, commands := s.ledger.count(zoneChainID), s.ledger.count(mainChainID)
	if want := len(s.work.messages); readings.Sent != want {
		faults = append(faults, fmt.Sprintf("readings: %d TransacKets were sent for %d rows", readings.Sent, want))
	}
	if got := len(s.agronomist.rows); got != readings.Delivered {
		faults = append(faults, fmt.Sprintf("readings: %d were delivered, the agronomist found %d rows", readings.Delivered, got))
	}
	if ordered := s.agronomist.ordered.Load(); int64(commands.Sent) != ordered {
		faults = append(faults, fmt.Sprintf("commands: the agronomist gave %d, %d were sent", ordered, commands.Sent))
	}
	if handled := s.valve.handled.Load(); handled != int64(commands.Delivered) {
		faults = append(faults, fmt.Sprintf("commands: %d were delivered, the valve found %d", commands.Delivered, handled))
	}
	r := &Report{
		OK: len(faults) == 0, Faults: faults, Seconds: time.Since(s.progress.start).Seconds(), Data: s.work.report,
		Traffic: []TrafficReport{
			s.ledger.traffic("readings", zoneChainID, mainChainID, readingPayment.String()),
			s.ledger.traffic("commands", mainChainID, zoneChainID, commandPayment.String()),
		},
		Escrows:  escrowReports(s.ledger, s.sides, s.vouchers),
		Restarts: s.net.restartsSoFar(),
	}
	for _, side := range s.sides {
		r.Chains = append(r.Chains, s.ledger.chainReport(side, s.traces))
	}
	return r
}
