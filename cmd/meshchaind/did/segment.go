package didcmd

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/client/segments"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

func segmentCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "segment",
		Short: "Make and check authentic data: one signature for a stream, one MAC per segment",
		Long: `Make and check authentic data. A device signs a schema once. In each interval it commits a MAC
of its data under a key that nobody else knows, and discloses the key a few intervals later; the
chain takes no segment whose key may be known (TESLA, RFC 4082; README of x/did).`,
		Example: `  meshchaind did segment schema --key sensor.key --did did:mesh:farm:zQm… --submitter mesh1… --out stream.json --from gateway --keyring-dir ~/.farm
  meshchaind did segment run stream.json --csv readings.csv --from gateway --keyring-dir ~/.farm
  meshchaind did segment verify 9f86d081… 42 --text "21.5"`,
	}
	cmd.AddCommand(schemaCmd(), commitCmd(), discloseCmd(), verifyCmd(), runCmd(), submittersCmd(), closeCmd())
	return cmd
}

// data is the data of one segment, from a flag.
type data struct{ text, file string }

func (d *data) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.text, "text", "", "the data itself")
	cmd.Flags().StringVar(&d.file, "file", "", "file with the data")
	cmd.MarkFlagsMutuallyExclusive("text", "file")
	cmd.MarkFlagsOneRequired("text", "file")
}

// read returns the data, which must fit into a segment of the schema.
func (d *data) read(s *segment.Schema) ([]byte, error) {
	b := []byte(d.text)
	if d.file != "" {
		var err error
		if b, err = os.ReadFile(d.file); err != nil {
			return nil, err
		}
	}
	if most := uint64(s.UnitBytes) * uint64(s.UnitsPerKey); uint64(len(b)) > most {
		return nil, fmt.Errorf("the data has %d bytes: the schema's segments have at most %d", len(b), most)
	}
	return b, nil
}

func commitCmd() *cobra.Command {
	var n node
	var d data
	cmd := &cobra.Command{
		Use:   "commit [stream-file]",
		Short: "Commit the data of this interval",
		Long: `Commit the data of this interval. The data stays here: only its SHA-256 and its MAC go to the
chain. One segment per interval; the first one is final.`,
		Example: `  meshchaind did segment commit stream.json --text "21.5" --from gateway --keyring-dir ~/.farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			device, err := openStream(args[0])
			if err != nil {
				return err
			}
			b, err := d.read(device.Schema())
			if err != nil {
				return err
			}
			digest := sha256.Sum256(b)
			mac := make([]byte, device.Schema().MACLength)
			t, err := device.Sign(time.Now(), &digest, mac)
			if err != nil {
				return fmt.Errorf("%w: %s", err, when(device.Schema()))
			}
			id := device.ID()
			return n.with(cmd, func(ctx context.Context, chain segments.Node) error {
				if _, err := chain.Commit(ctx, []types.SegmentCommit{{Schema: id[:], T: t, Digest: digest[:], Mac: mac}}); err != nil {
					return err
				}
				return n.print(cmd.OutOrStdout(), map[string]any{"schema": id.String(), "t": t}, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "segment %d of %s is on record; its key is released at %s\n", t, id, device.Schema().Release(t).Format(time.RFC3339))
					return err
				})
			})
		},
	}
	n.flags(cmd, true)
	d.flags(cmd)
	return cmd
}

func discloseCmd() *cobra.Command {
	var n node
	cmd := &cobra.Command{
		Use:     "disclose [stream-file]",
		Short:   "Disclose the newest key that may be known; all segments up to it become authentic or refused",
		Example: `  meshchaind did segment disclose stream.json --from gateway --keyring-dir ~/.farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			device, err := openStream(args[0])
			if err != nil {
				return err
			}
			key := make([]byte, device.Schema().Chain.KeyLength)
			t, err := device.Disclose(time.Now(), key)
			if err != nil {
				return fmt.Errorf("%w: %s", err, when(device.Schema()))
			}
			id := device.ID()
			return n.with(cmd, func(ctx context.Context, chain segments.Node) error {
				res, err := chain.Disclose(ctx, []types.KeyDisclosure{{Schema: id[:], T: t, Key: key}})
				if err != nil {
					return err
				}
				return n.print(cmd.OutOrStdout(), map[string]any{"schema": id.String(), "t": t, "authentic": res.Authentic, "unauthentic": res.Unauthentic}, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "key %d of %s is known: %d segments are authentic, %d are not\n", t, id, res.Authentic, res.Unauthentic)
					return err
				})
			})
		},
	}
	n.flags(cmd, true)
	return cmd
}

// when says in which times a stream has intervals and keys.
func when(s *segment.Schema) string {
	return fmt.Sprintf("intervals from %s to %s, keys %s after they begin",
		s.Begin(1).Format(time.RFC3339), s.Begin(s.Life+1).Format(time.RFC3339), time.Duration(s.Lag)*time.Duration(s.Interval)*time.Millisecond)
}

// with runs do with the chain behind the node and the account that pays.
func (n *node) with(cmd *cobra.Command, do func(context.Context, segments.Node) error) error {
	c, account, err := n.dial(cmd.Context(), cmd.InOrStdin())
	if err != nil {
		return err
	}
	return do(cmd.Context(), segments.Node{Client: c, Account: account})
}

// errNotAuthentic makes verify exit with a failure.
var errNotAuthentic = errors.New("not authentic")

// verdict is what verify found.
type verdict struct {
	Authentic bool   `json:"authentic"`
	Reason    string `json:"reason"`
	Schema    string `json:"schema"`
	T         uint32 `json:"t"`
	DID       string `json:"did"`
	Height    int64  `json:"height"`
	Key       string `json:"key,omitempty"`
}

func verifyCmd() *cobra.Command {
	var n node
	var d data
	cmd := &cobra.Command{
		Use:   "verify [schema] [t]",
		Short: "Check that data is what a device sent in an interval",
		Long: `Check that data is what a device sent in an interval. The chain says whether the segment was on
record in time; digest, MAC and the way of the key to the signed root are computed here. Exits with
1 if the data is not authentic.`,
		Example: `  meshchaind did segment verify 9f86d081… 42 --text "21.5"
  meshchaind did segment verify 9f86d081… 42 --file photo.jpg --output json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := types.ParseSchemaID(args[0])
			if err != nil {
				return err
			}
			var t uint32
			if _, err := fmt.Sscanf(args[1], "%d", &t); err != nil {
				return fmt.Errorf("t %q: must be a number", args[1])
			}
			c, _, err := n.dial(cmd.Context(), cmd.InOrStdin())
			if err != nil {
				return err
			}
			res, err := types.NewQueryClient(c).Segment(cmd.Context(), &types.QuerySegmentRequest{Schema: args[0], T: t})
			if err != nil {
				return err
			}
			stream, err := res.Terms.Stream()
			if err != nil {
				return err
			}
			b, err := d.read(stream)
			if err != nil {
				return err
			}
			v := check(id, stream, res, b)
			if err := n.print(cmd.OutOrStdout(), v, v.text); err != nil {
				return err
			}
			if !v.Authentic {
				return errNotAuthentic
			}
			return nil
		},
	}
	n.flags(cmd, false)
	d.flags(cmd)
	return cmd
}

// check checks the proof of a segment and its data.
func check(id segment.ID, stream *segment.Schema, res *types.QuerySegmentResponse, b []byte) verdict {
	v := verdict{Schema: id.String(), T: res.Segment.T, DID: res.Did, Height: res.Segment.Height, Key: fmt.Sprintf("%x", res.Key)}
	digest := sha256.Sum256(b)
	switch {
	case res.Status != types.SEGMENT_STATUS_AUTHENTIC:
		v.Reason = "the chain says " + res.Status.String()
	case string(digest[:]) != string(res.Segment.Digest):
		v.Reason = "other data was committed: its SHA-256 is another one"
	case !stream.VerifySegment(&id, res.Key, res.Segment.T, &digest, res.Segment.Mac):
		v.Reason = "the MAC does not fit the key"
	default:
		if err := stream.Chain.Check(res.Key, res.Segment.T, stream.Root, 0, stream.Life); err != nil {
			v.Reason = err.Error()
			break
		}
		v.Authentic, v.Reason = true, "committed in time, and MAC and key fit the root that the device signed"
	}
	return v
}

func (v verdict) text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "authentic\t%t\nreason\t%s\nsegment\t%d of %s\ndevice\t%s\nblock\t%d\n", v.Authentic, v.Reason, v.T, v.Schema, v.DID, v.Height)
	return t.Flush()
}
