package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
)

// Recovery is a prepared proposal to bring a dead light client back to life, under its own name.
type Recovery struct {
	// Chain that the client lives on and that decides.
	Chain string `json:"chain"`
	RPC   string `json:"rpc"`
	// Client that is dead, of the other chain, and Substitute whose state it is to take.
	Client     string `json:"client"`
	Of         string `json:"of"`
	Substitute string `json:"substitute"`
	// File with the proposal, for `meshchaind tx gov submit-proposal`.
	File string `json:"file"`
	// Deposit that it needs.
	Deposit string `json:"deposit"`
	// Proposal is its number, if it was submitted.
	Proposal uint64 `json:"proposal,omitempty"`
	// VotingEnds on the proposal that was submitted.
	VotingEnds time.Time `json:"voting_ends"`
}

// ErrAlive says that no light client has to be recovered.
var ErrAlive = errors.New("both light clients are alive")

// Recover prepares, for every light client of a zone's link that has expired or is frozen, a proposal to
// the governance of the chain that it lives on (ibc-go MsgRecoverClient): it makes a fresh client with
// the same parameters, which the relayer's account pays for, and writes the proposal into the zone's
// files. With submit the owner submits it. A fresh client must not expire itself before the vote ends.
func Recover(ctx context.Context, h Home, name string, c Control, submit bool) ([]Recovery, error) {
	w, release, err := h.open(name, c)
	if err != nil {
		return nil, err
	}
	defer release()
	if w.Joined || !w.Path.Linked() {
		return nil, fmt.Errorf("zone %s: its link was not made here", name)
	}
	if err := c.Passphrase.Require(w.Relayer.Backend); err != nil {
		return nil, err
	}
	main, zone := w.mainConfig(), w.zoneConfig()
	var out []Recovery
	var alive []string
	for _, side := range []struct {
		on, of relayer.ChainConfig
		id     string
	}{{main, zone, w.Path.A.ClientID}, {zone, main, w.Path.B.ClientID}} {
		l, err := readLightClient(ctx, side.on, side.id)
		if err != nil {
			return nil, err
		}
		if l.level(time.Now()) < 2 {
			alive = append(alive, fmt.Sprintf("%s on %s until %s", side.id, side.on.ChainID, l.expires.UTC().Format(time.RFC3339)))
			continue
		}
		r, err := w.prepare(ctx, side.on, side.of, side.id, l, submit)
		if err != nil {
			return nil, fmt.Errorf("client %s on %s: %w", side.id, side.on.ChainID, err)
		}
		out = append(out, *r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("zone %s: %w: %s", name, ErrAlive, alive)
	}
	return out, nil
}

// prepare makes substitute and proposal for one client.
func (w *work) prepare(ctx context.Context, on, of relayer.ChainConfig, id string, dead lightClient, submit bool) (*Recovery, error) {
	key := w.Relayer
	c, err := dial(ctx, on.RPC, on.ChainID, on.GasPrices, &key, w.opts.Passphrase)
	if err != nil {
		return nil, err
	}
	r := &Recovery{Chain: on.ChainID, RPC: on.RPC, Client: id, Of: of.ChainID, File: filepath.Join(w.Files(w.Spec.Name), "recover-"+on.ChainID+"-"+id+".json")}
	if r.Substitute, err = w.substitute(ctx, c, of, id, dead); err != nil {
		return nil, err
	}
	params, err := govv1.NewQueryClient(c).Params(ctx, &govv1.QueryParamsRequest{ParamsType: "deposit"})
	if err != nil {
		return nil, fmt.Errorf("deposit of a proposal: %w", err)
	}
	r.Deposit = sdk.Coins(params.Params.MinDeposit).String()
	authority, err := formatAddress(authtypes.NewModuleAddress(govtypes.ModuleName))
	if err != nil {
		return nil, err
	}
	msg := &clienttypes.MsgRecoverClient{SubjectClientId: id, SubstituteClientId: r.Substitute, Signer: authority}
	title := fmt.Sprintf("Recover light client %s of %s", id, of.ChainID)
	summary := fmt.Sprintf("Client %s of %s was not updated for its trusting period of %s, or is frozen. It takes the state of %s, which has the same parameters; names of client, connection and channel stay.",
		id, of.ChainID, dead.trusting, r.Substitute)
	if err := writeProposal(c, r, title, summary, msg); err != nil {
		return nil, err
	}
	if !submit {
		return r, nil
	}
	return r, w.submit(ctx, on, r, title, summary, msg)
}

// substitute returns a live client with the parameters of the dead one: ibc-go takes no other. One of an
// earlier run is used again.
func (w *work) substitute(ctx context.Context, c *client.Client, of relayer.ChainConfig, id string, dead lightClient) (string, error) {
	if found, err := findSubstitute(ctx, c, id, dead); err != nil || found != "" {
		return found, err
	}
	there, err := dial(ctx, of.RPC, of.ChainID, "", nil, nil)
	if err != nil {
		return "", err
	}
	commit, err := there.RPC.Commit(ctx, nil)
	if err != nil || commit.Header == nil {
		return "", fmt.Errorf("newest header of %s: %w", of.ChainID, err)
	}
	state := *dead.state
	state.LatestHeight = clienttypes.NewHeight(dead.state.LatestHeight.RevisionNumber, uint64(commit.Height))
	state.FrozenHeight = clienttypes.ZeroHeight()
	account, err := c.Account(w.Relayer.Name)
	if err != nil {
		return "", err
	}
	msg, err := clienttypes.NewMsgCreateClient(&state,
		ibctm.NewConsensusState(commit.Time, commitmenttypes.NewMerkleRoot(commit.AppHash), commit.NextValidatorsHash), account.Address())
	if err != nil {
		return "", err
	}
	res, err := account.Send(ctx, msg)
	if err != nil {
		return "", fmt.Errorf("create the substitute: %w", err)
	}
	made, ok := res.Events.Attr(clienttypes.EventTypeCreateClient, clienttypes.AttributeKeyClientID)
	if !ok {
		return "", fmt.Errorf("create the substitute: tx %s names no client", res.Hash)
	}
	return made, nil
}

// findSubstitute looks for a live client, made by an earlier run, that has more than half of its life
// left.
func findSubstitute(ctx context.Context, c *client.Client, id string, dead lightClient) (string, error) {
	page, found := &query.PageRequest{Limit: clientPage}, ""
	for range clientPages {
		res, err := clienttypes.NewQueryClient(c).ClientStates(ctx, &clienttypes.QueryClientStatesRequest{Pagination: page})
		if err != nil {
			return "", fmt.Errorf("light clients on %s: %w", c.ChainID(), err)
		}
		for _, s := range res.ClientStates {
			state, err := clienttypes.UnpackClientState(s.ClientState)
			tm, ok := state.(*ibctm.ClientState)
			if err != nil || !ok || s.ClientId == id || tm.ChainId != dead.chainID || !ibctm.IsMatchingClientState(*dead.state, *tm) {
				continue
			}
			if l, err := lightClientOf(ctx, c, s.ClientId); err == nil && l.level(time.Now()) == 0 && l.trusting == dead.trusting {
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

// proposalFile is the form that `tx gov submit-proposal` reads.
type proposalFile struct {
	Messages []json.RawMessage `json:"messages"`
	Metadata string            `json:"metadata"`
	Deposit  string            `json:"deposit"`
	Title    string            `json:"title"`
	Summary  string            `json:"summary"`
}

func writeProposal(c *client.Client, r *Recovery, title, summary string, msg sdk.Msg) error {
	body, err := c.Encoding.Codec.MarshalInterfaceJSON(msg)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(proposalFile{[]json.RawMessage{body}, "", r.Deposit, title, summary}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(r.File, append(data, '\n'))
}

// submit lets the owner submit the proposal and pay the deposit.
func (w *work) submit(ctx context.Context, on relayer.ChainConfig, r *Recovery, title, summary string, msg sdk.Msg) error {
	c, err := dial(ctx, on.RPC, on.ChainID, on.GasPrices, &w.Owner, w.opts.Passphrase)
	if err != nil {
		return err
	}
	account, err := c.Account(w.Owner.Name)
	if err != nil {
		return err
	}
	deposit, err := sdk.ParseCoinsNormalized(r.Deposit)
	if err != nil {
		return fmt.Errorf("deposit %q: %w", r.Deposit, err)
	}
	proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{msg}, deposit, account.Address(), "", title, summary, false)
	if err != nil {
		return err
	}
	res, err := account.Send(ctx, proposal)
	if err != nil {
		return fmt.Errorf("submit the proposal: %w", err)
	}
	var answer govv1.MsgSubmitProposalResponse
	if err := res.Response(0, &answer); err != nil {
		return err
	}
	r.Proposal = answer.ProposalId
	if p, err := govv1.NewQueryClient(c).Proposal(ctx, &govv1.QueryProposalRequest{ProposalId: r.Proposal}); err == nil && p.Proposal.VotingEndTime != nil {
		r.VotingEnds = p.Proposal.VotingEndTime.UTC()
	}
	return nil
}
