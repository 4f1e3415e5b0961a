package deploy

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	"github.com/meshchain/meshchain/client"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	// TopicProof of the TransacKets that prove a link.
	TopicProof = "zone/proof"
	// proofTimeout of each of them on the chains, and of the wait for it.
	proofTimeout = 5 * time.Minute
	arrival      = 2 * time.Minute
)

// proveStep sends one unit of the main chain's token with a message to the zone, and the same unit back
// with the answer: client, connection, channel, relayer and both applications have then worked in both
// directions.
func (w *work) proveStep(ctx context.Context) error {
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	zone, err := w.onZone(ctx)
	if err != nil {
		return err
	}
	if w.Proof == nil {
		w.Proof = &Proof{}
	}
	coin := sdk.NewInt64Coin(w.Main.Denom, 1)
	if w.Proof.There, err = w.sendProof(ctx, main, "prove-there", coin, nil); err != nil {
		return fmt.Errorf("to the zone: %w", err)
	}
	there, err := w.awaitProof(ctx, zone, "arrives on the zone", w.Proof.There)
	if err != nil {
		return err
	}
	coin.Denom = transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(w.Path.B.PortID, w.Path.B.ChannelID, w.Main.Denom)).IBCDenom()
	thread, err := hex.DecodeString(w.Proof.There)
	if err != nil {
		return err
	}
	if w.Proof.Back, err = w.sendProof(ctx, zone, "prove-back", coin, thread); err != nil {
		return fmt.Errorf("back to the main chain: %w", err)
	}
	back, err := w.awaitProof(ctx, main, "arrives on the main chain", w.Proof.Back)
	if err != nil {
		return err
	}
	// The inboxes are left as they were.
	for _, t := range []struct {
		purpose string
		on      *client.Client
		number  uint64
	}{{"tidy-zone", zone, there}, {"tidy-main", main, back}} {
		if _, err := w.once(ctx, t.on, t.purpose, &transackettypes.MsgDelete{Receiver: w.Owner.Address, Numbers: []uint64{t.number}}); err != nil {
			return fmt.Errorf("delete the proof from the inbox on %s: %w", t.on.ChainID(), err)
		}
	}
	return nil
}

// sendProof sends a TransacKet of the owner to the owner on the other chain and returns its id, in hex.
func (w *work) sendProof(ctx context.Context, c *client.Client, purpose string, coin sdk.Coin, thread []byte) (string, error) {
	envelope := transackettypes.Inband([]byte("zone " + w.Spec.Name + ": " + purpose))
	envelope.Topic, envelope.Thread = TopicProof, thread
	end := w.Path.A
	if c == w.zone {
		end = w.Path.B
	}
	l, err := lightClientOf(ctx, c, end.ClientID)
	if err != nil {
		return "", err
	}
	timeout := min(proofTimeout, l.trusting/3) // x/transacket allows less than half
	res, err := w.once(ctx, c, purpose, &transackettypes.MsgSend{
		Sender: w.Owner.Address, To: w.Owner.Address, Payment: coin, Envelope: envelope, Channel: end.ChannelID, Timeout: &timeout,
	})
	if err != nil {
		return "", err
	}
	var sent transackettypes.MsgSendResponse
	if err := res.Response(0, &sent); err != nil {
		return "", err
	}
	return hex.EncodeToString(sent.Id), nil
}

// awaitProof returns the number that a TransacKet has in the owner's inbox, when it has come.
func (w *work) awaitProof(ctx context.Context, c *client.Client, what, id string) (number uint64, err error) {
	if tx := map[bool]string{true: "tidy-main", false: "tidy-zone"}[c == w.main]; w.Txs[tx] != nil {
		return 0, nil // it had come, and is perhaps deleted already
	}
	q := transackettypes.NewQueryClient(c)
	err = w.await(ctx, arrival, "the TransacKet "+id+" "+what, func(ctx context.Context) (bool, error) {
		res, err := q.Transacket(ctx, &transackettypes.QueryTransacketRequest{Id: id})
		if err == nil {
			number = res.Transacket.Number
		}
		return err == nil, err
	})
	return number, err
}
