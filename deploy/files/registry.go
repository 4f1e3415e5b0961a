package files

import (
	"slices"
	"strings"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
)

// The names of the chain registry (github.com/cosmos/chain-registry): its folder names, of a-z and 0-9.

// mainName is the main chain's there: its chain-id without the revision and without dashes.
func (z Zone) mainName() string {
	name := z.Main.ChainID
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	return strings.ReplaceAll(name, "-", "")
}

type chainFile struct {
	Schema      string   `json:"$schema"`
	ChainName   string   `json:"chain_name"`
	ChainType   string   `json:"chain_type"`
	ChainID     string   `json:"chain_id"`
	PrettyName  string   `json:"pretty_name"`
	Status      string   `json:"status"`
	NetworkType string   `json:"network_type"`
	Prefix      string   `json:"bech32_prefix"`
	Daemon      string   `json:"daemon_name"`
	NodeHome    string   `json:"node_home"`
	KeyAlgos    []string `json:"key_algos"`
	Slip44      int      `json:"slip44"`
	Fees        fees     `json:"fees"`
	Staking     staking  `json:"staking"`
	Codebase    codebase `json:"codebase"`
	Description string   `json:"description"`
	Peers       peers    `json:"peers"`
	APIs        apis     `json:"apis"`
	Keywords    []string `json:"keywords"`
}

type fees struct {
	Tokens []feeToken `json:"fee_tokens"`
}

type feeToken struct {
	Denom   string  `json:"denom"`
	Fixed   float64 `json:"fixed_min_gas_price"`
	Low     float64 `json:"low_gas_price"`
	Average float64 `json:"average_gas_price"`
	High    float64 `json:"high_gas_price"`
}

type staking struct {
	Tokens []stakingToken `json:"staking_tokens"`
	Lock   lock           `json:"lock_duration"`
}

type stakingToken struct {
	Denom string `json:"denom"`
}

type lock struct {
	Time string `json:"time"`
}

type codebase struct {
	Version   string    `json:"recommended_version,omitempty"`
	SDK       component `json:"sdk"`
	Consensus component `json:"consensus"`
	IBC       ibcPart   `json:"ibc"`
	CosmWasm  wasmPart  `json:"cosmwasm"`
	Language  component `json:"language"`
}

type component struct {
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

type ibcPart struct {
	component
	ICS []string `json:"ics_enabled"`
}

type wasmPart struct {
	Version string `json:"version"`
	Enabled bool   `json:"enabled"`
}

type peers struct {
	Persistent []peer `json:"persistent_peers"`
}

type peer struct {
	ID       string `json:"id"`
	Address  string `json:"address"`
	Provider string `json:"provider,omitempty"`
}

type apis struct {
	RPC []endpoint `json:"rpc"`
}

type endpoint struct {
	Address  string `json:"address"`
	Provider string `json:"provider,omitempty"`
}

func (z Zone) chain() chainFile {
	price := number(z.GasPrice)
	f := chainFile{
		Schema: "../chain.schema.json", ChainName: z.Name, ChainType: "cosmos", ChainID: z.ChainID, PrettyName: z.Name,
		Status: "live", NetworkType: "devnet", Prefix: "mesh", Daemon: "meshchaind", NodeHome: "$HOME/.meshchain",
		KeyAlgos: []string{"secp256k1"}, Slip44: 118,
		Fees:    fees{Tokens: []feeToken{{Denom: z.Denom, Fixed: price, Low: price, Average: 1.5 * price, High: 2 * price}}},
		Staking: staking{Tokens: []stakingToken{{z.Denom}}, Lock: lock{z.Unbonding}},
		Codebase: codebase{
			Version: z.Version, SDK: component{"cosmos", "0.50"}, Consensus: component{"cometbft", "0.38"},
			IBC: ibcPart{component{"go", "8.8"}, []string{"ics20-1", "ics27-1"}}, CosmWasm: wasmPart{"0.54", false}, Language: component{Type: "go"},
		},
		Description: "A zone of " + z.Main.ChainID + ": a light chain for one area or application, linked to it by IBC.",
		Peers:       peers{[]peer{{ID: z.Node.ID, Address: strings.TrimPrefix(z.url("tcp", z.Node.P2P), "tcp://")}}},
		APIs:        apis{[]endpoint{{Address: z.url("http", z.Node.RPC)}}},
		Keywords:    []string{"zone", "iot"},
	}
	return f
}

type assetFile struct {
	Schema    string  `json:"$schema"`
	ChainName string  `json:"chain_name"`
	Assets    []asset `json:"assets"`
}

type asset struct {
	Description string      `json:"description,omitempty"`
	DenomUnits  []denomUnit `json:"denom_units"`
	TypeAsset   string      `json:"type_asset"`
	Base        string      `json:"base"`
	Name        string      `json:"name"`
	Display     string      `json:"display"`
	Symbol      string      `json:"symbol"`
	Traces      []trace     `json:"traces,omitempty"`
}

type denomUnit struct {
	Denom    string `json:"denom"`
	Exponent uint32 `json:"exponent"`
}

type trace struct {
	Type         string       `json:"type"`
	Counterparty counterparty `json:"counterparty"`
	Chain        traceChain   `json:"chain"`
}

type counterparty struct {
	ChainName string `json:"chain_name"`
	BaseDenom string `json:"base_denom"`
	ChannelID string `json:"channel_id"`
}

type traceChain struct {
	ChannelID string `json:"channel_id"`
	Path      string `json:"path"`
}

// assets are the zone's own, and the main chain's as they exist on the zone: vouchers.
func (z Zone) assets() assetFile {
	f := assetFile{Schema: "../assetlist.schema.json", ChainName: z.Name}
	for _, d := range z.Denoms {
		a := asset{Description: d.Description, TypeAsset: "sdk.coin", Base: d.Base, Name: name(d), Display: d.Base, Symbol: strings.ToUpper(name(d)), DenomUnits: []denomUnit{{d.Base, 0}}}
		if d.Exponent > 0 {
			a.Display = d.Display
			a.DenomUnits = append(a.DenomUnits, denomUnit{d.Display, d.Exponent})
		}
		f.Assets = append(f.Assets, a)
	}
	for _, m := range []struct{ base, display, name string }{{"usmt", "smt", "SmartMesh Token"}, {"umesh", "mesh", "MESH"}} {
		path := transfertypes.GetPrefixedDenom(z.Path.Port, z.Path.ZoneChannel, m.base)
		voucher := transfertypes.ParseDenomTrace(path).IBCDenom()
		f.Assets = append(f.Assets, asset{
			Description: m.name + " of " + z.Main.ChainID, TypeAsset: "ics20", Base: voucher, Name: m.name, Display: m.display, Symbol: strings.ToUpper(m.display),
			DenomUnits: []denomUnit{{voucher, 0}, {m.display, 6}},
			Traces: []trace{{
				Type:         "ibc",
				Counterparty: counterparty{z.mainName(), m.base, z.Path.MainChannel},
				Chain:        traceChain{z.Path.ZoneChannel, path},
			}},
		})
	}
	return f
}

func name(d Denom) string {
	if d.Exponent > 0 {
		return d.Display
	}
	return d.Base
}

type ibcFile struct {
	Schema   string       `json:"$schema"`
	Chain1   ibcChain     `json:"chain_1"`
	Chain2   ibcChain     `json:"chain_2"`
	Channels []ibcChannel `json:"channels"`
}

type ibcChain struct {
	ChainName    string `json:"chain_name"`
	ClientID     string `json:"client_id"`
	ConnectionID string `json:"connection_id"`
}

type ibcChannel struct {
	Chain1   ibcEnd  `json:"chain_1"`
	Chain2   ibcEnd  `json:"chain_2"`
	Ordering string  `json:"ordering"`
	Version  string  `json:"version"`
	Tags     ibcTags `json:"tags"`
}

type ibcEnd struct {
	ChannelID string `json:"channel_id"`
	PortID    string `json:"port_id"`
}

type ibcTags struct {
	Status    string `json:"status"`
	Preferred bool   `json:"preferred"`
}

// ibcName has the two names in the order of the alphabet, as the registry wants it.
func (z Zone) ibcName() string {
	names := []string{z.mainName(), z.Name}
	slices.Sort(names)
	return strings.Join(names, "-") + ".json"
}

func (z Zone) ibc() ibcFile {
	p := z.Path
	main, mainEnd := ibcChain{z.mainName(), p.MainClient, p.MainConnection}, ibcEnd{p.MainChannel, p.Port}
	zone, zoneEnd := ibcChain{z.Name, p.ZoneClient, p.ZoneConnection}, ibcEnd{p.ZoneChannel, p.Port}
	channel := ibcChannel{Chain1: mainEnd, Chain2: zoneEnd, Ordering: "unordered", Version: p.Version, Tags: ibcTags{"live", true}}
	f := ibcFile{Schema: "../ibc_data.schema.json", Chain1: main, Chain2: zone}
	if zone.ChainName < main.ChainName {
		f.Chain1, f.Chain2 = zone, main
		channel.Chain1, channel.Chain2 = zoneEnd, mainEnd
	}
	f.Channels = []ibcChannel{channel}
	return f
}
