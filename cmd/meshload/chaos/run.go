package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"text/tabwriter"
	"time"
)

// setUpTimeout bounds starting and linking.
const setUpTimeout = 5 * time.Minute

// Report of a run.
type Report struct {
	Seed    uint64 `json:"seed"`
	Seconds int    `json:"seconds"`
	// Kills and Cuts are how often a process was killed and a wire broken.
	Kills int `json:"kills"`
	Cuts  int `json:"cuts"`
	// SettledSeconds from the end of the storm until no packet was open.
	SettledSeconds float64   `json:"settled_seconds"`
	Lanes          []Outcome `json:"lanes"`
}

// run does everything and reports what became of the packets, good or bad.
func (s *settings) run(ctx context.Context, progress io.Writer) (_ *Report, err error) {
	fmt.Fprintf(progress, "seed %d: %d zones, %d s of chaos\n", s.seed, s.zones, s.seconds)
	dir := s.home
	if dir == "" {
		if dir, err = os.MkdirTemp("", "meshload-chaos-"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, setUpTimeout+s.storm()+s.patience, errors.New("took far longer than it may"))
	defer cancel()
	fmt.Fprintln(progress, "starting and linking the chains")
	n, err := newNetwork(ctx, s, dir)
	defer n.close()
	if err != nil {
		return nil, err
	}
	plan := makePlan(s.seed, targets(s.zones), s.storm())
	report := &Report{Seed: s.seed, Seconds: s.seconds}
	for _, f := range plan {
		if f.Wire {
			report.Cuts++
		} else {
			report.Kills++
		}
	}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var senders sync.WaitGroup
	for i, l := range n.lanes {
		senders.Go(func() { l.send(sending, rand.New(rand.NewPCG(s.seed, 1<<32+uint64(i)))) })
	}
	storm := &storm{network: n, progress: progress}
	err = storm.rage(ctx, plan)
	stop()
	senders.Wait()
	if err != nil {
		return nil, err
	}
	storm.say("everything is mended")
	mended := time.Now()
	if err := storm.settle(ctx, s.patience); err != nil {
		return nil, err
	}
	report.SettledSeconds = time.Since(mended).Seconds()
	for _, l := range n.lanes {
		o, err := l.outcome(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l, err)
		}
		report.Lanes = append(report.Lanes, o)
	}
	return report, nil
}

// verdict is an error if a packet was lost or arrived twice.
func (r *Report) verdict() error {
	var errs []error
	for _, o := range r.Lanes {
		if err := o.verdict(); err != nil {
			errs = append(errs, fmt.Errorf("seed %d: %w", r.Seed, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *Report) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "packets\tsent\treceived\trefunded\tin escrow\tvouchers")
	for _, o := range r.Lanes {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", o.Lane, o.Sent, o.Received, o.Refunded(), o.Escrowed, o.Vouchers)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "seed %d: %d kills and %d cuts in %d s; all packets ended %.1f s after the last\n",
		r.Seed, r.Kills, r.Cuts, r.Seconds, r.SettledSeconds)
	return err
}
