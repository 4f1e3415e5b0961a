package simulation

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand"
	"time"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func (o operations) setPrices(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	account, _ := simtypes.RandomAcc(r, accounts)
	msg := &types.MsgSetPrices{Account: account.Address.String()}
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return o.skip(msg, err.Error())
	}
	prefixes := []string{"soil", "valve", "energy", ""}
	denom := sdk.DefaultBondDenom
	if coins := o.bank.SpendableCoins(ctx, account.Address); !coins.Empty() {
		denom = coins[0].Denom
	}
	for i := 0; i < r.Intn(min(len(prefixes), int(params.MaxPrices))+1); i++ {
		msg.Prices = append(msg.Prices, types.Price{TopicPrefix: prefixes[i], Minimum: sdk.NewInt64Coin(denom, 1+r.Int63n(1000))})
	}
	return o.run(r, app, ctx, account, msg, nil)
}

// preimages are few, so that a claim can find the one it needs.
func preimage(n uint64) []byte {
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	return hash[:]
}

const preimages = 4

func (o operations) lock(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	envelope := randomEnvelope(r)
	hash := sha256.Sum256(preimage(uint64(r.Intn(preimages))))
	envelope.HashLock = hash[:]
	timeout := time.Duration(1+r.Intn(600)) * time.Second
	return o.sendWith(r, app, ctx, accounts, envelope, &timeout)
}

func (o operations) claim(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	signer, _ := simtypes.RandomAcc(r, accounts)
	msg := &types.MsgClaim{Signer: signer.Address.String()}
	for _, held := range o.holds(ctx) {
		envelope := held.Transacket.Envelope
		for n := uint64(0); n < preimages && !envelope.Due(ctx.BlockTime()); n++ {
			if envelope.Opens(preimage(n)) {
				msg.Id, msg.Preimage = held.Transacket.Id, preimage(n)
				return o.run(r, app, ctx, signer, msg, nil)
			}
		}
	}
	return o.skip(msg, "nothing to claim")
}

func (o operations) expire(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	signer, _ := simtypes.RandomAcc(r, accounts)
	msg := &types.MsgExpire{Signer: signer.Address.String()}
	for _, held := range o.holds(ctx) {
		if held.Transacket.Envelope.Due(ctx.BlockTime()) || held.Transacket.To == msg.Signer {
			msg.Id = held.Transacket.Id
			return o.run(r, app, ctx, signer, msg, nil)
		}
	}
	return o.skip(msg, "nothing to send back")
}

func (o operations) holds(ctx sdk.Context) []types.Held {
	response, err := keeper.NewQueryServerImpl(o.keeper).Holds(ctx, &types.QueryHoldsRequest{})
	if err != nil {
		return nil
	}
	return response.Holds
}

func (o operations) register(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	owner, _ := simtypes.RandomAcc(r, accounts)
	hash := preimage(uint64(r.Intn(50)))
	if r.Intn(2) == 0 {
		return o.run(r, app, ctx, owner, &types.MsgRegisterRoot{Owner: owner.Address.String(), Root: hash, Leaves: 1 + r.Uint64()>>1, MediaType: "image/jpeg"}, nil)
	}
	return o.run(r, app, ctx, owner, &types.MsgRegisterContent{Owner: owner.Address.String(), Sha256: hash, Size_: 1 + r.Uint64()>>1, MediaType: "image/jpeg"}, nil)
}
