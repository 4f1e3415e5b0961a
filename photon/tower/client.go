package tower

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// every is how often new states go to the towers: they are at most a second behind.
	every = 250 * time.Millisecond
	// resend is after how long a state without a receipt is sent again.
	resend = 2 * time.Second
	// audit is how often towers are asked what they have.
	audit = 30 * time.Second
	// ask is how often a tower without terms is asked for them.
	ask = 5 * time.Second
	// MaxTowers of one node.
	MaxTowers = 8
	// delegationTime of a delegation by the channel clock: half a year.
	delegationTime = 180 * 24 * 3600
	// maxViewAge is how old the view of a chain may be for a tower to be judged by it.
	maxViewAge = 120
	// maxProofs that towers show and machines have not looked at yet.
	maxProofs = 16
)

// Errors of [Client.Add].
var (
	// ErrNoTower: the node watches nothing on the chains of this one.
	ErrNoTower = errors.New("the node is no tower for any chain of this one")
	// ErrReward: the tower asks for more.
	ErrReward = errors.New("the tower asks for a higher reward")
	// ErrLied: the tower did not have what it had signed for.
	ErrLied = errors.New("the tower lied before")
)

// Node is what a client needs of its node.
type Node interface {
	Wire
	Channels() []node.Channel
	Peers() []node.Peer
	Do(ctx context.Context, id protocol.ChannelID, event machine.Event) error
}

// ClientConfig of a client.
type ClientConfig struct {
	// File keeps the list of towers; evidence against liars lies beside it.
	File string
	// Domains of this node, to ask towers about.
	Domains func() []types.Hash
	// Delegate signs with the channel key on a chain; Account reads an account of it; Clock is its
	// channel clock.
	Delegate func(chainID string, message []byte) ([types.SignatureLength]byte, error)
	Account  func(chainID, text string) ([]byte, error)
	Clock    func(chainID string) uint64
	Now      func() time.Time
	Logger   *slog.Logger
	// Audit is how often towers are asked what they have (default 30 s).
	Audit time.Duration
	// WarnAbove is what may be this node's in a channel that no tower covers, for WarnAfter (default 3 s), before
	// it warns.
	WarnAbove Limits
	WarnAfter time.Duration
}

// Client hands the states of this node's channels to its towers and checks on them.
type Client struct {
	cfg    ClientConfig
	node   Node
	proofs chan struct{}

	mu     sync.Mutex
	towers []*tower
	bare   map[protocol.ChannelID]*cover
}

// tower as its client sees it.
type tower struct {
	entry
	terms    map[types.Hash]Terms
	asked    time.Time
	audited  time.Time
	channels map[protocol.ChannelID]*handed
	err      string
}

// handed is what a tower was given of a channel.
type handed struct {
	place types.Place
	// delegation that is in force in this epoch.
	expiry    uint64
	signature [types.SignatureLength]byte
	// sent and not signed for.
	pending types.Hash
	nonce   uint64
	sentAt  time.Time
	// receipt is the newest; signed tells that there is one.
	receipt Receipt
	signed  bool
	asked   bool // once in this run
	// doubt is a receipt that what the tower showed did not bear out; again tells that it was asked
	// again since.
	doubt *Receipt
	again bool
}

// Status of a tower.
type Status struct {
	Address, Account string
	Reward           types.Uint128
	Connected        bool
	// Watching channels, and those whose newest state is not signed for yet.
	Watching, Behind int
	Err              string
}

// NewClient reads the list of towers.
func NewClient(cfg ClientConfig, n Node) (*Client, error) {
	if cfg.Audit == 0 {
		cfg.Audit = audit
	}
	if cfg.WarnAfter == 0 {
		cfg.WarnAfter = 3 * time.Second
	}
	entries, err := readEntries(cfg.File)
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, node: n, proofs: make(chan struct{}, maxProofs)}
	for _, e := range entries {
		c.towers = append(c.towers, newTower(e))
	}
	return c, nil
}

func newTower(e entry) *tower {
	return &tower{entry: e, terms: map[types.Hash]Terms{}, channels: map[protocol.ChannelID]*handed{}}
}

// Run hands over states until ctx ends.
func (c *Client) Run(ctx context.Context) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			c.round()
		}
	}
}

// Add asks a connected node to watch, and remembers it. A tower that is there already gets the new
// reward from the next epoch of each channel on.
func (c *Client) Add(ctx context.Context, peer, address string, reward types.Uint128) (Status, error) {
	t, err := c.join(peer, address, reward)
	if err != nil {
		return Status{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*ask)
	defer cancel()
	for err = c.agreed(t); errors.Is(err, errWaiting) && ctx.Err() == nil; err = c.agreed(t) {
		time.Sleep(20 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.towers = slices.DeleteFunc(c.towers, func(other *tower) bool { return other == t })
		return Status{}, fmt.Errorf("tower %s: %w", peer, err)
	}
	return c.status(t, true), c.save()
}

// errWaiting: the tower has not answered yet.
var errWaiting = fmt.Errorf("%w: it does not answer", ErrNoTower)

// join puts a tower into the list; the next round asks it.
func (c *Client) join(peer, address string, reward types.Uint128) (*tower, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, t := range c.towers {
		if t.Peer != peer {
			continue
		}
		if t.Lied != "" {
			return nil, fmt.Errorf("%w: %s", ErrLied, t.Lied)
		}
		c.towers = slices.Delete(c.towers, i, i+1)
		break
	}
	if len(c.towers) >= MaxTowers {
		return nil, fmt.Errorf("this node has %d towers: that is the most", MaxTowers)
	}
	t := newTower(entry{Address: address, Peer: peer, Reward: reward})
	c.towers = append(c.towers, t)
	return t, nil
}

// agreed tells whether the tower takes the reward for a domain of this node.
func (c *Client) agreed(t *tower) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(t.terms) == 0 || len(t.terms) < len(c.cfg.Domains()) {
		return errWaiting
	}
	err := ErrNoTower
	for _, terms := range t.terms {
		if terms.Account == "" {
			continue
		}
		if !t.Reward.Less(terms.Reward) {
			return nil
		}
		err = fmt.Errorf("%w: %s, offered are %s", ErrReward, terms.Reward, t.Reward)
	}
	return err
}

// List returns the towers in the order they were added.
func (c *Client) List() (out []Status) {
	connected := c.connected()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.towers {
		out = append(out, c.status(t, connected[t.Peer]))
	}
	return out
}

func (c *Client) status(t *tower, connected bool) Status {
	s := Status{Address: t.Address, Reward: t.Reward, Connected: connected, Err: t.err}
	for _, terms := range t.terms {
		if terms.Account != "" {
			s.Account = terms.Account
		}
	}
	for _, h := range t.channels {
		if h.signed {
			s.Watching++
		}
		if h.pending != (types.Hash{}) {
			s.Behind++
		}
	}
	if t.Lied != "" {
		s.Err = "it lied and is not used any more: " + t.Lied
	}
	return s
}

func (c *Client) connected() map[string]bool {
	out := map[string]bool{}
	for _, p := range c.node.Peers() {
		out[p.ID] = p.Connected
	}
	return out
}

// Wanted are the addresses of towers, to keep a connection with.
func (c *Client) Wanted() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.towers {
		if t.Lied == "" {
			out = append(out, t.Address)
		}
	}
	return out
}
