package deploy

import (
	"fmt"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Names of the keys that every zone has.
const (
	keyValidator = "validator"
	keyRelayer   = "relayer"
)

// validateTokens checks denoms and who holds them.
func (s Spec) validateTokens() error {
	if n := len(s.Denoms); n > maxDenoms {
		return fmt.Errorf("denoms: has %d entries, at most %d", n, maxDenoms)
	}
	known := []string{s.Denom()}
	for i, d := range s.Denoms {
		field := fmt.Sprintf("denoms[%d]", i)
		if err := sdk.ValidateDenom(d.Base); err != nil {
			return fmt.Errorf("%s.base: %w", field, err)
		}
		switch {
		case slices.Contains(zonestypes.MainDenoms(), d.Base):
			return fmt.Errorf("%s.base %q: belongs to the main chain; here it exists as an ICS-20 voucher only", field, d.Base)
		case slices.Contains(known, d.Base):
			return fmt.Errorf("%s.base %q: is there already", field, d.Base)
		case d.Exponent > maxExponent:
			return fmt.Errorf("%s.exponent %d: must be 0 to %d", field, d.Exponent, maxExponent)
		case d.Exponent == 0 && d.Display != "" && d.Display != d.Base:
			return fmt.Errorf("%s.display %q: with exponent 0 the display unit is the base unit %q", field, d.Display, d.Base)
		case d.Exponent > 0 && (d.Display == d.Base || sdk.ValidateDenom(d.Display) != nil):
			return fmt.Errorf("%s.display %q: must be a denom other than %q", field, d.Display, d.Base)
		}
		known = append(known, d.Base)
	}
	if n := len(s.Accounts); n > maxAccounts {
		return fmt.Errorf("accounts: has %d entries, at most %d", n, maxAccounts)
	}
	names := []string{keyValidator, keyRelayer}
	for i, a := range s.Accounts {
		field := fmt.Sprintf("accounts[%d]", i)
		if !accountName.MatchString(a.Name) || slices.Contains(names, a.Name) {
			return fmt.Errorf("%s.name %q: must match %s and be there once (%s and %s exist anyway)", field, a.Name, accountName, keyValidator, keyRelayer)
		}
		names = append(names, a.Name)
		coins, err := sdk.ParseCoinsNormalized(a.Coins)
		if err != nil {
			return fmt.Errorf("%s.coins %q: must be a list such as 1000000%s: %w", field, a.Coins, s.Denom(), err)
		}
		for _, c := range coins {
			if !slices.Contains(known, c.Denom) {
				return fmt.Errorf("%s.coins %q: denom %q is neither %s nor among denoms", field, a.Coins, c.Denom, s.Denom())
			}
		}
		if a.Address == "" {
			continue
		}
		if _, err := sdk.GetFromBech32(a.Address, client.DefaultAddressPrefix); err != nil {
			return fmt.Errorf("%s.address %q: %w", field, a.Address, err)
		}
	}
	return nil
}
