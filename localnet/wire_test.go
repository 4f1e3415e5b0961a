package localnet

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echo serves every line back until the test ends.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	return l.Addr().String()
}

// dial connects over the wire.
func dial(t *testing.T, w *Wire) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.URL(), "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends a line and returns the answer, or an error after wait.
func ask(c net.Conn, line string, wait time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(c, line); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

func TestWire(t *testing.T) {
	w, err := NewWire(t.Context(), "http://"+echo(t))
	require.NoError(t, err)
	defer w.Close()
	c := dial(t, w)
	answer, err := ask(c, "whole", 5*time.Second)
	require.NoError(t, err)
	require.Equal(t, "whole\n", answer)

	// Dark: no answer and no error; later it comes, on old connections and on new ones.
	w.Set(WireDark)
	_, err = ask(c, "dark", 200*time.Millisecond)
	require.ErrorContains(t, err, "timeout")
	late := dial(t, w)
	_, err = ask(late, "late", 200*time.Millisecond)
	require.ErrorContains(t, err, "timeout")
	w.Set(WireWhole)
	for want, c := range map[string]net.Conn{"dark\n": c, "late\n": late} {
		require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))
		answer, err := bufio.NewReader(c).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, answer)
	}

	// Cut: the end of old connections, and of new ones at once.
	w.Set(WireCut)
	for _, c := range []net.Conn{c, late, dial(t, w)} {
		_, err = ask(c, "cut", 5*time.Second)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "timeout")
	}
	w.Set(WireWhole)
	answer, err = ask(dial(t, w), "again", 5*time.Second)
	require.NoError(t, err)
	require.Equal(t, "again\n", answer)

	// Closed while dark: nobody waits for ever.
	w.Set(WireDark)
	waiting := dial(t, w)
	w.Close()
	_, err = ask(waiting, "closed", 5*time.Second)
	require.Error(t, err)
	require.Equal(t, "cut", WireCut.String())
}
