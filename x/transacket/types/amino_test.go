package types_test

import (
	"encoding/json"
	"testing"
	"time"

	gogoproto "github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"cosmossdk.io/x/tx/signing/aminojson"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// What a hardware wallet signs must be the same for old clients, which use the
// registered amino names, and for the chain, which reads the options in tx.proto.
func TestAminoJSON(t *testing.T) {
	legacy := codec.NewLegacyAmino()
	sdk.RegisterLegacyAminoCodec(legacy)
	types.RegisterLegacyAminoCodec(legacy)
	hour := time.Hour
	address := sdk.AccAddress("someone_____________").String()
	topical := types.Inband([]byte{1, 2})
	topical.Topic, topical.Thread = "valve", make([]byte, 32)
	for name, msg := range map[string]gogoproto.Message{
		"inband": &types.MsgSend{Sender: address, To: address, Payment: sdk.NewInt64Coin("usmt", 1), Envelope: topical, Channel: "channel-0", Timeout: &hour},
		"out of band": &types.MsgSend{
			Sender: address, To: address, Payment: sdk.NewInt64Coin("usmt", 1),
			Envelope: types.OutOfBandBody(types.OutOfBand{Sha256: make([]byte, 32), Size_: 7, MediaType: "a/b", Locator: "x"}),
		},
		"acknowledge": &types.MsgAcknowledge{Receiver: address, Numbers: []uint64{1, 1 << 60}},
		"locked": &types.MsgSend{Sender: address, To: address, Payment: sdk.NewInt64Coin("usmt", 1), Envelope: types.Envelope{
			Body: topical.Body, Deadline: 1 << 60, Receipt: types.RECEIPT_PROCESSED, HashLock: make([]byte, 32), Zone: "farm",
			Origin: &types.Origin{ChainId: "farm-1", Sender: address},
		}},
		"prices": &types.MsgSetPrices{Account: address, Prices: []types.Price{
			{TopicPrefix: "ads", Minimum: sdk.NewInt64Coin("usmt", 1)}, {Minimum: sdk.NewInt64Coin("umesh", 2)},
		}},
		"no prices": &types.MsgSetPrices{Account: address, Prices: nil},
		"claim":     &types.MsgClaim{Signer: address, Id: make([]byte, 32), Preimage: make([]byte, 32)},
		"expire":    &types.MsgExpire{Signer: address, Id: make([]byte, 32)},
		"content":   &types.MsgRegisterContent{Owner: address, Sha256: make([]byte, 32), Size_: 1, MediaType: "a/b"},
		"root":      &types.MsgRegisterRoot{Owner: address, Root: make([]byte, 32), Leaves: 1, MediaType: "a/b"},
		"release":   &types.MsgReleaseStranded{Authority: address, Id: make([]byte, 32), To: address},
		"delete":    &types.MsgDelete{Receiver: address, Numbers: []uint64{2}},
		"params":    &types.MsgUpdateParams{Authority: address, Params: types.DefaultParams()},
	} {
		t.Run(name, func(t *testing.T) {
			old, err := legacy.MarshalJSON(msg)
			require.NoError(t, err)

			bz, err := gogoproto.Marshal(msg)
			require.NoError(t, err)
			descriptor, err := gogoproto.HybridResolver.FindDescriptorByName(protoreflect.FullName(gogoproto.MessageName(msg)))
			require.NoError(t, err)
			message := dynamicpb.NewMessage(descriptor.(protoreflect.MessageDescriptor))
			require.NoError(t, proto.Unmarshal(bz, message))
			encoder := aminojson.NewEncoder(aminojson.EncoderOptions{FileResolver: gogoproto.HybridResolver})
			now, err := encoder.Marshal(message)
			require.NoError(t, err)
			require.True(t, json.Valid(now))
			require.JSONEq(t, string(old), string(now))
		})
	}
}
