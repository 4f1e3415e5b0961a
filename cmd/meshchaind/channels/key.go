package channels

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"

	"github.com/meshchain/meshchain/x/channels/types"
)

// keyFile holds a channel key. It is not encrypted: a channel key is a hot key that can
// be rotated, and cannot move an account's coins.
type keyFile struct {
	Public string `json:"public"`
	// Private is the seed of an ed25519 key or the scalar of a secp256k1 key, 32 bytes.
	Private string `json:"private"`
}

// signingKey signs in channels.
type signingKey struct {
	public types.ChannelKey
	sign   func(message []byte) ([]byte, error)
}

func keygenCmd() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "keygen [file]",
		Short: "Draw a channel key and print its public half",
		Long:  "Draw a channel key and print its public half. The file is not encrypted and is readable by you alone;\nan existing file is never overwritten.",
		Example: `  meshchaind channels keygen alice.key
  meshchaind channels keygen router.key --type secp256k1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := drawKey(kind)
			if err != nil {
				return err
			}
			bz, err := json.MarshalIndent(key, "", "  ")
			if err != nil {
				return err
			}
			file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists: choose another name, keys are never overwritten", args[0])
			} else if err != nil {
				return err
			}
			if _, err := file.Write(append(bz, '\n')); err != nil {
				return errors.Join(err, file.Close())
			}
			if err := file.Close(); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), key.Public)
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "type", "ed25519", "ed25519 or secp256k1")
	return cmd
}

func drawKey(kind string) (keyFile, error) {
	switch kind {
	case "ed25519":
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return keyFile{}, err
		}
		return keyFile{types.Ed25519Key(public).Text(), hex.EncodeToString(private.Seed())}, nil
	case "secp256k1":
		private := secp256k1.GenPrivKey()
		return keyFile{types.Secp256k1Key(private.PubKey().Bytes()).Text(), hex.EncodeToString(private.Bytes())}, nil
	default:
		return keyFile{}, fmt.Errorf("--type %q: must be ed25519 or secp256k1", kind)
	}
}

// readKey reads a key file and checks that its halves belong together.
func readKey(path string) (signingKey, error) {
	bz, err := os.ReadFile(path)
	if err != nil {
		return signingKey{}, err
	}
	var file keyFile
	if err := json.Unmarshal(bz, &file); err != nil {
		return signingKey{}, fmt.Errorf("%s is no channel key: %w", path, err)
	}
	public, err := types.ParseChannelKey(file.Public)
	if err != nil {
		return signingKey{}, fmt.Errorf("%s: public: %w", path, err)
	}
	private, err := hex.DecodeString(file.Private)
	if err != nil || len(private) != ed25519.SeedSize {
		return signingKey{}, fmt.Errorf("%s: private: must be 64 hexadecimal digits", path)
	}
	key := signingKey{public: public}
	var derived types.ChannelKey
	if public.Type == types.KEY_TYPE_ED25519 {
		full := ed25519.NewKeyFromSeed(private)
		derived = types.Ed25519Key(full.Public().(ed25519.PublicKey))
		key.sign = func(m []byte) ([]byte, error) { return ed25519.Sign(full, m), nil }
	} else {
		full := &secp256k1.PrivKey{Key: private}
		derived = types.Secp256k1Key(full.PubKey().Bytes())
		key.sign = full.Sign
	}
	if !derived.Same(public) {
		return signingKey{}, fmt.Errorf("%s: public is not the public half of private", path)
	}
	return key, nil
}
