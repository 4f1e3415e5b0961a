// Command perun measures direct payments of go-perun the way `meshload photon` measures
// ours: two processes on this machine, TLS over loopback, both databases synced. It is
// the peer that `make bench-photon` puts beside photond.
//
//	go run . -payments 2000 -channels 50
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	stdnet "net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"perun.network/go-perun/client"
	"perun.network/go-perun/wallet"
	"perun.network/go-perun/wire"
	"perun.network/go-perun/wire/net/simple"
)

func main() {
	payments := flag.Int("payments", 2000, "payments to make in each run")
	channels := flag.Int("channels", 50, "channels of the run in parallel")
	serve := flag.String("serve", "", "be the receiver, with the database in this directory (started by the program itself)")
	flag.Parse()
	run := func() error { return measure(*payments, *channels) }
	if *serve != "" {
		run = func() error { return receive(*serve) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "perun:", err)
		os.Exit(1)
	}
}

// listening starts the line by which the receiver tells its address and identity.
const listening = "listening"

// receive takes channels and payments until its standard input ends.
func receive(dir string) error {
	n, err := newNode(dir)
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	listener, err := simple.NewTCPListener(address, n.config)
	if err != nil {
		return err
	}
	go n.bus.Listen(listener)
	n.accept()
	identity, err := n.identity[backend].MarshalBinary()
	if err != nil {
		return err
	}
	fmt.Println(listening, address, hex.EncodeToString(identity))
	_, _ = bufio.NewReader(os.Stdin).ReadString(0)
	return nil
}

// freeAddress on the loopback interface: go-perun's listener does not tell its port.
func freeAddress() (string, error) {
	l, err := stdnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// report has the keys of `meshload photon`.
type report struct {
	Peer              string  `json:"peer"`
	PaymentsPerSecond float64 `json:"payments_per_s"`
	P50               float64 `json:"p50_ms"`
	P99               float64 `json:"p99_ms"`
	// Parallel is the rate over many channels at once.
	Parallel float64 `json:"payments_per_s_parallel"`
	Channels int     `json:"channels"`
	Durable  bool    `json:"durable"`
	Receipts bool    `json:"receipts"`
}

func measure(payments, channels int) error {
	dir, err := os.MkdirTemp("", "bench-perun-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	peer, address, stop, err := startReceiver(dir + "/receiver")
	if err != nil {
		return err
	}
	defer stop()
	n, err := newNode(dir + "/sender")
	if err != nil {
		return err
	}
	n.accept()
	n.dialer.Register(peer, address)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var open []*client.Channel
	for range channels {
		c, err := n.open(ctx, peer)
		if err != nil {
			return err
		}
		open = append(open, c)
	}
	if _, _, err := series(ctx, open[0], payments/10); err != nil { // warm-up
		return err
	}
	r := report{Peer: "go-perun v0.13.0", Channels: channels, Durable: true}
	took, latencies, err := series(ctx, open[0], payments)
	if err != nil {
		return err
	}
	slices.Sort(latencies)
	r.PaymentsPerSecond = float64(payments) / took.Seconds()
	r.P50, r.P99 = milliseconds(latencies[len(latencies)/2]), milliseconds(latencies[len(latencies)*99/100])
	var all sync.WaitGroup
	failed := make(chan error, channels)
	begin := time.Now()
	for _, c := range open {
		all.Go(func() {
			_, _, err := series(ctx, c, payments/10)
			failed <- err
		})
	}
	all.Wait()
	r.Parallel = float64(channels*(payments/10)) / time.Since(begin).Seconds()
	for range open {
		if err := <-failed; err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// series makes payments in one channel, one after the other.
func series(ctx context.Context, c *client.Channel, n int) (time.Duration, []time.Duration, error) {
	latencies := make([]time.Duration, 0, n)
	begin := time.Now()
	for range n {
		before := time.Now()
		if err := pay(ctx, c); err != nil {
			return 0, nil, err
		}
		latencies = append(latencies, time.Since(before))
	}
	return time.Since(begin), latencies, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// startReceiver runs this program as the receiver.
func startReceiver(dir string) (map[wallet.BackendID]wire.Address, string, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", nil, err
	}
	cmd := exec.Command(self, "-serve", dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", nil, err
	}
	stop := func() { _ = in.Close(); _ = cmd.Wait() }
	line, found := "", false
	for lines := bufio.NewScanner(out); !found; { // its libraries print, too
		if !lines.Scan() {
			stop()
			return nil, "", nil, fmt.Errorf("the receiver did not start: %w", lines.Err())
		}
		line, found = strings.CutPrefix(lines.Text(), listening+" ")
	}
	address, digits, _ := strings.Cut(line, " ")
	encoded, err := hex.DecodeString(digits)
	if err != nil {
		stop()
		return nil, "", nil, err
	}
	identity := simple.NewAddress("")
	if err := identity.UnmarshalBinary(encoded); err != nil {
		stop()
		return nil, "", nil, err
	}
	return map[wallet.BackendID]wire.Address{backend: identity}, address, stop, nil
}
