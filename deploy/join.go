package deploy

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// maxGenesisChunks bounds what a node may send as its genesis: 16 MiB each.
const maxGenesisChunks = 64

// JoinOptions of Join.
type JoinOptions struct {
	// Binary of meshchaind.
	Binary string
	// MainRPC is the CometBFT address of a node of the main chain, which is trusted for the registry.
	MainRPC string
	// Genesis file of the zone (default: asked of RPC). Its hash must be the registered one.
	Genesis string
	// RPC and Peer of a node of the zone (default: those in the registry).
	RPC, Peer string
	// Host at which others reach this node (default 127.0.0.1).
	Host string
	// BlockTime is the pause between two blocks (default 1s).
	BlockTime time.Duration
	// SnapshotInterval of the zone's nodes (default 1500).
	SnapshotInterval uint64
	// Stake makes the node a validator with so many units of the native denom. Zero does not.
	Stake math.Int
	// KeyringBackend of the validator's key, and its passphrase.
	KeyringBackend string
	Passphrase     Passphrase
	// Progress as in Options. Optional.
	Progress func(Progress)
}

// joining is one zone being joined.
type joining struct {
	*work
	join  JoinOptions
	entry zonestypes.Zone
	rpc   string
	peer  string
}

// Join runs a further node of a zone that is registered on the main chain. Nothing is believed but the
// registry: the genesis must have its hash, and the chain must have the block of the zone's newest
// heartbeat. The node takes a snapshot if there is one that is newer than the heartbeat, else it reads
// all blocks. Asked to, it becomes a validator. Interrupted, it goes on when it is called again.
func Join(ctx context.Context, h Home, name string, opts JoinOptions) (*Record, error) {
	release, err := h.lock("zone-" + name)
	if err != nil {
		return nil, err
	}
	defer release()
	j, err := newJoining(ctx, h, name, opts)
	if err != nil {
		return nil, err
	}
	steps := []step{
		{name: "genesis", text: "genesis by its hash from the registry", run: func(_ *work, ctx context.Context) error { return j.genesis(ctx) }},
		{name: "start", text: "node started", run: func(_ *work, ctx context.Context) error { return j.start(ctx) }, lasting: true},
		{name: "sync", text: "node caught up", run: func(_ *work, ctx context.Context) error { return j.sync(ctx) }, lasting: true},
		{name: "check", text: "its chain has the block of the heartbeat", run: func(_ *work, ctx context.Context) error { return j.check(ctx) }, lasting: true},
	}
	if !opts.Stake.IsNil() && opts.Stake.IsPositive() {
		steps = append(steps, step{name: "validator", text: "node is a validator", run: func(_ *work, ctx context.Context) error { return j.validate(ctx) }})
	}
	return j.Record, j.perform(ctx, steps)
}

func newJoining(ctx context.Context, h Home, name string, opts JoinOptions) (*joining, error) {
	main, err := FindMain(ctx, opts.MainRPC, "")
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx, main.RPC, main.ChainID, "", nil, nil)
	if err != nil {
		return nil, err
	}
	res, err := zonestypes.NewQueryClient(c).Zone(ctx, &zonestypes.QueryZoneRequest{Name: name})
	if err != nil {
		return nil, fmt.Errorf("zone %s in the registry of %s: %w; `meshchaind zone list` shows those there are", name, main.ChainID, err)
	}
	j := &joining{join: opts, entry: res.Zone.Zone, rpc: opts.RPC, peer: opts.Peer}
	if j.entry.Status != zonestypes.STATUS_ACTIVE {
		return nil, fmt.Errorf("zone %s is %s: only an active one can be joined", name, statusWord(res.Zone.Status))
	}
	for _, e := range j.entry.Endpoints {
		switch {
		case e.Kind == "rpc" && j.rpc == "":
			j.rpc = e.Address
		case e.Kind == "p2p" && j.peer == "":
			j.peer = e.Address
		}
	}
	if j.rpc == "" || j.peer == "" {
		return nil, fmt.Errorf("zone %s: the registry has no rpc or no p2p endpoint: give them with --rpc and --peer", name)
	}
	record, err := h.LoadRecord(name)
	switch {
	case errors.Is(err, ErrNoZone):
		if record, err = j.begin(main); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !record.Joined:
		return nil, fmt.Errorf("zone %s was made in this home: join it from another --home or machine", name)
	}
	j.work = &work{Home: h, Record: record, opts: Options{Progress: opts.Progress, Passphrase: opts.Passphrase}}
	return j, j.save("plan")
}

func (j *joining) begin(main MainChain) (*Record, error) {
	_, revision, _ := strings.Cut(j.entry.ChainId, "-")
	number, err := strconv.ParseUint(revision, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("chain-id %q: %w", j.entry.ChainId, err)
	}
	spec, err := Spec{
		Name: j.entry.Name, Revision: number, Area: j.entry.Area, Level: &j.entry.Level, Host: j.join.Host, BlockTime: j.join.BlockTime,
		Parameters: Parameters{SnapshotInterval: j.join.SnapshotInterval},
	}.Complete()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts()
	if err != nil {
		return nil, err
	}
	return &Record{
		Version: recordVersion, Spec: spec, Main: main, Binary: j.join.Binary, Ports: ports, Joined: true,
		Owner: Key{Name: keyValidator, Backend: j.join.KeyringBackend},
	}, nil
}

// genesis fetches the genesis, checks its hash and writes the node's home.
func (j *joining) genesis(ctx context.Context) error {
	var data []byte
	var err error
	source := j.join.Genesis
	if source != "" {
		data, err = os.ReadFile(source)
	} else {
		source = j.rpc
		data, err = fetchGenesis(ctx, j.rpc)
	}
	if err != nil {
		return fmt.Errorf("genesis from %s: %w; give a file with --genesis or another node with --rpc", source, err)
	}
	if !bytes.Equal(hash(data), j.entry.GenesisHash) {
		canonical, err := canonicalGenesis(data)
		if err != nil || !bytes.Equal(hash(canonical), j.entry.GenesisHash) {
			return fmt.Errorf("genesis from %s has the SHA-256 %x, registered is %x: it is not the zone's; get it from somebody else", source, hash(data), j.entry.GenesisHash)
		}
		data = canonical
	}
	if err := j.adopt(data); err != nil {
		return err
	}
	if err := j.initNode(ctx); err != nil {
		return err
	}
	if err := writeFile(j.work.genesis(j.Spec.Name), data); err != nil {
		return err
	}
	j.GenesisHash = hex.EncodeToString(hash(data))
	return errors.Join(j.settings(ctx), j.save("genesis"))
}

// fetchGenesis asks a node for the genesis that it started from.
func fetchGenesis(ctx context.Context, rpc string) ([]byte, error) {
	c, err := dial(ctx, rpc, "", "", nil, nil)
	if err != nil {
		return nil, err
	}
	var data []byte
	for i, total := 0, 1; i < total; i++ {
		chunk, err := c.RPC.GenesisChunked(ctx, uint(i))
		if err != nil {
			return nil, err
		}
		if total = chunk.TotalChunks; total > maxGenesisChunks {
			return nil, fmt.Errorf("it has %d parts, at most %d are taken", total, maxGenesisChunks)
		}
		part, err := base64.StdEncoding.DecodeString(chunk.Data)
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
	}
	return data, nil
}

// adopt takes from a genesis what the node's configuration needs.
func (j *joining) adopt(data []byte) error {
	app, err := genutiltypes.AppGenesisFromReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	if app.ChainID != j.Spec.ChainID() {
		return fmt.Errorf("genesis: is of chain %q, registered is %q", app.ChainID, j.Spec.ChainID())
	}
	enc, err := encoding()
	if err != nil {
		return err
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal(app.AppState, &state); err != nil {
		return fmt.Errorf("genesis: app_state: %w", err)
	}
	var staking stakingtypes.GenesisState
	if err := enc.Codec.UnmarshalJSON(state[stakingtypes.ModuleName], &staking); err != nil {
		return fmt.Errorf("genesis of staking: %w", err)
	}
	if staking.Params.UnbondingTime <= 0 {
		return fmt.Errorf("genesis of staking: unbonding_time %s: must be positive", staking.Params.UnbondingTime)
	}
	j.Spec.Parameters.UnbondingTime = staking.Params.UnbondingTime
	return nil
}

// settings of peers and of state sync: from a snapshot if the zone's nodes have one that is newer than
// the heartbeat, which says what to trust.
func (j *joining) settings(ctx context.Context) error {
	extra := []localnet.Setting{{Key: "p2p.persistent_peers", Value: j.peer}, {Key: "statesync.enable", Value: false}}
	c, err := dial(ctx, j.rpc, j.Spec.ChainID(), "", nil, nil)
	if err != nil {
		return fmt.Errorf("node of the zone: %w; give another with --rpc", err)
	}
	height, err := c.Height(ctx)
	if err != nil {
		return err
	}
	if beat := j.entry.Heartbeat; beat != nil && newestSnapshot(uint64(height), j.Spec.Parameters.SnapshotInterval) > beat.Height && len(beat.HeaderHash) > 0 {
		extra[1].Value = true
		extra = append(extra,
			localnet.Setting{Key: "statesync.rpc_servers", Value: j.rpc + "," + j.rpc}, // two are wanted, they may be the same
			localnet.Setting{Key: "statesync.trust_height", Value: beat.Height},
			localnet.Setting{Key: "statesync.trust_hash", Value: strings.ToUpper(hex.EncodeToString(beat.HeaderHash))},
			localnet.Setting{Key: "statesync.trust_period", Value: j.Spec.TrustingPeriod().String()},
			localnet.Setting{Key: "statesync.discovery_time", Value: "5s"},
		)
	}
	return j.configure(extra...)
}

// newestSnapshot is the height of the newest snapshot that a chain at a height has, 0 if there is none.
// A light client needs the two headers after it.
func newestSnapshot(height, interval uint64) uint64 {
	if height < interval+2 || interval == 0 {
		return 0
	}
	return (height - 2) / interval * interval
}

// nodeConfig is the node's configuration file.
func (h Home) nodeConfig(name string) string {
	return filepath.Join(h.node(name), "config", "config.toml")
}

// stakeholder connects to this node with the validator's key.
func (j *joining) stakeholder(ctx context.Context, key Key) (*client.Client, error) {
	return dial(ctx, j.Record.rpc(), j.Spec.ChainID(), j.Spec.GasPrices(), &key, j.join.Passphrase)
}
