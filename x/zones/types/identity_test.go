package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/zones/types"
)

func TestNewIdentity(t *testing.T) {
	for _, tc := range []struct {
		name, role, zone string
		denom            string
		err              error
		says             string
	}{
		{name: "main", role: "main", denom: "usmt"},
		{name: "zone", role: "zone", zone: "farm", denom: "ufarm"},
		{name: "shortest zone", role: "zone", zone: "abc", denom: "uabc"},
		{name: "longest zone", role: "zone", zone: "a234567890123456789012345678901", denom: "ua234567890123456789012345678901"},
		{name: "unknown role", role: "validator", err: types.ErrInvalidRole, says: `role "validator": must be main or zone`},
		{name: "main with a zone name", role: "main", zone: "farm", err: types.ErrInvalidZone, says: `zone "farm": must be empty`},
		{name: "zone without a name", role: "zone", err: types.ErrInvalidZone, says: `zone ""`},
		{name: "too short", role: "zone", zone: "ab", err: types.ErrInvalidZone, says: "[a-z][a-z0-9]{2,30}"},
		{name: "too long", role: "zone", zone: "a2345678901234567890123456789012", err: types.ErrInvalidZone, says: "[a-z][a-z0-9]{2,30}"},
		{name: "capital", role: "zone", zone: "Farm", err: types.ErrInvalidZone, says: "[a-z][a-z0-9]{2,30}"},
		{name: "dash", role: "zone", zone: "north-farm", err: types.ErrInvalidZone, says: "[a-z][a-z0-9]{2,30}"},
		{name: "denom of the main chain", role: "zone", zone: "smt", err: types.ErrInvalidZone, says: "usmt"},
		{name: "second denom of the main chain", role: "zone", zone: "mesh", err: types.ErrInvalidZone, says: "umesh"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, err := types.NewIdentity(tc.role, tc.zone)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
				require.ErrorContains(t, err, tc.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.denom, id.NativeDenom())
			require.Equal(t, tc.role == "main", id.IsMain())
		})
	}
}

func TestValidateChainID(t *testing.T) {
	main, farm := types.MainIdentity(), types.ZoneIdentity("farm")
	for _, tc := range []struct {
		id      types.Identity
		chainID string
		valid   bool
	}{
		{main, "mesh-main-1", true},
		{main, "other-7", true},
		{farm, "farm-1", true},
		{farm, "farm-12", true},
		{main, "mesh", false},
		{main, "-1", false},
		{main, "mesh-", false},
		{main, "mesh-0", false},
		{main, "mesh-01", false},
		{main, "mesh-+1", false},
		{main, "mesh-main", false},
		{farm, "port-1", false},
		{farm, "farm", false},
		{farm, "farm-2-1", false},
	} {
		err := tc.id.ValidateChainID(tc.chainID)
		if tc.valid {
			require.NoError(t, err, tc.chainID)
			continue
		}
		require.ErrorIs(t, err, types.ErrInvalidChainID, tc.chainID)
		require.ErrorContains(t, err, tc.chainID)
	}
}
