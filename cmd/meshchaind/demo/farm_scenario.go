package demo

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/localnet"
)

const (
	zoneName    = "farm"
	zoneChainID = "farm-1"

	keyAgronomist = "agronomist"
	keyValve      = "valve"
	sensors       = 4

	// What people own at genesis, enough for the most rows.
	mainFunds  = "1000000000usmt,1000000000umesh"
	zoneFunds  = "1000000000ufarm"
	valveFunds = "100000000ufarm"
)

var (
	// readingPayment goes with each reading, commandPayment with each command: in
	// MESH, which pays for services, so that each chain holds vouchers of the other.
	// They are the prices, too.
	readingPayment = sdk.NewInt64Coin("ufarm", 250)
	commandPayment = sdk.NewInt64Coin("umesh", 1000)
	// underpayment goes with the one reading that is refused.
	underpayment = readingPayment.SubAmount(math.OneInt())
)

// What is sent, by chain and topic.
var (
	readingFlow   = flow{zoneChainID, topicReading}
	underpaidFlow = flow{zoneChainID, topicUnderpaid}
	commandFlow   = flow{mainChainID, topicCommand}
)

func sensorKey(i int) string { return fmt.Sprintf("sensor-%d", i+1) }

// farmNetwork is the main chain with the agronomist and the zone with the valve and
// the sensors.
func farmNetwork(validators int) []localnet.Spec {
	zone := localnet.Spec{ChainID: zoneChainID, Zone: zoneName, Accounts: []localnet.Account{{Name: keyValve, Coins: valveFunds}}}
	for i := range sensors {
		zone.Accounts = append(zone.Accounts, localnet.Account{Name: sensorKey(i), Coins: zoneFunds})
	}
	return []localnet.Spec{
		{ChainID: mainChainID, Validators: validators, Accounts: []localnet.Account{{Name: keyAgronomist, Coins: mainFunds}}},
		zone,
	}
}

// scenario is one run of sensors, agronomist and valve on a network.
type scenario struct {
	*stage
	work *workload

	sensors    []*sensor
	agronomist *agronomist
	valve      *valve
	sent       atomic.Int64 // readings in a block
	allSent    atomic.Bool
}

// runScenario lets everybody work until every row has crossed, and reconciles.
func runScenario(ctx context.Context, st *stage, work *workload, interval time.Duration) (*Report, error) {
	s := &scenario{stage: st, work: work}
	if err := s.cast(interval); err != nil {
		return nil, err
	}
	if err := s.run(ctx, s.play); err != nil {
		return nil, err
	}
	return s.report(), nil
}

// cast gives everybody their part.
func (s *scenario) cast(interval time.Duration) error {
	mainEnd, zoneEnd := s.world.links[0][0].channel, s.world.links[0][1].channel
	agronomistKey, err := s.sender(mainChainID, keyAgronomist)
	if err != nil {
		return err
	}
	valveKey, err := s.sender(zoneChainID, keyValve)
	if err != nil {
		return err
	}
	for i := range sensors {
		key, err := s.sender(zoneChainID, sensorKey(i))
		if err != nil {
			return err
		}
		s.sensors = append(s.sensors, &sensor{topic: topicReading, interval: interval, sent: &s.sent, route: route{
			sender: key, to: agronomistKey.account.Address(), channel: zoneEnd, payment: readingPayment, ledger: s.ledger,
		}})
	}
	s.agronomist = &agronomist{rule: s.work.rule, receipts: s.receipts, route: route{
		sender: agronomistKey, to: valveKey.account.Address(), channel: mainEnd, payment: commandPayment, ledger: s.ledger,
	}}
	s.valve = &valve{sender: valveKey, master: agronomistKey.account.Address(), channel: zoneEnd}
	return nil
}

// postPrices makes known what agronomist and valve ask for.
func (s *scenario) postPrices(ctx context.Context) error {
	s.progress.say("prices: %s for a reading, %s for a command", readingPayment, commandPayment)
	l := s.world.links[0]
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		denom := s.world.traces.arriving(l[1], l[0], readingPayment.Denom)
		return post(ctx, s.agronomist.sender, price(topicReading, sdk.NewCoin(denom, readingPayment.Amount)))
	})
	g.Go(func() error {
		denom := s.world.traces.arriving(l[0], l[1], commandPayment.Denom)
		return post(ctx, s.valve.sender, price(topicCommand, sdk.NewCoin(denom, commandPayment.Amount)))
	})
	return g.Wait()
}

// play runs everybody until all is sent, answered, handled and settled.
func (s *scenario) play(ctx context.Context) error {
	if err := s.postPrices(ctx); err != nil {
		return err
	}
	s.progress.say("sending %d readings from %d sensors, and one below the price", len(s.work.messages), sensors)
	ctx, end := context.WithCancel(ctx)
	defer end()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return untilEnd(ctx, s.agronomist.run(ctx)) })
	g.Go(func() error { return untilEnd(ctx, s.valve.run(ctx)) })
	for _, sensor := range s.sensors {
		g.Go(func() error { return untilEnd(ctx, sensor.listen(ctx, s.receipts)) })
	}
	g.Go(func() error { return s.sendAll(ctx) })
	g.Go(func() error {
		defer end()
		return s.follow(ctx, s.status, s.done)
	})
	return g.Wait()
}

// underpay sends the first reading once more, for less than its price.
func (s *scenario) underpay(ctx context.Context) error {
	cheap := s.sensors[0].route
	cheap.payment = underpayment
	out, err := cheap.sender.offer(ctx, cheap.message(topicUnderpaid, s.work.messages[0], nil))
	if err == nil {
		_, err = cheap.settle(ctx, out)
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
	g.Go(func() error { return s.underpay(ctx) })
	for i, sensor := range s.sensors {
		g.Go(func() error { return sensor.run(ctx, shares[i]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	s.allSent.Store(true)
	return nil
}

func (s *scenario) status() string {
	readings, commands := s.ledger.count(readingFlow), s.ledger.count(commandFlow)
	var b strings.Builder
	fmt.Fprintf(&b, "readings: %d of %d sent, %d delivered, %d acknowledged", readings.Sent, len(s.work.messages), readings.Delivered, readings.Acknowledged)
	if readings.Refunded > 0 {
		fmt.Fprintf(&b, ", %d refunded", readings.Refunded)
	}
	fmt.Fprintf(&b, "; commands: %d sent, %d delivered, %d acknowledged", commands.Sent, commands.Delivered, commands.Acknowledged)
	if commands.Refunded > 0 {
		fmt.Fprintf(&b, ", %d refunded", commands.Refunded)
	}
	fmt.Fprintf(&b, "; below the price: %d refunded; receipts: %d found", s.ledger.count(underpaidFlow).Refunded, s.receipts.count())
	if state, ok := s.valve.state.Load().(Switch); ok {
		fmt.Fprintf(&b, "; valve %s", state)
	}
	return b.String()
}

func (s *scenario) done() bool {
	if !s.allSent.Load() {
		return false
	}
	readings := s.ledger.count(readingFlow)
	if readings.Sent < len(s.work.messages) || s.ledger.count(underpaidFlow).Sent == 0 || s.agronomist.handled.Load() < int64(readings.Delivered) {
		return false
	}
	ordered := s.agronomist.ordered.Load()
	commands := s.ledger.count(commandFlow)
	return s.agronomist.commands.Load() == ordered && int64(commands.Sent) >= ordered &&
		s.valve.handled.Load() >= int64(commands.Delivered) && s.settled()
}

// report reconciles and sums up.
func (s *scenario) report() *Report {
	readings, commands := s.ledger.count(readingFlow), s.ledger.count(commandFlow)
	faults := s.ledger.checkUnderpaid(underpaidFlow, 1)
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
	for name, c := range map[string]counts{"readings": readings, "commands": commands} {
		if c.Receipts != c.Acknowledged {
			faults = append(faults, fmt.Sprintf("%s: %d were acknowledged, %d receipts were filed", name, c.Acknowledged, c.Receipts))
		}
	}
	r := s.stage.report([]TrafficReport{
		s.ledger.traffic("readings", readingFlow, mainChainID, readingPayment.String()),
		s.ledger.traffic("commands", commandFlow, zoneChainID, commandPayment.String()),
		s.ledger.traffic("below the price", underpaidFlow, mainChainID, underpayment.String()),
	}, faults)
	r.Data = []DataReport{s.work.report}
	return r
}
