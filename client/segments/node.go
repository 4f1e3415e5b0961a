// Package segments reaches a chain for a gateway of x/did.
package segments

import (
	"context"
	"errors"
	"fmt"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/did/gateway"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Node is a gateway.Chain that is reached by one of its nodes. Account pays and is the
// submitter.
type Node struct {
	Client  *client.Client
	Account *client.Account
}

var _ gateway.Chain = Node{}

// Now implements gateway.Chain.
func (n Node) Now(ctx context.Context) (time.Time, error) {
	status, err := n.Client.RPC.Status(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return status.SyncInfo.LatestBlockTime, nil
}

// Params implements gateway.Chain.
func (n Node) Params(ctx context.Context) (types.DataParams, error) {
	res, err := types.NewQueryClient(n.Client).Params(ctx, &types.QueryParamsRequest{})
	if err != nil {
		return types.DataParams{}, err
	}
	return res.Params.Data, nil
}

// Schema implements gateway.Chain.
func (n Node) Schema(ctx context.Context, id segment.ID) (types.SchemaView, error) {
	res, err := types.NewQueryClient(n.Client).Schema(ctx, &types.QuerySchemaRequest{Schema: id.String()})
	if err != nil {
		return types.SchemaView{}, err
	}
	return res.Schema, nil
}

// Commit implements gateway.Chain.
func (n Node) Commit(ctx context.Context, segments []types.SegmentCommit) (*types.MsgCommitSegmentsResponse, error) {
	var res types.MsgCommitSegmentsResponse
	return &res, n.send(ctx, &types.MsgCommitSegments{Submitter: n.Account.Address(), Segments: segments}, &res)
}

// Disclose implements gateway.Chain.
func (n Node) Disclose(ctx context.Context, keys []types.KeyDisclosure) (*types.MsgDiscloseKeysResponse, error) {
	var res types.MsgDiscloseKeysResponse
	return &res, n.send(ctx, &types.MsgDiscloseKeys{Discloser: n.Account.Address(), Keys: keys}, &res)
}

func (n Node) send(ctx context.Context, msg sdk.Msg, response proto.Message) error {
	result, err := n.Account.Send(ctx, msg)
	var refused *client.TxError
	if errors.As(err, &refused) {
		return errorsmod.ABCIError(refused.Codespace, refused.Code, refused.Log)
	}
	if err != nil {
		return err
	}
	if err := result.Response(0, response); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	return nil
}
