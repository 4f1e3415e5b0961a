package relayer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/log"
	"github.com/cosmos/cosmos-sdk/types/query"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	"github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
)

const (
	// guardBacklog bounds the updates that wait to be looked at. What does not fit is left out: the
	// newest one is looked at again with every scan.
	guardBacklog = 64
	// guardRemembers bounds the heights that were looked at already.
	guardRemembers = 256
	// maxTrusted bounds the consensus states that are considered as a common past.
	maxTrusted = 1000
)

// guard compares what the light clients of a path were told with what the chains say. A client that
// holds a header that its chain does not have was deceived, by validators who signed two histories:
// it is shown the true header, which freezes it.
type guard struct {
	sides   [2]scanSide
	log     log.Logger
	metrics *Metrics
	todo    chan sighting
	seen    map[sighting]bool
	order   []sighting
}

// sighting is a height that the client on one side knows.
type sighting struct {
	side   int
	height clienttypes.Height
}

func newGuard(path Path, a, b *Chain, logger log.Logger, metrics *Metrics) *guard {
	return &guard{
		sides: [2]scanSide{{a, path.A}, {b, path.B}}, log: logger, metrics: metrics,
		todo: make(chan sighting, guardBacklog), seen: map[sighting]bool{},
	}
}

// look asks for a height that the client on a side knows to be checked, soon.
func (g *guard) look(side int, height clienttypes.Height) {
	select {
	case g.todo <- sighting{side, height}:
	default:
	}
}

func (g *guard) run(ctx context.Context) error {
	healthy := condition{log: g.log, what: "watch for misbehaviour"}
	for {
		select {
		case s := <-g.todo:
			if g.seen[s] {
				continue
			}
			switch err := g.check(ctx, s); {
			case err == nil:
				g.remember(s)
				healthy.ok()
			case ctx.Err() != nil:
				return nil
			case errors.Is(err, ErrClientDead): // reported by the scan
			default:
				healthy.failed(err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *guard) remember(s sighting) {
	g.seen[s] = true
	if g.order = append(g.order, s); len(g.order) > guardRemembers {
		delete(g.seen, g.order[0])
		g.order = g.order[1:]
	}
}

// check compares one consensus state with the header of the chain that it is about.
func (g *guard) check(ctx context.Context, s sighting) error {
	holder, of := g.sides[s.side], g.sides[1-s.side].chain
	told, err := holder.chain.consensusState(ctx, holder.end.ClientID, s.height)
	if err != nil || told == nil {
		return err // pruned meanwhile
	}
	same, err := of.agrees(ctx, int64(s.height.RevisionHeight), told)
	if err != nil || same {
		return err
	}
	g.metrics.misbehaviour.WithLabelValues(of.id).Inc()
	g.log.Error("misbehaviour: the light client was shown a header that its chain does not have", "client", holder.end.ClientID,
		"on", holder.chain.id, "of", of.id, "height", s.height.String())
	trusted, err := holder.chain.commonPast(ctx, of, holder.end.ClientID, s.height)
	if err != nil {
		return err
	}
	header, err := of.header(ctx, int64(s.height.RevisionHeight), trusted)
	if err != nil {
		return err
	}
	return holder.accuse(ctx, g.log, header)
}

// accuse sends a client the proof that validators have signed two histories: the true header beside
// the one it holds, or two headers of one height.
func (s scanSide) accuse(ctx context.Context, logger log.Logger, evidence exported.ClientMessage) error {
	msg, err := clienttypes.NewMsgUpdateClient(s.end.ClientID, evidence, s.chain.Address())
	if err != nil {
		return err
	}
	if _, err := s.chain.account.Send(ctx, msg); err != nil {
		return fmt.Errorf("submit misbehaviour to client %s on %s: %w", s.end.ClientID, s.chain.id, err)
	}
	lc, err := s.chain.lightClient(ctx, s.end.ClientID)
	if err != nil {
		return err
	}
	if lc.state.FrozenHeight.IsZero() {
		return fmt.Errorf("client %s on %s took the evidence of misbehaviour and is not frozen", s.end.ClientID, s.chain.id)
	}
	logger.Error("misbehaviour was proven: the light client is frozen, nothing is relayed until governance substitutes it",
		"client", s.end.ClientID, "on", s.chain.id)
	return nil
}

// agrees tells whether a consensus state is what the chain has at that height.
func (c *Chain) agrees(ctx context.Context, height int64, told *ibctm.ConsensusState) (bool, error) {
	actual, err := c.signedHeader(ctx, height)
	if err != nil {
		return false, err
	}
	return bytes.Equal(actual.AppHash, told.Root.GetHash()) && bytes.Equal(actual.NextValidatorsHash, told.NextValidatorsHash) &&
		actual.Time.Equal(told.Timestamp), nil
}

// commonPast returns the newest height, below one, about which the client id on c and the chain of
// agree, so that a header can be verified from there.
func (c *Chain) commonPast(ctx context.Context, of *Chain, id string, below clienttypes.Height) (clienttypes.Height, error) {
	r, err := clienttypes.NewQueryClient(c.client).ConsensusStateHeights(ctx, &clienttypes.QueryConsensusStateHeightsRequest{
		ClientId: id, Pagination: &query.PageRequest{Limit: maxTrusted, Reverse: true},
	})
	if err != nil {
		return clienttypes.Height{}, fmt.Errorf("heights of client %s on %s: %w", id, c.id, err)
	}
	slices.SortFunc(r.ConsensusStateHeights, func(a, b clienttypes.Height) int { return int(b.Compare(a)) })
	for _, h := range r.ConsensusStateHeights {
		if !h.LT(below) {
			continue
		}
		told, err := c.consensusState(ctx, id, h)
		if err != nil {
			return clienttypes.Height{}, err
		}
		if told == nil {
			continue
		}
		if same, err := of.agrees(ctx, int64(h.RevisionHeight), told); err != nil {
			return clienttypes.Height{}, err
		} else if same {
			return h, nil
		}
	}
	return clienttypes.Height{}, fmt.Errorf("client %s on %s has no height below %s that %s has too", id, c.id, below, of.id)
}
