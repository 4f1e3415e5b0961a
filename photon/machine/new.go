package machine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Identity is what makes a channel this node's.
type Identity struct {
	// Account that payouts go to.
	Account string
	// Key that signs in the channel.
	Key types.ChannelKey
}

// NewState returns the machine of a channel that is on chain. A channel is taken only
// if account and key of one side are both the node's (rule 0 of x/channels): anybody
// can open one that names somebody else's key and pays out to itself. ErrNotMine says
// which of the two is not. The next event must be Start.
func NewState(config Config, snapshot Snapshot, mine Identity) (*State, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	ch := snapshot.Channel
	side := -1
	for i := range ch.Key {
		if ch.Key[i].Same(mine.Key) && ch.Account[i] == mine.Account {
			side = i
		}
	}
	if side < 0 {
		return nil, fmt.Errorf("%w: channel %d has accounts %s, %s and keys %s, %s: one side must have account %s with key %s", ErrNotMine,
			ch.Place.Channel, ch.Account[0], ch.Account[1], ch.Key[0].Text(), ch.Key[1].Text(), mine.Account, mine.Key.Text())
	}
	s := &State{Config: config, Channel: ch, Side: uint8(side), Phase: PhaseOpen, Wait: WaitPeer}
	if snapshot.Dispute != nil {
		s.Phase, s.Wait = PhaseDispute, WaitUpdateEnd
		s.Dispute = newDispute(snapshot.Dispute)
	}
	return s, nil
}

func newDispute(d *ChainDispute) *Dispute {
	return &Dispute{
		Closer: d.Closer, UpdateUntil: d.UpdateUntil, UnlockUntil: d.UnlockUntil, SettleFrom: d.SettleFrom, Held: d.Held, Claim: d.Claim,
	}
}

// Peer is the other side.
func (s *State) Peer() uint8 { return 1 - s.Side }

// OwnKey is the node's key in the channel.
func (s *State) OwnKey() types.ChannelKey { return s.Channel.Key[s.Side] }

// PeerKey is the peer's key in the channel.
func (s *State) PeerKey() types.ChannelKey { return s.Channel.Key[1-s.Side] }

// NextLockID is the id of the next lock that SendBatch adds; the one after it has the
// next number.
func (s *State) NextLockID() uint64 { return s.Sent.LastLockID + 1 }

// Head is what the next own batch is chained to.
func (s *State) Head() types.Hash { return head(s.Channel.Place, s.Side, &s.Sent.Newest) }

func head(place types.Place, sender uint8, newest *types.BalanceProof) types.Hash {
	if newest.Nonce == 0 {
		return types.FirstHead(place, sender)
	}
	return newest.LogHead
}

// Available is what this node can send: its deposit, less what it transferred and
// locked, with what it received and acknowledged.
func (s *State) Available() types.Uint128 {
	left, _ := available(s.Channel.Deposit[s.Side], s.Sent.Newest.Transferred, s.Sent.Newest.Locked, s.Received.Newest.Transferred)
	return left
}

// PeerAvailable is what the peer can send, as far as this node can be sure.
func (s *State) PeerAvailable() types.Uint128 {
	left, _ := available(s.Channel.Deposit[s.Peer()], s.Received.Newest.Transferred, s.Received.Newest.Locked, s.Sent.Newest.Transferred)
	return left
}

// Balance of this node if the channel ended now and no pending lock counted.
func (s *State) Balance() types.Uint128 {
	left, _ := available(s.Channel.Deposit[s.Side], s.Sent.Newest.Transferred, types.Uint128{}, s.Received.Newest.Transferred)
	return left
}

// available returns deposit − gave − locked + got, or 0 and not ok if it is negative.
// Nothing overflows: deposits are at most 2^127 and gave + locked is below 2^128.
func available(deposit, gave, locked, got types.Uint128) (types.Uint128, bool) {
	spent, ok := gave.Add(locked)
	if !ok {
		return types.Uint128{}, false
	}
	if got.Less(spent) {
		loss, _ := spent.Sub(got)
		left, ok := deposit.Sub(loss)
		if !ok {
			return types.Uint128{}, false
		}
		return left, true
	}
	gain, _ := got.Sub(spent)
	left, ok := deposit.Add(gain)
	if !ok {
		return types.MaxUint128, true // more than exists; the peer's own check refuses it
	}
	return left, true
}

// Clone returns a copy that shares nothing that Apply changes.
func (s *State) Clone() *State {
	c := *s
	c.Sent.Locks = slices.Clone(s.Sent.Locks)
	c.Sent.InFlight = slices.Clone(s.Sent.InFlight)
	c.Sent.Gone = slices.Clone(s.Sent.Gone)
	c.Received.Locks = slices.Clone(s.Received.Locks)
	c.saved, c.session.passed = s.saved.clone(), maps.Clone(s.session.passed)
	if s.Pact != nil {
		pact := *s.Pact
		c.Pact = &pact
	}
	if s.Closing != nil {
		closing := *s.Closing
		c.Closing = &closing
	}
	if s.Dispute != nil {
		dispute := *s.Dispute
		c.Dispute = &dispute
	}
	return &c
}
