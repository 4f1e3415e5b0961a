package relayer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// PathStatus is the state of one path, read from the chains.
type PathStatus struct {
	A EndStatus `json:"a"`
	B EndStatus `json:"b"`
}

// EndStatus is the state of one end.
type EndStatus struct {
	End
	// Height of the chain's newest block.
	Height int64 `json:"height"`
	// ClientExpiry is when this chain's light client of the other expires unless updated.
	ClientExpiry time.Time `json:"client_expiry"`
	// ClientHeight is the newest height of the other chain that the client knows.
	ClientHeight uint64 `json:"client_height"`
	// PendingPackets sent here and not received there.
	PendingPackets int `json:"pending_packets"`
	// PendingAcks of packets sent here and received there, not yet acknowledged here.
	PendingAcks int `json:"pending_acks"`
	// Error says why the rest is missing, empty if nothing is.
	Error string `json:"error,omitempty"`
}

// Status reads the state of every path of a configuration from the chains. A chain that does not
// answer is reported in the Error of its end. Counts stop at 10,000. It needs no keys.
func Status(ctx context.Context, cfg Config) ([]PathStatus, error) {
	chains := map[string]*Chain{}
	for _, c := range cfg.Chains {
		chain, err := OpenReader(c)
		if err != nil {
			return nil, err
		}
		chains[c.ChainID] = chain
	}
	out := make([]PathStatus, len(cfg.Paths))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(proofsAtOnce)
	for i, p := range cfg.Paths {
		p = p.withDefaults()
		g.Go(func() error {
			out[i].A = endStatus(gctx, chains[p.A.ChainID], chains[p.B.ChainID], p.A, p.B)
			return nil
		})
		g.Go(func() error {
			out[i].B = endStatus(gctx, chains[p.B.ChainID], chains[p.A.ChainID], p.B, p.A)
			return nil
		})
	}
	return out, g.Wait()
}

func endStatus(ctx context.Context, here, there *Chain, mine, other End) EndStatus {
	s := EndStatus{End: mine}
	if err := s.read(ctx, here, there, other); err != nil {
		s.Error = err.Error()
	}
	return s
}

func (s *EndStatus) read(ctx context.Context, here, there *Chain, other End) error {
	tip, err := here.head(ctx)
	if err != nil {
		return err
	}
	s.Height = tip.height
	if !s.complete() || !other.complete() {
		return fmt.Errorf("is not linked: run `meshchaind relayer link`")
	}
	lc, err := here.lightClient(ctx, s.ClientID)
	if err != nil {
		return err
	}
	s.ClientExpiry, s.ClientHeight = lc.expiry().UTC(), lc.height().RevisionHeight
	open, err := here.commitments(ctx, s.End)
	if err != nil {
		return err
	}
	unreceived, err := there.unreceived(ctx, other, open)
	if err != nil {
		return err
	}
	s.PendingPackets = len(unreceived)
	s.PendingAcks = len(open) - len(unreceived)
	return lc.usable(time.Now())
}
