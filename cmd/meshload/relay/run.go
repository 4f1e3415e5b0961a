package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/localnet"
)

const (
	// awayPackets are sent while the zone is away.
	awayPackets = 50
	// settleTime is what a relayer gets to come up before it is measured.
	settleTime = 3 * time.Second
)

func (s *settings) run(ctx context.Context, progress io.Writer) (_ *Report, err error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("not done within --timeout %s", s.timeout))
	defer cancel()
	var drivers []driver
	if !s.peerOnly {
		drivers = append(drivers, &ours{binary: s.relayer})
	}
	if s.peer != "" {
		drivers = append(drivers, &cosmos{binary: s.peer})
	}
	dir := s.home
	if dir == "" {
		if dir, err = os.MkdirTemp("", "meshload-relay-"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	var names []string
	for _, d := range drivers {
		names = append(names, d.name())
	}
	fmt.Fprintln(progress, "starting two chains")
	n, err := newNetwork(ctx, *s, dir, names)
	if err != nil {
		return nil, err
	}
	defer n.close()
	report := &Report{BlockTime: s.blockTime.Seconds()}
	for _, d := range drivers {
		fmt.Fprintf(progress, "%s: measuring\n", d.name())
		figures, err := s.measure(ctx, n, d, filepath.Join(dir, d.name()), progress)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name(), err)
		}
		report.Relayers = append(report.Relayers, *figures)
	}
	return report, nil
}

func (s *settings) measure(ctx context.Context, n *network, d driver, dir string, progress io.Writer) (*Figures, error) {
	figures := &Figures{Relayer: d.name()}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := d.prepare(ctx, n, dir); err != nil {
		return nil, err
	}
	l, err := linked(ctx, n, d, figures)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "%s: linked in %.1f s\n", d.name(), figures.LinkSeconds)
	process, err := localnet.StartProcess(d.command())
	if err != nil {
		return nil, err
	}
	defer process.Stop(localnet.StopGrace)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-process.Done()
		cancel(fmt.Errorf("the relayer ended by itself; the end of its log:\n%s", localnet.LogTail(process.Log, 15)))
	}()
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	if err := l.singles(ctx, s.singles, figures); err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "%s: acknowledged after %.2f s (median)\n", d.name(), figures.AckedP50)
	for _, packets := range s.packets {
		if err := l.bulk(ctx, packets, figures); err != nil {
			return nil, err
		}
		fmt.Fprintf(progress, "%s: %d packets at %.0f/s\n", d.name(), packets, figures.Bulks[len(figures.Bulks)-1].PerSecond)
	}
	if s.away > 0 {
		fmt.Fprintf(progress, "%s: the zone is away for %s\n", d.name(), s.away)
		if err := l.away(ctx, s.away, figures); err != nil {
			return nil, err
		}
	}
	used, err := process.Usage()
	if err != nil {
		return nil, err
	}
	figures.Resident, figures.Peak, figures.Anonymous, figures.CPUSeconds = used.Resident, used.Peak, used.Anonymous, used.CPU.Seconds()
	figures.Packets = l.sent
	return figures, l.conserved(ctx)
}

// linked opens a path and finds its channel: the one that was not there before.
func linked(ctx context.Context, n *network, d driver, figures *Figures) (*lane, error) {
	before, err := n.channels(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := d.link(ctx); err != nil {
		return nil, err
	}
	figures.LinkSeconds = time.Since(start).Seconds()
	after, err := n.channels(ctx)
	if err != nil {
		return nil, err
	}
	for id, channel := range after {
		if before[id] == nil {
			return &lane{network: n, channel: id, counterparty: channel.Counterparty.ChannelId}, nil
		}
	}
	return nil, errors.New("link: there is no new channel on the main chain")
}

// singles sends packets one at a time, at moments spread over the block time.
func (l *lane) singles(ctx context.Context, n int, figures *Figures) error {
	from, to := l.sides[0], l.sides[1]
	var received, acked []float64
	for i := range n {
		if err := pause(ctx, from.Spec.BlockTime*time.Duration(i)/time.Duration(n)); err != nil {
			return err
		}
		if err := l.send(ctx, 1); err != nil {
			return err
		}
		if err := from.watch.settled(ctx, l.channel, l.sent); err != nil {
			return err
		}
		sequence := uint64(l.sent)
		sent, ok := from.watch.at(channeltypes.EventTypeSendPacket, l.channel, sequence)
		there, alsoThere := to.watch.at(channeltypes.EventTypeRecvPacket, l.channel, sequence)
		back, alsoBack := from.watch.at(channeltypes.EventTypeAcknowledgePacket, l.channel, sequence)
		if !ok || !alsoThere || !alsoBack {
			return fmt.Errorf("packet %d was acknowledged, but its events were not seen", sequence)
		}
		received = append(received, there.Sub(sent).Seconds())
		acked = append(acked, back.Sub(sent).Seconds())
	}
	slices.Sort(received)
	slices.Sort(acked)
	figures.ReceivedP50, figures.ReceivedP99 = percentile(received, 50), percentile(received, 99)
	figures.AckedP50, figures.AckedP99 = percentile(acked, 50), percentile(acked, 99)
	return nil
}

// bulk sends packets as fast as the main chain takes them.
func (l *lane) bulk(ctx context.Context, n int, figures *Figures) error {
	watch, first := l.sides[0].watch, uint64(l.sent+1)
	if err := l.send(ctx, n); err != nil {
		return err
	}
	if err := watch.settled(ctx, l.channel, l.sent); err != nil {
		return err
	}
	start, ok := watch.at(channeltypes.EventTypeSendPacket, l.channel, first)
	if !ok {
		return fmt.Errorf("packet %d was not seen when it was sent", first)
	}
	var end time.Time
	for sequence := first; sequence <= uint64(l.sent); sequence++ {
		if at, ok := watch.at(channeltypes.EventTypeAcknowledgePacket, l.channel, sequence); ok && at.After(end) {
			end = at
		}
	}
	seconds := end.Sub(start).Seconds()
	figures.Bulks = append(figures.Bulks, Bulk{Packets: n, Seconds: seconds, PerSecond: float64(n) / seconds})
	return nil
}

// away stops the zone, sends, and measures from the zone's first new block.
func (l *lane) away(ctx context.Context, long time.Duration, figures *Figures) error {
	main, zone := l.sides[0], l.sides[1]
	gone := time.Now()
	zone.Stop()
	last := zone.watch.last()
	if err := l.send(ctx, awayPackets); err != nil {
		return err
	}
	if err := pause(ctx, long-time.Since(gone)); err != nil {
		return err
	}
	if err := zone.Start(ctx); err != nil {
		return err
	}
	back, err := zone.watch.after(ctx, last)
	if err != nil {
		return err
	}
	if err := main.watch.settled(ctx, l.channel, l.sent); err != nil {
		return err
	}
	figures.CatchUpSeconds = time.Since(back).Seconds()
	return nil
}
