package chain

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func execute(verb string, args ...string) error {
	cmd := Command()
	cmd.SetArgs(append([]string{verb}, args...))
	cmd.SetOut(&bytes.Buffer{})
	cmd.SetErr(&bytes.Buffer{})
	return cmd.Execute()
}

func TestSendsRefusesBadInput(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no key":          {[]string{}, `"from", "keyring-dir" not set`},
		"no transactions": {[]string{"--txs", "0"}, "--txs 0: must be from 1 to"},
		"many accounts":   {[]string{"--accounts", "10001"}, "--accounts 10001: must be from 1 to 10000"},
		"no connection":   {[]string{"--connections", "-1"}, "--connections -1: must be from 1 to"},
		"negative rate":   {[]string{"--rate", "-1"}, "--rate -1: must be from 0"},
		"rate no number":  {[]string{"--rate", "NaN"}, "--rate NaN: must be from 0"},
		"no time":         {[]string{"--timeout", "0s"}, "--timeout 0s: must be positive"},
		"fee no coin":     {[]string{"--fee", "250"}, `fee "250": must be an amount and a denom`},
		"no gas":          {[]string{"--gas", "0"}, "gas 0: must be at least 1"},
		"no such backend": {[]string{"--keyring-backend", "paper"}, `keyring backend "paper"`},
		"nobody listens":  {[]string{"--node", "http://127.0.0.1:1", "--home", dir}, "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "no key" {
				c.args = append(c.args, "--from", "funder", "--keyring-dir", dir)
			}
			require.ErrorContains(t, execute("sends", c.args...), c.want)
		})
	}
}
