package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/meshchain/meshchain/localnet"
)

// act is played on a network after its scenario: with accounts of its own, whose
// coins it accounts for itself.
type act interface {
	// name of the act, a word or two for people.
	name() string
	// prepare adds to the chains, the main chain first and the farm's zone second, what
	// the act needs from genesis on.
	prepare(specs []localnet.Spec) []localnet.Spec
	// play returns what came of it. An error means that it could not be played to its
	// end; what does not add up is a fault in the report.
	play(ctx context.Context, s *stage) (*ActReport, error)
}

// ActReport is what came of an act.
type ActReport struct {
	Name string `json:"name"`
	// Facts in the order in which people should read them.
	Facts []Fact `json:"facts"`
	// Faults says, in words, everything that does not add up.
	Faults []string `json:"faults"`
}

// Fact is one thing that an act found: a number with its unit, or a few words.
type Fact struct {
	What  string `json:"what"`
	Value string `json:"value"`
}

// note adds a fact.
func (r *ActReport) note(what, format string, args ...any) {
	r.Facts = append(r.Facts, Fact{what, fmt.Sprintf(format, args...)})
}

// fault adds what does not add up.
func (r *ActReport) fault(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// prepared is the network with what all acts need.
func prepared(specs []localnet.Spec, acts []act) []localnet.Spec {
	for _, a := range acts {
		specs = a.prepare(specs)
	}
	return specs
}

// playActs plays one act after the other and adds them to the report.
func playActs(ctx context.Context, s *stage, acts []act, r *Report) error {
	for _, a := range acts {
		s.progress.say("act: %s", a.name())
		report, err := a.play(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name(), err)
		}
		report.Name = a.name()
		if report.Faults == nil {
			report.Faults = []string{}
		}
		r.Acts = append(r.Acts, *report)
		for _, fault := range report.Faults {
			r.Faults, r.OK = append(r.Faults, a.name()+": "+fault), false
		}
	}
	return nil
}

func (p *printer) acts(r *Report) {
	for _, a := range r.Acts {
		p.printf("\n%s%s\n", strings.ToUpper(a.Name[:1]), a.Name[1:])
		width := 0
		for _, f := range a.Facts {
			width = max(width, len([]rune(f.What)))
		}
		for _, f := range a.Facts {
			p.printf("%s%s  %s\n", f.What, strings.Repeat(" ", width-len([]rune(f.What))), f.Value)
		}
	}
}
