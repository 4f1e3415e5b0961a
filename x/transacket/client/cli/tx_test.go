package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

var (
	sender = sdk.AccAddress("sender______________").String()
	to     = sdk.AccAddress("receiver____________").String()
)

func build(t *testing.T, payment string, args ...string) (*types.MsgSend, error) {
	t.Helper()
	cmd := NewSendCmd(addresscodec.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix()))
	require.NoError(t, cmd.ParseFlags(args))
	return newMsgSend(cmd.Flags(), sender, to, payment)
}

func TestSendBodies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leaf.jpg")
	require.NoError(t, os.WriteFile(file, []byte("a leaf"), 0o600))
	hash := sha256.Sum256([]byte("a leaf"))
	for name, c := range map[string]struct {
		args []string
		want types.Envelope
	}{
		"text": {[]string{"--data", `{"moisture":0.21}`}, types.Inband([]byte(`{"moisture":0.21}`))},
		"json": {[]string{"--json", ` {"release": {} } `}, types.Inband([]byte(`{"release":{}}`))},
		"receipt": {[]string{"--data", "a", "--receipt", "processed"}, types.Envelope{
			Body: types.Inband([]byte("a")).Body, Receipt: types.RECEIPT_PROCESSED,
		}},
		"hex": {[]string{"--data-hex", "00ff"}, types.Inband([]byte{0, 255})},
		"file": {
			[]string{"--file", file, "--media-type", "image/jpeg", "--locator", "ipfs://x"},
			types.OutOfBandBody(types.OutOfBand{Sha256: hash[:], Size_: 6, MediaType: "image/jpeg", Locator: "ipfs://x"}),
		},
		"hash": {
			[]string{"--file-hash", hex.EncodeToString(hash[:]), "--size", "6"},
			types.OutOfBandBody(types.OutOfBand{Sha256: hash[:], Size_: 6, MediaType: "application/octet-stream"}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			msg, err := build(t, "10usmt", c.args...)
			require.NoError(t, err)
			require.Equal(t, &types.MsgSend{Sender: sender, To: to, Payment: sdk.NewInt64Coin("usmt", 10), Envelope: c.want}, msg)
		})
	}
}

func TestSendThroughChannel(t *testing.T) {
	msg, err := build(t, "10usmt", "--data", "open", "--topic", "valve", "--thread", strings.Repeat("5f", 32), "--channel", "channel-0", "--timeout", "30m")
	require.NoError(t, err)
	timeout := 30 * time.Minute
	want := types.Inband([]byte("open"))
	want.Topic, want.Thread = "valve", bytes.Repeat([]byte{0x5f}, 32)
	require.Equal(t, &types.MsgSend{
		Sender: sender, To: to, Payment: sdk.NewInt64Coin("usmt", 10), Envelope: want, Channel: "channel-0", Timeout: &timeout,
	}, msg)
}

func TestSendSaysWhichFlagIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		payment string
		args    []string
		text    string
	}{
		"no message":           {"10usmt", nil, "the message is given 0 times (): must be one of --data, --json, --data-hex, --file, --file-hash"},
		"two messages":         {"10usmt", []string{"--data", "a", "--data-hex", "00"}, "the message is given 2 times (--data, --data-hex)"},
		"empty message":        {"10usmt", []string{"--data", ""}, "envelope.inband has 0 bytes"},
		"257 bytes":            {"10usmt", []string{"--data", strings.Repeat("a", 257)}, "envelope.inband has 257 bytes: must have 1 to 256"},
		"data not hex":         {"10usmt", []string{"--data-hex", "0g"}, `--data-hex "0g": must be an even number of hexadecimal digits`},
		"hash not hex":         {"10usmt", []string{"--file-hash", strings.Repeat("z", 64), "--size", "1"}, `--file-hash "zzzz`},
		"hash too short":       {"10usmt", []string{"--file-hash", "00", "--size", "1"}, `--file-hash "00": must be a SHA-256, 64 hexadecimal digits`},
		"hash without size":    {"10usmt", []string{"--file-hash", strings.Repeat("0", 64)}, "--file-hash needs --size"},
		"size without hash":    {"10usmt", []string{"--file", "x", "--size", "1"}, "--size must come with --file-hash only"},
		"media type of text":   {"10usmt", []string{"--data", "a", "--media-type", "text/plain"}, "--media-type describes content stored elsewhere: must not come with --data"},
		"file not there":       {"10usmt", []string{"--file", "/nowhere/leaf"}, "--file: open /nowhere/leaf"},
		"empty file":           {"10usmt", []string{"--file", os.DevNull}, "envelope.out_of_band.size is 0"},
		"media type":           {"10usmt", []string{"--file-hash", strings.Repeat("0", 64), "--size", "1", "--media-type", "jpeg"}, `media_type "jpeg"`},
		"thread":               {"10usmt", []string{"--data", "a", "--thread", "5f"}, `--thread: id "5f": must be 64 hexadecimal digits`},
		"topic":                {"10usmt", []string{"--data", "a", "--topic", "a b"}, `envelope.topic "a b"`},
		"payment":              {"ten", []string{"--data", "a"}, `payment "ten": must be an amount and a denom`},
		"payment of zero":      {"0usmt", []string{"--data", "a"}, "payment 0usmt: must be at least 1usmt"},
		"channel":              {"10usmt", []string{"--data", "a", "--channel", "0"}, `channel "0": must be a channel identifier such as channel-0`},
		"timeout":              {"10usmt", []string{"--data", "a", "--channel", "channel-0", "--timeout", "-1s"}, "timeout -1s: must be positive"},
		"no JSON":              {"10usmt", []string{"--json", "{"}, `--json "{": unexpected end of JSON input`},
		"receipt":              {"10usmt", []string{"--data", "a", "--receipt", "soon"}, `--receipt "soon": must be none, delivered or processed`},
		"hash lock":            {"10usmt", []string{"--data", "a", "--hash-lock", "9f"}, `--hash-lock: "9f": must be a SHA-256, 64 hexadecimal digits`},
		"lock without timeout": {"10usmt", []string{"--data", "a", "--hash-lock", strings.Repeat("9f", 32)}, "envelope.hash_lock has no deadline"},
		"zone":                 {"10usmt", []string{"--data", "a", "--zone", "Farm"}, `envelope.zone "Farm": must be the name of a zone`},
		"timeout on the chain": {"10usmt", []string{"--data", "a", "--timeout", "1h"}, "timeout 1h0m0s: must be absent without a channel or a hash lock"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := build(t, c.payment, c.args...)
			require.ErrorContains(t, err, c.text)
		})
	}
}
