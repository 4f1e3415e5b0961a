package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	// DefaultHeartbeat is the epoch of heartbeats. A node that joins can trust the newest one, so it
	// need not be short, only much shorter than the trusting period.
	DefaultHeartbeat = time.Hour
	// MinHeartbeat keeps heartbeats from being a load: each is a packet.
	MinHeartbeat = 5 * time.Second
	// heartbeatSoon after the relayer has taken up a path, or while its zone is not active.
	heartbeatSoon = 2 * time.Second
	// heartbeatRetry after one that failed.
	heartbeatRetry = time.Minute
	// heartbeatTimeout bounds one.
	heartbeatTimeout = 30 * time.Second
	// clientWatch is how often the light clients are looked at.
	clientWatch = 5 * time.Second
	// ExpiringBelow is the part of its trusting period below which a light client counts as expiring.
	// A relayer that runs updates it after a third, when two thirds are left.
	ExpiringBelow = 0.5
)

// errNotActive says that the registry would refuse a heartbeat.
var errNotActive = errors.New("the zone is not active")

// serviceMetrics are the metrics of the zones; the relayer has its own.
type serviceMetrics struct {
	registry   *prometheus.Registry
	heartbeats *prometheus.CounterVec
	newest     *prometheus.GaugeVec
	expiring   *prometheus.GaugeVec
}

func newServiceMetrics() *serviceMetrics {
	m := &serviceMetrics{
		registry:   prometheus.NewRegistry(),
		heartbeats: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "zone", Name: "heartbeats_total", Help: "Heartbeats triggered, by result: sent or failed."}, []string{"zone", "result"}),
		newest:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "zone", Name: "heartbeat_timestamp_seconds", Help: "When the newest heartbeat was sent, in seconds since 1970."}, []string{"zone"}),
		expiring:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "zone", Name: "client_expiring", Help: "1 if a light client has less than half of its trusting period left, 2 if it is dead."}, []string{"chain", "client"}),
	}
	m.registry.MustRegister(m.heartbeats, m.newest, m.expiring)
	return m
}

// reset forgets what concerned zones that may be gone.
func (m *serviceMetrics) reset() {
	m.newest.Reset()
	m.expiring.Reset()
}

// heartbeats lets a zone tell the main chain how far it is, at once and then every epoch. What fails is
// logged and counted, and harms nothing.
func (s *Service) heartbeats(ctx context.Context, cfg relayer.Config, path relayer.Path) error {
	zone, _, _ := strings.Cut(path.B.ChainID, "-")
	logger := s.log.With("zone", zone)
	wait := heartbeatSoon
	for pause(ctx, wait) == nil {
		wait = s.every
		early, err := s.beat(ctx, cfg, path, zone)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errNotActive): // it is being registered, or retired
			wait = heartbeatSoon
		case early > 0: // the main chain has heard of it in this epoch, before the service began
			wait = early
		case err != nil:
			wait = min(heartbeatRetry, s.every)
			s.metrics.heartbeats.WithLabelValues(zone, "failed").Inc()
			logger.Error("heartbeat failed; trying again", "in", wait.String(), "error", err)
		default:
			s.metrics.heartbeats.WithLabelValues(zone, "sent").Inc()
			s.metrics.newest.WithLabelValues(zone).SetToCurrentTime()
			logger.Info("heartbeat sent")
		}
	}
	return nil
}

// beat triggers one heartbeat; the zone's own account pays for the packet, the relayer's for the
// transaction. It does nothing, and returns how long to wait, if the last one is of this epoch.
func (s *Service) beat(ctx context.Context, cfg relayer.Config, path relayer.Path, zone string) (early time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, heartbeatTimeout)
	defer cancel()
	main, here := chainOf(cfg, path.A.ChainID), chainOf(cfg, path.B.ChainID)
	hub, err := dial(ctx, main.RPC, main.ChainID, "", nil, nil)
	if err != nil {
		return 0, err
	}
	entry, err := zonestypes.NewQueryClient(hub).Zone(ctx, &zonestypes.QueryZoneRequest{Name: zone})
	if isNotFound(err) {
		return 0, errNotActive // the relayer starts before the zone is registered
	}
	if err != nil {
		return 0, fmt.Errorf("registry: %w", err)
	}
	if entry.Zone.Zone.Status != zonestypes.STATUS_ACTIVE {
		return 0, errNotActive
	}
	if heard := entry.Zone.Zone.Heard; heard != nil {
		if left := s.every - time.Since(*heard); left > 0 {
			s.metrics.newest.WithLabelValues(zone).Set(float64(heard.Unix()))
			return min(left, s.every), nil // clocks may differ
		}
	}
	key := Key{Name: here.Key, Backend: here.KeyringBackend, Dir: here.KeyringDir}
	c, err := dial(ctx, here.RPC, here.ChainID, here.GasPrices, &key, s.secret)
	if err != nil {
		return 0, err
	}
	account, err := c.Account(here.Key)
	if err != nil {
		return 0, err
	}
	_, err = account.SendWith(ctx, client.TxOptions{TimeoutBlocks: 20}, &zonestypes.MsgAnnounce{Sender: account.Address()})
	return 0, err
}

func chainOf(cfg relayer.Config, id string) relayer.ChainConfig {
	for _, c := range cfg.Chains {
		if c.ChainID == id {
			return c
		}
	}
	return relayer.ChainConfig{} // LoadConfig has refused such a path
}

// watchClients warns, by a metric and in the log, long before a light client expires.
func (s *Service) watchClients(ctx context.Context, cfg relayer.Config) error {
	warned, chains := map[string]float64{}, map[string]*client.Client{}
	for {
		for _, p := range cfg.Paths {
			for _, e := range []relayer.End{p.A, p.B} {
				if chains[e.ChainID] == nil {
					on := chainOf(cfg, e.ChainID)
					c, err := dial(ctx, on.RPC, on.ChainID, "", nil, nil)
					if err != nil {
						continue // a chain that is away is the relayer's to report
					}
					chains[e.ChainID] = c
				}
				l, err := lightClientOf(ctx, chains[e.ChainID], e.ClientID)
				if err != nil {
					continue // as before
				}
				level := l.level(time.Now())
				s.metrics.expiring.WithLabelValues(e.ChainID, e.ClientID).Set(level)
				if id := e.ChainID + "/" + e.ClientID; level != warned[id] {
					warned[id] = level
					s.warn(e, l, level)
				}
			}
		}
		if pause(ctx, clientWatch) != nil {
			return nil
		}
	}
}

func (s *Service) warn(e relayer.End, l lightClient, level float64) {
	fields := []any{"event", "client_expiring", "chain", e.ChainID, "client", e.ClientID, "of", l.chainID, "expires", l.expires.UTC().Format(time.RFC3339)}
	switch level {
	case 0:
		s.log.Info("light client is fresh again", fields...)
	case 1:
		s.log.Warn("light client has less than half of its trusting period left: is its chain away, or the relayer out of funds?", fields...)
	default:
		zone, _, _ := strings.Cut(l.chainID, "-")
		s.log.Error("light client is dead: only governance can substitute it", append(fields, "next", "meshchaind zone recover "+zone)...)
	}
}
