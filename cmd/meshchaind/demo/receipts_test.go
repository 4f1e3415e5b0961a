package demo

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

func TestReceiptsAreComparedWithTheLedger(t *testing.T) {
	r := newReceipts()
	ok, err := r.take(transackettypes.Transacket{})
	require.NoError(t, err)
	require.False(t, ok, "a TransacKet is no receipt")

	thread := []byte(strings.Repeat("r", 32))
	receipt := transackettypes.Transacket{
		Envelope: transackettypes.Envelope{Thread: thread}, Receipt: &transackettypes.TransacketAck{Height: 5},
	}
	ok, err = r.take(receipt)
	require.NoError(t, err)
	require.True(t, ok)
	_, err = r.take(receipt)
	require.ErrorContains(t, err, "is here twice")
	_, err = r.take(transackettypes.Transacket{Receipt: &transackettypes.TransacketAck{}})
	require.ErrorContains(t, err, "names no block")

	l := newLedger()
	require.Len(t, r.compare(l), 1, "nobody filed it")
	l.life(hex.EncodeToString(thread)).receipt = true
	require.Empty(t, r.compare(l))
	l.life("other").receipt = true
	require.Contains(t, r.compare(l)[0], "the sender did not find it")
}

func TestUnderpaidMustComeBackForThatReason(t *testing.T) {
	l := newLedger()
	require.Contains(t, l.checkUnderpaid(underpaidFlow, 1)[0], "0 TransacKets were sent, 1 should be")
	one := l.life("one")
	one.chain, one.topic, one.payment = zoneChainID, topicUnderpaid, sdk.NewInt64Coin("ufarm", 249)
	one.sent, one.delivered = time.Unix(1, 0), time.Unix(2, 0)
	require.Contains(t, l.checkUnderpaid(underpaidFlow, 1)[0], "was not refunded")
	one.refunded, one.reason = time.Unix(3, 0), "REFUND_REASON_TIMEOUT"
	require.Contains(t, l.checkUnderpaid(underpaidFlow, 1)[0], "for another reason: REFUND_REASON_TIMEOUT")
	one.reason = refusedForPrice()
	require.Empty(t, l.checkUnderpaid(underpaidFlow, 1))
	require.Contains(t, one.reason, "transacket/20")
}

func TestDecisionsAreChecked(t *testing.T) {
	for _, bad := range []string{"", "{", `{"discharge":"some"}`, `{"discharge":1}`} {
		_, err := decodeDecision([]byte(bad))
		require.Error(t, err, bad)
	}
	d, err := decodeDecision([]byte(`{"discharge":"off","load":1.75}`))
	require.NoError(t, err)
	require.Equal(t, Decision{Discharge: SwitchOff, Load: 1.75}, d)
}

func TestPollutionOptionsNameWhatIsWrong(t *testing.T) {
	good := pollutionOptions{rows: 1, performance: performance{output: "table"}}
	require.NoError(t, good.validate())
	for want, bad := range map[string]pollutionOptions{
		"--rows 0: must be between":        {performance: good.performance},
		"--rows 1001: must be between":     {rows: 1001, performance: good.performance},
		"--interval -1ns: must be between": {rows: 1, interval: -1, performance: good.performance},
		`--output "yaml": must be`:         {rows: 1, performance: performance{output: "yaml"}},
	} {
		require.ErrorContains(t, bad.validate(), want)
	}
}
