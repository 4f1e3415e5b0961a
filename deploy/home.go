package deploy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Home is the folder that all zones operated from one place lie in, beside the main chain's keys:
//
//	zones/<name>/     a zone: record, node, keys, files
//	relayer/          the relayer of all of them
type Home struct{ dir string }

// NewHome names a home; nothing is written.
func NewHome(dir string) Home { return Home{dir} }

// Dir is the folder itself.
func (h Home) Dir() string { return h.dir }

func (h Home) zones() string             { return filepath.Join(h.dir, "zones") }
func (h Home) zone(name string) string   { return filepath.Join(h.zones(), name) }
func (h Home) relayer() string           { return filepath.Join(h.dir, "relayer") }
func (h Home) relayerConfig() string     { return filepath.Join(h.relayer(), "relayer.yaml") }
func (h Home) relayerKeys() string       { return filepath.Join(h.relayer(), "keys") }
func (h Home) record(name string) string { return filepath.Join(h.zone(name), "zone.json") }
func (h Home) node(name string) string   { return filepath.Join(h.zone(name), "node") }
func (h Home) keys(name string) string   { return filepath.Join(h.zone(name), "keys") }
func (h Home) files(name string) string  { return filepath.Join(h.zone(name), "files") }
func (h Home) genesis(name string) string {
	return filepath.Join(h.node(name), "config", "genesis.json")
}

// Files is the folder of what was written for others to use: registries, wallets, monitoring.
func (h Home) Files(name string) string { return h.files(name) }

// Names lists the zones of the home, sorted. A folder without a record is none.
func (h Home) Names() ([]string, error) {
	entries, err := os.ReadDir(h.zones())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("zones of %s: %w", h.dir, err)
	}
	var names []string
	for _, e := range entries {
		if zonestypes.ValidateZoneName(e.Name()) != nil {
			continue
		}
		if _, err := os.Stat(h.record(e.Name())); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// lock keeps two commands from working on the same things. It is released by the returned function,
// and by the system if this process dies.
func (h Home) lock(what string) (release func(), err error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	name := filepath.Join(h.dir, "."+what+".lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	locked := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	mine, err := f.Stat()
	there, thereErr := os.Stat(name)
	// A file that its holder removed meanwhile is nobody's lock.
	if !locked || err != nil || thereErr != nil || !os.SameFile(mine, there) {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("another command is at work on %s (%s is locked): wait until it is done", what, name)
	}
	return func() {
		_ = os.Remove(name) // while it is held: whoever opens it later makes a new one
		_ = f.Close()
	}, nil
}
