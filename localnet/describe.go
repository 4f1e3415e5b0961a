package localnet

import (
	"encoding/json"
	"os"
)

// DescriptionFile is the customary name of a Description on disk.
const DescriptionFile = "localnet.json"

// Description tells other programs what runs where.
type Description struct {
	Chains   []ChainDescription   `json:"chains"`
	Services []ServiceDescription `json:"services,omitempty"`
}

// ChainDescription is one chain of a Description.
type ChainDescription struct {
	ChainID string            `json:"chain_id"`
	Zone    string            `json:"zone,omitempty"`
	Denom   string            `json:"denom"`
	KeyDir  string            `json:"keyring_dir"`
	Nodes   []NodeDescription `json:"nodes"`
}

// NodeDescription is one node of a ChainDescription.
type NodeDescription struct {
	ServiceDescription
	Home string `json:"home"`
	RPC  string `json:"rpc"`
	GRPC string `json:"grpc"`
	REST string `json:"rest"`
}

// ServiceDescription is any supervised process.
type ServiceDescription struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	Log  string `json:"log"`
}

// Describe collects what runs at this moment.
func Describe(chains []*Chain, services ...*Service) Description {
	var d Description
	for _, c := range chains {
		cd := ChainDescription{ChainID: c.Spec.ChainID, Zone: c.Spec.Zone, Denom: c.Spec.Denom(), KeyDir: c.KeyDir()}
		for _, n := range c.Nodes {
			cd.Nodes = append(cd.Nodes, NodeDescription{
				ServiceDescription: n.describe(), Home: n.Home, RPC: n.RPC(), GRPC: n.GRPC(), REST: n.REST(),
			})
		}
		d.Chains = append(d.Chains, cd)
	}
	for _, s := range services {
		d.Services = append(d.Services, s.describe())
	}
	return d
}

func (s *Service) describe() ServiceDescription {
	return ServiceDescription{Name: s.Name, PID: s.PID(), Log: s.Log}
}

// WriteFile replaces the file by the description in one step, so that a reader
// never sees half of it.
func (d Description) WriteFile(path string) error {
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
