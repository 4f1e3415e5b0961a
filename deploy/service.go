package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"cosmossdk.io/log"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

const (
	// reloadEvery is how soon the service notices that its configuration was changed.
	reloadEvery = 300 * time.Millisecond
	// metricsPath is where Prometheus finds the metrics, those of the relayer and of the zones.
	metricsPath = "/metrics"
	pathsPath   = "/paths"
)

// Service is the one process that serves all zones of a home: it relays their paths and triggers their
// heartbeats. One for all, because on the main chain all of them pay from one account, whose
// transactions need one sequence, and because one poller of the main chain does for all. It notices by
// itself when a zone comes or goes.
type Service struct {
	home    Home
	log     log.Logger
	secret  Passphrase
	every   time.Duration
	metrics *serviceMetrics
	serving *relayer.Relayer // replaced by run, read by the metrics' handler
	paths   []relayer.Path
	turn    chan struct{} // guards the two
}

// serviceFile tells others where the service listens.
type serviceFile struct {
	Listen string `json:"listen"`
}

func (h Home) serviceFile() string { return filepath.Join(h.relayer(), "service.json") }

// listen returns the address of the service, chosen once.
func (h Home) listen() (string, error) {
	var f serviceFile
	data, err := os.ReadFile(h.serviceFile())
	if err == nil && json.Unmarshal(data, &f) == nil && f.Listen != "" {
		return f.Listen, nil
	}
	ports, err := localnet.FreePorts(1)
	if err != nil {
		return "", err
	}
	f.Listen = fmt.Sprintf("127.0.0.1:%d", ports[0])
	if data, err = json.Marshal(f); err != nil {
		return "", err
	}
	return f.Listen, writeFile(h.serviceFile(), append(data, '\n'))
}

// RelayProgram is what serves all zones of a home: the small program beside meshchaind, if it is there, which
// takes a fraction of the memory, else meshchaind itself.
func RelayProgram(binary string) []string {
	small := filepath.Join(filepath.Dir(binary), "meshrelayer")
	if info, err := os.Stat(small); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		return []string{small, "zones"}
	}
	return []string{binary, "zone", "relay"}
}

// relayDaemon is the process of the service.
func (h Home) relayDaemon(binary string, secret Passphrase, backend string) (daemon, error) {
	dir, err := filepath.Abs(h.dir)
	if err != nil {
		return daemon{}, err
	}
	if backend != keyring.BackendFile {
		secret = nil
	}
	args := append(RelayProgram(binary), "--home", dir)
	if len(secret) > 0 {
		args = append(args, "--passphrase-file", "-")
	}
	return daemon{name: "relayer", dir: NewHome(dir).relayer(), file: "relayer", args: args, secret: secret}, nil
}

// awaitRelay returns when the service serves a path.
func (h Home) awaitRelay(ctx context.Context, d daemon, want relayer.Path) error {
	ctx, cancel := context.WithTimeout(ctx, firstBlock)
	defer cancel()
	for {
		paths, err := h.served(ctx)
		for _, p := range paths {
			if p.String() == want.String() {
				return nil
			}
		}
		if _, ok := d.running(); !ok && err != nil {
			return d.failure()
		}
		if ended := pause(ctx, pollPause); ended != nil {
			return fmt.Errorf("the relayer does not serve %s: %w; its log is %s", want, errors.Join(ended, err), d.log())
		}
	}
}

// relaying tells whether the service answers, whoever has started it.
func (h Home) relaying(ctx context.Context) bool {
	_, err := h.served(ctx)
	return err == nil
}

// served asks the service what it serves.
func (h Home) served(ctx context.Context) ([]relayer.Path, error) {
	if _, err := os.Stat(h.serviceFile()); err != nil {
		return nil, err // it has never run
	}
	address, err := h.listen()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+pathsPath, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var paths []relayer.Path
	return paths, json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<20)).Decode(&paths)
}

// ServiceOptions of NewService.
type ServiceOptions struct {
	Logger log.Logger
	// Passphrase of keyrings of backend file.
	Passphrase Passphrase
	// HeartbeatEvery is the epoch: how often each zone tells the main chain how far it is (default
	// DefaultHeartbeat, at least MinHeartbeat).
	HeartbeatEvery time.Duration
}

// NewService prepares the service of a home.
func NewService(home Home, opts ServiceOptions) (*Service, error) {
	if opts.HeartbeatEvery == 0 {
		opts.HeartbeatEvery = DefaultHeartbeat
	}
	if opts.HeartbeatEvery < MinHeartbeat {
		return nil, fmt.Errorf("heartbeat %s: must be at least %s", opts.HeartbeatEvery, MinHeartbeat)
	}
	return &Service{
		home: home, log: opts.Logger, secret: opts.Passphrase, every: opts.HeartbeatEvery, metrics: newServiceMetrics(), turn: make(chan struct{}, 1),
	}, nil
}

// Run serves until ctx ends, which is no error.
func (s *Service) Run(ctx context.Context) error {
	address, err := s.home.listen()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("metrics: %w; %s says where to listen: remove it to have another port chosen", err, s.home.serviceFile())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.serve(ctx, l) })
	g.Go(func() error { return s.follow(ctx) })
	return g.Wait()
}

// follow relays by the configuration as it is, and begins anew when it changes.
func (s *Service) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		content, err := os.ReadFile(s.home.relayerConfig())
		if err != nil {
			return fmt.Errorf("relayer configuration: %w", err)
		}
		run, cancel := context.WithCancel(ctx)
		go func() {
			defer cancel()
			for pause(run, reloadEvery) == nil {
				if now, err := os.ReadFile(s.home.relayerConfig()); err != nil || !bytes.Equal(now, content) {
					return
				}
			}
		}()
		err = s.relay(run)
		cancel()
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// relay serves one configuration until ctx ends.
func (s *Service) relay(ctx context.Context) error {
	cfg, err := relayer.LoadConfig(s.home.relayerConfig())
	if err != nil {
		return err
	}
	if len(cfg.Paths) == 0 {
		<-ctx.Done()
		return nil
	}
	cfg.Metrics.Listen = "" // served here
	r, err := relayer.New(cfg, s.log, relayer.WithKeyringInput(s.secret))
	if err != nil {
		return err
	}
	s.now(r, cfg.Paths)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.Run(ctx) })
	for _, p := range cfg.Paths {
		g.Go(func() error { return s.heartbeats(ctx, cfg, p) })
	}
	g.Go(func() error { return s.watchClients(ctx, cfg) })
	return g.Wait()
}

func (s *Service) now(r *relayer.Relayer, paths []relayer.Path) {
	s.turn <- struct{}{}
	s.serving, s.paths = r, paths
	<-s.turn
	s.metrics.reset()
}

func (s *Service) serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc(metricsPath, func(w http.ResponseWriter, r *http.Request) {
		s.turn <- struct{}{}
		gatherers := prometheus.Gatherers{s.metrics.registry}
		if s.serving != nil {
			gatherers = append(gatherers, s.serving.Metrics().Gatherer())
		}
		<-s.turn
		promhttp.HandlerFor(gatherers, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
	mux.HandleFunc(pathsPath, func(w http.ResponseWriter, _ *http.Request) {
		s.turn <- struct{}{}
		paths := s.paths
		<-s.turn
		_ = json.NewEncoder(w).Encode(paths) // to whoever has gone there is nothing to say
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	s.log.Info("serving metrics", "url", "http://"+l.Addr().String()+metricsPath)
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// RelayerBackend is the keyring backend of the relayer's keys.
func (h Home) RelayerBackend() (string, error) {
	cfg, err := relayer.LoadConfig(h.relayerConfig())
	if err != nil {
		return "", fmt.Errorf("%w: is there a zone in %s?", err, h.dir)
	}
	for _, c := range cfg.Chains {
		return c.KeyringBackend, nil // all are the same
	}
	return "", nil
}
