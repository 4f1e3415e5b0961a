package client

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer bounds what one answer of a node may take in memory.
const maxAnswer = 128 << 20

// guard lets only plausible answers reach CometBFT's JSON-RPC client, which panics on a body that is
// JSON null and reads bodies of any size.
type guard struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body := bufio.NewReader(io.LimitReader(res.Body, maxAnswer))
	first, err := firstByte(body)
	if err != nil || first != '{' {
		_ = res.Body.Close()
		return nil, fmt.Errorf("%s: the answer (HTTP %s) is not a JSON object", req.URL.Redacted(), res.Status)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{body, res.Body}
	return res, nil
}

// firstByte skips white space and returns, without taking it, the byte after.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch b {
		case ' ', '\t', '\r', '\n':
		default:
			return b, r.UnreadByte()
		}
	}
}
