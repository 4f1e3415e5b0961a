package relayer

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/log"
	sdk "github.com/cosmos/cosmos-sdk/types"
	conntypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
)

// LinkOptions vary Link.
type LinkOptions struct {
	// Path to complete: ids that are set are verified and used. Empty is a new ICS-20 path.
	Path Path
	// Save is called after every step with what is known so far, so that an interrupted Link
	// continues where it stopped. Optional.
	Save func(Path) error
	// Logger reports the steps. Optional.
	Logger log.Logger
}

// Link opens a channel between two chains, with the light clients and the connection it
// needs, and returns the completed path. It does only what the chains do not show as done: on a
// linked path it verifies; after an interruption it continues, with what an earlier run left on the
// chains where that can be recognised. Bound it by ctx; it takes about eight blocks.
func Link(ctx context.Context, a, b *Chain, opts LinkOptions) (Path, error) {
	p := opts.Path
	p.A.ChainID, p.B.ChainID = a.id, b.id
	p = p.withDefaults()
	if err := p.validate(); err != nil {
		return p, err
	}
	if opts.Logger == nil {
		opts.Logger = log.NewNopLogger()
	}
	for _, c := range []*Chain{a, b} {
		if err := c.client.CheckChain(ctx); err != nil {
			return p, err
		}
	}
	l := &linker{chain: [2]*Chain{a, b}, end: [2]*End{&p.A, &p.B}, path: &p, opts: opts}
	if err := l.run(ctx); err != nil {
		return p, fmt.Errorf("link %s and %s: %w", a.id, b.id, err)
	}
	return p, nil
}

type linker struct {
	chain [2]*Chain
	end   [2]*End
	path  *Path
	opts  LinkOptions
	sent  [2]int64 // height of our last transaction on each side
}

func (l *linker) run(ctx context.Context) error {
	if err := l.settle(ctx); err != nil {
		return err
	}
	if err := l.clients(ctx); err != nil {
		return err
	}
	// The handshakes of ICS-3 and ICS-4 are six rounds from side to side: a channel end can be made
	// as soon as its own connection end is agreed, in the same transaction.
	for round := range 6 {
		if err := l.round(ctx, round%2); err != nil {
			return err
		}
	}
	return l.verify(ctx)
}

// settle waits until both chains answer from the state after their newest block: what an
// interrupted run made in it would be made again.
func (l *linker) settle(ctx context.Context) error {
	for _, c := range l.chain {
		tip, err := c.head(ctx)
		if err != nil {
			return err
		}
		if err := c.client.WaitHeight(ctx, tip.height); err != nil {
			return err
		}
	}
	return nil
}

func (l *linker) clients(ctx context.Context) error {
	var ids [2]string
	g, gctx := errgroup.WithContext(ctx)
	for i := range l.chain {
		g.Go(func() (err error) {
			ids[i], err = l.chain[i].ensureClient(gctx, l.chain[1-i], l.end[i].ClientID)
			return err
		})
	}
	err := g.Wait()
	for i, id := range ids {
		if id != "" && id != l.end[i].ClientID {
			l.end[i].ClientID = id
			l.opts.Logger.Info("created light client", "chain", l.chain[i].id, "of", l.chain[1-i].id, "client", id)
		}
	}
	return errors.Join(err, l.save()) // one client may exist though the other failed
}

func (l *linker) save() error {
	if l.opts.Save == nil {
		return nil
	}
	return l.opts.Save(*l.path)
}

// round does, on side i, every step that the state of both sides allows, in one transaction.
func (l *linker) round(ctx context.Context, i int) error {
	c, from, mine, other := l.chain[i], l.chain[1-i], l.end[i], l.end[1-i]
	if err := l.recall(ctx, i); err != nil {
		return err
	}
	conn, err := c.connection(ctx, mine.ConnectionID)
	if err != nil {
		return err
	}
	channel, err := c.channel(ctx, *mine)
	if err != nil {
		return err
	}
	proofs := &proofSource{to: c, of: from, client: mine.ClientID, after: l.sent[1-i]}
	var msgs []sdk.Msg
	add := func(msg sdk.Msg, err error) error {
		msgs = append(msgs, msg)
		return err
	}
	first := i == 0
	switch {
	case conn == nil && first:
		err = add(connectionInit(*mine, *other, c.Address()), nil)
	case conn == nil:
		err = proofs.use(ctx, func(h int64) error { return add(c.connectionTry(ctx, from, *mine, *other, h)) })
	case conn.State == conntypes.INIT && other.ConnectionID != "":
		err = proofs.use(ctx, func(h int64) error { return add(c.connectionAck(ctx, from, *mine, *other, h)) })
	case conn.State == conntypes.TRYOPEN && l.answered(ctx, 1-i):
		err = proofs.use(ctx, func(h int64) error { return add(c.connectionConfirm(ctx, from, *mine, *other, h)) })
	}
	if err != nil {
		return err
	}
	agreed := conn != nil && (conn.State == conntypes.OPEN || len(msgs) > 0)
	switch {
	case !agreed:
	case channel == nil && first:
		err = add(channelInit(*mine, *other, *l.path, c.Address()), nil)
	case channel == nil && other.ChannelID != "":
		err = proofs.use(ctx, func(h int64) error { return add(c.channelTry(ctx, from, *mine, *other, *l.path, h)) })
	case channel != nil && channel.State == channeltypes.INIT && other.ChannelID != "":
		err = proofs.use(ctx, func(h int64) error { return add(c.channelAck(ctx, from, *mine, *other, l.path.Version, h)) })
	case channel != nil && channel.State == channeltypes.TRYOPEN && l.channelOpen(ctx, 1-i):
		err = proofs.use(ctx, func(h int64) error { return add(c.channelConfirm(ctx, from, *mine, *other, h)) })
	}
	if err != nil || len(msgs) == 0 {
		return err
	}
	msgs = append(proofs.updates, msgs...)
	res, err := c.account.Send(ctx, msgs...)
	if err != nil {
		return fmt.Errorf("handshake on %s: %w", c.id, err)
	}
	l.sent[i] = res.Height
	l.learn(mine, res)
	l.opts.Logger.Info("handshake", "chain", c.id, "height", res.Height, "connection", mine.ConnectionID, "channel", mine.ChannelID)
	return l.save()
}

// recall finds ends that an interrupted run made but did not record. We initiate on side A only, so
// what is merely initiated on side B is somebody else's.
func (l *linker) recall(ctx context.Context, i int) (err error) {
	c, mine, other := l.chain[i], l.end[i], l.end[1-i]
	connection, channel := conntypes.UNINITIALIZED, channeltypes.UNINITIALIZED
	if i == 1 {
		connection, channel = conntypes.INIT, channeltypes.INIT
	}
	if mine.ConnectionID == "" {
		if mine.ConnectionID, err = c.findConnection(ctx, *mine, *other, connection); err != nil {
			return err
		}
	}
	if mine.ConnectionID != "" && mine.ChannelID == "" {
		mine.ChannelID, err = c.findChannel(ctx, *mine, *other, *l.path, channel)
	}
	return err
}

func (l *linker) learn(mine *End, res *client.TxResult) {
	for _, t := range []string{conntypes.EventTypeConnectionOpenInit, conntypes.EventTypeConnectionOpenTry} {
		if id, ok := res.Events.Attr(t, conntypes.AttributeKeyConnectionID); ok {
			mine.ConnectionID = id
		}
	}
	for _, t := range []string{channeltypes.EventTypeChannelOpenInit, channeltypes.EventTypeChannelOpenTry} {
		if id, ok := res.Events.Attr(t, channeltypes.AttributeKeyChannelID); ok {
			mine.ChannelID = id
		}
	}
}

// answered tells whether the connection end of side i is open, so that the other can confirm.
func (l *linker) answered(ctx context.Context, i int) bool {
	conn, err := l.chain[i].connection(ctx, l.end[i].ConnectionID)
	return err == nil && conn != nil && conn.State == conntypes.OPEN
}

// channelOpen tells whether the channel end of side i is open, so that the other can confirm.
func (l *linker) channelOpen(ctx context.Context, i int) bool {
	ch, err := l.chain[i].channel(ctx, *l.end[i])
	return err == nil && ch != nil && ch.State == channeltypes.OPEN
}

// verify refuses a path whose ends do not belong together or are not open.
func (l *linker) verify(ctx context.Context) error {
	for i, c := range l.chain {
		mine, other := l.end[i], l.end[1-i]
		if l.sent[i] > 0 {
			// A busy node shows a block's results a moment before it answers from its state.
			if err := c.client.WaitHeight(ctx, l.sent[i]+1); err != nil {
				return err
			}
		}
		conn, err := c.connection(ctx, mine.ConnectionID)
		if err != nil {
			return err
		}
		if conn == nil || conn.State != conntypes.OPEN {
			return fmt.Errorf("connection %s on %s is not open", mine.ConnectionID, c.id)
		}
		if conn.ClientId != mine.ClientID || conn.Counterparty.ClientId != other.ClientID || conn.Counterparty.ConnectionId != other.ConnectionID {
			return fmt.Errorf("connection %s on %s joins client %s with %s/%s, the path says %s with %s/%s", mine.ConnectionID, c.id,
				conn.ClientId, conn.Counterparty.ClientId, conn.Counterparty.ConnectionId, mine.ClientID, other.ClientID, other.ConnectionID)
		}
		ch, err := c.channel(ctx, *mine)
		if err != nil {
			return err
		}
		switch {
		case ch == nil || ch.State != channeltypes.OPEN:
			return fmt.Errorf("channel %s on %s is not open", mine.ChannelID, c.id)
		case ch.Ordering != l.path.ordering():
			return fmt.Errorf("channel %s on %s is %s, the path says %s (paths[].order)", mine.ChannelID, c.id, ch.Ordering, l.path.ordering())
		case ch.Version != l.path.Version:
			return fmt.Errorf("channel %s on %s has version %q, the path says %q", mine.ChannelID, c.id, ch.Version, l.path.Version)
		case len(ch.ConnectionHops) != 1 || ch.ConnectionHops[0] != mine.ConnectionID:
			return fmt.Errorf("channel %s on %s runs over %v, the path says %s", mine.ChannelID, c.id, ch.ConnectionHops, mine.ConnectionID)
		case ch.Counterparty.PortId != other.PortID || ch.Counterparty.ChannelId != other.ChannelID:
			return fmt.Errorf("channel %s on %s leads to %s/%s, the path says %s/%s", mine.ChannelID, c.id,
				ch.Counterparty.PortId, ch.Counterparty.ChannelId, other.PortID, other.ChannelID)
		}
	}
	return nil
}

// proofSource picks, once per transaction, the height at which the other chain is proven.
type proofSource struct {
	to, of *Chain
	client string
	after  int64 // the state to be proven was written at this height, or long ago

	height  int64
	updates []sdk.Msg
}

func (s *proofSource) use(ctx context.Context, build func(height int64) error) (err error) {
	if s.height == 0 {
		tip, err := s.of.head(ctx)
		if err != nil {
			return err
		}
		want := max(tip.height, s.after+1)
		if s.after == 0 {
			want++ // written by somebody at a height we do not know, at most the tip
		}
		if err := s.of.client.WaitHeight(ctx, want); err != nil {
			return err
		}
		if s.height, s.updates, err = s.to.updates(ctx, s.of, s.client, want); err != nil {
			return err
		}
	}
	return build(s.height)
}
