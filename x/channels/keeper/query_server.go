package keeper

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxPage is the most entries on one page of a query, MaxKeys the most keys of a
// query for changes.
const (
	MaxPage = 200
	MaxKeys = 64
)

type queryServer struct{ k Keeper }

// NewQueryServerImpl serves the queries of the module.
func NewQueryServerImpl(k Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, internal(err)
}

// Clock implements types.QueryServer.
func (s queryServer) Clock(ctx context.Context, _ *types.QueryClockRequest) (*types.QueryClockResponse, error) {
	clock, err := s.k.Clock(ctx)
	if err != nil {
		return nil, internal(err)
	}
	instance, err := s.k.Instance.Get(ctx)
	return &types.QueryClockResponse{Clock: clock, Instance: instance, Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}, internal(err)
}

// Domain implements types.QueryServer.
func (s queryServer) Domain(ctx context.Context, req *types.QueryDomainRequest) (*types.QueryDomainResponse, error) {
	if req == nil || sdk.ValidateDenom(req.Denom) != nil {
		return nil, status.Errorf(codes.InvalidArgument, "denom %.130q: must be a denom", req.GetDenom())
	}
	domain, err := s.k.domain(ctx, req.Denom)
	return &types.QueryDomainResponse{Domain: domain[:]}, internal(err)
}

// Channel implements types.QueryServer.
func (s queryServer) Channel(ctx context.Context, req *types.QueryChannelRequest) (*types.QueryChannelResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	clock, err := s.k.Clock(ctx)
	if err != nil {
		return nil, internal(err)
	}
	ch, err := s.k.Channels.Get(ctx, req.ChannelId)
	if err == nil {
		phase, until := ch.PhaseAt(clock)
		return &types.QueryChannelResponse{Channel: &ch, Phase: phase, PhaseUntil: until, Clock: clock}, nil
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return nil, internal(err)
	}
	ended, err := s.k.Ended.Get(ctx, req.ChannelId)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "channel %d: never was, or ended long ago", req.ChannelId)
	}
	return &types.QueryChannelResponse{Ended: &ended, Clock: clock}, internal(err)
}

// Channels implements types.QueryServer.
func (s queryServer) Channels(ctx context.Context, req *types.QueryChannelsRequest) (*types.QueryChannelsResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	page, err := keyPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	clock, err := s.k.Clock(ctx)
	if err != nil {
		return nil, internal(err)
	}
	selected := func(ch types.Channel) bool {
		phase, _ := ch.PhaseAt(clock)
		return req.Phase == types.PHASE_UNSPECIFIED || req.Phase == phase
	}
	var channels []types.Channel
	var response *query.PageResponse
	if req.Participant == "" {
		if req.Partner != "" {
			return nil, status.Error(codes.InvalidArgument, "partner: needs participant")
		}
		channels, response, err = query.CollectionFilteredPaginate(ctx, s.k.Channels, page,
			func(_ uint64, ch types.Channel) (bool, error) { return selected(ch), nil },
			func(_ uint64, ch types.Channel) (types.Channel, error) { return ch, nil })
	} else {
		channels, response, err = s.byParties(ctx, req, page, selected)
	}
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryChannelsResponse{Channels: channels, Pagination: response, Clock: clock}, nil
}

func (s queryServer) byParties(ctx context.Context, req *types.QueryChannelsRequest, page *query.PageRequest, selected func(types.Channel) bool) ([]types.Channel, *query.PageResponse, error) {
	participant, err := types.ParseAccount("participant", req.Participant)
	if err != nil {
		return nil, nil, err
	}
	prefix := collections.TriplePrefix[sdk.AccAddress, sdk.AccAddress, uint64](participant)
	if req.Partner != "" {
		partner, err := types.ParseAccount("partner", req.Partner)
		if err != nil {
			return nil, nil, err
		}
		prefix = collections.TripleSuperPrefix[sdk.AccAddress, sdk.AccAddress, uint64](participant, partner)
	}
	return query.CollectionFilteredPaginate(ctx, s.k.ByParties, page,
		func(key PartiesKey, _ collections.NoValue) (bool, error) {
			if req.Phase == types.PHASE_UNSPECIFIED {
				return true, nil
			}
			ch, err := s.k.Channels.Get(ctx, key.K3())
			return err == nil && selected(ch), err
		},
		func(key PartiesKey, _ collections.NoValue) (types.Channel, error) {
			return s.k.Channels.Get(ctx, key.K3())
		},
		func(o *query.CollectionsPaginateOptions[PartiesKey]) { o.Prefix = &prefix })
}

// Deadlines implements types.QueryServer.
func (s queryServer) Deadlines(ctx context.Context, req *types.QueryDeadlinesRequest) (*types.QueryDeadlinesResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	page, err := keyPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	clock, err := s.k.Clock(ctx)
	if err != nil {
		return nil, internal(err)
	}
	channels, response, err := query.CollectionPaginate(ctx, s.k.ByDeadline, page,
		func(key collections.Pair[uint64, uint64], _ collections.NoValue) (types.Channel, error) {
			return s.k.Channels.Get(ctx, key.K2())
		})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryDeadlinesResponse{Channels: channels, Pagination: response, Clock: clock}, nil
}

// Changes implements types.QueryServer. Each channel is there once per key, in its
// present state; what happened in between is in the events.
func (s queryServer) Changes(ctx context.Context, req *types.QueryChangesRequest) (*types.QueryChangesResponse, error) {
	if req == nil || len(req.Keys) < 1 || len(req.Keys) > MaxKeys {
		return nil, status.Errorf(codes.InvalidArgument, "keys has %d entries: must have 1 to %d", len(req.GetKeys()), MaxKeys)
	}
	limit := int(req.Limit)
	if limit == 0 {
		limit = query.DefaultLimit
	}
	if limit > MaxPage {
		return nil, status.Errorf(codes.InvalidArgument, "limit %d: must be at most %d", limit, MaxPage)
	}
	at, height, id, err := parseCursor(req.Cursor, len(req.Keys), req.Since)
	if err != nil {
		return nil, err
	}
	response := &types.QueryChangesResponse{Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	for ; at < len(req.Keys); at, height, id = at+1, req.Since, 0 {
		key, err := hex.DecodeString(req.Keys[at])
		if err != nil || len(key) == 0 {
			return nil, status.Errorf(codes.InvalidArgument, "keys[%d] %.80q: must be a channel key in hexadecimal digits", at, req.Keys[at])
		}
		from := new(collections.Range[ChangeKey]).
			StartInclusive(collections.Join3(key, height, id)).
			EndInclusive(collections.Join3(key, int64(1<<63-1), ^uint64(0)))
		err = s.k.ByKey.Walk(ctx, from, func(found ChangeKey) (bool, error) {
			if len(response.Changes) == limit {
				response.Cursor = cursor(at, found.K2(), found.K3())
				return true, nil
			}
			change, err := s.change(ctx, found)
			response.Changes = append(response.Changes, change)
			return false, err
		})
		if err != nil {
			return nil, internal(err)
		}
		if response.Cursor != nil {
			break
		}
	}
	return response, nil
}

func (s queryServer) change(ctx context.Context, key ChangeKey) (types.Change, error) {
	ch, err := s.k.Channels.Get(ctx, key.K3())
	if err == nil {
		return types.Change{Height: key.K2(), Channel: &ch}, nil
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return types.Change{}, err
	}
	ended, err := s.k.Ended.Get(ctx, key.K3())
	return types.Change{Height: key.K2(), Ended: &ended}, err
}

// cursor is the place of the first change of the next page.
func cursor(at int, height int64, id uint64) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(at))  //nolint:gosec // below MaxKeys
	b = binary.BigEndian.AppendUint64(b, uint64(height)) //nolint:gosec // heights are positive
	return binary.BigEndian.AppendUint64(b, id)
}

func parseCursor(b []byte, keys int, since int64) (at int, height int64, id uint64, err error) {
	if len(b) == 0 {
		return 0, since, 0, nil
	}
	if len(b) != 18 || int(binary.BigEndian.Uint16(b)) >= keys {
		return 0, 0, 0, status.Errorf(codes.InvalidArgument, "cursor %x: must come from the page before, for the same keys", b)
	}
	return int(binary.BigEndian.Uint16(b)), int64(binary.BigEndian.Uint64(b[2:])), binary.BigEndian.Uint64(b[10:]), nil //nolint:gosec // any height is a valid start
}

// Secret implements types.QueryServer.
func (s queryServer) Secret(ctx context.Context, req *types.QuerySecretRequest) (*types.QuerySecretResponse, error) {
	hash, err := hex.DecodeString(req.GetHash())
	if err != nil || len(hash) != types.HashLength {
		return nil, status.Errorf(codes.InvalidArgument, "hash %.80q: must be %d hexadecimal digits", req.GetHash(), 2*types.HashLength)
	}
	secret, err := s.k.Secrets.Get(ctx, hash)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "hash %x: its secret is not registered, or no longer", hash)
	}
	return &types.QuerySecretResponse{Secret: secret}, internal(err)
}

// Credits implements types.QueryServer.
func (s queryServer) Credits(ctx context.Context, req *types.QueryCreditsRequest) (*types.QueryCreditsResponse, error) {
	account, err := types.ParseAccount("account", req.GetAccount())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	page, err := keyPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	credits, response, err := query.CollectionPaginate(ctx, s.k.Credits, page,
		func(_ collections.Pair[sdk.AccAddress, string], c types.Credit) (types.Credit, error) { return c, nil },
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, string](account))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCreditsResponse{Credits: credits, Pagination: response}, nil
}

// Collateral implements types.QueryServer.
func (s queryServer) Collateral(ctx context.Context, req *types.QueryCollateralRequest) (*types.QueryCollateralResponse, error) {
	c, _, err := s.k.collateral(ctx, req.GetGuarantor(), req.GetUser(), req.GetDenom())
	switch {
	case errors.Is(err, types.ErrCollateralNotFound):
		return nil, status.Error(codes.NotFound, err.Error())
	case err != nil:
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCollateralResponse{Collateral: c}, nil
}

// keyPage bounds a page. Nothing here has a bound, so pages go by key alone: an offset
// or a total would walk all of it.
func keyPage(page *query.PageRequest) (*query.PageRequest, error) {
	bounded := query.PageRequest{Limit: query.DefaultLimit}
	if page != nil {
		bounded = *page
		if page.Offset > 0 || page.CountTotal {
			return nil, status.Error(codes.InvalidArgument, "pagination: pages go by key, without offset and count_total")
		}
		if page.Limit > MaxPage {
			return nil, status.Errorf(codes.InvalidArgument, "pagination.limit %d: at most %d", page.Limit, MaxPage)
		}
		if page.Limit == 0 {
			bounded.Limit = query.DefaultLimit // the paginator would turn 0 into a count of all
		}
	}
	return &bounded, nil
}

func internal(err error) error {
	if err == nil {
		return nil
	}
	return status.Error(codes.Internal, err.Error())
}
