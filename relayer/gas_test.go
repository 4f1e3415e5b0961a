package relayer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func messages(kind parcelKind, n int) []message {
	out := make([]message, n)
	for i := range out {
		out[i].kind = kind
	}
	return out
}

func TestGasTable(t *testing.T) {
	g := newGasTable()
	_, ok := g.limit(messages(parcelRecv, 100), 1.4)
	require.False(t, ok, "nothing is known: simulate")
	g.learn(messages(parcelRecv, calibrated-1), 1_000_000)
	_, ok = g.limit(messages(parcelRecv, 100), 1.4)
	require.False(t, ok, "few messages say nothing about one more")

	g.learn(messages(parcelRecv, 100), 8_000_000)
	gas, ok := g.limit(messages(parcelRecv, 50), 1.5)
	require.True(t, ok)
	require.Equal(t, uint64(50*80_000*1.5+gasSlack), gas)
	_, ok = g.limit(messages(parcelAck, 100), 1.4)
	require.False(t, ok, "another kind costs something else")
	mixed := append(messages(parcelRecv, 20), messages(parcelAck, 1)...)
	_, ok = g.limit(mixed, 1.4)
	require.False(t, ok)
	suspect := messages(parcelRecv, 20)
	suspect[7].tried = true
	_, ok = g.limit(suspect, 1.4)
	require.False(t, ok, "what was refused once is looked at closely")

	g.learn(messages(parcelRecv, 100), 16_000_000)
	gas, _ = g.limit(messages(parcelRecv, 10), 1)
	require.Equal(t, uint64(10*160_000+gasSlack), gas, "dearer counts at once")
	g.learn(messages(parcelRecv, 100), 8_000_000)
	gas, _ = g.limit(messages(parcelRecv, 10), 1)
	require.Equal(t, uint64(10*150_000+gasSlack), gas, "cheaper counts slowly")
	g.forget(messages(parcelRecv, 1))
	_, ok = g.limit(messages(parcelRecv, 100), 1.4)
	require.False(t, ok)
}
