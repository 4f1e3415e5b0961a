package localnet

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// StopGrace is how long a process may take to end by itself.
	StopGrace = 10 * time.Second
	// restartPause keeps a process that dies at once from spinning.
	restartPause = time.Second
)

// ErrStopped is the failure of a service that was stopped on purpose.
var ErrStopped = errors.New("stopped")

// Service keeps a process running: when it ends without having been asked to,
// it is started again, a bounded number of times.
type Service struct {
	Command
	// OnRestart, if set, is told of every unexpected end after the process was
	// started again, from a goroutine of the service.
	OnRestart func(name string, cause error)

	mu       sync.Mutex
	current  *Process
	allowed  int // restarts
	restarts int
	stopping chan struct{} // closed by Stop
	failed   chan struct{} // closed when the service is over
	failure  error         // valid after failed is closed
}

// Start runs the process and the supervision of it.
func (s *Service) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil && !isClosed(s.failed) {
		return fmt.Errorf("%s is running already", s.Name)
	}
	p, err := StartProcess(s.Command)
	if err != nil {
		return err
	}
	s.current, s.failure = p, nil
	s.stopping, s.failed = make(chan struct{}), make(chan struct{})
	go s.supervise(p, s.stopping, s.failed)
	return nil
}

// supervise waits for the process and replaces it until told to stop or until
// the allowance is used up.
func (s *Service) supervise(p *Process, stopping <-chan struct{}, failed chan<- struct{}) {
	defer close(failed)
	for {
		<-p.Done()
		if isClosed(stopping) {
			s.failure = fmt.Errorf("%s: %w", s.Name, ErrStopped)
			return
		}
		cause := p.exitError()
		s.mu.Lock()
		spent := s.restarts >= s.allowed
		if !spent {
			s.restarts++
		}
		s.mu.Unlock()
		if spent {
			s.failure = cause
			return
		}
		select {
		case <-stopping:
			s.failure = fmt.Errorf("%s: %w", s.Name, ErrStopped)
			return
		case <-time.After(restartPause):
		}
		s.mu.Lock()
		if isClosed(stopping) {
			s.mu.Unlock()
			s.failure = fmt.Errorf("%s: %w", s.Name, ErrStopped)
			return
		}
		next, err := StartProcess(s.Command)
		if err != nil {
			s.mu.Unlock()
			s.failure = err
			return
		}
		p, s.current = next, next
		s.mu.Unlock()
		if s.OnRestart != nil {
			s.OnRestart(s.Name, cause)
		}
	}
}

// Stop ends the process and the supervision: SIGTERM, and after a while SIGKILL.
// It may be called at any time and any number of times.
func (s *Service) Stop() { s.end(func(p *Process) { p.Stop(StopGrace) }) }

// Abort is Stop without asking: SIGKILL.
func (s *Service) Abort() { s.end(func(p *Process) { p.Kill() }) }

func (s *Service) end(how func(*Process)) {
	s.mu.Lock()
	p, failed := s.current, s.failed
	if s.stopping != nil {
		close(s.stopping)
		s.stopping = nil
	}
	s.mu.Unlock()
	if p == nil {
		return
	}
	how(p)
	<-failed
}

// Crash kills the process (SIGKILL) as a power cut would; the supervision
// starts it again if it may.
func (s *Service) Crash() {
	s.mu.Lock()
	p := s.current
	s.mu.Unlock()
	if p != nil {
		p.Kill()
	}
}

// PID of the present process, 0 if none was started.
func (s *Service) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return 0
	}
	return s.current.PID()
}

// Allow sets how many unexpected ends, over the life of the service, are made
// good from now on. Without it the first one is final.
func (s *Service) Allow(restarts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = restarts
}

// Restarts counts the unexpected ends that were made good.
func (s *Service) Restarts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restarts
}

// Failed is closed when the service is over, on purpose or not; Err says why.
// Before the first Start it is nil.
func (s *Service) Failed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Err is nil while the service runs.
func (s *Service) Err() error {
	failed := s.Failed()
	if failed == nil || !isClosed(failed) {
		return nil
	}
	return s.failure
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
