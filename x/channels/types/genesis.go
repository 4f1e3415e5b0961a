package types

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultGenesis has default parameters, no channels, and no instance yet.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextChannelId: 1}
}

// DrawInstance makes the instance of a chain that starts without one:
//
//	SHA-256(tag "mesh/instance/v1" 16 | genesis time in Unix nanoseconds 8 | chain-id)
func DrawInstance(chainID string, genesis time.Time) Hash {
	b := appendTag(nil, TagInstance)
	b = binary.BigEndian.AppendUint64(b, uint64(genesis.UnixNano())) //nolint:gosec // any 64 bits will do
	return sha256.Sum256(append(b, chainID...))
}

// Validate checks the whole genesis state of the module.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if n := len(g.Instance); n != 0 && n != HashLength {
		return errorsmod.Wrapf(ErrGenesis, "instance has %d bytes: must have %d, or none to draw it", n, HashLength)
	}
	if g.NextChannelId == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_channel_id is 0: ids start at 1")
	}
	if len(g.Channels) > 0 && len(g.Instance) == 0 {
		return errorsmod.Wrap(ErrGenesis, "instance is empty: must be the one that the channels were opened with")
	}
	seen := make(map[uint64]*Channel, len(g.Channels))
	for i := range g.Channels {
		ch := &g.Channels[i]
		if err := ch.Validate(); err != nil {
			return fmt.Errorf("channels[%d]: %w", i, err)
		}
		if err := g.checkID("channels", i, ch.Id, seen[ch.Id] != nil); err != nil {
			return err
		}
		seen[ch.Id] = ch
	}
	if err := g.validateUnlocked(seen); err != nil {
		return err
	}
	if err := g.validateEnded(seen); err != nil {
		return err
	}
	if err := g.validateSecrets(); err != nil {
		return err
	}
	if err := g.validateCredits(); err != nil {
		return err
	}
	return g.validateCollaterals()
}

func (g *GenesisState) checkID(list string, i int, id uint64, twice bool) error {
	if twice {
		return errorsmod.Wrapf(ErrGenesis, "%s[%d].id %d is there twice", list, i, id)
	}
	if id == 0 || id >= g.NextChannelId {
		return errorsmod.Wrapf(ErrGenesis, "%s[%d].id %d: must be 1 to next_channel_id %d, exclusive", list, i, id, g.NextChannelId)
	}
	return nil
}

func (g *GenesisState) validateUnlocked(channels map[uint64]*Channel) error {
	for i, u := range g.Unlocked {
		ch := channels[u.ChannelId]
		if ch == nil || ch.Dispute == nil || u.Sender > 1 {
			return errorsmod.Wrapf(ErrGenesis, "unlocked[%d]: participant %d of channel %d is in no dispute", i, u.Sender, u.ChannelId)
		}
		locks, err := ParseLocks(u.Locks)
		if err != nil {
			return fmt.Errorf("unlocked[%d]: %w", i, err)
		}
		e := ch.Dispute.Directions[u.Sender].Held
		if u.Claim {
			e = ch.Dispute.Directions[u.Sender].Claim
		}
		if sum, _ := locks.Sum(); e == nil || !e.Unlocked || e.UnlockedAmount != sum {
			return errorsmod.Wrapf(ErrGenesis, "unlocked[%d]: locks sum up to %s: must be unlocked_amount of the proof", i, sum)
		}
	}
	return nil
}

func (g *GenesisState) validateEnded(channels map[uint64]*Channel) error {
	seen := make(map[uint64]bool, len(g.Ended))
	for i, e := range g.Ended {
		if err := g.checkID("ended", i, e.Id, seen[e.Id] || channels[e.Id] != nil); err != nil {
			return err
		}
		seen[e.Id] = true
		if len(e.Keys) != 2 || len(e.Accounts) != 2 || len(e.Payouts) != 2 {
			return errorsmod.Wrapf(ErrGenesis, "ended[%d] has %d keys, %d accounts, %d payouts: must have 2 of each", i, len(e.Keys), len(e.Accounts), len(e.Payouts))
		}
	}
	return nil
}

func (g *GenesisState) validateSecrets() error {
	seen := make(map[string]bool, len(g.Secrets))
	for i, s := range g.Secrets {
		if len(s.Secret) != SecretLength {
			return errorsmod.Wrapf(ErrSecretLength, "secrets[%d] has %d bytes: must have %d", i, len(s.Secret), SecretLength)
		}
		if s.KeptUntil <= s.RegisteredAt {
			return errorsmod.Wrapf(ErrGenesis, "secrets[%d].kept_until %d: must be above registered_at %d", i, s.KeptUntil, s.RegisteredAt)
		}
		if seen[string(s.Secret)] {
			return errorsmod.Wrapf(ErrGenesis, "secrets[%d] is there twice", i)
		}
		seen[string(s.Secret)] = true
	}
	for i, t := range g.UsedTerms {
		if len(t.Hash) != HashLength {
			return errorsmod.Wrapf(ErrGenesis, "used_terms[%d].hash has %d bytes: must have %d", i, len(t.Hash), HashLength)
		}
	}
	return nil
}

func (g *GenesisState) validateCredits() error {
	seen := make(map[string]bool, len(g.Credits))
	for i, c := range g.Credits {
		if _, err := ParseAccount("account", c.Account); err != nil {
			return fmt.Errorf("credits[%d]: %w", i, err)
		}
		if _, err := CoinAmount("amount", c.Amount); err != nil {
			return fmt.Errorf("credits[%d]: %w", i, err)
		}
		name := c.Account + "/" + c.Amount.Denom
		if seen[name] {
			return errorsmod.Wrapf(ErrGenesis, "credits[%d] of %s is there twice", i, name)
		}
		seen[name] = true
	}
	return nil
}

func (g *GenesisState) validateCollaterals() error {
	funded := make(map[string]Uint128)
	for _, ch := range g.Channels {
		if ch.Guarantee == nil {
			continue
		}
		name := ch.Guarantee.Guarantor + "/" + ch.Participants[0].Account + "/" + ch.Denom
		sum, ok := funded[name].Add(ch.Guarantee.Funded)
		if !ok {
			return errorsmod.Wrapf(ErrGenesis, "guarantees of %s: must sum up to less than 2^128", name)
		}
		funded[name] = sum
	}
	seen := make(map[string]bool, len(g.Collaterals))
	for i, c := range g.Collaterals {
		if err := validateParties(c.Guarantor, c.User); err != nil {
			return fmt.Errorf("collaterals[%d]: %w", i, err)
		}
		if err := c.ApprovalKey.Validate(); err != nil {
			return fmt.Errorf("collaterals[%d].approval_key: %w", i, err)
		}
		name := c.Guarantor + "/" + c.User + "/" + c.Denom
		if seen[name] {
			return errorsmod.Wrapf(ErrGenesis, "collaterals[%d] of %s is there twice", i, name)
		}
		seen[name] = true
		if c.Funded != funded[name] {
			return errorsmod.Wrapf(ErrGenesis, "collaterals[%d].funded %s: must be %s, what the channels hold", i, c.Funded, funded[name])
		}
	}
	if len(funded) > len(seen) {
		return errorsmod.Wrapf(ErrGenesis, "collaterals: %d accounts for %d guarantees", len(seen), len(funded))
	}
	return nil
}

// Validate checks the form of a channel.
func (c *Channel) Validate() error {
	if len(c.Participants) != 2 {
		return errorsmod.Wrapf(ErrGenesis, "channel %d has %d participants: must have 2", c.Id, len(c.Participants))
	}
	if len(c.Domain) != HashLength {
		return errorsmod.Wrapf(ErrGenesis, "channel %d: domain has %d bytes: must have %d", c.Id, len(c.Domain), HashLength)
	}
	if err := sdk.ValidateDenom(c.Denom); err != nil {
		return errorsmod.Wrapf(ErrDenom, "channel %d: %v", c.Id, err)
	}
	for i, p := range c.Participants {
		if _, err := ParseAccount("account", p.Account); err != nil {
			return err
		}
		if err := p.Key.Validate(); err != nil {
			return errorsmod.Wrapf(err, "channel %d: participant %d", c.Id, i)
		}
	}
	if c.Participants[0].Account == c.Participants[1].Account || c.Participants[0].Key.Same(c.Participants[1].Key) {
		return errorsmod.Wrapf(ErrSelfChannel, "channel %d: both participants are %s", c.Id, c.Participants[0].Account)
	}
	deposits := c.Deposits()
	if total, ok := deposits[0].Add(deposits[1]); !ok || DepositCap.Less(total) {
		return errorsmod.Wrapf(ErrDepositCap, "channel %d: deposits %s and %s: must be at most %s together", c.Id, deposits[0], deposits[1], DepositCap)
	}
	if c.Terms.Challenge == 0 || c.Terms.BondBp > BasisPoints || c.Terms.RecoveryBondBp > BasisPoints {
		return errorsmod.Wrapf(ErrGenesis, "channel %d: terms %s", c.Id, c.Terms.String())
	}
	if c.Guarantee != nil {
		if _, err := ParseAccount("guarantor", c.Guarantee.Guarantor); err != nil {
			return err
		}
		if c.Guarantee.Funded.IsZero() {
			return errorsmod.Wrapf(ErrGenesis, "channel %d: guarantor %s funds 0: must fund at least 1", c.Id, c.Guarantee.Guarantor)
		}
	}
	if c.Dispute == nil {
		return nil
	}
	return c.validateDispute()
}

func (c *Channel) validateDispute() error {
	d := c.Dispute
	if len(d.Directions) != 2 || d.Closer > 1 {
		return errorsmod.Wrapf(ErrGenesis, "channel %d: dispute of participant %d with %d directions: must have 2", c.Id, d.Closer, len(d.Directions))
	}
	if d.ClosedAt > d.UpdateUntil || d.UpdateUntil > d.UnlockUntil || d.UnlockUntil > d.SettleFrom {
		return errorsmod.Wrapf(ErrGenesis, "channel %d: deadlines %d, %d, %d, %d: must not fall", c.Id, d.ClosedAt, d.UpdateUntil, d.UnlockUntil, d.SettleFrom)
	}
	if _, err := ParseAccount("bond_payer", d.BondPayer); err != nil {
		return err
	}
	if !d.Directions[d.Closer].Closed {
		return errorsmod.Wrapf(ErrGenesis, "channel %d: closer %d has not closed", c.Id, d.Closer)
	}
	for sender := range d.Directions {
		dir := &d.Directions[sender]
		for _, e := range []*Evidence{dir.Held, dir.Claim} {
			if e == nil {
				continue
			}
			p, err := e.Signed.CheckSender(c.Place(), uint8(sender), c.Participants[sender].Key) //nolint:gosec // 0 or 1
			if err != nil {
				return errorsmod.Wrapf(err, "channel %d", c.Id)
			}
			if p.Locked.Less(e.UnlockedAmount) {
				return errorsmod.Wrapf(ErrGenesis, "channel %d: unlocked_amount %s: must be at most %s", c.Id, e.UnlockedAmount, p.Locked)
			}
			if e == dir.Held {
				if err := e.Signed.CheckAck(p, c.Participants[1-sender].Key); err != nil {
					return errorsmod.Wrapf(err, "channel %d", c.Id)
				}
			}
		}
		if dir.Tower != "" {
			if _, err := ParseAccount("tower", dir.Tower); err != nil {
				return err
			}
		}
	}
	return nil
}

// Equal tells whether two states are the same, byte by byte.
func (g *GenesisState) Equal(other *GenesisState) bool {
	a, errA := g.Marshal()
	b, errB := other.Marshal()
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
