// Package chaos breaks a network of chains and a relayer in every way that power cuts and bad links
// do, while packets are under way, and checks that none is lost or arrives twice.
package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet"
)

// Bounds of the flags.
const (
	minStorm = 5 * time.Second
	maxStorm = time.Hour
	maxZones = 8
)

// settings of a run, which are flags.
type settings struct {
	node      string
	zones     int
	seconds   int
	seed      uint64
	seeded    bool // by a flag
	blockTime time.Duration
	patience  time.Duration
	home      string
	planOnly  bool
	json      bool
}

// storm is how long things are broken.
func (s *settings) storm() time.Duration { return time.Duration(s.seconds) * time.Second }

// Command returns `meshload chaos`.
func Command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "chaos",
		Short: "Break chains, relayer and links at random; no packet may be lost or arrive twice",
		Long: `Sets up a main chain, --zones zones with one validator each and a relayer, all of them real
processes, links them and lets both sides of every link send tokens, one in five with so short
a life that it may expire. For --seconds it then

  kills   (SIGKILL) main chain, zones and relayer, and starts them again after a while
  cuts    the relayer's connections to a chain, so that they are refused
  darkens these connections, so that nothing passes and nobody is told

several of them at once. In the end it mends everything, waits until no packet is open, and
checks for every link and direction: what was received is what is in escrow and what exists as
vouchers, and all the rest is back with the sender. When, what and for how long follows from
--seed alone, which is printed. A process that ends without having been killed is a failure.

Ends with 0 if all holds, else with 1. Setting up and mending take about half a minute more.`,
		Example: `  meshload chaos
  meshload chaos --seconds 60 --seed 7 --zones 1
  meshload chaos --seed 7 --plan`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.seeded = cmd.Flags().Changed("seed"); !s.seeded {
				s.seed = rand.Uint64N(1 << 32) // short enough to be typed
			}
			if err := s.validate(); err != nil {
				return err
			}
			if s.planOnly {
				return writePlan(cmd.OutOrStdout(), makePlan(s.seed, targets(s.zones), s.storm()))
			}
			report, err := s.run(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return fmt.Errorf("seed %d: %w", s.seed, err)
			}
			if s.json {
				err = report.writeJSON(cmd.OutOrStdout())
			} else {
				err = report.writeTable(cmd.OutOrStdout())
			}
			if err == nil {
				err = report.verdict()
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.node, "node", localnet.Beside("meshchaind"), "meshchaind that runs the chains and the relayer")
	f.IntVar(&s.zones, "zones", 2, fmt.Sprintf("zones, 1 to %d", maxZones))
	f.IntVar(&s.seconds, "seconds", 150, "how long things are broken")
	f.Uint64Var(&s.seed, "seed", 0, "what decides about every fault (default: a random one)")
	f.DurationVar(&s.blockTime, "block-time", time.Second, "pause between blocks of all chains")
	f.DurationVar(&s.patience, "patience", 2*time.Minute, "how long packets may be open after everything was mended")
	f.StringVar(&s.home, "home", "", "new or empty folder for chains and logs, which is kept (default: a temporary one)")
	f.BoolVar(&s.planOnly, "plan", false, "print what would be broken and when, and end")
	f.BoolVar(&s.json, "json", false, "print the report as JSON")
	return cmd
}

func (s *settings) validate() error {
	switch {
	case s.zones < 1 || s.zones > maxZones:
		return fmt.Errorf("--zones %d: must be from 1 to %d", s.zones, maxZones)
	case s.storm() < minStorm || s.storm() > maxStorm:
		return fmt.Errorf("--seconds %d: must be from %.0f to %.0f", s.seconds, minStorm.Seconds(), maxStorm.Seconds())
	case s.patience <= 0:
		return fmt.Errorf("--patience %s: must be positive", s.patience)
	}
	if s.planOnly {
		return nil
	}
	if _, err := os.Stat(s.node); err != nil {
		return fmt.Errorf("--node %q: %w", s.node, err)
	}
	if s.home == "" {
		return nil
	}
	return localnet.RequireEmpty(s.home)
}
