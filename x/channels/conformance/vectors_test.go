// Package conformance_test is a second implementation of the bytes, hashes and sums of payment
// channels, written from the specification in ../README.md and sharing no code with the
// module. What both make of ../testdata/vectors.json must be the same.
package conformance_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fewest is how many vectors there must be at least.
const fewest = 60

type vector struct {
	Name      string                     `json:"name"`
	Kind      string                     `json:"kind"`
	Valid     bool                       `json:"valid"`
	Reason    string                     `json:"reason"`
	Fields    map[string]json.RawMessage `json:"fields"`
	Bytes     string                     `json:"bytes"`
	Key       string                     `json:"key"`
	Signature string                     `json:"signature"`
	Result    json.RawMessage            `json:"result"`
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	file, err := os.Open("../testdata/vectors.json")
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	var all struct {
		Comment string   `json:"comment"`
		Vectors []vector `json:"vectors"`
	}
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&all))
	return all.Vectors
}

// table returns the cells of the README's table with a header.
func table(t *testing.T, header string) (rows [][]string) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "\n"+header+"\n")
	require.True(t, found, "no table with the header %q", header)
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	require.NotEmpty(t, rows)
	return rows[1:] // below the rule
}

// TestLengths compares every tag and length with the specification's table of kinds.
func TestLengths(t *testing.T) {
	want, got := map[string]int{}, map[string]int{}
	for _, row := range table(t, "| kind | tag | length | signed by |") {
		length, err := strconv.Atoi(row[2])
		require.NoError(t, err)
		want[strings.Trim(row[1], "`")] = length
	}
	for _, kind := range signedKinds {
		got[kind.tag] = kind.length()
	}
	require.Equal(t, want, got)
	require.Equal(t, 1440, pathLength(0, 4096), "path of a receipt in a batch of 4,096")
}

func TestVectors(t *testing.T) {
	vectors, names, checked := readVectors(t), map[string]bool{}, 0
	for _, v := range vectors {
		require.False(t, names[v.Name], "two vectors %q", v.Name)
		names[v.Name] = true
		if ok := t.Run(v.Name, func(t *testing.T) { require.NoError(t, v.judge()) }); ok {
			checked++
		}
	}
	require.Equal(t, len(vectors), checked)
	require.GreaterOrEqual(t, checked, fewest)
}

// judge compares what the vector says with what the specification makes of it.
func (v vector) judge() error {
	check, known := checks[v.Kind]
	if _, signed := signedKinds[v.Kind]; signed {
		check, known = checkSigned, true
	}
	if !known {
		return fmt.Errorf("kind %q is unknown", v.Kind)
	}
	err := check(v)
	if v.Valid {
		if v.Reason != "" {
			return fmt.Errorf("valid, but has the reason %q", v.Reason)
		}
		return err
	}
	want, unknown := ruleOf(v.Kind, v.Reason)
	switch {
	case unknown != nil:
		return unknown
	case err == nil:
		return fmt.Errorf("accepted; the vector says %q", v.Reason)
	case !errors.Is(err, want) && !errors.Is(err, alsoBroken[v.Name]):
		return fmt.Errorf("refused for %w; the vector says %q, which is %w", err, v.Reason, want)
	}
	return nil
}

// TestJudgeNotices breaks every vector and expects that no broken one passes: a check that
// compares nothing would.
func TestJudgeNotices(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			broken := v
			broken.Valid, broken.Reason = !v.Valid, ""
			if v.Valid {
				broken.Reason = "nonce 0"
			}
			require.Error(t, broken.judge(), "the other verdict")
			if !v.Valid {
				return
			}
			for name, text := range map[string]*string{"bytes": &broken.Bytes, "signature": &broken.Signature, "key": &broken.Key} {
				broken = v
				if *text != "" {
					*text = flip(*text)
					require.Error(t, broken.judge(), "other %s", name)
				}
			}
			for name := range v.Fields {
				broken = v
				broken.Fields = maps.Clone(v.Fields)
				delete(broken.Fields, name)
				require.Error(t, broken.judge(), "without field %s", name)
			}
			broken = v
			if v.Result != nil {
				broken.Result = json.RawMessage(`"00"`)
				require.Error(t, broken.judge(), "other result")
			}
		})
	}
}

// flip changes the last hexadecimal digit.
func flip(text string) string {
	last := byte('0')
	if text[len(text)-1] == last {
		last = '1'
	}
	return text[:len(text)-1] + string(last)
}

// TestSigners checks that the participant whom the specification names signed, by the keys in
// the vectors' open terms; all vectors are about that one channel.
func TestSigners(t *testing.T) {
	vectors, checked := readVectors(t), 0
	var keys []string
	for _, v := range vectors {
		if v.Kind == "open" && v.Valid {
			texts, err := v.texts()
			require.NoError(t, err)
			keys = []string{texts["key.0"], texts["key.1"]}
		}
	}
	require.Len(t, keys, 2)
	for _, v := range vectors {
		kind := signedKinds[v.Kind]
		if !v.Valid || kind.signer == nil {
			continue
		}
		b, err := hex.DecodeString(v.Bytes)
		require.NoError(t, err)
		rec, _, err := kind.parse(b)
		require.NoError(t, err)
		require.Equal(t, keys[kind.signer(rec)], v.Key, v.Name)
		checked++
	}
	require.NotZero(t, checked)
}

// TestSubjects checks that the approval of an open names the terms that it approves, at channel
// and epoch 0, and that no approval has the subject of another purpose.
func TestSubjects(t *testing.T) {
	subjects, opened := map[string]string{}, 0
	purposes := map[string]string{"open": "1", "withdraw": "3", "coop": "4"}
	vectors := readVectors(t)
	for _, v := range vectors {
		purpose := purposes[v.Kind]
		if purpose == "" || !v.Valid {
			continue
		}
		b, err := hex.DecodeString(v.Bytes)
		require.NoError(t, err)
		subjects[hex.EncodeToString(hash(b))] = purpose
		if v.Kind == "open" {
			rec, _, err := signedKinds["open"].parse(b)
			require.NoError(t, err)
			subjects[hex.EncodeToString(hash(rec.get("account.1")))] = "2"
		}
	}
	for _, v := range vectors {
		if v.Kind != "approval" || !v.Valid {
			continue
		}
		texts, err := v.texts()
		require.NoError(t, err)
		purpose, known := subjects[texts["subject"]]
		if known {
			require.Equal(t, purpose, texts["purpose"], v.Name)
		}
		if texts["purpose"] == "1" {
			require.True(t, known, "%s: the subject is the hash of no open terms", v.Name)
			require.Equal(t, []string{"0", "0"}, []string{texts["channel"], texts["epoch"]}, v.Name)
			opened++
		}
	}
	require.NotZero(t, opened)
}

// texts returns the fields by name; a pair "x" becomes "x.0" and "x.1".
func (v vector) texts() (map[string]string, error) {
	out := map[string]string{}
	for name, raw := range v.Fields {
		var one string
		var two []string
		switch {
		case json.Unmarshal(raw, &one) == nil:
			out[name] = one
		case json.Unmarshal(raw, &two) == nil && len(two) == 2:
			out[name+".0"], out[name+".1"] = two[0], two[1]
		default:
			return nil, fmt.Errorf("field %s is neither text nor a pair: %s", name, raw)
		}
	}
	return out, nil
}

// same compares the result of a vector, whatever its shape.
func (v vector) same(got any) error {
	encoded, err := json.Marshal(got)
	if err != nil {
		return err
	}
	var want bytes.Buffer
	if err := json.Compact(&want, v.Result); err != nil {
		return fmt.Errorf("result %q: %w", v.Result, err)
	}
	if !bytes.Equal(want.Bytes(), encoded) {
		return fmt.Errorf("result %s, the vector says %s", encoded, want.Bytes())
	}
	return nil
}
