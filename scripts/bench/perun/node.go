package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"math/rand"
	"time"

	"github.com/pkg/errors"
	simchannel "perun.network/go-perun/backend/sim/channel"
	simwallet "perun.network/go-perun/backend/sim/wallet"
	"perun.network/go-perun/channel"
	"perun.network/go-perun/channel/persistence/keyvalue"
	"perun.network/go-perun/client"
	"perun.network/go-perun/wallet"
	"perun.network/go-perun/wire"
	"perun.network/go-perun/wire/net"
	"perun.network/go-perun/wire/net/simple"
	"perun.network/go-perun/wire/perunio/serializer"
	kv "polycry.pt/poly-go/sortedkv/leveldb"
)

const backend = channel.TestBackendID

// node is a client of go-perun with everything it needs.
type node struct {
	*client.Client
	identity map[wallet.BackendID]wire.Address
	account  map[wallet.BackendID]wallet.Address
	dialer   *simple.Dialer
	bus      *net.Bus
	config   *tls.Config
}

func newNode(dir string) (*node, error) {
	config, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewSource(time.Now().UnixNano()))
	identity := map[wallet.BackendID]wire.Account{backend: simple.NewRandomAccount(rng)}
	account := simwallet.NewRandomAccount(rng)
	own := simwallet.NewRestoredWallet(account)
	n := &node{
		identity: wire.AddressMapfromAccountMap(identity),
		account:  map[wallet.BackendID]wallet.Address{backend: account.Address()},
		dialer:   simple.NewTCPDialer(10*time.Second, config), config: config,
	}
	n.bus = net.NewBus(identity, n.dialer, serializer.Serializer())
	if n.Client, err = client.New(n.identity, n.bus, ledger{}, ledger{}, map[wallet.BackendID]wallet.Wallet{backend: own}, noWatcher{}); err != nil {
		return nil, err
	}
	db, err := kv.LoadDatabase(dir)
	if err != nil {
		return nil, err
	}
	n.EnablePersistence(keyvalue.NewPersistRestorer(database{db}))
	return n, nil
}

// tlsConfig trusts any certificate: both ends are this program.
func tlsConfig() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, InsecureSkipVerify: true,
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
	}, nil
}

// accept takes every channel and every update.
func (n *node) accept() {
	go n.Handle(
		client.ProposalHandlerFunc(func(p client.ChannelProposal, r *client.ProposalResponder) {
			proposal, ok := p.(*client.LedgerChannelProposalMsg)
			if !ok {
				return
			}
			if _, err := r.Accept(context.Background(), proposal.Accept(n.account, client.WithRandomNonce())); err != nil {
				panic(err)
			}
		}),
		client.UpdateHandlerFunc(func(_ *channel.State, _ client.ChannelUpdate, r *client.UpdateResponder) {
			if err := r.Accept(context.Background()); err != nil {
				panic(err)
			}
		}))
}

// open opens a channel with a peer.
func (n *node) open(ctx context.Context, peer map[wallet.BackendID]wire.Address) (*client.Channel, error) {
	asset := simchannel.NewRandomAsset(rand.New(rand.NewSource(1)))
	allocation := channel.NewAllocation(2, []wallet.BackendID{backend}, asset)
	allocation.SetAssetBalances(asset, []channel.Bal{big.NewInt(1 << 40), big.NewInt(0)})
	proposal, err := client.NewLedgerChannelProposal(3600, n.account, allocation, []map[wallet.BackendID]wire.Address{n.identity, peer}, client.WithRandomNonce())
	if err != nil {
		return nil, err
	}
	c, err := n.ProposeChannel(ctx, proposal)
	return c, errors.WithMessage(err, "open a channel")
}

// pay makes one payment of 1 and returns when both have signed and stored it.
func pay(ctx context.Context, c *client.Channel) error {
	return c.Update(ctx, func(s *channel.State) {
		s.Balances[0][0] = new(big.Int).Sub(s.Balances[0][0], big.NewInt(1))
		s.Balances[0][1] = new(big.Int).Add(s.Balances[0][1], big.NewInt(1))
	})
}
