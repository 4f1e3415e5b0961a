package mediator

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Names of what is kept in the node's store:
//
//	s | hash 32     secret of a forwarded payment, 32 bytes
//	r | hash 32     payment request
//	u | channel 40  newest payment of it that the path-finding service took
//	q | in 32 | out 32  rate of a swap
//	f | channel 40  policy of forwarding into it
//	v |             path-finding service
//	j | number 8    payment that this node made or was the target of
//	e | channel 40  what went through a channel for others
//	d | id 16       request of another that this node paid: its expiry
const (
	keptSecret  = 's'
	keptRequest = 'r'
	keptUsed    = 'u'
	keptRate    = 'q'
	keptPolicy  = 'f'
	keptService = 'v'
	keptPaid    = 'd'
	keptJournal = 'j'
	keptEarned  = 'e'
)

func secretName(hash types.Hash) []byte  { return append([]byte{keptSecret}, hash[:]...) }
func requestName(hash types.Hash) []byte { return append([]byte{keptRequest}, hash[:]...) }

func usedName(id protocol.ChannelID) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{keptUsed}, id.Domain[:]...), id.Channel)
}

// carryOut does what the core asks for.
func (m *Mediator) carryOut(command payment.Command) {
	switch c := command.(type) {
	case payment.AddLock:
		m.addLock(c)
	case payment.Reveal:
		m.post(c.Channel, machine.Reveal{LockID: c.LockID, Secret: c.Secret})
	case payment.Pass:
		m.post(c.Channel, machine.Pass{LockID: c.LockID, Secret: c.Secret})
	case payment.PayLock:
		m.post(c.Channel, machine.Pay{LockID: c.LockID})
	case payment.Dispose:
		m.post(c.Channel, machine.Dispose{LockID: c.LockID, Reason: c.Reason, Failure: c.Failure})
	case payment.SaveSecret:
		m.node.Keep(secretName(c.Hash), c.Secret[:])
	case payment.DropSecret:
		m.node.Keep(secretName(c.Hash), nil)
	case payment.SaveRequest:
		m.node.Keep(requestName(c.Request.Hash), appendRequest(nil, &c.Request))
	case payment.DropRequest:
		m.node.Keep(requestName(c.Hash), nil)
	case payment.RegisterSecret:
		m.register(c)
	case payment.AskQuote:
		if err := m.send(c.Peer, c.Request); err != nil {
			m.enqueue(queued{event: payment.Quoted{Quote: protocol.Quote{Number: c.Request.Number, Node: c.Peer}}})
		}
	case payment.AnswerQuote:
		c.Quote.Sign(m.config.Key)
		_ = m.send(c.Peer, c.Quote) // gone meanwhile
	default:
		m.tell(command)
	}
}

// tell passes on what happened.
func (m *Mediator) tell(command payment.Command) {
	switch c := command.(type) {
	case payment.Arrived:
		m.count(func(t *Totals) { t.Arrived++ })
		m.record(arrival(&c, m.now()))
		if m.config.Arrived != nil {
			m.config.Arrived(c)
		}
	case payment.Forwarded:
		m.count(func(t *Totals) { t.Forwarded++ })
		m.earn(&c)
		if m.config.Forwarded != nil {
			m.config.Forwarded(c)
		}
	case payment.Lost:
		m.count(func(t *Totals) { t.Lost++ })
		m.config.Logger.Error("a mediated payment was paid and did not come in", "in", c.In.Channel, "lock", c.In.Lock, "out", c.Out, "amount", c.Amount)
	case payment.Finished:
		m.count(func(t *Totals) {
			if c.Err == nil {
				t.Paid++
			} else {
				t.Failed++
			}
		})
		if c.Order != nil {
			m.record(departure(&c, m.now()))
		}
		m.mu.Lock()
		done := m.waiting[c.ID]
		delete(m.waiting, c.ID)
		m.mu.Unlock()
		if done != nil {
			done <- c
		}
	}
}

func (m *Mediator) count(change func(*Totals)) {
	m.working.Lock()
	defer m.working.Unlock()
	change(&m.totals)
}

func (m *Mediator) addLock(c payment.AddLock) {
	op := protocol.Op{
		Kind: types.EntryLock, PaymentID: c.PaymentID, Amount: c.Amount, Hash: c.Hash, Expiry: c.Expiry, Packet: packetHash(c.Packet),
	}
	done := func(at node.PaymentName, err error) {
		if err != nil {
			m.enqueue(queued{event: payment.NotLocked{Channel: c.Channel, PaymentID: c.PaymentID, Err: err}})
			return
		}
		name := payment.Name{Channel: at.Channel, Epoch: at.Epoch, Nonce: at.Nonce, Index: at.Index}
		m.enqueue(queued{event: payment.Locked{Channel: c.Channel, PaymentID: c.PaymentID, Name: name}})
	}
	if err := m.node.AddLock(c.Channel, op, c.Packet, machine.Now(c.Until), done); err != nil {
		done(node.PaymentName{}, err)
	}
}

// post hands an event to a channel. What fails now is repeated when the channel is ready
// again, or decided by the chain.
func (m *Mediator) post(id protocol.ChannelID, event machine.Event) {
	done := func(err error) {
		if err != nil {
			m.config.Logger.Debug("lock", "channel", id, "event", fmt.Sprintf("%T", event), "error", err)
		}
	}
	if err := m.node.Post(id, event, done); err != nil {
		done(err)
	}
}

// register puts a secret on record at once.
func (m *Mediator) register(c payment.RegisterSecret) {
	g, ok := m.node.Gauge(c.Channel)
	if !ok || m.config.Submit == nil {
		return
	}
	m.config.Submit(g.ChainID, machine.SubmitSecrets{Channel: c.Channel.Channel, Secrets: [][types.SecretLength]byte{c.Secret}, Until: c.Until}, g.Clock)
}

// send sends to a connected peer.
func (m *Mediator) send(to protocol.NodeID, message protocol.Message) error {
	m.working.Lock()
	peer, ok := m.peers[to]
	m.working.Unlock()
	if !ok {
		return fmt.Errorf("%w: %s", node.ErrNotConnected, to)
	}
	return m.node.SendTo(peer, message)
}

const requestLength = 16 + 32 + 32 + 16 + 8 + 1

// appendRequest appends id 16 | hash 32 | domain 32 | amount 16 | expiry 8 | paid 1.
func appendRequest(b []byte, r *payment.Request) []byte {
	b = append(append(append(b, r.ID[:]...), r.Hash[:]...), r.Domain[:]...)
	b = binary.BigEndian.AppendUint64(r.Amount.AppendTo(b), r.Expiry)
	if r.Paid {
		return append(b, 1)
	}
	return append(b, 0)
}

func parseRequest(b []byte) (r payment.Request, err error) {
	if len(b) != requestLength {
		return r, fmt.Errorf("%w: payment request of %d bytes: must have %d", store.ErrCorrupt, len(b), requestLength)
	}
	copy(r.ID[:], b)
	r.Hash, r.Domain = types.Hash(b[16:48]), types.Hash(b[48:80])
	r.Amount, r.Expiry, r.Paid = types.Uint128FromBytes(b[80:]), binary.BigEndian.Uint64(b[96:]), b[104] == 1
	return r, nil
}

// loadKept reads what earlier runs left.
func (m *Mediator) loadKept(restore *payment.Restore) error {
	var failed error
	err := m.node.Kept(nil, func(name, value []byte) {
		switch name[0] {
		case keptRate, keptPolicy, keptService:
			if err := m.loadOffer(name, value); err != nil {
				failed = err
			}
		case keptJournal:
			m.journal.load(name, value)
		case keptEarned:
			m.loadEarning(name, value)
		case keptPaid:
			if len(name) == 17 && len(value) == 8 {
				m.paid[[16]byte(name[1:])] = binary.BigEndian.Uint64(value)
			}
		case keptSecret:
			if len(value) == types.SecretLength {
				restore.Secrets = append(restore.Secrets, [types.SecretLength]byte(value))
			}
		case keptRequest:
			r, err := parseRequest(value)
			if err != nil {
				failed = err
				return
			}
			restore.Requests = append(restore.Requests, r)
		case keptUsed:
			if len(value) == 20 && len(name) == 41 {
				used := protocol.PaymentName{
					ID:    protocol.ChannelID{Domain: types.Hash(name[1:33]), Channel: binary.BigEndian.Uint64(name[33:])},
					Epoch: binary.BigEndian.Uint64(value), Nonce: binary.BigEndian.Uint64(value[8:]), Index: binary.BigEndian.Uint32(value[16:]),
				}
				m.paths.Use(used)
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}
