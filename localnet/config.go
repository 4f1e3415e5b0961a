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

// setting is one value of a TOML file; key is dotted, as in "rpc.laddr".
type setting struct {
	key   string
	value any // string, bool or int
}

// editTOML sets values in a file that has all of the keys already and keeps
// everything else, comments included.
func editTOML(path string, settings []setting) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	doc, err := tomledit.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range settings {
		entry := doc.First(strings.Split(s.key, ".")...)
		if entry == nil || !entry.IsMapping() {
			return fmt.Errorf("%s: has no key %s", path, s.key)
		}
		text := fmt.Sprint(s.value)
		if str, ok := s.value.(string); ok {
			text = strconv.Quote(str)
		}
		value, err := parser.ParseValue(text)
		if err != nil {
			return fmt.Errorf("%s: %s = %s: %w", path, s.key, text, err)
		}
		entry.Value = value
	}
	var out bytes.Buffer
	if err := tomledit.Format(&out, doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}
