package relayer

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/log"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

func TestBackoff(t *testing.T) {
	require.Zero(t, backoff(0))
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		d := backoff(n)
		require.GreaterOrEqual(t, d, last)
		require.LessOrEqual(t, d, maxPause)
		last = d
	}
	require.Equal(t, minPause, backoff(1))
	require.Equal(t, maxPause, last)
	require.Equal(t, 10*time.Minute, packetBackoff(1000))
}

func TestConditionLogsChangesOnly(t *testing.T) {
	var out bytes.Buffer
	c := condition{log: log.NewLogger(&out, log.ColorOption(false)), what: "delivery"}
	lines := func() int { return strings.Count(out.String(), "\n") }
	require.False(t, c.ok())
	away := &url.Error{Op: "Post", URL: "http://x", Err: errors.New("connection refused")}
	for range 50 {
		c.failed(fmt.Errorf("status: %w", away))
	}
	require.Equal(t, 1, lines())
	require.Contains(t, out.String(), "kind=unreachable")
	c.failed(&client.TxError{Stage: "check", Log: "no"})
	require.Equal(t, 2, lines(), "another kind is another line")
	require.True(t, c.ok())
	require.False(t, c.ok())
	require.Equal(t, 3, lines())
	require.Contains(t, out.String(), "works again")
}

func TestErrorKind(t *testing.T) {
	require.Equal(t, kindClientDead, errorKind(fmt.Errorf("x: %w", ErrClientDead)))
	require.Equal(t, kindNotIncluded, errorKind(fmt.Errorf("x: %w", client.ErrNotIncluded)))
	require.Equal(t, kindUnknown, errorKind(errors.Join(client.ErrUnknownOutcome, errors.New("y"))))
	require.Equal(t, kindRefused, errorKind(&client.TxError{}))
	require.Equal(t, kindOther, errorKind(errors.New("z")))
}
