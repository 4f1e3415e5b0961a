package demo

import (
	"fmt"
	"strings"

	"github.com/meshchain/meshchain/localnet"
)

// instructions tell people how to use the network that was kept running.
func (n *network) instructions() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe network keeps running until Ctrl-C; everything is in %s.\n\n", n.home)
	for _, c := range []*localnet.Chain{n.main, n.zone} {
		for i, node := range c.Nodes {
			fmt.Fprintf(&b, "  %s node%d   RPC %s   gRPC %s   REST %s\n", c.Spec.ChainID, i, node.RPC(), node.GRPC(), node.REST())
		}
	}
	agronomist, _ := n.main.Address(keyAgronomist)
	valve, _ := n.zone.Address(keyValve)
	sensor, _ := n.zone.Address(sensorKey(0))
	mainNode, zoneNode := tcp(n.main.Nodes[0]), tcp(n.zone.Nodes[0])
	fmt.Fprintf(&b, `
What lies in the inbox of the agronomist (main chain) and of the valve (zone):
  %[1]s query transacket inbox %[2]s --node %[3]s
  %[1]s query transacket inbox %[4]s --node %[5]s

Balances of a sensor and of the agronomist:
  %[1]s query bank balances %[6]s --node %[5]s
  %[1]s query bank balances %[2]s --node %[3]s

Send a TransacKet from the first sensor to the agronomist:
  %[1]s tx transacket send %[2]s 250ufarm --data hello --topic farm/note --channel %[7]s \
    --from %[8]s --keyring-backend test --keyring-dir %[9]s \
    --chain-id %[10]s --node %[5]s --gas auto --gas-adjustment 1.4 --gas-prices %[11]s --yes

`, n.binary, agronomist, mainNode, valve, zoneNode, sensor, n.zoneEnd.ChannelID,
		sensorKey(0), n.zone.KeyDir(), zoneChainID, n.zone.Spec.GasPrices())
	return b.String()
}

// tcp is the form of an RPC address that --node wants.
func tcp(node *localnet.Node) string { return strings.Replace(node.RPC(), "http://", "tcp://", 1) }

// firstLine of a message that goes on with a log.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if before, _, cut := strings.Cut(line, "; the end of "); cut {
		return before
	}
	return line
}
