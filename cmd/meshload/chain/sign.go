package chain

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// terms are what all transactions of a run have in common.
type terms struct {
	chainID string
	amount  sdk.Coin // what each message moves
	message func(from, to string, amount sdk.Coin) sdk.Msg
	fee     sdk.Coin
	gas     uint64
}

// transaction is signed and ready for a node.
type transaction struct {
	bytes []byte
	hash  [sha256.Size]byte
}

// sign signs n transactions per sender, from each to the next so that no account is
// added and none runs dry. The result is ordered by sender, then sequence.
func sign(ctx context.Context, senders []*sender, n int, t terms) ([][]transaction, error) {
	signed := make([][]transaction, len(senders))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range senders {
		to := senders[(i+1)%len(senders)].address
		group.Go(func() error {
			signed[i] = make([]transaction, n)
			for k := range signed[i] {
				if err := ctx.Err(); err != nil {
					return err
				}
				bz, err := s.sign(to, s.sequence+uint64(k), t)
				if err != nil {
					return fmt.Errorf("sign transaction %d of sender %s: %w", k, s.address, err)
				}
				signed[i][k] = transaction{bytes: bz, hash: sha256.Sum256(bz)}
			}
			return nil
		})
	}
	return signed, group.Wait()
}

// sign returns one transaction to another account.
func (s *sender) sign(to string, sequence uint64, t terms) ([]byte, error) {
	return s.signMessages([]sdk.Msg{t.message(s.address, to, t.amount)}, sequence, t)
}

// signMessages returns one transaction, SIGN_MODE_DIRECT, as a node takes it. It encodes
// by itself what the SDK's transaction builder takes ten times longer for.
func (s *sender) signMessages(msgs []sdk.Msg, sequence uint64, t terms) ([]byte, error) {
	packed := make([]*codectypes.Any, len(msgs))
	for i, msg := range msgs {
		var err error
		if packed[i], err = codectypes.NewAnyWithValue(msg); err != nil {
			return nil, err
		}
	}
	body, err := (&txtypes.TxBody{Messages: packed}).Marshal()
	if err != nil {
		return nil, err
	}
	pub, err := codectypes.NewAnyWithValue(s.key.PubKey())
	if err != nil {
		return nil, err
	}
	auth, err := (&txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: pub,
			ModeInfo: &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{
				Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT},
			}},
			Sequence: sequence,
		}},
		Fee: &txtypes.Fee{Amount: sdk.NewCoins(t.fee), GasLimit: t.gas},
	}).Marshal()
	if err != nil {
		return nil, err
	}
	doc, err := (&txtypes.SignDoc{BodyBytes: body, AuthInfoBytes: auth, ChainId: t.chainID, AccountNumber: s.number}).Marshal()
	if err != nil {
		return nil, err
	}
	signature, err := s.key.Sign(doc)
	if err != nil {
		return nil, err
	}
	return (&txtypes.TxRaw{BodyBytes: body, AuthInfoBytes: auth, Signatures: [][]byte{signature}}).Marshal()
}
