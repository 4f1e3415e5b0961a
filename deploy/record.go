package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

// recordVersion of the format of a record; another one is refused, not guessed.
const recordVersion = 1

// Record is what is known of a zone, and the journal of its making: it is written, fsynced, before
// and after everything that has an effect, so that a killed command can be continued.
type Record struct {
	Version int `json:"version"`
	// Spec as it was given, completed.
	Spec Spec `json:"spec"`
	// Main chain.
	Main MainChain `json:"main"`
	// Owner of the zone: a key of the main chain that signs on the zone, too.
	Owner Key `json:"owner"`
	// Relayer is the key that relays, one for all zones of the home.
	Relayer Key `json:"relayer"`
	// RelayerFunds is what the relayer's account is to hold on the main chain, in its native denom.
	RelayerFunds string `json:"relayer_funds"`
	// Binary of meshchaind.
	Binary string `json:"binary"`
	// GenesisTime of the zone, fixed by the plan so that a genesis written twice is the same.
	GenesisTime time.Time `json:"genesis_time"`
	// GenesisHash is the SHA-256 of the genesis file, in hex.
	GenesisHash string `json:"genesis_hash,omitempty"`
	// NodeID of the zone's node among its peers.
	NodeID string `json:"node_id,omitempty"`
	// Ports of the zone's node.
	Ports localnet.Ports `json:"ports"`
	// Addresses of the zone's accounts, by name of the key.
	Addresses map[string]string `json:"addresses,omitempty"`
	// Path from the main chain (A) to the zone (B).
	Path relayer.Path `json:"path"`
	// Nonce of the registration, in hex.
	Nonce string `json:"nonce,omitempty"`
	// Proof is the TransacKet that went there and back.
	Proof *Proof `json:"proof,omitempty"`
	// Txs that were signed, by purpose.
	Txs map[string]*client.Signed `json:"txs,omitempty"`
	// Done are the steps that are complete, in order.
	Done []Done `json:"done,omitempty"`
	// Joined tells that this home runs a further node of somebody's zone.
	Joined bool `json:"joined,omitempty"`
}

// Done is a completed step.
type Done struct {
	Step string `json:"step"`
	// Seconds that it took in the run that completed it.
	Seconds float64 `json:"seconds"`
}

// MainChain says how to reach the main chain.
type MainChain struct {
	ChainID   string `json:"chain_id"`
	RPC       string `json:"rpc"`
	GasPrices string `json:"gas_prices"`
	Denom     string `json:"denom"`
}

// Key names a key in a keyring; the key itself is never written elsewhere.
type Key struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
	// Backend is file, os or test.
	Backend string `json:"backend"`
	Dir     string `json:"dir"`
}

// Proof is a round trip of one TransacKet.
type Proof struct {
	// There and Back are the ids of the TransacKets, in hex.
	There string `json:"there"`
	Back  string `json:"back"`
}

func (r *Record) done(step string) bool {
	return slices.ContainsFunc(r.Done, func(d Done) bool { return d.Step == step })
}

// ErrNoZone says that a home has no zone of that name.
var ErrNoZone = errors.New("there is no such zone here")

// LoadRecord reads the record of a zone.
func (h Home) LoadRecord(name string) (*Record, error) {
	data, err := os.ReadFile(h.record(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("zone %q in %s: %w; `meshchaind zone list` shows those there are", name, h.dir, ErrNoZone)
	}
	if err != nil {
		return nil, fmt.Errorf("record of zone %s: %w", name, err)
	}
	var version struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("record %s: %w", h.record(name), err)
	}
	if version.Version != recordVersion {
		return nil, fmt.Errorf("record %s: version %d, this program reads version %d: use the program that wrote it", h.record(name), version.Version, recordVersion)
	}
	r := &Record{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("record %s: %w", h.record(name), err)
	}
	return r, nil
}

func (h Home) saveRecord(r *Record) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("record of zone %s: %w", r.Spec.Name, err)
	}
	return writeFile(h.record(r.Spec.Name), append(data, '\n'))
}

// writeFile replaces a file in one step, readable by its owner only: after a power cut it has the old
// content or the new.
func writeFile(name string, content []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp := name + ".new" // a fixed name, so that a killed command leaves at most one, which the next replaces
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return syncDir(dir)
}

// syncDir makes a rename last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
