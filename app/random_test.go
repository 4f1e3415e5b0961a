package app_test

import (
	"maps"
	"math/rand"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/x/feegrant"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// crowd is a chain whose accounts do random things, most of which can succeed.
type crowd struct {
	*mesh.Chain
	t       *testing.T
	r       *rand.Rand
	channel string
	other   *mesh.Chain
	rare    []string // messages not yet sent of those that nobody here knows how to fill in
}

func newCrowd(t *testing.T, r *rand.Rand, c, other *mesh.Chain, channel string) *crowd {
	t.Helper()
	crowd := &crowd{Chain: c, t: t, r: r, channel: channel, other: other}
	for _, url := range slices.Sorted(maps.Keys(messages)) {
		if messages[url] != unrouted && url != sdk.MsgTypeURL(&banktypes.MsgMultiSend{}) { // whose signers are a list
			crowd.rare = append(crowd.rare, url)
		}
	}
	r.Shuffle(len(crowd.rare), func(i, j int) { crowd.rare[i], crowd.rare[j] = crowd.rare[j], crowd.rare[i] })
	return crowd
}

func (c *crowd) account() *fixture.Account { return c.Accounts[c.r.Intn(len(c.Accounts)-1)] } // not the relayer
func (c *crowd) validator() string {
	return c.Validators[c.r.Intn(len(c.Validators))].Address().String()
}
func (c *crowd) coin() sdk.Coin   { return c.Native(1 + c.r.Int63n(1_000_000)) }
func (c *crowd) coins() sdk.Coins { return sdk.NewCoins(c.coin()) }
func (c *crowd) small() uint64    { return uint64(1 + c.r.Intn(8)) }

func (c *crowd) envelope() transackettypes.Envelope {
	message := make([]byte, 1+c.r.Intn(transackettypes.MaxInband+8)) // some are too long
	c.r.Read(message)
	return transackettypes.Inband(message)
}

// message is a random message of that account.
func (c *crowd) message(by *fixture.Account) sdk.Msg {
	from, to := by.String(), c.account()
	switch c.r.Intn(26) {
	case 0, 1:
		return banktypes.NewMsgSend(by.Address, to.Address, c.coins())
	case 2:
		coins := c.coins()
		return banktypes.NewMsgMultiSend(banktypes.NewInput(by.Address, coins), []banktypes.Output{banktypes.NewOutput(to.Address, coins)})
	case 3:
		return banktypes.NewMsgSend(by.Address, to.Address, sdk.NewCoins(c.Native(2*fixture.Balance))) // nobody has that
	case 4:
		return stakingtypes.NewMsgDelegate(from, c.validator(), c.coin())
	case 5:
		return stakingtypes.NewMsgUndelegate(from, c.validator(), c.coin())
	case 6:
		return stakingtypes.NewMsgBeginRedelegate(from, c.validator(), c.validator(), c.coin())
	case 7:
		return distrtypes.NewMsgWithdrawDelegatorReward(from, c.validator())
	case 8:
		return distrtypes.NewMsgFundCommunityPool(c.coins(), from)
	case 9:
		return distrtypes.NewMsgSetWithdrawAddress(by.Address, to.Address)
	case 10:
		deposit := []sdk.Coin{c.Native(1_000_000 * int64(c.small()))}
		msg, err := govv1.NewMsgSubmitProposal([]sdk.Msg{banktypes.NewMsgSend(sdk.MustAccAddressFromBech32(fixture.Authority()), to.Address, c.coins())},
			deposit, from, "", "title", "summary", false)
		if err != nil {
			c.t.Fatal(err)
		}
		return msg
	case 11:
		return govv1.NewMsgVote(by.Address, c.small(), govv1.VoteOption(1+c.r.Intn(4)), "")
	case 12:
		return govv1.NewMsgDeposit(by.Address, c.small(), sdk.NewCoins(c.Native(10_000_000)))
	case 13:
		expires := c.Test.CurrentHeader.Time.Add(time.Duration(c.r.Intn(600)) * time.Second)
		msg, err := authz.NewMsgGrant(by.Address, to.Address, banktypes.NewSendAuthorization(c.coins(), nil), &expires)
		if err != nil {
			c.t.Fatal(err)
		}
		return msg
	case 14:
		msg := authz.NewMsgExec(by.Address, []sdk.Msg{banktypes.NewMsgSend(to.Address, by.Address, c.coins())})
		return &msg
	case 15:
		msg, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{SpendLimit: c.coins()}, by.Address, to.Address)
		if err != nil {
			c.t.Fatal(err)
		}
		return msg
	case 16:
		msg := feegrant.NewMsgRevokeAllowance(by.Address, to.Address)
		return &msg
	case 17:
		return slashingtypes.NewMsgUnjail(sdk.ValAddress(by.Address).String())
	case 18:
		timeout := uint64(c.Test.CurrentHeader.Time.Add(time.Hour).UnixNano())
		return transfertypes.NewMsgTransfer(transfertypes.PortID, c.channel, c.coin(), from, c.other.Accounts[0].String(), clienttypes.ZeroHeight(), timeout, "")
	case 19:
		return &wasmtypes.MsgExecuteContract{Sender: from, Contract: c.contract(), Msg: []byte(`{"release":{}}`)}
	case 20, 21:
		return &transackettypes.MsgSend{Sender: from, To: to.String(), Payment: c.coin(), Envelope: c.envelope()}
	case 22:
		return &transackettypes.MsgSend{Sender: from, To: c.other.Accounts[c.r.Intn(3)].String(), Payment: c.coin(), Channel: c.channel, Envelope: c.envelope()}
	case 23:
		return &transackettypes.MsgAcknowledge{Receiver: from, Numbers: []uint64{c.small() + uint64(c.r.Intn(20))}}
	case 24:
		return &transackettypes.MsgDelete{Receiver: from, Numbers: []uint64{c.small() + uint64(c.r.Intn(20))}}
	default:
		return wasmStore(from)
	}
}

// contract is the first one there is; somewhere until there is one.
func (c *crowd) contract() string {
	response, err := wasmtypes.NewQueryClient(c).ContractsByCode(c.Ctx(), &wasmtypes.QueryContractsByCodeRequest{CodeId: 1})
	if err != nil || len(response.Contracts) == 0 {
		return c.Accounts[0].String()
	}
	return response.Contracts[0]
}

func wasmStore(from string) sdk.Msg {
	return &wasmtypes.MsgStoreCode{Sender: from, WASMByteCode: []byte("\x00asm\x01\x00\x00\x00")} // no contract
}

// txs are random transactions of a block: some with several messages, some with
// too little gas, with a fee, or signed with a sequence that is taken.
func (c *crowd) txs() [][]byte {
	var txs [][]byte
	for range 3 + c.r.Intn(10) {
		by := c.account()
		msgs := []sdk.Msg{c.message(by)}
		for c.r.Intn(4) == 0 {
			msgs = append(msgs, c.message(by))
		}
		opts := []fixture.TxOption{fixture.Fee(c.Native(c.r.Int63n(5000)))}
		if c.r.Intn(10) == 0 {
			opts = append(opts, fixture.Gas(uint64(30_000+c.r.Intn(100_000))))
		}
		tx := c.Sign(by, msgs, opts...)
		txs = append(txs, tx)
		if c.r.Intn(15) == 0 {
			txs = append(txs, tx)
		}
	}
	for range min(len(c.rare), 4) {
		by := c.account()
		txs = append(txs, c.Sign(by, []sdk.Msg{newMessage(c.t, c.Fixture, c.rare[0], by.String())}))
		c.rare = c.rare[1:]
	}
	return txs
}
