package app

import (
	"maps"
	"slices"
)

// What the tests of this folder, which are outside of the package since their
// fixtures import it, need of its inside.

// MainOnlyMessages are refused on zones.
func MainOnlyMessages() []string { return slices.Sorted(maps.Keys(mainOnlyMessages)) }

// WasmMessages are disabled by default.
func WasmMessages() []string { return wasmMessages() }

// ICAMessages may be run by accounts of other chains.
func ICAMessages() []string { return icaAllowedMessages() }
