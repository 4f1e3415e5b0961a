package relayer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"cosmossdk.io/log"
	"golang.org/x/sync/errgroup"
)

const cursorEvery = 2 * time.Second

// Relayer serves the paths of a configuration.
type Relayer struct {
	cfg     Config
	log     log.Logger
	metrics *Metrics
	cursor  *cursor
	pollers map[string]*poller
	workers []*worker
	// witnesses of chains with two nodes
	witnesses map[string]*witness
}

// Option varies New.
type Option func(*options)

type options struct{ input io.Reader }

// WithKeyringInput supplies the passphrase of keyring backend file.
func WithKeyringInput(r io.Reader) Option { return func(o *options) { o.input = r } }

// New prepares a relayer for every path of the configuration, all of which must be linked. It opens
// keys and the block cursor but contacts no chain: a chain may be away when the relayer starts.
func New(cfg Config, logger log.Logger, opts ...Option) (*Relayer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(cfg.Paths) == 0 {
		return nil, errors.New("paths: is empty, there is nothing to relay")
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	cur, err := loadCursor(cfg.StateDir)
	if err != nil {
		return nil, err
	}
	r := &Relayer{cfg: cfg, log: logger, metrics: newMetrics(), cursor: cur, pollers: map[string]*poller{}, witnesses: map[string]*witness{}}
	chains := map[string]*Chain{}
	for _, c := range cfg.Chains {
		if chains[c.ChainID], err = OpenChain(c, o.input); err != nil {
			return nil, err
		}
		r.pollers[c.ChainID] = newPoller(chains[c.ChainID], cfg.PollInterval, cur.heights[c.ChainID], logger.With("chain", c.ChainID), r.metrics)
		if r.witnesses[c.ChainID], err = newWitness(chains[c.ChainID], c, logger.With("chain", c.ChainID), r.metrics); err != nil {
			return nil, err
		}
	}
	for i, p := range cfg.Paths {
		p = p.withDefaults()
		if !p.Linked() {
			return nil, fmt.Errorf("paths[%d] (%s): is not linked: run `meshchaind relayer link` first", i, p)
		}
		w := newWorker(p, chains[p.A.ChainID], chains[p.B.ChainID], cfg, logger, r.metrics)
		for side, e := range []End{p.A, p.B} {
			poll := r.pollers[e.ChainID]
			poll.subs = append(poll.subs, subscription{end: e, side: side, to: w.news})
		}
		for side, s := range w.ends() {
			if other := r.witnesses[w.sides[1-side].chain.id]; other != nil {
				other.holders = append(other.holders, s)
			}
		}
		r.workers = append(r.workers, w)
	}
	return r, nil
}

// Metrics of this relayer.
func (r *Relayer) Metrics() *Metrics { return r.metrics }

// Run relays until ctx ends, which is no error. Chains that do not answer are asked again, with
// growing pauses, for as long as it runs.
func (r *Relayer) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if r.cfg.Metrics.Listen != "" {
		l, err := net.Listen("tcp", r.cfg.Metrics.Listen)
		if err != nil {
			return fmt.Errorf("metrics.listen: %w", err)
		}
		g.Go(func() error { return r.serveMetrics(ctx, l) })
	}
	for _, p := range r.pollers {
		if len(p.subs) > 0 {
			g.Go(func() error { return p.run(ctx) })
		}
	}
	for _, w := range r.witnesses {
		if w != nil && len(w.holders) > 0 {
			g.Go(func() error { return w.run(ctx) })
		}
	}
	for _, w := range r.workers {
		r.log.Info("relaying", "path", w.path.String())
		g.Go(func() error { return w.run(ctx) })
	}
	g.Go(func() error { return r.keepCursor(ctx) })
	return g.Wait()
}

func (r *Relayer) keepCursor(ctx context.Context) error {
	tick := time.NewTicker(cursorEvery)
	defer tick.Stop()
	healthy := condition{log: r.log, what: "saving the block cursor"}
	for {
		ended := false
		select {
		case <-tick.C:
		case <-ctx.Done():
			ended = true
		}
		if err := r.cursor.save(r.finished()); err != nil {
			healthy.failed(err)
		} else {
			healthy.ok()
		}
		if ended {
			return nil
		}
	}
}

// finished returns, per chain, the height up to which nothing is pending.
func (r *Relayer) finished() map[string]int64 {
	out := map[string]int64{}
	for id, p := range r.pollers {
		out[id] = p.handed.Load()
	}
	for _, w := range r.workers {
		for i, s := range w.sides {
			if oldest := w.oldest[i].Load(); oldest > 0 {
				out[s.chain.id] = min(out[s.chain.id], oldest-1)
			}
		}
	}
	return out
}

func (r *Relayer) serveMetrics(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("/metrics", r.metrics.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	r.log.Info("metrics", "url", "http://"+l.Addr().String()+"/metrics")
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}
