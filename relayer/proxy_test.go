package relayer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
)

// proxy stands between a relayer and a node, and spoils answers as told.
type proxy struct {
	URL    string
	target atomic.Pointer[string]
	fault  atomic.Pointer[fault]
	calls  atomic.Int64
	spoilt atomic.Int64
}

// fault answers a request itself, or changes request or answer.
type fault struct {
	// answer writes what it likes and returns true, or false to let the request pass.
	answer func(w http.ResponseWriter, method string) bool
	// request changes parameters.
	request func(method string, params map[string]any)
	// result changes what the node said.
	result func(method string, params map[string]any, result map[string]any)
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	p := &proxy{}
	p.target.Store(&target)
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	p.URL = srv.URL
	return p
}

func (p *proxy) spoil(f *fault) { p.fault.Store(f) }

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var req map[string]any
	if err := json.Unmarshal(body, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	method, _ := req["method"].(string)
	params, _ := req["params"].(map[string]any)
	f := p.fault.Load()
	if f != nil && f.answer != nil && f.answer(w, method) {
		p.spoilt.Add(1)
		return
	}
	if f != nil && f.request != nil {
		f.request(method, params)
		body, _ = json.Marshal(req)
	}
	res, err := http.Post(*p.target.Load(), "application/json", bytes.NewReader(body))
	if err != nil {
		http.Error(w, "<html>no node</html>", http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	if f == nil || f.result == nil {
		_, _ = io.Copy(w, res.Body)
		return
	}
	var answer map[string]any
	dec := json.NewDecoder(res.Body)
	dec.UseNumber()
	if err := dec.Decode(&answer); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if result, ok := answer["result"].(map[string]any); ok {
		f.result(method, params, result)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// sick answers every call in one bad way.
func sick(body string) *fault {
	return &fault{answer: func(w http.ResponseWriter, _ string) bool {
		_, _ = io.WriteString(w, body)
		return true
	}}
}

// truncating cuts every answer in the middle.
func truncating() *fault {
	return &fault{answer: func(w http.ResponseWriter, _ string) bool {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":0,"result":{"node_info":{"netw`)
		return true
	}}
}

// lagging makes a node look as it did so many blocks ago: its height, its state and its blocks.
func lagging(blocks int64) *fault {
	var tip atomic.Int64
	old := func() int64 { return max(tip.Load()-blocks, 1) }
	return &fault{
		request: func(method string, params map[string]any) {
			if h, _ := params["height"].(string); method == "abci_query" && (h == "" || h == "0") {
				params["height"] = fmt.Sprint(old())
			}
		},
		result: func(method string, _ map[string]any, result map[string]any) {
			place, key := result["sync_info"], "latest_block_height"
			if method == "abci_info" {
				place, key = result["response"], "last_block_height"
			}
			told, ok := place.(map[string]any)
			if (method != "status" && method != "abci_info") || !ok {
				return
			}
			if h, err := strconv.ParseInt(fmt.Sprint(told[key]), 10, 64); err == nil {
				tip.Store(h)
			}
			told[key] = fmt.Sprint(old())
		},
	}
}
