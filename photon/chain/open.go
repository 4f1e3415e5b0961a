package chain

import (
	"context"
	"fmt"
	"log/slog"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// OpenChannel submits terms that the partner signed and returns the number of the channel. The
// opener must be the account of this chain.
func (c *Chain) OpenChannel(ctx context.Context, logger *slog.Logger, terms types.OpenTerms, denom string, signature []byte, approval *types.Approval) (uint64, error) {
	var accounts [3]string
	for i, bz := range [][]byte{terms.Account[0], terms.Account[1], terms.Guarantor} {
		if len(bz) == 0 {
			continue
		}
		var err error
		if accounts[i], err = c.encoding.FormatAddress(bz); err != nil {
			return 0, err
		}
	}
	if accounts[0] != c.address {
		return 0, fmt.Errorf("the opener in the terms is %s: this node pays from %s", accounts[0], c.address)
	}
	res, err := c.Submit(ctx, logger, &types.MsgOpenChannel{
		Opener: accounts[0], Partner: accounts[1], OpenerKey: terms.Key[0], PartnerKey: terms.Key[1],
		Deposit: sdk.NewCoin(denom, terms.Deposit.Int()), Challenge: terms.Challenge, ValidUntil: terms.ValidUntil,
		PartnerSignature: signature, Guarantor: accounts[2], Approval: approval,
	})
	if err != nil {
		return 0, err
	}
	var r types.MsgOpenChannelResponse
	if err := res.Response(0, &r); err != nil {
		return 0, err
	}
	return r.ChannelId, nil
}

// Deposit raises the deposit of a participant to a total.
func (c *Chain) Deposit(ctx context.Context, logger *slog.Logger, channel uint64, participant uint8, total types.Uint128) error {
	_, err := c.Submit(ctx, logger, &types.MsgDeposit{Depositor: c.address, ChannelId: channel, Participant: uint32(participant), Total: total})
	return err
}

// ParseAddress reads an account in bech32 with the prefix of this chain.
func (c *Chain) ParseAddress(text string) ([]byte, error) {
	bz, err := sdk.GetFromBech32(text, c.encoding.AddressPrefix)
	if err != nil {
		return nil, fmt.Errorf("account %.80q: %w", text, err)
	}
	return bz, nil
}
