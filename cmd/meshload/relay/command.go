// Package relay measures a relayer: two chains on this machine, real packets between them, and
// what comes out, read from the chains' blocks.
package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet"
)

const maxPackets = 100_000

// settings of a run, which are flags.
type settings struct {
	node      string
	relayer   string
	peer      string
	peerOnly  bool
	packets   []int
	singles   int
	away      time.Duration
	blockTime time.Duration
	home      string
	timeout   time.Duration
	json      bool
}

// Command returns `meshload relay`.
func Command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Measure a relayer between two chains on this machine",
		Long: `Sets up a main chain and a zone with one validator each, links them with our relayer,
lets it run and sends ICS-20 transfers from the main chain:

  link         client, connection and channel, by the relayer's own command
  single       packets one at a time: from the block that has the packet until the other
               chain has received it, and until it is acknowledged
  bulk         --packets of them at once, 100 to a transaction: packets per second from the
               first block that has one until the last acknowledgement
  away         50 packets sent while the zone is down for --away: time from its return until
               the last acknowledgement
  memory, CPU  of the relayer's process, at the end

With --peer the same is done, on the same chains and after ours, by cosmos/relayer, started
with --max-msgs 100 --flush-interval 30s. Moments are those at which an observer that asks
every 20 ms sees the block. It is an error if a packet is lost or if the vouchers on the zone
are not what the main chain holds in escrow.`,
		Example: `  meshload relay --packets 400,4000
  meshload relay --packets 400 --away 0 --json
  meshload relay --relayer ./meshrelayer --peer build/bin/rly`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := s.run(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if s.json {
				return report.writeJSON(cmd.OutOrStdout())
			}
			return report.writeTable(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.node, "node", localnet.Beside("meshchaind"), "meshchaind that runs the chains")
	f.StringVar(&s.relayer, "relayer", "", "our relayer: meshchaind or meshrelayer (default: meshrelayer beside --node, else --node)")
	f.StringVar(&s.peer, "peer", "", "cosmos/relayer to measure after ours (default: none)")
	f.BoolVar(&s.peerOnly, "peer-only", false, "measure the peer alone")
	f.IntSliceVar(&s.packets, "packets", []int{400}, "packets at once; several numbers are measured one after the other")
	f.IntVar(&s.singles, "singles", 20, "packets one at a time")
	f.DurationVar(&s.away, "away", time.Minute, "how long the zone is down; 0 leaves this out")
	f.DurationVar(&s.blockTime, "block-time", time.Second, "pause between blocks of both chains")
	f.StringVar(&s.home, "home", "", "new or empty folder for the chains, which is kept (default: a temporary one)")
	f.DurationVar(&s.timeout, "timeout", 20*time.Minute, "give up after this time")
	f.BoolVar(&s.json, "json", false, "print the report as JSON")
	return cmd
}

func (s *settings) validate() error {
	for _, n := range s.packets {
		if n < 1 || n > maxPackets {
			return fmt.Errorf("--packets %d: must be from 1 to %d", n, maxPackets)
		}
	}
	switch {
	case s.singles < 1 || s.singles > 1000:
		return fmt.Errorf("--singles %d: must be from 1 to 1000", s.singles)
	case s.away < 0 || s.away > time.Hour:
		return fmt.Errorf("--away %s: must be from 0 to 1h", s.away)
	case s.timeout <= 0:
		return fmt.Errorf("--timeout %s: must be positive", s.timeout)
	case s.peerOnly && s.peer == "":
		return fmt.Errorf("--peer-only: needs --peer")
	}
	if _, err := os.Stat(s.node); err != nil {
		return fmt.Errorf("--node %q: %w", s.node, err)
	}
	if s.relayer == "" {
		s.relayer = filepath.Join(filepath.Dir(s.node), "meshrelayer")
		if _, err := os.Stat(s.relayer); err != nil {
			s.relayer = s.node
		}
	}
	if s.home == "" {
		return nil
	}
	return localnet.RequireEmpty(s.home)
}
