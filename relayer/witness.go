package relayer

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"cosmossdk.io/log"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
)

const (
	// witnessEvery is how often the two nodes of a chain are compared.
	witnessEvery = 2 * time.Second
	// maxLag in blocks; a node that is further behind than the other is left.
	maxLag = 10
)

// witness compares the two nodes of a chain: it leaves one that lags, and when they show different
// headers of one height it proves that to every light client of the chain, which freezes them.
type witness struct {
	chain   *Chain
	nodes   [2]*Chain // each asked directly; they only read
	address [2]string
	holders []scanSide // of light clients of the chain
	log     log.Logger
	metrics *Metrics

	height  int64 // compared last
	accused bool
}

// newWitness returns nil for a chain with one node.
func newWitness(chain *Chain, cfg ChainConfig, logger log.Logger, metrics *Metrics) (*witness, error) {
	if cfg.BackupRPC == "" {
		return nil, nil
	}
	w := &witness{chain: chain, address: [2]string{cfg.RPC, cfg.BackupRPC}, log: logger, metrics: metrics}
	for i, address := range w.address {
		c, err := client.New(client.Config{RPC: address, ChainID: cfg.ChainID, Encoding: chain.client.Encoding})
		if err != nil {
			return nil, fmt.Errorf("chain %s: %w", cfg.ChainID, err)
		}
		w.nodes[i] = &Chain{id: chain.id, revision: chain.revision, client: c}
	}
	return w, nil
}

func (w *witness) run(ctx context.Context) error {
	healthy := condition{log: w.log, what: "comparing the two nodes"}
	for sleep(ctx, witnessEvery) == nil {
		if err := w.compare(ctx); err != nil && ctx.Err() == nil {
			w.metrics.failed(w.chain.id, err)
			healthy.failed(err)
		} else {
			healthy.ok()
		}
	}
	return nil
}

func (w *witness) compare(ctx context.Context) error {
	var tip [2]head
	for i, node := range w.nodes {
		var err error
		if tip[i], err = node.head(ctx); err != nil {
			return err // one of them is away: calls go to the other by themselves
		}
	}
	for i := range w.nodes {
		if used := w.chain.client.Endpoint() == w.address[i]; used && tip[1-i].height-tip[i].height > maxLag {
			w.log.Error("node lags, using the other one", "node", w.address[i], "height", tip[i].height, "other", w.address[1-i], "its_height", tip[1-i].height)
			w.chain.client.SwitchEndpoint(w.address[i])
		}
	}
	// The newest block of a node may be without its results, never without its header.
	height := min(tip[0].height, tip[1].height)
	if height == w.height || height < 2 || w.accused {
		return nil
	}
	var hash [2][]byte
	for i, node := range w.nodes {
		signed, err := node.signedHeader(ctx, height)
		if err != nil {
			return err
		}
		hash[i] = signed.Hash()
	}
	w.height = height
	if bytes.Equal(hash[0], hash[1]) {
		return nil
	}
	w.metrics.misbehaviour.WithLabelValues(w.chain.id).Inc()
	w.log.Error("misbehaviour: the two nodes show different blocks", "height", height, w.address[0], fmt.Sprintf("%X", hash[0]), w.address[1], fmt.Sprintf("%X", hash[1]))
	w.height = 0 // look again until it is proven
	for _, holder := range w.holders {
		if err := w.prove(ctx, holder, height); err != nil {
			return fmt.Errorf("%w\nif one of the two headers is not signed by the validators, its node lies: remove it from the configuration", err)
		}
	}
	w.accused = true
	return nil
}

// prove shows both headers to a light client, from a height that it and the chain agree about.
func (w *witness) prove(ctx context.Context, holder scanSide, height int64) error {
	trusted, err := holder.chain.commonPast(ctx, w.nodes[0], holder.end.ClientID, w.chain.at(height))
	if err != nil {
		return err
	}
	var headers [2]*ibctm.Header
	for i, node := range w.nodes {
		if headers[i], err = node.header(ctx, height, trusted); err != nil {
			return err
		}
	}
	return holder.accuse(ctx, w.log, ibctm.NewMisbehaviour(holder.end.ClientID, headers[0], headers[1]))
}
