package deploy

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadSpec(t *testing.T) {
	s, err := ReadSpec(strings.NewReader(`
name: farm
revision: 2
area: eu/de/bremen
level: 0
block_time: 2s
gas_price: "0.002"
stake: "5000000000000000000000"
accounts:
  - {name: alice, coins: "1000000ufarm,5uwater"}
denoms:
  - {base: uwater, display: water, exponent: 6, description: litres}
parameters:
  unbonding_time: 240h
  inflation: "0.05"
`))
	require.NoError(t, err)
	s, err = s.Complete()
	require.NoError(t, err)
	require.Equal(t, "farm-2", s.ChainID())
	require.Equal(t, "0.002ufarm", s.GasPrices())
	require.Equal(t, 160*time.Hour, s.TrustingPeriod())
	require.Zero(t, *s.Level, "0 is a level, not an absent one")
	require.Equal(t, "5000000000000000000000", s.Stake.String())
	again, err := s.Complete()
	require.NoError(t, err)
	require.Equal(t, s, again)

	s, err = ReadSpec(strings.NewReader(""))
	require.NoError(t, err, "all of it has defaults but the name")
	_, err = s.Complete()
	require.ErrorContains(t, err, `name: zone "": must match`)
}

func TestSpecRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"nome: farm":                                             "field nome not found",
		"parameters: {voting: 1s}":                               "field voting not found",
		"name: [1]":                                              "cannot unmarshal",
		"stake: much":                                            `stake "much": must be a positive whole number`,
		"stake: '0'":                                             `stake "0": must be a positive whole number`,
		"stake: '5'":                                             "stake 5: must be at least 1000000",
		"name: Farm":                                             `name: zone "Farm": must match`,
		"name: smt":                                              "belongs to the main chain",
		"area: /":                                                `area "/"`,
		"level: 10":                                              "level 10: must be 0 to 9",
		"block_time: 1ms":                                        "block_time 1ms: must be 50ms to 1m0s",
		"gas_price: '-1'":                                        `gas_price "-1": must be a number`,
		"host: a b":                                              `host "a b": must be`,
		"parameters: {unbonding_time: 1s}":                       "parameters.unbonding_time 1s: must be 30s",
		"parameters: {voting_period: 1s}":                        "parameters.voting_period 1s: must be 2s",
		"parameters: {max_validators: 1001}":                     "parameters.max_validators 1001",
		"parameters: {inflation: '2'}":                           `parameters.inflation "2": must be a number of 0 to 1`,
		"parameters: {max_block_gas: 1}":                         "parameters.max_block_gas 1",
		"parameters: {max_block_bytes: 1}":                       "parameters.max_block_bytes 1",
		"parameters: {snapshot_interval: 1}":                     "parameters.snapshot_interval 1",
		"denoms: [{base: u}]":                                    "denoms[0].base",
		"denoms: [{base: usmt}]":                                 "belongs to the main chain",
		"denoms: [{base: ufarm}]":                                "is there already",
		"denoms: [{base: uwater, exponent: 19}]":                 "denoms[0].exponent 19: must be 0 to 18",
		"denoms: [{base: uwater, exponent: 6}]":                  `denoms[0].display ""`,
		"denoms: [{base: uwater, display: water}]":               "with exponent 0 the display unit is the base unit",
		"accounts: [{name: validator, coins: 1ufarm}]":           `accounts[0].name "validator"`,
		"accounts: [{name: ../a, coins: 1ufarm}]":                `accounts[0].name "../a"`,
		"accounts: [{name: a, coins: x}]":                        `accounts[0].coins "x"`,
		"accounts: [{name: a, coins: 1uoil}]":                    `denom "uoil" is neither ufarm nor among denoms`,
		"accounts: [{name: a, coins: 1umesh}]":                   `denom "umesh" is neither`,
		"accounts: [{name: a, coins: 1ufarm, address: cosmos1}]": `accounts[0].address "cosmos1"`,
	} {
		if !strings.Contains(text, "name: ") || strings.HasPrefix(text, "accounts") {
			text = "name: farm\n" + text
		}
		s, err := ReadSpec(strings.NewReader(text))
		if err == nil {
			_, err = s.Complete()
		}
		require.ErrorContains(t, err, want, text)
	}
}

func TestRecordOfAnotherVersion(t *testing.T) {
	h := NewHome(t.TempDir())
	_, err := h.LoadRecord("farm")
	require.ErrorIs(t, err, ErrNoZone)
	require.ErrorContains(t, err, "meshchaind zone list")
	for content, want := range map[string]string{
		`{"version": 2}`:               "version 2, this program reads version 1",
		`{"version": 1, "what": true}`: `unknown field "what"`,
		`{`:                            "unexpected end",
	} {
		require.NoError(t, writeFile(h.record("farm"), []byte(content)))
		_, err := h.LoadRecord("farm")
		require.ErrorContains(t, err, want)
	}
	info, err := os.Stat(h.record("farm"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// A record says the same after it was written and read.
func TestRecordRoundTrip(t *testing.T) {
	h := NewHome(t.TempDir())
	spec, err := smallSpec("farm").Complete()
	require.NoError(t, err)
	r := &Record{Version: recordVersion, Spec: spec, GenesisTime: time.Unix(1_800_000_000, 0).UTC(), Done: []Done{{"keys", 0.25}}}
	require.NoError(t, h.saveRecord(r))
	again, err := h.LoadRecord("farm")
	require.NoError(t, err)
	want, err := json.Marshal(r)
	require.NoError(t, err)
	got, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
	require.NoError(t, again.agrees(*r))
	names, err := h.Names()
	require.NoError(t, err)
	require.Equal(t, []string{"farm"}, names)
}

// One command at a time works on a zone.
func TestLock(t *testing.T) {
	h := NewHome(t.TempDir())
	release, err := h.lock("zone-farm")
	require.NoError(t, err)
	_, err = h.lock("zone-farm")
	require.ErrorContains(t, err, "another command is at work on zone-farm")
	other, err := h.lock("zone-port")
	require.NoError(t, err)
	other()
	release()
	again, err := h.lock("zone-farm")
	require.NoError(t, err)
	again()
	entries, err := os.ReadDir(h.dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is left behind")
}

// Keyrings of backend file, made and opened with one passphrase, refuse another.
func TestPassphrase(t *testing.T) {
	require.ErrorContains(t, Passphrase("short").Require("file"), "has 5 characters, must have at least 8")
	require.NoError(t, Passphrase(nil).Require("test"))
	key := Key{Name: "relayer", Backend: "file", Dir: t.TempDir()}
	secret := Passphrase("correct horse battery")
	address, err := key.ensure(secret)
	require.NoError(t, err)
	again, err := key.ensure(secret)
	require.NoError(t, err)
	require.Equal(t, address, again)
	_, err = key.existing(Passphrase("wrong horse battery"))
	require.Error(t, err)
	_, err = Key{Name: "nobody", Backend: "file", Dir: key.Dir}.existing(secret)
	require.ErrorContains(t, err, `key "nobody" is not in the file keyring`)
	require.ErrorContains(t, err, "meshchaind keys list")
}

func TestNewestSnapshot(t *testing.T) {
	for _, c := range []struct{ height, interval, want uint64 }{{0, 10, 0}, {11, 10, 0}, {12, 10, 10}, {21, 10, 10}, {22, 10, 20}, {1499, 1500, 0}, {9, 0, 0}} {
		require.Equal(t, c.want, newestSnapshot(c.height, c.interval), c)
	}
}

// A light client is fresh, then expiring, then dead.
func TestLevel(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := lightClient{trusting: 100 * time.Second, expires: now.Add(50 * time.Second)}
	require.Equal(t, 0.0, l.level(now))
	require.Equal(t, 1.0, l.level(now.Add(time.Second)))
	require.Equal(t, 1.0, l.level(now.Add(49*time.Second)))
	require.Equal(t, 2.0, l.level(now.Add(50*time.Second)))
	l.frozen = true
	require.Equal(t, 2.0, l.level(now))
}
