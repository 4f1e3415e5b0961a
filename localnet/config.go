package localnet

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/creachadair/tomledit"
	"github.com/creachadair/tomledit/parser"
)

// Setting is one value of a TOML file.
type Setting struct {
	// Key is dotted, as in "rpc.laddr".
	Key string
	// Value is a string, a bool or an int.
	Value any
}

// EditTOML sets values in a file that has all of the keys already and keeps
// everything else, comments included.
func EditTOML(path string, settings []Setting) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	doc, err := tomledit.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range settings {
		entry := doc.First(strings.Split(s.Key, ".")...)
		if entry == nil || !entry.IsMapping() {
			return fmt.Errorf("%s: has no key %s", path, s.Key)
		}
		text := fmt.Sprint(s.Value)
		if str, ok := s.Value.(string); ok {
			text = strconv.Quote(str)
		}
		value, err := parser.ParseValue(text)
		if err != nil {
			return fmt.Errorf("%s: %s = %s: %w", path, s.Key, text, err)
		}
		entry.Value = value
	}
	var out bytes.Buffer
	if err := tomledit.Format(&out, doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}
