package chain

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	txsigning "cosmossdk.io/x/tx/signing"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
)

func testSenders(t *testing.T, n int) ([]*sender, *client.Encoding) {
	t.Helper()
	enc, err := client.NewEncoding("mesh")
	require.NoError(t, err)
	senders, err := deriveSenders([]byte("test"), n, enc)
	require.NoError(t, err)
	for i, s := range senders {
		s.number, s.sequence = uint64(i+5), uint64(10*i)
	}
	return senders, enc
}

// What is signed by hand decodes with the SDK's decoder and passes its verification.
func TestSignedSendsVerify(t *testing.T) {
	senders, enc := testSenders(t, 3)
	terms := terms{chainID: "mesh-main-1", amount: sdk.NewInt64Coin("usmt", 1), fee: sdk.NewInt64Coin("usmt", 250), gas: 100_000, message: bankSend}
	signed, err := sign(context.Background(), senders, 4, terms)
	require.NoError(t, err)

	for i, txs := range signed {
		require.Len(t, txs, 4)
		for k, signedTx := range txs {
			require.Equal(t, sha256.Sum256(signedTx.bytes), signedTx.hash)
			tx, err := enc.TxConfig.TxDecoder()(signedTx.bytes)
			require.NoError(t, err)
			require.Equal(t, []sdk.Msg{&banktypes.MsgSend{
				FromAddress: senders[i].address, ToAddress: senders[(i+1)%3].address, Amount: sdk.NewCoins(terms.amount),
			}}, tx.GetMsgs())

			sigTx, ok := tx.(authsigning.SigVerifiableTx)
			require.True(t, ok)
			sigs, err := sigTx.GetSignaturesV2()
			require.NoError(t, err)
			require.Len(t, sigs, 1)
			require.Equal(t, senders[i].sequence+uint64(k), sigs[0].Sequence)

			feeTx, ok := tx.(sdk.FeeTx)
			require.True(t, ok)
			require.Equal(t, sdk.NewCoins(terms.fee), feeTx.GetFee())
			require.Equal(t, terms.gas, feeTx.GetGas())

			adaptable, ok := tx.(authsigning.V2AdaptableTx)
			require.True(t, ok)
			verify := func(chainID string) error {
				require.NoError(t, err)
				return authsigning.VerifySignature(context.Background(), sigs[0].PubKey, txsigning.SignerData{
					Address: senders[i].address, ChainID: chainID, AccountNumber: senders[i].number,
					Sequence: sigs[0].Sequence,
				}, sigs[0].Data, enc.TxConfig.SignModeHandler(), adaptable.GetSigningTxData())
			}
			require.NoError(t, verify("mesh-main-1"))
			require.Error(t, verify("mesh-main-2"))
		}
	}
}

func TestSendersAreStableAndDistinct(t *testing.T) {
	home := t.TempDir()
	secret, err := loadSecret(home)
	require.NoError(t, err)
	again, err := loadSecret(home)
	require.NoError(t, err)
	require.Equal(t, secret, again)

	enc, err := client.NewEncoding("wasm")
	require.NoError(t, err)
	senders, err := deriveSenders(secret, 50, enc)
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, s := range senders {
		require.Regexp(t, "^wasm1", s.address)
		require.False(t, seen[s.address], "address %s twice", s.address)
		seen[s.address] = true
	}
	fewer, err := deriveSenders(secret, 5, enc)
	require.NoError(t, err)
	require.Equal(t, senders[:5], fewer)
}
