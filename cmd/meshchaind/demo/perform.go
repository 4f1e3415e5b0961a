package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/meshchain/meshchain/localnet"
)

// performance is what all demos are told: where, how long and how to report.
type performance struct {
	home   string
	keep   bool
	output string
}

func (o *performance) flags(f *pflag.FlagSet) {
	f.StringVar(&o.home, "home", "", "new or empty folder for everything, kept afterwards (default: a temporary one, removed)")
	f.BoolVar(&o.keep, "keep", false, "leave the network running after the report, until Ctrl-C")
	f.StringVar(&o.output, "output", "table", "form of the report: table or json")
}

func (o performance) validate() error {
	if o.output != "table" && o.output != "json" {
		return fmt.Errorf("--output %q: must be table or json", o.output)
	}
	if o.home == "" {
		return nil
	}
	if err := localnet.RequireEmpty(o.home); err != nil {
		return fmt.Errorf("--%w", err)
	}
	return nil
}

// performed is what a demo does on its network.
type performed struct {
	// play does everything and reports.
	play func(context.Context, *stage) (*Report, error)
	// guide tells people how to use the network, if it is kept.
	guide func(*network) string
}

// untilSignal runs a demo until it ends, is interrupted, or its terminal is closed.
func untilSignal(cmd *cobra.Command, run func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // a reader who leaves must not keep us from cleaning up
	return run(ctx)
}

// perform starts the network, lets the demo play on it, prints the report and cleans
// up. A report that does not add up is an error.
func perform(ctx context.Context, o performance, specs []localnet.Spec, p *progress, out io.Writer, demo performed) (err error) {
	home := o.home
	if home == "" {
		if home, err = os.MkdirTemp("", "meshchain-demo-"); err != nil {
			return err
		}
		defer func() {
			if err == nil || errors.Is(err, context.Canceled) {
				err = errors.Join(err, os.RemoveAll(home))
			} else {
				p.say("homes and logs are left in %s", home)
			}
		}()
	}
	net, err := startNetwork(ctx, home, specs, p)
	if net != nil {
		defer func() {
			p.say("stopping all processes")
			net.stop()
		}()
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	s, err := newStage(ctx, net, p)
	if err != nil {
		return interrupted(ctx, err)
	}
	report, err := demo.play(ctx, s)
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := printReport(report, o.output, out); err != nil {
		return err
	}
	if o.keep {
		p.print(demo.guide(net))
		<-ctx.Done()
	}
	if !report.OK {
		return fmt.Errorf("the accounts do not add up: %d differences, the first: %s", len(report.Faults), report.Faults[0])
	}
	return nil
}

// interrupted names a Ctrl-C what it is, whatever broke because of it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", context.Canceled)
	}
	return err
}

func printReport(r *Report, output string, out io.Writer) error {
	if output != "json" {
		return r.Write(out)
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
