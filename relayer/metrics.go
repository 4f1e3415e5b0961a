package relayer

import (
	"net/http"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics of a relayer, in a registry of their own. README.md lists them.
type Metrics struct {
	registry     *prometheus.Registry
	pending      *prometheus.GaugeVec
	oldest       *prometheus.GaugeVec
	clientExpiry *prometheus.GaugeVec
	height       *prometheus.GaugeVec
	chainUp      *prometheus.GaugeVec
	txs          *prometheus.CounterVec
	messages     *prometheus.CounterVec
	redundant    *prometheus.CounterVec
	misbehaviour *prometheus.CounterVec
	fees         *prometheus.CounterVec
	errors       *prometheus.CounterVec
}

func newMetrics() *Metrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "relayer", Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "relayer", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry:     prometheus.NewRegistry(),
		pending:      gauge("pending", "Packets and acknowledgements emitted by a channel end that wait for delivery.", "chain", "channel", "kind"),
		oldest:       gauge("oldest_pending_seconds", "How long the relayer has known the oldest of them.", "chain", "channel"),
		clientExpiry: gauge("client_expiry_seconds", "Time until a light client expires if it is not updated.", "chain", "client"),
		height:       gauge("chain_height", "Newest block seen.", "chain"),
		chainUp:      gauge("chain_up", "1 if the chain's node answers.", "chain"),
		txs:          counter("transactions_total", "Transactions included.", "chain"),
		messages:     counter("messages_total", "Packets, acknowledgements, time-outs and client updates delivered to a chain.", "chain", "kind"),
		redundant:    counter("redundant_total", "Messages of ours that changed nothing, because another relayer was faster.", "chain"),
		misbehaviour: counter("misbehaviour_total", "Conflicting headers of a chain that were found.", "chain"),
		fees:         counter("fees_total", "Fees paid, in units of the denom.", "chain", "denom"),
		errors:       counter("errors_total", "Failures by kind; nearly all heal by themselves.", "chain", "kind"),
	}
	m.registry.MustRegister(m.pending, m.oldest, m.clientExpiry, m.height, m.chainUp, m.txs, m.messages, m.redundant, m.misbehaviour, m.fees, m.errors)
	return m
}

// Gatherer lets another program serve the metrics beside its own.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler serves the metrics to Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) failed(chain string, err error) {
	m.errors.WithLabelValues(chain, errorKind(err)).Inc()
}

func (m *Metrics) up(chain string, up bool) {
	v := 0.0
	if up {
		v = 1
	}
	m.chainUp.WithLabelValues(chain).Set(v)
}

func (m *Metrics) paid(chain string, fee sdk.Coins) {
	m.txs.WithLabelValues(chain).Inc()
	for _, c := range fee {
		f, err := c.Amount.ToLegacyDec().Float64()
		if err == nil {
			m.fees.WithLabelValues(chain, c.Denom).Add(f)
		}
	}
}

func (m *Metrics) showPending(e End, sent, acks int, seen, now time.Time) {
	m.pending.WithLabelValues(e.ChainID, e.ChannelID, "packet").Set(float64(sent))
	m.pending.WithLabelValues(e.ChainID, e.ChannelID, "ack").Set(float64(acks))
	age := 0.0
	if !seen.IsZero() {
		age = now.Sub(seen).Seconds()
	}
	m.oldest.WithLabelValues(e.ChainID, e.ChannelID).Set(age)
}
