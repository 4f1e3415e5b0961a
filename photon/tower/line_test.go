package tower

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func stateFor(channel uint64) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 32), channel), make([]byte, 100)...)
}

// Whoever floods a tower, alone or with many names, waits behind everybody else and takes no more room.
func TestFlooder(t *testing.T) {
	l := newLine()
	for id := range uint64(10 * queue) {
		l.push(job{"flooder", stateFor(id)}, true)
		for name := range uint64(20) {
			l.push(job{fmt.Sprint("stranger ", name), stateFor(id)}, false)
		}
	}
	require.LessOrEqual(t, l.total, queue)
	require.LessOrEqual(t, l.strangers, ofStrangers)
	newest := append(stateFor(1), 1)
	l.push(job{"client", stateFor(1)}, true)
	l.push(job{"client", stateFor(2)}, true)
	l.push(job{"client", newest}, true)
	l.push(job{"new client", stateFor(1)}, false)
	served := map[string]int{}
	for range 23 { // each once
		j, ok := l.pop()
		require.True(t, ok)
		served[j.peer]++
		if j.peer == "client" {
			require.Equal(t, newest, j.body, "in the place of the older one")
		}
	}
	require.Len(t, served, 23)
	for _, ok := l.pop(); ok; _, ok = l.pop() {
	}
	require.Zero(t, l.total)
	require.Zero(t, l.strangers)
	require.Empty(t, l.jobs)
	require.Empty(t, l.stranger)

	for name := range 2 * queue {
		l.push(job{fmt.Sprint("client ", name), stateFor(1)}, true)
	}
	require.Equal(t, queue, l.total)
}
