package chain

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
)

const (
	// secretFile holds the secret of the sender accounts, hex, in the home folder.
	secretFile = "senders.secret"
	secretSize = 32
	// outputsPerFunding bounds the outputs of one MsgMultiSend.
	outputsPerFunding = 200
)

// sender is one account that sends.
type sender struct {
	key      *secp256k1.PrivKey
	address  string
	number   uint64
	sequence uint64
}

func defaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ".meshload"
	}
	return filepath.Join(home, ".meshload")
}

// loadSecret reads the secret of the sender accounts, or makes one. What they hold at
// the end of a run stays theirs: the next run with the same home spends it.
func loadSecret(home string) ([]byte, error) {
	path := filepath.Join(home, secretFile)
	text, err := os.ReadFile(path)
	if err == nil {
		secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(secret) != secretSize {
			return nil, fmt.Errorf("%s: must hold %d bytes in hex", path, secretSize)
		}
		return secret, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("secret of the sender accounts: %w", err)
	}
	secret := make([]byte, secretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("home of the sender accounts: %w", err)
	}
	if err := os.WriteFile(path, []byte(hex.EncodeToString(secret)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("secret of the sender accounts: %w", err)
	}
	return secret, nil
}

// deriveSenders returns the first n accounts of a secret.
func deriveSenders(secret []byte, n int, enc *client.Encoding) ([]*sender, error) {
	senders := make([]*sender, n)
	for i := range senders {
		key := secp256k1.GenPrivKeyFromSecret(accountSecret(secret, i))
		address, err := enc.FormatAddress(key.PubKey().Address())
		if err != nil {
			return nil, err
		}
		senders[i] = &sender{key: key, address: address}
	}
	return senders, nil
}

func accountSecret(secret []byte, i int) []byte {
	h := sha256.New()
	h.Write([]byte("meshload sender"))
	h.Write(secret)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return h.Sum(nil)
}

// fund brings every sender that holds less than need up to it, from the account
// named from, and waits for the blocks.
func fund(ctx context.Context, c *client.Client, from string, senders []*sender, need sdk.Coin) error {
	outputs, err := missing(ctx, c, senders, need)
	if err != nil || len(outputs) == 0 {
		return err
	}
	payer, err := c.Account(from)
	if err != nil {
		return err
	}
	for len(outputs) > 0 {
		batch := outputs[:min(len(outputs), outputsPerFunding)]
		outputs = outputs[len(batch):]
		total := sdk.NewCoin(need.Denom, math.ZeroInt())
		for _, output := range batch {
			total = total.Add(output.Coins[0])
		}
		_, err := payer.Send(ctx, &banktypes.MsgMultiSend{
			Inputs:  []banktypes.Input{{Address: payer.Address(), Coins: sdk.NewCoins(total)}},
			Outputs: batch,
		})
		if err != nil {
			return fmt.Errorf("fund %d sender accounts with %s in all from %s (%s): %w", len(batch), total, from, payer.Address(), err)
		}
	}
	return nil
}

func missing(ctx context.Context, c *client.Client, senders []*sender, need sdk.Coin) ([]banktypes.Output, error) {
	bank := banktypes.NewQueryClient(c)
	var outputs []banktypes.Output
	for _, s := range senders {
		res, err := bank.Balance(ctx, &banktypes.QueryBalanceRequest{Address: s.address, Denom: need.Denom})
		if err != nil {
			return nil, fmt.Errorf("balance of sender %s: %w", s.address, err)
		}
		if res.Balance.IsLT(need) {
			outputs = append(outputs, banktypes.Output{Address: s.address, Coins: sdk.NewCoins(need.Sub(*res.Balance))})
		}
	}
	return outputs, nil
}

// loadNumbers reads account numbers and sequences, which signatures cover.
func loadNumbers(ctx context.Context, c *client.Client, senders []*sender) error {
	auth := authtypes.NewQueryClient(c)
	for _, s := range senders {
		res, err := auth.AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: s.address})
		if err != nil {
			return fmt.Errorf("account of sender %s: %w", s.address, err)
		}
		s.number, s.sequence = res.Info.AccountNumber, res.Info.Sequence
	}
	return nil
}
