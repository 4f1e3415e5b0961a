package demo

import (
	"fmt"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/localnet"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// agencyPrices are what the agency asks for a reading, in the money of each zone.
func (g *governance) agencyPrices() []transackettypes.Price {
	var prices []transackettypes.Price
	for i, site := range sites {
		l := g.world.links[i]
		prices = append(prices, price(topicMeasured, sdk.NewCoin(g.world.traces.arriving(l[1], l[0], site.denom()), measuredAmount)))
	}
	return prices
}

func (g *governance) decisions() counts { return g.ledger.count(flow{mainChainID, topicDecision}) }
func (g *governance) calls() counts     { return g.ledger.count(sites[0].flow(topicCall)) }
func (g *governance) answers() counts   { return g.ledger.count(sites[1].flow(topicAnswer)) }

func (g *governance) status() string {
	var b strings.Builder
	for i, site := range sites {
		c := g.ledger.count(site.flow(topicMeasured))
		fmt.Fprintf(&b, "%s: %d of %d sent, %d delivered; ", site.zone, c.Sent, len(g.messages[i]), c.Delivered)
	}
	decisions, calls, answers := g.decisions(), g.calls(), g.answers()
	fmt.Fprintf(&b, "decisions: %d sent, %d delivered; calls: %d sent, %d delivered; answers: %d delivered; receipts: %d",
		decisions.Sent, decisions.Delivered, calls.Sent, calls.Delivered, answers.Delivered, g.receipts.count())
	if refunded := g.ledger.total().Refunded; refunded > 0 {
		fmt.Fprintf(&b, "; refunded: %d", refunded)
	}
	return b.String()
}

func (g *governance) done() bool {
	if !g.allSent.Load() || !g.settled() {
		return false
	}
	measured := 0
	for i, site := range sites {
		c := g.ledger.count(site.flow(topicMeasured))
		if c.Sent < len(g.messages[i]) || g.ledger.count(site.flow(zonestypes.TopicHeartbeat)).Sent == 0 {
			return false
		}
		measured += c.Delivered
	}
	return g.agency.handled.Load() >= int64(measured) && len(g.check()) == 0
}

// check says what the participants did that the ledger does not show, and the other
// way around.
func (g *governance) check() []string {
	var faults []string
	same := func(what string, got, want int64) {
		if got != want {
			faults = append(faults, fmt.Sprintf("%s: %d, should be %d", what, got, want))
		}
	}
	decisions, calls, answers := g.decisions(), g.calls(), g.answers()
	measured := 0
	for i, site := range sites {
		c := g.ledger.count(site.flow(topicMeasured))
		same(fmt.Sprintf("readings of %s sent", site.zone), int64(c.Sent), int64(len(g.messages[i])))
		same(fmt.Sprintf("activations of %s delivered", site.zone), int64(g.ledger.count(site.flow(zonestypes.TopicActivate)).Delivered), 1)
		measured += c.Delivered
	}
	same("readings that the agency found", g.agency.handled.Load(), int64(measured))
	same("decisions in a block", g.agency.sent.Load(), g.agency.ordered.Load())
	same("decisions sent", int64(decisions.Sent), g.agency.ordered.Load())
	same("decisions that the stations found", g.stations[0].decided.Load()+g.stations[1].decided.Load(), int64(decisions.Delivered))
	same("calls sent", int64(calls.Sent), g.stations[0].decided.Load())
	same("calls in a block", g.stations[0].sent.Load(), g.stations[0].calls.Load())
	same("calls that the park found", g.stations[1].taken.Load(), int64(calls.Delivered))
	same("answers sent", int64(answers.Sent), g.stations[1].taken.Load())
	same("answers in a block", g.stations[1].sent.Load(), g.stations[1].calls.Load())
	same("answers that the plant found", g.stations[0].taken.Load(), int64(answers.Delivered))
	for name, c := range map[string]counts{"decisions": decisions, "calls": calls, "answers": answers} {
		same("receipts for "+name, int64(c.Receipts), int64(c.Acknowledged))
	}
	return faults
}

func (g *governance) traffic() []TrafficReport {
	var reports []TrafficReport
	add := func(name string, f flow, to, payment string) {
		reports = append(reports, g.ledger.traffic(name, f, to, payment))
	}
	for _, site := range sites {
		one := sdk.NewInt64Coin(site.denom(), 1).String()
		add("activation", site.flow(zonestypes.TopicActivate), mainChainID, one)
		add("readings", site.flow(topicMeasured), mainChainID, site.measured().String())
		add("heartbeat", site.flow(zonestypes.TopicHeartbeat), mainChainID, one)
	}
	add("decisions", flow{mainChainID, topicDecision}, "both zones", decisionPayment.String())
	add("calls", sites[0].flow(topicCall), sites[1].chainID, callPayment.String())
	add("answers", sites[1].flow(topicAnswer), sites[0].chainID, sdk.NewCoin(callPayment.Denom, answerAmount).String())
	return reports
}

// pollutionGuide tells people how to use the network.
func pollutionGuide(n *network) string {
	var b strings.Builder
	b.WriteString(n.addresses())
	main := n.main()
	agency, _ := main.Address(keyAgency)
	fmt.Fprintf(&b, `
The registry of zones, and what lies in the inbox of the agency (main chain):
  %[1]s query zones list --node %[2]s
  %[1]s query transacket inbox %[3]s --node %[2]s
`, n.binary, tcp(main.Nodes[0]), agency)
	stations := make([]string, len(sites))
	for i, site := range sites {
		stations[i], _ = n.chains[i+1].Address(site.station)
		fmt.Fprintf(&b, `
What lies in the inbox of the %[4]s (zone %[5]s):
  %[1]s query transacket inbox %[3]s --node %[2]s
`, n.binary, tcp(n.chains[i+1].Nodes[0]), stations[i], site.station, site.zone)
	}
	b.WriteString(call(n, n.chains[1], stations[1]))
	return b.String()
}

// call is the command for a call from the first zone to the second.
func call(n *network, from *localnet.Chain, to string) string {
	return fmt.Sprintf(`
Call the %[2]s from the %[3]s, over the main chain:
  %[1]s tx transacket send %[4]s %[5]s --data hello --topic pollution/note --zone %[6]s --receipt delivered \
    --from %[3]s --keyring-backend test --keyring-dir %[7]s \
    --chain-id %[8]s --node %[9]s --gas auto --gas-adjustment 1.4 --gas-prices %[10]s --yes

`, n.binary, sites[1].station, sites[0].station, to, callPayment, sites[1].zone, from.KeyDir(),
		from.Spec.ChainID, tcp(from.Nodes[0]), from.Spec.GasPrices())
}
