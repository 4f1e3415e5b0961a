package relayer_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/testutil/rpcserver"
)

// tick is how often the chains in this process make a block, whatever their clocks say.
const tick = 100 * time.Millisecond

// inProcess runs chains without consensus behind the RPC methods that a relayer uses, so that a test
// can reach into their state. Everything holds mu.
type inProcess struct {
	t     *testing.T
	mu    sync.Mutex
	nodes []*inProcessNode
}

type inProcessNode struct {
	world   *inProcess
	chain   *mesh.Chain
	url     string
	mempool [][]byte
	blocks  map[int64]inProcessBlock
}

type inProcessBlock struct {
	txs     [][]byte
	results *abci.ResponseFinalizeBlock
	header  *ibctm.Header
}

// newInProcess makes blocks of the chains until the test ends.
func newInProcess(t *testing.T, chains ...*mesh.Chain) *inProcess {
	t.Helper()
	p := &inProcess{t: t}
	for _, c := range chains {
		n := &inProcessNode{world: p, chain: c, blocks: map[int64]inProcessBlock{}}
		srv := httptest.NewServer(n)
		t.Cleanup(srv.Close)
		n.url = srv.URL
		p.nodes = append(p.nodes, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			p.mu.Lock()
			for _, n := range p.nodes {
				n.block()
			}
			p.mu.Unlock()
			time.Sleep(tick)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

// do lets a test touch the chains' state between blocks.
func (p *inProcess) do(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (n *inProcessNode) block() {
	txs := n.mempool
	n.mempool = nil
	results := n.chain.Block(txs...)
	n.blocks[n.chain.Height()] = inProcessBlock{txs, results, n.chain.Test.LastHeader}
}

// config of a relayer that pays from the chain's account for it.
func (n *inProcessNode) config(t *testing.T) relayer.ChainConfig {
	t.Helper()
	dir := t.TempDir()
	keys, err := client.OpenKeyring("test", dir, nil)
	require.NoError(t, err)
	require.NoError(t, keys.ImportPrivKeyHex(relayerKey, hex.EncodeToString(n.chain.Relayer().Key.Bytes()), string(hd.Secp256k1Type)))
	return relayer.ChainConfig{ChainID: n.chain.ChainID, RPC: n.url, Key: relayerKey, KeyringDir: dir, KeyringBackend: "test", AddressPrefix: "mesh"}
}

// ServeHTTP implements http.Handler.
func (n *inProcessNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := rpcserver.Read(w, r)
	if !ok {
		return
	}
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	result, err := n.answer(call.Method, call.Params)
	call.Reply(w, result, err)
}

func (n *inProcessNode) answer(method string, params rpcserver.Params) (any, error) {
	height, err := params.Height()
	if err != nil {
		return nil, err
	}
	b, known := n.blocks[height]
	switch method {
	case "status":
		return &coretypes.ResultStatus{
			NodeInfo: p2p.DefaultNodeInfo{Network: n.chain.ChainID},
			SyncInfo: coretypes.SyncInfo{LatestBlockHeight: n.chain.Height(), LatestBlockTime: n.chain.Test.LastHeader.Header.Time},
		}, nil
	case "abci_info":
		return &coretypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: n.chain.Height()}}, nil
	case "tx_search":
		return &coretypes.ResultTxSearch{}, nil
	case "block_search":
		return &coretypes.ResultBlockSearch{}, nil
	case "broadcast_tx_sync":
		var tx cmttypes.Tx
		if err := params.Decode("tx", &tx); err != nil {
			return nil, err
		}
		res, err := n.chain.App.CheckTx(&abci.RequestCheckTx{Tx: tx})
		if err != nil {
			return nil, err
		}
		if res.Code == 0 {
			n.mempool = append(n.mempool, tx)
		}
		return &coretypes.ResultBroadcastTx{Code: res.Code, Codespace: res.Codespace, Log: res.Log, Hash: tx.Hash()}, nil
	case "abci_query":
		return n.query(params, height)
	case "block", "block_results", "commit", "validators":
		if !known {
			return nil, fmt.Errorf("height %d is not available, lowest height is 1", height)
		}
		return b.show(method, height)
	}
	return nil, errors.New("no method " + method)
}

func (n *inProcessNode) query(params rpcserver.Params, height int64) (any, error) {
	req := &abci.RequestQuery{Height: height}
	var data cmttypes.Tx // bytes in hex
	var hexData string
	if err := errors.Join(params.Decode("path", &req.Path), json.Unmarshal(params["data"], &hexData)); err != nil {
		return nil, err
	}
	data, err := hex.DecodeString(hexData)
	if err != nil {
		return nil, err
	}
	req.Data = data
	if p := params["prove"]; len(p) > 0 {
		if err := json.Unmarshal(p, &req.Prove); err != nil {
			return nil, err
		}
	}
	res, err := n.chain.App.Query(context.Background(), req)
	if err != nil {
		return nil, err
	}
	return &coretypes.ResultABCIQuery{Response: *res}, nil
}

func (b inProcessBlock) show(method string, height int64) (any, error) {
	switch method {
	case "block":
		block := &cmttypes.Block{Header: cmttypes.Header{Height: height}}
		for _, tx := range b.txs {
			block.Txs = append(block.Txs, tx)
		}
		return &coretypes.ResultBlock{Block: block}, nil
	case "block_results":
		return &coretypes.ResultBlockResults{Height: height, TxsResults: b.results.TxResults, FinalizeBlockEvents: b.results.Events}, nil
	case "commit":
		signed, err := cmttypes.SignedHeaderFromProto(b.header.SignedHeader)
		if err != nil {
			return nil, err
		}
		return &coretypes.ResultCommit{SignedHeader: *signed, CanonicalCommit: true}, nil
	default:
		set, err := cmttypes.ValidatorSetFromProto(b.header.ValidatorSet)
		if err != nil {
			return nil, err
		}
		return &coretypes.ResultValidators{BlockHeight: height, Validators: set.Validators, Count: set.Size(), Total: set.Size()}, nil
	}
}
