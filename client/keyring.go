package client

import (
	"errors"
	"fmt"
	"io"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// OpenKeyring opens the keyring that `meshchaind keys --home dir --keyring-backend backend` uses.
// Backend is one of test, file, os, memory. The file backend asks for its passphrase on input; a
// daemon passes a reader that supplies it. Backend test keeps keys unencrypted: for tests only.
func OpenKeyring(backend, dir string, input io.Reader) (keyring.Keyring, error) {
	switch backend {
	case keyring.BackendTest, keyring.BackendFile, keyring.BackendOS, keyring.BackendMemory:
	default:
		return nil, fmt.Errorf("keyring backend %q: must be one of test, file, os, memory", backend)
	}
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	keys, err := keyring.New(sdk.KeyringServiceName(), backend, dir, input, codec.NewProtoCodec(registry))
	if err != nil {
		return nil, fmt.Errorf("keyring %s in %q: %w", backend, dir, err)
	}
	return keys, nil
}

// EnsureKey makes sure that the key name exists. When it does not, a key is generated from fresh
// entropy and its mnemonic returned, once: it is stored nowhere else. Existing keys return "".
func EnsureKey(keys keyring.Keyring, name string) (mnemonic string, err error) {
	if _, err = keys.Key(name); err == nil {
		return "", nil
	}
	if !errors.Is(err, sdkerrors.ErrKeyNotFound) {
		return "", fmt.Errorf("key %q: %w", name, err)
	}
	_, mnemonic, err = keys.NewMnemonic(name, keyring.English, sdk.FullFundraiserPath, keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	if err != nil {
		return "", fmt.Errorf("key %q: %w", name, err)
	}
	return mnemonic, nil
}
