package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	evidencetypes "cosmossdk.io/x/evidence/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
)

// TestEvidenceInTransactions: double signing is reported by CometBFT alone. A
// transaction with evidence is refused in words, not by a nil router.
func TestEvidenceInTransactions(t *testing.T) {
	f := fixture.New(t, fixture.Main())
	msg, err := evidencetypes.NewMsgSubmitEvidence(f.Accounts[0].Address, &evidencetypes.Equivocation{
		Height: 1, Time: time.Unix(1, 0).UTC(), Power: 1, ConsensusAddress: sdk.ConsAddress(f.Accounts[0].Address).String(),
	})
	require.NoError(t, err)
	_, err = f.Deliver(f.Accounts[0], msg)
	require.ErrorIs(t, err, evidencetypes.ErrNoEvidenceHandlerExists)
}
