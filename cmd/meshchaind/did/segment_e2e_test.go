package didcmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/types"
)

// A sensor with a key and a gateway with an account: stream, rows of a CSV, keys, and
// the proof that a reader checks, against a real node.
func TestSegmentsOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	app.ConfigureSDK()
	chain := node.Start(t, localnet.Spec{
		ChainID: "mesh-did-1", BlockTime: 300 * time.Millisecond,
		Accounts: []localnet.Account{{Name: "gateway", Coins: "1000000000usmt"}},
	})
	ctx := context.Background()
	keys, err := client.OpenKeyring("test", chain.KeyDir(), nil)
	require.NoError(t, err)
	c, err := client.Dial(ctx, client.Config{RPC: chain.Nodes[0].RPC(), Keyring: keys, GasPrices: "0.0025usmt"})
	require.NoError(t, err)
	gateway, err := c.Account("gateway")
	require.NoError(t, err)

	dir := t.TempDir()
	key, err := keyfile.Draw(keyfile.P256)
	require.NoError(t, err)
	require.NoError(t, key.Write(filepath.Join(dir, "sensor.key")))
	did, err := types.NewDID(types.NamespaceMain, key.Public())
	require.NoError(t, err)
	create := &types.MsgCreateDid{Payer: gateway.Address(), Did: did.String(), Document: types.Document{
		VerificationMethods: []types.VerificationMethod{{
			Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: key.Public(), Relationships: types.SigningRelationships(),
		}},
	}}
	payload, err := types.Payload(&create.Document)
	require.NoError(t, err)
	signature, err := key.Sign(types.SigningBytes(types.TagCreate, "mesh-did-1", did, 0, payload))
	require.NoError(t, err)
	create.Proof = types.Proof{Method: types.MethodURL(did, "key-1"), Signature: signature}
	_, err = gateway.Send(ctx, create)
	require.NoError(t, err)

	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		cmd := didcmd.NewCmd()
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		cmd.SetArgs(append([]string{"segment"}, append(args, "--node", chain.Nodes[0].RPC())...))
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		err := cmd.ExecuteContext(ctx)
		return out.String(), err
	}
	pays := []string{"--from", "gateway", "--keyring-dir", chain.KeyDir()}
	stream := filepath.Join(dir, "stream.json")
	schema := append([]string{
		"schema", "--key", filepath.Join(dir, "sensor.key"), "--did", did.String(), "--submitter", gateway.Address(), "--out", stream,
		"--interval", "1s", "--lag", "3", "--clock-error", "100ms", "--life", "600", "--mac", "aes-cmac", "--mac-length", "8",
	}, pays...)
	out, err := run(schema...)
	require.NoError(t, err)
	require.Contains(t, out, "is registered")
	_, err = run(schema...)
	require.ErrorContains(t, err, "seeds are never overwritten")
	info, err := os.Stat(stream)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	csv := filepath.Join(dir, "readings.csv")
	require.NoError(t, os.WriteFile(csv, []byte("time,temperature\n08:00,21.5\n08:01,21.6\n08:02,21.7\n"), 0o600))
	record := filepath.Join(dir, "sent.jsonl")
	out, err = run(append([]string{
		"run", stream, "--csv", csv, "--journal", filepath.Join(dir, "journal"), "--record", record, "--output", "json",
	}, pays...)...)
	require.NoError(t, err)
	var total struct{ Committed, Authentic, Lost, Unauthentic int }
	require.NoError(t, json.Unmarshal([]byte(out), &total))
	require.Equal(t, 3, total.Committed)
	require.Equal(t, 3, total.Authentic)

	text, err := os.ReadFile(record)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, lines, 3)
	var sent struct {
		Schema, Data string
		T            int
	}
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &sent))
	require.Equal(t, "08:01,21.6", sent.Data)
	out, err = run("verify", sent.Schema, strconv.Itoa(sent.T), "--text", sent.Data)
	require.NoError(t, err)
	require.Contains(t, out, "authentic  true")
	_, err = run("verify", sent.Schema, strconv.Itoa(sent.T), "--text", "08:01,99.9")
	require.ErrorContains(t, err, "not authentic")

	// One segment by hand; the keys of the rows are known already.
	out, err = run(append([]string{"commit", stream, "--text", "by hand"}, pays...)...)
	require.NoError(t, err)
	require.Contains(t, out, "is on record")
	_, err = run(append([]string{"commit", stream, "--text", strings.Repeat("x", 1_025)}, pays...)...)
	require.ErrorContains(t, err, "has 1025 bytes: the schema's segments have at most 1024")
	require.Eventually(t, func() bool {
		out, err = run(append([]string{"disclose", stream}, pays...)...)
		return err == nil && strings.Contains(out, "1 segments are authentic")
	}, 20*time.Second, 500*time.Millisecond)

	// Other gateways, and the end of the stream.
	signs := append([]string{"--key", filepath.Join(dir, "sensor.key")}, pays...)
	out, err = run(append([]string{"submitters", sent.Schema, "--submitter", sdk.AccAddress(make([]byte, 20)).String()}, signs...)...)
	require.NoError(t, err)
	require.Contains(t, out, "lets 1 accounts commit")
	_, err = run(append([]string{"commit", stream, "--text", "no more"}, pays...)...)
	require.ErrorContains(t, err, "not a submitter")
	out, err = run(append([]string{"close", sent.Schema}, signs...)...)
	require.NoError(t, err)
	require.Contains(t, out, "has closed stream")
	_, err = run(append([]string{"close", sent.Schema}, signs...)...)
	require.ErrorContains(t, err, "is not registered")
}
