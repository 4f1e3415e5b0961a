package zonecmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/deploy"
)

const (
	flagWatch = "watch"
	flagEvery = "every"
)

func newStatusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show how zones are: heights, peers, pending packets, light clients, escrow, health",
		Long: `Read from the chains how the zones of this home are. Health is one word: healthy, or what is wrong;
then the last column says what to do. The exit status is 0 if all zones are healthy, else 1.`,
		Example: `  meshchaind zone status
  meshchaind zone status farm --watch
  meshchaind zone status --output json`,
		Args: cobra.MaximumNArgs(1),
		RunE: runStatus,
	}
	cmd.Flags().Bool(flagWatch, false, "show it again and again, until interrupted")
	cmd.Flags().Duration(flagEvery, 2*time.Second, "pause between two looks (with --watch)")
	addOutput(cmd)
	return cmd
}

func runStatus(cmd *cobra.Command, args []string) error {
	machine, err := asJSON(cmd)
	if err != nil {
		return err
	}
	home, err := homeOf(cmd)
	if err != nil {
		return err
	}
	watch, _ := cmd.Flags().GetBool(flagWatch)
	every, _ := cmd.Flags().GetDuration(flagEvery)
	if every < 100*time.Millisecond || every > time.Hour {
		return fmt.Errorf("--%s %s: must be 100ms to 1h", flagEvery, every)
	}
	for {
		all, err := readAll(cmd.Context(), home, args)
		if err != nil {
			return err
		}
		switch {
		case machine:
			err = printJSON(cmd.OutOrStdout(), all)
		default:
			if watch {
				fmt.Fprint(cmd.OutOrStdout(), "\x1b[H\x1b[2J") // home, clear
			}
			err = printStatus(cmd.OutOrStdout(), all, time.Now())
		}
		if err != nil {
			return err
		}
		if !watch {
			return healthyOrNot(all)
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-time.After(every):
		}
	}
}

func readAll(ctx context.Context, home deploy.Home, names []string) ([]*deploy.Status, error) {
	if len(names) == 0 {
		var err error
		if names, err = home.Names(); err != nil {
			return nil, err
		}
	}
	all := make([]*deploy.Status, len(names)) // not nil: an empty list in JSON
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, name := range names {
		g.Go(func() (err error) {
			all[i], err = home.ReadStatus(ctx, name)
			return err
		})
	}
	return all, g.Wait()
}

// healthyOrNot decides on the exit status.
func healthyOrNot(all []*deploy.Status) error {
	ill := 0
	for _, s := range all {
		if s.Health != deploy.HealthHealthy {
			ill++
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of %d zones not healthy", ill, len(all))
	}
	return nil
}

func printStatus(out io.Writer, all []*deploy.Status, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "zone\thealth\theight\tblock age\tpeers\tregistry\theartbeat\tpending\tclient expires in\tescrow\tnext")
	for _, s := range all {
		age, expires := "-", "-"
		if !s.BlockTime.IsZero() {
			age = now.Sub(s.BlockTime).Round(100 * time.Millisecond).String()
		}
		if e := s.Expiry(); !e.IsZero() {
			expires = e.Sub(now).Round(time.Second).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%d\t%d\t%s\t%s\t%s\n", s.Name, s.Health, s.Height, age, s.Peers, dash(s.Registry), s.HeartbeatHeight,
			s.Pending(), expires, dash(s.ToZone.Escrow.Add(s.ToMain.Escrow...).String()), dash(s.Next))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		for _, p := range s.Problems {
			fmt.Fprintf(out, "%s: %s\n", s.Name, p)
		}
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
