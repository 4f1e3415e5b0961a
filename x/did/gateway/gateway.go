package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Chain is what a gateway needs of a chain. The errors of Commit and Disclose are those
// that the chain refused the whole transaction with, registered by x/did.
type Chain interface {
	// Now is the time of the newest block.
	Now(ctx context.Context) (time.Time, error)
	// Params of data authentication.
	Params(ctx context.Context) (types.DataParams, error)
	// Schema that is registered.
	Schema(ctx context.Context, id segment.ID) (types.SchemaView, error)
	// Commit segments in one transaction and wait for its block.
	Commit(ctx context.Context, segments []types.SegmentCommit) (*types.MsgCommitSegmentsResponse, error)
	// Disclose keys in one transaction and wait for its block.
	Disclose(ctx context.Context, keys []types.KeyDisclosure) (*types.MsgDiscloseKeysResponse, error)
}

// Progress is what one step did.
type Progress struct {
	// Committed segments are on record. Lost ones came too late or were refused.
	Committed, Lost int
	// Disclosed keys are known, by which Authentic segments became so and Unauthentic
	// ones never will.
	Disclosed, Authentic, Unauthentic int
	// Problems of single entries, in words.
	Problems []string
}

// Gateway holds what devices hand over until the chain has it. It is safe for concurrent
// use, but only one Step runs at a time.
type Gateway struct {
	chain  Chain
	params types.DataParams

	mu      sync.Mutex
	queue   *queue
	journal *journal

	step sync.Mutex
}

// Open begins with the streams of those ids, which must be registered, and what the
// journal at path still has of them.
func Open(ctx context.Context, chain Chain, path string, streams ...segment.ID) (*Gateway, error) {
	params, err := chain.Params(ctx)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	q := newQueue()
	for _, id := range streams {
		view, err := chain.Schema(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", id, err)
		}
		q.add(id, view.Schema.Stream(), view.Disclosed.T)
	}
	j, err := openJournal(path, q)
	if err != nil {
		return nil, err
	}
	return &Gateway{chain: chain, params: params, queue: q, journal: j}, nil
}

// Close closes the journal. What is outstanding stays in it.
func (g *Gateway) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.journal.close()
}

// Segment takes a segment of a device; it is on disk when this returns. The errors are
// those of this package.
func (g *Gateway) Segment(id segment.ID, t uint32, digest [segment.DigestLength]byte, mac []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.queue.segment(id, t, digest, mac); err != nil {
		return err
	}
	return g.journal.append(entry{Segment: &types.SegmentCommit{Schema: id[:], T: t, Digest: digest[:], Mac: mac}})
}

// Key takes a key that a device released; it is on disk when this returns.
func (g *Gateway) Key(id segment.ID, t uint32, key []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if fresh, err := g.queue.keyReleased(id, t, key); err != nil || !fresh {
		return err
	}
	return g.journal.append(entry{Key: &types.KeyDisclosure{Schema: id[:], T: t, Key: key}})
}

// Outstanding is how many segments and keys are not on the chain.
func (g *Gateway) Outstanding() (segments, keys int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.queue.outstanding()
}

// Step brings to the chain what is due by its clock. It may be called as often as there
// are blocks. An error means that nothing more was done in this step; what is due stays.
func (g *Gateway) Step(ctx context.Context) (Progress, error) {
	g.step.Lock()
	defer g.step.Unlock()
	var p Progress
	now, err := g.chain.Now(ctx)
	if err != nil {
		return p, fmt.Errorf("time of the chain: %w", err)
	}
	g.mu.Lock()
	segments, lost := g.queue.commits(now, g.params.EarlyBy(), types.MaxBatch)
	keys := g.queue.keys(now, g.params.MaxGap, types.MaxBatch)
	g.mu.Unlock()
	for _, c := range lost {
		p.Problems = append(p.Problems, fmt.Sprintf("segment %d of %x: its time is over", c.T, c.Schema))
	}
	p.Lost = len(lost)
	if err := g.done(lost); err != nil {
		return p, err
	}
	return p, errors.Join(g.commit(ctx, segments, &p), g.disclose(ctx, keys, &p))
}

// done notes that segments need no more care.
func (g *Gateway) done(segments []types.SegmentCommit) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	entries := make([]entry, len(segments))
	for i, c := range segments {
		g.queue.committed(segment.ID(c.Schema), c.T)
		entries[i] = entry{Committed: &place{c.Schema, c.T}}
	}
	return g.journal.append(entries...)
}

// commit brings segments to the chain. If it refuses all of them, they are offered in
// halves, until each has an answer of its own.
func (g *Gateway) commit(ctx context.Context, segments []types.SegmentCommit, p *Progress) error {
	if len(segments) == 0 {
		return nil
	}
	res, err := g.chain.Commit(ctx, segments)
	if half := len(segments) / 2; own(err) && half > 0 {
		return errors.Join(g.commit(ctx, segments[:half], p), g.commit(ctx, segments[half:], p))
	}
	var refused []types.Refusal
	if own(err) {
		refused = refusal(err)
	} else if err != nil {
		return fmt.Errorf("commit %d segments: %w", len(segments), err)
	} else {
		refused = res.Refused
	}
	codes := byIndex(refused)
	finished := make([]types.SegmentCommit, 0, len(segments))
	for i, c := range segments {
		code, bad := codes[i]
		switch {
		case !bad, code == types.ErrCommitted.ABCICode():
			p.Committed++
		case code == types.ErrCommitEarly.ABCICode():
			continue
		default:
			p.Lost++
			p.Problems = append(p.Problems, fmt.Sprintf("segment %d of %x: %s", c.T, c.Schema, describe(code)))
		}
		finished = append(finished, c)
	}
	return g.done(finished)
}

// disclose brings keys to the chain, as commit does segments.
func (g *Gateway) disclose(ctx context.Context, keys []types.KeyDisclosure, p *Progress) error {
	if len(keys) == 0 {
		return nil
	}
	res, err := g.chain.Disclose(ctx, keys)
	if half := len(keys) / 2; own(err) && half > 0 {
		return errors.Join(g.disclose(ctx, keys[:half], p), g.disclose(ctx, keys[half:], p))
	}
	var refused []types.Refusal
	if own(err) {
		refused = refusal(err)
	} else if err != nil {
		return fmt.Errorf("disclose %d keys: %w", len(keys), err)
	} else {
		refused = res.Refused
		p.Authentic += int(res.Authentic)
		p.Unauthentic += int(res.Unauthentic)
	}
	codes := byIndex(refused)
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, k := range keys {
		code, bad := codes[i]
		switch {
		case !bad:
			p.Disclosed++
		case code == types.ErrKeyEarly.ABCICode():
			continue
		case code != types.ErrKeyKnown.ABCICode():
			p.Problems = append(p.Problems, fmt.Sprintf("key %d of %x: %s", k.T, k.Schema, describe(code)))
		}
		g.queue.disclosed(segment.ID(k.Schema), k.T)
	}
	return nil
}

// own tells whether an error is the chain's refusal by a rule of x/did.
func own(err error) bool {
	codespace, _, _ := errorsmod.ABCIInfo(err, false)
	return err != nil && codespace == types.ModuleName
}

func refusal(err error) []types.Refusal {
	codespace, code, _ := errorsmod.ABCIInfo(err, false)
	return []types.Refusal{{Codespace: codespace, Code: code}}
}

func byIndex(refused []types.Refusal) map[int]uint32 {
	codes := make(map[int]uint32, len(refused))
	for _, r := range refused {
		codes[int(r.Index)] = r.Code
	}
	return codes
}

// describe a code of x/did.
func describe(code uint32) string {
	return errorsmod.ABCIError(types.ModuleName, code, "refused by the chain").Error()
}
