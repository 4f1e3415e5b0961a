package demo

import (
	"context"
	"sync/atomic"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/localnet"
)

// site is what one zone monitors.
type site struct {
	zone    string
	chainID string
	station string  // key
	column  string  // of the shipped file
	limit   float64 // of what is measured, in the unit of the column
}

// sites: the caller first.
var sites = []site{
	{zone: "north", chainID: "north-1", station: "plant", column: "turbidity", limit: 20},
	{zone: "south", chainID: "south-1", station: "park", column: "pm25", limit: 50},
}

const keyAgency = "agency"

const (
	topicMeasured = "pollution/reading"
	topicDecision = "pollution/decision"
	topicCall     = "pollution/call"
	topicAnswer   = "pollution/answer"
)

var (
	// measuredAmount of the zone's denom goes with each reading: it is the price.
	measuredAmount = math.NewInt(50)
	// decisionPayment compensates each station for each decision.
	decisionPayment = sdk.NewInt64Coin("umesh", 400)
	// callPayment goes with a call; answerAmount of it comes back with the answer.
	callPayment  = sdk.NewInt64Coin(sites[0].denom(), 100)
	answerAmount = math.NewInt(40)
)

func (s site) denom() string          { return "u" + s.zone }
func (s site) measured() sdk.Coin     { return sdk.NewCoin(s.denom(), measuredAmount) }
func (s site) flow(topic string) flow { return flow{s.chainID, topic} }

// pollutionNetwork is the main chain with the agency, and a zone for each site.
func pollutionNetwork(owner zoneOwner) []localnet.Spec {
	specs := []localnet.Spec{{ChainID: mainChainID, Accounts: []localnet.Account{owner.account(mainFunds), {Name: keyAgency, Coins: mainFunds}}}}
	for _, site := range sites {
		funds := "1000000000" + site.denom()
		specs = append(specs, localnet.Spec{
			ChainID: site.chainID, Zone: site.zone, Owner: owner.address,
			Accounts: []localnet.Account{owner.account(funds), {Name: site.station, Coins: funds}, announcer(site.denom())},
		})
	}
	return specs
}

// governance is one run of agency and stations on a network.
type governance struct {
	*stage
	messages [][][]byte // by site
	owner    *sender
	agency   *agency
	stations []*station
	sensors  []*sensor
	sent     atomic.Int64
	allSent  atomic.Bool
}

// runGovernance brings the zones into the registry, lets everybody work until every
// reading is judged and every call answered, and reconciles.
func runGovernance(ctx context.Context, st *stage, messages [][][]byte, data []DataReport, interval time.Duration) (*Report, error) {
	g := &governance{stage: st, messages: messages}
	if err := g.cast(interval); err != nil {
		return nil, err
	}
	if err := g.run(ctx, g.play); err != nil {
		return nil, err
	}
	zones, faults, err := g.zoneReports(ctx)
	if err != nil {
		return nil, err
	}
	r := g.stage.report(g.traffic(), append(faults, g.check()...))
	r.Data, r.Zones = data, zones
	return r, nil
}

// cast gives everybody their part.
func (g *governance) cast(interval time.Duration) (err error) {
	if g.owner, err = g.sender(mainChainID, keyOwner); err != nil {
		return err
	}
	rule, err := NewRule(loadLow, loadHigh)
	if err != nil {
		return err
	}
	g.agency = &agency{receipts: g.receipts, rule: rule, ways: map[string]*district{}}
	if g.agency.sender, err = g.sender(mainChainID, keyAgency); err != nil {
		return err
	}
	agency := g.agency.sender.account.Address()
	for i, site := range sites {
		key, err := g.sender(site.chainID, site.station)
		if err != nil {
			return err
		}
		up := route{sender: key, to: agency, channel: g.world.links[i][1].channel, payment: site.measured(), ledger: g.ledger}
		g.stations = append(g.stations, &station{route: up, hub: up.channel, agency: agency, caller: i == 0, receipts: g.receipts})
		g.sensors = append(g.sensors, &sensor{route: up, topic: topicMeasured, interval: interval, sent: &g.sent})
		down := route{sender: g.agency.sender, to: key.account.Address(), channel: g.world.links[i][0].channel, payment: decisionPayment, ledger: g.ledger}
		g.agency.ways[down.channel] = &district{route: down, site: site, from: key.account.Address(), rows: map[int]bool{}}
	}
	for i, s := range g.stations {
		other := 1 - i
		s.peer = peer{zone: sites[other].zone, chainID: sites[other].chainID, address: g.stations[other].sender.account.Address()}
	}
	return nil
}

// play brings the zones in and runs everybody until all is settled.
func (g *governance) play(ctx context.Context) error {
	g.progress.say("registering zones on %s", mainChainID)
	in, inCtx := errgroup.WithContext(ctx)
	for i, path := range g.net.paths {
		in.Go(func() error { return g.onboard(inCtx, g.owner, g.net.chains[i+1], path) })
	}
	if err := in.Wait(); err != nil {
		return err
	}
	// Prices with one prefix, in several denoms, are alternatives.
	prices := g.agencyPrices()
	if err := post(ctx, g.agency.sender, prices...); err != nil {
		return err
	}
	g.progress.say("sending %d readings from each zone", len(g.messages[0]))
	ctx, end := context.WithCancel(ctx)
	defer end()
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return untilEnd(ctx, g.agency.run(ctx)) })
	for _, s := range g.stations {
		all.Go(func() error { return untilEnd(ctx, s.run(ctx)) })
	}
	all.Go(func() error { return g.sendAll(ctx) })
	all.Go(func() error {
		defer end()
		return g.follow(ctx, g.status, g.done)
	})
	return all.Wait()
}

// sendAll sends what was measured and, at the end, a heartbeat of each zone.
func (g *governance) sendAll(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for i, s := range g.sensors {
		all.Go(func() error {
			if err := s.run(ctx, g.messages[i]); err != nil {
				return err
			}
			return heartbeat(ctx, s.sender)
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	g.allSent.Store(true)
	return nil
}
