package relayer

import (
	"context"
	"errors"
	"regexp"
	"strconv"

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
)

// parcel is one message to deliver.
type parcel struct {
	kind parcelKind
	packet
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
}

// outcome is what became of a delivery. Parcels that it does not name are still to be delivered.
type outcome struct {
	to     int
	done   []parcelID         // delivered, by us or by somebody else
	failed map[parcelID]error // refused: put aside for a while
	client *lightClient       // the client after it was refreshed
	err    error              // the delivery as a whole
}

// courier delivers to one side of a path: it proves, packs, sends and waits.
type courier struct {
	side         int
	to, from     *Chain
	toEnd, fromE End
	batch        BatchConfig
	log          log.Logger
	metrics      *Metrics
}

func newCourier(w *worker, to int) *courier {
	t, f := w.sides[to], w.sides[1-to]
	return &courier{
		side: to, to: t.chain, from: f.chain, toEnd: t.end, fromE: f.end, batch: w.cfg.Batch,
		log: w.log.With("to", t.chain.id), metrics: w.metrics,
	}
}

func (c *courier) run(ctx context.Context, jobs <-chan delivery, out chan<- outcome) error {
	for {
		select {
		case d := <-jobs:
			o := c.deliver(ctx, d)
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

func (c *courier) deliver(ctx context.Context, d delivery) outcome {
	o := outcome{to: c.side, failed: map[parcelID]error{}}
	todo, err := c.outstanding(ctx, d.parcels, &o)
	if err != nil {
		o.err = err
		return o
	}
	if len(todo) == 0 && !d.refresh {
		return o
	}
	height, update, err := c.to.update(ctx, c.from, c.toEnd.ClientID, d.height)
	if err != nil {
		o.err = err
		return o
	}
	ready, err := c.prove(ctx, todo, height, &o)
	if err != nil {
		o.err = err
		return o
	}
	if len(ready) > 0 {
		o.err = c.send(ctx, update, ready, &o)
	} else if d.refresh && update != nil {
		o.err = c.refresh(ctx, update)
	}
	if d.refresh && o.err == nil {
		if lc, err := c.to.lightClient(ctx, c.toEnd.ClientID); err == nil {
			o.client = &lc
		}
	}
	return o
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
// the client update of its own, so that none depends on another. All are sent before the first is
// waited for.
func (c *courier) send(ctx context.Context, update sdk.Msg, rest []message, o *outcome) error {
	var sent []shipment
	var err error
	limit := len(rest)
	for len(rest) > 0 && err == nil {
		n := min(c.pack(rest), limit)
		var tx *client.Pending
		tx, err = c.offer(ctx, update, rest[:n])
		if err == nil || errors.Is(err, client.ErrUnknownOutcome) {
			sent = append(sent, shipment{rest[:n], update != nil, tx})
			rest, limit = rest[n:], len(rest)
			continue
		}
		switch bad, verdict := c.judge(err, n, update != nil); verdict {
		case verdictRedundant:
			o.finish(rest[:n])
			rest, err = rest[n:], nil
		case verdictMessage:
			o.failed[rest[bad].id()] = err
			rest, err = append(append([]message(nil), rest[:bad]...), rest[bad+1:]...), nil
		case verdictSplit:
			limit, err = n/2, nil
		}
	}
	for _, s := range sent {
		if waitErr := c.wait(ctx, s, o); waitErr != nil && err == nil {
			err = waitErr
		}
	}
	return err
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

// offer simulates and broadcasts one transaction.
func (c *courier) offer(ctx context.Context, update sdk.Msg, ms []message) (*client.Pending, error) {
	var msgs []sdk.Msg
	if update != nil {
		msgs = append(msgs, update)
	}
	for _, m := range ms {
		msgs = append(msgs, m.msg)
	}
	gas, err := c.to.account.Simulate(ctx, msgs...)
	if err != nil {
		return nil, err
	}
	if gas > c.batch.MaxGas && len(ms) > 1 {
		return nil, errTooMuchGas
	}
	return c.to.account.BroadcastWith(ctx, client.TxOptions{Gas: gas, TimeoutBlocks: txTimeoutBlocks}, msgs...)
}

// txTimeoutBlocks after which a transaction that was not included can be given up safely.
const txTimeoutBlocks = 20

// wait follows one transaction to its block.
func (c *courier) wait(ctx context.Context, s shipment, o *outcome) error {
	res, err := c.to.client.Wait(ctx, s.tx)
	if err != nil {
		if bad, verdict := c.judge(err, len(s.messages), s.update); verdict == verdictMessage {
			o.failed[s.messages[bad].id()] = err
			return nil // the others of the batch come again at once
		}
		return err
	}
	o.finish(s.messages)
	c.metrics.paid(c.to.id, res.Fee)
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
	c.log.Info("delivered", "packets", count[parcelRecv], "acks", count[parcelAck], "timeouts", count[parcelTimeout],
		"height", res.Height, "gas", res.GasUsed)
	return nil
}

type verdict int

const (
	verdictRetry     verdict = iota // nothing is wrong with the messages: try the same again later
	verdictRedundant                // somebody else delivered them all
	verdictMessage                  // one message is to blame
	verdictSplit                    // one of several is, or they are too many: try fewer
)

var messageIndex = regexp.MustCompile(`message index: (\d+)`)

// judge reads a refusal of n messages, preceded by a client update or not. With verdictMessage it
// returns which one.
func (c *courier) judge(err error, n int, updated bool) (int, verdict) {
	if errors.Is(err, errTooMuchGas) {
		return 0, verdictSplit
	}
	var refused *client.TxError
	if !errors.As(err, &refused) {
		return 0, verdictRetry
	}
	if errors.Is(err, channeltypes.ErrRedundantTx) {
		return 0, verdictRedundant
	}
	if m := messageIndex.FindStringSubmatch(refused.Log); m != nil {
		i, convErr := strconv.Atoi(m[1])
		if updated {
			i--
		}
		if convErr != nil || i < 0 || i >= n {
			return 0, verdictRetry // the update itself
		}
		return i, verdictMessage
	}
	tooLarge := errors.Is(err, sdkerrors.ErrTxTooLarge)
	if refused.Codespace == sdkerrors.RootCodespace && !tooLarge || refused.Stage == "deliver" {
		return 0, verdictRetry // fee, funds, sequence, gas: the sender's trouble
	}
	if n > 1 {
		return 0, verdictSplit
	}
	return 0, verdictMessage
}
