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
			Proto           string    `json:"proto"`
			Acknowledgement string    `json:"acknowledgement"`
		} `json:"valid"`
		Invalid []struct {
			Name   string `json:"name"`
			Result string `json:"result"`
		} `json:"invalid"`
	} `json:"acks"`
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

func TestVectorsEnvelopes(t *testing.T) {
	v := load(t)
	require.Len(t, v.Envelopes.Valid, 6)
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
	require.Len(t, v.Envelopes.Invalid, 33)
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
	require.Len(t, v.Acks.Valid, 2)
	for _, c := range v.Acks.Valid {
		t.Run(c.Name, func(t *testing.T) {
			height, err := strconv.ParseUint(c.Height, 10, 64)
			require.NoError(t, err)
			want := types.TransacketAck{Height: height, Time: c.Time}
			if len(c.Reply) > 0 {
				want.Reply = c.Reply
			}
			got, err := types.DecodeAck(unhex(t, c.Proto))
			require.NoError(t, err)
			require.Equal(t, want, got)
			bz, err := want.Marshal()
			require.NoError(t, err)
			require.Equal(t, c.Acknowledgement, string(channeltypes.NewResultAcknowledgement(bz).Acknowledgement()))
		})
	}
	require.Len(t, v.Acks.Invalid, 8)
	for _, c := range v.Acks.Invalid {
		t.Run(c.Name, func(t *testing.T) {
			_, err := types.DecodeAck(unhex(t, c.Result))
			requireCode(t, types.ErrAck.ABCICode(), err)
		})
	}
}
