package relayer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRhythm(t *testing.T) {
	var r rhythm
	every := 200 * time.Millisecond
	require.Equal(t, every, r.pause(now, every), "nothing is known")
	r.beat(now, 1)
	r.beat(now.Add(time.Second), 1)
	last := now.Add(time.Second)
	require.Equal(t, every, r.pause(last, every), "just after a block")
	require.Equal(t, 50*time.Millisecond, r.pause(last.Add(850*time.Millisecond), every), "until it is due")
	require.Equal(t, eager, r.pause(last.Add(950*time.Millisecond), every), "when it is due")
	require.Equal(t, every, r.pause(last.Add(5*time.Second), every), "when the chain has stopped")
	require.Equal(t, 10*time.Millisecond, r.pause(last.Add(950*time.Millisecond), 10*time.Millisecond), "never slower than asked for")
	// Two blocks seen at once took the time together.
	r.beat(last.Add(2*time.Second), 2)
	require.Equal(t, time.Second, r.block)
}
