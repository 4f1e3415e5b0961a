package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
)

// Head is a block header that was verified.
type Head struct {
	Height int64
	Time   time.Time
	Hash   []byte
}

// EndpointStatus says what one endpoint is worth.
type EndpointStatus struct {
	URL    string
	Height int64
	// Time of its newest header.
	Time time.Time
	// Active: questions go here first.
	Active bool
	// Err is why it is not used, or nil.
	Err error
}

// view is what the endpoints agree upon. It is safe for concurrent use.
type view struct {
	chainID   string
	endpoints []*endpoint
	trust     *trust
	maxLag    time.Duration
	timeout   time.Duration
	now       func() time.Time

	mu     sync.Mutex
	status []EndpointStatus
	active int
	head   Head
	common int64 // height up to which endpoints were compared
	err    error // of the newest look
	last   sight // of the newest look; nothing in it if that failed
}

// sight is the result of one look.
type sight struct {
	head   Head
	usable []*endpoint // the one to ask first comes first
	common int64       // the height that all usable endpoints have
}

type tip struct {
	i      int
	header *cmttypes.SignedHeader
	err    error
}

// look asks all endpoints and decides. With ErrStale the sight is there too: what it shows
// is true, but may be old.
func (v *view) look(ctx context.Context) (sight, error) {
	s, err := v.judge(ctx, v.tips(ctx))
	v.mu.Lock()
	defer v.mu.Unlock()
	if ctx.Err() != nil {
		return sight{}, ctx.Err() // the caller's end says nothing about the chain
	}
	v.err, v.last = err, s
	return s, err
}

// newest is the result of the newest look.
func (v *view) newest() sight {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

func (v *view) tips(ctx context.Context) []tip {
	out := make([]tip, len(v.endpoints))
	var wg sync.WaitGroup
	for i, e := range v.endpoints {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx, cancel := context.WithTimeout(ctx, v.timeout)
			defer cancel()
			out[i] = tip{i: i}
			h, err := e.tip(ctx)
			if err == nil {
				out[i].header, err = h, v.check(ctx, e, h)
			}
			out[i].err = err
		}()
	}
	wg.Wait()
	return out
}

func (v *view) check(ctx context.Context, e *endpoint, h *cmttypes.SignedHeader) error {
	now := v.now()
	if ahead := h.Time.Sub(now); ahead > v.maxLag {
		return fmt.Errorf("%s: %w: header %d is %s ahead", e.url, ErrClock, h.Height, ahead.Round(time.Second))
	}
	return v.trust.verify(ctx, e, h, now)
}

func (v *view) judge(ctx context.Context, tips []tip) (sight, error) {
	best, good, reasons := v.sort(tips)
	if best == nil {
		return sight{}, fmt.Errorf("%s: %w: %w", v.chainID, ErrUnreachable, errors.Join(reasons...))
	}
	common := best.header.Height
	for _, t := range good {
		common = min(common, t.header.Height)
	}
	if err := v.compare(ctx, best, good, common); err != nil {
		return sight{}, err
	}
	head := Head{Height: best.header.Height, Time: best.header.Time, Hash: best.header.Hash()}
	v.mu.Lock()
	before := v.head
	v.mu.Unlock()
	if head.Height < before.Height {
		return sight{}, fmt.Errorf("%s: %w: the newest block is %d after block %d was seen", v.chainID, ErrStale, head.Height, before.Height)
	}
	now := v.now()
	if err := v.trust.advance(ctx, v.endpoints[best.i], best.header, now); err != nil {
		return sight{}, fmt.Errorf("%s: %w: %w", v.chainID, ErrUnreachable, err)
	}
	s := sight{head: head, common: common, usable: v.choose(best, good, head)}
	if age := now.Sub(head.Time); age > v.maxLag {
		return s, fmt.Errorf("%s: %w: block %d is %s old, at most %s is taken", v.chainID, ErrStale, head.Height, age.Round(time.Second), v.maxLag)
	}
	return s, nil
}

// sort finds the highest tip and those that may be compared with it, and notes the status.
func (v *view) sort(tips []tip) (best *tip, good []tip, reasons []error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, t := range tips {
		s := &v.status[t.i]
		s.Active, s.Err = false, t.err
		if t.header != nil {
			s.Height, s.Time = t.header.Height, t.header.Time
		}
		if t.err != nil {
			reasons = append(reasons, t.err)
			continue
		}
		good = append(good, t)
	}
	for i := range good {
		if best == nil || good[i].header.Height > best.header.Height {
			best = &good[i]
		}
	}
	return best, good, reasons
}

// compare asks for the header of the common height wherever it is not known and compares.
func (v *view) compare(ctx context.Context, best *tip, good []tip, common int64) error {
	v.mu.Lock()
	done := v.common >= common && v.err == nil
	v.mu.Unlock()
	if done || len(good) < 2 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	var first *cmttypes.SignedHeader
	var from string
	for _, t := range good {
		e, h := v.endpoints[t.i], t.header
		if h.Height != common {
			var err error
			if h, err = e.header(ctx, common); err != nil {
				return fmt.Errorf("%s: %w: %w", v.chainID, ErrUnreachable, err)
			}
		}
		if first == nil {
			first, from = h, e.url
		} else if a, b := first.Hash(), h.Hash(); string(a) != string(b) {
			return fmt.Errorf("%s: %w: header %d is %X at %s and %X at %s", v.chainID, ErrContradiction, common, a, from, b, e.url)
		}
	}
	v.mu.Lock()
	v.common = common
	v.mu.Unlock()
	return nil
}

// choose keeps the active endpoint as long as it is at most one block behind the best, and
// leaves out those that lag.
func (v *view) choose(best *tip, good []tip, head Head) []*endpoint {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.head = head
	active := best.i
	for _, t := range good {
		if t.i == v.active && t.header.Height >= head.Height-1 {
			active = t.i
		}
	}
	v.active = active
	v.status[active].Active = true
	usable := []*endpoint{v.endpoints[active]}
	for _, t := range good {
		if t.i == active {
			continue
		}
		if lag := head.Time.Sub(t.header.Time); lag > v.maxLag {
			v.status[t.i].Err = fmt.Errorf("%s: %w: block %d is %d blocks and %s behind", v.endpoints[t.i].url, ErrStale,
				t.header.Height, head.Height-t.header.Height, lag.Round(time.Second))
			continue
		}
		usable = append(usable, v.endpoints[t.i])
	}
	return usable
}

// order returns all endpoints, the active one first: for what is harmless to ask or to send.
func (v *view) order() []*endpoint {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := []*endpoint{v.endpoints[v.active]}
	for i, e := range v.endpoints {
		if i != v.active {
			out = append(out, e)
		}
	}
	return out
}

func (v *view) report() (Head, []EndpointStatus, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.head, append([]EndpointStatus(nil), v.status...), v.err
}
