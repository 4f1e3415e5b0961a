package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newStatusCmd() *cobra.Command {
	var watch bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show how the node does",
		Example: "  photond status\n  photond status --watch\n  photond status -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond {
				return usage("--every %s: must be at least 100ms", every)
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				var before *api.StatusResponse
				for {
					r, err := c.Status(ctx, &api.StatusRequest{})
					if err != nil {
						return err
					}
					if err := show(cmd, r, func(w io.Writer) { statusText(w, r, before, every) }); err != nil || !watch {
						return err
					}
					before = r
					select {
					case <-ctx.Done():
						return nil
					case <-time.After(every):
					}
				}
			})
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "go on until stopped")
	cmd.Flags().DurationVar(&every, "every", time.Second, "pause between two looks")
	return cmd
}

func statusText(w io.Writer, r, before *api.StatusResponse, every time.Duration) {
	if before != nil {
		rate := func(now, then uint64) float64 { return float64(now-then) / every.Seconds() }
		fmt.Fprintf(w, "%s  sent %d (%.0f/s)  received %d (%.0f/s)  channels %d, %d online  peers %d  disk %d MB%s\n", time.Now().Format(time.TimeOnly),
			r.Sent, rate(r.Sent, before.Sent), r.Received, rate(r.Received, before.Received), r.Channels, r.Online, r.Peers, r.DiskBytes>>20, trouble(r))
		return
	}
	fmt.Fprintf(w, "node\t%s\nversion\t%s\nrunning since\t%s\n", r.Id, r.Version, when(r.Since))
	for _, a := range r.Addresses {
		fmt.Fprintf(w, "address\t%s\n", a)
	}
	fmt.Fprintf(w, "payments\t%d sent, %d received since the start\nchannels\t%d, %d online\npeers\t%d\ndisk\t%d MB\n", r.Sent, r.Received, r.Channels, r.Online, r.Peers, r.DiskBytes>>20)
	if !r.Accepting {
		fmt.Fprintf(w, "TAKES NO PAYMENTS\t%s\n", r.Reason)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "WARNING\t%s\n", warning)
	}
	for _, c := range r.Chains {
		fmt.Fprintf(w, "chain\t%s at block %d of %s, channel clock %d\n  account\t%s\n  channel key\t%s\n", c.ChainId, c.Height, when(c.Time), c.Clock, c.Account, c.ChannelKey)
		for _, e := range c.Endpoints {
			state := "ok"
			if e.Active {
				state = "ok, in use"
			}
			if e.Error != "" {
				state = e.Error
			}
			fmt.Fprintf(w, "  endpoint\t%s at block %d: %s\n", e.Url, e.Height, state)
		}
		if c.Error != "" {
			fmt.Fprintf(w, "  NOT ACTING\t%s\n", c.Error)
		}
	}
}

func trouble(r *api.StatusResponse) (out string) {
	if !r.Accepting {
		out += "  TAKES NO PAYMENTS: " + r.Reason
	}
	for _, c := range r.Chains {
		if c.Error != "" {
			out += "  " + c.ChainId + ": " + c.Error
		}
	}
	return out
}
