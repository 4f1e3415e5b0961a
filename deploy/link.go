package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"cosmossdk.io/log"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
)

const (
	// linkTimeout bounds the handshakes, about eight blocks.
	linkTimeout = 4 * time.Minute
	// clientPages bounds the search for a light client that an interrupted run has made.
	clientPages = 10
	clientPage  = 200
)

// fundStep fills up the relayer's account on the main chain, if it has less than half of what it is to
// have.
func (w *work) fundStep(ctx context.Context) error {
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	want, ok := math.NewIntFromString(w.RelayerFunds)
	if !ok {
		return fmt.Errorf("record: relayer_funds %q: must be a number", w.RelayerFunds)
	}
	if w.Txs["fund"] == nil {
		has, err := balance(ctx, main, w.Relayer.Address, w.Main.Denom)
		if err != nil || has.Amount.MulRaw(2).GTE(want) {
			return err
		}
		want = want.Sub(has.Amount)
	}
	_, err = w.once(ctx, main, "fund", &banktypes.MsgSend{
		FromAddress: w.Owner.Address, ToAddress: w.Relayer.Address, Amount: sdk.NewCoins(sdk.NewCoin(w.Main.Denom, want)),
	})
	return err
}

// once has messages of the owner executed exactly once: the signed transaction is in the journal before
// anybody sees it, and the same bytes cannot execute twice. Only one that can never be in a block is
// signed anew.
func (w *work) once(ctx context.Context, c *client.Client, purpose string, msgs ...sdk.Msg) (*client.TxResult, error) {
	account, err := c.Account(w.Owner.Name)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		if w.Txs[purpose] == nil {
			signed, err := account.Sign(ctx, client.TxOptions{}, msgs...)
			if err != nil {
				return nil, err
			}
			if w.Txs == nil {
				w.Txs = map[string]*client.Signed{}
			}
			w.Txs[purpose] = signed
			if err := w.save("signed " + purpose); err != nil {
				return nil, err
			}
		}
		res, err := c.SendSigned(ctx, w.Txs[purpose])
		if err == nil {
			w.at("effect " + purpose)
			return res, nil
		}
		var refused *client.TxError
		if !errors.Is(err, client.ErrNotIncluded) && !errors.As(err, &refused) {
			return nil, err // it may still come into a block: the next run waits for it
		}
		delete(w.Txs, purpose)
		if err := w.save("unsigned " + purpose); err != nil {
			return nil, err
		}
		if attempt > 0 || refused != nil {
			return nil, err
		}
	}
}

// linkStep opens client, connection and channel, or verifies them.
func (w *work) linkStep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, linkTimeout)
	defer cancel()
	main, err := relayer.OpenChain(w.mainConfig(), w.opts.Passphrase)
	if err != nil {
		return err
	}
	zone, err := relayer.OpenChain(w.zoneConfig(), w.opts.Passphrase)
	if err != nil {
		return err
	}
	if err := w.findClients(ctx); err != nil {
		return err
	}
	w.Path, err = relayer.Link(ctx, main, zone, relayer.LinkOptions{
		Path: w.Path,
		Save: func(p relayer.Path) error {
			w.at("effect " + p.String() + p.A.ConnectionID + p.B.ConnectionID + p.A.ClientID + p.B.ClientID)
			if linked(p) != linked(w.Path) {
				w.tell(Progress{Step: "link", Detail: linked(p)})
			}
			w.Path = p
			return w.save("path " + p.String() + p.A.ConnectionID + p.B.ConnectionID + p.A.ClientID + p.B.ClientID)
		},
		Logger: log.NewNopLogger(),
	})
	return err
}

// linked says how far a link has come.
func linked(p relayer.Path) string {
	switch {
	case p.A.ChannelID != "" || p.B.ChannelID != "":
		return fmt.Sprintf("channel %s - %s", orDefault(p.A.ChannelID, "?"), orDefault(p.B.ChannelID, "?"))
	case p.A.ConnectionID != "" || p.B.ConnectionID != "":
		return fmt.Sprintf("connection %s - %s", orDefault(p.A.ConnectionID, "?"), orDefault(p.B.ConnectionID, "?"))
	}
	return fmt.Sprintf("light clients %s - %s", orDefault(p.A.ClientID, "?"), orDefault(p.B.ClientID, "?"))
}

// findClients looks for light clients that an interrupted run has made and not noted: of this chain-id,
// by our relayer's rules. Link checks that they follow this very chain.
func (w *work) findClients(ctx context.Context) error {
	main, err := w.onMain(ctx)
	if err != nil {
		return err
	}
	zone, err := w.onZone(ctx)
	if err != nil {
		return err
	}
	if w.Path.A.ClientID == "" {
		if w.Path.A.ClientID, err = findClient(ctx, main, w.Spec.ChainID()); err != nil {
			return err
		}
	}
	if w.Path.B.ClientID == "" {
		w.Path.B.ClientID, err = findClient(ctx, zone, w.Main.ChainID)
	}
	return err
}

// findClient returns the newest usable client of a chain that is as Link would make it, or "".
func findClient(ctx context.Context, c *client.Client, of string) (string, error) {
	q := clienttypes.NewQueryClient(c)
	page, found := &query.PageRequest{Limit: clientPage}, ""
	for range clientPages {
		res, err := q.ClientStates(ctx, &clienttypes.QueryClientStatesRequest{Pagination: page})
		if err != nil {
			return "", fmt.Errorf("light clients on %s: %w", c.ChainID(), err)
		}
		for _, s := range res.ClientStates {
			state, err := clienttypes.UnpackClientState(s.ClientState)
			if err != nil {
				continue // of a kind that we do not know
			}
			tm, ok := state.(*ibctm.ClientState)
			if !ok || tm.ChainId != of || tm.TrustLevel != ibctm.DefaultTrustLevel || tm.TrustingPeriod != tm.UnbondingPeriod/3*2 {
				continue
			}
			status, err := q.ClientStatus(ctx, &clienttypes.QueryClientStatusRequest{ClientId: s.ClientId})
			if err == nil && status.Status == "Active" {
				found = s.ClientId
			}
		}
		if res.Pagination == nil || len(res.Pagination.NextKey) == 0 {
			break
		}
		page = &query.PageRequest{Key: res.Pagination.NextKey, Limit: clientPage}
	}
	return found, nil
}

// relayStep enters the path into the relayer's configuration and has the relayer run.
func (w *work) relayStep(ctx context.Context) error {
	if err := w.enterPath(w.Record); err != nil {
		return err
	}
	w.at("effect relayer configuration")
	d, err := w.relayDaemon(w.Binary, w.opts.Passphrase, w.Relayer.Backend)
	if err != nil {
		return err
	}
	if _, ours := d.running(); ours || !w.relaying(ctx) { // else a service manager runs it
		if err := d.start(); err != nil {
			return err
		}
	}
	w.at("effect relayer started")
	return w.awaitRelay(ctx, d, w.Path)
}

// enterPath adds a zone to the relayer's configuration. A path that is there is replaced.
func (h Home) enterPath(r *Record) error {
	return h.editRelayer(func(cfg *relayer.Config) {
		for _, c := range []relayer.ChainConfig{r.mainConfig(), r.zoneConfig()} {
			i := slices.IndexFunc(cfg.Chains, func(have relayer.ChainConfig) bool { return have.ChainID == c.ChainID })
			if i < 0 {
				cfg.Chains = append(cfg.Chains, c)
			} else if c.ChainID != r.Main.ChainID {
				cfg.Chains[i] = c
			}
		}
		cfg.Paths = slices.DeleteFunc(cfg.Paths, func(p relayer.Path) bool { return p.B.ChainID == r.Path.B.ChainID })
		cfg.Paths = append(cfg.Paths, r.Path)
	})
}

// leavePath takes a zone out of the relayer's configuration, and chains that no path needs any more. It
// tells how many paths are left.
func (h Home) leavePath(chainID string) (left int, err error) {
	err = h.editRelayer(func(cfg *relayer.Config) {
		cfg.Paths = slices.DeleteFunc(cfg.Paths, func(p relayer.Path) bool { return p.B.ChainID == chainID })
		cfg.Chains = slices.DeleteFunc(cfg.Chains, func(c relayer.ChainConfig) bool {
			return !slices.ContainsFunc(cfg.Paths, func(p relayer.Path) bool { return p.A.ChainID == c.ChainID || p.B.ChainID == c.ChainID })
		})
		left = len(cfg.Paths)
	})
	return left, err
}

// editRelayer changes the relayer's configuration, which is made if there is none.
func (h Home) editRelayer(change func(*relayer.Config)) error {
	release, err := h.lock("relayer")
	for range 50 { // another command needs it for a moment only
		if err == nil {
			break
		}
		time.Sleep(pollPause)
		release, err = h.lock("relayer")
	}
	if err != nil {
		return err
	}
	defer release()
	cfg := relayer.DefaultConfig()
	if _, err := os.Stat(h.relayerConfig()); !errors.Is(err, os.ErrNotExist) {
		if cfg, err = relayer.LoadConfig(h.relayerConfig()); err != nil {
			return err
		}
	}
	change(&cfg)
	return cfg.Save(h.relayerConfig())
}
