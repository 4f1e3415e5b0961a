package relayer

import (
	"context"
	"errors"
	"slices"
	"time"

	"cosmossdk.io/log"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
)

type parcelKind string

const (
	parcelRecv    parcelKind = "packet"
	parcelAck     parcelKind = "ack"
	parcelTimeout parcelKind = "timeout"
	parcelClose   parcelKind = "timeout_on_close"
)

// parcel is one message to deliver.
type parcel struct {
	kind parcelKind
	packet
	tried bool // it was refused before: look closely
}

type parcelID struct {
	kind     parcelKind
	Sequence uint64
}

func (p parcel) id() parcelID { return parcelID{p.kind, p.Sequence} }

// delivery is what a courier is asked to do: bring the parcels over, proven by the header of the
// other chain at height, and update the client even if there are none.
type delivery struct {
	height  int64
	parcels []parcel
	refresh bool
	ordered bool // one transaction at a time, in the order of sequences
}

// outcome is what became of a delivery, or of one of the transactions it sent. Parcels that it does
// not name are under way in other transactions.
type outcome struct {
	to        int
	posted    bool               // of a delivery: the courier is free; else of a transaction
	txs       int                // transactions that are under way now
	done      []parcelID         // delivered, by us or by somebody else
	redundant int                // of them, those that somebody else had delivered
	failed    map[parcelID]error // refused: put aside for a while
	open      []parcelID         // still to be delivered
	client    *lightClient       // the client after it was refreshed
	err       error              // the delivery as a whole
}

// courier delivers to one side of a path: it proves, packs and sends, one delivery at a time. The
// transactions are followed to their blocks beside it.
type courier struct {
	side         int
	to, from     *Chain
	toEnd, fromE End
	batch        BatchConfig
	log          log.Logger
	metrics      *Metrics
	gas          *gasTable
	follow       func(func()) // runs beside the courier, and ends with it
}

func newCourier(w *worker, to int) *courier {
	t, f := w.sides[to], w.sides[1-to]
	return &courier{
		side: to, to: t.chain, from: f.chain, toEnd: t.end, fromE: f.end, batch: w.cfg.Batch,
		log: w.log.With("to", t.chain.id), metrics: w.metrics, gas: newGasTable(),
	}
}

func (c *courier) run(ctx context.Context, jobs <-chan delivery, out chan<- outcome) error {
	for {
		select {
		case d := <-jobs:
			o := c.deliver(ctx, d, out)
			select {
			case out <- o:
			case <-ctx.Done():
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// deliver returns when everything is sent; the outcome of each transaction follows on out.
func (c *courier) deliver(ctx context.Context, d delivery, out chan<- outcome) outcome {
	o := outcome{to: c.side, posted: true, failed: map[parcelID]error{}}
	shipped := map[parcelID]bool{}
	o.err = c.attempt(ctx, d, &o, func(s shipment) {
		o.txs++
		for _, m := range s.messages {
			shipped[m.id()] = true
		}
		c.follow(func() {
			select {
			case out <- c.wait(ctx, s):
			case <-ctx.Done():
			}
		})
	})
	for _, id := range o.done {
		shipped[id] = true
	}
	for id := range o.failed {
		shipped[id] = true
	}
	for _, p := range d.parcels {
		if !shipped[p.id()] {
			o.open = append(o.open, p.id())
		}
	}
	return o
}

func (c *courier) attempt(ctx context.Context, d delivery, o *outcome, sent func(shipment)) error {
	todo, err := c.outstanding(ctx, d, o)
	if err != nil {
		return err
	}
	if len(todo) == 0 && !d.refresh {
		return nil
	}
	// The proofs first: what the newest block emitted is proven by the next header, which comes
	// while they are fetched.
	ready, err := c.prove(ctx, todo, d.height, d.ordered, o)
	if err != nil {
		return err
	}
	if err := c.await(ctx, d.height); err != nil {
		return err
	}
	height, update, err := c.climb(ctx, d.height)
	if err != nil {
		return err
	}
	if height != d.height && len(ready) > 0 {
		// The client knows a later header, and perhaps not this one.
		if ready, err = c.prove(ctx, todo, height, d.ordered, o); err != nil {
			return err
		}
	}
	if len(ready) > 0 {
		return c.send(ctx, update, ready, d.ordered, o, sent)
	}
	if d.refresh && update != nil {
		if err := c.refresh(ctx, update); err != nil {
			return err
		}
	}
	if d.refresh {
		if lc, err := c.to.lightClient(ctx, c.toEnd.ClientID); err == nil {
			o.client = &lc
		}
	}
	return nil
}

// await returns when the chain that packets come from has a header of the given height.
func (c *courier) await(ctx context.Context, height int64) error {
	ctx, cancel := context.WithTimeout(ctx, headerTimeout)
	defer cancel()
	return c.from.client.WaitHeight(ctx, height)
}

// headerTimeout is how long the next header is waited for before everything is looked at anew.
const headerTimeout = 15 * time.Second

// climb returns the height that the client knows once the message is executed, nil if it knows it.
// Where the validators have changed too much for one step, it has made the others.
func (c *courier) climb(ctx context.Context, atLeast int64) (int64, sdk.Msg, error) {
	height, updates, err := c.to.updates(ctx, c.from, c.toEnd.ClientID, atLeast)
	if err != nil || len(updates) == 0 {
		return height, nil, err
	}
	last := len(updates) - 1
	if height < atLeast {
		last++ // all of these, and then the rest of the way
	}
	for part := range slices.Chunk(updates[:last], updatesPerTx) {
		res, err := c.to.account.Send(ctx, part...)
		if err != nil {
			return 0, nil, err
		}
		c.metrics.paid(c.to.id, res.Fee)
		c.metrics.messages.WithLabelValues(c.to.id, "update").Add(float64(len(part)))
		c.log.Info("brought light client nearer, as the validators have changed", "client", c.toEnd.ClientID, "headers", len(part))
	}
	if height < atLeast {
		return c.climb(ctx, atLeast)
	}
	return height, updates[last], nil
}

func (c *courier) refresh(ctx context.Context, update sdk.Msg) error {
	res, err := c.to.account.Send(ctx, update)
	if err != nil {
		return err
	}
	c.metrics.paid(c.to.id, res.Fee)
	c.metrics.messages.WithLabelValues(c.to.id, "update").Inc()
	c.log.Info("refreshed light client", "client", c.toEnd.ClientID, "height", res.Height)
	return nil
}

// message is a parcel with its proof.
type message struct {
	parcel
	msg  sdk.Msg
	size int
}

// shipment is a transaction under way.
type shipment struct {
	messages []message
	update   bool
	tx       *client.Pending
}

// send packs the messages into as many transactions as the limits ask for. Every transaction brings
// the client update of its own, so that none depends on another.
func (c *courier) send(ctx context.Context, update sdk.Msg, rest []message, ordered bool, o *outcome, sent func(shipment)) error {
	limit := len(rest)
	simulate := false
	for len(rest) > 0 {
		n := min(c.pack(rest), limit)
		tx, err := c.offer(ctx, update, rest[:n], simulate)
		if err == nil || errors.Is(err, client.ErrUnknownOutcome) {
			sent(shipment{rest[:n], update != nil, tx})
			rest, limit, simulate = rest[n:], len(rest), false
			if err != nil || ordered {
				return err // what follows must wait for this
			}
			continue
		}
		bad, verdict := c.judge(err, n, update != nil)
		switch {
		case verdict == verdictRedundant:
			o.finish(rest[:n])
			o.redundant += n
			rest = rest[n:]
		case verdict == verdictSplit && !simulate && !errors.Is(err, errTooMuchGas) && !errors.Is(err, sdkerrors.ErrTxTooLarge):
			simulate = true // which names the message
		case verdict == verdictSplit:
			limit = max(n/2, 1)
		case verdict == verdictMessage:
			o.failed[rest[bad].id()] = err
			if ordered {
				rest = rest[:bad] // what follows must wait for it
			} else {
				rest = append(append([]message(nil), rest[:bad]...), rest[bad+1:]...)
			}
			simulate = true
		default:
			return err
		}
	}
	return nil
}

func (o *outcome) finish(ms []message) {
	for _, m := range ms {
		o.done = append(o.done, m.id())
	}
}

// pack returns how many messages fit into one transaction by number and size, at least one.
func (c *courier) pack(ms []message) int {
	size := 0
	for n, m := range ms {
		size += m.size
		if n > 0 && (n >= c.batch.MaxMsgs || size > c.batch.MaxBytes) {
			return n
		}
	}
	return len(ms)
}

// errTooMuchGas says that a batch needs more gas than one transaction may.
var errTooMuchGas = errors.New("batch needs more gas than batch.max_gas")

// offer broadcasts one transaction, with the gas that the table says or a simulation.
func (c *courier) offer(ctx context.Context, update sdk.Msg, ms []message, simulate bool) (*client.Pending, error) {
	var msgs []sdk.Msg
	if update != nil {
		msgs = append(msgs, update)
	}
	for _, m := range ms {
		msgs = append(msgs, m.msg)
	}
	gas, known := c.gas.limit(ms, c.to.client.GasAdjustment())
	if !known || simulate {
		var err error
		if gas, err = c.to.account.Simulate(ctx, msgs...); err != nil {
			return nil, err
		}
		c.gas.learn(ms, int64(float64(gas)/c.to.client.GasAdjustment()))
	}
	if gas > c.batch.MaxGas && len(ms) > 1 {
		return nil, errTooMuchGas
	}
	return c.to.account.BroadcastWith(ctx, client.TxOptions{Gas: gas, TimeoutBlocks: txTimeoutBlocks}, msgs...)
}

// txTimeoutBlocks after which a transaction that was not included can be given up safely.
const txTimeoutBlocks = 20

// wait follows one transaction to its block.
func (c *courier) wait(ctx context.Context, s shipment) outcome {
	o := outcome{to: c.side, failed: map[parcelID]error{}}
	res, err := c.to.client.Wait(ctx, s.tx)
	if err != nil {
		c.gas.forget(s.messages)
		bad := -1
		if i, verdict := c.judge(err, len(s.messages), s.update); verdict == verdictMessage {
			bad = i
			o.failed[s.messages[i].id()] = err // the others of the batch come again at once
		} else {
			o.err = err
		}
		for i, m := range s.messages {
			if i != bad {
				o.open = append(o.open, m.id())
			}
		}
		return o
	}
	o.finish(s.messages)
	c.gas.learn(s.messages, res.GasUsed)
	c.metrics.paid(c.to.id, res.Fee)
	o.redundant = redundant(res)
	c.metrics.redundant.WithLabelValues(c.to.id).Add(float64(o.redundant))
	count := map[parcelKind]int{}
	for _, m := range s.messages {
		count[m.kind]++
	}
	for kind, n := range count {
		c.metrics.messages.WithLabelValues(c.to.id, string(kind)).Add(float64(n))
	}
	if s.update {
		c.metrics.messages.WithLabelValues(c.to.id, "update").Inc()
	}
	c.log.Info("delivered", "packets", count[parcelRecv], "acks", count[parcelAck], "timeouts", count[parcelTimeout]+count[parcelClose],
		"redundant", o.redundant, "height", res.Height, "gas", res.GasUsed)
	return o
}

// redundant counts the messages of a transaction that changed nothing, because another relayer was
// faster.
func redundant(res *client.TxResult) (n int) {
	for _, r := range res.Responses() {
		// All four responses have the result, and nothing else, in field 1.
		var recv channeltypes.MsgRecvPacketResponse
		if packetResponses[r.TypeUrl] && recv.Unmarshal(r.Value) == nil && recv.Result == channeltypes.NOOP {
			n++
		}
	}
	return n
}

var packetResponses = map[string]bool{
	sdk.MsgTypeURL(&channeltypes.MsgRecvPacketResponse{}):      true,
	sdk.MsgTypeURL(&channeltypes.MsgAcknowledgementResponse{}): true,
	sdk.MsgTypeURL(&channeltypes.MsgTimeoutResponse{}):         true,
	sdk.MsgTypeURL(&channeltypes.MsgTimeoutOnCloseResponse{}):  true,
}
