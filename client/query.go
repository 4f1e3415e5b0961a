package client

import (
	"context"
	"fmt"
	"reflect"
	"strconv"

	errorsmod "cosmossdk.io/errors"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	gogogrpc "github.com/cosmos/gogoproto/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var _ gogogrpc.ClientConn = (*Client)(nil)

// AtHeight makes queries under the returned context read the state after block height, so that
// several answers describe one moment.
func AtHeight(ctx context.Context, height int64) context.Context {
	return metadata.AppendToOutgoingContext(ctx, grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(height, 10))
}

// Invoke answers a unary gRPC call by an ABCI query. Unlike the SDK's client context it honours
// ctx. Errors carry a gRPC status code where the chain gave one.
func (c *Client) Invoke(ctx context.Context, method string, req, reply any, opts ...grpc.CallOption) error {
	if v := reflect.ValueOf(req); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return status.Errorf(codes.InvalidArgument, "%s: request is nil", method)
	}
	codec := c.Encoding.Codec.GRPCCodec()
	data, err := codec.Marshal(req)
	if err != nil {
		return fmt.Errorf("%s: encode request: %w", method, err)
	}
	var options rpcclient.ABCIQueryOptions
	if md, ok := metadata.FromOutgoingContext(ctx); ok {
		if at := md.Get(grpctypes.GRPCBlockHeightHeader); len(at) > 0 {
			if options.Height, err = strconv.ParseInt(at[len(at)-1], 10, 64); err != nil || options.Height < 0 {
				return status.Errorf(codes.InvalidArgument, "%s: height %q: must be a number of at least 0", method, at[len(at)-1])
			}
		}
	}
	res, err := c.RPC.ABCIQueryWithOptions(ctx, method, data, options)
	if err != nil {
		return fmt.Errorf("%s on %s: %w", method, c.cfg.ChainID, err)
	}
	if r := res.Response; r.Code != 0 {
		return status.Error(grpcCode(r.Codespace, r.Code), fmt.Sprintf("%s on %s: %s", method, c.cfg.ChainID, r.Log))
	}
	if err := codec.Unmarshal(res.Response.Value, reply); err != nil {
		return fmt.Errorf("%s on %s: decode answer: %w", method, c.cfg.ChainID, err)
	}
	for _, opt := range opts {
		if header, ok := opt.(grpc.HeaderCallOption); ok {
			*header.HeaderAddr = metadata.Pairs(grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(res.Response.Height, 10))
		}
	}
	return codectypes.UnpackInterfaces(reply, c.Encoding.Registry)
}

// NewStream refuses: ABCI queries answer once.
func (c *Client) NewStream(_ context.Context, _ *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Errorf(codes.Unimplemented, "%s: streams are not available over ABCI queries", method)
}

// grpcCode undoes the SDK's translation of gRPC codes into ABCI errors.
func grpcCode(codespace string, code uint32) codes.Code {
	if codespace != sdkerrors.RootCodespace {
		return codes.Unknown
	}
	for err, c := range map[*errorsmod.Error]codes.Code{
		sdkerrors.ErrInvalidRequest: codes.InvalidArgument,
		sdkerrors.ErrUnauthorized:   codes.Unauthenticated,
		sdkerrors.ErrKeyNotFound:    codes.NotFound,
	} {
		if err.ABCICode() == code {
			return c
		}
	}
	return codes.Unknown
}
