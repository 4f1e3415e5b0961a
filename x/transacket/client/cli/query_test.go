package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// inbox answers with one page after the other, and then ends the watch.
type inbox struct {
	types.QueryClient
	pages [][]types.Transacket
	keys  []string // of the pages asked for
	end   func()
}

func (i *inbox) Inbox(_ context.Context, req *types.QueryInboxRequest, _ ...grpc.CallOption) (*types.QueryInboxResponse, error) {
	i.keys = append(i.keys, string(req.Pagination.Key))
	if len(i.pages) == 0 {
		return nil, errors.New("asked too often")
	}
	page := i.pages[0]
	i.pages = i.pages[1:]
	response := &types.QueryInboxResponse{Transackets: page, Pagination: &query.PageResponse{}}
	if len(page) == 2 {
		response.Pagination.NextKey = []byte("more")
	}
	if len(i.pages) == 0 {
		i.end()
	}
	return response, nil
}

func entry(number uint64, text string) types.Transacket {
	return types.Transacket{
		Id: bytes.Repeat([]byte{byte(number)}, 32), Number: number, From: "sensor", Payment: sdk.NewInt64Coin("usmt", 3),
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Envelope: types.Inband([]byte(text)),
	}
}

func TestWatchShowsEachOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a, b, c, d := entry(1, "a"), entry(4, "b"), entry(5, "c"), entry(9, "d\n\x00")
	inbox := &inbox{pages: [][]types.Transacket{{a, b}, {c}, {b, c}, {d}, {d}}, end: cancel}
	var out bytes.Buffer
	require.NoError(t, follow(ctx, inbox, &types.QueryInboxRequest{Receiver: to}, &listing{to: &out}, time.Microsecond))
	require.Equal(t, []string{"", "more", "", "more", ""}, inbox.keys)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5, "a head and four entries")
	require.Equal(t, []string{"NUMBER", "TIME", "FROM", "PAYMENT", "TOPIC", "STATE", "MESSAGE", "ID"}, strings.Fields(lines[0]))
	require.Contains(t, lines[4], `d\n\x00`, "nothing of a stranger's message reaches the terminal raw")
	require.Contains(t, lines[4], hex.EncodeToString(d.Id))

	cancelled, stop := context.WithCancel(context.Background())
	stop()
	inbox.pages, inbox.end = [][]types.Transacket{{a}}, func() {}
	require.NoError(t, follow(cancelled, inbox, &types.QueryInboxRequest{}, &listing{to: &out}, time.Hour))
	require.ErrorContains(t, follow(ctx, inbox, &types.QueryInboxRequest{}, &listing{to: &out}, time.Hour), "asked too often")
}

func TestListingTellsStatesApart(t *testing.T) {
	receipt, held, read, far := entry(1, ""), entry(2, "x"), entry(3, "x"), entry(4, "")
	receipt.Envelope.Body, receipt.Receipt = nil, &types.TransacketAck{Height: 77}
	held.Held, read.Read = true, true
	far.Envelope = types.OutOfBandBody(types.OutOfBand{Sha256: []byte{1}, Size_: 9, MediaType: "image/jpeg"})
	for text, t1 := range map[string]types.Transacket{"receipt": receipt, "held": held, "read": read, "new": far} {
		require.Equal(t, text, state(&t1))
	}
	require.Equal(t, "delivered at height 77", message(&receipt))
	require.Equal(t, "image/jpeg, 9 bytes, sha256 01 ", message(&far))
	receipt.Receipt.Preimage = []byte{0x5e}
	require.Equal(t, "preimage 5e", message(&receipt))
	long := entry(5, strings.Repeat("x", 256))
	require.Equal(t, strings.Repeat("x", maxCell)+"…", message(&long))
}

// A stranger's chain can name any account of this one; the table says which channel
// it came through.
func TestListingTellsChainsApart(t *testing.T) {
	here, there, passedOn := entry(1, "x"), entry(2, "x"), entry(3, "x")
	there.Source.DestinationChannel, passedOn.Source.DestinationChannel = "channel-7", "channel-0"
	passedOn.Envelope.Origin = &types.Origin{ChainId: "farm-1", Sender: "gate"}
	require.Equal(t, "sensor", from(&here))
	require.Equal(t, "sensor@channel-7", from(&there))
	require.Equal(t, "gate@farm-1", from(&passedOn))
}

func TestKeepMessages(t *testing.T) {
	prices, err := newMsgSetPrices(sender, []string{"=5usmt", "ads=20usmt"})
	require.NoError(t, err)
	require.Equal(t, []types.Price{{Minimum: sdk.NewInt64Coin("usmt", 5)}, {TopicPrefix: "ads", Minimum: sdk.NewInt64Coin("usmt", 20)}}, prices.Prices)
	for _, bad := range []string{"ads", "ads=x", "ADS=1usmt", "ads=0usmt"} {
		_, err := newMsgSetPrices(sender, []string{bad})
		require.ErrorIs(t, err, types.ErrPriceList, bad)
	}
	claim, err := newMsgClaim(sender, strings.Repeat("5f", 32), strings.Repeat("6b", 32))
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{0x6b}, 32), claim.Preimage)
	_, err = newMsgClaim(sender, strings.Repeat("5f", 32), "6b")
	require.ErrorIs(t, err, types.ErrPreimage)
	_, err = newMsgClaim(sender, "5f", strings.Repeat("6b", 32))
	require.ErrorIs(t, err, types.ErrThread)
}

func TestFilesOfARoot(t *testing.T) {
	var files []string
	for _, name := range []string{"a", "b", "c"} {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, []byte(name), 0o600))
		files = append(files, file)
	}
	one, err := newMsgRegister(sender, "text/plain", files[:1])
	require.NoError(t, err)
	require.Equal(t, uint64(1), one.(*types.MsgRegisterContent).Size_)
	all, err := newMsgRegister(sender, "text/plain", files)
	require.NoError(t, err)
	root := all.(*types.MsgRegisterRoot)
	require.Equal(t, uint64(3), root.Leaves)

	proof, err := newProof("2", files)
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(root.Root), proof.Root)
	require.Len(t, proof.Path, 1)
	_, err = newProof("3", files)
	require.ErrorContains(t, err, `index "3": must be 0 to 2`)
	_, err = newMsgRegister(sender, "text/plain", []string{"/nowhere/leaf", "/nowhere/stem"})
	require.ErrorContains(t, err, "/nowhere/leaf")
}
