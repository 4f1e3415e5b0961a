package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	abci "github.com/cometbft/cometbft/abci/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// BlockResults is what a block did.
type BlockResults struct {
	Height int64
	// Txs are the results of its transactions, in order; an entry may be nil if the node says so.
	Txs []*abci.ExecTxResult
	// Events of the chain itself, at the begin and the end of the block.
	Events []abci.Event
}

// BlockResults asks for the results of a block. The newest ones asked for are kept, so that whoever
// follows the chain and whoever waits for transactions pay once. Do not change what it returns.
func (c *Client) BlockResults(ctx context.Context, height int64) (*BlockResults, error) {
	return c.blocks.results(ctx, height)
}

// rawRPC asks a node and decodes with encoding/json what CometBFT's client decodes by reflection in
// several passes: for a block full of packets that is most of a program's processor time.
type rawRPC struct {
	http *http.Client
	url  string
	keep map[string]bool // types of events; empty keeps all
}

func (r rawRPC) call(ctx context.Context, method string, height int64, result any) error {
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": 1, "method": method, "params": map[string]string{"height": strconv.FormatInt(height, 10)},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer := struct {
		Result any                `json:"result"`
		Error  *rpctypes.RPCError `json:"error"`
	}{Result: result}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	return nil
}

// The shapes of CometBFT's JSON: 64-bit numbers are strings.
type (
	jsonTxResult struct {
		Code      uint32      `json:"code"`
		Data      []byte      `json:"data"`
		Log       string      `json:"log"`
		GasWanted int64       `json:"gas_wanted,string"`
		GasUsed   int64       `json:"gas_used,string"`
		Events    []jsonEvent `json:"events"`
		Codespace string      `json:"codespace"`
	}
	jsonEvent struct {
		Type       string          `json:"type"`
		Attributes json.RawMessage `json:"attributes"` // of most events nobody wants to know them
	}
	jsonAttribute struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
)

// events returns those of the types that are kept.
func (r rawRPC) events(in []jsonEvent) ([]abci.Event, error) {
	var out []abci.Event
	for _, ev := range in {
		if len(r.keep) > 0 && !r.keep[ev.Type] {
			continue
		}
		var attributes []jsonAttribute
		if len(ev.Attributes) > 0 {
			if err := json.Unmarshal(ev.Attributes, &attributes); err != nil {
				return nil, fmt.Errorf("event %.40q: %w", ev.Type, err)
			}
		}
		event := abci.Event{Type: ev.Type, Attributes: make([]abci.EventAttribute, len(attributes))}
		for k, a := range attributes {
			event.Attributes[k] = abci.EventAttribute{Key: a.Key, Value: a.Value}
		}
		out = append(out, event)
	}
	return out, nil
}

func (r rawRPC) blockResults(ctx context.Context, height int64) (*BlockResults, error) {
	var in *struct {
		Height int64           `json:"height,string"`
		Txs    []*jsonTxResult `json:"txs_results"`
		Events []jsonEvent     `json:"finalize_block_events"`
	}
	if err := r.call(ctx, "block_results", height, &in); err != nil {
		return nil, fmt.Errorf("results of block %d: %w", height, err)
	}
	if in == nil || in.Height != height {
		return nil, fmt.Errorf("results of block %d: the node answered with another block or none", height)
	}
	out := &BlockResults{Height: height, Txs: make([]*abci.ExecTxResult, len(in.Txs))}
	var err error
	if out.Events, err = r.events(in.Events); err != nil {
		return nil, fmt.Errorf("results of block %d: %w", height, err)
	}
	for i, tx := range in.Txs {
		if tx == nil {
			continue
		}
		events, err := r.events(tx.Events)
		if err != nil {
			return nil, fmt.Errorf("results of block %d: %w", height, err)
		}
		out.Txs[i] = &abci.ExecTxResult{
			Code: tx.Code, Data: tx.Data, Log: tx.Log, GasWanted: tx.GasWanted, GasUsed: tx.GasUsed, Events: events, Codespace: tx.Codespace,
		}
	}
	return out, nil
}

// txs returns the transactions of a block.
func (r rawRPC) txs(ctx context.Context, height int64) (cmttypes.Txs, error) {
	var in *struct {
		Block *struct {
			Header struct {
				Height int64 `json:"height,string"`
			} `json:"header"`
			Data struct {
				Txs cmttypes.Txs `json:"txs"`
			} `json:"data"`
		} `json:"block"`
	}
	if err := r.call(ctx, "block", height, &in); err != nil {
		return nil, fmt.Errorf("block %d: %w", height, err)
	}
	if in == nil || in.Block == nil || in.Block.Header.Height != height {
		return nil, fmt.Errorf("block %d: the node answered with another block or none", height)
	}
	return in.Block.Data.Txs, nil
}
