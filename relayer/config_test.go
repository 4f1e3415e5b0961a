package relayer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const sampleConfig = `
chains:
  - {chain_id: mesh-main-1, rpc: "http://127.0.0.1:26657", key: relayer, keyring_dir: keys, keyring_backend: test, gas_prices: 0.0025usmt, address_prefix: mesh}
  - {chain_id: farm-1, rpc: "http://127.0.0.1:36657", key: relayer, keyring_dir: /keys, keyring_backend: file, gas_prices: 0.0025ufarm}
paths:
  - a: {chain_id: mesh-main-1, client_id: 07-tendermint-0, connection_id: connection-0, channel_id: channel-0}
    b: {chain_id: farm-1}
poll_interval: 1s
`

func writeConfig(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "relayer.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestLoadConfig(t *testing.T) {
	file := writeConfig(t, sampleConfig)
	cfg, err := LoadConfig(file)
	require.NoError(t, err)
	require.Equal(t, time.Second, cfg.PollInterval)
	require.Equal(t, 30*time.Second, cfg.ScanInterval, "default")
	require.Equal(t, 100, cfg.Batch.MaxMsgs, "default")
	require.Equal(t, filepath.Dir(file), cfg.StateDir)
	require.Equal(t, filepath.Join(filepath.Dir(file), "keys"), cfg.Chains[0].KeyringDir, "relative to the file")
	require.Equal(t, "/keys", cfg.Chains[1].KeyringDir)
	require.Equal(t, "transfer", cfg.Paths[0].B.PortID)
	require.Equal(t, "ics20-1", cfg.Paths[0].Version)
	require.False(t, cfg.Paths[0].Linked())

	// What is saved is read back, by its owner only.
	require.NoError(t, cfg.Save(file))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := LoadConfig(file)
	require.NoError(t, err)
	require.Equal(t, cfg, again)
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file stays")
}

func TestConfigErrors(t *testing.T) {
	for name, tc := range map[string]struct{ old, replacement, want string }{
		"node without host":  {`rpc: "http://127.0.0.1:26657"`, `rpc: "127.0.0.1"`, "chains[0].rpc"},
		"same node twice":    {`rpc: "http://127.0.0.1:26657"`, `rpc: "http://127.0.0.1:26657", backup_rpc: "http://127.0.0.1:26657"`, "is the same node as rpc"},
		"prices":             {"gas_prices: 0.0025usmt", "gas_prices: cheap", "chains[0].gas_prices"},
		"keyring":            {"keyring_backend: file", "keyring_backend: paper", "chains[1].keyring_backend"},
		"order":              {"poll_interval: 1s", "    order: sorted", `order "sorted": must be unordered or ordered`},
		"unknown key":        {"poll_interval: 1s", "poll_intervall: 1s", "poll_intervall"},
		"unknown nested key": {"key: relayer, keyring_dir: keys", "keyy: relayer, keyring_dir: keys", "keyy"},
		"bad duration":       {"poll_interval: 1s", "poll_interval: often", "poll_interval"},
		"poll too often":     {"poll_interval: 1s", "poll_interval: 1ms", "poll_interval 1ms: must be between 10ms and 1m"},
		"scan too seldom":    {"poll_interval: 1s", "scan_interval: 100h", "scan_interval 100h0m0s"},
		"no messages":        {"poll_interval: 1s", "batch: {max_msgs: 0}", "batch.max_msgs 0"},
		"little gas":         {"poll_interval: 1s", "batch: {max_gas: 5}", "batch.max_gas 5"},
		"many bytes":         {"poll_interval: 1s", "batch: {max_bytes: 5000000}", "batch.max_bytes 5000000"},
		"metrics":            {"poll_interval: 1s", "metrics: {listen: here}", `metrics.listen "here"`},
		"no rpc":             {`rpc: "http://127.0.0.1:36657", `, "", "chains[1].rpc: is missing"},
		"no keyring dir":     {"keyring_dir: /keys, ", "", "chains[1].keyring_dir: is missing"},
		"chain twice":        {"chain_id: farm-1, rpc", "chain_id: mesh-main-1, rpc", `chains[1].chain_id "mesh-main-1": is there twice`},
		"unknown chain":      {"b: {chain_id: farm-1}", "b: {chain_id: port-1}", `paths[0].b.chain_id "port-1": is not among chains`},
		"same chain":         {"b: {chain_id: farm-1}", "b: {chain_id: mesh-main-1}", "paths[0].a.chain_id and b.chain_id"},
		"bad channel":        {"channel_id: channel-0", "channel_id: '0'", `a.channel_id "0"`},
		"not yaml":           {"chains:", "chains: [", "relayer configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, sampleConfig, tc.old)
			_, err := LoadConfig(writeConfig(t, strings.Replace(sampleConfig, tc.old, tc.replacement, 1)))
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := LoadConfig(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorContains(t, err, "none.yaml")
}

func TestCursor(t *testing.T) {
	dir := t.TempDir()
	c, err := loadCursor(dir)
	require.NoError(t, err)
	require.Empty(t, c.heights)
	require.NoError(t, c.save(map[string]int64{"a-1": 7, "b-1": 0}))
	info, err := os.Stat(filepath.Join(dir, cursorFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	c, err = loadCursor(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"a-1": 7}, c.heights, "0 is no height")

	require.NoError(t, os.WriteFile(c.file, []byte("null"), 0o600))
	c, err = loadCursor(dir)
	require.NoError(t, err)
	require.NoError(t, c.save(map[string]int64{"a-1": 8}))
	for _, broken := range []string{"", "{", `{"a-1":"x"}`, `{"a-1":-4}`, "[]"} {
		require.NoError(t, os.WriteFile(c.file, []byte(broken), 0o600))
		_, err = loadCursor(dir)
		require.ErrorContains(t, err, "remove the file", broken)
	}
}
