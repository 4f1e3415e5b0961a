package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshchain/meshchain/photon/api"
)

// channelRef reads "7" or "mesh-main-1/7".
func channelRef(text string) (*api.ChannelRef, error) {
	chainID, digits := "", text
	if i := strings.LastIndex(text, "/"); i >= 0 {
		chainID, digits = text[:i], text[i+1:]
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || id == 0 {
		return nil, usage("channel %q: must be its number, or chain-id/number", text)
	}
	return &api.ChannelRef{ChainId: chainID, ChannelId: id}, nil
}

func refText(r *api.ChannelRef) string {
	if r == nil {
		return "-"
	}
	return fmt.Sprintf("%s/%d", r.ChainId, r.ChannelId)
}

// nameText is how people write where a payment stands: chain-id/channel/epoch/sender/nonce/index.
func nameText(n *api.PaymentName) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d", refText(n.Channel), n.Epoch, n.Sender, n.Nonce, n.Index)
}

func parseName(text string) (*api.ReceiptRequest, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 6 {
		return nil, usage("payment %q: must be chain-id/channel/epoch/sender/nonce/index, as `photond history` shows it", text)
	}
	var n [5]uint64
	for i, digits := range parts[1:] {
		bits := 64
		if i == 2 || i == 4 {
			bits = 32
		}
		var err error
		if n[i], err = strconv.ParseUint(digits, 10, bits); err != nil {
			return nil, usage("payment %q: %q is no number", text, digits)
		}
	}
	return &api.ReceiptRequest{ChainId: parts[0], ChannelId: n[0], Epoch: n[1], Sender: uint32(n[2]), Nonce: n[3], Index: uint32(n[4])}, nil //nolint:gosec // 32 bits
}
