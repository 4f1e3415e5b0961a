package didcmd

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/client/segments"
	"github.com/meshchain/meshchain/x/did/gateway"
	"github.com/meshchain/meshchain/x/did/segment"
)

// run is a gateway whose devices are streams in files and whose data are rows of a CSV.
type run struct {
	node
	csv, journal, record string
	rows                 int
}

func runCmd() *cobra.Command {
	var r run
	cmd := &cobra.Command{
		Use:   "run [stream-file]...",
		Short: "Run a gateway: commit a row of a CSV per stream and interval, and disclose the keys",
		Long: `Run a gateway: in each interval every stream commits the next row of the CSV, its fields joined by
commas, and keys are disclosed when they are released, in one transaction each for all streams.
Ends when all rows are authentic. --record gets a line of JSON per segment, by which "verify" can
check it. What is outstanding is in --journal: after a crash, run it again with the same files, and it
goes on after the last row that --record has.`,
		Example: `  meshchaind did segment run sensor1.json sensor2.json --csv readings.csv --rows 100 --record sent.jsonl --from gateway --keyring-dir ~/.farm`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    r.execute,
	}
	r.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&r.csv, "csv", "", "file with the data, the first line is skipped (required)")
	f.StringVar(&r.journal, "journal", "gateway.journal", "file for what is not on the chain yet")
	f.StringVar(&r.record, "record", "", "file to append a line to for each segment")
	f.IntVar(&r.rows, "rows", 0, "stop after as many rows; 0 takes all")
	if err := cmd.MarkFlagRequired("csv"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

// sent is a line of the record.
type sent struct {
	Schema string `json:"schema"`
	T      uint32 `json:"t"`
	Data   string `json:"data"`
}

func (r *run) execute(cmd *cobra.Command, paths []string) error {
	rows, err := readRows(r.csv, r.rows)
	if err != nil {
		return err
	}
	devices := make([]*segment.Device, len(paths))
	ids := make([]segment.ID, len(paths))
	for i, path := range paths {
		if devices[i], err = openStream(path); err != nil {
			return err
		}
		ids[i] = devices[i].ID()
	}
	record := io.Discard
	done := make([]position, len(devices))
	if r.record != "" {
		if done, err = readRecord(r.record, ids); err != nil {
			return fmt.Errorf("--record: %w", err)
		}
		file, err := os.OpenFile(r.record, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return fmt.Errorf("--record: %w", err)
		}
		defer file.Close()
		record = file
	}
	return r.with(cmd, func(ctx context.Context, chain segments.Node) (err error) {
		g, err := gateway.Open(ctx, chain, r.journal, ids...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		total, err := r.loop(ctx, g, devices, rows, done, record, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if err := r.print(cmd.OutOrStdout(), total, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%d segments committed, %d authentic, %d not, %d lost\n", total.Committed, total.Authentic, total.Unauthentic, total.Lost)
			return err
		}); err != nil {
			return err
		}
		if total.Lost > 0 || total.Unauthentic > 0 {
			return fmt.Errorf("%d segments are lost and %d not authentic", total.Lost, total.Unauthentic)
		}
		return nil
	})
}

// pause between two looks at the chain.
const pause = 200 * time.Millisecond

// position is how far a stream is: rows that were sent, interval of the last one.
type position struct {
	rows int
	t    uint32
}

// readRecord returns how far the streams were when a run ended.
func readRecord(path string, ids []segment.ID) ([]position, error) {
	done := make([]position, len(ids))
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return done, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := json.NewDecoder(file)
	for {
		var line sent
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return done, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for i, id := range ids {
			if id.String() == line.Schema {
				done[i] = position{done[i].rows + 1, line.T}
			}
		}
	}
}

// loop lets every device send all rows, and ends when the last key is known.
func (r *run) loop(ctx context.Context, g *gateway.Gateway, devices []*segment.Device, rows []string, done []position, record, progress io.Writer) (total gateway.Progress, err error) {
	key := make([]uint32, len(devices))
	shown := time.Now()
	for {
		busy := false
		for i, d := range devices {
			if done[i].rows < len(rows) && d.Schema().IntervalAt(time.Now()) > done[i].t {
				t, err := sign(g, d, rows[done[i].rows], record)
				if err != nil {
					return total, err
				}
				if t > 0 {
					done[i] = position{done[i].rows + 1, t}
				}
			}
			if released, err := release(g, d); err != nil {
				return total, err
			} else if released > 0 {
				key[i] = released
			}
			busy = busy || done[i].rows < len(rows) || key[i] < done[i].t
		}
		p, err := g.Step(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return total, err
			}
			p.Problems = append(p.Problems, err.Error())
		}
		add(&total, p)
		for _, problem := range p.Problems {
			fmt.Fprintln(progress, problem)
		}
		segments, keys := g.Outstanding()
		if !busy && segments+keys == 0 {
			return total, nil
		}
		if time.Since(shown) > 2*time.Second {
			shown = time.Now()
			fmt.Fprintf(progress, "%d segments committed, %d authentic, %d outstanding\n", total.Committed, total.Authentic, segments)
		}
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func add(total *gateway.Progress, p gateway.Progress) {
	total.Committed += p.Committed
	total.Lost += p.Lost
	total.Disclosed += p.Disclosed
	total.Authentic += p.Authentic
	total.Unauthentic += p.Unauthentic
}

// sign hands the data over if the device has an interval for it now, and returns that.
func sign(g *gateway.Gateway, d *segment.Device, data string, record io.Writer) (uint32, error) {
	now := time.Now()
	if now.After(d.Schema().Begin(d.Schema().Life + 1)) {
		return 0, fmt.Errorf("stream %s is over: %s", d.ID(), when(d.Schema()))
	}
	digest := sha256.Sum256([]byte(data))
	mac := make([]byte, d.Schema().MACLength)
	t, err := d.Sign(now, &digest, mac)
	if errors.Is(err, segment.ErrInterval) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if err := g.Segment(d.ID(), t, digest, mac); err != nil {
		return 0, err
	}
	return t, json.NewEncoder(record).Encode(sent{d.ID().String(), t, data})
}

// release hands over the newest key that may be known, and returns its number.
func release(g *gateway.Gateway, d *segment.Device) (uint32, error) {
	key := make([]byte, d.Schema().Chain.KeyLength)
	t, err := d.Disclose(time.Now(), key)
	if errors.Is(err, segment.ErrInterval) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return t, g.Key(d.ID(), t, key)
}

// readRows reads the rows after the first, at most limit if that is not 0.
func readRows(path string, limit int) ([]string, error) {
	if limit < 0 {
		return nil, fmt.Errorf("--rows %d: must be 0 or more", limit)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--csv: %w", err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	if _, err := reader.Read(); err != nil {
		return nil, fmt.Errorf("--csv %s: %w", path, err)
	}
	var rows []string
	for limit == 0 || len(rows) < limit {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("--csv %s: %w", path, err)
		}
		rows = append(rows, strings.Join(fields, ","))
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("--csv %s: has no rows", path)
	}
	return rows, nil
}
