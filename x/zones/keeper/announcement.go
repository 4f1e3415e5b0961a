package keeper

import (
	"bytes"
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones/types"
)

// Hooks take the TransacKets that zones announce themselves with.
type Hooks struct{ k Keeper }

var _ transackettypes.SelectiveHooks = Hooks{}

// Hooks returns the hooks of the module, for x/transacket.
func (k Keeper) Hooks() Hooks { return Hooks{k} }

// Wants implements transackettypes.SelectiveHooks.
func (Hooks) Wants(_ context.Context, t transackettypes.Transacket) bool {
	return t.To == types.RegistryAddress().String()
}

// OnTransacket implements transackettypes.TransacketHooks: on the main chain,
// whatever is addressed to the registry either is a proper announcement or is
// refused, and its payment goes back.
func (h Hooks) OnTransacket(ctx context.Context, t transackettypes.Transacket) (transackettypes.HookResult, error) {
	ignored, handled := transackettypes.HookResult{}, transackettypes.HookResult{Handled: true}
	if !h.Wants(ctx, t) {
		return ignored, nil
	}
	id, err := h.k.Identity(ctx)
	if err != nil || !id.IsMain() {
		return ignored, err
	}
	body, ok := t.Envelope.Body.(*transackettypes.Envelope_Inband)
	if !ok {
		return ignored, errorsmod.Wrap(types.ErrAnnouncement, "body: must be in band")
	}
	// The address alone proves nothing: any chain can have an account of these
	// bytes. It counts together with the channel, below.
	if t.Source.Local() || t.From != types.RegistryAddress().String() || t.Envelope.Origin != nil {
		return ignored, errorsmod.Wrapf(types.ErrNotFromZone, "from %.80q: must be the registry account %s of a zone, straight over IBC", t.From, types.RegistryAddress())
	}
	switch sdkCtx := sdk.UnwrapSDKContext(ctx); t.Envelope.Topic {
	case types.TopicActivate:
		activation, err := types.DecodeActivation(body.Inband)
		if err != nil {
			return ignored, err
		}
		return handled, h.k.activate(sdkCtx, t.Source.DestinationChannel, activation)
	case types.TopicHeartbeat:
		heartbeat, err := types.DecodeHeartbeat(body.Inband)
		if err != nil {
			return ignored, err
		}
		return handled, h.k.beat(sdkCtx, t.Source.DestinationChannel, heartbeat)
	default:
		return ignored, errorsmod.Wrapf(types.ErrAnnouncement, "topic %q: must be %s or %s", t.Envelope.Topic, types.TopicActivate, types.TopicHeartbeat)
	}
}

// activate makes a pending zone active, on the word of the zone itself.
func (k Keeper) activate(ctx sdk.Context, channelID string, a types.Activation) error {
	zone, err := k.get(ctx, a.Name)
	if err != nil {
		return err
	}
	old := zone
	switch {
	case zone.Status != types.STATUS_PENDING:
		return errorsmod.Wrapf(types.ErrStatus, "zone %s is %s: only a pending one can be activated", zone.Name, zone.Status)
	case !zone.Deadline.After(ctx.BlockTime()):
		return errorsmod.Wrapf(types.ErrStatus, "zone %s: its registration expired at %s; register again", zone.Name, zone.Deadline)
	case zone.ChannelId != channelID:
		return errorsmod.Wrapf(types.ErrNotFromZone, "zone %s claims channel %q, the activation came through %q", zone.Name, zone.ChannelId, channelID)
	case !bytes.Equal(zone.Nonce, a.Nonce):
		return errorsmod.Wrapf(types.ErrNonce, "zone %s: nonce %x: must be %x", zone.Name, a.Nonce, zone.Nonce)
	case zone.Owner != a.Owner:
		return errorsmod.Wrapf(types.ErrNotOwner, "zone %s names %s as its owner, registered is %s", zone.Name, a.Owner, zone.Owner)
	case !bytes.Equal(zone.GenesisHash, a.GenesisHash):
		return errorsmod.Wrapf(types.ErrAnnouncement, "zone %s: genesis_hash %x: registered is %x", zone.Name, a.GenesisHash, zone.GenesisHash)
	}
	l, err := k.link(ctx, channelID)
	if err != nil {
		return err
	}
	if l.client.ChainId != zone.ChainId {
		return errorsmod.Wrapf(types.ErrChannel, "channel %s leads to chain %q: must lead to %q", channelID, l.client.ChainId, zone.ChainId)
	}
	if err := k.free(ctx, l); err != nil {
		return err
	}
	zone.Status, zone.Nonce, zone.Deadline = types.STATUS_ACTIVE, nil, nil
	zone.ConnectionId, zone.ClientId = l.ConnectionId, l.ClientId
	if err := k.put(ctx, zone, &old); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventZoneActivated{
		Name: zone.Name, Owner: zone.Owner, ChainId: zone.ChainId,
		ChannelId: zone.ChannelId, ConnectionId: zone.ConnectionId, ClientId: zone.ClientId,
	})
}

// beat records a heartbeat. Packets of an unordered channel overtake each other, so
// an older one than the newest is refused, not recorded.
func (k Keeper) beat(ctx sdk.Context, channelID string, beat types.Heartbeat) error {
	name, found := k.ZoneOfChannel(ctx, channelID)
	if !found {
		return errorsmod.Wrapf(types.ErrNotFromZone, "channel %s is no active zone's", channelID)
	}
	zone, err := k.get(ctx, name)
	if err != nil {
		return err
	}
	if zone.Heartbeat != nil && beat.Height <= zone.Heartbeat.Height {
		return errorsmod.Wrapf(types.ErrAnnouncement, "height %d: must be above %d, which zone %s was at", beat.Height, zone.Heartbeat.Height, name)
	}
	l, err := k.link(ctx, channelID)
	if err != nil {
		return err
	}
	if latest := l.client.LatestHeight.RevisionHeight; beat.Height > latest {
		return errorsmod.Wrapf(types.ErrAnnouncement, "height %d: the light client has seen zone %s at %d only", beat.Height, name, latest)
	}
	now := ctx.BlockTime().UTC()
	old := zone
	zone.Heartbeat, zone.Heard = &beat, &now
	if err := k.put(ctx, zone, &old); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventZoneHeartbeat{Name: name, Heartbeat: beat})
}

// announce sends an activation or a heartbeat from the zone's own account to the
// main chain.
func (k Keeper) announce(ctx sdk.Context, msg *types.MsgAnnounce) (uint64, error) {
	hub, pinned, err := k.Hub(ctx)
	if err != nil {
		return 0, err
	}
	if !pinned {
		return 0, errorsmod.Wrap(types.ErrNoHub, "a zone announces itself through its hub: pin it with MsgPinHub")
	}
	id, err := k.Identity(ctx)
	if err != nil {
		return 0, err
	}
	var topic string
	var body []byte
	if msg.Activates() {
		owner, err := k.owner(ctx)
		if err != nil {
			return 0, err
		}
		if owner == "" {
			return 0, errorsmod.Wrap(types.ErrNotOwner, "this zone's genesis names no owner, so it confirms no registration")
		}
		activation := types.Activation{Nonce: msg.Nonce, Name: id.Zone, Owner: owner, GenesisHash: msg.GenesisHash}
		topic = types.TopicActivate
		if body, err = activation.Marshal(); err != nil {
			return 0, err
		}
	} else {
		heartbeat, err := k.heartbeat(ctx)
		if err != nil {
			return 0, err
		}
		topic = types.TopicHeartbeat
		if body, err = heartbeat.Marshal(); err != nil {
			return 0, err
		}
	}
	if k.sender == nil {
		return 0, errorsmod.Wrap(types.ErrNoHub, "this chain sends no TransacKets (x/transacket is not wired)")
	}
	envelope := transackettypes.Inband(body)
	envelope.Topic = topic
	account := types.RegistryAddress().String()
	sent, err := k.sender.Send(ctx, &transackettypes.MsgSend{
		Sender: account, To: account, Channel: hub.ChannelId, Envelope: envelope,
		Payment: sdk.NewInt64Coin(id.NativeDenom(), 1),
	})
	if err != nil {
		return 0, errorsmod.Wrapf(err, "announcement by %s", account)
	}
	return sent.Sequence, ctx.EventManager().EmitTypedEvent(&types.EventAnnounced{Topic: topic, Sequence: sent.Sequence})
}

// heartbeat says how far this zone is.
func (k Keeper) heartbeat(ctx sdk.Context) (types.Heartbeat, error) {
	beat := types.Heartbeat{Height: uint64(ctx.BlockHeight())} // heights are positive
	if hash := ctx.HeaderHash(); len(hash) == types.HashLength {
		beat.HeaderHash = hash
	}
	var err error
	if k.census != nil {
		if beat.Devices, err = k.census.Devices(ctx); err != nil {
			return beat, err
		}
	}
	if k.stats == nil {
		return beat, nil
	}
	beat.Transackets, err = k.stats.Deliveries(ctx)
	return beat, err
}
