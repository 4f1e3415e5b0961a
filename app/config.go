package app

import (
	"os"
	"path/filepath"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// Name of the application and of its binary.
	Name = "meshchaind"
	// Bech32Prefix starts every account address.
	Bech32Prefix = "mesh"
	// EnvPrefix starts every environment variable that configures a node.
	EnvPrefix = "MESHCHAIND"
)

// DefaultNodeHome is where a node keeps its files unless --home says otherwise.
var DefaultNodeHome = filepath.Join(userHome(), ".meshchain")

func userHome() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return dir
	}
	return "."
}

var configureSDK = sync.OnceFunc(func() {
	cfg := sdk.GetConfig()
	cfg.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+sdk.PrefixPublic)
	cfg.SetBech32PrefixForValidator(Bech32Prefix+"valoper", Bech32Prefix+"valoperpub")
	cfg.SetBech32PrefixForConsensusNode(Bech32Prefix+"valcons", Bech32Prefix+"valconspub")
	cfg.Seal()
})

// ConfigureSDK sets the bech32 prefixes of the process, once. The SDK keeps
// them in a global, so every program that touches addresses calls this first.
func ConfigureSDK() { configureSDK() }
