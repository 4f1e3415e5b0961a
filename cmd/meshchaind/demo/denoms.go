package demo

import (
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
)

// end is one side of a link between two chains.
type end struct {
	chainID string
	channel string
	escrow  string // address of the channel's escrow account
}

// newEnd finds the escrow account of a channel.
func newEnd(chainID, channel string) (end, error) {
	escrow, err := bech32(transfertypes.GetEscrowAddress(transfertypes.PortID, channel))
	return end{chainID: chainID, channel: channel, escrow: escrow}, err
}

// link joins two chains by a channel.
type link [2]end

// traces maps the denoms of vouchers to the paths they came along, as
// transfer/channel-0/ufarm. Other denoms are native to the chain that has them.
type traces map[string]string

// path of a denom: that of a voucher, and of a native denom its name. A voucher that
// is not known keeps its name, too.
func (t traces) path(denom string) string {
	if path, ok := t[denom]; ok {
		return path
	}
	return denom
}

// add notes a path and returns its denom.
func (t traces) add(path string) string {
	trace := transfertypes.ParseDenomTrace(path)
	if trace.Path != "" {
		t[trace.IBCDenom()] = path
	}
	return trace.IBCDenom()
}

// arriving is what a denom is called on the other side once it has gone from one end
// to another: a voucher that goes back loses a hop, everything else gains one.
func (t traces) arriving(from, to end, denom string) string {
	path := t.path(denom)
	if rest, back := strings.CutPrefix(path, hop(from.channel)); back {
		return t.add(rest)
	}
	return t.add(hop(to.channel) + path)
}

// returning tells whether a denom at an end is a voucher that came through it.
func (t traces) returning(at end, denom string) bool {
	return strings.HasPrefix(t.path(denom), hop(at.channel))
}

func hop(channel string) string { return transfertypes.PortID + "/" + channel + "/" }

// isVoucher tells vouchers from native denoms.
func isVoucher(denom string) bool {
	return strings.HasPrefix(denom, transfertypes.DenomPrefix+"/")
}

// natives lists the denoms of a supply that the chain issues itself.
func natives(supply sdk.Coins) []string {
	var all []string
	for _, coin := range supply {
		if !isVoucher(coin.Denom) {
			all = append(all, coin.Denom)
		}
	}
	return all
}
