package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	keyOwner = "owner"
	// announcements is how many a zone's own account can pay for: one unit each.
	announcements = 1000
	// activationTimeout is how long a registration may take to become active.
	activationTimeout = 90 * time.Second
)

// zoneOwner is whoever registers the zones: one key on all chains, as each zone's
// genesis names the account that the registry knows.
type zoneOwner struct{ mnemonic, address string }

func newZoneOwner() (zoneOwner, error) {
	keys, err := client.OpenKeyring(keyring.BackendMemory, "", nil)
	if err != nil {
		return zoneOwner{}, err
	}
	mnemonic, err := client.EnsureKey(keys, keyOwner)
	if err != nil {
		return zoneOwner{}, err
	}
	record, err := keys.Key(keyOwner)
	if err != nil {
		return zoneOwner{}, err
	}
	raw, err := record.GetAddress()
	if err != nil {
		return zoneOwner{}, err
	}
	address, err := bech32(raw)
	return zoneOwner{mnemonic: mnemonic, address: address}, err
}

// account is the owner's at genesis.
func (o zoneOwner) account(coins string) localnet.Account {
	return localnet.Account{Name: keyOwner, Coins: coins, Mnemonic: o.mnemonic}
}

// announcer is the account that a zone announces itself from; nobody has its key.
func announcer(denom string) localnet.Account {
	return localnet.Account{Name: "registry of zones", Address: registry(), Coins: sdk.NewInt64Coin(denom, announcements).String()}
}

// onboard brings a zone into the registry: its owner registers it on the main chain
// and pins the zone's hub, and the zone announces itself through that.
func (s *stage) onboard(ctx context.Context, owner *sender, zone *localnet.Chain, path relayer.Path) error {
	genesis, err := os.ReadFile(zone.GenesisFile())
	if err != nil {
		return err
	}
	hash := sha256.Sum256(genesis)
	registryQuery := zonestypes.NewQueryClient(s.clients[mainChainID])
	var params *zonestypes.QueryParamsResponse
	err = retry(ctx, func() error {
		params, err = registryQuery.Params(ctx, &zonestypes.QueryParamsRequest{})
		return err
	})
	if err != nil {
		return fmt.Errorf("bond of a zone: %w", err)
	}
	result, err := owner.send(ctx, &zonestypes.MsgRegisterZone{
		Owner: owner.account.Address(), Name: zone.Spec.Zone, ChainId: zone.Spec.ChainID, GenesisHash: hash[:],
		Bond: params.Params.Bond, ChannelId: path.A.ChannelID, Area: "demo/" + zone.Spec.Zone, Level: 1,
	})
	if err != nil {
		return fmt.Errorf("register zone %s: %w", zone.Spec.Zone, err)
	}
	var registered zonestypes.MsgRegisterZoneResponse
	if err := result.Response(0, &registered); err != nil {
		return err
	}
	there, err := s.sender(zone.Spec.ChainID, keyOwner)
	if err != nil {
		return err
	}
	me := there.account.Address()
	_, err = there.send(ctx,
		&zonestypes.MsgPinHub{Signer: me, Hub: zonestypes.Hub{ClientId: path.B.ClientID, ConnectionId: path.B.ConnectionID, ChannelId: path.B.ChannelID}},
		&zonestypes.MsgAnnounce{Sender: me, Nonce: registered.Nonce, GenesisHash: hash[:]})
	if err != nil {
		return fmt.Errorf("announce zone %s: %w", zone.Spec.Zone, err)
	}
	return s.awaitActive(ctx, registryQuery, zone.Spec.Zone)
}

func (s *stage) awaitActive(ctx context.Context, registry zonestypes.QueryClient, name string) error {
	ctx, cancel := context.WithTimeout(ctx, activationTimeout)
	defer cancel()
	for {
		res, err := registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: name})
		if err == nil && res.Zone.Status == zonestypes.STATUS_ACTIVE {
			s.progress.say("zone %s is active: channel %s of %s is proven to be its own", name, res.Zone.Zone.ChannelId, mainChainID)
			return nil
		}
		if ended := sleep(ctx, inboxPoll); ended != nil {
			return fmt.Errorf("zone %s does not become active: %w", name, errors.Join(ended, err))
		}
	}
}

// heartbeat lets a zone tell the main chain how far it is; anybody may ask for it.
func heartbeat(ctx context.Context, s *sender) error {
	_, err := s.send(ctx, &zonestypes.MsgAnnounce{Sender: s.account.Address()})
	return err
}

// zoneReports are the entries of the registry, and what is wrong with them: every
// zone has to be active on its channel and to have sent a heartbeat.
func (s *stage) zoneReports(ctx context.Context) (reports []ZoneReport, faults []string, err error) {
	registry := zonestypes.NewQueryClient(s.clients[mainChainID])
	for _, path := range s.net.paths {
		zone, _, _ := strings.Cut(path.B.ChainID, "-")
		var res *zonestypes.QueryZoneResponse
		err := retry(ctx, func() error {
			var err error
			res, err = registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: zone})
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("zone %s: %w", zone, err)
		}
		entry := res.Zone.Zone
		r := ZoneReport{
			Name: zone, ChainID: entry.ChainId, Status: strings.ToLower(strings.TrimPrefix(res.Zone.Status.String(), "STATUS_")),
			Channel: entry.ChannelId, Hub: path.B.ChannelID,
		}
		if entry.Heartbeat != nil {
			r.Heartbeat = entry.Heartbeat.Height
		}
		if res.Zone.Status != zonestypes.STATUS_ACTIVE || entry.ChannelId != path.A.ChannelID || r.Heartbeat == 0 {
			faults = append(faults, fmt.Sprintf("zone %s: is %s on %q with a heartbeat at %d, should be active on %q with one",
				zone, r.Status, entry.ChannelId, r.Heartbeat, path.A.ChannelID))
		}
		reports = append(reports, r)
	}
	return reports, faults, nil
}
