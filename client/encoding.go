package client

import (
	"fmt"
	"sync"

	"cosmossdk.io/x/tx/signing"
	sdkclient "github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	txsigning "github.com/cosmos/cosmos-sdk/types/tx/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/cosmos/gogoproto/proto"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	connectiontypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	localhost "github.com/cosmos/ibc-go/v8/modules/light-clients/09-localhost"
)

// DefaultAddressPrefix is the bech32 prefix of accounts on every meshchain.
const DefaultAddressPrefix = "mesh"

// RegisterInterfaces adds message and state types of one module to a registry. Every generated
// types package has a function of this shape.
type RegisterInterfaces = func(codectypes.InterfaceRegistry)

// Encoding turns messages, transactions and state into bytes and back for one address prefix.
type Encoding struct {
	// AddressPrefix is the bech32 prefix of accounts.
	AddressPrefix string
	// Registry resolves the types packed into Any.
	Registry codectypes.InterfaceRegistry
	// Codec is the protobuf codec over Registry.
	Codec *codec.ProtoCodec
	// TxConfig builds and encodes transactions signed in SIGN_MODE_DIRECT.
	TxConfig sdkclient.TxConfig
}

// NewEncoding builds the encoding for accounts with the given bech32 prefix (empty: "mesh"). It
// knows auth, vesting, bank, staking, ibc core, ICS-20 transfer and the tendermint light client;
// more comes from register.
func NewEncoding(prefix string, register ...RegisterInterfaces) (*Encoding, error) {
	if prefix == "" {
		prefix = DefaultAddressPrefix
	}
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          address.NewBech32Codec(prefix),
			ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("interface registry for prefix %q: %w", prefix, err)
	}
	// The parts of ibc core one by one: together they would bring its keepers into every program.
	known := []RegisterInterfaces{
		cryptocodec.RegisterInterfaces,
		authtypes.RegisterInterfaces,
		vestingtypes.RegisterInterfaces,
		banktypes.RegisterInterfaces,
		stakingtypes.RegisterInterfaces,
		clienttypes.RegisterInterfaces,
		connectiontypes.RegisterInterfaces,
		channeltypes.RegisterInterfaces,
		commitmenttypes.RegisterInterfaces,
		transfertypes.RegisterInterfaces,
		ibctm.RegisterInterfaces,
		localhost.RegisterInterfaces,
	}
	for _, f := range append(known, register...) {
		f(registry)
	}
	cdc := codec.NewProtoCodec(registry)
	return &Encoding{
		AddressPrefix: prefix,
		Registry:      registry,
		Codec:         cdc,
		TxConfig:      authtx.NewTxConfig(cdc, []txsigning.SignMode{txsigning.SignMode_SIGN_MODE_DIRECT}),
	}, nil
}

// common are encodings without further types, by prefix. A registry takes megabytes and does not
// change, so clients of many chains share one.
var (
	commonMu sync.Mutex
	common   = map[string]*Encoding{}
)

func commonEncoding(prefix string) (*Encoding, error) {
	commonMu.Lock()
	defer commonMu.Unlock()
	if e, ok := common[prefix]; ok {
		return e, nil
	}
	e, err := NewEncoding(prefix)
	if err == nil {
		common[prefix] = e
	}
	return e, err
}

// FormatAddress returns the bech32 form of an address.
func (e *Encoding) FormatAddress(addr []byte) (string, error) {
	s, err := address.NewBech32Codec(e.AddressPrefix).BytesToString(addr)
	if err != nil {
		return "", fmt.Errorf("address %X with prefix %q: %w", addr, e.AddressPrefix, err)
	}
	return s, nil
}
