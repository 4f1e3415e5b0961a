package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"gopkg.in/yaml.v3"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Bounds of a specification.
const (
	minBlockTime = 50 * time.Millisecond
	maxBlockTime = time.Minute
	minUnbonding = 30 * time.Second
	maxUnbonding = 366 * 24 * time.Hour
	minVoting    = 2 * time.Second
	maxVoting    = 90 * 24 * time.Hour
	maxAccounts  = 10_000
	maxDenoms    = 100
	maxExponent  = 18
)

// Spec is the specification of a zone. In a file it is YAML; unknown keys are refused, what is absent
// has a default.
type Spec struct {
	// Name of the zone, [a-z][a-z0-9]{2,30}; its native denom is u<name>.
	Name string `yaml:"name" json:"name"`
	// Revision of the chain-id <name>-<revision> (default 1).
	Revision uint64 `yaml:"revision" json:"revision"`
	// Area that the zone covers, such as eu/de/bremen.
	Area string `yaml:"area" json:"area"`
	// Level in the hierarchy of areas, 0 to 9 (default 1).
	Level *uint32 `yaml:"level" json:"level"`
	// BlockTime is the pause between two blocks (default 1s).
	BlockTime time.Duration `yaml:"block_time" json:"block_time"`
	// GasPrice is the least that the node takes per unit of gas, in the native denom (default 0.001).
	GasPrice string `yaml:"gas_price" json:"gas_price"`
	// Host at which others reach the node (default 127.0.0.1: nobody else does).
	Host string `yaml:"host" json:"host"`
	// Stake of the first validator, in units of the native denom (default 1000000000).
	Stake math.Int `yaml:"-" json:"stake"`
	// Accounts beside the validator, the owner and the relayer.
	Accounts []Account `yaml:"accounts" json:"accounts,omitempty"`
	// Denoms beside the native one.
	Denoms []Denom `yaml:"denoms" json:"denoms,omitempty"`
	// Parameters of the modules.
	Parameters Parameters `yaml:"parameters" json:"parameters"`
}

// Account owns coins at genesis.
type Account struct {
	// Name of its key, or of whom it belongs to.
	Name string `yaml:"name" json:"name"`
	// Address; absent, a key is made in the zone's keyring.
	Address string `yaml:"address" json:"address,omitempty"`
	// Coins such as 1000000ufarm,5uwater.
	Coins string `yaml:"coins" json:"coins"`
}

// Denom is a token of the zone.
type Denom struct {
	// Base is the smallest unit, such as uwater.
	Base string `yaml:"base" json:"base"`
	// Display is the unit people use, such as water.
	Display string `yaml:"display" json:"display"`
	// Exponent: one display unit is ten to this power base units, 0 to 18.
	Exponent uint32 `yaml:"exponent" json:"exponent"`
	// Description for people.
	Description string `yaml:"description" json:"description,omitempty"`
}

// Parameters that a deployer may want to choose; everything else is as app/ has it.
type Parameters struct {
	// UnbondingTime of stake (default 504h). Links trust a header for two thirds of it, so this is
	// what decides how long the zone may be away.
	UnbondingTime time.Duration `yaml:"unbonding_time" json:"unbonding_time"`
	// VotingPeriod of governance (default 48h).
	VotingPeriod time.Duration `yaml:"voting_period" json:"voting_period"`
	// MaxValidators (default 100).
	MaxValidators uint32 `yaml:"max_validators" json:"max_validators"`
	// Inflation per year, 0 to 1 (default 0).
	Inflation string `yaml:"inflation" json:"inflation"`
	// MaxBlockGas (default 200000000).
	MaxBlockGas int64 `yaml:"max_block_gas" json:"max_block_gas"`
	// MaxBlockBytes (default 4194304).
	MaxBlockBytes int64 `yaml:"max_block_bytes" json:"max_block_bytes"`
	// SnapshotInterval is the number of blocks between two state-sync snapshots (default 1500).
	SnapshotInterval uint64 `yaml:"snapshot_interval" json:"snapshot_interval"`
}

// ReadSpec reads a specification. Defaults are not filled in yet: see [Spec.Complete].
func ReadSpec(r io.Reader) (Spec, error) {
	data, err := io.ReadAll(io.LimitReader(r, 8<<20))
	if err != nil {
		return Spec{}, fmt.Errorf("specification: %w", err)
	}
	// The stake is a number of any size, which YAML's integers are not.
	var file struct {
		Spec  `yaml:",inline"`
		Stake string `yaml:"stake"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return Spec{}, fmt.Errorf("specification: %s", strings.ReplaceAll(err.Error(), " in type deploy.", " in "))
	}
	if file.Stake != "" {
		var ok bool
		if file.Spec.Stake, ok = math.NewIntFromString(file.Stake); !ok || !file.Spec.Stake.IsPositive() {
			return Spec{}, fmt.Errorf("specification: stake %q: must be a positive whole number of units of the native denom", file.Stake)
		}
	}
	return file.Spec, nil
}

// ChainID of the zone.
func (s Spec) ChainID() string { return fmt.Sprintf("%s-%d", s.Name, s.Revision) }

// Denom is the native one.
func (s Spec) Denom() string { return zonestypes.ZoneIdentity(s.Name).NativeDenom() }

// GasPrices is what a transaction offers, as a coin per unit of gas.
func (s Spec) GasPrices() string { return s.GasPrice + s.Denom() }

// TrustingPeriod is how long the main chain's light client believes a header of the zone.
func (s Spec) TrustingPeriod() time.Duration { return s.Parameters.UnbondingTime / 3 * 2 }

// Complete fills in defaults and checks every field. An error names field, value and rule.
func (s Spec) Complete() (Spec, error) {
	if s.Revision == 0 {
		s.Revision = 1
	}
	if s.Level == nil {
		one := uint32(1)
		s.Level = &one
	}
	set(&s.BlockTime, time.Second)
	set(&s.GasPrice, "0.001")
	set(&s.Host, "127.0.0.1")
	if s.Stake.IsNil() || s.Stake.IsZero() {
		s.Stake = math.NewInt(1_000_000_000)
	}
	p := &s.Parameters
	set(&p.UnbondingTime, 21*24*time.Hour)
	set(&p.VotingPeriod, 48*time.Hour)
	set(&p.MaxValidators, 100)
	set(&p.Inflation, "0")
	set(&p.MaxBlockGas, 200_000_000)
	set(&p.MaxBlockBytes, 4<<20)
	set(&p.SnapshotInterval, 1_500)
	if err := s.validate(); err != nil {
		return s, fmt.Errorf("specification: %w", err)
	}
	return s, nil
}

func set[T comparable](field *T, otherwise T) {
	var zero T
	if *field == zero {
		*field = otherwise
	}
}

func (s Spec) validate() error {
	if err := zonestypes.ValidateZoneName(s.Name); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if err := zonestypes.ValidateDescription(s.Area, *s.Level, nil); err != nil {
		return err
	}
	if s.BlockTime < minBlockTime || s.BlockTime > maxBlockTime {
		return fmt.Errorf("block_time %s: must be %s to %s", s.BlockTime, minBlockTime, maxBlockTime)
	}
	if price, err := math.LegacyNewDecFromStr(s.GasPrice); err != nil || price.IsNegative() {
		return fmt.Errorf("gas_price %q: must be a number of at least 0, such as 0.001", s.GasPrice)
	}
	if !hostName.MatchString(s.Host) && net.ParseIP(s.Host) == nil {
		return fmt.Errorf("host %q: must be an IP address or a name in the DNS", s.Host)
	}
	if s.Stake.LT(sdk.DefaultPowerReduction) {
		return fmt.Errorf("stake %s: must be at least %s units of %s, which is one vote", s.Stake, sdk.DefaultPowerReduction, s.Denom())
	}
	if err := s.validateTokens(); err != nil {
		return err
	}
	return s.Parameters.validate()
}

// Names that may stand in a file or a URL.
var (
	accountName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	hostName    = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,98}[a-zA-Z0-9])?$`)
)

func (p Parameters) validate() error {
	switch {
	case p.UnbondingTime < minUnbonding || p.UnbondingTime > maxUnbonding:
		return fmt.Errorf("parameters.unbonding_time %s: must be %s to %s", p.UnbondingTime, minUnbonding, maxUnbonding)
	case p.VotingPeriod < minVoting || p.VotingPeriod > maxVoting:
		return fmt.Errorf("parameters.voting_period %s: must be %s to %s", p.VotingPeriod, minVoting, maxVoting)
	case p.MaxValidators > 1000:
		return fmt.Errorf("parameters.max_validators %d: must be 1 to 1000", p.MaxValidators)
	case p.MaxBlockGas < 5_000_000:
		return fmt.Errorf("parameters.max_block_gas %d: must be at least 5000000, or no handshake fits into a block", p.MaxBlockGas)
	case p.MaxBlockBytes < 200_000 || p.MaxBlockBytes > 100<<20:
		return fmt.Errorf("parameters.max_block_bytes %d: must be 200000 to %d", p.MaxBlockBytes, 100<<20)
	case p.SnapshotInterval < 10 || p.SnapshotInterval > 1_000_000:
		return fmt.Errorf("parameters.snapshot_interval %d: must be 10 to 1000000 blocks", p.SnapshotInterval)
	}
	inflation, err := math.LegacyNewDecFromStr(p.Inflation)
	if err != nil || inflation.IsNegative() || inflation.GT(math.LegacyOneDec()) {
		return fmt.Errorf("parameters.inflation %q: must be a number of 0 to 1, a year", p.Inflation)
	}
	return nil
}
