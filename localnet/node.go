package localnet

import (
	"fmt"
	"path/filepath"
)

// Ports of one node, all on 127.0.0.1.
type Ports struct {
	RPC        int `json:"rpc"`
	P2P        int `json:"p2p"`
	GRPC       int `json:"grpc"`
	REST       int `json:"rest"`
	Prometheus int `json:"prometheus"`
}

// Node is one validator of a chain.
type Node struct {
	*Service
	// Home is its directory, with config and data.
	Home string
	// ID is its peer-to-peer identity.
	ID    string
	Ports Ports
}

// RPC is the URL of the CometBFT interface.
func (n *Node) RPC() string { return fmt.Sprintf("http://127.0.0.1:%d", n.Ports.RPC) }

// GRPC is the address of the gRPC interface, without a scheme.
func (n *Node) GRPC() string { return fmt.Sprintf("127.0.0.1:%d", n.Ports.GRPC) }

// REST is the URL of the REST interface, which serves gRPC-web too.
func (n *Node) REST() string { return fmt.Sprintf("http://127.0.0.1:%d", n.Ports.REST) }

func (n *Node) file(elem ...string) string {
	return filepath.Join(append([]string{n.Home}, elem...)...)
}

// configure gives every node of the chain fresh ports and writes them, the
// peers and the block time into the configuration files.
func (c *Chain) configure() error {
	for _, n := range c.Nodes {
		p, err := FreePorts(5)
		if err != nil {
			return fmt.Errorf("chain %s: %w", c.Spec.ChainID, err)
		}
		n.Ports = Ports{RPC: p[0], P2P: p[1], GRPC: p[2], REST: p[3], Prometheus: p[4]}
	}
	for _, n := range c.Nodes {
		comet := []Setting{
			{"rpc.laddr", fmt.Sprintf("tcp://127.0.0.1:%d", n.Ports.RPC)},
			{"rpc.pprof_laddr", ""},
			{"p2p.laddr", fmt.Sprintf("tcp://127.0.0.1:%d", n.Ports.P2P)},
			{"p2p.persistent_peers", c.peersOf(n)},
			{"p2p.addr_book_strict", false},  // loopback addresses are not routable
			{"p2p.allow_duplicate_ip", true}, // all peers share one
			{"consensus.timeout_propose", c.Spec.BlockTime.String()},
			{"consensus.timeout_commit", c.Spec.BlockTime.String()},
			{"instrumentation.prometheus_listen_addr", fmt.Sprintf("127.0.0.1:%d", n.Ports.Prometheus)},
		}
		if err := EditTOML(n.file("config", "config.toml"), comet); err != nil {
			return err
		}
		app := []Setting{
			{"minimum-gas-prices", c.Spec.GasPrices()},
			{"grpc.enable", true},
			{"grpc.address", n.GRPC()},
			{"api.enable", true},
			{"api.address", fmt.Sprintf("tcp://127.0.0.1:%d", n.Ports.REST)},
		}
		if err := EditTOML(n.file("config", "app.toml"), app); err != nil {
			return err
		}
	}
	return nil
}

// peersOf lists all nodes but n.
func (c *Chain) peersOf(n *Node) string {
	peers := ""
	for _, other := range c.Nodes {
		if other == n {
			continue
		}
		if peers != "" {
			peers += ","
		}
		peers += fmt.Sprintf("%s@127.0.0.1:%d", other.ID, other.Ports.P2P)
	}
	return peers
}
