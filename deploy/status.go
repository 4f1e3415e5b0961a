package deploy

import (
	"context"
	"fmt"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Health of a zone in one word, the worst first.
const (
	// HealthUnfinished: create has not come to its end.
	HealthUnfinished = "unfinished"
	// HealthStopped: its node does not run.
	HealthStopped = "stopped"
	// HealthSilent: its node runs and does not answer.
	HealthSilent = "silent"
	// HealthStalled: no block for a while.
	HealthStalled = "stalled"
	// HealthOrphaned: the main chain does not answer.
	HealthOrphaned = "orphaned"
	// HealthExpired: a light client is dead.
	HealthExpired = "expired"
	// HealthRetired: the registry has closed it.
	HealthRetired = "retired"
	// HealthPending: the registry waits for its announcement.
	HealthPending = "pending"
	// HealthUnrelayed: the relayer does not run.
	HealthUnrelayed = "unrelayed"
	// HealthExpiring: a light client has less than half of its trusting period left.
	HealthExpiring = "expiring"
	// HealthStale: the main chain has not heard of it for long.
	HealthStale = "stale"
	// HealthSyncing: its node catches up.
	HealthSyncing = "syncing"
	// HealthHealthy: none of these.
	HealthHealthy = "healthy"
)

// stallAfter so many block times, and at least stallFloor, without a block.
const (
	stallAfter = 20
	stallFloor = 30 * time.Second
	// statusTimeout bounds what is asked of one chain.
	statusTimeout = 8 * time.Second
)

// Status of a zone, read from the chains.
type Status struct {
	Name    string `json:"name"`
	ChainID string `json:"chain_id"`
	// Health in one word, and what to do if it is not healthy.
	Health string `json:"health"`
	Next   string `json:"next,omitempty"`
	// PID of node and relayer, 0 if they do not run.
	NodePID    int `json:"node_pid"`
	RelayerPID int `json:"relayer_pid"`
	// Relaying tells that the relayer answers, whoever has started it.
	Relaying bool `json:"relaying"`
	// RPC of the node.
	RPC string `json:"rpc"`
	// Height and time of the newest block, peers of the node.
	Height     int64     `json:"height"`
	BlockTime  time.Time `json:"block_time"`
	Peers      int       `json:"peers"`
	CatchingUp bool      `json:"catching_up"`
	// MainHeight is the main chain's.
	MainHeight int64 `json:"main_height"`
	// Registry is the zone's status there, HeartbeatHeight what it last told.
	Registry        string `json:"registry,omitempty"`
	HeartbeatHeight uint64 `json:"heartbeat_height,omitempty"`
	// ToZone and ToMain are the two directions of the link.
	ToZone Direction `json:"to_zone"`
	ToMain Direction `json:"to_main"`
	// Problems that kept something from being read.
	Problems []string `json:"problems,omitempty"`
}

// Direction is what is known where packets start.
type Direction struct {
	Channel string `json:"channel"`
	// PendingPackets are not received yet, PendingAcks not acknowledged yet.
	PendingPackets int `json:"pending_packets"`
	PendingAcks    int `json:"pending_acks"`
	// ClientExpires is when the light client there, of the other chain, expires.
	ClientExpires time.Time `json:"client_expires"`
	// Escrow holds what is on the other chain as vouchers.
	Escrow sdk.Coins `json:"escrow"`

	level float64
}

// ReadStatus asks the chains about a zone. What cannot be read is among the problems.
func (h Home) ReadStatus(ctx context.Context, name string) (*Status, error) {
	r, err := h.LoadRecord(name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	s := &Status{Name: name, ChainID: r.Spec.ChainID(), RPC: r.rpc()}
	s.NodePID, _ = h.nodeDaemon(r).running()
	if d, err := h.relayDaemon(r.Binary, nil, ""); err == nil {
		s.RelayerPID, _ = d.running()
	}
	s.Relaying = h.relaying(ctx)
	zone, err := s.readZone(ctx, r)
	s.problem(err)
	main, err := s.readMain(ctx, r)
	s.problem(err)
	if r.Path.Linked() {
		s.ToZone.Channel, s.ToMain.Channel = r.Path.A.ChannelID, r.Path.B.ChannelID
		if main != nil {
			s.problem(s.ToZone.read(ctx, main, r.Path.A))
		}
		if zone != nil {
			s.problem(s.ToMain.read(ctx, zone, r.Path.B))
		}
		s.readPending(ctx, r)
	}
	s.judge(r, zone != nil, main != nil)
	return s, nil
}

func (s *Status) problem(err error) {
	if err != nil {
		s.Problems = append(s.Problems, err.Error())
	}
}

func (s *Status) readZone(ctx context.Context, r *Record) (*client.Client, error) {
	c, err := dial(ctx, s.RPC, s.ChainID, "", nil, nil)
	if err != nil {
		return nil, err
	}
	status, err := c.RPC.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	s.Height, s.BlockTime, s.CatchingUp = status.SyncInfo.LatestBlockHeight, status.SyncInfo.LatestBlockTime, status.SyncInfo.CatchingUp
	net, err := c.RPC.NetInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	s.Peers = net.NPeers
	return c, nil
}

func (s *Status) readMain(ctx context.Context, r *Record) (*client.Client, error) {
	c, err := dial(ctx, r.Main.RPC, r.Main.ChainID, "", nil, nil)
	if err != nil {
		return nil, err
	}
	if s.MainHeight, err = c.Height(ctx); err != nil {
		return nil, err
	}
	res, err := zonestypes.NewQueryClient(c).Zone(ctx, &zonestypes.QueryZoneRequest{Name: s.Name})
	if isNotFound(err) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("registry: %w", err)
	}
	s.Registry = statusWord(res.Zone.Status)
	if beat := res.Zone.Zone.Heartbeat; beat != nil {
		s.HeartbeatHeight = beat.Height
	}
	return c, nil
}

// read takes escrow and life of the light client at one end.
func (d *Direction) read(ctx context.Context, c *client.Client, e relayer.End) error {
	l, err := lightClientOf(ctx, c, e.ClientID)
	if err != nil {
		return err
	}
	d.ClientExpires, d.level = l.expires.UTC(), l.level(time.Now())
	escrow, err := formatAddress(transfertypes.GetEscrowAddress(e.PortID, e.ChannelID))
	if err != nil {
		return err
	}
	res, err := banktypes.NewQueryClient(c).AllBalances(ctx, &banktypes.QueryAllBalancesRequest{Address: escrow, Pagination: &query.PageRequest{Limit: 200}})
	if err != nil {
		return fmt.Errorf("escrow on %s: %w", c.ChainID(), err)
	}
	d.Escrow = res.Balances
	return nil
}

// readPending counts what is on its way.
func (s *Status) readPending(ctx context.Context, r *Record) {
	cfg := relayer.DefaultConfig()
	cfg.Chains, cfg.Paths = []relayer.ChainConfig{r.mainConfig(), r.zoneConfig()}, []relayer.Path{r.Path}
	paths, err := relayer.Status(ctx, cfg)
	if err != nil || len(paths) != 1 {
		s.problem(err)
		return
	}
	for _, e := range []struct {
		from relayer.EndStatus
		to   *Direction
	}{{paths[0].A, &s.ToZone}, {paths[0].B, &s.ToMain}} {
		e.to.PendingPackets, e.to.PendingAcks = e.from.PendingPackets, e.from.PendingAcks
	}
}

// judge says in one word how the zone is, and what to do about it.
func (s *Status) judge(r *Record, zone, main bool) {
	stall := max(stallFloor, stallAfter*r.Spec.BlockTime)
	level := max(s.ToZone.level, s.ToMain.level)
	verb := func(v string) string { return "meshchaind zone " + v + " " + s.Name }
	for _, c := range []struct {
		is           bool
		health, next string
	}{
		{!r.Joined && !r.done(steps[len(steps)-1].name), HealthUnfinished, "run the zone create of then again; it goes on where it stopped"},
		{!zone && s.NodePID == 0, HealthStopped, verb("start")},
		{!zone, HealthSilent, "see the node's log, then " + verb("stop") + " and " + verb("start")},
		{zone && s.CatchingUp, HealthSyncing, "wait"},
		{zone && time.Since(s.BlockTime) > stall, HealthStalled, "are more than two thirds of the stake online? see the node's log"},
		{!main, HealthOrphaned, "is the main chain's node at " + r.Main.RPC + " running?"},
		{level >= 2, HealthExpired, verb("recover")},
		{s.Registry == "retired" || s.Registry == "", HealthRetired, verb("destroy")},
		{s.Registry == "pending", HealthPending, "run the zone create of then again"},
		{!r.Joined && !s.Relaying, HealthUnrelayed, verb("start")},
		{level >= 1, HealthExpiring, "see the relayer's log: is it out of funds?"},
		{s.Registry == "stale", HealthStale, "see the relayer's log"},
		{true, HealthHealthy, ""},
	} {
		if c.is {
			s.Health, s.Next = c.health, c.next
			return
		}
	}
}

// Pending tells how much is on its way, in both directions.
func (s *Status) Pending() int {
	return s.ToZone.PendingPackets + s.ToZone.PendingAcks + s.ToMain.PendingPackets + s.ToMain.PendingAcks
}

// Expiry is when the first light client of the two expires, zero if none is known.
func (s *Status) Expiry() time.Time {
	a, b := s.ToZone.ClientExpires, s.ToMain.ClientExpires
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Listed is a zone of the registry.
type Listed struct {
	Name    string    `json:"name"`
	ChainID string    `json:"chain_id"`
	Status  string    `json:"status"`
	Owner   string    `json:"owner"`
	Area    string    `json:"area"`
	Level   uint32    `json:"level"`
	Channel string    `json:"channel"`
	Seen    time.Time `json:"seen"`
	// Here tells that this home operates it.
	Here bool `json:"here"`
}

// maxListed bounds List.
const maxListed = 10_000

// List returns the zones in the registry of a main chain.
func (h Home) List(ctx context.Context, mainRPC string) ([]Listed, error) {
	main, err := FindMain(ctx, mainRPC, "0usmt")
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx, mainRPC, main.ChainID, "", nil, nil)
	if err != nil {
		return nil, err
	}
	here, err := h.Names()
	if err != nil {
		return nil, err
	}
	mine := " " + strings.Join(here, " ") + " "
	var out []Listed
	for page := (&query.PageRequest{Limit: 200}); len(out) < maxListed; {
		res, err := zonestypes.NewQueryClient(c).Zones(ctx, &zonestypes.QueryZonesRequest{Pagination: page})
		if err != nil {
			return nil, fmt.Errorf("zones of %s: %w", main.ChainID, err)
		}
		for _, z := range res.Zones {
			l := Listed{
				Name: z.Zone.Name, ChainID: z.Zone.ChainId, Status: statusWord(z.Status), Owner: z.Zone.Owner, Area: z.Zone.Area,
				Level: z.Zone.Level, Channel: z.Zone.ChannelId, Here: strings.Contains(mine, " "+z.Zone.Name+" "),
			}
			if z.Seen != nil {
				l.Seen = z.Seen.UTC()
			}
			out = append(out, l)
		}
		if res.Pagination == nil || len(res.Pagination.NextKey) == 0 {
			break
		}
		page = &query.PageRequest{Key: res.Pagination.NextKey, Limit: 200}
	}
	return out, nil
}
