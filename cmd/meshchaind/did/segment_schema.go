package didcmd

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// schemaFlags are the terms of a stream.
type schemaFlags struct {
	key, did, method, out, mac, hash          string
	macLength, keyLength                      int
	unitBytes, unitsPerKey, life, lag, window uint32
	startIn, interval, clockError             time.Duration
	submitters                                []string
}

var macs = map[string]segment.MAC{"hmac-sha256": segment.HMACSHA256, "aes-cmac": segment.AESCMAC}

var hashes = map[string]segment.Hash{"sha-256": segment.SHA256, "sha3-256": segment.SHA3}

func schemaCmd() *cobra.Command {
	var n node
	var f schemaFlags
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Register a stream of a device; draws its keys and writes them to a file",
		Long: `Register a stream of a device. Draws the secret of the stream and writes it to --out (mode 0600);
the key of the device signs the terms; --from pays.

lag × interval must leave time for a segment to get into a block: two or three block times more
than --clock-error.`,
		Example: `  meshchaind did segment schema --key sensor.key --did did:mesh:farm:zQm… --submitter mesh1… \
    --interval 10s --lag 3 --life 8640 --out stream.json --from gateway --keyring-dir ~/.farm`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.register(cmd, &n) },
	}
	n.flags(cmd, true)
	s := cmd.Flags()
	s.StringVar(&f.key, "key", "", "key file of the device (required)")
	s.StringVar(&f.did, "did", "", "DID of the device (required)")
	s.StringVar(&f.method, "method", "key-1", "verification method of the device's document that the key belongs to")
	s.StringVar(&f.out, "out", "stream.json", "file to write the stream to, with its secret")
	s.StringVar(&f.mac, "mac", "hmac-sha256", "MAC: hmac-sha256 or aes-cmac")
	s.IntVar(&f.macLength, "mac-length", 16, "bytes that MACs are cut to")
	s.StringVar(&f.hash, "hash", "sha-256", "one-way function of the keys: sha-256 or sha3-256")
	s.IntVar(&f.keyLength, "key-length", 16, "bytes of a key")
	s.Uint32Var(&f.unitBytes, "unit-bytes", 1_024, "size of a data unit")
	s.Uint32Var(&f.unitsPerKey, "units-per-key", 1, "units in a segment, at most")
	s.Uint32Var(&f.life, "life", 8_640, "number of keys")
	s.DurationVar(&f.startIn, "start-in", 0, "begin this long from now")
	s.DurationVar(&f.interval, "interval", 10*time.Second, "length of an interval, in whole milliseconds")
	s.Uint32Var(&f.lag, "lag", 3, "intervals from the begin of one to the release of its key")
	s.DurationVar(&f.clockError, "clock-error", time.Second, "by how much the device's clock may be off")
	s.Uint32Var(&f.window, "window", 64, "segments that the chain keeps")
	s.StringSliceVar(&f.submitters, "submitter", nil, "account that may commit segments; repeat for several (required)")
	for _, name := range []string{"key", "did", "submitter"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}

// sortSubmitters puts accounts into the order that schemas have them in.
func sortSubmitters(texts []string) ([]string, error) {
	accounts := make([]sdk.AccAddress, len(texts))
	for i, text := range texts {
		var err error
		if accounts[i], err = types.ParseAccount("--submitter", text); err != nil {
			return nil, err
		}
	}
	return types.SortSubmitters(accounts), nil
}

// stream returns the terms and the secret of a new stream.
func (f *schemaFlags) stream(now time.Time) (*segment.Schema, []byte, error) {
	mac, known := macs[f.mac]
	if !known {
		return nil, nil, fmt.Errorf("--mac %q: must be hmac-sha256 or aes-cmac", f.mac)
	}
	hash, known := hashes[f.hash]
	if !known {
		return nil, nil, fmt.Errorf("--hash %q: must be sha-256 or sha3-256", f.hash)
	}
	milliseconds := make(map[string]uint32)
	for name, d := range map[string]time.Duration{"interval": f.interval, "clock-error": f.clockError} {
		ms := d.Milliseconds()
		if d < 0 || ms > segment.MaxDelay || time.Duration(ms)*time.Millisecond != d {
			return nil, nil, fmt.Errorf("--%s %s: must be whole milliseconds, at most %s", name, d, segment.MaxDelay*time.Millisecond)
		}
		milliseconds[name] = uint32(ms) //nolint:gosec // at most MaxDelay
	}
	sorted, err := sortSubmitters(f.submitters)
	if err != nil {
		return nil, nil, err
	}
	submitters, err := types.ParseSubmitters(sorted)
	if err != nil {
		return nil, nil, err
	}
	seed, err := segment.NewSeed(rand.Reader, f.keyLength)
	if err != nil {
		return nil, nil, err
	}
	salt := make([]byte, segment.MaxSalt)
	if _, err := rand.Read(salt); err != nil {
		return nil, nil, err
	}
	s := &segment.Schema{
		MAC: mac, MACLength: f.macLength, Chain: segment.Chain{Hash: hash, KeyLength: f.keyLength, Salt: salt},
		UnitBytes: f.unitBytes, UnitsPerKey: f.unitsPerKey, Life: f.life,
		Start: uint64(now.Add(f.startIn).UnixMilli()), Interval: milliseconds["interval"], //nolint:gosec // after 1970
		Lag: f.lag, ClockError: milliseconds["clock-error"], Window: f.window, Submitters: submitters,
	}
	if s.Root, err = segment.Root(s.Chain, seed, s.Life); err != nil {
		return nil, nil, err
	}
	return s, seed, s.Validate()
}

// register makes the stream and sends it.
func (f *schemaFlags) register(cmd *cobra.Command, n *node) error {
	key, err := keyfile.Read(f.key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	did, err := types.ParseDID(f.did)
	if err != nil {
		return fmt.Errorf("--did: %w", err)
	}
	s, seed, err := f.stream(time.Now())
	if err != nil {
		return err
	}
	payload, err := s.Bytes()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	c, account, err := n.dial(ctx, cmd.InOrStdin())
	if err != nil {
		return err
	}
	sequence, err := nextSequence(ctx, types.NewQueryClient(c), did)
	if err != nil {
		return err
	}
	signed := types.SigningBytes(types.TagSchema, c.ChainID(), did, sequence, payload)
	signature, err := key.Sign(signed)
	if err != nil {
		return err
	}
	id := segment.SchemaID(signed)
	terms := types.Terms(s)
	// The secret is on disk before anything depends on it.
	if err := writeStream(f.out, streamFile{ChainID: c.ChainID(), DID: f.did, Schema: id.String(), Seed: hex.EncodeToString(seed), Terms: terms}); err != nil {
		return err
	}
	if _, err := account.Send(ctx, &types.MsgRegisterSchema{
		Payer: account.Address(), Did: f.did, Terms: terms,
		Proof: types.Proof{Method: types.MethodURL(did, f.method), Sequence: sequence, Signature: signature},
	}); err != nil {
		return fmt.Errorf("%w; the stream in %s is not registered", err, f.out)
	}
	return n.print(cmd.OutOrStdout(), map[string]any{"schema": id.String(), "file": f.out}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "stream %s of %s is registered: %s\nits secret is in %s\n", id, f.did, when(s), f.out)
		return err
	})
}
