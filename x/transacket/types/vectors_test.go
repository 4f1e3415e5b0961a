package types_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/jsonpb"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// vectors are written by another program than the one they test.
type vectors struct {
	IDs []struct {
		ChainID            string `json:"chain_id"`
		Channel            string `json:"channel"`
		DestinationChannel string `json:"destination_channel"`
		Sequence           string `json:"sequence"`
		ID                 string `json:"id"`
	} `json:"ids"`
	Envelopes struct {
		Valid []struct {
			Name     string          `json:"name"`
			Envelope json.RawMessage `json:"envelope"`
			Proto    string          `json:"proto"`
			Memo     string          `json:"memo"`
		} `json:"valid"`
		Invalid []struct {
			Name  string `json:"name"`
			Proto string `json:"proto"`
			Error uint32 `json:"error"`
		} `json:"invalid"`
	} `json:"envelopes"`
	Memos struct {
		Plain    []string `json:"plain"`
		Accepted struct {
			Envelope string   `json:"envelope"`
			Memos    []string `json:"memos"`
		} `json:"accepted"`
		Refused []struct {
			Name  string `json:"name"`
			Memo  string `json:"memo"`
			Error uint32 `json:"error"`
		} `json:"refused"`
	} `json:"memos"`
	Acks struct {
		Valid []struct {
			Name            string    `json:"name"`
			Height          string    `json:"height"`
			Time            time.Time `json:"time"`
			Reply           []byte    `json:"reply"`
			Preimage        []byte    `json:"preimage"`
			Proto           string    `json:"proto"`
			Acknowledgement string    `json:"acknowledgement"`
		} `json:"valid"`
		Invalid []struct {
			Name   string `json:"name"`
			Result string `json:"result"`
		} `json:"invalid"`
	} `json:"acks"`
	ReceiptIDs []struct {
		ID        string `json:"id"`
		ReceiptID string `json:"receipt_id"`
	} `json:"receipt_ids"`
	Accounts struct {
		Hold      string `json:"hold"`
		Forwarder string `json:"forwarder"`
	} `json:"accounts"`
	Callers []struct {
		Channel       string `json:"channel"`
		OriginChainID string `json:"origin_chain_id"`
		Sender        string `json:"sender"`
		Address       string `json:"address"`
	} `json:"callers"`
	Roots []struct {
		Contents []string   `json:"contents"`
		Root     string     `json:"root"`
		Paths    [][]string `json:"paths"`
	} `json:"roots"`
}

func load(t testing.TB) vectors {
	t.Helper()
	bz, err := os.ReadFile("../testdata/vectors.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(bz, &v))
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	bz, err := hex.DecodeString(s)
	require.NoError(t, err)
	return bz
}

// requireCode checks codespace and code, which is what crosses chains.
func requireCode(t testing.TB, code uint32, err error) {
	t.Helper()
	require.Error(t, err)
	space, got, _ := errorsmod.ABCIInfo(err, false)
	require.Equal(t, types.ModuleName, space, err)
	require.Equal(t, code, got, err)
}

func TestVectorsIDs(t *testing.T) {
	v := load(t)
	require.Len(t, v.IDs, 5)
	for _, id := range v.IDs {
		sequence, err := strconv.ParseUint(id.Sequence, 10, 64)
		require.NoError(t, err)
		source := types.Source{ChainId: id.ChainID, Channel: id.Channel, DestinationChannel: id.DestinationChannel, Sequence: sequence}
		require.NoError(t, source.Validate())
		require.Equal(t, id.ID, hex.EncodeToString(source.ID()))
	}
}

func TestVectorsAccounts(t *testing.T) {
	v := load(t)
	require.Len(t, v.ReceiptIDs, 2)
	for _, c := range v.ReceiptIDs {
		require.Equal(t, c.ReceiptID, hex.EncodeToString(types.ReceiptID(unhex(t, c.ID))))
	}
	require.Equal(t, v.Accounts.Hold, hex.EncodeToString(types.HoldAddress()))
	require.Equal(t, v.Accounts.Forwarder, hex.EncodeToString(types.ForwarderAddress()))
	require.Len(t, v.Callers, 2)
	for _, c := range v.Callers {
		transacket := types.Transacket{From: c.Sender, Source: types.Source{DestinationChannel: c.Channel}}
		if c.OriginChainID != "" {
			transacket.From, transacket.Envelope.Origin = "whoever", &types.Origin{ChainId: c.OriginChainID, Sender: c.Sender}
		}
		require.Equal(t, c.Address, hex.EncodeToString(types.CallerAddress(transacket)))
	}
}

func TestVectorsRoots(t *testing.T) {
	v := load(t)
	require.Len(t, v.Roots, 5)
	for _, c := range v.Roots {
		var contents [][]byte
		for _, content := range c.Contents {
			contents = append(contents, unhex(t, content))
		}
		root := unhex(t, c.Root)
		require.Equal(t, root, types.MerkleRoot(contents))
		for i, want := range c.Paths {
			path := types.MerklePath(contents, i)
			require.Len(t, path, len(want))
			for j := range want {
				require.Equal(t, want[j], hex.EncodeToString(path[j]))
			}
			for index := range contents {
				require.Equal(t, index == i, types.VerifyPath(root, contents[i], uint64(index), uint64(len(contents)), path))
			}
		}
	}
}

func TestVectorsEnvelopes(t *testing.T) {
	v := load(t)
	require.Len(t, v.Envelopes.Valid, 12)
	for _, c := range v.Envelopes.Valid {
		t.Run(c.Name, func(t *testing.T) {
			var want types.Envelope
			require.NoError(t, jsonpb.UnmarshalString(string(c.Envelope), &want))
			require.NoError(t, want.Validate())
			got, err := types.DecodeEnvelope(unhex(t, c.Proto))
			require.NoError(t, err)
			require.Equal(t, want, got)
			memo, err := types.EncodeMemo(want)
			require.NoError(t, err)
			require.Equal(t, c.Memo, memo)
			require.LessOrEqual(t, len(memo), types.MaxMemo)
			got, claimed, err := types.DecodeMemo(memo)
			require.NoError(t, err)
			require.True(t, claimed)
			require.Equal(t, want, got)
		})
	}
	require.Len(t, v.Envelopes.Invalid, 50)
	for _, c := range v.Envelopes.Invalid {
		t.Run(c.Name, func(t *testing.T) {
			_, err := types.DecodeEnvelope(unhex(t, c.Proto))
			requireCode(t, c.Error, err)
		})
	}
}

func TestVectorsMemos(t *testing.T) {
	v := load(t)
	require.Len(t, v.Memos.Plain, 21)
	for _, memo := range v.Memos.Plain {
		_, claimed, err := types.DecodeMemo(memo)
		require.NoError(t, err, memo)
		require.False(t, claimed, memo)
	}
	require.Len(t, v.Memos.Accepted.Memos, 5)
	want, err := types.DecodeEnvelope(unhex(t, v.Memos.Accepted.Envelope))
	require.NoError(t, err)
	for _, memo := range v.Memos.Accepted.Memos {
		got, claimed, err := types.DecodeMemo(memo)
		require.NoError(t, err, memo)
		require.True(t, claimed, memo)
		require.Equal(t, want, got, memo)
	}
	require.Len(t, v.Memos.Refused, 34)
	for _, c := range v.Memos.Refused {
		t.Run(c.Name, func(t *testing.T) {
			_, claimed, err := types.DecodeMemo(c.Memo)
			require.True(t, claimed)
			requireCode(t, c.Error, err)
		})
	}
}

func TestVectorsAcks(t *testing.T) {
	v := load(t)
	require.Len(t, v.Acks.Valid, 4)
	for _, c := range v.Acks.Valid {
		t.Run(c.Name, func(t *testing.T) {
			height, err := strconv.ParseUint(c.Height, 10, 64)
			require.NoError(t, err)
			want := types.TransacketAck{Height: height, Time: c.Time}
			if len(c.Reply) > 0 {
				want.Reply = c.Reply
			}
			if len(c.Preimage) > 0 {
				want.Preimage = c.Preimage
			}
			got, err := types.DecodeAck(unhex(t, c.Proto))
			require.NoError(t, err)
			require.Equal(t, want, got)
			bz, err := want.Marshal()
			require.NoError(t, err)
			require.Equal(t, c.Acknowledgement, string(channeltypes.NewResultAcknowledgement(bz).Acknowledgement()))
		})
	}
	require.Len(t, v.Acks.Invalid, 11)
	for _, c := range v.Acks.Invalid {
		t.Run(c.Name, func(t *testing.T) {
			_, err := types.DecodeAck(unhex(t, c.Result))
			requireCode(t, types.ErrAck.ABCICode(), err)
		})
	}
}
