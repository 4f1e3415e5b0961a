package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	gogogrpc "github.com/cosmos/gogoproto/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Chain is access to one chain. It is safe for concurrent use and is the gRPC connection
// that generated query clients take.
type Chain struct {
	cfg      Config
	encoding *client.Encoding
	view     *view
	address  string

	once struct {
		sync.Mutex
		instance []byte
	}
}

var _ gogogrpc.ClientConn = (*Chain)(nil)

// Open prepares access to a chain without contacting anybody.
func Open(cfg Config) (*Chain, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	encoding, err := client.NewEncoding(cfg.AddressPrefix, types.RegisterInterfaces)
	if err != nil {
		return nil, err
	}
	c := &Chain{cfg: cfg, encoding: encoding}
	c.view = &view{chainID: cfg.ChainID, maxLag: cfg.MaxLag, timeout: cfg.CallTimeout, now: cfg.Now}
	c.view.trust = &trust{chainID: cfg.ChainID, period: cfg.TrustingPeriod, drift: cfg.MaxLag, file: cfg.Checkpoint, log: cfg.Logger}
	c.view.err = fmt.Errorf("%s: %w: not asked yet", cfg.ChainID, ErrUnreachable)
	if cfg.Checkpoint != "" {
		if c.view.trust.point, err = loadCheckpoint(cfg.Checkpoint, cfg.ChainID); err != nil {
			return nil, err
		}
	}
	for _, url := range cfg.Endpoints {
		e := &endpoint{url: url, chainID: cfg.ChainID}
		if e.client, err = client.New(client.Config{
			RPC: url, ChainID: cfg.ChainID, Encoding: encoding, Keyring: cfg.Keyring, GasPrices: cfg.GasPrices,
			GasAdjustment: cfg.GasAdjustment, CallTimeout: cfg.CallTimeout,
		}); err != nil {
			return nil, err
		}
		if cfg.Key != "" {
			if e.account, err = e.client.Account(cfg.Key); err != nil {
				return nil, err
			}
			c.address = e.account.Address()
		}
		c.view.endpoints = append(c.view.endpoints, e)
		c.view.status = append(c.view.status, EndpointStatus{URL: url})
	}
	return c, nil
}

// ID is the chain-id.
func (c *Chain) ID() string { return c.cfg.ChainID }

// Address that signs and pays, in bech32; empty without a key.
func (c *Chain) Address() string { return c.address }

// Status returns the newest head that was seen, what every endpoint is worth, and what is wrong
// with the view at the moment, or nil.
func (c *Chain) Status() (Head, []EndpointStatus, error) { return c.view.report() }

// Look asks all endpoints for their newest block and judges them. It returns the head to act on,
// or one of this package's errors.
func (c *Chain) Look(ctx context.Context) (Head, error) {
	if err := c.start(ctx); err != nil {
		return Head{}, err
	}
	s, err := c.view.look(ctx)
	return s.head, err
}

// start anchors the trust at the configured hash when there is no checkpoint yet.
func (c *Chain) start(ctx context.Context) error {
	if c.cfg.TrustHeight == 0 {
		return nil
	}
	if p := c.view.trust.current(); p != nil && p.header.Height >= c.cfg.TrustHeight {
		return nil
	}
	var reasons []error
	for _, e := range c.view.endpoints {
		h, err := e.header(ctx, c.cfg.TrustHeight)
		if err == nil && !bytes.Equal(h.Hash(), c.cfg.TrustHash) {
			err = fmt.Errorf("%s: %w: header %d is %X, trust_hash is %X", e.url, ErrUnverified, h.Height, h.Hash(), c.cfg.TrustHash)
		}
		if err == nil {
			err = c.view.trust.advance(ctx, e, h, c.cfg.Now())
		}
		if err == nil {
			return nil
		}
		reasons = append(reasons, err)
	}
	return fmt.Errorf("%s: %w: %w", c.cfg.ChainID, ErrUnreachable, errors.Join(reasons...))
}

// Invoke answers a unary gRPC query by the first endpoint that answers at all.
func (c *Chain) Invoke(ctx context.Context, method string, req, reply any, opts ...grpc.CallOption) error {
	var reasons []error
	for _, e := range c.view.order() {
		err := e.client.Invoke(ctx, method, req, reply, opts...)
		if err == nil {
			return nil
		}
		if _, ok := status.FromError(err); ok || ctx.Err() != nil {
			return err // the chain's own answer
		}
		reasons = append(reasons, err)
	}
	return fmt.Errorf("%s: %w: %w", c.cfg.ChainID, ErrUnreachable, errors.Join(reasons...))
}

// NewStream refuses: ABCI queries answer once.
func (c *Chain) NewStream(_ context.Context, _ *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Errorf(codes.Unimplemented, "%s: streams are not available over ABCI queries", method)
}

// Query returns the queries of x/channels.
func (c *Chain) Query() types.QueryClient { return types.NewQueryClient(c) }

// Domain returns the domain of channels that open now in a denom. The instance is asked for once.
func (c *Chain) Domain(ctx context.Context, denom string) (types.Hash, error) {
	c.once.Lock()
	defer c.once.Unlock()
	if c.once.instance == nil {
		r, err := c.Query().Clock(ctx, &types.QueryClockRequest{})
		if err != nil {
			return types.Hash{}, err
		}
		if len(r.Instance) != types.HashLength {
			return types.Hash{}, fmt.Errorf("%s: instance has %d bytes: must have %d", c.cfg.ChainID, len(r.Instance), types.HashLength)
		}
		c.once.instance = r.Instance
	}
	return types.Domain(types.Hash(c.once.instance), c.cfg.ChainID, denom), nil
}
