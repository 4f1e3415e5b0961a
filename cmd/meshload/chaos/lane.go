package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
)

const (
	// maxTransfers of one transaction.
	maxTransfers = 10
	// One packet in shortLived lives for minShort to maxShort, all others for longLife.
	shortLived = 5
	minShort   = 4 * time.Second
	maxShort   = 15 * time.Second
	longLife   = 24 * time.Hour
	// sendTimeout is how long a sender waits for a transaction before it makes another one.
	sendTimeout = 15 * time.Second
	// page of sequences that one query asks for.
	page = 1000
)

// senderTo is the key of who sends to the chain of a name.
func senderTo(name string) string { return "to-" + name }

// lane is one direction of a link, with a sender of its own.
type lane struct {
	from, to       *side
	fromEnd, toEnd relayer.End
	sender         *client.Account
}

func (l *lane) String() string { return l.from.name + " → " + l.to.name }

// addLanes opens both directions between the main chain and a zone.
func (n *network) addLanes(path relayer.Path, zone *side) error {
	for _, l := range []*lane{
		{from: n.sides[0], to: zone, fromEnd: path.A, toEnd: path.B},
		{from: zone, to: n.sides[0], fromEnd: path.B, toEnd: path.A},
	} {
		var err error
		if l.sender, err = l.from.client.Account(senderTo(l.to.name)); err != nil {
			return err
		}
		n.lanes = append(n.lanes, l)
	}
	return nil
}

// send sends until the context ends. Whether a transaction failed is of no interest: what counts in the
// end is what the chain has sent.
func (l *lane) send(ctx context.Context, random *rand.Rand) {
	receiver := l.sender.Address() // the same bytes are an account on every chain
	for ctx.Err() == nil {
		var msgs []sdk.Msg
		for range 1 + random.IntN(maxTransfers) {
			life := longLife
			if random.IntN(shortLived) == 0 {
				life = between(random, minShort, maxShort)
			}
			msgs = append(msgs, transfertypes.NewMsgTransfer(l.fromEnd.PortID, l.fromEnd.ChannelID, sdk.NewInt64Coin(cargo, 1),
				l.sender.Address(), receiver, clienttypes.ZeroHeight(), uint64(time.Now().Add(life).UnixNano()), ""))
		}
		sending, cancel := context.WithTimeout(ctx, sendTimeout)
		_, err := l.sender.Send(sending, msgs...)
		cancel()
		wait := between(random, 0, time.Second)
		if err != nil {
			wait += 500 * time.Millisecond
		}
		_ = pause(ctx, wait)
	}
}

// open counts the packets that have not ended, up to a page of them.
func (l *lane) open(ctx context.Context) (int, error) {
	r, err := channeltypes.NewQueryClient(l.from.client).PacketCommitments(ctx, &channeltypes.QueryPacketCommitmentsRequest{
		PortId: l.fromEnd.PortID, ChannelId: l.fromEnd.ChannelID, Pagination: &query.PageRequest{Limit: page},
	})
	if err != nil {
		return 0, err
	}
	return len(r.Commitments), nil
}

// Outcome is what became of the packets of one direction of a link.
type Outcome struct {
	Lane string `json:"lane"`
	// Sent packets, those of them received, and those still open, up to 1,000.
	Sent     uint64 `json:"sent"`
	Received uint64 `json:"received"`
	Open     int    `json:"open"`
	// Escrowed and Vouchers are units of cargo on the sending and the receiving chain; Missing is what
	// the sender lacks of what it had.
	Escrowed uint64 `json:"escrowed"`
	Vouchers uint64 `json:"vouchers"`
	Missing  uint64 `json:"missing"`
}

// Refunded packets have timed out.
func (o Outcome) Refunded() uint64 { return o.Sent - o.Received }

// verdict says what does not add up. Each packet carries one unit, so that all figures must agree:
// fewer vouchers than packets received are a loss, more are a packet that arrived twice, and what the
// sender misses beyond the escrow was not refunded.
func (o Outcome) verdict() error {
	switch {
	case o.Open > 0:
		return fmt.Errorf("%s: %d packets are still open", o.Lane, o.Open)
	case o.Received == 0:
		return fmt.Errorf("%s: none of %d packets was received: the run shows nothing", o.Lane, o.Sent)
	case o.Vouchers != o.Received:
		return fmt.Errorf("%s: %d packets were received, but %d vouchers exist", o.Lane, o.Received, o.Vouchers)
	case o.Escrowed != o.Vouchers:
		return fmt.Errorf("%s: %d are in escrow for %d vouchers", o.Lane, o.Escrowed, o.Vouchers)
	case o.Missing != o.Escrowed:
		return fmt.Errorf("%s: the sender misses %d, %d are in escrow", o.Lane, o.Missing, o.Escrowed)
	}
	return nil
}

// outcome reads what became of the packets from both chains.
func (l *lane) outcome(ctx context.Context) (o Outcome, err error) {
	o.Lane = l.String()
	if o.Open, err = l.open(ctx); err != nil {
		return o, err
	}
	next, err := channeltypes.NewQueryClient(l.from.client).NextSequenceSend(ctx, &channeltypes.QueryNextSequenceSendRequest{
		PortId: l.fromEnd.PortID, ChannelId: l.fromEnd.ChannelID,
	})
	if err != nil {
		return o, err
	}
	o.Sent = next.NextSequenceSend - 1
	for first := uint64(1); first <= o.Sent; first += page {
		var sequences []uint64
		for s := first; s <= o.Sent && s < first+page; s++ {
			sequences = append(sequences, s)
		}
		r, err := channeltypes.NewQueryClient(l.to.client).UnreceivedPackets(ctx, &channeltypes.QueryUnreceivedPacketsRequest{
			PortId: l.toEnd.PortID, ChannelId: l.toEnd.ChannelID, PacketCommitmentSequences: sequences,
		})
		if err != nil {
			return o, err
		}
		o.Received += uint64(len(sequences) - len(r.Sequences))
	}
	escrow, err := l.from.client.Encoding.FormatAddress(transfertypes.GetEscrowAddress(l.fromEnd.PortID, l.fromEnd.ChannelID))
	if err != nil {
		return o, err
	}
	if o.Escrowed, err = l.from.balance(ctx, escrow); err != nil {
		return o, err
	}
	left, err := l.from.balance(ctx, l.sender.Address())
	if err != nil {
		return o, err
	}
	o.Missing = funds - left
	voucher := transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(l.toEnd.PortID, l.toEnd.ChannelID, cargo)).IBCDenom()
	supply, err := banktypes.NewQueryClient(l.to.client).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: voucher})
	if err != nil {
		return o, err
	}
	o.Vouchers = supply.Amount.Amount.Uint64()
	return o, nil
}

// balance of cargo.
func (s *side) balance(ctx context.Context, address string) (uint64, error) {
	r, err := banktypes.NewQueryClient(s.client).Balance(ctx, &banktypes.QueryBalanceRequest{Address: address, Denom: cargo})
	if err != nil {
		return 0, err
	}
	return r.Balance.Amount.Uint64(), nil
}
