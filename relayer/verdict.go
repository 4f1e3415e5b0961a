package relayer

import (
	"errors"
	"regexp"
	"strconv"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
)

type verdict int

const (
	verdictRetry     verdict = iota // nothing is wrong with the messages: try the same again later
	verdictRedundant                // somebody else delivered them all
	verdictMessage                  // one message is to blame
	verdictSplit                    // one of several is, or they are too many: try fewer
)

var messageIndex = regexp.MustCompile(`message index: (\d+)`)

// judge reads a refusal of n messages, preceded by a client update or not. With verdictMessage it
// returns which one.
func (c *courier) judge(err error, n int, updated bool) (int, verdict) {
	if errors.Is(err, errTooMuchGas) {
		return 0, verdictSplit
	}
	var refused *client.TxError
	if !errors.As(err, &refused) {
		return 0, verdictRetry
	}
	if errors.Is(err, channeltypes.ErrRedundantTx) {
		return 0, verdictRedundant
	}
	if m := messageIndex.FindStringSubmatch(refused.Log); m != nil {
		i, convErr := strconv.Atoi(m[1])
		if updated {
			i--
		}
		if convErr != nil || i < 0 || i >= n {
			return 0, verdictRetry // the update itself
		}
		return i, verdictMessage
	}
	tooLarge := errors.Is(err, sdkerrors.ErrTxTooLarge)
	if refused.Codespace == sdkerrors.RootCodespace && !tooLarge || refused.Stage == "deliver" {
		return 0, verdictRetry // fee, funds, sequence, gas: the sender's trouble
	}
	if n > 1 {
		return 0, verdictSplit
	}
	return 0, verdictMessage
}
