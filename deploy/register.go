package deploy

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// activation bounds the wait for a packet from the zone to the main chain.
const activation = 2 * time.Minute

func isNotFound(err error) bool { return err != nil && status.Code(err) == codes.NotFound }

// statusWord is a status as people read it.
func statusWord(s zonestypes.Status) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "STATUS_"))
}

// registerStep reserves the zone's name on the main chain, over the channel that it is to be proven by.
func (w *work) registerStep(ctx context.Context) error {
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	genesis, err := hex.DecodeString(w.GenesisHash)
	if err != nil {
		return fmt.Errorf("record: genesis_hash: %w", err)
	}
	params, err := zonestypes.NewQueryClient(main).Params(ctx, &zonestypes.QueryParamsRequest{})
	if err != nil {
		return fmt.Errorf("bond of a zone: %w", err)
	}
	res, err := w.once(ctx, main, "register", &zonestypes.MsgRegisterZone{
		Owner: w.Owner.Address, Name: w.Spec.Name, ChainId: w.Spec.ChainID(), GenesisHash: genesis, Bond: params.Params.Bond,
		ChannelId: w.Path.A.ChannelID, Area: w.Spec.Area, Level: *w.Spec.Level, Endpoints: w.endpoints(),
	})
	if err != nil {
		return err
	}
	var registered zonestypes.MsgRegisterZoneResponse
	if err := res.Response(0, &registered); err != nil {
		return err
	}
	w.Nonce = hex.EncodeToString(registered.Nonce)
	return w.save("nonce")
}

// endpoints are what the registry tells others about the node.
func (r *Record) endpoints() []zonestypes.Endpoint {
	return []zonestypes.Endpoint{
		{Kind: "rpc", Address: fmt.Sprintf("http://%s:%d", r.Spec.Host, r.Ports.RPC)},
		{Kind: "p2p", Address: fmt.Sprintf("%s@%s:%d", r.NodeID, r.Spec.Host, r.Ports.P2P)},
	}
}

// activateStep pins the zone's hub and lets the zone announce itself through it, by a packet that only
// the zone can send.
func (w *work) activateStep(ctx context.Context) error {
	zone, err := w.onZone(ctx)
	if err != nil {
		return err
	}
	genesis, err := hex.DecodeString(w.GenesisHash)
	if err != nil {
		return fmt.Errorf("record: genesis_hash: %w", err)
	}
	nonce, err := hex.DecodeString(w.Nonce)
	if err != nil {
		return fmt.Errorf("record: nonce: %w", err)
	}
	hub := zonestypes.Hub{ClientId: w.Path.B.ClientID, ConnectionId: w.Path.B.ConnectionID, ChannelId: w.Path.B.ChannelID}
	_, err = w.once(ctx, zone, "announce",
		&zonestypes.MsgPinHub{Signer: w.Owner.Address, Hub: hub},
		&zonestypes.MsgAnnounce{Sender: w.Owner.Address, Nonce: nonce, GenesisHash: genesis})
	if err != nil {
		return err
	}
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	registry := zonestypes.NewQueryClient(main)
	return w.await(ctx, activation, "zone "+w.Spec.Name+" becomes active", func(ctx context.Context) (bool, error) {
		res, err := registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: w.Spec.Name})
		if err != nil {
			return false, err
		}
		return res.Zone.Zone.Status == zonestypes.STATUS_ACTIVE, nil
	})
}

// await asks until something has come about, while the relayer runs.
func (w *work) await(ctx context.Context, limit time.Duration, what string, there func(context.Context) (bool, error)) error {
	d, err := w.relayDaemon(w.Binary, nil, w.Relayer.Backend)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		ok, err := there(ctx)
		if ok {
			return nil
		}
		if _, ours := d.running(); !ours && !w.relaying(ctx) && ctx.Err() == nil {
			return fmt.Errorf("waiting until %s: %w", what, d.failure())
		}
		if ended := pause(ctx, pollPause); ended != nil {
			return fmt.Errorf("waiting until %s, for %s: %w; the relayer's log is %s", what, limit, errors.Join(ended, err), d.log())
		}
	}
}
