package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// dial connects to a chain with all of its keys.
func dial(c *localnet.Chain) (*client.Client, error) {
	enc, err := client.NewEncoding(client.DefaultAddressPrefix, transackettypes.RegisterInterfaces, zonestypes.RegisterInterfaces, didtypes.RegisterInterfaces)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{
		RPC: c.Nodes[0].RPC(), ChainID: c.Spec.ChainID, Encoding: enc, Keyring: c.Keys, GasPrices: c.Spec.GasPrices(),
	})
}

// accountNames maps the addresses that people may want to know by name.
func accountNames(ctx context.Context, c *localnet.Chain, chain *client.Client) (map[string]string, error) {
	names := map[string]string{forwarder(): "forwarder", registry(): "registry of zones"}
	records, err := c.Keys.List()
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", c.Spec.ChainID, err)
	}
	for _, r := range records {
		addr, err := c.Address(r.Name)
		if err != nil {
			return nil, err
		}
		names[addr] = r.Name
	}
	res, err := authtypes.NewQueryClient(chain).ModuleAccounts(ctx, &authtypes.QueryModuleAccountsRequest{})
	if err != nil {
		return nil, fmt.Errorf("module accounts of %s: %w", c.Spec.ChainID, err)
	}
	for _, packed := range res.Accounts {
		var account sdk.AccountI
		if err := chain.Encoding.Registry.UnpackAny(packed, &account); err != nil {
			return nil, fmt.Errorf("module accounts of %s: %w", c.Spec.ChainID, err)
		}
		if module, ok := account.(*authtypes.ModuleAccount); ok {
			names[module.Address] = "module " + module.Name
		}
	}
	return names, nil
}

// bech32 formats an address of either chain: both use the same prefix.
func bech32(addr []byte) (string, error) {
	return address.NewBech32Codec(client.DefaultAddressPrefix).BytesToString(addr)
}

// forwarder is the account in whose name the main chain passes TransacKets on.
func forwarder() string { return mustBech32("forwarder", transackettypes.ForwarderAddress()) }

// registry is the account that zones announce themselves from, and to.
func registry() string { return mustBech32("registry of zones", zonestypes.RegistryAddress()) }

// moduleAddress is the address of a module's account.
func moduleAddress(module string) string {
	return mustBech32("module "+module, authtypes.NewModuleAddress(module))
}

func mustBech32(what string, addr []byte) string {
	text, err := bech32(addr)
	if err != nil {
		panic(errors.Join(errors.New("address of "+what), err)) // any 20 or 32 bytes have a bech32 form
	}
	return text
}
