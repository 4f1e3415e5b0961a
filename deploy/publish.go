package deploy

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/deploy/files"
)

// filesStep writes the files for others.
func (w *work) filesStep(context.Context) error {
	facts, err := w.facts(w.Record)
	if err != nil {
		return err
	}
	all, err := facts.All()
	if err != nil {
		return err
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := writeFile(filepath.Join(w.Files(w.Spec.Name), filepath.FromSlash(name)), all[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		w.at("effect file " + name)
	}
	return nil
}

// facts of a zone, for the files.
func (h Home) facts(r *Record) (files.Zone, error) {
	dir, err := filepath.Abs(h.dir)
	if err != nil {
		return files.Zone{}, err
	}
	metrics, err := h.listen()
	if err != nil {
		return files.Zone{}, err
	}
	s := r.Spec
	z := files.Zone{
		Name: s.Name, ChainID: s.ChainID(), Denom: s.Denom(), GasPrice: s.GasPrice, Host: s.Host, Area: s.Area,
		Denoms: []files.Denom{{Base: s.Denom(), Display: s.Name, Exponent: 6, Description: "pays fees and is staked on the zone " + s.Name}},
		Node: files.Node{
			ID: r.NodeID, Home: NewHome(dir).node(s.Name), RPC: r.Ports.RPC, P2P: r.Ports.P2P, GRPC: r.Ports.GRPC, REST: r.Ports.REST, Prometheus: r.Ports.Prometheus,
		},
		Main: files.Main{ChainID: r.Main.ChainID, RPC: r.Main.RPC, Denom: r.Main.Denom},
		Path: files.Path{
			MainClient: r.Path.A.ClientID, MainConnection: r.Path.A.ConnectionID, MainChannel: r.Path.A.ChannelID,
			ZoneClient: r.Path.B.ClientID, ZoneConnection: r.Path.B.ConnectionID, ZoneChannel: r.Path.B.ChannelID,
			Port: r.Path.B.PortID, Version: r.Path.Version,
		},
		Relayer: files.Relayer{Metrics: metrics, Program: RelayProgram(r.Binary)}, Binary: r.Binary, Home: dir, Version: version.Version,
		TrustingTime: s.TrustingPeriod().String(), Unbonding: s.Parameters.UnbondingTime.String(), BlockSeconds: s.BlockTime.Seconds(),
		KeyringFile: r.Relayer.Backend == keyring.BackendFile,
	}
	for _, d := range s.Denoms {
		z.Denoms = append(z.Denoms, files.Denom{Base: d.Base, Display: d.Display, Exponent: d.Exponent, Description: d.Description})
	}
	return z, nil
}
