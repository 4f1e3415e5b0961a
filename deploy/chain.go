package deploy

import (
	"context"
	"fmt"
	"strings"
	"sync"

	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

var encoding = sync.OnceValues(func() (*client.Encoding, error) {
	return client.NewEncoding("", transackettypes.RegisterInterfaces, zonestypes.RegisterInterfaces, govv1.RegisterInterfaces)
})

func formatAddress(raw []byte) (string, error) {
	return address.NewBech32Codec(client.DefaultAddressPrefix).BytesToString(raw)
}

// gasMargin times simulated gas: state that changes meanwhile, such as an inbox, costs more than 1.4.
const gasMargin = 2

// dial connects to a chain, for reading or, with a key, for signing.
func dial(ctx context.Context, rpc, chainID, gasPrices string, key *Key, secret Passphrase) (*client.Client, error) {
	enc, err := encoding()
	if err != nil {
		return nil, err
	}
	cfg := client.Config{RPC: rpc, ChainID: chainID, Encoding: enc, GasPrices: gasPrices, GasAdjustment: gasMargin}
	if key != nil {
		if cfg.Keyring, err = key.open(secret); err != nil {
			return nil, err
		}
	}
	return client.Dial(ctx, cfg)
}

// FindMain asks a node which chain it serves and what its transactions cost. A node of a zone is
// refused.
func FindMain(ctx context.Context, rpc, gasPrices string) (MainChain, error) {
	c, err := dial(ctx, rpc, "", "", nil, nil)
	if err != nil {
		return MainChain{}, fmt.Errorf("main chain: %w; is the node running, and is --main its RPC address?", err)
	}
	id, err := zonestypes.NewQueryClient(c).Identity(ctx, &zonestypes.QueryIdentityRequest{})
	if err != nil {
		return MainChain{}, fmt.Errorf("main chain at %s: %w", rpc, err)
	}
	if !id.Identity.IsMain() {
		return MainChain{}, fmt.Errorf("main chain at %s: %s is the zone %s; give a node of the main chain with --main", rpc, c.ChainID(), id.Identity.Zone)
	}
	m := MainChain{ChainID: c.ChainID(), RPC: rpc, GasPrices: gasPrices, Denom: id.NativeDenom}
	if m.GasPrices == "" {
		config, err := nodeservice.NewServiceClient(c).Config(ctx, &nodeservice.ConfigRequest{})
		if err != nil {
			return MainChain{}, fmt.Errorf("gas price of %s: %w; give it with --gas-prices", m.ChainID, err)
		}
		m.GasPrices = strings.ReplaceAll(config.MinimumGasPrice, ";", ",")
	}
	if _, err := sdk.ParseDecCoins(m.GasPrices); err != nil {
		return MainChain{}, fmt.Errorf("gas prices %q: must be a list such as 0.001usmt: %w", m.GasPrices, err)
	}
	return m, nil
}

// balance of an account in one denom.
func balance(ctx context.Context, c *client.Client, account, denom string) (sdk.Coin, error) {
	res, err := banktypes.NewQueryClient(c).Balance(ctx, &banktypes.QueryBalanceRequest{Address: account, Denom: denom})
	if err != nil {
		return sdk.Coin{}, fmt.Errorf("balance of %s on %s: %w", account, c.ChainID(), err)
	}
	return *res.Balance, nil
}

// The relayer's view of both chains.

func (r *Record) rpc() string {
	return fmt.Sprintf("http://127.0.0.1:%d", r.Ports.RPC)
}

func (r *Record) mainConfig() relayer.ChainConfig {
	return relayer.ChainConfig{
		ChainID: r.Main.ChainID, RPC: r.Main.RPC, Key: r.Relayer.Name, KeyringDir: r.Relayer.Dir, KeyringBackend: r.Relayer.Backend,
		GasPrices: r.Main.GasPrices, AddressPrefix: client.DefaultAddressPrefix,
	}
}

func (r *Record) zoneConfig() relayer.ChainConfig {
	c := r.mainConfig()
	c.ChainID, c.RPC, c.GasPrices = r.Spec.ChainID(), r.rpc(), r.Spec.GasPrices()
	return c
}
