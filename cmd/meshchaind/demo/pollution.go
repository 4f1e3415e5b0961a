package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
)

// maxPollutionRows is what the shipped file has.
const maxPollutionRows = 1000

// pollutionOptions of `demo pollution`.
type pollutionOptions struct {
	rows     int
	interval time.Duration
	performance
}

func newPollutionCmd() *cobra.Command {
	var o pollutionOptions
	cmd := &cobra.Command{
		Use:   "pollution",
		Short: "Two monitoring zones, governed together by the main chain",
		Long: `Run two zones that monitor pollution, the main chain and a relayer between them, as
in section 6.7 of the whitepaper (000), each a process of its own:

  the zones north (a chemical plant, water) and south (an industrial park, air) are
  registered on the main chain and activated by their own announcement;
  readings go up, at a price, to the environmental agency on the main chain, which
  judges both zones together and sends its decisions down to both;
  on each decision the plant calls the park by the name of its zone, over the main
  chain, which attests where the call comes from; the park answers the same way.

At the end every packet, fee, bond and balance of the three chains is reconciled to
the last unit; the exit code is 0 only if all of it adds up. A process that dies is
started again.`,
		Example: `  meshchaind demo pollution
  meshchaind demo pollution --rows 100
  meshchaind demo pollution --keep --home ./pollution
  meshchaind demo pollution --rows 5 --output json > report.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return untilSignal(cmd, func(ctx context.Context) error {
				return runPollution(ctx, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.rows, "rows", 40, fmt.Sprintf("readings of each zone, at most %d", maxPollutionRows))
	f.DurationVar(&o.interval, "interval", 0, "pause of each zone between two readings")
	o.performance.flags(f)
	return cmd
}

func (o pollutionOptions) validate() error {
	switch {
	case o.rows < 1 || o.rows > maxPollutionRows:
		return fmt.Errorf("--rows %d: must be between 1 and %d", o.rows, maxPollutionRows)
	case o.interval < 0 || o.interval > time.Minute:
		return fmt.Errorf("--interval %s: must be between 0s and 1m", o.interval)
	}
	return o.performance.validate()
}

// runPollution runs the demo. The report goes to out, progress and remarks to log.
func runPollution(ctx context.Context, o pollutionOptions, out, log io.Writer) error {
	if err := o.validate(); err != nil {
		return err
	}
	p := newProgress(log)
	var messages [][][]byte
	var reports []DataReport
	for _, site := range sites {
		table, err := ReadTable(bytes.NewReader(data.Pollution), site.column, o.rows)
		if err != nil {
			return fmt.Errorf("pollution.csv, column %q: %w", site.column, err)
		}
		encoded, err := encodeReadings(table)
		if err != nil {
			return fmt.Errorf("pollution.csv, column %q: %w", site.column, err)
		}
		report := DataReport{
			File: "pollution.csv (shipped)", TimeColumn: table.TimeColumn, Column: table.Column, Rows: len(table.Rows), RowsAsked: o.rows,
			Low: loadLow, High: loadHigh,
		}
		p.print(fmt.Sprintf("zone %s: %d readings of %s, limit %v\n", site.zone, len(encoded), site.column, site.limit))
		messages, reports = append(messages, encoded), append(reports, report)
	}
	owner, err := newZoneOwner()
	if err != nil {
		return err
	}
	return perform(ctx, o.performance, pollutionNetwork(owner), p, out, performed{
		play: func(ctx context.Context, s *stage) (*Report, error) {
			return runGovernance(ctx, s, messages, reports, o.interval)
		},
		guide: pollutionGuide,
	})
}
