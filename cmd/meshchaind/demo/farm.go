package demo

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"
)

func newFarmCmd() *cobra.Command {
	o := options{low: math.NaN(), high: math.NaN()}
	cmd := &cobra.Command{
		Use:   "farm",
		Short: "A farm's sensors, its zone, the main chain and an agronomist",
		Long: `Run a farm's zone, the main chain and a relayer between them, each a process of
its own, and let them work:

  sensors on the zone send each row of a CSV file as a TransacKet, with payment,
  to an agronomist on the main chain, who opens and closes a valve on the zone
  by TransacKets that are paid, too. Agronomist and valve have posted prices: one
  reading below the price is refused and refunded. Receipts come back for the rest.

Then come the acts, on the same network:

  identities: the farm's devices get DIDs and certificates, and their data proves
  itself; the data of a sensor whose certificate is revoked is refused, and another
  moves to a second zone, which asks the first one about it over the main chain;

  payments: the farm pays its sensors for thousands of readings, in payment channels on
  the zone, also while the zone's chain is down; back again, it pays out what was signed.

At the end every packet, fee and balance is reconciled to the last unit; the exit
code is 0 only if all of it adds up. A process that dies is started again.

The file needs a header. Its timestamp column is the one called timestamp, time,
date or datetime, or else the first that holds no numbers. Without --low and
--high the valve opens below the 40th percentile and closes above the 60th.`,
		Example: `  meshchaind demo farm
  meshchaind demo farm --data weather.csv --column outdoor_relative_humidity --rows 500
  meshchaind demo farm --low 20 --high 28 --validators 3
  meshchaind demo farm --keep --home ./farm
  meshchaind demo farm --rows 50 --output json > report.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return untilSignal(cmd, func(ctx context.Context) error {
				return runFarm(ctx, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "CSV file of measurements (default: soil moisture, shipped)")
	f.IntVar(&o.rows, "rows", 200, fmt.Sprintf("rows to send, at most %d", maxRows))
	f.StringVar(&o.column, "column", "", "column that the rule looks at (default: the first that holds numbers)")
	f.Float64Var(&o.low, "low", o.low, "open the valve below this value")
	f.Float64Var(&o.high, "high", o.high, "close the valve above this value")
	f.Lookup("low").DefValue, f.Lookup("high").DefValue = "40th percentile", "60th percentile"
	f.IntVar(&o.validators, "validators", 1, fmt.Sprintf("validators of the main chain, at most %d", maxValidators))
	f.DurationVar(&o.interval, "interval", 0, "pause of each sensor between two readings")
	f.StringSliceVar(&o.acts, "acts", []string{actIdentities, actPayments}, "what is played after the readings; empty for nothing")
	f.StringVar(&o.photond, "photond", "", "path of photond, for the payments (default: beside this program, then PATH)")
	o.performance.flags(f)
	return cmd
}

// maxValidators bounds --validators: they share one machine.
const maxValidators = 7

// runFarm runs the demo. The report goes to out, progress and remarks to log.
func runFarm(ctx context.Context, o options, out, log io.Writer) error {
	if err := o.validate(); err != nil {
		return err
	}
	work, err := o.load()
	if err != nil {
		return err
	}
	p := newProgress(log)
	p.print(work.report.describe())
	acts, err := farmActs(o.acts, o.photond)
	if err != nil {
		return err
	}
	return perform(ctx, o.performance, prepared(farmNetwork(o.validators), acts), p, out, performed{
		play: func(ctx context.Context, s *stage) (*Report, error) {
			r, err := runScenario(ctx, s, work, o.interval)
			if err != nil {
				return nil, err
			}
			err = playActs(ctx, s, acts, r)
			r.Seconds = time.Since(p.start).Seconds()
			return r, err
		},
		guide: farmGuide,
	})
}

// farmActs that can be played after the readings, in their order.
func farmActs(names []string, photond string) ([]act, error) {
	var acts []act
	for _, name := range names {
		switch name {
		case actIdentities:
			a, err := newIdentities()
			if err != nil {
				return nil, err
			}
			acts = append(acts, a)
		case actPayments:
			a, err := newPayments(photond)
			if err != nil {
				return nil, err
			}
			acts = append(acts, a)
		default:
			return nil, fmt.Errorf("--acts %q: must be of %s, %s", name, actIdentities, actPayments)
		}
	}
	return acts, nil
}
