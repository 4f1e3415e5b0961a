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
	"github.com/stretchr/testify/require"

	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"

	"github.com/meshchain/meshchain/app"
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

func (c console) paid(args ...string) []string {
	return append(append(args, "--node", c.rpc), c.pays...)
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var coded *didcmd.ExitCode
	require.True(t, errors.As(err, &coded), "%v", err)
	return coded.Code
}

// TestIdentityOnARealNode creates, shows, rotates and deactivates a DID by the command
// line, resolves it by the node's HTTP binding, and issues and verifies a credential.
func TestIdentityOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	app.ConfigureSDK()
	chain := node.Start(t, localnet.Spec{
		ChainID: "mesh-identity-1", BlockTime: 300 * time.Millisecond,
		Accounts: []localnet.Account{{Name: "alice", Coins: "1000000000usmt"}},
	})
	c := console{t: t, rpc: chain.Nodes[0].RPC(), pays: []string{"--from", "alice", "--keyring-dir", chain.KeyDir()}}
	dir := t.TempDir()
	key, next := filepath.Join(dir, "maker.key"), filepath.Join(dir, "next.key")

	did := strings.TrimSpace(c.must("key", key))
	same := strings.TrimSpace(c.must("key", filepath.Join(dir, "1.key"), "--hardware-id", "24:6f:28:aa:bb:cc"))
	require.Equal(t, same, strings.TrimSpace(c.must("key", filepath.Join(dir, "2.key"), "--hardware-id", "24:6f:28:aa:bb:cc")))
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

	get := func(path string) (int, map[string]any) {
		t.Helper()
		res, err := http.Get(chain.Nodes[0].REST() + "/1.0/identifiers/" + path) //nolint:noctx // local
		require.NoError(t, err)
		defer res.Body.Close()
		var body map[string]any
		require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
		return res.StatusCode, body
	}
	// The API server answers before the gRPC server that it asks has begun.
	require.Eventually(t, func() bool { status, _ := get(did); return status == http.StatusOK }, 20*time.Second, 200*time.Millisecond)
	status, body := get(did)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "2", body["didDocumentMetadata"].(map[string]any)["versionId"])
	status, body = get(url.PathEscape(did+"#key-2") + "?accept=application/did")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, did+"#key-2", body["id"])
	status, _ = get(same)
	require.Equal(t, http.StatusNotFound, status)
	status, _ = get("did:web:example.com")
	require.Equal(t, http.StatusNotImplemented, status)

	_, err = c.run(didcmd.NewCmd, c.paid("deactivate", did, "--key", next, "--method", "key-2")...)
	require.ErrorContains(t, err, "--yes")
	c.must(c.paid("deactivate", did, "--yes", "--key", next, "--method", "key-2")...)
	_, err = c.run(didcmd.NewCmd, "show", did, "--node", c.rpc)
	require.Equal(t, 4, exitCode(t, err), "deactivated")
	status, body = get(did)
	require.Equal(t, http.StatusGone, status)
	require.Nil(t, body["didDocument"])

	_, err = c.run(didcmd.NewCertCmd, "verify", did, "--node", c.rpc)
	require.Equal(t, 3, exitCode(t, err), "no certificate")
	_, err = c.run(didcmd.NewCertCmd, c.paid("issue", did, "--issuer", did, "--kind", "node", "--key", next, "--method", "key-2")...)
	require.ErrorContains(t, err, "is no authority")
}
