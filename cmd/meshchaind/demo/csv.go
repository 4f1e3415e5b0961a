package demo

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxLineBytes bounds one line of a data file; a longer one ends the
	// reading with an error, as what follows cannot be told apart any more.
	maxLineBytes = 64 << 10
	// maxColumns bounds the width of a data file.
	maxColumns = 256
	// maxRows bounds --rows, and with it the memory and the time of a run.
	maxRows = 100_000
	// maxProblemsKept is how many problems are kept to be shown; all are counted.
	maxProblemsKept = 5
	// sampleRows is how many lines decide which columns hold numbers.
	sampleRows = 200
)

// timeNames are the header names, in any case, that mark the timestamp column.
var timeNames = []string{"timestamp", "time", "date", "datetime"}

// timeLayouts are the timestamps that are recognised where a header is looked
// for: a first line that holds one is data, not a header.
var timeLayouts = []string{
	time.RFC3339, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04",
	"02/01/2006 15:04", "02/01/2006", "01/02/2006",
}

// Row is one usable line of a data file.
type Row struct {
	// Line is the line in the file, the header being line 1.
	Line int
	// Time is the timestamp as written in the file, or the row number, from 1,
	// in a file that has no timestamp column.
	Time string
	// Value is the number in the chosen column, always finite.
	Value float64
}

// Problem is one cell or line that could not be used. It is reported and
// counted; it never ends the reading.
type Problem struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Reason)
	}
	return fmt.Sprintf("line %d, column %q: %s", p.Line, p.Column, p.Reason)
}

// Table is what was read of a data file: one column of numbers over time.
type Table struct {
	// Column is the name of the column that Row.Value comes from.
	Column string
	// TimeColumn is the name of the timestamp column, empty when the row
	// number stands in for it.
	TimeColumn string
	// Numeric names every column that holds numbers, in the file's order.
	Numeric []string
	Rows    []Row
	// Skipped counts the lines that were left out. A line that has a problem
	// in a column other than the two used is kept, and only its problem counted.
	Skipped int
	// Problems counts all problems, FirstProblems holds the first few of them.
	Problems      int
	FirstProblems []Problem
	// Exhausted says that the file ended before the rows asked for were read.
	Exhausted bool
}

func (t *Table) problem(line int, column, format string, args ...any) {
	t.Problems++
	if len(t.FirstProblems) < maxProblemsKept {
		t.FirstProblems = append(t.FirstProblems, Problem{Line: line, Column: column, Reason: fmt.Sprintf(format, args...)})
	}
}

// record is one split line.
type record struct {
	line   int
	fields []string
	err    error
}

// ReadTable reads up to rows usable lines of comma-separated values. The first
// line must name the columns. The timestamp column is the one called timestamp,
// time, date or datetime, else the first one that does not hold numbers; a file
// without one is read with the row number in its place. column names the column
// of interest; if empty it is the first one that holds numbers.
//
// Lines are split one by one, so that a stray quote spoils its own line only;
// a quoted line break is therefore not understood and reported as a problem.
//
// Errors: no header, no such column, no usable line, a line longer than 64 KiB.
func ReadTable(r io.Reader, column string, rows int) (*Table, error) {
	if rows < 1 || rows > maxRows {
		return nil, fmt.Errorf("rows %d: must be between 1 and %d", rows, maxRows)
	}
	lines := newLineReader(r)
	header, err := readHeader(lines)
	if err != nil {
		return nil, err
	}
	sample := make([]record, 0, sampleRows)
	for len(sample) < sampleRows {
		rec, ok := lines.next()
		if !ok {
			break
		}
		sample = append(sample, rec)
	}
	t := &Table{}
	timeIdx, valueIdx, numeric, err := t.chooseColumns(header, sample, column)
	if err != nil {
		return nil, err
	}
	for len(t.Rows) < rows {
		var rec record
		if len(sample) > 0 {
			rec, sample = sample[0], sample[1:]
		} else if next, ok := lines.next(); ok {
			rec = next
		} else {
			t.Exhausted = true
			break
		}
		t.add(header, rec, timeIdx, valueIdx, numeric)
	}
	if err := lines.err(); err != nil {
		return nil, err
	}
	if len(t.Rows) == 0 {
		if t.Problems > 0 {
			return nil, fmt.Errorf("no usable line: %d problems, the first: %s", t.Problems, t.FirstProblems[0])
		}
		return nil, errors.New("no lines after the header: at least one is needed")
	}
	return t, nil
}

// readHeader returns the column names of the first line.
func readHeader(lines *lineReader) ([]string, error) {
	rec, ok := lines.next()
	if !ok {
		if err := lines.err(); err != nil {
			return nil, err
		}
		return nil, errors.New("the file is empty: a header line that names the columns is required")
	}
	if rec.err != nil {
		return nil, fmt.Errorf("line %d: %w: a header line that names the columns is required", rec.line, rec.err)
	}
	if len(rec.fields) > maxColumns {
		return nil, fmt.Errorf("line %d has %d columns: at most %d are read", rec.line, len(rec.fields), maxColumns)
	}
	if len(rec.fields) == 1 && strings.ContainsAny(rec.fields[0], ";\t") {
		return nil, fmt.Errorf("line %d is separated by semicolons or tabs: commas are required", rec.line)
	}
	seen := make(map[string]struct{}, len(rec.fields))
	for i, name := range rec.fields {
		switch _, isNumber := parseNumber(name); {
		case name == "":
			return nil, fmt.Errorf("line %d, field %d is empty: the header must name every column", rec.line, i+1)
		case isNumber || isTime(name):
			return nil, fmt.Errorf("line %d, field %d is %q, a value: the first line must be a header that names the columns",
				rec.line, i+1, name)
		}
		if _, dup := seen[name]; dup {
			return nil, fmt.Errorf("line %d names column %q twice: names must differ", rec.line, name)
		}
		seen[name] = struct{}{}
	}
	return rec.fields, nil
}

// chooseColumns decides which column is the time, which is the value and which
// hold numbers at all. A column holds numbers when more than half of its filled
// cells in the sample are numbers: one typing error does not change its kind.
func (t *Table) chooseColumns(header []string, sample []record, column string) (timeIdx, valueIdx int, numeric []bool, err error) {
	numbers, filled := make([]int, len(header)), make([]int, len(header))
	for _, rec := range sample {
		if rec.err != nil || len(rec.fields) != len(header) {
			continue
		}
		for i, cell := range rec.fields {
			if cell == "" {
				continue
			}
			filled[i]++
			if _, ok := parseNumber(cell); ok {
				numbers[i]++
			}
		}
	}
	timeIdx = -1
	for i, name := range header {
		if slices.Contains(timeNames, strings.ToLower(name)) {
			timeIdx = i
			break
		}
	}
	numeric = make([]bool, len(header))
	for i, name := range header {
		numeric[i] = i != timeIdx && 2*numbers[i] > filled[i]
		if numeric[i] {
			t.Numeric = append(t.Numeric, name)
		} else if timeIdx < 0 && filled[i] > 0 {
			timeIdx = i
		}
	}
	if timeIdx >= 0 {
		t.TimeColumn = header[timeIdx]
	}
	if column == "" {
		if len(t.Numeric) == 0 {
			return 0, 0, nil, fmt.Errorf("none of the columns %s holds numbers: at least one must", quoteAll(header))
		}
		column = t.Numeric[0]
	}
	if valueIdx = slices.Index(header, column); valueIdx < 0 || !numeric[valueIdx] {
		return 0, 0, nil, fmt.Errorf("column %q: must be one that holds numbers, here %s", column, quoteAll(t.Numeric))
	}
	t.Column = column
	return timeIdx, valueIdx, numeric, nil
}

// add takes one line into the table, or counts why it cannot.
func (t *Table) add(header []string, rec record, timeIdx, valueIdx int, numeric []bool) {
	if rec.err != nil {
		t.problem(rec.line, "", "%v", rec.err)
		t.Skipped++
		return
	}
	if len(rec.fields) != len(header) {
		t.problem(rec.line, "", "%d fields, the header has %d", len(rec.fields), len(header))
		t.Skipped++
		return
	}
	row, usable := Row{Line: rec.line, Time: strconv.Itoa(len(t.Rows) + 1)}, true
	for i, cell := range rec.fields {
		switch {
		case i == timeIdx:
			if cell == "" {
				t.problem(rec.line, header[i], "empty, a timestamp is expected")
				usable = false
			}
			row.Time = cell
		case numeric[i]:
			number, ok := parseNumber(cell)
			if !ok {
				what := strconv.Quote(clip(cell, 40)) + " is not a finite number"
				if cell == "" {
					what = "empty, a number is expected"
				}
				t.problem(rec.line, header[i], "%s", what)
				usable = usable && i != valueIdx
			}
			if i == valueIdx {
				row.Value = number
			}
		}
	}
	if !usable {
		t.Skipped++
		return
	}
	t.Rows = append(t.Rows, row)
}

// lineReader splits a file into records line by line and skips blank lines.
type lineReader struct {
	scanner *bufio.Scanner
	line    int
	ended   bool // a scanner asked again after an error would go on with scraps
}

func newLineReader(r io.Reader) *lineReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 4096), maxLineBytes)
	return &lineReader{scanner: s}
}

func (l *lineReader) next() (record, bool) {
	for !l.ended {
		if l.ended = !l.scanner.Scan(); l.ended {
			break
		}
		l.line++
		text := l.scanner.Text()
		if l.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff") // byte order mark of spreadsheet exports
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		rec := record{line: l.line}
		if rec.fields, rec.err = splitLine(text); rec.err == nil {
			for i := range rec.fields {
				rec.fields[i] = strings.TrimSpace(rec.fields[i])
			}
		}
		return rec, true
	}
	return record{}, false
}

func (l *lineReader) err() error {
	switch err := l.scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("line %d is longer than %d bytes", l.line+1, maxLineBytes)
	case err != nil:
		return fmt.Errorf("read line %d: %w", l.line+1, err)
	}
	return nil
}

// splitLine splits one line at its commas, honouring quotes (RFC 4180).
func splitLine(text string) ([]string, error) {
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) { // its own line number counts from this one line
		return nil, fmt.Errorf("character %d: %w", parse.Column, parse.Err)
	}
	return fields, err
}

// parseNumber reads a plain decimal number. What strconv also takes, NaN,
// infinities, hexadecimal, is not a measurement and is refused.
func parseNumber(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

func isTime(s string) bool {
	for _, layout := range timeLayouts {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(clip(n, 60))
	}
	return strings.Join(quoted, ", ")
}

// clip cuts s to at most n runes, so that a message stays readable.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
