package relayer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	cmttypes "github.com/cometbft/cometbft/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	conntypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
)

// Chain is a chain that packets are relayed from and to. It is safe for concurrent use; all its
// transactions go through one account.
type Chain struct {
	id       string
	revision uint64
	client   *client.Client
	account  *client.Account

	headers sync.Mutex
	newest  *ibctm.Header // that was asked for
}

// head is the newest block of a chain.
type head struct {
	height int64
	time   time.Time
}

// wantedEvents are those that linking and relaying learn from.
var wantedEvents = []string{
	clienttypes.EventTypeCreateClient, clienttypes.EventTypeUpdateClient,
	conntypes.EventTypeConnectionOpenInit, conntypes.EventTypeConnectionOpenTry,
	channeltypes.EventTypeChannelOpenInit, channeltypes.EventTypeChannelOpenTry,
	channeltypes.EventTypeSendPacket, channeltypes.EventTypeRecvPacket, channeltypes.EventTypeWriteAck,
	channeltypes.EventTypeAcknowledgePacket, channeltypes.EventTypeTimeoutPacket,
}

// nextBlockPoll is how often a node is asked for a block that somebody waits for.
const nextBlockPoll = 40 * time.Millisecond

// OpenChain prepares access to a chain without contacting it. Keyring backend file asks for its
// passphrase on input.
func OpenChain(cfg ChainConfig, input io.Reader) (*Chain, error) {
	keys, err := client.OpenKeyring(cfg.KeyringBackend, cfg.KeyringDir, input)
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", cfg.ChainID, err)
	}
	c, err := client.New(client.Config{
		RPC:           cfg.RPC,
		Backup:        cfg.BackupRPC,
		ChainID:       cfg.ChainID,
		AddressPrefix: cfg.AddressPrefix,
		Keyring:       keys,
		GasPrices:     cfg.GasPrices,
		GasAdjustment: cfg.GasAdjustment,
		PollInterval:  nextBlockPoll,
		EventTypes:    wantedEvents,
	})
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", cfg.ChainID, err)
	}
	account, err := c.Account(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w: create it with `meshchaind relayer init` or `meshchaind keys add`", cfg.ChainID, err)
	}
	return NewChain(c, account), nil
}

// OpenReader prepares access to a chain for reading only: it needs no key, and what signs fails.
func OpenReader(cfg ChainConfig) (*Chain, error) {
	c, err := client.New(client.Config{RPC: cfg.RPC, Backup: cfg.BackupRPC, ChainID: cfg.ChainID, AddressPrefix: cfg.AddressPrefix, EventTypes: wantedEvents})
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", cfg.ChainID, err)
	}
	return &Chain{id: cfg.ChainID, revision: clienttypes.ParseChainID(cfg.ChainID), client: c}, nil
}

// NewChain relays with a client and an account that exist already.
func NewChain(c *client.Client, account *client.Account) *Chain {
	return &Chain{id: c.ChainID(), revision: clienttypes.ParseChainID(c.ChainID()), client: c, account: account}
}

// ID is the chain-id.
func (c *Chain) ID() string { return c.id }

// Address that signs and pays on this chain, in bech32.
func (c *Chain) Address() string { return c.account.Address() }

func (c *Chain) at(height int64) clienttypes.Height {
	return clienttypes.NewHeight(c.revision, uint64(height))
}

// head asks for the newest block. The node may know its header before its results.
func (c *Chain) head(ctx context.Context) (head, error) {
	s, err := c.client.RPC.Status(ctx)
	if err != nil {
		return head{}, fmt.Errorf("status of %s: %w", c.id, err)
	}
	if s.NodeInfo.Network != c.id {
		return head{}, fmt.Errorf("node of %s serves chain %q", c.id, s.NodeInfo.Network)
	}
	if s.SyncInfo.LatestBlockHeight < 1 || s.SyncInfo.LatestBlockTime.Unix() <= 0 {
		return head{}, fmt.Errorf("%s has no block yet", c.id)
	}
	return head{s.SyncInfo.LatestBlockHeight, s.SyncInfo.LatestBlockTime}, nil
}

// events returns everything that a block emitted: by its transactions and by the chain itself.
func (c *Chain) events(ctx context.Context, height int64) ([]abci.Event, error) {
	r, err := c.client.BlockResults(ctx, height)
	if err != nil {
		return nil, fmt.Errorf("on %s: %w", c.id, err)
	}
	var out []abci.Event
	for _, tx := range r.Txs {
		if tx != nil && tx.Code == 0 { // a failed transaction changed nothing
			out = append(out, tx.Events...)
		}
	}
	return append(out, r.Events...), nil
}

// value reads a key of the ibc store from the newest state; nil if there is none.
func (c *Chain) value(ctx context.Context, key []byte) ([]byte, error) {
	r, err := c.client.RPC.ABCIQuery(ctx, "store/ibc/key", key)
	if err != nil {
		return nil, fmt.Errorf("read %s on %s: %w", key, c.id, err)
	}
	if r.Response.Code != 0 {
		return nil, fmt.Errorf("read %s on %s: %s", key, c.id, r.Response.Log)
	}
	return r.Response.Value, nil
}

// prove returns the value of a key of the ibc store and a proof of it, or of its absence, that
// verifies against the header at height: the state after the block before. That block may have been
// executed just now: the node gets a moment to commit it.
func (c *Chain) prove(ctx context.Context, key []byte, height int64) (value, proof []byte, err error) {
	if height < 2 {
		return nil, nil, fmt.Errorf("prove %s on %s: height %d has no state before it", key, c.id, height)
	}
	for try := 0; ; try++ {
		if value, proof, err = c.proveOnce(ctx, key, height); err == nil || try == commitTries || !isUncommitted(err) {
			break
		}
		if sleep(ctx, commitPause) != nil {
			break
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("prove %s on %s: %w", key, c.id, err)
	}
	return value, proof, nil
}

const (
	commitTries = 10
	commitPause = 50 * time.Millisecond
)

func (c *Chain) proveOnce(ctx context.Context, key []byte, height int64) (value, proof []byte, err error) {
	r, err := c.client.RPC.ABCIQueryWithOptions(ctx, "store/ibc/key", key, rpcclient.ABCIQueryOptions{Height: height - 1, Prove: true})
	if err != nil {
		return nil, nil, err
	}
	if r.Response.Code != 0 {
		return nil, nil, errors.New(r.Response.Log)
	}
	if r.Response.Height != height-1 {
		return nil, nil, fmt.Errorf("asked for height %d, got %d", height-1, r.Response.Height)
	}
	merkle, err := commitmenttypes.ConvertProofs(r.Response.ProofOps)
	if err != nil {
		return nil, nil, err
	}
	proof, err = c.client.Encoding.Codec.Marshal(&merkle)
	return r.Response.Value, proof, err
}

// isUncommitted tells whether a node says that it does not have the state after a block yet.
func isUncommitted(err error) bool {
	text := err.Error()
	return strings.Contains(text, "proof is unexpectedly empty") || strings.Contains(text, "height in the future") || strings.Contains(text, "version does not exist")
}

const (
	validatorsPage = 100
	maxValidators  = 10_000
)

func (c *Chain) validators(ctx context.Context, height int64) (*cmttypes.ValidatorSet, error) {
	var all []*cmttypes.Validator
	per := validatorsPage
	for page := 1; ; page++ {
		v, err := c.client.RPC.Validators(ctx, &height, &page, &per)
		if err != nil {
			return nil, fmt.Errorf("validators of %s at %d: %w", c.id, height, err)
		}
		if len(v.Validators) == 0 || v.Total > maxValidators {
			return nil, fmt.Errorf("validators of %s at %d: page %d has %d of %d", c.id, height, page, len(v.Validators), v.Total)
		}
		all = append(all, v.Validators...)
		if len(all) >= v.Total {
			break
		}
	}
	// Not NewValidatorSet: it panics on input that a node may send.
	set, err := cmttypes.ValidatorSetFromExistingValidators(all)
	if err != nil {
		return nil, fmt.Errorf("validators of %s at %d: %w", c.id, height, err)
	}
	return set, nil
}

// signedHeader returns the header at height with the signatures of its validators.
func (c *Chain) signedHeader(ctx context.Context, height int64) (*cmttypes.SignedHeader, error) {
	r, err := c.client.RPC.Commit(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("header %d of %s: %w", height, c.id, err)
	}
	if r.Header == nil || r.Commit == nil {
		return nil, fmt.Errorf("header %d of %s: the answer is incomplete", height, c.id)
	}
	if err := r.SignedHeader.ValidateBasic(c.id); err != nil {
		return nil, fmt.Errorf("header %d of %s: %w", height, c.id, err)
	}
	if r.Height != height {
		return nil, fmt.Errorf("header %d of %s: the node answered with %d", height, c.id, r.Height)
	}
	return &r.SignedHeader, nil
}

// header returns what a light client that trusts the given height needs to learn about height.
func (c *Chain) header(ctx context.Context, height int64, trusted clienttypes.Height) (*ibctm.Header, error) {
	c.headers.Lock()
	kept := c.newest
	c.headers.Unlock()
	if kept != nil && kept.Header.Height == height && kept.TrustedHeight == trusted {
		return kept, nil // several transactions bring the same header
	}
	header, err := c.makeHeader(ctx, height, trusted)
	if err != nil {
		return nil, err
	}
	c.headers.Lock()
	defer c.headers.Unlock()
	c.newest = header
	return header, nil
}

func (c *Chain) makeHeader(ctx context.Context, height int64, trusted clienttypes.Height) (*ibctm.Header, error) {
	signed, err := c.signedHeader(ctx, height)
	if err != nil {
		return nil, err
	}
	current, err := c.validators(ctx, height)
	if err != nil {
		return nil, err
	}
	known, err := c.validators(ctx, int64(trusted.RevisionHeight)+1)
	if err != nil {
		return nil, err
	}
	currentProto, err := current.ToProto()
	if err != nil {
		return nil, fmt.Errorf("validators of %s at %d: %w", c.id, height, err)
	}
	knownProto, err := known.ToProto()
	if err != nil {
		return nil, fmt.Errorf("validators of %s at %d: %w", c.id, trusted.RevisionHeight+1, err)
	}
	return &ibctm.Header{SignedHeader: signed.ToProto(), ValidatorSet: currentProto, TrustedHeight: trusted, TrustedValidators: knownProto}, nil
}

// unbonding is how long a validator can be punished after it left.
func (c *Chain) unbonding(ctx context.Context) (time.Duration, error) {
	r, err := stakingtypes.NewQueryClient(c.client).Params(ctx, &stakingtypes.QueryParamsRequest{})
	if err != nil {
		return 0, fmt.Errorf("unbonding time of %s: %w", c.id, err)
	}
	if r.Params.UnbondingTime <= 0 {
		return 0, fmt.Errorf("unbonding time of %s is %s", c.id, r.Params.UnbondingTime)
	}
	return r.Params.UnbondingTime, nil
}
