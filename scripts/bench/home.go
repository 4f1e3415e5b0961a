package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/viper"

	"github.com/meshchain/meshchain/localnet"
)

// kind is a binary and how its chain differs from other chains of the Cosmos SDK.
type kind struct {
	name    string
	binary  string
	prefix  string
	denom   string
	chainID string
	init    []string // further arguments of init
}

func meshMain(binary string) kind {
	return kind{name: "meshchaind", binary: binary, prefix: "mesh", denom: "usmt", chainID: "mesh-bench-1"}
}

func meshZone(binary string) kind {
	return kind{
		name: "meshchaind zone", binary: binary, prefix: "mesh", denom: "ufarm", chainID: "farm-1",
		init: []string{"--role", "zone", "--zone", "farm"},
	}
}

func plainWasmd(binary string) kind {
	return kind{
		name: "wasmd", binary: binary, prefix: "wasm", denom: "ustake", chainID: "wasm-bench-1",
		init: []string{"--default-denom", "ustake"},
	}
}

// Keys of a home's test keyring.
const (
	validatorKey = "validator"
	funderKey    = "funder"
)

// home is the folder of a chain with one validator.
type home struct {
	kind
	dir string
	rpc string // address of its CometBFT RPC, http://…
}

// newHome makes a genesis with one validator and one rich account.
func newHome(ctx context.Context, k kind, dir string) (*home, error) {
	h := &home{kind: k, dir: dir}
	keyring := []string{"--keyring-backend", "test"}
	steps := [][]string{
		append([]string{"init", "bench", "--chain-id", k.chainID}, k.init...),
		append([]string{"keys", "add", validatorKey}, keyring...),
		append([]string{"keys", "add", funderKey}, keyring...),
		append([]string{"genesis", "add-genesis-account", validatorKey, "1000000000000" + k.denom}, keyring...),
		append([]string{"genesis", "add-genesis-account", funderKey, "1000000000000" + k.denom}, keyring...),
		append([]string{"genesis", "gentx", validatorKey, "500000000000" + k.denom, "--chain-id", k.chainID}, keyring...),
		{"genesis", "collect-gentxs"},
	}
	for _, args := range steps {
		if _, err := localnet.Run(ctx, k.binary, append(args, "--home", dir)...); err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
	}
	return h, nil
}

// unlimitBlocks lets blocks of both chains hold the same: 4 MiB and no limit of gas.
func (h *home) unlimitBlocks() error {
	path := filepath.Join(h.dir, "config", "genesis.json")
	bz, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var genesis map[string]any
	dec := json.NewDecoder(bytes.NewReader(bz))
	dec.UseNumber()
	if err := dec.Decode(&genesis); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	params := genesis
	for _, key := range []string{"consensus", "params", "block"} {
		next, ok := params[key].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: has no %q in consensus.params.block", path, key)
		}
		params = next
	}
	params["max_bytes"], params["max_gas"] = "4194304", "-1"
	if bz, err = json.MarshalIndent(genesis, "", " "); err != nil {
		return err
	}
	return os.WriteFile(path, bz, 0o600)
}

// settings are values by key of config.toml or app.toml, for example "mempool.size".
type settings map[string]any

// set changes keys of config/<file>; a key that the file does not have is an error.
func (h *home) set(file string, values settings) error {
	path := filepath.Join(h.dir, "config", file)
	v := viper.New()
	v.SetConfigFile(path)
	if err := v.ReadInConfig(); err != nil {
		return err
	}
	for key, value := range values {
		if !v.IsSet(key) {
			return fmt.Errorf("%s: has no key %q", path, key)
		}
		v.Set(key, value)
	}
	return v.WriteConfig()
}

// listenOnFreePorts makes the node listen on free ports of loopback and nowhere else.
func (h *home) listenOnFreePorts() error {
	ports, err := localnet.FreePorts(6)
	if err != nil {
		return err
	}
	local := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	h.rpc = "http://" + local(0)
	err = h.set("config.toml", settings{
		"rpc.laddr": "tcp://" + local(0), "p2p.laddr": "tcp://" + local(1),
		"rpc.pprof_laddr": local(2), "instrumentation.prometheus_listen_addr": local(3),
	})
	if err != nil {
		return err
	}
	return h.set("app.toml", settings{"grpc.address": local(4), "api.address": "tcp://" + local(5)})
}

// setAll changes keys given as "app.toml:iavl-cache-size" or "config.toml:db_backend".
func (h *home) setAll(values map[string]string) error {
	for where, value := range values {
		file, key, ok := strings.Cut(where, ":")
		if !ok {
			return fmt.Errorf("setting %q: must be FILE:KEY, for example app.toml:iavl-cache-size", where)
		}
		if err := h.set(file, settings{key: value}); err != nil {
			return err
		}
	}
	return nil
}
