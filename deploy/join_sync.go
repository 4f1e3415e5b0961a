package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"cosmossdk.io/math"
	"github.com/cometbft/cometbft/privval"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/meshchain/meshchain/localnet"
)

const (
	// snapshotTimeout is how long a snapshot may take to come; then all blocks are read instead.
	snapshotTimeout = 90 * time.Second
	// syncTimeout bounds one run of the command; the node goes on syncing after it.
	syncTimeout = 30 * time.Minute
	// electTimeout bounds the wait for the validator set of the block after next.
	electTimeout = 2 * time.Minute
)

// start runs the node. Its first block comes from peers.
func (j *joining) start(ctx context.Context) error {
	d := j.nodeDaemon(j.Record)
	if err := d.start(); err != nil {
		return err
	}
	return awaitBlock(ctx, d, j.Record.rpc(), j.Spec.ChainID(), 0)
}

// sync waits until the node has what the zone has. A snapshot that does not come is done without.
func (j *joining) sync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	d, begun := j.nodeDaemon(j.Record), time.Now()
	// A node says that it has caught up a little before it has.
	target := int64(1)
	if c, err := dial(ctx, j.rpc, j.Spec.ChainID(), "", nil, nil); err == nil {
		if height, err := c.Height(ctx); err == nil {
			target = height
		}
	}
	for {
		height, behind, err := j.progressOf(ctx)
		if err == nil && height >= target && !behind {
			return nil
		}
		if _, ok := d.running(); !ok {
			return d.failure()
		}
		if height == 0 && time.Since(begun) > snapshotTimeout && strings.Contains(localnet.LogTail(d.log(), 400), "snapshot") {
			if err := j.readBlocks(ctx, d); err != nil {
				return err
			}
			begun = time.Now()
		}
		if ended := pause(ctx, pollPause); ended != nil {
			return fmt.Errorf("at height %d the node is still behind; it goes on, and so does this command when it is run again: %w", height, errors.Join(ended, err))
		}
	}
}

func (j *joining) progressOf(ctx context.Context) (height int64, behind bool, err error) {
	c, err := dial(ctx, j.Record.rpc(), j.Spec.ChainID(), "", nil, nil)
	if err != nil {
		return 0, true, err
	}
	s, err := c.RPC.Status(ctx)
	if err != nil {
		return 0, true, err
	}
	return s.SyncInfo.LatestBlockHeight, s.SyncInfo.CatchingUp, nil
}

// readBlocks gives the snapshot up.
func (j *joining) readBlocks(ctx context.Context, d daemon) error {
	if err := d.stop(ctx); err != nil {
		return err
	}
	if err := localnet.EditTOML(j.nodeConfig(j.Spec.Name), []localnet.Setting{{Key: "statesync.enable", Value: false}}); err != nil {
		return err
	}
	if _, err := localnet.Run(ctx, j.Binary, "comet", "unsafe-reset-all", "--keep-addr-book", "--home", j.node(j.Spec.Name)); err != nil {
		return err
	}
	return d.start()
}

// check compares the chain with what the main chain knows of it by the heartbeat. After a snapshot the
// light client has done so already.
func (j *joining) check(ctx context.Context) error {
	beat := j.entry.Heartbeat
	if beat == nil || len(beat.HeaderHash) == 0 {
		return nil // the genesis is all that is known
	}
	c, err := dial(ctx, j.Record.rpc(), j.Spec.ChainID(), "", nil, nil)
	if err != nil {
		return err
	}
	status, err := c.RPC.Status(ctx)
	if err != nil {
		return err
	}
	at := int64(beat.Height)
	if status.SyncInfo.EarliestBlockHeight > at {
		return nil // from a snapshot
	}
	if err := c.WaitHeight(ctx, at); err != nil {
		return err
	}
	block, err := c.RPC.Commit(ctx, &at)
	if err != nil {
		return fmt.Errorf("block %d: %w", at, err)
	}
	if block.Commit == nil || !bytes.Equal(block.Commit.BlockID.Hash, beat.HeaderHash) {
		stopped := j.nodeDaemon(j.Record).stop(ctx)
		return errors.Join(fmt.Errorf("block %d is not the one that zone %s told the main chain about (%x): this is another chain; the node was stopped, `meshchaind zone destroy %s` removes it",
			at, j.Spec.Name, beat.HeaderHash, j.Spec.Name), stopped)
	}
	return nil
}

// validate makes the node a validator, with a key that has to be given the stake first.
func (j *joining) validate(ctx context.Context) error {
	name := j.Spec.Name
	if err := j.join.Passphrase.Require(j.join.KeyringBackend); err != nil {
		return err
	}
	key := Key{Name: keyValidator, Backend: j.join.KeyringBackend, Dir: j.keys(name)}
	account, err := key.ensure(j.join.Passphrase)
	if err != nil {
		return err
	}
	j.Owner.Address, j.Owner.Dir = account, key.Dir
	if err := j.save("validator"); err != nil {
		return err
	}
	c, err := j.stakeholder(ctx, key)
	if err != nil {
		return err
	}
	has, err := balance(ctx, c, account, j.Spec.Denom())
	if err != nil {
		return err
	}
	operator, err := operatorAddress(account)
	if err != nil {
		return err
	}
	consensus, err := cryptocodec.FromCmtPubKeyInterface(privval.LoadFilePV(
		filepath.Join(j.node(name), "config", "priv_validator_key.json"), filepath.Join(j.node(name), "data", "priv_validator_state.json")).Key.PubKey)
	if err != nil {
		return err
	}
	if _, err := stakingtypes.NewQueryClient(c).Validator(ctx, &stakingtypes.QueryValidatorRequest{ValidatorAddr: operator}); err != nil {
		need := j.join.Stake.AddRaw(feeReserve)
		if has.Amount.LT(need) {
			return fmt.Errorf("account %s has %s on %s, needed are %s%s, stake and fees: send it the rest", account, has, j.Spec.ChainID(), need, j.Spec.Denom())
		}
		msg, err := stakingtypes.NewMsgCreateValidator(operator, consensus, sdk.NewCoin(j.Spec.Denom(), j.join.Stake),
			stakingtypes.Description{Moniker: name + "-" + j.NodeID[:8]}, commission(), math.OneInt())
		if err != nil {
			return err
		}
		sender, err := c.Account(keyValidator)
		if err != nil {
			return err
		}
		if _, err := sender.Send(ctx, msg); err != nil {
			return err
		}
	}
	return elected(ctx, j.Record.rpc(), j.Spec.ChainID(), consensus.Address())
}

// elected waits until a consensus key is in the validator set.
func elected(ctx context.Context, rpc, chainID string, address []byte) error {
	ctx, cancel := context.WithTimeout(ctx, electTimeout)
	defer cancel()
	for {
		c, err := dial(ctx, rpc, chainID, "", nil, nil)
		if err == nil {
			per := 100
			for page := 1; page <= 10; page++ {
				set, listErr := c.RPC.Validators(ctx, nil, &page, &per)
				if listErr != nil {
					err = listErr
					break
				}
				for _, v := range set.Validators {
					if bytes.Equal(v.Address, address) {
						return nil
					}
				}
				if page*per >= set.Total {
					break
				}
			}
		}
		if ended := pause(ctx, pollPause); ended != nil {
			return fmt.Errorf("the node's key is not in the validator set after %s: %w; is the stake among the largest?", electTimeout, errors.Join(ended, err))
		}
	}
}
