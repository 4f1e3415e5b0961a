// Package files writes what others need to know of a zone, in the forms that they read: the chain
// registry's chain.json, assetlist.json and _IBC file, Keplr's chain info, systemd units, a compose
// file, Prometheus targets and rules, and a Grafana dashboard. It is pure: facts in, bytes out.
package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Zone is everything the files are made of.
type Zone struct {
	Name     string
	ChainID  string
	Denom    string
	GasPrice string
	Host     string // at which others reach the node
	Area     string
	Denoms   []Denom // all of them, the native one first
	Node     Node
	Main     Main
	Path     Path
	Relayer  Relayer
	// Binary of meshchaind, Home of all zones.
	Binary, Home string
	Version      string // of the binary, such as 0.4.1; empty if unknown
	TrustingTime string // for people, such as 336h0m0s
	Unbonding    string
	BlockSeconds float64
	// KeyringFile tells that the relayer needs a passphrase.
	KeyringFile bool
}

// Denom is a token of the zone.
type Denom struct {
	Base, Display, Description string
	Exponent                   uint32
}

// Node is the zone's node.
type Node struct {
	ID                               string
	Home                             string
	RPC, P2P, GRPC, REST, Prometheus int
}

// Main is the main chain.
type Main struct{ ChainID, RPC, Denom string }

// Path has the names of the link, the main chain's end first.
type Path struct {
	MainClient, MainConnection, MainChannel string
	ZoneClient, ZoneConnection, ZoneChannel string
	Port, Version                           string
}

// Relayer is the service that serves all zones.
type Relayer struct {
	// Metrics is the address that it serves them at.
	Metrics string
	// Program and the words that make it serve all zones.
	Program []string
}

// All returns the files by name, relative to the folder of the zone's files.
func (z Zone) All() (map[string][]byte, error) {
	out := map[string][]byte{
		"systemd/meshchain-" + z.Name + ".service": z.nodeUnit(),
		"systemd/meshchain-relayer.service":        z.relayerUnit(),
	}
	asJSON := map[string]any{
		"chain.json":             z.chain(),
		"assetlist.json":         z.assets(),
		"_IBC/" + z.ibcName():    z.ibc(),
		"keplr.json":             z.keplr(),
		"prometheus/zones.json":  z.targets(),
		"grafana/dashboard.json": z.dashboard(),
	}
	for name, content := range asJSON {
		data, err := marshal(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = data
	}
	asYAML := map[string]any{"compose.yaml": z.compose(), "prometheus/prometheus.yaml": z.prometheus(), "prometheus/alerts.yaml": z.alerts()}
	for name, content := range asYAML {
		var b bytes.Buffer
		enc := yaml.NewEncoder(&b)
		enc.SetIndent(2)
		if err := enc.Encode(content); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = b.Bytes()
	}
	return out, nil
}

// marshal keeps < and > as they are: they stand in addresses for people.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

func (z Zone) url(scheme string, port int) string {
	return scheme + "://" + net.JoinHostPort(z.Host, strconv.Itoa(port))
}
