package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cosmos/cosmos-sdk/codec/address"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"cosmossdk.io/math"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
)

const (
	// firstBlock bounds the wait for a node's first block.
	firstBlock = time.Minute
	// portAttempts is how often other ports are tried if somebody has taken one.
	portAttempts = 3
	pollPause    = 200 * time.Millisecond
)

func hash(data []byte) []byte {
	h := sha256.Sum256(data)
	return h[:]
}

// ensureKeysStep makes the keys that are missing. Mnemonics are not shown: the keyring's folder is what
// has to be backed up.
func (w *work) ensureKeysStep(context.Context) (err error) {
	if w.Relayer.Address, err = w.Relayer.ensure(w.opts.Passphrase); err != nil {
		return err
	}
	w.at("effect relayer key")
	if w.Addresses == nil {
		w.Addresses = map[string]string{}
	}
	names := []string{keyValidator}
	for _, a := range w.Spec.Accounts {
		if a.Address == "" {
			names = append(names, a.Name)
		}
	}
	for _, name := range names {
		if w.Addresses[name], err = w.key(name).ensure(w.opts.Passphrase); err != nil {
			return err
		}
		w.at("effect key " + name)
	}
	return w.save("keys")
}

// key of the zone's own keyring.
func (w *work) key(name string) Key {
	return Key{Name: name, Backend: w.Owner.Backend, Dir: w.keys(w.Spec.Name)}
}

// genesisStep writes the node's home. Done twice it writes the same.
func (w *work) genesisStep(ctx context.Context) error {
	name := w.Spec.Name
	if err := w.initNode(ctx); err != nil {
		return err
	}
	w.at("effect node home")
	enc, err := encoding()
	if err != nil {
		return err
	}
	g, err := readGenesis(w.genesis(name), w.Spec, enc.Codec)
	if err != nil {
		return err
	}
	balances, err := w.balances()
	if err != nil {
		return err
	}
	g.apply(w.GenesisTime, w.Owner.Address, balances)
	tx, err := w.firstValidator(ctx, enc)
	if err != nil {
		return fmt.Errorf("first validator: %w", err)
	}
	g.enter(tx)
	data, err := g.bytes()
	if err != nil {
		return err
	}
	if err := writeFile(w.genesis(name), data); err != nil {
		return err
	}
	w.at("effect genesis")
	if _, err := localnet.Run(ctx, w.Binary, "genesis", "validate", "--home", w.node(name)); err != nil {
		return err
	}
	w.GenesisHash = hex.EncodeToString(hash(data))
	return w.save("genesis")
}

// initNode writes keys, configuration and default genesis of the node.
func (w *work) initNode(ctx context.Context) error {
	home := w.node(w.Spec.Name)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	_, err := localnet.Run(ctx, w.Binary, "init", w.Spec.Name, "--home", home, "--chain-id", w.Spec.ChainID(),
		"--role", "zone", "--zone", w.Spec.Name, "--overwrite")
	if err != nil {
		return err
	}
	key, err := p2p.LoadNodeKey(filepath.Join(home, "config", "node_key.json"))
	if err != nil {
		return fmt.Errorf("node key: %w", err)
	}
	w.NodeID = string(key.ID())
	return w.configure()
}

// configure writes ports and timing into the node's configuration.
func (w *work) configure(extra ...localnet.Setting) error {
	home, s, p := w.node(w.Spec.Name), w.Spec, w.Ports
	listen := "127.0.0.1"
	if !s.private() {
		listen = "0.0.0.0"
	}
	comet := append([]localnet.Setting{
		{Key: "rpc.laddr", Value: fmt.Sprintf("tcp://%s:%d", listen, p.RPC)},
		{Key: "rpc.pprof_laddr", Value: ""},
		{Key: "p2p.laddr", Value: fmt.Sprintf("tcp://%s:%d", listen, p.P2P)},
		{Key: "p2p.addr_book_strict", Value: !s.private()},
		{Key: "p2p.allow_duplicate_ip", Value: s.private()}, // all peers share one
		{Key: "consensus.timeout_propose", Value: max(s.BlockTime, time.Second).String()},
		{Key: "consensus.timeout_commit", Value: s.BlockTime.String()},
		{Key: "instrumentation.prometheus_listen_addr", Value: fmt.Sprintf("127.0.0.1:%d", p.Prometheus)},
	}, extra...)
	if err := localnet.EditTOML(filepath.Join(home, "config", "config.toml"), comet); err != nil {
		return err
	}
	// Light clients need the blocks of the trusting period; a quarter is margin.
	retain := int64(s.TrustingPeriod()/s.BlockTime) * 5 / 4
	return localnet.EditTOML(filepath.Join(home, "config", "app.toml"), []localnet.Setting{
		{Key: "minimum-gas-prices", Value: s.GasPrices()},
		{Key: "min-retain-blocks", Value: max(retain, 1000)},
		{Key: "state-sync.snapshot-interval", Value: s.Parameters.SnapshotInterval},
		{Key: "grpc.address", Value: fmt.Sprintf("127.0.0.1:%d", p.GRPC)},
		{Key: "api.address", Value: fmt.Sprintf("tcp://127.0.0.1:%d", p.REST)},
	})
}

// private tells that nobody but this machine reaches the node.
func (s Spec) private() bool { return s.Host == "127.0.0.1" }

// firstValidator signs, for the genesis, the transaction that makes the node a validator. The signature
// is deterministic, so a genesis made twice is the same.
func (w *work) firstValidator(ctx context.Context, enc *client.Encoding) (json.RawMessage, error) {
	home := w.node(w.Spec.Name)
	consensus, err := cryptocodec.FromCmtPubKeyInterface(privval.LoadFilePV(
		filepath.Join(home, "config", "priv_validator_key.json"), filepath.Join(home, "data", "priv_validator_state.json")).Key.PubKey)
	if err != nil {
		return nil, err
	}
	operator, err := operatorAddress(w.Addresses[keyValidator])
	if err != nil {
		return nil, err
	}
	msg, err := stakingtypes.NewMsgCreateValidator(operator, consensus, sdk.NewCoin(w.Spec.Denom(), w.Spec.Stake),
		stakingtypes.Description{Moniker: w.Spec.Name}, commission(), math.OneInt())
	if err != nil {
		return nil, err
	}
	keys, err := w.key(keyValidator).open(w.opts.Passphrase)
	if err != nil {
		return nil, err
	}
	record, err := keys.Key(keyValidator)
	if err != nil {
		return nil, err
	}
	public, err := record.GetPubKey()
	if err != nil {
		return nil, err
	}
	b := enc.TxConfig.NewTxBuilder()
	if err := b.SetMsgs(msg); err != nil {
		return nil, err
	}
	b.SetGasLimit(200_000)
	b.SetMemo(fmt.Sprintf("%s@%s:%d", w.NodeID, w.Spec.Host, w.Ports.P2P))
	sign := func(sig []byte) error {
		return b.SetSignatures(signing.SignatureV2{PubKey: public, Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT, Signature: sig}})
	}
	if err := sign(nil); err != nil {
		return nil, err
	}
	doc, err := authsigning.GetSignBytesAdapter(ctx, enc.TxConfig.SignModeHandler(), signing.SignMode_SIGN_MODE_DIRECT,
		authsigning.SignerData{Address: w.Addresses[keyValidator], ChainID: w.Spec.ChainID(), PubKey: public}, b.GetTx())
	if err != nil {
		return nil, err
	}
	sig, _, err := keys.Sign(keyValidator, doc, signing.SignMode_SIGN_MODE_DIRECT)
	if err != nil {
		return nil, err
	}
	if err := sign(sig); err != nil {
		return nil, err
	}
	return enc.TxConfig.TxJSONEncoder()(b.GetTx())
}

// operatorAddress of the validator whose operator has an account.
func operatorAddress(account string) (string, error) {
	raw, err := sdk.GetFromBech32(account, client.DefaultAddressPrefix)
	if err != nil {
		return "", fmt.Errorf("operator %q: %w", account, err)
	}
	return address.NewBech32Codec(client.DefaultAddressPrefix + "valoper").BytesToString(raw)
}

func commission() stakingtypes.CommissionRates {
	return stakingtypes.NewCommissionRates(math.LegacyNewDecWithPrec(1, 1), math.LegacyNewDecWithPrec(2, 1), math.LegacyNewDecWithPrec(1, 2))
}

// nodeDaemon is the process of a zone's node.
func (h Home) nodeDaemon(r *Record) daemon {
	name := r.Spec.Name
	return daemon{
		name: "node of zone " + name, dir: h.zone(name), file: "node",
		args: []string{r.Binary, "start", "--home", h.node(name), "--log_no_color"},
	}
}

// startStep starts the node and waits for a block. If somebody took one of its ports before the zone was
// known to anybody, it takes others.
func (w *work) startStep(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		d := w.nodeDaemon(w.Record)
		if _, ours := d.running(); !ours && answers(ctx, w.rpc(), w.Spec.ChainID()) {
			return nil // a service manager runs it
		}
		if err := d.start(); err != nil {
			return err
		}
		w.at("effect node started")
		err := awaitBlock(ctx, d, w.rpc(), w.Spec.ChainID(), 1)
		if err == nil || w.done("start") || attempt == portAttempts || !strings.Contains(err.Error(), "address already in use") {
			return err
		}
		if err := d.stop(ctx); err != nil {
			return err
		}
		if w.Ports, err = freePorts(); err != nil {
			return err
		}
		if err := errors.Join(w.save("ports"), w.configure()); err != nil {
			return err
		}
	}
}

// awaitBlock returns when a node has the block of a height, or is over.
func awaitBlock(ctx context.Context, d daemon, rpc, chainID string, height int64) error {
	ctx, cancel := context.WithTimeout(ctx, firstBlock)
	defer cancel()
	for {
		c, err := dial(ctx, rpc, chainID, "", nil, nil)
		if err == nil {
			var at int64
			if at, err = c.Height(ctx); err == nil && at >= height {
				return nil
			}
		}
		if _, ok := d.running(); !ok {
			return d.failure()
		}
		if ended := pause(ctx, pollPause); ended != nil {
			return fmt.Errorf("%s has no block %d after %s: %w", d.name, height, firstBlock, errors.Join(ended, err))
		}
	}
}
