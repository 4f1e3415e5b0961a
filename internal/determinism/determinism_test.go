package determinism_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/internal/determinism"
)

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	return dir
}

// tags are those this test was built with, so that packages come out of the build cache.
func tags() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == "-tags" {
			return setting.Value
		}
	}
	return ""
}

// Nothing in the state machine may depend on the node it runs on.
func TestStateMachineIsDeterministic(t *testing.T) {
	findings, err := determinism.Check(root(t), tags(), "./x/...", "./app/...")
	require.NoError(t, err)
	for _, finding := range findings {
		t.Error(finding)
	}
}

// The check finds what it is made to find, and nothing else.
func TestCheckFinds(t *testing.T) {
	findings, err := determinism.Check(root(t), tags(), "./internal/determinism/testdata/bad")
	require.NoError(t, err)
	var got []string
	for _, finding := range findings {
		file, rest, _ := strings.Cut(finding.String(), ": ")
		got = append(got, strings.TrimPrefix(file, "internal/determinism/testdata/bad/")+" "+strings.SplitN(rest, ",", 2)[0])
	}
	require.Equal(t, []string{
		"bad.go:6 imports math/rand",
		"bad.go:11 uses float64: rounding may differ from machine to machine; use math.Int or math.LegacyDec",
		"bad.go:13 uses time.Now",
		"bad.go:16 ranges over a map: the order differs from run to run; sort the keys",
		"bad.go:34 ranges over a map: the order differs from run to run; sort the keys",
		"bad.go:40 uses maps.Keys",
		"bad.go:42 computes with floating point: rounding may differ from machine to machine; use math.Int or math.LegacyDec",
		"bad.go:42 uses ratio: rounding may differ from machine to machine; use math.Int or math.LegacyDec",
		"bad.go:47 starts a goroutine: the order in which it runs is not the same everywhere",
		"bad.go:48 select: which case is ready first is not the same everywhere",
	}, got)
}
