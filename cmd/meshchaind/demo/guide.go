package demo

import (
	"fmt"
	"strings"

	"github.com/meshchain/meshchain/localnet"
)

// addresses tell people where the network that was kept running listens.
func (n *network) addresses() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe network keeps running until Ctrl-C; everything is in %s.\n\n", n.home)
	for _, c := range n.chains {
		for i, node := range c.Nodes {
			fmt.Fprintf(&b, "  %s node%d   RPC %s   gRPC %s   REST %s\n", c.Spec.ChainID, i, node.RPC(), node.GRPC(), node.REST())
		}
	}
	return b.String()
}

// farmGuide tells people how to use the farm's network.
func farmGuide(n *network) string {
	main, zone := n.main(), n.chains[1]
	agronomist, _ := main.Address(keyAgronomist)
	valve, _ := zone.Address(keyValve)
	sensor, _ := zone.Address(sensorKey(0))
	return n.addresses() + fmt.Sprintf(`
What lies in the inbox of the agronomist (main chain) and of the valve (zone):
  %[1]s query transacket inbox %[2]s --node %[3]s
  %[1]s query transacket inbox %[4]s --node %[5]s

Balances of a sensor, and what the agronomist asks for a reading:
  %[1]s query bank balances %[6]s --node %[5]s
  %[1]s query transacket prices %[2]s --node %[3]s

Send a TransacKet from the first sensor to the agronomist:
  %[1]s tx transacket send %[2]s 250ufarm --data hello --topic farm/note --channel %[7]s \
    --from %[8]s --keyring-backend test --keyring-dir %[9]s \
    --chain-id %[10]s --node %[5]s --gas auto --gas-adjustment 1.4 --gas-prices %[11]s --yes

`, n.binary, agronomist, tcp(main.Nodes[0]), valve, tcp(zone.Nodes[0]), sensor, n.paths[0].B.ChannelID,
		sensorKey(0), zone.KeyDir(), zoneChainID, zone.Spec.GasPrices())
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
