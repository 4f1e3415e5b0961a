package demo

import (
	"encoding/json"
	"fmt"
)

const (
	// topicReading and topicCommand are the topics of the farm's two kinds of TransacKets.
	topicReading = "farm/reading"
	// topicUnderpaid is below topicReading, so that the price of readings holds for it.
	topicUnderpaid = topicReading + "/underpaid"
	topicCommand   = "farm/command"
	// maxInband is the most bytes that a TransacKet carries itself.
	maxInband = 256
)

// Reading is the message of a sensor.
type Reading struct {
	// Row counts the usable rows of the file from 1.
	Row    int     `json:"row"`
	Time   string  `json:"time"`
	Column string  `json:"column"`
	Value  float64 `json:"value"`
}

// Command is the message of the agronomist to the valve.
type Command struct {
	Valve Switch `json:"valve"`
	// Row and Value are those of the reading that caused it.
	Row   int     `json:"row"`
	Value float64 `json:"value"`
}

// encodeReadings makes the message of every row, and refuses those that no
// TransacKet carries, before anything is started or paid.
func encodeReadings(t *Table) ([][]byte, error) {
	messages := make([][]byte, len(t.Rows))
	for i, row := range t.Rows {
		data, err := json.Marshal(Reading{Row: i + 1, Time: row.Time, Column: t.Column, Value: row.Value})
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		if len(data) > maxInband {
			return nil, fmt.Errorf("line %d: the message %.60s… takes %d bytes: a TransacKet carries at most %d",
				row.Line, data, len(data), maxInband)
		}
		messages[i] = data
	}
	return messages, nil
}

// decodeReading reads a message of a sensor.
func decodeReading(data []byte) (Reading, error) {
	var r Reading
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("message %q: %w", data, err)
	}
	if r.Row < 1 {
		return r, fmt.Errorf("message %q: row must be at least 1", data)
	}
	return r, nil
}

// decodeCommand reads a message to the valve.
func decodeCommand(data []byte) (Command, error) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("message %q: %w", data, err)
	}
	if c.Valve != SwitchOn && c.Valve != SwitchOff {
		return c, fmt.Errorf("message %q: valve must be %q or %q", data, SwitchOn, SwitchOff)
	}
	return c, nil
}
