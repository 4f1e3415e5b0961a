package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
)

// The files in the repository are what this program writes, to the byte.
func TestShippedFilesAreCurrent(t *testing.T) {
	shipped := map[string][]byte{"soil_moisture.csv": data.SoilMoisture, "pollution.csv": data.Pollution}
	require.Len(t, files, len(shipped))
	for name, write := range files {
		var made bytes.Buffer
		require.NoError(t, write(&made, 1000, 1))
		require.Equal(t, string(shipped[name]), made.String(), name)
	}
}

func TestSeedChangesTheFiles(t *testing.T) {
	for name, write := range files {
		var one, two bytes.Buffer
		require.NoError(t, write(&one, 50, 1))
		require.NoError(t, write(&two, 50, 2))
		require.NotEqual(t, one.String(), two.String(), name)
	}
}
