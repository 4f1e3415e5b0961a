package files_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/meshchain/meshchain/deploy/files"
)

func zone() files.Zone {
	return files.Zone{
		Name: "farm", ChainID: "farm-1", Denom: "ufarm", GasPrice: "0.001", Host: "198.51.100.7", Area: "eu/de",
		Denoms: []files.Denom{
			{Base: "ufarm", Display: "farm", Exponent: 6, Description: "pays fees"},
			{Base: "drops", Display: "drops", Description: "a denom without another unit"},
		},
		Node:    files.Node{ID: strings.Repeat("ab", 20), Home: "/srv/my zones/farm/100%", RPC: 20001, P2P: 20002, GRPC: 20003, REST: 20004, Prometheus: 20005},
		Main:    files.Main{ChainID: "mesh-main-1", RPC: "http://127.0.0.1:26657", Denom: "usmt"},
		Path:    files.Path{MainClient: "07-tendermint-3", MainConnection: "connection-2", MainChannel: "channel-1", ZoneClient: "07-tendermint-0", ZoneConnection: "connection-0", ZoneChannel: "channel-0", Port: "transfer", Version: "ics20-1"},
		Relayer: files.Relayer{Metrics: "127.0.0.1:20006", Program: []string{"/usr/bin/meshchaind", "zone", "relay"}}, Binary: "/usr/bin/meshchaind", Home: "/srv/my zones", TrustingTime: "336h0m0s", Unbonding: "504h0m0s",
		BlockSeconds: 1, KeyringFile: true,
	}
}

func all(t *testing.T, z files.Zone) map[string][]byte {
	t.Helper()
	out, err := z.All()
	require.NoError(t, err)
	return out
}

// object is JSON that has to have fields of a kind.
type object map[string]any

func parse(t *testing.T, data []byte) object {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal(data, &o))
	return o
}

// shape restates what the chain registry's schemas say of an object: these fields at most (they are
// closed: additionalProperties false), those at least, no empty string.
func (o object) shape(t *testing.T, required, optional string) {
	t.Helper()
	allowed := strings.Fields(required + " " + optional)
	for key, value := range o {
		require.Contains(t, allowed, key, "unknown field")
		require.NotEqual(t, "", value, key)
		require.NotNil(t, value, key)
	}
	for _, key := range strings.Fields(required) {
		require.Contains(t, o, key, "missing field")
	}
}

func (o object) at(t *testing.T, key string) object {
	t.Helper()
	sub, ok := o[key].(map[string]any)
	require.True(t, ok, "%s: want an object, is %v", key, o[key])
	return sub
}

func (o object) list(t *testing.T, key string) (out []object) {
	t.Helper()
	items, ok := o[key].([]any)
	require.True(t, ok && len(items) > 0, "%s: want a list that is not empty, is %v", key, o[key])
	for _, i := range items {
		sub, ok := i.(map[string]any)
		require.True(t, ok, "%s: want objects", key)
		out = append(out, sub)
	}
	return out
}

func (o object) match(t *testing.T, key, pattern string) {
	t.Helper()
	s, ok := o[key].(string)
	require.True(t, ok, "%s: want a string, is %v", key, o[key])
	require.Regexp(t, "^(?:"+pattern+")$", s, key)
}

func (o object) numbers(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		_, ok := o[key].(float64)
		require.True(t, ok, "%s: want a number, is %v", key, o[key])
	}
}

// The rules of chain.schema.json (github.com/cosmos/chain-registry), of what we use of it.
func TestChain(t *testing.T) {
	for _, version := range []string{"", "1.2.3"} {
		z := zone()
		z.Version = version
		c := parse(t, all(t, z)["chain.json"])
		c.shape(t, "$schema chain_name chain_type chain_id status network_type bech32_prefix",
			"pretty_name daemon_name node_home key_algos slip44 fees staking codebase description peers apis keywords")
		c.match(t, "$schema", `(\.\./)+chain\.schema\.json`)
		c.match(t, "chain_name", `[a-z0-9]+`)
		c.match(t, "chain_type", `cosmos`)
		c.match(t, "chain_id", `farm-1`)
		c.match(t, "status", `live|upcoming|killed`)
		c.match(t, "network_type", `mainnet|testnet|devnet`)
		c.match(t, "description", `.{1,1000}`)
		c.numbers(t, "slip44")
		require.Equal(t, []any{"secp256k1"}, c["key_algos"])
		c.at(t, "fees").shape(t, "fee_tokens", "")
		for _, f := range c.at(t, "fees").list(t, "fee_tokens") {
			f.shape(t, "denom fixed_min_gas_price low_gas_price average_gas_price high_gas_price", "")
			f.numbers(t, "fixed_min_gas_price", "low_gas_price", "average_gas_price", "high_gas_price")
			require.LessOrEqual(t, f["low_gas_price"], f["average_gas_price"])
			require.LessOrEqual(t, f["average_gas_price"], f["high_gas_price"])
		}
		staking := c.at(t, "staking")
		staking.shape(t, "staking_tokens", "lock_duration")
		staking.list(t, "staking_tokens")[0].shape(t, "denom", "")
		staking.at(t, "lock_duration").shape(t, "time", "")
		code := c.at(t, "codebase")
		code.shape(t, "sdk consensus ibc cosmwasm language", "recommended_version")
		const plain = `v?\d+(\.\d+){0,2}`
		code.at(t, "sdk").shape(t, "type version", "")
		code.at(t, "sdk").match(t, "type", "cosmos|penumbra|other")
		code.at(t, "sdk").match(t, "version", plain)
		code.at(t, "consensus").shape(t, "type version", "")
		code.at(t, "consensus").match(t, "type", "tendermint|cometbft|sei-tendermint")
		code.at(t, "consensus").match(t, "version", plain)
		code.at(t, "ibc").shape(t, "type version ics_enabled", "")
		code.at(t, "ibc").match(t, "type", "go|rust|other")
		code.at(t, "ibc").match(t, "version", plain)
		require.Subset(t, []any{"ics20-1", "ics27-1", "mauth"}, code.at(t, "ibc")["ics_enabled"])
		code.at(t, "cosmwasm").shape(t, "version enabled", "")
		code.at(t, "cosmwasm").match(t, "version", plain)
		code.at(t, "language").shape(t, "type", "")
		code.at(t, "language").match(t, "type", "go|rust|solidity|other")
		c.at(t, "peers").shape(t, "persistent_peers", "seeds")
		c.at(t, "peers").list(t, "persistent_peers")[0].shape(t, "id address", "provider")
		c.at(t, "apis").shape(t, "rpc", "rest grpc wss grpc-web")
		c.at(t, "apis").list(t, "rpc")[0].shape(t, "address", "provider archive")
	}
}

// The rules of assetlist.schema.json.
func TestAssets(t *testing.T) {
	a := parse(t, all(t, zone())["assetlist.json"])
	a.shape(t, "$schema chain_name assets", "")
	a.match(t, "$schema", `(\.\./)+assetlist\.schema\.json`)
	assets := a.list(t, "assets")
	require.Len(t, assets, 4)
	for _, s := range assets {
		s.shape(t, "denom_units type_asset base name display symbol", "description traces")
		s.match(t, "type_asset", "sdk.coin|ics20")
		s.match(t, "name", ".{1,30}")
		var units []any
		for _, u := range s.list(t, "denom_units") {
			u.shape(t, "denom exponent", "aliases")
			u.numbers(t, "exponent")
			units = append(units, u["denom"])
		}
		require.Contains(t, units, s["base"])
		require.Contains(t, units, s["display"])
		if s["type_asset"] != "ics20" {
			require.NotContains(t, s, "traces")
			continue
		}
		s.match(t, "base", `ibc/[0-9A-F]{64}`)
		trace := s.list(t, "traces")[0]
		trace.shape(t, "type counterparty chain", "")
		trace.match(t, "type", "ibc")
		trace.at(t, "counterparty").shape(t, "chain_name base_denom channel_id", "")
		trace.at(t, "counterparty").match(t, "channel_id", `channel-1`)
		trace.at(t, "chain").shape(t, "channel_id path", "")
		trace.at(t, "chain").match(t, "channel_id", `channel-0`)
		trace.at(t, "chain").match(t, "path", `transfer/channel-0/(usmt|umesh)`)
	}
}

// The rules of ibc_data.schema.json: the names in the order of the alphabet, in the file's name, too,
// and each end with the ids of its own chain.
func TestIBC(t *testing.T) {
	for name, first := range map[string]bool{"farm": true, "port": false} {
		z := zone()
		z.Name = name
		file := "_IBC/meshmain-" + name + ".json"
		if first {
			file = "_IBC/" + name + "-meshmain.json"
		}
		i := parse(t, all(t, z)[file])
		i.shape(t, "$schema chain_1 chain_2 channels", "")
		names := []string{}
		for n, e := range []object{i.at(t, "chain_1"), i.at(t, "chain_2")} {
			e.shape(t, "chain_name client_id connection_id", "")
			names = append(names, e["chain_name"].(string))
			want := "07-tendermint-3"
			if e["chain_name"] == name {
				want = "07-tendermint-0"
			}
			require.Equal(t, want, e["client_id"], n)
		}
		require.True(t, slices.IsSorted(names), names)
		channels := i.list(t, "channels")
		channels[0].shape(t, "chain_1 chain_2 ordering version", "description tags")
		channels[0].match(t, "ordering", "ordered|unordered")
		for n, key := range []string{"chain_1", "chain_2"} {
			e := channels[0].at(t, key)
			e.shape(t, "channel_id port_id", "")
			require.Equal(t, map[bool]string{true: "channel-0", false: "channel-1"}[names[n] == name], e["channel_id"])
		}
		channels[0].at(t, "tags").shape(t, "status preferred", "")
		channels[0].at(t, "tags").match(t, "status", "live|upcoming|killed")
	}
}

// What Keplr's ChainInfo has to have.
func TestKeplr(t *testing.T) {
	k := parse(t, all(t, zone())["keplr.json"])
	k.shape(t, "chainId chainName rpc rest bip44 bech32Config currencies feeCurrencies stakeCurrency features", "")
	k.match(t, "rpc", `http://198\.51\.100\.7:20001`)
	k.at(t, "bip44").numbers(t, "coinType")
	for _, c := range append(k.list(t, "currencies"), k.at(t, "stakeCurrency")) {
		c.shape(t, "coinDenom coinMinimalDenom coinDecimals", "")
	}
	fee := k.list(t, "feeCurrencies")[0]
	fee.shape(t, "coinDenom coinMinimalDenom coinDecimals gasPriceStep", "")
	fee.at(t, "gasPriceStep").numbers(t, "low", "average", "high")
}

// systemd: every line is a comment, a section or KEY=VALUE, words are quoted, and systemd itself finds
// nothing wrong where it is installed.
func TestUnits(t *testing.T) {
	out := all(t, zone())
	line := regexp.MustCompile(`^(#.*|\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=.+|)$`)
	for _, name := range []string{"systemd/meshchain-farm.service", "systemd/meshchain-relayer.service"} {
		text := string(out[name])
		for _, l := range strings.Split(text, "\n") {
			require.Regexp(t, line, l, name)
		}
		for _, section := range []string{"[Unit]\n", "[Service]\n", "[Install]\n"} {
			require.Equal(t, 1, strings.Count(text, section), name)
		}
		require.Equal(t, 1, strings.Count(text, "\nExecStart="))
		require.Contains(t, text, "Restart=always")
	}
	require.Contains(t, string(out["systemd/meshchain-farm.service"]), `--home "/srv/my zones/farm/100%%"`)
	require.Contains(t, string(out["systemd/meshchain-relayer.service"]), "LoadCredential=")
	require.Contains(t, string(out["systemd/meshchain-relayer.service"]), `ExecStart="/usr/bin/meshchaind" zone relay --home "/srv/my zones" --passphrase-file`)
	z := zone()
	z.KeyringFile = false
	require.NotContains(t, string(all(t, z)["systemd/meshchain-relayer.service"]), "passphrase")
}

// The compose file by the rules of the Compose Specification that concern it, and by docker where there
// is one.
func TestCompose(t *testing.T) {
	data := all(t, zone())["compose.yaml"]
	var file struct {
		Name     string
		Services map[string]struct {
			Image     string
			Command   []string
			Restart   string
			Network   string `yaml:"network_mode"`
			Volumes   []string
			DependsOn []string `yaml:"depends_on"`
			Grace     string   `yaml:"stop_grace_period"`
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&file))
	require.Regexp(t, `^[a-z0-9][a-z0-9_-]*$`, file.Name)
	require.Len(t, file.Services, 2)
	for name, s := range file.Services {
		require.Equal(t, "meshchaind", s.Command[0], name)
		require.Contains(t, []string{"no", "always", "on-failure", "unless-stopped"}, s.Restart)
		for _, d := range s.DependsOn {
			require.Contains(t, file.Services, d)
		}
		for _, v := range s.Volumes {
			from, to, ok := strings.Cut(v, ":")
			require.True(t, ok && filepath.IsAbs(from) && from == to, v)
		}
	}
	if docker, err := exec.LookPath("docker"); err == nil {
		cmd := exec.Command(docker, "compose", "-f", "-", "config", "--quiet")
		cmd.Stdin = bytes.NewReader(data)
		if out, err := cmd.CombinedOutput(); err != nil {
			require.NotContains(t, string(out), "yaml")
		}
	}
}

func TestMonitoring(t *testing.T) {
	out := all(t, zone())
	var targets []struct {
		Targets []string
		Labels  map[string]string
	}
	require.NoError(t, json.Unmarshal(out["prometheus/zones.json"], &targets))
	require.Equal(t, []string{"127.0.0.1:20005"}, targets[0].Targets)
	require.Equal(t, "farm", targets[0].Labels["zone"])
	require.Equal(t, []string{"127.0.0.1:20006"}, targets[1].Targets)

	var prometheus struct {
		Rules  []string `yaml:"rule_files"`
		Scrape []struct {
			Job   string                     `yaml:"job_name"`
			Files []struct{ Files []string } `yaml:"file_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	require.NoError(t, yaml.Unmarshal(out["prometheus/prometheus.yaml"], &prometheus))
	for _, f := range append(prometheus.Rules, prometheus.Scrape[0].Files[0].Files...) {
		require.Contains(t, out, "prometheus/"+f, "a file that is not written")
	}
	d := parse(t, out["grafana/dashboard.json"])
	ids, places := map[any]bool{}, map[[2]float64]bool{}
	for _, p := range d.list(t, "panels") {
		g := p.at(t, "gridPos")
		place := [2]float64{g["x"].(float64), g["y"].(float64)}
		require.False(t, ids[p["id"]] || places[place], "two panels in one place")
		ids[p["id"]], places[place] = true, true
		require.LessOrEqual(t, g["x"].(float64)+g["w"].(float64), 24.0, "Grafana has 24 columns")
		p.list(t, "targets")[0].shape(t, "refId expr legendFormat", "")
	}
	for _, q := range zone().Queries() {
		require.Equal(t, strings.Count(q, "("), strings.Count(q, ")"), q)
		require.Equal(t, strings.Count(q, "{"), strings.Count(q, "}"), q)
	}
}
