package cli

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cosmossdk.io/core/address"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client/flags"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// NewSetPricesCmd returns the command that replaces the prices of an account.
func NewSetPricesCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set-prices [prefix=minimum]...",
		Short: "Post the least that you take for TransacKets, by topic",
		Long: `Post the least that you take for TransacKets, by topic. The list replaces the
one before; without any price every payment is welcome. Of all prefixes that fit a
topic the longest counts; several denoms for one prefix are alternatives.`,
		Example: fmt.Sprintf(`# 5usmt for anything; 20usmt, or 1umesh, for topics that begin with ads
%[1]s tx transacket set-prices =5usmt ads=20usmt ads=1umesh --from agronomist

# take everything again
%[1]s tx transacket set-prices --from agronomist`, version.AppName),
		RunE: func(cmd *cobra.Command, args []string) error {
			return broadcast(cmd, addresses, func(account string) (sdk.Msg, error) { return newMsgSetPrices(account, args) })
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func newMsgSetPrices(account string, args []string) (*types.MsgSetPrices, error) {
	msg := &types.MsgSetPrices{Account: account}
	for _, arg := range args {
		prefix, minimum, found := strings.Cut(arg, "=")
		if !found {
			return nil, errorsmod.Wrapf(types.ErrPriceList, "%q: must be prefix=minimum, such as ads=20usmt or, for every topic, =5usmt", arg)
		}
		coin, err := sdk.ParseCoinNormalized(minimum)
		if err != nil {
			return nil, errorsmod.Wrapf(types.ErrPriceList, "%q: minimum must be an amount and a denom, such as 20usmt: %s", arg, err)
		}
		msg.Prices = append(msg.Prices, types.Price{TopicPrefix: prefix, Minimum: coin})
	}
	return msg, msg.ValidateBasic()
}

// NewClaimCmd returns the command that claims a payment under a hash lock.
func NewClaimCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "claim [id] [preimage]",
		Short:   "Show the preimage of a hash lock, which pays the receiver",
		Example: fmt.Sprintf("%s tx transacket claim 5f0c… 6b65… --from author", version.AppName),
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return broadcast(cmd, addresses, func(signer string) (sdk.Msg, error) { return newMsgClaim(signer, args[0], args[1]) })
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func newMsgClaim(signer, id, preimage string) (*types.MsgClaim, error) {
	msg := &types.MsgClaim{Signer: signer}
	var err error
	if msg.Id, err = types.ParseID(id); err != nil {
		return nil, err
	}
	if msg.Preimage, err = hex.DecodeString(preimage); err != nil {
		return nil, errorsmod.Wrapf(types.ErrPreimage, "preimage %q: must be %d hexadecimal digits: %s", preimage, 2*types.PreimageLength, err)
	}
	return msg, msg.ValidateBasic()
}

// NewExpireCmd returns the command that sends a payment under a hash lock back.
func NewExpireCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "expire [id]",
		Short: "Send a hash-locked payment back: after its deadline, or as its receiver",
		Example: fmt.Sprintf(`%[1]s query transacket holds
%[1]s tx transacket expire 5f0c… --from anybody`, version.AppName),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return broadcast(cmd, addresses, func(signer string) (sdk.Msg, error) {
				id, err := types.ParseID(args[0])
				if err != nil {
					return nil, err
				}
				msg := &types.MsgExpire{Signer: signer, Id: id}
				return msg, msg.ValidateBasic()
			})
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

// NewRegisterCmd returns the command that registers files in the index.
func NewRegisterCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register [file]...",
		Short: "Register files, which stay here, by their hash; several by one Merkle root",
		Long: `Register files, which stay here, by their hash: who had what, and when. Several
files are registered by the Merkle root over their hashes in the order given; keep
that order, since a proof needs it (query transacket prove).`,
		Example: fmt.Sprintf(`%[1]s tx transacket register leaf.jpg --media-type image/jpeg --from camera
%[1]s tx transacket register monday/*.jpg --media-type image/jpeg --from camera`, version.AppName),
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			mediaType, err := cmd.Flags().GetString(FlagMediaType)
			if err != nil {
				return err
			}
			return broadcast(cmd, addresses, func(owner string) (sdk.Msg, error) { return newMsgRegister(owner, mediaType, args) })
		},
	}
	cmd.Flags().String(FlagMediaType, "application/octet-stream", "type of the content")
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func newMsgRegister(owner, mediaType string, files []string) (sdk.Msg, error) {
	if len(files) == 1 {
		content, err := hashFile(files[0])
		if err != nil {
			return nil, err
		}
		msg := &types.MsgRegisterContent{Owner: owner, Sha256: content.Sha256, Size_: content.Size_, MediaType: mediaType}
		return msg, msg.ValidateBasic()
	}
	contents, err := hashFiles(files)
	if err != nil {
		return nil, err
	}
	msg := &types.MsgRegisterRoot{Owner: owner, Root: types.MerkleRoot(contents), Leaves: uint64(len(contents)), MediaType: mediaType}
	return msg, msg.ValidateBasic()
}

func hashFiles(files []string) ([][]byte, error) {
	contents := make([][]byte, len(files))
	for i, name := range files {
		content, err := hashFile(name)
		if err != nil {
			return nil, err
		}
		contents[i] = content.Sha256
	}
	return contents, nil
}
