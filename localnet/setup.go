package localnet

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/meshchain/meshchain/client"
)

// genesisAccount is an entry of `genesis bulk-add-genesis-account`.
type genesisAccount struct {
	Address string    `json:"address"`
	Coins   sdk.Coins `json:"coins"`
}

// setUp writes everything a chain needs before its first start.
func (c *Chain) setUp(ctx context.Context) error {
	if err := os.MkdirAll(c.Spec.Home, 0o700); err != nil {
		return err
	}
	accounts, err := c.makeKeys()
	if err != nil {
		return err
	}
	for i, n := range c.Nodes {
		args := []string{"init", fmt.Sprintf("node%d", i), "--home", n.Home, "--chain-id", c.Spec.ChainID, "--role", c.Spec.role()}
		if c.Spec.Zone != "" {
			args = append(args, "--zone", c.Spec.Zone)
		}
		if err := os.MkdirAll(n.Home, 0o700); err != nil {
			return err
		}
		if _, err := Run(ctx, c.Spec.Binary, args...); err != nil {
			return err
		}
		key, err := p2p.LoadNodeKey(n.file("config", "node_key.json"))
		if err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
		n.ID = string(key.ID())
	}
	if err := c.makeGenesis(ctx, accounts); err != nil {
		return err
	}
	return c.configure()
}

// makeKeys makes a key for every validator and account and returns what the
// genesis gives them.
func (c *Chain) makeKeys() ([]genesisAccount, error) {
	wanted := make([]Account, 0, len(c.Nodes)+len(c.Spec.Accounts))
	for i := range c.Nodes {
		wanted = append(wanted, Account{Name: validatorKey(i), Coins: validatorFunds + c.Spec.Denom()})
	}
	wanted = append(wanted, c.Spec.Accounts...)
	accounts := make([]genesisAccount, 0, len(wanted))
	for _, a := range wanted {
		coins, err := sdk.ParseCoinsNormalized(a.Coins)
		if err != nil {
			return nil, fmt.Errorf("account %s: coins %q: want a list like 100ufarm,5umesh: %w", a.Name, a.Coins, err)
		}
		address, err := c.makeKey(a)
		if err != nil {
			return nil, err
		}
		if coins.IsZero() {
			continue // the account comes into being when it receives something
		}
		accounts = append(accounts, genesisAccount{Address: address, Coins: coins})
	}
	return accounts, nil
}

// makeKey makes or restores a key and returns its address.
func (c *Chain) makeKey(a Account) (string, error) {
	var err error
	switch {
	case a.Address != "":
		return a.Address, nil
	case a.Mnemonic != "":
		_, err = c.Keys.NewAccount(a.Name, a.Mnemonic, keyring.DefaultBIP39Passphrase, sdk.FullFundraiserPath, hd.Secp256k1)
	default:
		_, err = client.EnsureKey(c.Keys, a.Name)
	}
	if err != nil {
		return "", fmt.Errorf("key %q: %w", a.Name, err)
	}
	return c.Address(a.Name)
}

// adjustGenesis writes what the specification says into the genesis of the first node, as far as no
// command does it.
func (c *Chain) adjustGenesis() error {
	if c.Spec.Owner == "" && c.Spec.UnbondingTime == 0 {
		return nil
	}
	file := c.GenesisFile()
	genesis, err := genutiltypes.AppGenesisFromFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if c.Spec.Owner != "" {
		if genesis.AppState, err = setJSON(genesis.AppState, c.Spec.Owner, "zones", "owner"); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if unbonding := c.Spec.UnbondingTime; unbonding > 0 {
		seconds := fmt.Sprintf("%.9gs", unbonding.Seconds())
		if genesis.AppState, err = setJSON(genesis.AppState, seconds, "staking", "params", "unbonding_time"); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		// Who misbehaved can be punished for as long.
		evidence := &genesis.Consensus.Params.Evidence
		evidence.MaxAgeDuration, evidence.MaxAgeNumBlocks = unbonding, max(1, int64(unbonding/c.Spec.BlockTime))
	}
	return genesis.SaveAs(file)
}

// setJSON replaces the value at a path of nested objects and keeps all else as it is.
func setJSON(doc json.RawMessage, value any, path ...string) (json.RawMessage, error) {
	if len(path) == 0 {
		return json.Marshal(value)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(doc, &object); err != nil {
		return nil, fmt.Errorf("object with %q: %w", path[0], err)
	}
	inner, ok := object[path[0]]
	if !ok {
		return nil, fmt.Errorf("no key %q", path[0])
	}
	inner, err := setJSON(inner, value, path[1:]...)
	if err != nil {
		return nil, err
	}
	object[path[0]] = inner
	return json.MarshalIndent(object, "", "  ")
}

// makeGenesis writes the genesis file, with one self-delegation per validator,
// and hands it to every node.
func (c *Chain) makeGenesis(ctx context.Context, accounts []genesisAccount) error {
	first := c.Nodes[0]
	list := filepath.Join(c.Spec.Home, "genesis_accounts.json")
	data, err := json.MarshalIndent(accounts, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(list, data, 0o600); err != nil {
		return err
	}
	if _, err := Run(ctx, c.Spec.Binary, "genesis", "bulk-add-genesis-account", list, "--home", first.Home); err != nil {
		return err
	}
	if err := c.adjustGenesis(); err != nil {
		return err
	}
	if err := c.shareGenesis(); err != nil {
		return err
	}
	gentxs := first.file("config", "gentx")
	if err := os.MkdirAll(gentxs, 0o700); err != nil {
		return err
	}
	for i, n := range c.Nodes {
		_, err := Run(ctx, c.Spec.Binary, "genesis", "gentx", validatorKey(i), validatorStake+c.Spec.Denom(),
			"--home", n.Home, "--chain-id", c.Spec.ChainID, "--moniker", fmt.Sprintf("node%d", i), "--ip", "127.0.0.1",
			"--keyring-backend", "test", "--keyring-dir", c.KeyDir(),
			"--output-document", filepath.Join(gentxs, fmt.Sprintf("node%d.json", i)))
		if err != nil {
			return err
		}
	}
	if _, err := Run(ctx, c.Spec.Binary, "genesis", "collect-gentxs", "--home", first.Home); err != nil {
		return err
	}
	if _, err := Run(ctx, c.Spec.Binary, "genesis", "validate", "--home", first.Home); err != nil {
		return err
	}
	return c.shareGenesis()
}

// shareGenesis copies the first node's genesis to all others.
func (c *Chain) shareGenesis() error {
	data, err := os.ReadFile(c.GenesisFile())
	if err != nil {
		return err
	}
	for _, n := range c.Nodes[1:] {
		if err := os.WriteFile(n.file("config", "genesis.json"), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
