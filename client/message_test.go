package client_test

import (
	"fmt"
	"testing"

	errorsmod "cosmossdk.io/errors"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

func TestMessageNamesNoSourceLine(t *testing.T) {
	err := fmt.Errorf("specification: %w", errorsmod.Wrap(errorsmod.Register("messagetest", 2, "invalid name"), "name: zone [farm]"))
	require.Contains(t, err.Error(), "message_test.go:")
	require.Equal(t, "specification: name: zone [farm]: invalid name", client.Message(err))
}
