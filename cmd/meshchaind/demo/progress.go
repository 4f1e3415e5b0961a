package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// progress tells people what is going on, with the time since the start.
type progress struct {
	log   io.Writer
	start time.Time
}

func newProgress(log io.Writer) *progress { return &progress{log: log, start: time.Now()} }

// say prints one line. Nobody minds if a log line gets lost.
func (p *progress) say(format string, args ...any) {
	fmt.Fprintf(p.log, "%6.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

func (p *progress) print(text string) { fmt.Fprint(p.log, text) }

// logLines returns a writer that takes the JSON log of another command and
// says what it says.
func (p *progress) logLines() io.Writer { return &logLines{progress: p} }

type logLines struct {
	progress *progress
	rest     []byte // an unfinished line
}

// Write never fails: what cannot be understood is no reason to end anything.
func (l *logLines) Write(data []byte) (int, error) {
	l.rest = append(l.rest, data...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		l.rest = rest
		if text, ok := readable(line); ok {
			l.progress.say("  %s", text)
		}
	}
}

// readable turns a line of a JSON log into its message and its fields.
func readable(line []byte) (string, bool) {
	var entry map[string]any
	if json.Unmarshal(line, &entry) != nil {
		return "", false
	}
	var fields []string
	for key, value := range entry {
		if key != "level" && key != "time" && key != "message" {
			fields = append(fields, fmt.Sprintf("%s %v", key, value))
		}
	}
	slices.Sort(fields)
	message, ok := entry["message"].(string)
	return strings.TrimSpace(message + "  " + strings.Join(fields, ", ")), ok
}
