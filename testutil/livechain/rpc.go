package livechain

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/meshchain/meshchain/testutil/rpcserver"
	"github.com/meshchain/meshchain/testutil/signedheader"
)

// ServeHTTP implements http.Handler: CometBFT's JSON-RPC, as far as clients of this repository use it.
func (c *Chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := rpcserver.Read(w, r)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		panic(http.ErrAbortHandler) // hangs up
	}
	result, err := c.answer(call.Method, call.Params)
	call.Reply(w, result, err)
}

func (c *Chain) answer(method string, params rpcserver.Params) (any, error) {
	height, err := params.Height()
	if err != nil {
		return nil, err
	}
	newest := c.F.Height()
	if height > newest+1 || method != "validators" && height > newest {
		return nil, fmt.Errorf("height %d must be less than or equal to the current blockchain height %d", height, newest)
	}
	switch method {
	case "status":
		return &coretypes.ResultStatus{NodeInfo: p2p.DefaultNodeInfo{Network: c.F.ChainID}, SyncInfo: coretypes.SyncInfo{LatestBlockHeight: newest, LatestBlockTime: c.F.Time}}, nil
	case "abci_info":
		return &coretypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: newest}}, nil
	case "commit":
		if c.headers[height] == nil {
			return nil, fmt.Errorf("height %d is not available, lowest height is 2", height)
		}
		return &coretypes.ResultCommit{SignedHeader: *c.headers[height], CanonicalCommit: true}, nil
	case "validators":
		return &coretypes.ResultValidators{BlockHeight: height, Validators: signedheader.Validators(c.key).Validators, Count: 1, Total: 1}, nil
	case "block":
		return &coretypes.ResultBlock{Block: &cmttypes.Block{Header: cmttypes.Header{Height: height}, Data: cmttypes.Data{Txs: c.txs[height]}}}, nil
	case "block_results":
		r := c.results[height]
		if r == nil {
			return nil, fmt.Errorf("height %d is not available, lowest height is 2", height)
		}
		return &coretypes.ResultBlockResults{Height: height, TxsResults: r.TxResults, FinalizeBlockEvents: r.Events}, nil
	case "abci_query":
		return c.query(params, height)
	case "broadcast_tx_sync":
		var tx cmttypes.Tx
		if err := params.Decode("tx", &tx); err != nil {
			return nil, err
		}
		return c.take(tx)
	}
	return nil, fmt.Errorf("method %s is not served", method)
}

func (c *Chain) query(params rpcserver.Params, height int64) (any, error) {
	req := &abci.RequestQuery{Height: height}
	if err := params.Decode("path", &req.Path); err != nil {
		return nil, err
	}
	var digits string
	err := json.Unmarshal(params["data"], &digits)
	if err == nil {
		req.Data, err = hex.DecodeString(digits)
	}
	if err != nil {
		return nil, err
	}
	r, err := c.F.App.Query(c.t.Context(), req)
	if err != nil {
		return nil, err
	}
	return &coretypes.ResultABCIQuery{Response: *r}, nil
}

func (c *Chain) take(tx cmttypes.Tx) (any, error) {
	if c.known[string(tx)] {
		return nil, errors.New("tx already exists in cache")
	}
	r, err := c.F.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
	if err != nil {
		return nil, err
	}
	if r.Code == 0 {
		c.known[string(tx)] = true
		c.mempool = append(c.mempool, tx)
	}
	return &coretypes.ResultBroadcastTx{Code: r.Code, Log: r.Log, Codespace: r.Codespace, Hash: cmtbytes.HexBytes(tx.Hash())}, nil
}
