package tower

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/meshchain/meshchain/x/channels/types"
)

// entry is what is remembered of a tower over a restart.
type entry struct {
	Address string        `json:"address"`
	Peer    string        `json:"peer"`
	Reward  types.Uint128 `json:"reward"`
	// Lied is what it was caught at; it is never used again.
	Lied string `json:"lied,omitempty"`
}

func readEntries(file string) (out []entry, err error) {
	bz, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(bz, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return out, nil
}

// save writes the list; the caller holds mu.
func (c *Client) save() error {
	entries := make([]entry, 0, len(c.towers))
	for _, t := range c.towers {
		entries = append(entries, t.entry)
	}
	bz, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return err
	}
	temporary := c.cfg.File + ".new"
	if err := os.WriteFile(temporary, append(bz, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, c.cfg.File)
}

// evidence against a tower: its own receipt, and what it showed later. Anybody can check the receipt's
// signature with the tower's identity.
type evidence struct {
	Tower   string `json:"tower"`
	Receipt string `json:"receipt"`
	Shown   string `json:"shown"`
	Time    int64  `json:"time"`
}

// convict writes the evidence down and never uses the tower again; the caller holds mu.
func (c *Client) convict(t *tower, r Receipt, shown []byte, what string) {
	t.Lied = what
	c.cfg.Logger.Error("a watchtower does not have what it signed for", "tower", t.Peer, "channel", r.Channel, "what", what)
	bz, err := json.MarshalIndent(evidence{t.Peer, hex.EncodeToString(r.AppendTo(nil)), hex.EncodeToString(shown), c.cfg.Now().Unix()}, "", "  ")
	if err == nil {
		name := fmt.Sprintf("tower-evidence-%d-%d.json", r.Channel, r.Time)
		err = os.WriteFile(filepath.Join(filepath.Dir(c.cfg.File), name), bz, 0o600)
	}
	if err = errors.Join(err, c.save()); err != nil {
		c.cfg.Logger.Error("evidence against a watchtower cannot be written", "error", err)
	}
}
