package api

import (
	"context"
	"time"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Asset is a denom on a chain.
type Asset struct {
	// ChainID may be empty if one chain of the node has the denom.
	ChainID, Denom string
}

// Order is a payment to be made with locks, over others or in a channel with the target.
type Order struct {
	// Target node.
	Target string
	// ChainID and Denom that the amount arrives in; Domain of them if the node need not be on
	// that chain.
	ChainID, Denom string
	Domain         types.Hash
	Amount         types.Uint128
	// MaxFee for all who forward it; of a swap, all that is paid.
	MaxFee    types.Uint128
	PaymentID [16]byte
	Data      []byte
	// Hash and PacketKey of a payment request; zero if it has none.
	Hash      types.Hash
	PacketKey [32]byte
	// Spend is what is paid in, of a swap; Quote to go by, or zero.
	Spend *Asset
	Quote [16]byte
	// Hints are ways that another node found.
	Hints []payment.Hint
}

// Outcome of an order: the way it took, the target last, and the names of its parts.
type Outcome struct {
	Hops []string
	// Fee on top of the amount; of a swap, all that was paid.
	Fee    types.Uint128
	Names  []node.PaymentName
	Secret [types.SecretLength]byte
}

// Quoted is what a payment that is swapped costs.
type Quoted struct {
	ID       [16]byte
	Mediator string
	// Price altogether, with Fee in it.
	Price, Fee types.Uint128
	ValidUntil time.Time
	Hops       []string
}

// Requested is a payment request that the node expects payments for.
type Requested struct {
	ID        [16]byte
	Hash      types.Hash
	PacketKey [32]byte
}

// Router makes payments with locks.
type Router interface {
	// Pay returns when the target has taken the payment.
	Pay(ctx context.Context, o Order) (Outcome, error)
	// Route finds a way without paying.
	Route(ctx context.Context, o Order) (Outcome, error)
	// Quote asks what a swap costs.
	Quote(ctx context.Context, o Order) (Quoted, error)
	// Request expects a payment; amount 0 leaves it to the payer.
	Request(domain types.Hash, amount types.Uint128, expiry time.Time) (Requested, error)
	// Pays notes, durably until some time after the expiry, that this node pays a request; false
	// if it did before. Paid tells whether it did.
	Pays(id [16]byte, expiry time.Time) bool
	Paid(id [16]byte) bool
	// Finder tells what the path-finding service of a connected node costs.
	Finder(peer string) (price types.Uint128, in Asset, err error)
	// Ask asks it for ways; paid names the payment of its price.
	Ask(ctx context.Context, peer string, o Order, paid node.PaymentName) ([]payment.Hint, error)
}

// Ledger has what was paid with locks, and earned.
type Ledger interface {
	// Transfers below a number (0: the newest), newest first, and where to go on.
	Transfers(before uint64, limit int) (list []*Transfer, next uint64, err error)
	// SecretOf is the secret of a lock that this node paid with.
	SecretOf(hash types.Hash) (secret [types.SecretLength]byte, ok bool)
	// Earnings by channel.
	Earnings() []*Earning
}

// Mediation sets what the node does for others.
type Mediation interface {
	// Rates lists the swaps that the node makes for others, SetRate changes one.
	Rates() []*Rate
	SetRate(ctx context.Context, rate *Rate) (*Rate, error)
	// Policies of all channels; SetPolicy changes one.
	Policies() []*Policy
	SetPolicy(id protocol.ChannelID, req *SetPolicyRequest) (*Policy, error)
	// PathFinder is the service for others.
	PathFinder() *Finder
	SetPathFinder(ctx context.Context, f *Finder) (*Finder, error)
}
