package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/rpcserver"
	"github.com/meshchain/meshchain/testutil/signedheader"
	"github.com/meshchain/meshchain/x/channels/types"
)

const chainID = "mesh-test-1"

// fakeNode answers the RPC calls as a node of a chain with one validator. What it serves may
// be changed under mu while it serves.
type fakeNode struct {
	t   *testing.T
	url string
	key ed25519.PrivKey

	mu      sync.Mutex
	start   time.Time // of block 0; a block every second
	height  int64
	lag     int64 // blocks that it hides
	network string
	appHash string            // another one makes other header hashes
	events  map[int64][]any   // typed events by height
	changes []types.Change    // by rising height
	junk    map[string]string // by method: body instead of an answer
	pruned  int64
	secrets map[string]types.Secret
	calls   map[string]int
	txs     map[int64][]cmttypes.Tx
	mempool []cmttypes.Tx
	refuse  *abci.ResponseQuery // to simulations
}

func newFake(t *testing.T, key ed25519.PrivKey, start time.Time) *fakeNode {
	t.Helper()
	n := &fakeNode{
		t: t, key: key, start: start, height: 10, network: chainID, appHash: "app",
		events: map[int64][]any{}, junk: map[string]string{}, secrets: map[string]types.Secret{}, calls: map[string]int{}, txs: map[int64][]cmttypes.Tx{},
	}
	srv := httptest.NewServer(n)
	t.Cleanup(srv.Close)
	n.url = srv.URL
	return n
}

func (n *fakeNode) with(do func(*fakeNode)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	do(n)
}

func (n *fakeNode) mine(events ...any) {
	n.with(func(n *fakeNode) {
		n.height++
		n.events[n.height] = events
		n.txs[n.height], n.mempool = n.mempool, nil
	})
}

func (n *fakeNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := rpcserver.Read(w, r)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls[call.Method]++
	for _, m := range []string{call.Method, "*"} {
		if junk, ok := n.junk[m]; ok {
			_, _ = io.WriteString(w, junk)
			return
		}
	}
	result, err := n.answer(call.Method, call.Params)
	call.Reply(w, result, err)
}

func (n *fakeNode) answer(method string, params rpcserver.Params) (any, error) {
	height, err := params.Height()
	if err != nil {
		return nil, err
	}
	newest := n.height - n.lag
	if height > newest+1 || method != "validators" && height > newest {
		return nil, fmt.Errorf("height %d must be less than or equal to the current blockchain height %d", height, newest)
	}
	if n.pruned > 0 && height > 0 && height < n.pruned {
		return nil, fmt.Errorf("height %d is not available, lowest height is %d", height, n.pruned)
	}
	switch method {
	case "status":
		return &coretypes.ResultStatus{NodeInfo: p2p.DefaultNodeInfo{Network: n.network}, SyncInfo: coretypes.SyncInfo{LatestBlockHeight: newest, LatestBlockTime: n.time(newest)}}, nil
	case "abci_info":
		return &coretypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: newest}}, nil
	case "commit":
		return &coretypes.ResultCommit{SignedHeader: *n.header(height), CanonicalCommit: true}, nil
	case "validators":
		set := n.set()
		return &coretypes.ResultValidators{BlockHeight: height, Validators: set.Validators, Count: 1, Total: 1}, nil
	case "block":
		return &coretypes.ResultBlock{Block: &cmttypes.Block{Header: cmttypes.Header{Height: height}, Data: cmttypes.Data{Txs: n.txs[height]}}}, nil
	case "block_results":
		tx := &abci.ExecTxResult{}
		for _, ev := range n.events[height] {
			if raw, ok := ev.(abci.Event); ok {
				tx.Events = append(tx.Events, raw)
				continue
			}
			typed, err := sdk.TypedEventToEvent(ev.(proto.Message))
			if err != nil {
				return nil, err
			}
			tx.Events = append(tx.Events, abci.Event(typed))
		}
		failed := &abci.ExecTxResult{Code: 1, Events: []abci.Event{{Type: "mesh.channels.v1.EventDeposited"}}}
		out := &coretypes.ResultBlockResults{Height: height, TxsResults: []*abci.ExecTxResult{tx, failed}}
		if len(n.txs[height]) > 0 {
			out.TxsResults = []*abci.ExecTxResult{{GasUsed: 7}}
		}
		return out, nil
	case "abci_query":
		return n.query(params)
	case "broadcast_tx_sync":
		var tx cmttypes.Tx
		if err := params.Decode("tx", &tx); err != nil {
			return nil, err
		}
		n.mempool = append(n.mempool, tx)
		return &coretypes.ResultBroadcastTx{Hash: tx.Hash()}, nil
	}
	return nil, fmt.Errorf("method %s is not faked", method)
}

func (n *fakeNode) query(params rpcserver.Params) (any, error) {
	var path string
	var data []byte
	var at int64
	if err := params.Decode("path", &path); err != nil {
		return nil, err
	}
	var digits string
	if err := json.Unmarshal(params["data"], &digits); err != nil {
		return nil, err
	}
	data, _ = hex.DecodeString(digits)
	if p, ok := params["height"]; ok {
		_ = cmtjson.Unmarshal(p, &at)
	}
	if at == 0 {
		at = n.height - n.lag
	}
	if at > n.height-n.lag {
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: sdkerrors.ErrInvalidHeight.ABCICode(), Codespace: sdkerrors.RootCodespace, Log: "height"}}, nil
	}
	var reply proto.Message
	switch path {
	case "/mesh.channels.v1.Query/Clock":
		reply = &types.QueryClockResponse{Clock: uint64(100 + at), Height: at, Instance: make([]byte, 32)}
	case "/mesh.channels.v1.Query/Changes":
		var req types.QueryChangesRequest
		if err := req.Unmarshal(data); err != nil {
			return nil, err
		}
		r := &types.QueryChangesResponse{Height: at}
		for _, c := range n.changes {
			if c.Height >= req.Since && c.Height <= at {
				r.Changes = append(r.Changes, c)
			}
		}
		reply = r
	case "/mesh.channels.v1.Query/Secret":
		var req types.QuerySecretRequest
		if err := req.Unmarshal(data); err != nil {
			return nil, err
		}
		secret, ok := n.secrets[req.Hash]
		if !ok || secret.RegisteredAt > uint64(100+at) {
			return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: sdkerrors.ErrKeyNotFound.ABCICode(), Codespace: sdkerrors.RootCodespace, Log: "no secret"}}, nil
		}
		reply = &types.QuerySecretResponse{Secret: secret}
	case "/cosmos.auth.v1beta1.Query/AccountInfo":
		reply = &authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{AccountNumber: 3}}
	case "/app/simulate":
		if n.refuse != nil {
			return &coretypes.ResultABCIQuery{Response: *n.refuse}, nil
		}
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: []byte(`{"gas_info":{"gas_used":"50000"}}`)}}, nil
	default:
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: sdkerrors.ErrKeyNotFound.ABCICode(), Codespace: sdkerrors.RootCodespace, Log: "no " + path}}, nil
	}
	bz, err := proto.Marshal(reply)
	return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: bz, Height: at}}, err
}

func (n *fakeNode) time(height int64) time.Time {
	return n.start.Add(time.Duration(height) * time.Second).UTC().Round(0)
}

func (n *fakeNode) set() *cmttypes.ValidatorSet { return signedheader.Validators(n.key) }

// header makes and signs the header of a height.
func (n *fakeNode) header(height int64) *cmttypes.SignedHeader {
	hash := sha256.Sum256([]byte(n.appHash))
	h, err := signedheader.New(n.key, n.network, height, n.time(height), hash[:])
	require.NoError(n.t, err)
	return h
}
