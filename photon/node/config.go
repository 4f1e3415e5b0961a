package node

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds and defaults of a node.
const (
	// DefaultBatchEntries is how many payments a batch has at most.
	DefaultBatchEntries = 8_000
	// DefaultBatchBytes is how long the entries of a batch are at most.
	DefaultBatchBytes = 1 << 20
	// MaxChannels of a node.
	MaxChannels = 4_096
)

// Identity of the node on one chain.
type Identity struct {
	// ChainID of the chain.
	ChainID string
	// Account that payouts go to, in bech32, and its bytes.
	Account string
	Address []byte
	// Signer holds the channel key.
	Signer machine.Signer
}

// Config of a node. Zero values stand for the defaults.
type Config struct {
	// Store is where the state lies.
	Store store.Options
	// Transport reaches the peers.
	Transport transport.Config
	// Identities, one for each chain.
	Identities []Identity
	// Machine has the rules of all channels. Default machine.DefaultConfig.
	Machine machine.Config
	// BatchEntries and BatchBytes bound a batch. Danger: larger ones raise the latency of
	// whoever shares the disk; smaller ones cost a signature for fewer payments.
	BatchEntries int
	BatchBytes   int
	// FromBackup says that the store was put back from a copy: nothing is signed until the
	// channels are healed by agreement.
	FromBackup bool
	// Watermark is a sequence number that the store is known to have reached; below it, it was put back
	// from a copy.
	Watermark uint64
	// Features to offer.
	Features protocol.Features
	// Agent names the program.
	Agent string
	// Submit carries out an action on a chain, in the background. clock is the channel
	// clock as the machine knows it.
	Submit func(chainID string, action machine.Action, clock uint64)
	// ConsentOpen decides whether terms that a peer proposes are signed: nil, or why not.
	// Default: all are refused.
	ConsentOpen func(peer string, terms types.OpenTerms) error
	// Mediate is called for all that machines tell, in order per channel and before anything
	// that follows is done; with a new lock of a peer it gets the packet that came with it. It
	// must not block. Default none: locks are left to expire.
	Mediate func(n *Node, id protocol.ChannelID, notice machine.Notice, packet []byte)
	// Now is the trusted time (default time.Now). A zero time says that there is none.
	Now func() time.Time
	// Logger of what an operator should know. Default none.
	Logger *slog.Logger
}

func (c *Config) defaults() error {
	if c.BatchEntries == 0 {
		c.BatchEntries = DefaultBatchEntries
	}
	if c.BatchBytes == 0 {
		c.BatchBytes = DefaultBatchBytes
	}
	if c.BatchEntries < 1 || c.BatchEntries > protocol.MaxEntries {
		return fmt.Errorf("batch entries %d: must be 1 to %d", c.BatchEntries, protocol.MaxEntries)
	}
	if least := types.EntryHeaderLength + types.MaxEntryData; c.BatchBytes < least || c.BatchBytes > protocol.MaxEntriesLength/2 {
		return fmt.Errorf("batch bytes %d: must be %d to %d", c.BatchBytes, least, protocol.MaxEntriesLength/2)
	}
	if c.Machine == (machine.Config{}) {
		c.Machine = machine.DefaultConfig()
	}
	if err := c.Machine.Validate(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, identity := range c.Identities {
		if identity.ChainID == "" || identity.Account == "" || len(identity.Address) == 0 || identity.Signer == nil {
			return fmt.Errorf("identity on chain %q: chain-id, account, its bytes and signer must all be there", identity.ChainID)
		}
		if seen[identity.ChainID] {
			return fmt.Errorf("two identities on chain %s: must be one", identity.ChainID)
		}
		seen[identity.ChainID] = true
	}
	if c.Submit == nil {
		return errors.New("no way to submit transactions: Submit must be set")
	}
	if c.ConsentOpen == nil {
		c.ConsentOpen = func(string, types.OpenTerms) error { return errors.New("this node takes no channels") }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Store.Logger, c.Transport.Logger = c.Logger, c.Logger
	return nil
}
