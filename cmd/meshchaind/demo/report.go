package demo

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the outcome of a run. Amounts are whole units in decimal, times in
// milliseconds of wall clock.
type Report struct {
	OK bool `json:"ok"`
	// Faults says, in words, everything that does not add up.
	Faults   []string        `json:"faults"`
	Seconds  float64         `json:"seconds"`
	Data     []DataReport    `json:"data"`
	Zones    []ZoneReport    `json:"zones,omitempty"`
	Traffic  []TrafficReport `json:"traffic"`
	Chains   []ChainReport   `json:"chains"`
	Escrows  []EscrowReport  `json:"escrows"`
	Acts     []ActReport     `json:"acts,omitempty"`
	Restarts []string        `json:"restarts"`
}

// DataReport says what was read and which rule was applied.
type DataReport struct {
	File          string    `json:"file"`
	TimeColumn    string    `json:"time_column,omitempty"`
	Column        string    `json:"column"`
	Rows          int       `json:"rows"`
	RowsAsked     int       `json:"rows_asked"`
	Skipped       int       `json:"lines_skipped"`
	Problems      int       `json:"problems"`
	FirstProblems []Problem `json:"first_problems,omitempty"`
	Low           float64   `json:"low"`
	High          float64   `json:"high"`
}

// ZoneReport is an entry of the registry of zones at the end.
type ZoneReport struct {
	Name    string `json:"name"`
	ChainID string `json:"chain_id"`
	Status  string `json:"status"`
	Channel string `json:"channel"` // the main chain's end
	Hub     string `json:"hub"`     // the zone's end
	// Heartbeat is the zone's height in its newest heartbeat.
	Heartbeat uint64 `json:"heartbeat"`
}

// TrafficReport is what became of the TransacKets of one direction.
type TrafficReport struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
	counts
	// Payment with each.
	Payment        string  `json:"payment"`
	ToDelivered    Latency `json:"to_delivered_ms"`
	ToAcknowledged Latency `json:"to_acknowledged_ms"`
}

// Latency since the sender handed the TransacKet in, in milliseconds.
type Latency struct {
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
}

// ChainReport is one chain between the two looks at its balances.
type ChainReport struct {
	ChainID      string          `json:"chain_id"`
	FirstHeight  int64           `json:"first_height"`
	LastHeight   int64           `json:"last_height"`
	Blocks       int64           `json:"blocks"`
	Transactions int             `json:"transactions"`
	Failed       int             `json:"failed_transactions"`
	Fees         string          `json:"fees"`
	Minted       string          `json:"minted"`
	Balances     []BalanceReport `json:"balances"`
}

// BalanceReport is one account's amount of one denom.
type BalanceReport struct {
	Account string `json:"account"`
	Address string `json:"address,omitempty"` // empty for the total supply
	Denom   string `json:"denom"`
	// Trace is the path a voucher came along, as transfer/channel-0/ufarm.
	Trace  string `json:"trace,omitempty"`
	Before string `json:"before"`
	After  string `json:"after"`
	Change string `json:"change"`
}

// EscrowReport compares what is locked on one chain with what stands for it on
// the other.
type EscrowReport struct {
	ChainID  string `json:"chain_id"`
	Channel  string `json:"channel"`
	Denom    string `json:"denom"`
	Trace    string `json:"trace,omitempty"` // the path, of a voucher
	To       string `json:"to"`              // the chain at the other end
	Escrow   string `json:"escrow"`
	Vouchers string `json:"vouchers"`
	InFlight string `json:"in_flight"`
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.printf("\nTransacKets\n")
	head := []string{"", "sent", "delivered", "acknowledged", "receipts", "refunded", "payment each", "delivered p50", "p99", "acknowledged p50", "p99"}
	p.table(head, func(row func(...any)) {
		for _, t := range r.Traffic {
			row(t.Name+" "+t.From+" → "+t.To, t.Sent, t.Delivered, t.Acknowledged, t.Receipts, t.Refunded, t.Payment,
				seconds(t.ToDelivered.P50), seconds(t.ToDelivered.P99), seconds(t.ToAcknowledged.P50), seconds(t.ToAcknowledged.P99))
		}
	})
	p.printf("\nChains\n")
	p.table([]string{"", "heights", "blocks", "transactions", "failed", "fees", "minted"}, func(row func(...any)) {
		for _, c := range r.Chains {
			row(c.ChainID, fmt.Sprintf("%d–%d", c.FirstHeight, c.LastHeight), c.Blocks, c.Transactions, c.Failed, or(c.Fees, "none"), or(c.Minted, "none"))
		}
	})
	for _, c := range r.Chains {
		p.printf("\nBalances on %s\n", c.ChainID)
		p.table([]string{"account", "denom", "before", "after", "change"}, func(row func(...any)) {
			for _, b := range c.Balances {
				row(b.Account, or(b.Trace, b.Denom), b.Before, b.After, b.Change)
			}
		})
	}
	p.printf("\nEscrow\n")
	p.table([]string{"", "denom", "escrow", "vouchers", "in flight"}, func(row func(...any)) {
		for _, e := range r.Escrows {
			row(e.ChainID+" "+e.Channel+" → "+e.To, or(e.Trace, e.Denom), e.Escrow, e.Vouchers, e.InFlight)
		}
	})
	p.zones(r)
	p.acts(r)
	p.restarts(r)
	p.verdict(r)
	return p.err
}

func (p *printer) zones(r *Report) {
	if len(r.Zones) == 0 {
		return
	}
	p.printf("\nRegistry of zones\n")
	p.table([]string{"", "chain", "status", "channel", "hub", "heartbeat at"}, func(row func(...any)) {
		for _, z := range r.Zones {
			row(z.Name, z.ChainID, z.Status, z.Channel, z.Hub, z.Heartbeat)
		}
	})
}

func (p *printer) restarts(r *Report) {
	if len(r.Restarts) == 0 {
		return
	}
	p.printf("\nProcesses that ended and were started again\n")
	for _, s := range r.Restarts {
		p.printf("  %s\n", s)
	}
}

func (p *printer) verdict(r *Report) {
	if r.OK {
		p.printf("\nEverything adds up to the last unit: packets, escrow, supply, fees, balances (%.0f s).\n", r.Seconds)
		return
	}
	p.printf("\nDOES NOT ADD UP, %d differences:\n", len(r.Faults))
	for _, f := range r.Faults {
		p.printf("  %s\n", f)
	}
}

// printer writes until the first error and keeps it.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// table prints rows aligned; the first column to the left, all others to the right.
func (p *printer) table(head []string, fill func(row func(...any))) {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	first := len(head[0])
	var rows [][]string
	fill(func(cells ...any) {
		line := make([]string, len(cells))
		for i, c := range cells {
			line[i] = fmt.Sprint(c)
		}
		first = max(first, len([]rune(line[0])))
		rows = append(rows, line)
	})
	for _, line := range append([][]string{head}, rows...) {
		pad := strings.Repeat(" ", first-len([]rune(line[0])))
		fmt.Fprintln(t, line[0]+pad+"\t"+strings.Join(line[1:], "\t")+"\t")
	}
	if err := t.Flush(); err != nil && p.err == nil {
		p.err = err
	}
	for _, line := range strings.Split(strings.TrimRight(text.String(), "\n"), "\n") {
		p.printf("%s\n", strings.TrimRight(line, " "))
	}
}

// seconds of a latency, if anything was measured.
func seconds(ms int64) string {
	if ms == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s", (time.Duration(ms) * time.Millisecond).Seconds())
}

// or is the text or, if that is empty, the other.
func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
