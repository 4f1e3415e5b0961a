package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/client/segments"
	"github.com/meshchain/meshchain/x/did/gateway"
	"github.com/meshchain/meshchain/x/did/segment"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

const (
	// revokedAfter is how many intervals the revoked sensor works before: more than the lag, so
	// that some of its keys are known by then.
	revokedAfter = 32
	// answerTimeout is how long a question to another zone may take.
	answerTimeout = 90 * time.Second
	// streamGrace is how long after its last key a stream may take to be on the chain.
	streamGrace = time.Minute
)

// streams lets two sensors send authentic data on the farm, one of which is revoked on
// the way, and one on the orchard, to which it moves.
func (a *identities) streams(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var farm, orchard []*flowing
	g.Go(func() (err error) {
		farm, err = a.gather(ctx, zoneChainID, a.revoke, a.sensors[0], a.sensors[revokedDevice])
		return err
	})
	g.Go(func() (err error) {
		if err := a.move(ctx, a.sensors[movedDevice]); err != nil {
			return err
		}
		orchard, err = a.gather(ctx, orchardChainID, nil, a.sensors[movedDevice])
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, f := range []struct {
		what string
		*flowing
	}{{"data of sensor 1", farm[0]}, {"data of sensor 2, revoked on the way", farm[1]}, {"data of sensor 3, on " + orchardChainID, orchard[0]}} {
		a.report.note(f.what, "%d segments signed, %d authentic, %d refused", f.signed, f.authentic, f.refused)
		switch {
		case f.flowing == farm[1] && (f.authentic == 0 || f.refused == 0):
			a.report.fault("%s: %d segments are authentic, %d were refused: should be some of each", f.what, f.authentic, f.refused)
		case f.flowing != farm[1] && f.authentic != f.signed:
			a.report.fault("%s: %d of %d segments are authentic", f.what, f.authentic, f.signed)
		}
	}
	return nil
}

// flowing is one stream and what became of it.
type flowing struct {
	*segment.Device
	signed, authentic, refused int
}

// move asks the sensor's home about it, in the name of the orchard, over the main chain.
// Before the answer the orchard wants nothing of it.
func (a *identities) move(ctx context.Context, sensor *device) error {
	payer := a.payers[orchardChainID]
	stranger := *sensor
	stranger.sequence = map[string]uint64{}
	_, register, err := stranger.stream(orchardChainID, payer.account.Address(), make([]byte, 20))
	if err != nil {
		return err
	}
	var refused *client.TxError
	switch _, err := payer.account.Simulate(ctx, register); {
	case err == nil:
		a.report.fault("%s takes a stream of a sensor that it has not asked about", orchardChainID)
	case !errors.As(err, &refused):
		return err
	}
	_, err = payer.send(ctx, &didtypes.MsgInquire{
		Payer: payer.account.Address(), Did: sensor.did.String(), Kind: didtypes.CERTIFICATE_KIND_DEVICE, Payment: sdk.NewInt64Coin("u"+orchardName, 1),
	})
	if err != nil {
		return err
	}
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	visitors := didtypes.NewQueryClient(a.s.clients[orchardChainID])
	for {
		res, err := visitors.Visitor(ctx, &didtypes.QueryVisitorRequest{Did: sensor.did.String()})
		if err == nil && res.Holds {
			a.s.progress.say("sensor 3 moves: %s asked %s, over %s, and believes in its certificate", orchardName, zoneName, mainChainID)
			a.report.note("sensor 3 moves to "+orchardChainID, "asked over %s, answered in %.1f s, believed until %s",
				mainChainID, time.Since(asked).Seconds(), res.Visitor.Answers[0].Expires.Format(time.RFC3339))
			return nil
		}
		if ended := sleep(ctx, inboxPoll); ended != nil {
			return fmt.Errorf("question about %s: no answer: %w", sensor.did, errors.Join(ended, err))
		}
	}
}

// gather registers streams of sensors and brings what they send to the chain, until
// their last keys are known there. Halfway is done after some intervals.
func (a *identities) gather(ctx context.Context, chainID string, halfway func(context.Context) error, sensors ...*device) ([]*flowing, error) {
	box, err := a.s.sender(chainID, keyGateway)
	if err != nil {
		return nil, err
	}
	address, err := sdk.GetFromBech32(box.account.Address(), client.DefaultAddressPrefix)
	if err != nil {
		return nil, err
	}
	payer := a.payers[chainID]
	streams := make([]*flowing, len(sensors))
	ids := make([]segment.ID, len(sensors))
	msgs := make([]sdk.Msg, len(sensors))
	for i, sensor := range sensors {
		sending, msg, err := sensor.stream(chainID, payer.account.Address(), address)
		if err != nil {
			return nil, err
		}
		streams[i], ids[i], msgs[i] = &flowing{Device: sending}, sending.ID(), msg
	}
	if _, err := payer.send(ctx, msgs...); err != nil {
		return nil, err
	}
	gate, err := gateway.Open(ctx, segments.Node{Client: a.s.clients[chainID], Account: box.account}, a.journal(chainID), ids...)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	g, gctx := errgroup.WithContext(ctx)
	if halfway != nil {
		g.Go(func() error {
			if err := sleep(gctx, time.Until(streams[0].Schema().Begin(revokedAfter))); err != nil {
				return err
			}
			return halfway(gctx)
		})
	}
	signed := make(chan struct{})
	g.Go(func() error { defer close(signed); return a.measure(gctx, gate, streams) })
	g.Go(func() error { return a.bring(gctx, gate, signed) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, s := range streams {
		if err := a.count(ctx, chainID, s); err != nil {
			return nil, err
		}
	}
	return streams, nil
}

// measure is the sensors' side: a reading in each interval, keys when they may be known.
func (a *identities) measure(ctx context.Context, gate *gateway.Gateway, streams []*flowing) error {
	mac, key := make([]byte, segment.MaxHMAC), make([]byte, segment.MaxKey)
	last := streams[len(streams)-1].Schema()
	for ; time.Now().Before(last.Release(last.Life).Add(streamInterval)); time.Sleep(streamInterval / 8) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, s := range streams {
			digest := sha256.Sum256(a.readings[s.signed%len(a.readings)])
			if t, err := s.Sign(time.Now(), &digest, mac); err == nil {
				if err := gate.Segment(s.ID(), t, digest, append([]byte{}, mac[:s.Schema().MACLength]...)); err != nil {
					return err
				}
				s.signed++
			}
			if t, err := s.Disclose(time.Now(), key); err == nil {
				if err := gate.Key(s.ID(), t, append([]byte{}, key[:s.Schema().Chain.KeyLength]...)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// bring is the gateway's side: to the chain with all that is due, until nothing is left.
func (a *identities) bring(ctx context.Context, gate *gateway.Gateway, signed <-chan struct{}) error {
	var end <-chan time.Time
	for {
		_, err := gate.Step(ctx)
		if err != nil && ctx.Err() != nil {
			return err // else the node is away for a moment, and what is due stays
		}
		select {
		case <-signed:
			if segments, keys := gate.Outstanding(); segments+keys == 0 {
				return nil
			}
			if end == nil {
				end = time.After(streamGrace)
			}
		default:
		}
		select {
		case <-end:
			segments, keys := gate.Outstanding()
			return fmt.Errorf("gateway: %d segments and %d keys are not on the chain %s after the last one: %w", segments, keys, streamGrace, err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(streamInterval / 2):
		}
	}
}

// count asks the chain what it knows of a stream.
func (a *identities) count(ctx context.Context, chainID string, s *flowing) error {
	var res *didtypes.QuerySegmentsResponse
	err := retry(ctx, func() (err error) {
		res, err = didtypes.NewQueryClient(a.s.clients[chainID]).Segments(ctx, &didtypes.QuerySegmentsRequest{
			Schema: s.ID().String(), Pagination: &query.PageRequest{Limit: streamWindow},
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("segments of %s: %w", s.ID(), err)
	}
	for _, view := range res.Segments {
		if view.Status == didtypes.SEGMENT_STATUS_AUTHENTIC {
			s.authentic++
		}
	}
	s.refused = s.signed - len(res.Segments)
	return nil
}
