package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/localnet"
)

// storm breaks a network by a plan.
type storm struct {
	*network
	began time.Time

	mu       sync.Mutex
	progress io.Writer
}

func (s *storm) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.progress, "%6.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// rage carries the plan out and returns when everything runs again. A process that was found dead is
// an error.
func (s *storm) rage(ctx context.Context, plan []fault) error {
	s.began = time.Now()
	byTarget := map[target][]fault{}
	for _, f := range plan {
		byTarget[f.target] = append(byTarget[f.target], f)
	}
	group, ctx := errgroup.WithContext(ctx)
	for t, faults := range byTarget {
		group.Go(func() error {
			for _, f := range faults {
				if err := pause(ctx, time.Until(s.began.Add(f.At))); err != nil {
					return err
				}
				s.say("%s: %s for %.1f s", t, f.what(), f.For.Seconds())
				if err := s.suffer(ctx, f); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// suffer breaks one thing and mends it.
func (s *storm) suffer(ctx context.Context, f fault) error {
	if f.Wire {
		wire := s.side(f.Name).wire
		wire.Set(f.State)
		defer wire.Set(localnet.WireWhole)
		return pause(ctx, f.For)
	}
	service := s.service(f.target)
	if err := service.Err(); err != nil {
		return fmt.Errorf("%s had died before it was to be killed: %w", f.target, err)
	}
	service.Abort()
	if err := pause(ctx, f.For); err != nil {
		return err
	}
	return service.Start()
}

// dead tells which process has ended by itself.
func (n *network) dead() error {
	var errs []error
	services := []*localnet.Service{n.relayer}
	for _, s := range n.sides {
		services = append(services, s.Nodes[0].Service)
	}
	for _, service := range services {
		if err := service.Err(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// settle waits until no packet is open.
func (s *storm) settle(ctx context.Context, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	told := time.Now()
	for {
		if err := s.dead(); err != nil {
			return err
		}
		open, err := 0, error(nil)
		for _, l := range s.lanes {
			n, e := l.open(ctx)
			open, err = open+n, errors.Join(err, e)
		}
		switch {
		case err == nil && open == 0:
			return nil
		case time.Now().After(deadline) && err != nil:
			return fmt.Errorf("a chain does not answer %s after everything was mended: %w", patience, err)
		case time.Now().After(deadline):
			return fmt.Errorf("%d packets are open %s after everything was mended; the end of the relayer's log:\n%s",
				open, patience, localnet.LogTail(s.relayer.Log, 30))
		}
		if time.Since(told) > 2*time.Second {
			told = time.Now()
			s.say("%d packets are open", open)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// pause waits, or returns why the context ended.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
