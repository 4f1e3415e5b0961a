package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	jsonrpc "github.com/cometbft/cometbft/rpc/jsonrpc/client"
)

// failover sends every request to one of two nodes, and to the other one when the first does not
// give a plausible answer. Whoever answered last is asked first the next time.
type failover struct {
	nodes []endpoint
	used  atomic.Int32
}

// endpoint is a node. CometBFT's transport connects to one address, whatever a request says, which
// is how it reaches Unix sockets: each node needs its own.
type endpoint struct {
	url  *url.URL
	next http.RoundTripper
}

const idleConnections = 32

func (f *failover) add(address string) error {
	u, err := httpURL(address)
	if err != nil {
		return err
	}
	c, err := jsonrpc.DefaultHTTPClient(address)
	if err != nil {
		return err
	}
	if t, ok := c.Transport.(*http.Transport); ok {
		t.MaxIdleConnsPerHost = idleConnections // the default of 2 reconnects all the time under load
	}
	f.nodes = append(f.nodes, endpoint{url: u, next: guard{c.Transport}})
	return nil
}

// RoundTrip implements http.RoundTripper. A request is repeated once: broadcasting the same bytes
// twice does nothing twice.
func (f *failover) RoundTrip(req *http.Request) (*http.Response, error) {
	first := f.used.Load()
	res, err := f.to(req, first)
	if err == nil || len(f.nodes) < 2 || req.Context().Err() != nil {
		return res, err
	}
	f.leave(first)
	if req.GetBody == nil {
		return nil, err
	}
	body, bodyErr := req.GetBody()
	if bodyErr != nil {
		return nil, errors.Join(err, bodyErr)
	}
	again := req.Clone(req.Context())
	again.Body = body
	res, otherErr := f.to(again, 1-first)
	if otherErr != nil {
		return nil, errors.Join(err, otherErr)
	}
	return res, nil
}

func (f *failover) to(req *http.Request, i int32) (*http.Response, error) {
	node := f.nodes[i]
	out := req.Clone(req.Context())
	out.URL, out.Host = node.url, node.url.Host
	if user := node.url.User; user != nil {
		password, _ := user.Password()
		out.SetBasicAuth(user.Username(), password)
	}
	return node.next.RoundTrip(out)
}

// leave makes the other node the one that is asked first, if i still is.
func (f *failover) leave(i int32) {
	if len(f.nodes) > 1 {
		f.used.CompareAndSwap(i, 1-i)
	}
}

// httpURL reads the address of a node; tcp:// is CometBFT's way to say http://.
func httpURL(address string) (*url.URL, error) {
	if rest, ok := strings.CutPrefix(address, "tcp://"); ok {
		address = "http://" + rest
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	return url.Parse(address)
}

// Endpoint is the address of the node that is asked first at present: Config.RPC or Config.Backup.
func (c *Client) Endpoint() string {
	if c.nodes.used.Load() == 1 {
		return c.cfg.Backup
	}
	return c.cfg.RPC
}

// SwitchEndpoint asks the other node first from now on, if there are two and the given one is in
// use still. Calls that get no answer do that by themselves; whoever notices that a node answers
// wrongly, or lags, says so here.
func (c *Client) SwitchEndpoint(from string) {
	for i, address := range []string{c.cfg.RPC, c.cfg.Backup} {
		if address == from {
			c.nodes.leave(int32(i))
		}
	}
}
