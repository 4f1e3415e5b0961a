package relayer

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"cosmossdk.io/log"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
)

const (
	// maxReplay bounds how many blocks are read again after a restart or an outage; what is older is
	// found by the scan.
	maxReplay = 2000
	// blocksPerNews bounds how many blocks are handed over at once.
	blocksPerNews = 50
)

// news is what a poller tells a path about one of its chains.
type news struct {
	side   int // of the path: 0 is A, 1 is B
	head   head
	events []packetEvent
	// updates of the light client that the path uses on this chain
	updates []clienttypes.Height
	gap     bool // blocks may have been missed: scan
}

type subscription struct {
	end  End
	side int
	to   chan<- news
}

// poller follows one chain for all the paths that use it.
type poller struct {
	chain   *Chain
	every   time.Duration
	log     log.Logger
	metrics *Metrics
	subs    []subscription

	next    int64        // height to hand over next; 0 is the newest
	handed  atomic.Int64 // height up to which blocks were handed over
	gap     bool
	told    head
	rhythm  rhythm
	healthy condition
}

func newPoller(chain *Chain, every time.Duration, after int64, logger log.Logger, metrics *Metrics) *poller {
	p := &poller{
		chain: chain, every: every, log: logger, metrics: metrics, gap: true,
		healthy: condition{log: logger, what: "following the chain"},
	}
	if after > 0 {
		p.next = after + 1
	}
	return p
}

func (p *poller) run(ctx context.Context) error {
	for {
		asked := p.chain.client.Endpoint()
		err := p.poll(ctx)
		pause := p.rhythm.pause(time.Now(), p.every)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			p.chain.client.SwitchEndpoint(asked)
			p.metrics.failed(p.chain.id, err)
			p.metrics.up(p.chain.id, false)
			pause = p.healthy.failed(err)
			p.gap = true
		default:
			p.metrics.up(p.chain.id, true)
			p.healthy.ok()
		}
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// poll hands over the blocks that are new.
func (p *poller) poll(ctx context.Context) error {
	tip, err := p.chain.head(ctx)
	if err != nil {
		return err
	}
	if p.next == 0 {
		p.next = tip.height
	}
	if tip.height-p.next > maxReplay {
		p.next, p.gap = tip.height-maxReplay, true
	}
	var events []packetEvent
	var updates []clientUpdate
	for n := 0; p.next <= tip.height && n < blocksPerNews; n++ {
		evs, err := p.chain.events(ctx, p.next)
		if isPruned(err) {
			p.log.Info("blocks are pruned, skipping to the newest", "height", p.next, "newest", tip.height)
			p.next, p.gap = tip.height, true
			continue
		}
		if err != nil && strings.Contains(err.Error(), "could not find results") {
			break // the header is there before the results
		}
		if err != nil {
			return err
		}
		found, malformed := packetEvents(evs, p.next)
		for _, err := range malformed {
			p.log.Error("packet event is not understood", "error", err)
			p.metrics.errors.WithLabelValues(p.chain.id, kindMalformed).Inc()
		}
		events = append(events, found...)
		updates = append(updates, clientUpdates(evs)...)
		p.next++
	}
	if tip == p.told && len(events)+len(updates) == 0 && !p.gap {
		return nil
	}
	for _, s := range p.subs {
		n := news{side: s.side, head: tip, gap: p.gap}
		for _, ev := range events {
			if ev.isFrom(s.end) || ev.isTo(s.end) {
				n.events = append(n.events, ev)
			}
		}
		for _, u := range updates {
			if u.client == s.end.ClientID {
				n.updates = append(n.updates, u.height)
			}
		}
		select {
		case s.to <- n:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if tip.height > p.told.height {
		p.rhythm.beat(time.Now(), tip.height-p.told.height)
	}
	p.told, p.gap = tip, false
	p.handed.Store(p.next - 1)
	p.metrics.height.WithLabelValues(p.chain.id).Set(float64(tip.height))
	return nil
}
