package relay

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
)

const (
	userKey = "user"
	funds   = "1000000000000"
	// transfersPerTx and gasPerTransfer shape the load: 100 messages use about 70,000 gas each.
	transfersPerTx = 100
	gasPerTransfer = 110_000
	packetLifetime = time.Hour
)

// side is one of the two chains.
type side struct {
	*localnet.Chain
	client *client.Client
	user   *client.Account
	watch  *watcher
}

// network is a main chain and a zone with funds for every relayer that will be measured.
type network struct {
	sides     [2]*side
	mnemonics map[string]string // of the relayers' keys, by name
	stop      context.CancelFunc
	watching  *errgroup.Group
}

// newNetwork makes and starts the chains; close ends them.
func newNetwork(ctx context.Context, s settings, dir string, relayers []string) (*network, error) {
	n := &network{mnemonics: map[string]string{}}
	accounts := []localnet.Account{{Name: userKey}}
	for _, name := range relayers {
		keys, err := client.OpenKeyring("memory", "", nil)
		if err != nil {
			return nil, err
		}
		mnemonic, err := client.EnsureKey(keys, name)
		if err != nil {
			return nil, err
		}
		n.mnemonics[name] = mnemonic
		accounts = append(accounts, localnet.Account{Name: name, Mnemonic: mnemonic})
	}
	watchCtx, stop := context.WithCancel(ctx)
	n.stop = stop
	n.watching, watchCtx = errgroup.WithContext(watchCtx)
	for i, spec := range []localnet.Spec{{ChainID: "mesh-main-1"}, {ChainID: "farm-1", Zone: "farm"}} {
		spec.Binary, spec.BlockTime, spec.Home = s.node, s.blockTime, filepath.Join(dir, spec.ChainID)
		for _, a := range accounts {
			a.Coins = funds + spec.Denom()
			spec.Accounts = append(spec.Accounts, a)
		}
		chain, err := localnet.New(ctx, spec)
		if err != nil {
			n.close()
			return nil, err
		}
		n.sides[i] = &side{Chain: chain}
		if err := n.sides[i].open(ctx); err != nil {
			n.close()
			return nil, err
		}
		n.watching.Go(func() error { return n.sides[i].watch.run(watchCtx) })
	}
	return n, nil
}

func (s *side) open(ctx context.Context) (err error) {
	if err := s.Start(ctx); err != nil {
		return err
	}
	s.client, err = client.Dial(ctx, client.Config{
		RPC: s.Nodes[0].RPC(), ChainID: s.Spec.ChainID, Keyring: s.Keys, GasPrices: s.Spec.GasPrices(), CallTimeout: 30 * time.Second, EventTypes: watched,
	})
	if err != nil {
		return err
	}
	s.user, err = s.client.Account(userKey)
	s.watch = newWatcher(s.client)
	return err
}

func (n *network) close() {
	n.stop()
	_ = n.watching.Wait()
	for _, s := range n.sides {
		if s != nil {
			s.Stop()
		}
	}
}

// channels lists the channels of the main chain with their counterparts, by id.
func (n *network) channels(ctx context.Context) (map[string]*channeltypes.IdentifiedChannel, error) {
	r, err := channeltypes.NewQueryClient(n.sides[0].client).Channels(ctx, &channeltypes.QueryChannelsRequest{Pagination: &query.PageRequest{Limit: 100}})
	if err != nil {
		return nil, err
	}
	out := map[string]*channeltypes.IdentifiedChannel{}
	for _, c := range r.Channels {
		out[c.ChannelId] = c
	}
	return out, nil
}

// lane is a channel from the main chain to the zone.
type lane struct {
	*network
	channel, counterparty string
	sent                  int
}

// send commits n transfers of one unit, as many as fit in one transaction.
func (l *lane) send(ctx context.Context, n int) error {
	from, to := l.sides[0], l.sides[1]
	var pending []*client.Pending
	for left := n; left > 0; left -= transfersPerTx {
		var msgs []sdk.Msg
		for range min(left, transfersPerTx) {
			msgs = append(msgs, transfertypes.NewMsgTransfer(transfertypes.PortID, l.channel, sdk.NewInt64Coin(from.Spec.Denom(), 1),
				from.user.Address(), to.user.Address(), clienttypes.ZeroHeight(), uint64(time.Now().Add(packetLifetime).UnixNano()), ""))
		}
		tx, err := from.user.BroadcastWith(ctx, client.TxOptions{Gas: uint64(len(msgs))*gasPerTransfer + 100_000}, msgs...)
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		pending = append(pending, tx)
	}
	for _, tx := range pending {
		if _, err := from.client.Wait(ctx, tx); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	l.sent += n
	return nil
}

// conserved compares what was sent with the vouchers on the zone and with the escrow.
func (l *lane) conserved(ctx context.Context) error {
	from, to := l.sides[0], l.sides[1]
	escrow, err := from.client.Encoding.FormatAddress(transfertypes.GetEscrowAddress(transfertypes.PortID, l.channel))
	if err != nil {
		return err
	}
	held, err := banktypes.NewQueryClient(from.client).Balance(ctx, &banktypes.QueryBalanceRequest{Address: escrow, Denom: from.Spec.Denom()})
	if err != nil {
		return err
	}
	denom := transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(transfertypes.PortID, l.counterparty, from.Spec.Denom())).IBCDenom()
	supply, err := banktypes.NewQueryClient(to.client).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: denom})
	if err != nil {
		return err
	}
	want := math.NewInt(int64(l.sent))
	if !held.Balance.Amount.Equal(want) || !supply.Amount.Amount.Equal(want) {
		return fmt.Errorf("%s were sent over %s, in escrow are %s, vouchers on %s are %s: they must be the same",
			want, l.channel, held.Balance.Amount, to.Spec.ChainID, supply.Amount.Amount)
	}
	return nil
}
