package simulator

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Node is a payment node with a disk that survives it.
type Node struct {
	Name    string
	Account sdk.AccAddress
	// Evil nodes do what their owner likes: nothing is promised to them.
	Evil bool

	w        *World
	key      ed25519.PrivateKey
	up       bool
	runs     uint64
	crashIn  int // points until the node crashes; 0: by chance
	points   int // where it could have crashed so far
	blind    bool
	channels []*Channel
	scanner  protocol.Scanner
	config   machine.Config
	// Hears is called for all that machines tell.
	Hears func(ch *Channel, n machine.Notice)
	// Filter may withhold what the node sends.
	Filter func(ch *Channel, m protocol.Message) bool
	// payments over several channels, if the node makes any.
	payments *Payments
}

// Channel is one channel of a node.
type Channel struct {
	ID    protocol.ChannelID
	State *machine.State
	Peer  *Node

	link  *Link
	chain *Chain
	disk  disk
	seen  int // blocks that were applied
	// outbox of entries for the next batch, forgotten by a crash.
	outbox outbox
	ended  *machine.NoticeEnded
	// packets of the batch that is being taken, by lock.
	packets map[uint64][]byte
}

// disk survives a crash.
type disk struct {
	image machine.Image
	// sent are own batches by nonce, as they were sent; received the acknowledgements.
	sent     []logged
	received []logged
	// history of all states, for who wants to go back.
	history []machine.Image
}

type logged struct {
	epoch, nonce uint64
	frame        []byte
	message      protocol.Message
}

type outbox struct {
	entries []byte
	count   uint32
	locks   []protocol.Op
	packets [][]byte // of locks, by their index; may be shorter
	done    []func(error)
	framed  []byte // packets as they are sent
}

func hashOf(secret [types.SecretLength]byte) types.Hash { return sha256.Sum256(secret[:]) }

// AddNode adds a node with coins on all chains.
func (w *World) AddNode(name string) *Node {
	seed := sha256.Sum256([]byte(name))
	n := &Node{Name: name, Account: seed[:20], w: w, key: ed25519.NewKeyFromSeed(seed[:]), up: true, config: machine.DefaultConfig()}
	n.config.ReturnTime, n.config.MinLockTime, n.config.RegisterBefore = 300, 100, 60
	w.Nodes = append(w.Nodes, n)
	for _, c := range w.Chains {
		c.Fund(n.Account, 1_000_000)
	}
	for _, other := range w.Nodes[:len(w.Nodes)-1] {
		w.Links = append(w.Links, &Link{w: w, ends: [2]*Node{other, n}})
	}
	return n
}

// Key implements machine.Signer.
func (n *Node) Key() types.ChannelKey {
	return types.Ed25519Key(n.key.Public().(ed25519.PublicKey))
}

// Sign implements machine.Signer. Everything that an honest node signs is looked at.
func (n *Node) Sign(message []byte) (s protocol.Signature) {
	copy(s[:], ed25519.Sign(n.key, message))
	if !n.Evil {
		n.w.book.signed(n, message)
	}
	return s
}

func (w *World) link(a, b *Node) *Link {
	for _, l := range w.Links {
		if l.ends == [2]*Node{a, b} || l.ends == [2]*Node{b, a} {
			return l
		}
	}
	return nil
}

// Open opens a channel of two nodes on a chain and connects them.
func (w *World) Open(c *Chain, a, b *Node, depositA, depositB uint64) (protocol.ChannelID, error) {
	terms := types.OpenTerms{
		Domain: c.Domain(), Account: [2][]byte{a.Account, b.Account}, Key: [2]types.ChannelKey{a.Key(), b.Key()},
		Deposit: types.NewUint128(depositA), Challenge: w.Challenge, ValidUntil: c.Clock() + 600 + uint64(len(c.Blocks)),
	}
	signature := b.Sign(terms.Bytes())
	next, err := c.keeper.Sequence.Peek(c.ctx)
	if err != nil {
		return protocol.ChannelID{}, err
	}
	id := protocol.ChannelID{Domain: terms.Domain, Channel: next}
	if err := c.Deliver(&types.MsgOpenChannel{
		Opener: a.Account.String(), Partner: b.Account.String(), OpenerKey: a.Key(), PartnerKey: b.Key(),
		Deposit: sdk.NewInt64Coin(Denom, int64(depositA)), Challenge: w.Challenge, ValidUntil: terms.ValidUntil, PartnerSignature: signature[:], //nolint:gosec // small
	}); err != nil {
		return id, err
	}
	if depositB > 0 {
		if err := c.Deliver(&types.MsgDeposit{Depositor: b.Account.String(), ChannelId: next, Participant: 1, Total: types.NewUint128(depositB)}); err != nil {
			return id, err
		}
	}
	link := w.link(a, b)
	for _, n := range []*Node{a, b} {
		other := link.ends[1-link.end(n)]
		snapshot, _, err := chain.Event{Message: &types.Change{Channel: c.Channel(next)}}.Machine()
		if err != nil {
			return id, err
		}
		state, err := machine.NewState(n.config, snapshot.Event.(machine.Snapshot), machine.Identity{Account: n.Account.String(), Key: n.Key()})
		if err != nil {
			return id, err
		}
		ch := &Channel{ID: id, State: state, Peer: other, link: link, chain: c, seen: len(c.Blocks)}
		n.save(ch)
		n.channels = append(n.channels, ch)
		n.tell(ch, machine.Start{Floor: n.floor()})
	}
	link.dial()
	return id, nil
}

// floor is the least nonce of a run: milliseconds << 16 as in a real node.
func (n *Node) floor() uint64 { return uint64(genesisTime*1000+n.w.now) << 16 } //nolint:gosec // positive

// Channel of a node.
func (n *Node) Channel(id protocol.ChannelID) *Channel {
	for _, ch := range n.channels {
		if ch.ID == id {
			return ch
		}
	}
	return nil
}

func (n *Node) connect(ch *Channel) {
	at := ch.link.end(n)
	n.tell(ch, machine.Connect{Own: ch.link.challenges[at], Peer: ch.link.challenges[1-at]})
}

// follow applies the blocks that the node has not seen.
func (n *Node) follow() {
	if !n.up || n.blind {
		return
	}
	for _, ch := range n.channels {
		for ch.seen < len(ch.chain.Blocks) && n.up && ch.State.Phase != machine.PhaseEnded {
			block := &ch.chain.Blocks[ch.seen]
			ch.seen++
			for _, e := range block.Events {
				if e.Channel == ch.ID.Channel || e.Channel == 0 {
					n.tell(ch, e.Event)
				}
			}
			n.tell(ch, block.Header)
			n.ask(ch)
		}
		n.tell(ch, machine.Tick{Now: n.w.Now()})
	}
}

// ask asks the chain about the secrets that the machine must be certain of.
func (n *Node) ask(ch *Channel) {
	if !n.up {
		return
	}
	for _, hash := range ch.State.Unasked(nil) {
		if registered, ok := ch.chain.Secret(hash); ok {
			n.tell(ch, registered)
		} else {
			n.tell(ch, machine.SecretAbsent{Hash: hash, Clock: ch.chain.Blocks[len(ch.chain.Blocks)-1].Header.Clock})
		}
	}
}

// crash forgets all but the disk.
func (n *Node) crash() {
	n.w.trace("%s crashes", n.Name)
	n.up = false
	for _, l := range n.w.Links {
		if l.ends[0] == n || l.ends[1] == n {
			l.cut()
		}
	}
	n.w.after(1_000+n.w.rand.Int64N(20_000), func() {
		if !n.up {
			n.start()
		}
	})
}

// start reads the disk and goes on from there.
func (n *Node) start() {
	n.up = true
	n.runs++
	for _, ch := range n.channels {
		n.load(ch, ch.disk.image, machine.Start{Floor: n.floor()})
	}
	if n.payments != nil {
		n.payments.restart()
	}
	n.follow()
}

// load lets the node have an image on its disk, and start from it.
func (n *Node) load(ch *Channel, image machine.Image, start machine.Start) {
	state, err := machine.ParseState(n.config, image)
	if err != nil {
		n.w.fail("%s: %s", n.Name, err)
		return
	}
	ch.State, ch.disk.image, ch.outbox = state, image.Clone(), outbox{}
	n.tell(ch, start)
	ch.seen = int(state.View.Height)
	if gap := len(ch.chain.Blocks) - ch.seen; gap > 0 && n.w.chance(500) {
		n.catchUp(ch)
	}
}

// catchUp gives a snapshot instead of all blocks since.
func (n *Node) catchUp(ch *Channel) {
	now := ch.chain.Channel(ch.ID.Channel)
	if now == nil || len(ch.chain.Blocks) == 0 {
		return // it ended: the events say how
	}
	snapshot, _, err := chain.Event{Message: &types.Change{Channel: now}}.Machine()
	if err != nil {
		n.w.fail("%s: %s", n.Name, err)
		return
	}
	ch.seen = len(ch.chain.Blocks)
	n.tell(ch, snapshot.Event)
	for _, locks := range [][]*machine.PendingLock{slices.Clone(ch.State.Sent.Locks), slices.Clone(ch.State.Received.Locks)} {
		for _, lock := range locks {
			if registered, ok := ch.chain.Secret(lock.Hash); ok {
				n.tell(ch, registered)
			}
		}
	}
	n.tell(ch, ch.chain.Blocks[ch.seen-1].Header)
}

// apply runs an event and carries out its effects, unless the node crashes in between.
func (n *Node) apply(ch *Channel, e machine.Event) error {
	if !n.up {
		return errDown
	}
	effects, err := ch.State.Apply(e, n, nil)
	if err != nil {
		return err
	}
	if n.w.Observe != nil {
		n.w.Observe(n, ch, e, effects)
	}
	for i, effect := range effects {
		if n.crashes(effect) {
			n.w.trace("%s: crash before effect %d, %T", n.Name, i, effect)
			n.crash()
			return errDown
		}
		n.carryOut(ch, effect)
		if !n.up {
			return errDown
		}
	}
	if len(effects) > 0 && n.crashes(effects[len(effects)-1]) { // after the last one
		n.crash()
		return errDown
	}
	return nil
}

// errDown says that the node is down, or went down on the way.
var errDown = errors.New("the node is down")

// tell gives a machine what it cannot refuse.
func (n *Node) tell(ch *Channel, e machine.Event) {
	if err := n.apply(ch, e); err != nil && !errors.Is(err, errDown) {
		n.w.fail("%s: %T: %s", n.Name, e, err)
	}
}

// crashes decides whether the node crashes before an effect.
func (n *Node) crashes(effect machine.Effect) bool {
	switch effect.(type) {
	case machine.Persist, machine.Early, machine.Send, machine.SendSigned, machine.Submit, machine.Deliver, machine.Notify:
	default:
		return false
	}
	n.points++
	if n.crashIn > 0 {
		n.crashIn--
		return n.crashIn == 0
	}
	return n.w.chance(n.w.Faults.Crash)
}
