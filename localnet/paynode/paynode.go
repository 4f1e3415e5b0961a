// Package paynode runs real photond processes against chains of package localnet: homes,
// keys, start, crash, and the interface of each. Load generators, demos and end-to-end
// tests use it.
//
//	nodes, chain, err := paynode.Network(ctx, paynode.Spec{Photond: bin, Chain: spec, Nodes: 2})
//	ref, err := nodes[0].Open(ctx, nodes[1], "1000000usmt")
package paynode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// startTime is how long a node may take until it answers.
	startTime = 60 * time.Second
	// openTime is how long a channel may take to be on chain and ready.
	openTime = 2 * time.Minute
)

// Spec of a network of payment nodes on one chain.
type Spec struct {
	// Photond is the path of the program.
	Photond string
	// Chain to set up; its home gets the nodes' homes beside it.
	Chain localnet.Spec
	// Nodes is how many payment nodes there are.
	Nodes int
	// Coins that each owns at genesis.
	Coins string
	// Settings of photond.toml that differ from its defaults.
	Settings []localnet.Setting
}

// Node is a photond process.
type Node struct {
	// Home of the node.
	Home string
	// ID is its identity, Account where it is paid out to.
	ID, Account string

	port    int
	process *localnet.Process
	command localnet.Command
	client  *api.Client
}

// Network makes a chain and payment nodes on it and starts all of them. Stop both, the
// nodes first.
func Network(ctx context.Context, spec Spec) ([]*Node, *localnet.Chain, error) {
	var nodes []*Node
	base := spec.Chain.Home
	spec.Chain.Home = filepath.Join(base, "chain")
	for i := range spec.Nodes {
		// A port that stays: peers dial it again after a restart.
		ports, err := localnet.FreePorts(1)
		if err != nil {
			return nil, nil, err
		}
		n, err := initNode(ctx, spec, filepath.Join(base, fmt.Sprintf("photond-%d", i)), "http://127.0.0.1:1", ports[0])
		if err != nil {
			return nil, nil, err
		}
		spec.Chain.Accounts = append(spec.Chain.Accounts, localnet.Account{Name: fmt.Sprintf("photond-%d", i), Coins: spec.Coins, Address: n.Account})
		nodes = append(nodes, n)
	}
	chain, err := localnet.New(ctx, spec.Chain)
	if err != nil {
		return nil, nil, err
	}
	if err := chain.Start(ctx); err != nil {
		return nil, nil, errors.Join(err, stop(nodes, chain))
	}
	spec.Chain = chain.Spec
	for i := range nodes {
		// The same keys, and the address that the chain got.
		if nodes[i], err = initNode(ctx, spec, nodes[i].Home, chain.Nodes[0].RPC(), nodes[i].port); err == nil {
			err = nodes[i].Start(ctx)
		}
		if err != nil {
			return nil, nil, errors.Join(err, stop(nodes, chain))
		}
	}
	return nodes, chain, nil
}

// Join makes a home for one more node of a chain that runs, and starts it. It owns
// nothing yet.
func Join(ctx context.Context, photond, home string, chain *localnet.Chain) (*Node, error) {
	ports, err := localnet.FreePorts(1)
	if err != nil {
		return nil, err
	}
	n, err := initNode(ctx, Spec{Photond: photond, Chain: chain.Spec}, home, chain.Nodes[0].RPC(), ports[0])
	if err != nil {
		return nil, err
	}
	return n, n.Start(ctx)
}

func stop(nodes []*Node, chain *localnet.Chain) error {
	for _, n := range nodes {
		n.Stop()
	}
	chain.Stop()
	return nil
}

// initNode makes a home, or writes its configuration again.
func initNode(ctx context.Context, spec Spec, home, rpc string, port int) (*Node, error) {
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return nil, err
	}
	price := spec.Chain.GasPrice
	if price == "" {
		price = localnet.DefaultGasPrice
	}
	out, err := localnet.Run(ctx, spec.Photond, "init", "--home", home, "--chain-id", spec.Chain.ChainID, "--node", rpc,
		"--gas-prices", price+spec.Chain.Denom(), "--keyring-backend", "test", "--listen", fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port),
		"--api-grpc", "127.0.0.1:0", "--api-rest", "", "--overwrite", "--output", "json")
	if err != nil {
		return nil, err
	}
	if err := localnet.EditTOML(filepath.Join(home, "config", "photond.toml"), spec.Settings); err != nil {
		return nil, err
	}
	var made struct {
		ID      string `json:"id"`
		Account string `json:"account"`
	}
	if i := bytes.IndexByte([]byte(out), '{'); i < 0 || json.Unmarshal([]byte(out)[i:], &made) != nil || made.ID == "" {
		return nil, fmt.Errorf("%s init: unexpected output %.200q", spec.Photond, out)
	}
	return &Node{Home: home, ID: made.ID, Account: made.Account, port: port, command: localnet.Command{
		Name: filepath.Base(home), Path: spec.Photond, Args: []string{"start", "--home", home}, Log: home + ".log",
	}}, nil
}

// Start runs the process until it answers.
func (n *Node) Start(ctx context.Context) error {
	_ = os.Remove(filepath.Join(n.Home, "api.json")) // of a process that was killed
	process, err := localnet.StartProcess(n.command)
	if err != nil {
		return err
	}
	n.process = process
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if n.client, err = dialHome(n.Home); err == nil {
			var status *api.StatusResponse
			// A node that has not seen its chain yet takes a new channel for an old one
			// whose data it lost, and signs nothing in it.
			if status, err = n.client.Status(ctx, &api.StatusRequest{}); err == nil && sees(status) {
				return nil
			}
			_ = n.client.Close()
		}
		select {
		case <-process.Done():
			return fmt.Errorf("%s ended at its start: %s", n.command.Name, localnet.LogTail(n.command.Log, 20))
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w: %s", n.command.Name, errors.Join(err, ctx.Err()), localnet.LogTail(n.command.Log, 20))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sees tells whether a node is following its chains.
func sees(status *api.StatusResponse) bool {
	for _, c := range status.Chains {
		if c.Clock == 0 || c.Error != "" {
			return false
		}
	}
	return len(status.Chains) > 0
}

// dialHome connects to the node that runs on a home.
func dialHome(home string) (*api.Client, error) {
	bz, err := os.ReadFile(filepath.Join(home, "api.json"))
	if err != nil {
		return nil, err
	}
	var address struct {
		GRPC string `json:"grpc"`
	}
	if err := json.Unmarshal(bz, &address); err != nil {
		return nil, err
	}
	token, err := api.ReadToken(filepath.Join(home, "token"))
	if err != nil {
		return nil, err
	}
	return api.Dial(address.GRPC, token)
}

// Client of the interface, while the node runs.
func (n *Node) Client() *api.Client { return n.client }

// PID of the process.
func (n *Node) PID() int { return n.process.PID() }

// Done is closed when the process has ended.
func (n *Node) Done() <-chan struct{} { return n.process.Done() }

// Kill ends the process at once, as a power cut would.
func (n *Node) Kill() {
	n.disconnect()
	if n.process != nil {
		n.process.Kill()
		<-n.process.Done()
	}
}

// Stop ends the process in order.
func (n *Node) Stop() {
	n.disconnect()
	if n.process != nil {
		n.process.Stop(localnet.StopGrace)
	}
}

// Hangup ends the connection to the interface, and every call with it; the process runs on.
func (n *Node) Hangup() { n.disconnect() }

// Dial connects to the interface again.
func (n *Node) Dial(ctx context.Context) (err error) {
	if n.client, err = dialHome(n.Home); err != nil {
		return err
	}
	_, err = n.client.Status(ctx, &api.StatusRequest{})
	return err
}

func (n *Node) disconnect() {
	if n.client != nil {
		_ = n.client.Close()
		n.client = nil
	}
}

// Log returns the end of the node's log.
func (n *Node) Log() string { return localnet.LogTail(n.command.Log, 30) }

// Address at which others reach the node, with its identity.
func (n *Node) Address(ctx context.Context) (string, error) {
	status, err := n.client.Status(ctx, &api.StatusRequest{})
	if err != nil {
		return "", err
	}
	if len(status.Addresses) == 0 {
		return "", fmt.Errorf("%s listens nowhere", n.command.Name)
	}
	return status.Addresses[0], nil
}

// Open opens a channel with a peer and waits until payments go in it.
func (n *Node) Open(ctx context.Context, peer *Node, deposit string) (*api.ChannelRef, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	address, err := peer.Address(ctx)
	if err != nil {
		return nil, err
	}
	r, err := n.client.OpenChannel(ctx, &api.OpenChannelRequest{Peer: address, Deposit: deposit})
	if err != nil {
		return nil, fmt.Errorf("open a channel from %s to %s: %w", n.command.Name, peer.command.Name, err)
	}
	for _, side := range []*Node{n, peer} {
		if err := side.WaitOnline(ctx, r.Channel); err != nil {
			return nil, err
		}
	}
	return r.Channel, nil
}

// Channel returns a channel as the node sees it; nil if it does not see it.
func (n *Node) Channel(ctx context.Context, ref *api.ChannelRef) (*api.Channel, error) {
	r, err := n.client.Channels(ctx, &api.ChannelsRequest{})
	if err != nil {
		return nil, err
	}
	for _, c := range r.Channels {
		if c.Ref.ChannelId == ref.ChannelId && c.Ref.ChainId == ref.ChainId {
			return c, nil
		}
	}
	return nil, nil
}

// WaitOnline returns when the peer of a channel is connected and in step.
func (n *Node) WaitOnline(ctx context.Context, ref *api.ChannelRef) error {
	for {
		c, err := n.Channel(ctx, ref)
		if err == nil && c != nil && c.Online {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: channel %d does not come online: %w: %s", n.command.Name, ref.ChannelId, errors.Join(err, ctx.Err()), n.Log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// WaitChain returns when the node has seen a block above a height.
func (n *Node) WaitChain(ctx context.Context, height int64) error {
	for {
		status, err := n.client.Status(ctx, &api.StatusRequest{})
		if err == nil && sees(status) && status.Chains[0].Height > height {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not see block %d: %w: %s", n.command.Name, height+1, errors.Join(err, ctx.Err()), n.Log())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Verify checks a receipt with the code of the chain and returns the payment that it proves.
func Verify(r *api.ReceiptResponse) (types.Entry, error) {
	receipt, err := types.ParseReceipt(r.Receipt)
	if err != nil {
		return types.Entry{}, err
	}
	sender, err := types.ParseChannelKey(r.SenderKey)
	if err != nil {
		return types.Entry{}, err
	}
	receiver, err := types.ParseChannelKey(r.ReceiverKey)
	if err != nil {
		return types.Entry{}, err
	}
	_, entry, err := receipt.Verify(sender, receiver)
	return entry, err
}
