package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/testutil/rpcserver"
)

const fakeChainID = "mesh-test-1"

// fakeNode answers the RPC calls that the client makes as a chain with one account would. Fields
// may be changed under mu while it serves.
type fakeNode struct {
	t   *testing.T
	enc *client.Encoding
	url string

	mu       sync.Mutex
	height   int64
	sequence uint64 // that the next transaction must have
	mempool  []cmttypes.Tx
	seen     map[string]bool // what CometBFT's transaction cache has
	blocks   map[int64][]cmttypes.Tx
	results  map[string]*abci.ExecTxResult // by hash; success where there is none
	gasUsed  uint64
	simulate *abci.ResponseQuery // instead of an answer with gasUsed
	override func(method string, w http.ResponseWriter) bool
	lag      int64 // results of this height are not there yet
}

func newFakeNode(t *testing.T) *fakeNode {
	t.Helper()
	enc, err := client.NewEncoding("")
	require.NoError(t, err)
	n := &fakeNode{t: t, enc: enc, height: 10, gasUsed: 100_000, seen: map[string]bool{}, blocks: map[int64][]cmttypes.Tx{}, results: map[string]*abci.ExecTxResult{}}
	srv := httptest.NewServer(n)
	t.Cleanup(srv.Close)
	n.url = srv.URL
	return n
}

// mine makes a block of everything in the mempool.
func (n *fakeNode) mine() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.height++
	n.blocks[n.height], n.mempool = n.mempool, nil
}

func (n *fakeNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := rpcserver.Read(w, r)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.override != nil && n.override(call.Method, w) {
		return
	}
	result, err := n.answer(call.Method, call.Params)
	call.Reply(w, result, err)
}

func (n *fakeNode) answer(method string, params rpcserver.Params) (any, error) {
	height, err := params.Height()
	if err != nil {
		return nil, err
	}
	switch method {
	case "status":
		return &coretypes.ResultStatus{NodeInfo: p2p.DefaultNodeInfo{Network: fakeChainID}, SyncInfo: coretypes.SyncInfo{LatestBlockHeight: n.height}}, nil
	case "abci_info":
		return &coretypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: n.height}}, nil
	case "block":
		block := &cmttypes.Block{Header: cmttypes.Header{Height: height}, Data: cmttypes.Data{Txs: n.blocks[height]}}
		return &coretypes.ResultBlock{Block: block}, nil
	case "block_results":
		if height == n.lag {
			return nil, fmt.Errorf("could not find results for height #%d", height)
		}
		out := &coretypes.ResultBlockResults{Height: height}
		for _, tx := range n.blocks[height] {
			res := n.results[string(tx.Hash())]
			if res == nil {
				res = &abci.ExecTxResult{GasUsed: 7}
			}
			out.TxsResults = append(out.TxsResults, res)
		}
		return out, nil
	case "broadcast_tx_sync":
		var tx cmttypes.Tx
		if err := params.Decode("tx", &tx); err != nil {
			return nil, err
		}
		return n.checkTx(tx)
	case "abci_query":
		var path string
		if err := params.Decode("path", &path); err != nil {
			return nil, err
		}
		return n.query(path)
	}
	return nil, fmt.Errorf("method %s is not faked", method)
}

func (n *fakeNode) checkTx(bz cmttypes.Tx) (*coretypes.ResultBroadcastTx, error) {
	if n.seen[string(bz)] {
		return nil, errors.New("tx already exists in cache")
	}
	tx, err := n.enc.TxConfig.TxDecoder()(bz)
	if err != nil {
		return nil, err
	}
	sigs, err := tx.(authsigning.SigVerifiableTx).GetSignaturesV2()
	if err != nil {
		return nil, err
	}
	if got := sigs[0].Sequence; got != n.sequence {
		return &coretypes.ResultBroadcastTx{
			Code: sdkerrors.ErrWrongSequence.ABCICode(), Codespace: sdkerrors.RootCodespace,
			Log: fmt.Sprintf("account sequence mismatch, expected %d, got %d: incorrect account sequence", n.sequence, got),
		}, nil
	}
	n.sequence++
	n.seen[string(bz)] = true
	n.mempool = append(n.mempool, bz)
	return &coretypes.ResultBroadcastTx{Hash: bytes.HexBytes(bz.Hash())}, nil
}

func (n *fakeNode) query(path string) (*coretypes.ResultABCIQuery, error) {
	switch path {
	case "/cosmos.auth.v1beta1.Query/AccountInfo":
		value, err := n.enc.Codec.Marshal(&authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{AccountNumber: 3, Sequence: n.sequence}})
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: value, Height: n.height}}, err
	case "/app/simulate":
		if n.simulate != nil {
			return &coretypes.ResultABCIQuery{Response: *n.simulate}, nil
		}
		value := fmt.Sprintf(`{"gas_info":{"gas_wanted":"0","gas_used":"%d"},"result":{}}`, n.gasUsed)
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: []byte(value)}}, nil
	}
	return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: sdkerrors.ErrKeyNotFound.ABCICode(), Codespace: sdkerrors.RootCodespace, Log: "no " + path}}, nil
}
