package didcmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// streamChange is a command on a registered stream that its device signs.
type streamChange struct{ signing }

// begin returns the stream, its device and the sequence that the device signs next.
func (s *streamChange) begin(cmd *cobra.Command, text string) (open *session, id segment.ID, did types.DID, sequence uint64, err error) {
	if id, err = types.ParseSchemaID(text); err != nil {
		return
	}
	if open, err = s.open(cmd); err != nil {
		return
	}
	response, err := open.query.Schema(cmd.Context(), &types.QuerySchemaRequest{Schema: id.String()})
	if err != nil {
		return
	}
	if did, err = types.ParseDID(response.Schema.Schema.Did); err != nil {
		return
	}
	sequence, err = nextSequence(cmd.Context(), open.query, did)
	return
}

func submittersCmd() *cobra.Command {
	var s streamChange
	var accounts []string
	cmd := &cobra.Command{
		Use:     "submitters [schema]",
		Short:   "Replace the accounts that may commit segments of a stream",
		Example: `  meshchaind did segment submitters 9f86d081… --submitter mesh1… --key sensor.key --from gateway --keyring-dir ~/.farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			sorted, err := sortSubmitters(accounts)
			if err != nil {
				return err
			}
			addresses, err := types.ParseSubmitters(sorted)
			if err != nil {
				return err
			}
			open, id, did, sequence, err := s.begin(cmd, args[0])
			if err != nil {
				return err
			}
			payload, err := segment.SubmittersBytes(id, addresses)
			if err != nil {
				return err
			}
			msg := &types.MsgSetSubmitters{Payer: open.payer.Address(), Schema: id[:], Submitters: sorted}
			if msg.Proof, err = s.proveBytes(open, types.TagSubmitters, did, sequence, payload); err != nil {
				return err
			}
			return s.send(cmd, open, msg, did, fmt.Sprintf("lets %d accounts commit segments of %s", len(sorted), id))
		},
	}
	s.signingFlags(cmd)
	cmd.Flags().StringSliceVar(&accounts, "submitter", nil, "account that may commit segments; repeat for several (required)")
	if err := cmd.MarkFlagRequired("submitter"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func closeCmd() *cobra.Command {
	var s streamChange
	cmd := &cobra.Command{
		Use:   "close [schema]",
		Short: "End a stream now",
		Long: `End a stream now: nothing more is committed or disclosed, and what is on record of it is removed.
For streams that a stolen key began, and to make room for others.`,
		Example: `  meshchaind query did schemas did:mesh:farm:zQm…
  meshchaind did segment close 9f86d081… --key sensor.key --from gateway --keyring-dir ~/.farm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			open, id, did, sequence, err := s.begin(cmd, args[0])
			if err != nil {
				return err
			}
			msg := &types.MsgCloseSchema{Payer: open.payer.Address(), Schema: id[:]}
			if msg.Proof, err = s.proveBytes(open, types.TagClose, did, sequence, id[:]); err != nil {
				return err
			}
			return s.send(cmd, open, msg, did, fmt.Sprintf("has closed stream %s", id))
		},
	}
	s.signingFlags(cmd)
	return cmd
}
