package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/types/query"
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Flags of the queries.
const (
	FlagUnread = "unread"
	FlagWatch  = "watch"
	FlagOwner  = "owner"
)

const (
	watchPause = time.Second // between two looks, about a block
	maxCell    = 48          // characters of a message in a table
)

// NewQueryCmd returns the parent of the queries that people read as tables.
func NewQueryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        types.ModuleName,
		Short:                      "Look into inboxes, threads, prices, holds and the content index",
		DisableFlagParsing:         true,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(NewInboxCmd(), NewThreadCmd(), NewProveCmd())
	return cmd
}

// NewInboxCmd returns the query that lists an inbox, and follows it.
func NewInboxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inbox [receiver]",
		Short: "List what a receiver holds, oldest first; --watch goes on with what arrives",
		Example: fmt.Sprintf(`%[1]s query transacket inbox mesh1…
%[1]s query transacket inbox mesh1… --unread --topic soil/moisture --watch
%[1]s query transacket inbox mesh1… --limit 20 --output json`, version.AppName),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			req := &types.QueryInboxRequest{Receiver: args[0]}
			if req.Unread, err = cmd.Flags().GetBool(FlagUnread); err != nil {
				return err
			}
			if req.Topic, err = cmd.Flags().GetString(FlagTopic); err != nil {
				return err
			}
			if req.Pagination, err = client.ReadPageRequest(cmd.Flags()); err != nil {
				return err
			}
			watch, err := cmd.Flags().GetBool(FlagWatch)
			if err != nil {
				return err
			}
			out := newListing(cmd.OutOrStdout(), clientCtx)
			if watch {
				return follow(cmd.Context(), types.NewQueryClient(clientCtx), req, out, watchPause)
			}
			response, err := types.NewQueryClient(clientCtx).Inbox(cmd.Context(), req)
			if err != nil {
				return err
			}
			if out.json {
				return clientCtx.PrintProto(response)
			}
			return out.list(response.Transackets)
		},
	}
	cmd.Flags().Bool(FlagUnread, false, "leave out what is marked as read")
	cmd.Flags().String(FlagTopic, "", "leave out every other topic")
	cmd.Flags().Bool(FlagWatch, false, "go on with what arrives, until interrupted; as JSON, one line each")
	flags.AddQueryFlagsToCmd(cmd)
	flags.AddPaginationFlagsToCmd(cmd, "inbox")
	return cmd
}

// NewThreadCmd returns the query that shows a TransacKet and its answers.
func NewThreadCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "thread [id]",
		Short: "List what answers a TransacKet, receipts included",
		Example: fmt.Sprintf(`%[1]s query transacket thread 5f0c…
%[1]s query transacket thread 5f0c… --limit 20 --output json`, version.AppName),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			page, err := client.ReadPageRequest(cmd.Flags())
			if err != nil {
				return err
			}
			response, err := types.NewQueryClient(clientCtx).Thread(cmd.Context(), &types.QueryThreadRequest{Id: args[0], Pagination: page})
			if err != nil {
				return err
			}
			out := newListing(cmd.OutOrStdout(), clientCtx)
			if out.json {
				return clientCtx.PrintProto(response)
			}
			return out.list(response.Transackets)
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	flags.AddPaginationFlagsToCmd(cmd, "thread")
	return cmd
}

// NewProveCmd returns the query that proves that one file is below a registered root.
func NewProveCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "prove [index] [file]...",
		Short:   "Make the proof that one of several files, counted from 0, is below a registered root",
		Example: fmt.Sprintf("%s query transacket prove 2 monday/*.jpg --owner mesh1…", version.AppName),
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			request, err := newProof(args[0], args[1:])
			if err != nil {
				return err
			}
			if request.Owner, err = cmd.Flags().GetString(FlagOwner); err != nil {
				return err
			}
			response, err := types.NewQueryClient(clientCtx).ContentProof(cmd.Context(), request)
			if err != nil {
				return err
			}
			if !response.Included {
				return fmt.Errorf("the chain does not accept the proof: the files or their order differ from the %d registered ones", response.Content.Leaves)
			}
			return clientCtx.PrintProto(request)
		},
	}
	cmd.Flags().String(FlagOwner, "", "who registered the root")
	flags.AddQueryFlagsToCmd(cmd)
	return cmd
}

func newProof(index string, files []string) (*types.QueryContentProofRequest, error) {
	var at int
	if _, err := fmt.Sscanf(index, "%d", &at); err != nil || at < 0 || at >= len(files) {
		return nil, fmt.Errorf("index %q: must be 0 to %d, as there are %d files", index, len(files)-1, len(files))
	}
	contents, err := hashFiles(files)
	if err != nil {
		return nil, err
	}
	request := &types.QueryContentProofRequest{
		Root: hex.EncodeToString(types.MerkleRoot(contents)), Sha256: hex.EncodeToString(contents[at]), Index: uint64(at),
	}
	for _, beside := range types.MerklePath(contents, at) {
		request.Path = append(request.Path, hex.EncodeToString(beside))
	}
	return request, nil
}

// listing writes TransacKets as a table or, one by one, as JSON.
type listing struct {
	to     io.Writer
	encode func(proto.Message) ([]byte, error)
	json   bool
	headed bool
}

func newListing(to io.Writer, clientCtx client.Context) *listing {
	return &listing{
		to: to, json: clientCtx.OutputFormat == flags.OutputFormatJSON,
		encode: func(m proto.Message) ([]byte, error) { return clientCtx.Codec.MarshalJSON(m) },
	}
}

// list writes a page; the second and later ones go on with the table.
func (l *listing) list(page []types.Transacket) error {
	if l.json {
		for i := range page {
			bz, err := l.encode(&page[i])
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(l.to, string(bz)); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(l.to, 6, 0, 2, ' ', 0)
	if !l.headed {
		l.headed = true
		fmt.Fprintln(table, "NUMBER\tTIME\tFROM\tPAYMENT\tTOPIC\tSTATE\tMESSAGE\tID")
	}
	for i := range page {
		t := &page[i]
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Number, t.Time.UTC().Format(time.DateTime), from(t), t.Payment,
			t.Envelope.Topic, state(t), message(t), t.IDHex())
	}
	return table.Flush()
}

// from says who sent, and where that is known from: any chain can name any account of
// this one as its sender, but only on a channel of its own.
func from(t *types.Transacket) string {
	switch origin := t.Envelope.Origin; {
	case origin != nil:
		return origin.Sender + "@" + origin.ChainId
	case t.Receipt == nil && t.Source.DestinationChannel != "":
		return t.From + "@" + t.Source.DestinationChannel
	}
	return t.From
}

func state(t *types.Transacket) string {
	switch {
	case t.Receipt != nil:
		return "receipt"
	case t.Held:
		return "held"
	case t.Read:
		return "read"
	}
	return "new"
}

// message shows a body in one line of printable characters.
func message(t *types.Transacket) string {
	text := ""
	switch content := t.Envelope.GetOutOfBand(); {
	case content != nil:
		text = fmt.Sprintf("%s, %d bytes, sha256 %x %s", content.MediaType, content.Size_, content.Sha256, content.Locator)
	case t.Receipt != nil && len(t.Receipt.Preimage) > 0:
		text = fmt.Sprintf("preimage %x", t.Receipt.Preimage)
	case t.Envelope.Body != nil:
		quoted := fmt.Sprintf("%q", t.Envelope.GetInband())
		text = quoted[1 : len(quoted)-1]
	case t.Receipt != nil:
		text = fmt.Sprintf("delivered at height %d", t.Receipt.Height)
	}
	if len(text) > maxCell {
		text = text[:maxCell] + "…"
	}
	return text
}

// follow lists an inbox and then, until ctx ends, what arrives in it. Numbers only
// grow, so what is new is what has a higher one than the last.
func follow(ctx context.Context, inboxes types.QueryClient, req *types.QueryInboxRequest, out *listing, pause time.Duration) error {
	var last uint64
	for {
		page := &query.PageRequest{Limit: 200}
		for {
			request := *req
			request.Pagination = page
			response, err := inboxes.Inbox(ctx, &request)
			if err != nil {
				return err
			}
			fresh := response.Transackets
			for len(fresh) > 0 && fresh[0].Number <= last {
				fresh = fresh[1:]
			}
			if len(fresh) > 0 {
				last = fresh[len(fresh)-1].Number
				if err := out.list(fresh); err != nil {
					return err
				}
			}
			if len(response.Pagination.GetNextKey()) == 0 {
				break
			}
			page = &query.PageRequest{Limit: 200, Key: response.Pagination.NextKey}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
