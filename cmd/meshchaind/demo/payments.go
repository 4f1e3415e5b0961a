package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
	channelstypes "github.com/meshchain/meshchain/x/channels/types"
)

const (
	actPayments = "payments"
	keyFarmer   = "farmer"

	paidSensors = 2
	// readingPrice of one reading, and how many each sensor is paid for with the chain
	// there, while it is down, and afterwards.
	readingPrice                 = 25
	beforeStop, down, afterwards = 2000, 2000, 1000
	// frame is how many payments are handed in at once.
	frame = 250
	// channelDeposit of the farm, in each channel.
	channelDeposit = 1_000_000
	// outage is how long the zone's chain is down at least.
	outage = 5 * time.Second
	// closeTimeout is how long an agreement to close may take to be in a block.
	closeTimeout = 90 * time.Second
)

// payments is the act in which the farm pays its sensors in channels (Photon): a payment
// for each reading, with the reading's digest as its data.
type payments struct {
	photond string
	digests [][sha256.Size]byte

	s       *stage
	report  *ActReport
	farm    *paynode.Node
	sensors [paidSensors]*paynode.Node
	refs    [paidSensors]*api.ChannelRef
}

func newPayments(photond string) (*payments, error) {
	photond, err := localnet.Program("photond", photond)
	if err != nil {
		return nil, fmt.Errorf("act %s (--acts leaves it out): %w", actPayments, err)
	}
	table, err := ReadTable(bytes.NewReader(data.SoilMoisture), "", frame)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shippedFile, err)
	}
	readings, err := encodeReadings(table)
	if err != nil {
		return nil, err
	}
	a := &payments{photond: photond, report: &ActReport{}}
	for _, reading := range readings {
		a.digests = append(a.digests, sha256.Sum256(reading))
	}
	return a, nil
}

func (*payments) name() string { return actPayments }

// prepare gives the farmer what the channels need.
func (*payments) prepare(specs []localnet.Spec) []localnet.Spec {
	specs[1].Accounts = append(specs[1].Accounts, localnet.Account{Name: keyFarmer, Coins: zoneFunds})
	return specs
}

func (a *payments) play(ctx context.Context, s *stage) (*ActReport, error) {
	a.s = s
	defer a.stop()
	if err := a.open(ctx); err != nil {
		return nil, err
	}
	paid := 0
	pay := func(n int) error {
		begin := time.Now()
		if err := a.pay(ctx, paid, n); err != nil {
			return err
		}
		paid += n
		a.s.progress.say("%d payments of %d%s, each signed for by its sensor, in %.2f s", n*paidSensors, readingPrice, a.denom(), time.Since(begin).Seconds())
		return nil
	}
	if err := pay(beforeStop); err != nil {
		return nil, err
	}
	if err := a.withoutChain(ctx, func() error { return pay(down) }); err != nil {
		return nil, err
	}
	if err := pay(afterwards); err != nil {
		return nil, err
	}
	a.report.note("payments", "%d to each of %d sensors, %d of them while %s was down", paid, paidSensors, down, zoneChainID)
	if err := a.prove(ctx); err != nil {
		return nil, err
	}
	return a.report, a.settle(ctx, int64(paid)*readingPrice)
}

func (a *payments) chain() *localnet.Chain { return a.s.net.chains[1] }
func (a *payments) denom() string          { return a.chain().Spec.Denom() }

// open starts the payment nodes and opens the channels. Only the farm's node owns coins.
func (a *payments) open(ctx context.Context) (err error) {
	home := filepath.Join(a.s.net.home, "photon")
	if a.farm, err = paynode.Join(ctx, a.photond, filepath.Join(home, "farm"), a.chain()); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	for i := range a.sensors {
		g.Go(func() (err error) {
			a.sensors[i], err = paynode.Join(gctx, a.photond, filepath.Join(home, fmt.Sprintf("sensor-%d", i+1)), a.chain())
			return err
		})
	}
	g.Go(func() error {
		farmer, err := a.s.sender(zoneChainID, keyFarmer)
		if err != nil {
			return err
		}
		_, err = farmer.send(gctx, &banktypes.MsgSend{
			FromAddress: farmer.account.Address(), ToAddress: a.farm.Account, Amount: sdk.NewCoins(sdk.NewInt64Coin(a.denom(), 2*paidSensors*channelDeposit)),
		})
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for i, sensor := range a.sensors {
		if a.refs[i], err = a.farm.Open(ctx, sensor, sdk.NewInt64Coin(a.denom(), channelDeposit).String()); err != nil {
			return err
		}
	}
	a.s.progress.say("the farm has channels with %d sensors, %d%s in each", paidSensors, channelDeposit, a.denom())
	return nil
}

// pay each sensor for n readings, and return when it has signed for all of them.
func (a *payments) pay(ctx context.Context, from, n int) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, ref := range a.refs {
		g.Go(func() error {
			s, err := a.farm.Client().Stream(ctx)
			if err != nil {
				return err
			}
			for sent := 0; sent < n; sent += frame {
				m := &api.StreamRequest{Channel: ref, Count: frame}
				for k := range frame {
					number := from + sent + k
					e := channelstypes.Entry{Amount: channelstypes.NewUint128(readingPrice), Kind: channelstypes.EntryDirect, Data: a.digests[number%len(a.digests)][:]}
					binary.BigEndian.PutUint64(e.PaymentID[:], uint64(i)<<32|uint64(number)) //nolint:gosec // small
					m.Entries = e.AppendTo(m.Entries)
				}
				if sent > 0 {
					m.Channel = nil // the first request of a stream names it
				}
				if err := s.Send(m); err != nil {
					return err
				}
			}
			if err := s.CloseSend(); err != nil {
				return err
			}
			for {
				r, err := s.Recv()
				if err != nil {
					return fmt.Errorf("payments to sensor %d: %w", i+1, err)
				}
				if r.Acknowledged >= uint64(n) { //nolint:gosec // positive
					return nil
				}
			}
		})
	}
	return g.Wait()
}

// withoutChain stops the zone's chain, does something meanwhile, and starts it again.
func (a *payments) withoutChain(ctx context.Context, meanwhile func() error) error {
	node := a.chain().Nodes[0]
	before, err := a.s.clients[zoneChainID].Height(ctx)
	if err != nil {
		return err
	}
	a.s.progress.say("the chain of %s stops after block %d", zoneChainID, before)
	stopped := time.Now()
	node.Service.Stop()
	if _, err := a.s.clients[zoneChainID].RPC.Health(ctx); err == nil {
		a.report.fault("%s was stopped and still answers", zoneChainID)
	}
	err = meanwhile()
	if err := sleep(ctx, time.Until(stopped.Add(outage))); err != nil {
		return err
	}
	if err := errors.Join(err, node.Service.Start()); err != nil {
		return err
	}
	for _, n := range append([]*paynode.Node{a.farm}, a.sensors[:]...) {
		if err := n.WaitChain(ctx, before); err != nil {
			return err
		}
	}
	a.s.progress.say("the chain of %s is back", zoneChainID)
	a.report.note(zoneChainID+" was down", "for %.1f s, after block %d", time.Since(stopped).Seconds(), before)
	return nil
}

// prove checks receipts of the newest payments with the code of the chain.
func (a *payments) prove(ctx context.Context) error {
	checked := 0
	for i, ref := range a.refs {
		res, err := a.sensors[i].Client().Payments(ctx, &api.PaymentsRequest{ChainId: ref.ChainId, ChannelId: ref.ChannelId, Limit: 20})
		if err != nil {
			return err
		}
		for _, p := range res.Payments {
			r, err := a.sensors[i].Client().Receipt(ctx, &api.ReceiptRequest{
				ChainId: ref.ChainId, ChannelId: ref.ChannelId, Epoch: p.Name.Epoch, Sender: p.Name.Sender, Nonce: p.Name.Nonce, Index: p.Name.Index,
			})
			if err != nil {
				return err
			}
			entry, err := paynode.Verify(r)
			if err != nil || entry.Amount != channelstypes.NewUint128(readingPrice) {
				a.report.fault("receipt of payment %s to sensor %d: %s, error %v", p.PaymentId, i+1, entry.Amount, err)
			}
			checked++
		}
	}
	a.report.note("receipts", "%d checked by themselves, with the chain's code", checked)
	return nil
}

// settle closes the channels and compares what the chain paid out.
func (a *payments) settle(ctx context.Context, paid int64) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	chain := a.s.clients[zoneChainID]
	for i, ref := range a.refs {
		r, err := a.farm.Client().CloseChannel(ctx, &api.CloseChannelRequest{Channel: ref})
		if err != nil {
			return fmt.Errorf("close the channel with sensor %d: %w", i+1, err)
		}
		res, err := channelstypes.NewQueryClient(chain).Channel(ctx, &channelstypes.QueryChannelRequest{ChannelId: ref.ChannelId})
		if err != nil {
			return err
		}
		if res.Ended == nil || len(res.Ended.Payouts) != 2 {
			a.report.fault("the channel with sensor %d is %s, should have ended", i+1, r.Phase)
			continue
		}
		for side, want := range []int64{channelDeposit - paid, paid} {
			if got := res.Ended.Payouts[side]; !got.Amount.Equal(math.NewInt(want)) {
				a.report.fault("payout %d of the channel with sensor %d: is %s, should be %d", side, i+1, got, want)
			}
		}
		balance, err := banktypes.NewQueryClient(chain).Balance(ctx, &banktypes.QueryBalanceRequest{Address: a.sensors[i].Account, Denom: a.denom()})
		if err != nil {
			return err
		}
		if !balance.Balance.Amount.Equal(math.NewInt(paid)) {
			a.report.fault("sensor %d owns %s, should own %d%s", i+1, balance.Balance, paid, a.denom())
		}
		a.report.note(fmt.Sprintf("paid out to sensor %d", i+1), "%s; back to the farm %s", res.Ended.Payouts[1], res.Ended.Payouts[0])
	}
	return nil
}

// stop ends the payment nodes.
func (a *payments) stop() {
	for _, n := range append(a.sensors[:], a.farm) {
		if n != nil {
			n.Stop()
		}
	}
}
