package didcmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

// console runs commands against a node.
type console struct {
	t    *testing.T
	rpc  string
	pays []string
}

func (c console) run(group func() *cobra.Command, args ...string) (string, error) {
	c.t.Helper()
	var out bytes.Buffer
	cmd := group()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	err := cmd.ExecuteContext(context.Background())
	return out.String(), err
}

// must runs a did command that has to succeed.
func (c console) must(args ...string) string {
	c.t.Helper()
	out, err := c.run(didcmd.NewCmd, args...)
	require.NoError(c.t, err, strings.Join(args, " "))
	return out
}

// cert runs a cert command that has to succeed.
func (c console) cert(args ...string) string {
	c.t.Helper()
	out, err := c.run(didcmd.NewCertCmd, args...)
	require.NoError(c.t, err, strings.Join(args, " "))
	return out
}

func (c console) paid(args ...string) []string {
	return append(append(args, "--node", c.rpc), c.pays...)
}

// save writes what a command printed to a file.
func (c console) save(dir, name, content string) string {
	c.t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(c.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var coded *didcmd.ExitCode
	require.True(t, errors.As(err, &coded), "%v", err)
	return coded.Code
}

// owned is a zone farm of one node that alice owns.
func owned(t *testing.T) (*localnet.Chain, console) {
	t.Helper()
	app.ConfigureSDK()
	keys, err := client.OpenKeyring("memory", "", nil)
	require.NoError(t, err)
	mnemonic, err := client.EnsureKey(keys, "alice")
	require.NoError(t, err)
	record, err := keys.Key("alice")
	require.NoError(t, err)
	address, err := record.GetAddress()
	require.NoError(t, err)
	chain := node.Start(t, localnet.Spec{
		ChainID: "farm-1", Zone: "farm", Owner: address.String(), BlockTime: 200 * time.Millisecond,
		Accounts: []localnet.Account{{Name: "alice", Coins: "1000000000ufarm", Mnemonic: mnemonic}},
	})
	return chain, console{t: t, rpc: chain.Nodes[0].RPC(), pays: []string{"--from", "alice", "--keyring-dir", chain.KeyDir(), "--gas-prices", "0.0025ufarm"}}
}

// get asks a node's HTTP binding.
func get(t *testing.T, chain *localnet.Chain, path string) (int, map[string]any) {
	t.Helper()
	status, body := 0, map[string]any{}
	require.Eventually(t, func() bool {
		res, err := http.Get(chain.Nodes[0].REST() + "/1.0/identifiers/" + path) //nolint:noctx // local
		if err != nil {
			return false // REST does not listen yet
		}
		defer res.Body.Close()
		status = res.StatusCode
		return assert.NoError(t, json.NewDecoder(res.Body).Decode(&body))
	}, 20*time.Second, 10*time.Millisecond)
	return status, body
}

// TestIdentityOnARealNode is the command line against a zone of one node: a DID from its
// key to its end, credentials, certificates.
func TestIdentityOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	chain, c := owned(t)
	status, body := get(t, chain, "did:web:example.com")
	require.Equal(t, http.StatusNotImplemented, status, body)
	// Asks the state: whoever reaches REST is answered, however early.
	status, body = get(t, chain, "did:mesh:farm:zQmNmUmJGXzPh9SWeK9Yc8DKP7CFVpvUmzT5zmhS6Tg5kZk")
	require.Equal(t, http.StatusNotFound, status, body)

	t.Run("a DID", func(t *testing.T) { c.t = t; lifeOfADID(t, c, chain) })
	t.Run("certificates", func(t *testing.T) { c.t = t; lifeOfACertificate(t, c, chain) })
}

// lifeOfADID creates, shows, rotates and deactivates a DID, resolves it by the node's HTTP
// binding, and issues and verifies a credential.
func lifeOfADID(t *testing.T, c console, chain *localnet.Chain) {
	dir := t.TempDir()
	key, next := filepath.Join(dir, "maker.key"), filepath.Join(dir, "next.key")

	did := strings.TrimSpace(c.must("key", key, "--namespace", "farm"))
	same := strings.TrimSpace(c.must("key", filepath.Join(dir, "1.key"), "--hardware-id", "24:6f:28:aa:bb:cc", "--namespace", "farm"))
	require.Equal(t, same, strings.TrimSpace(c.must("key", filepath.Join(dir, "2.key"), "--hardware-id", "24:6f:28:aa:bb:cc", "--namespace", "farm")))
	_, err := c.run(didcmd.NewCmd, "show", did, "--node", c.rpc)
	require.Equal(t, 3, exitCode(t, err), "not found")

	require.Contains(t, c.must(c.paid("create", "--key", key)...), did)
	var document struct {
		ID                 string
		VerificationMethod []struct{ ID, Type string }
	}
	require.NoError(t, json.Unmarshal([]byte(c.must("show", did, "--node", c.rpc)), &document))
	require.Equal(t, did, document.ID)
	require.Equal(t, "Multikey", document.VerificationMethod[0].Type)

	claim := filepath.Join(dir, "claim.json")
	require.NoError(t, os.WriteFile(claim, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],
		"issuer":"`+did+`","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"`+same+`","model":"S1"}}`), 0o600))
	signed := c.must("credential", "issue", claim, "--key", key, "--method", did+"#key-1")
	path := filepath.Join(dir, "signed.json")
	require.NoError(t, os.WriteFile(path, []byte(signed), 0o600))
	require.Contains(t, c.must("credential", "verify", path, "--node", c.rpc), "valid")
	forged := filepath.Join(dir, "forged.json")
	require.NoError(t, os.WriteFile(forged, []byte(strings.Replace(signed, "S1", "S2", 1)), 0o600))
	_, err = c.run(didcmd.NewCmd, "credential", "verify", forged, "--node", c.rpc)
	require.ErrorContains(t, err, "signature does not verify")

	c.must("key", next, "--type", "p256")
	require.Contains(t, c.must(c.paid("rotate", did, "--key", key, "--next", next, "--as", "key-2")...), "key-2")
	_, err = c.run(didcmd.NewCmd, "credential", "verify", path, "--node", c.rpc)
	require.ErrorContains(t, err, "no such key", "signed by a key that was rotated out")
	require.Contains(t, c.must("show", did, "--version-id", "1", "--node", c.rpc), did+"#key-1")
	require.Contains(t, c.must("show", did+"#key-2", "--node", c.rpc), "publicKeyMultibase")

	status, body := get(t, chain, did)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "2", body["didDocumentMetadata"].(map[string]any)["versionId"])
	status, body = get(t, chain, url.PathEscape(did+"#key-2")+"?accept=application/did")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, did+"#key-2", body["id"])
	status, _ = get(t, chain, same)
	require.Equal(t, http.StatusNotFound, status)

	_, err = c.run(didcmd.NewCmd, c.paid("deactivate", did, "--key", next, "--method", "key-2")...)
	require.ErrorContains(t, err, "--yes")
	c.must(c.paid("deactivate", did, "--yes", "--key", next, "--method", "key-2")...)
	_, err = c.run(didcmd.NewCmd, "show", did, "--node", c.rpc)
	require.Equal(t, 4, exitCode(t, err), "deactivated")
	status, body = get(t, chain, did)
	require.Equal(t, http.StatusGone, status)
	require.Nil(t, body["didDocument"])

	_, err = c.run(didcmd.NewCertCmd, "verify", did, "--node", c.rpc)
	require.Equal(t, 3, exitCode(t, err), "no certificate")
	_, err = c.run(didcmd.NewCertCmd, c.paid("issue", did, "--issuer", did, "--kind", "node", "--key", next, "--method", "key-2")...)
	require.ErrorContains(t, err, "is no authority")
}
