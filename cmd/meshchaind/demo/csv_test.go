package demo

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
)

func TestReadTable(t *testing.T) {
	for name, tc := range map[string]struct {
		text, column string
		rows         int
		want         Table
	}{
		"timestamp and value": {
			text: "timestamp,value\n2013-07-04 00:00:00,69.88\n2013-07-04 01:00:00,71.2\n", rows: 2,
			want: Table{
				Column: "value", TimeColumn: "timestamp", Numeric: []string{"value"},
				Rows: []Row{{2, "2013-07-04 00:00:00", 69.88}, {3, "2013-07-04 01:00:00", 71.2}},
			},
		},
		"no timestamp": {
			text: "a,b\n1,2\n3,4\n", column: "b", rows: 2,
			want: Table{Column: "b", Numeric: []string{"a", "b"}, Rows: []Row{{2, "1", 2}, {3, "2", 4}}},
		},
		"timestamp by its name though it is a number, spreadsheet export": {
			text: "\ufeffvalue,Time\r\n1,100\r\n\r\n2,200\r\n", rows: 2,
			want: Table{Column: "value", TimeColumn: "Time", Numeric: []string{"value"}, Rows: []Row{{2, "100", 1}, {4, "200", 2}}},
		},
		"timestamp by being no number": {
			text: "when,v\nMonday,1\nTuesday,2\n", rows: 2,
			want: Table{Column: "v", TimeColumn: "when", Numeric: []string{"v"}, Rows: []Row{{2, "Monday", 1}, {3, "Tuesday", 2}}},
		},
		"rows beyond those asked for are not looked at": {
			text: "time,v\na,1\nb,2\nc,oops\n", rows: 1,
			want: Table{Column: "v", TimeColumn: "time", Numeric: []string{"v"}, Rows: []Row{{2, "a", 1}}},
		},
		"more asked than there are": {
			text: "time,v\na,1\n", rows: 9,
			want: Table{Column: "v", TimeColumn: "time", Numeric: []string{"v"}, Rows: []Row{{2, "a", 1}}, Exhausted: true},
		},
		"text, gaps, missing and extra fields, stray quote": {
			text: "time,v,w\na,1,1\nb,dry,1\nc,,1\nd,4\ne,5,5,5\nf\"f,6,6\n,7,7\nh,NaN,8\ni,9,\nj,10,x\n", rows: 20,
			want: Table{
				Column: "v", TimeColumn: "time", Numeric: []string{"v", "w"}, Exhausted: true,
				Rows: []Row{{2, "a", 1}, {10, "i", 9}, {11, "j", 10}}, Skipped: 7, Problems: 9,
				FirstProblems: []Problem{
					{3, "v", `"dry" is not a finite number`},
					{4, "v", "empty, a number is expected"},
					{5, "", "2 fields, the header has 3"},
					{6, "", "4 fields, the header has 3"},
					{7, "", `character 2: bare " in non-quoted-field`},
				},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadTable(strings.NewReader(tc.text), tc.column, tc.rows)
			require.NoError(t, err)
			require.Equal(t, tc.want, *got)
		})
	}
}

func TestReadTableRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ text, column, want string }{
		"empty":                {"", "", "a header line that names the columns is required"},
		"no header":            {"2013-07-04 00:00:00,69.88\n", "", `line 1, field 1 is "2013-07-04 00:00:00", a value: the first line must be a header`},
		"no header, numbers":   {"1.5,2\n3,4\n", "", `field 1 is "1.5", a value`},
		"header only":          {"time,v\n", "", "none of the columns"},
		"header, column named": {"time,v\n", "v", `column "v": must be one that holds numbers`},
		"unnamed column":       {"time,,v\na,1,2\n", "", "field 2 is empty"},
		"same name twice":      {"v,v\n1,2\n", "", `names column "v" twice`},
		"semicolons":           {"time;v\na;1\n", "", "commas are required"},
		"no numbers":           {"time,v\na,b\n", "", `none of the columns "time", "v" holds numbers`},
		"no such column":       {"time,v\na,1\n", "w", `column "w": must be one that holds numbers, here "v"`},
		"time as column":       {"time,v\na,1\n", "time", `column "time": must be one that holds numbers`},
		"header broken":        {"ti\"me,v\na,1\n", "", "line 1"},
		"nothing usable":       {"time,v,w\na,1,2,3\n", "v", `column "v"`},
		"too wide":             {strings.Repeat("c,", 300) + "c\n", "", "at most 256"},
		"line too long":        {"time,v\na,1\nb," + strings.Repeat("9", maxLineBytes) + "\n", "", "line 3 is longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadTable(strings.NewReader(tc.text), tc.column, 10)
			require.ErrorContains(t, err, tc.want)
		})
	}
	for _, rows := range []int{-1, 0, maxRows + 1} {
		_, err := ReadTable(strings.NewReader("time,v\na,1\n"), "", rows)
		require.ErrorContains(t, err, fmt.Sprintf("rows %d: must be between 1 and", rows))
	}
}

func TestProblemsAreCountedAndTheFirstKept(t *testing.T) {
	text := "time,v\n" + strings.Repeat("a,1\n", 20) + strings.Repeat("a,x\n", 12) + "b,2\n"
	table, err := ReadTable(strings.NewReader(text), "", 100)
	require.NoError(t, err)
	require.Len(t, table.Rows, 21)
	require.Equal(t, 12, table.Problems)
	require.Equal(t, 12, table.Skipped)
	require.Len(t, table.FirstProblems, maxProblemsKept)
	require.Equal(t, `line 22, column "v": "x" is not a finite number`, table.FirstProblems[0].String())
}

func TestShippedFile(t *testing.T) {
	table, err := ReadTable(bytes.NewReader(data.SoilMoisture), "", 1000)
	require.NoError(t, err)
	require.Equal(t, "soil_moisture", table.Column)
	require.Equal(t, "timestamp", table.TimeColumn)
	require.Len(t, table.Rows, 1000)
	require.Zero(t, table.Problems)
	rule, err := NewRule(shippedLow, shippedHigh)
	require.NoError(t, err)
	switched := 0
	for _, row := range table.Rows[:200] {
		if _, changed := rule.Apply(row.Value); changed {
			switched++
		}
	}
	require.Equal(t, 8, switched, "the default run must have something to show")
}

// The two shapes of file that the demo is also run on: many columns without a
// timestamp, and a timestamp that is text.
func TestOtherShapes(t *testing.T) {
	for name, tc := range map[string]struct{ text, column, time string }{
		"weather": {
			"outdoor_dry_bulb_temperature,outdoor_relative_humidity,diffuse_solar_irradiance\n20.0,84.0,0.0\n20.1,79.0,0.0\n",
			"outdoor_dry_bulb_temperature", "",
		},
		"ambient": {"timestamp,value\n2013-07-04 00:00:00,69.88083514\n", "value", "timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := ReadTable(strings.NewReader(tc.text), "", 200)
			require.NoError(t, err)
			require.Equal(t, tc.column, table.Column)
			require.Equal(t, tc.time, table.TimeColumn)
			_, err = encodeReadings(table)
			require.NoError(t, err)
		})
	}
}

func TestOptionsNameWhatIsWrong(t *testing.T) {
	good := options{rows: 1, performance: performance{output: "table"}, low: math.NaN(), high: math.NaN(), validators: 1}
	require.NoError(t, good.validate())
	used := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(used, "file"), nil, 0o600))
	for want, spoil := range map[string]func(*options){
		"--rows 0":           func(o *options) { o.rows = 0 },
		"--rows 100001":      func(o *options) { o.rows = 100_001 },
		`--output "yaml"`:    func(o *options) { o.output = "yaml" },
		"give both":          func(o *options) { o.low = 3 },
		"--validators 8":     func(o *options) { o.validators = 8 },
		"--interval":         func(o *options) { o.interval = -1 },
		"exists and is not ": func(o *options) { o.home = used },
		"new or empty":       func(o *options) { o.home = filepath.Join(used, "file") },
	} {
		o := good
		spoil(&o)
		require.ErrorContains(t, o.validate(), want)
	}
	missing := good
	missing.data = filepath.Join(used, "none.csv")
	_, err := missing.load()
	require.ErrorContains(t, err, "none.csv")
}

func TestRemarksOnTheData(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.csv")
	require.NoError(t, os.WriteFile(file, []byte("v\n1\n2\n3\n4\n5\n6\n7\n8\nx\n"), 0o600))
	w, err := options{data: file, rows: 50, low: math.NaN(), high: math.NaN()}.load()
	require.NoError(t, err)
	text := w.report.describe()
	for _, want := range []string{
		`8 rows, column "v", on below 4, off above 5`, "no timestamp column: the row number stands in",
		"50 rows were asked for, the file has 8", "problems: 1, lines skipped: 1", `line 10, column "v"`,
	} {
		require.Contains(t, text, want)
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("time,v\na,1\n", "")
	f.Add("a,b\n1,2\n3,x\n", "b")
	f.Add("\ufeffv\n\"1\"\n", "v")
	f.Add("t,v\n\"a\nb\",2\n", "")
	f.Fuzz(func(t *testing.T, text, column string) {
		table, err := ReadTable(strings.NewReader(text), column, 50)
		if err != nil {
			require.Nil(t, table)
			return
		}
		require.NotEmpty(t, table.Rows)
		require.LessOrEqual(t, len(table.Rows), 50)
		require.Contains(t, table.Numeric, table.Column)
		if column != "" {
			require.Equal(t, column, table.Column)
		}
		line := 1
		for _, row := range table.Rows {
			require.Greater(t, row.Line, line)
			require.NotEmpty(t, row.Time)
			require.False(t, math.IsNaN(row.Value) || math.IsInf(row.Value, 0))
			line = row.Line
		}
		require.LessOrEqual(t, len(table.FirstProblems), min(table.Problems, maxProblemsKept))
		messages, err := encodeReadings(table)
		if err != nil {
			require.ErrorContains(t, err, "at most 256")
			return
		}
		for i, m := range messages {
			reading, err := decodeReading(m)
			require.NoError(t, err)
			require.Equal(t, i+1, reading.Row)
			require.Equal(t, table.Rows[i].Value, reading.Value)
		}
	})
}
