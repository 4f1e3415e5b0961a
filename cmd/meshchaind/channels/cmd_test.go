package channels_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/cmd/meshchaind/channels"
	"github.com/meshchain/meshchain/x/channels/client/document"
	"github.com/meshchain/meshchain/x/channels/types"
)

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := channels.NewCmd()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	cmd.SilenceUsage = true
	err := cmd.Execute()
	return strings.TrimSpace(out.String()), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(t, args...)
	require.NoError(t, err, "%v: %s", args, out)
	return out
}

// TestSession signs, acknowledges, claims and checks as the session in x/channels/README.md does.
func TestSession(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	alice, bob := must(t, "keygen", at("alice.key")), must(t, "keygen", at("bob.key"), "--type", "secp256k1")
	info, err := os.Stat(at("alice.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = run(t, "keygen", at("alice.key"))
	require.ErrorContains(t, err, "never overwritten")

	domain := strings.Repeat("ab", 32)
	place := []string{"--domain", domain, "--channel", "7", "--epoch", "2"}
	sign := func(args ...string) { must(t, append(args, place...)...) }
	sign("sign-proof", "--key", at("alice.key"), "--sender", "0", "--nonce", "3", "--transferred", "300", "--out", at("proof.json"))
	out := must(t, "verify-proof", at("proof.json"))
	require.Contains(t, out, "acknowledgement by the receiver  missing")
	must(t, "ack-proof", at("proof.json"), "--key", at("bob.key"))
	out = must(t, "verify-proof", at("proof.json"), "--sender-key", alice, "--receiver-key", bob)
	for _, line := range []string{"nonce", "transferred", "300", "0 (opener)", "good"} {
		require.Contains(t, out, line)
	}
	_, err = run(t, "verify-proof", at("proof.json"), "--sender-key", bob, "--receiver-key", alice)
	require.ErrorContains(t, err, "does not verify")
	var verdict struct {
		Signatures []struct{ Result string }
	}
	require.NoError(t, json.Unmarshal([]byte(must(t, "verify-proof", at("proof.json"), "--sender-key", alice, "--output", "json")), &verdict))
	require.Equal(t, "good", verdict.Signatures[0].Result)

	sign("sign-close", "--key", at("alice.key"), "--closer", "0", "--claim", at("proof.json"), "--valid-until", "100", "--out", at("close.json"))
	d, err := document.ReadKind(at("close.json"), document.KindClose)
	require.NoError(t, err)
	claim, err := d.Claim.Proof()
	require.NoError(t, err)
	message, err := d.Message()
	require.NoError(t, err)
	authorization, err := types.ParseCloseAuthorization(message)
	require.NoError(t, err)
	require.Equal(t, types.ProofHash(claim), authorization.Claim)

	agreement := append([]string{
		"sign-agreement", "cooperative-close", "--key", at("alice.key"), "--side", "0", "--deposit", "1000,500",
		"--transferred", "300,100", "--nonces", "7,9", "--payout", "800,700", "--valid-until", "60", "--out", at("coop.json"),
	}, place...)
	must(t, agreement...)
	must(t, "sign-agreement", "cooperative-close", "--key", at("bob.key"), "--side", "1", "--out", at("coop.json"))
	out = must(t, "verify-proof", at("coop.json"), "--sender-key", alice, "--receiver-key", bob)
	require.Equal(t, 2, strings.Count(out, "good"))
	agreement[13] = "801,699"
	_, err = run(t, agreement...)
	require.ErrorIs(t, err, types.ErrTotals)

	opener, partner := sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String(), sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
	must(t, "sign-open", "--key", at("bob.key"), "--domain", domain, "--opener", opener, "--opener-key", alice, "--partner", partner,
		"--deposit", "1000", "--valid-until", "60", "--out", at("terms.json"))
	require.Contains(t, must(t, "verify-proof", at("terms.json"), "--sender-key", bob), opener)
	must(t, "sign-approval", at("terms.json"), "--key", at("alice.key"), "--domain", domain, "--amount", "5", "--valid-until", "60", "--out", at("approval.json"))
	require.Contains(t, must(t, "verify-proof", at("approval.json")), "1 (open)")
	sign("sign-delegation", "--key", at("bob.key"), "--delegator", "1", "--tower", opener, "--reward", "5", "--expiry", "9", "--out", at("tower.json"))
	require.Contains(t, must(t, "verify-proof", at("tower.json"), "--sender-key", bob), "good")
	sign("sign-disposal", "--key", at("bob.key"), "--lock", "4", "--hash", domain, "--out", at("disposal.json"))
	require.Contains(t, must(t, "verify-proof", at("disposal.json"), "--sender-key", bob), "lock_id")
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	must(t, "keygen", key)
	for says, args := range map[string][]string{
		"--domain":             {"sign-proof", "--key", key, "--nonce", "1", "--out", filepath.Join(dir, "p")},
		"nonce 0":              {"sign-proof", "--key", key, "--domain", strings.Repeat("00", 32), "--out", filepath.Join(dir, "p")},
		"--out is missing":     {"sign-proof", "--key", key, "--domain", strings.Repeat("00", 32), "--nonce", "1"},
		"--key is missing":     {"sign-proof", "--domain", strings.Repeat("00", 32), "--nonce", "1", "--out", filepath.Join(dir, "p")},
		"no such file":         {"verify-proof", filepath.Join(dir, "nothing")},
		`key type "rsa"`:       {"keygen", filepath.Join(dir, "other"), "--type", "rsa"},
		"must be ed25519:<64 ": {"sign-open", "--key", key, "--domain", strings.Repeat("00", 32), "--opener-key", "x", "--out", filepath.Join(dir, "p")},
	} {
		_, err := run(t, args...)
		require.ErrorContains(t, err, says)
	}
}
