// Package rpcserver speaks CometBFT's JSON-RPC over HTTP for nodes that tests make up.
package rpcserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// Call is a request to a node.
type Call struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params Params          `json:"params"`
}

// Params are the arguments of a call, by name.
type Params map[string]json.RawMessage

// Decode reads one argument into v, in CometBFT's JSON. One that is absent or null leaves v as it is.
func (p Params) Decode(name string, v any) error {
	if raw := p[name]; len(raw) > 0 && string(raw) != "null" {
		if err := cmtjson.Unmarshal(raw, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Height is the argument of this name, 0 if there is none.
func (p Params) Height() (height int64, err error) {
	err = p.Decode("height", &height)
	return height, err
}

// Read takes a call from a request. If it is none, the client is told so and ok is false.
func Read(w http.ResponseWriter, r *http.Request) (call Call, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return call, false
	}
	return call, true
}

// Reply answers the call by a result of package coretypes, or by the error as a node would.
func (c Call) Reply(w http.ResponseWriter, result any, err error) {
	answer := map[string]any{"jsonrpc": "2.0", "id": c.ID}
	var bz json.RawMessage
	if err == nil {
		bz, err = cmtjson.Marshal(result)
	}
	if err == nil {
		answer["result"] = bz
	} else {
		answer["error"] = &rpctypes.RPCError{Code: -32603, Message: "Internal error", Data: err.Error()}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client may have hung up
}
