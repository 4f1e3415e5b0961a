package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo/data"
)

// The file in the repository is what this program writes, to the byte.
func TestShippedFileIsCurrent(t *testing.T) {
	var made bytes.Buffer
	require.NoError(t, write(&made, 1000, 1))
	require.Equal(t, made.String(), string(data.SoilMoisture))
}

func TestSeedChangesTheFile(t *testing.T) {
	var one, two bytes.Buffer
	require.NoError(t, write(&one, 50, 1))
	require.NoError(t, write(&two, 50, 2))
	require.NotEqual(t, one.String(), two.String())
}
