package didcmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/types"
)

// signing is a command whose operation a key signs and an account pays for.
type signing struct {
	node
	key, method string
}

// signingFlags registers the flags; without a method the key must be named key-1.
func (s *signing) signingFlags(cmd *cobra.Command) {
	s.flags(cmd, true)
	cmd.Flags().StringVar(&s.key, "key", "", "key file that signs (required)")
	cmd.Flags().StringVar(&s.method, "method", "", "verification method that the key belongs to: a fragment of the DID, or a whole DID URL of a controller (default key-1)")
	if err := cmd.MarkFlagRequired("key"); err != nil {
		panic(err) // the flag is defined above
	}
}

// session is a connection with what signs and who pays.
type session struct {
	*client.Client
	payer *client.Account
	key   keyfile.Key
	query types.QueryClient
}

func (s *signing) open(cmd *cobra.Command) (*session, error) {
	key, err := keyfile.Read(s.key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	c, payer, err := s.dial(cmd.Context(), cmd.InOrStdin())
	if err != nil {
		return nil, err
	}
	return &session{c, payer, key, types.NewQueryClient(c)}, nil
}

// prove signs an operation on a DID; a nil part is one without a payload.
func (s *signing) prove(open *session, tag types.Tag, on types.DID, sequence uint64, part types.SigningPayload) (types.Proof, error) {
	var payload []byte
	if part != nil {
		var err error
		if payload, err = types.Payload(part); err != nil {
			return types.Proof{}, err
		}
	}
	return s.proveBytes(open, tag, on, sequence, payload)
}

// proveBytes is prove for a payload that is no message.
func (s *signing) proveBytes(open *session, tag types.Tag, on types.DID, sequence uint64, payload []byte) (types.Proof, error) {
	method := s.method
	switch {
	case method == "":
		method = types.MethodURL(on, defaultMethod)
	case types.ValidateFragment(method) == nil:
		method = types.MethodURL(on, method)
	default:
		if _, _, err := types.ParseMethodURL(method); err != nil {
			return types.Proof{}, fmt.Errorf("--method: %w", err)
		}
	}
	signature, err := open.key.Sign(types.SigningBytes(tag, open.ChainID(), on, sequence, payload))
	return types.Proof{Method: method, Sequence: sequence, Signature: signature}, err
}

// defaultMethod is the fragment of a DID's first key, unless its document says else.
const defaultMethod = "key-1"

// proveNext is prove with the sequence that the chain is at.
func (s *signing) proveNext(ctx context.Context, open *session, tag types.Tag, on types.DID, part types.SigningPayload) (types.Proof, error) {
	sequence, err := nextSequence(ctx, open.query, on)
	if err != nil {
		return types.Proof{}, err
	}
	return s.prove(open, tag, on, sequence, part)
}

// nextSequence is that of the next operation of a DID of the chain, or of a visitor.
func nextSequence(ctx context.Context, query types.QueryClient, did types.DID) (uint64, error) {
	resolved, err := query.Resolve(ctx, &types.QueryResolveRequest{Did: did.String()})
	if err == nil {
		return resolved.Metadata.Sequence, nil
	}
	if visitor, unknown := query.Visitor(ctx, &types.QueryVisitorRequest{Did: did.String()}); unknown == nil {
		return visitor.Visitor.Sequence, nil
	}
	return 0, err
}

// send broadcasts a message and shows what it did.
func (s *signing) send(cmd *cobra.Command, open *session, msg sdk.Msg, did types.DID, done string) error {
	result, err := open.payer.Send(cmd.Context(), msg)
	if err != nil {
		return err
	}
	shown := map[string]any{"did": did.String(), "txhash": result.Hash.String(), "height": result.Height, "gas_used": result.GasUsed}
	return s.print(cmd.OutOrStdout(), shown, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s %s at height %d (tx %s, %d gas)\n", did, done, result.Height, result.Hash, result.GasUsed)
		return err
	})
}
