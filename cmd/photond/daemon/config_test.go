package daemon

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sample(home string) Config {
	cfg, c := DefaultConfig(), DefaultChain()
	c.ID, c.Endpoints, c.Denoms, c.GasPrices, c.KeyringDir = "mesh-main-1", []string{"http://127.0.0.1:1", "http://127.0.0.1:2"}, []string{"usmt"}, "0.0025usmt", home
	cfg.Chains = []ChainConfig{c}
	cfg.Node.Connect = []string{}
	return cfg
}

func TestConfigIsReadAsItWasWritten(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, MakeHome(home))
	cfg := sample(home)
	require.NoError(t, cfg.Write(home, false))
	require.ErrorContains(t, cfg.Write(home, false), "--overwrite")
	require.NoError(t, cfg.Write(home, true))
	got, err := Load(home)
	require.NoError(t, err)
	got.Mediation.Swaps, cfg.Mediation.Swaps = nil, nil
	require.Equal(t, cfg, got)
}

func TestConfigRefused(t *testing.T) {
	for says, change := range map[string]func(string) string{
		"has invalid keys": func(s string) string { return strings.Replace(s, "mdns", "mdsn", 1) },
		"endpoints is empty": func(s string) string {
			return strings.Replace(s, `["http://127.0.0.1:1", "http://127.0.0.1:2"]`, "[]", 1)
		},
		"id is missing":         func(s string) string { return strings.Replace(s, `id = "mesh-main-1"`, `id = ""`, 1) },
		"trust_hash":            func(s string) string { return strings.Replace(s, `trust_hash = ""`, `trust_hash = "abc"`, 1) },
		"channels.min_deposit":  func(s string) string { return strings.Replace(s, `min_deposit = ""`, `min_deposit = "x"`, 1) },
		"channels.max_channels": func(s string) string { return strings.Replace(s, "max_channels = 256", "max_channels = 0", 1) },
		"channels.min_challenge": func(s string) string {
			return strings.Replace(s, `min_challenge = "30m0s"`, `min_challenge = "9000h"`, 1)
		},
		"max_lag": func(s string) string { return strings.Replace(s, `max_lag = "30s"`, `max_lag = "1h"`, 1) },
		"tower.warn_above": func(s string) string {
			return strings.Replace(s, `warn_above = ""`, `warn_above = "1"`, 1)
		},
		"log.format": func(s string) string { return strings.Replace(s, `format = "text"`, `format = "xml"`, 1) },
		"toml":       func(s string) string { return s + "[[" },
	} {
		home := t.TempDir()
		require.NoError(t, MakeHome(home))
		require.NoError(t, sample(home).Write(home, false))
		bz, err := os.ReadFile(ConfigFile(home))
		require.NoError(t, err)
		changed := change(string(bz))
		require.NotEqual(t, string(bz), changed, says)
		require.NoError(t, os.WriteFile(ConfigFile(home), []byte(changed), 0o600))
		_, err = Load(home)
		require.ErrorContains(t, err, says)
	}
	_, err := Load(t.TempDir())
	require.ErrorContains(t, err, "photond init")
}

// TestClockNeverFalls: a machine whose clock starts in 1970 goes on from what it has seen.
func TestClockNeverFalls(t *testing.T) {
	machine := time.Unix(100, 0)
	c := clock{machine: func() time.Time { return machine }}
	require.Equal(t, machine, c.now())
	seen := time.Unix(1_800_000_000, 0)
	c.learn(seen)
	require.WithinDuration(t, seen, c.now(), time.Second)
	c.learn(time.Unix(5, 0))
	require.WithinDuration(t, seen, c.now(), time.Second)
	machine = seen.Add(time.Hour)
	require.Equal(t, machine, c.now(), "the machine's clock was set")
}

func TestHomeIsForOne(t *testing.T) {
	home := t.TempDir()
	lock, err := lockHome(home)
	require.NoError(t, err)
	_, err = lockHome(home)
	require.ErrorContains(t, err, "another photond runs")
	require.NoError(t, lock.Close())
	lock, err = lockHome(home)
	require.NoError(t, err)
	require.NoError(t, lock.Close())
}
