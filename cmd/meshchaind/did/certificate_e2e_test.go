package didcmd_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/x/did/credential"
	"github.com/meshchain/meshchain/x/did/types"
)

// lifeOfACertificate: the zone's owner names an authority, which issues, renews, suspends,
// resumes and revokes; whoever verifies sees it, in the certificate, in a credential with
// its status, and in the status lists.
func lifeOfACertificate(t *testing.T, c console, chain *localnet.Chain) {
	dir := t.TempDir()
	makerKey, sensorKey := filepath.Join(dir, "maker.key"), filepath.Join(dir, "sensor.key")
	maker := strings.TrimSpace(c.must("key", makerKey, "--namespace", "farm"))
	sensor := strings.TrimSpace(c.must("key", sensorKey, "--namespace", "farm", "--type", "p256", "--hardware-id", "24:6f:28:00:00:01"))
	c.must(c.paid("create", "--key", makerKey)...)
	c.must(c.paid("create", "--key", sensorKey)...)

	out, err := exec.Command(chain.Spec.Binary, append([]string{
		"tx", "did", "set-authority", maker, "Sensor Works", "--kinds", "device", "--kinds", "node", "--kinds", "tee",
		"--node", c.rpc, "--chain-id", "farm-1", "--keyring-backend", "test", "--gas", "200000", "--yes",
	}, c.pays...)...).CombinedOutput() //nolint:gosec // the binary that is tested
	require.NoError(t, err, string(out))
	require.Eventually(t, func() bool {
		out, err = exec.Command(chain.Spec.Binary, "query", "did", "authority", maker, "--node", c.rpc).CombinedOutput() //nolint:gosec // likewise
		return err == nil
	}, 20*time.Second, 100*time.Millisecond)
	require.Contains(t, string(out), "Sensor Works")

	signed := func(serials ...string) []string {
		return c.paid(append(serials, "--issuer", maker, "--key", makerKey)...)
	}
	verify := func(kind string) error {
		_, err := c.run(didcmd.NewCertCmd, "verify", sensor, "--kind", kind, "--node", c.rpc)
		return err
	}
	require.Equal(t, 3, exitCode(t, verify("device")), "no certificate yet")
	_, err = c.run(didcmd.NewCertCmd, "show", "1", "--issuer", maker, "--node", c.rpc)
	require.Equal(t, 3, exitCode(t, err))

	require.Contains(t, c.cert(append([]string{"issue", sensor, "--kind", "device", "--validity", "1h", "--cell", "u1wjq"}, signed()...)...), "issued 1 to 1")
	c.cert(append([]string{"issue", sensor, "--kind", "node"}, signed()...)...)
	show := func() (info types.CertificateInfo) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(c.cert("show", "1", "--issuer", maker, "--node", c.rpc, "--output", "json")), &info))
		return info
	}
	first := show()
	require.Equal(t, sensor, first.Certificate.Terms.Subject)
	require.Equal(t, "u1wjq", first.Certificate.Terms.Cell)
	require.True(t, first.Holds)
	require.Contains(t, c.cert("show", "1", "--issuer", maker, "--node", c.rpc), "holds    true")
	require.NoError(t, verify("device"))
	require.NoError(t, verify("node"))
	require.Equal(t, 3, exitCode(t, verify("application")))

	// A credential whose status is that of the certificate.
	claim := c.save(dir, "claim.json", `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],
		"issuer":"`+maker+`","credentialSubject":{"id":"`+sensor+`","model":"S1"}}`)
	vc := c.save(dir, "vc.json", c.must("credential", "issue", claim, "--key", makerKey, "--method", maker+"#key-1", "--serial", "1"))
	check := func() error {
		_, err := c.run(didcmd.NewCmd, "credential", "verify", vc, "--node", c.rpc)
		return err
	}
	require.NoError(t, check())

	c.cert(append([]string{"renew"}, append(signed("1"), "--validity", "2h")...)...)
	require.Greater(t, show().Certificate.Terms.ValidUntil, first.Certificate.Terms.ValidUntil)

	c.cert(append([]string{"suspend"}, signed("1")...)...)
	require.Equal(t, 3, exitCode(t, verify("device")))
	require.NoError(t, verify("node"), "another certificate")
	require.ErrorContains(t, check(), "suspension: bit 1")
	require.Contains(t, show().Reason, "suspended")

	c.cert(append([]string{"resume"}, signed("1")...)...)
	require.NoError(t, verify("device"))
	require.NoError(t, check())
	require.False(t, c.bit(dir, maker, makerKey, 1))

	quote := c.save(dir, "quote.bin", "evidence")
	c.cert(append([]string{"attest", sensor, "--evidence", quote, "--result", "warning"}, signed()...)...)
	out, err = exec.Command(chain.Spec.Binary, "query", "did", "certificates-of", sensor, "--node", c.rpc, "--output", "json").CombinedOutput() //nolint:gosec // likewise
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "ATTESTATION_RESULT_WARNING")
	_, err = c.run(didcmd.NewCertCmd, append([]string{"attest", sensor, "--evidence", quote, "--result", "good"}, signed()...)...)
	require.ErrorContains(t, err, "must be affirming, warning or contraindicated")

	c.cert(append([]string{"revoke"}, signed("1")...)...)
	require.Equal(t, 3, exitCode(t, verify("device")))
	require.ErrorContains(t, check(), "revocation: bit 1")
	require.True(t, c.bit(dir, maker, makerKey, 1))
	_, err = c.run(didcmd.NewCertCmd, append([]string{"resume"}, signed("1")...)...)
	require.ErrorContains(t, err, "is revoked: cannot become valid")
}

// bit signs the revocation list, verifies it as any reader does, and reads a serial's bit
// in it.
func (c console) bit(dir, issuer, key string, serial uint64) bool {
	c.t.Helper()
	text := c.must("status", "sign", "revocation", "0", "--key", key, "--method", issuer+"#key-1", "--node", c.rpc)
	require.Contains(c.t, c.must("credential", "verify", c.save(dir, "list.json", text), "--node", c.rpc), "valid")
	var list struct {
		Type              []string
		CredentialSubject struct{ EncodedList string }
	}
	require.NoError(c.t, json.Unmarshal([]byte(text), &list))
	require.Contains(c.t, list.Type, "BitstringStatusListCredential")
	bits, err := credential.DecodeList(list.CredentialSubject.EncodedList)
	require.NoError(c.t, err)
	return types.Bit(bits, serial)
}
