package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
)

// The band of the shipped file, in percent of volume.
const (
	shippedFile = "soil_moisture.csv (shipped)"
	shippedLow  = 22.0
	shippedHigh = 30.0
)

// options of `demo farm`.
type options struct {
	data       string
	rows       int
	column     string
	low, high  float64 // NaN when not given
	validators int
	interval   time.Duration
	acts       []string
	photond    string
	performance
}

func (o options) validate() error {
	switch {
	case o.rows < 1 || o.rows > maxRows:
		return fmt.Errorf("--rows %d: must be between 1 and %d", o.rows, maxRows)
	case math.IsNaN(o.low) != math.IsNaN(o.high):
		return errors.New("--low and --high: give both or neither")
	case o.interval < 0 || o.interval > time.Minute:
		return fmt.Errorf("--interval %s: must be between 0s and 1m", o.interval)
	case o.validators < 1 || o.validators > maxValidators:
		return fmt.Errorf("--validators %d: must be between 1 and %d", o.validators, maxValidators)
	}
	return o.performance.validate()
}

// workload is what the run is about: messages and the rule for them.
type workload struct {
	table    *Table
	messages [][]byte
	rule     *Rule
	report   DataReport
}

// load reads the data and settles the rule, before anything is started.
func (o options) load() (*workload, error) {
	var source io.Reader = bytes.NewReader(data.SoilMoisture)
	name := shippedFile
	if o.data != "" {
		f, err := os.Open(o.data)
		if err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
		defer f.Close()
		source, name = f, o.data
	}
	table, err := ReadTable(source, o.column, o.rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	w := &workload{table: table}
	if w.messages, err = encodeReadings(table); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	low, high := o.low, o.high
	if math.IsNaN(low) {
		if low, high, err = defaultBand(o.data == "", table); err != nil {
			return nil, fmt.Errorf("%s, column %q: %w", name, table.Column, err)
		}
	}
	if w.rule, err = NewRule(low, high); err != nil {
		return nil, err
	}
	w.report = DataReport{
		File: name, TimeColumn: table.TimeColumn, Column: table.Column, Rows: len(table.Rows), RowsAsked: o.rows,
		Skipped: table.Skipped, Problems: table.Problems, FirstProblems: table.FirstProblems, Low: low, High: high,
	}
	return w, nil
}

func defaultBand(shipped bool, t *Table) (low, high float64, err error) {
	if shipped && t.Column == "soil_moisture" {
		return shippedLow, shippedHigh, nil
	}
	values := make([]float64, len(t.Rows))
	for i, row := range t.Rows {
		values[i] = row.Value
	}
	return Thresholds(values)
}

// describe says what was read, with everything a reader of the file should know.
func (d DataReport) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d rows, column %q, on below %v, off above %v\n", d.File, d.Rows, d.Column, d.Low, d.High)
	if d.TimeColumn == "" {
		fmt.Fprintf(&b, "  no timestamp column: the row number stands in for the time\n")
	}
	if d.Rows < d.RowsAsked {
		fmt.Fprintf(&b, "  %d rows were asked for, the file has %d usable ones\n", d.RowsAsked, d.Rows)
	}
	if d.Problems > 0 {
		fmt.Fprintf(&b, "  problems: %d, lines skipped: %d\n", d.Problems, d.Skipped)
		for _, p := range d.FirstProblems {
			fmt.Fprintf(&b, "    %s\n", p)
		}
		if more := d.Problems - len(d.FirstProblems); more > 0 {
			fmt.Fprintf(&b, "    and %d more\n", more)
		}
	}
	return b.String()
}
