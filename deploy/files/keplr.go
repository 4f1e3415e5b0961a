package files

import "strconv"

// number of a price that the specification's check has let through.
func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

type keplrInfo struct {
	ChainID    string          `json:"chainId"`
	ChainName  string          `json:"chainName"`
	RPC        string          `json:"rpc"`
	REST       string          `json:"rest"`
	BIP44      keplrBIP44      `json:"bip44"`
	Bech32     keplrBech32     `json:"bech32Config"`
	Currencies []keplrCurrency `json:"currencies"`
	Fees       []keplrFee      `json:"feeCurrencies"`
	Stake      keplrCurrency   `json:"stakeCurrency"`
	Features   []string        `json:"features"`
}

type keplrBIP44 struct {
	CoinType int `json:"coinType"`
}

type keplrBech32 struct {
	AccAddr  string `json:"bech32PrefixAccAddr"`
	AccPub   string `json:"bech32PrefixAccPub"`
	ValAddr  string `json:"bech32PrefixValAddr"`
	ValPub   string `json:"bech32PrefixValPub"`
	ConsAddr string `json:"bech32PrefixConsAddr"`
	ConsPub  string `json:"bech32PrefixConsPub"`
}

type keplrCurrency struct {
	Denom    string `json:"coinDenom"`
	Minimal  string `json:"coinMinimalDenom"`
	Decimals uint32 `json:"coinDecimals"`
}

type keplrFee struct {
	keplrCurrency
	Step keplrStep `json:"gasPriceStep"`
}

type keplrStep struct {
	Low     float64 `json:"low"`
	Average float64 `json:"average"`
	High    float64 `json:"high"`
}

// keplr is what the wallet takes in experimentalSuggestChain (ChainInfo of @keplr-wallet/types).
func (z Zone) keplr() keplrInfo {
	k := keplrInfo{
		ChainID: z.ChainID, ChainName: z.Name, RPC: z.url("http", z.Node.RPC), REST: z.url("http", z.Node.REST), BIP44: keplrBIP44{118},
		Bech32:   keplrBech32{"mesh", "meshpub", "meshvaloper", "meshvaloperpub", "meshvalcons", "meshvalconspub"},
		Features: []string{},
	}
	for _, d := range z.Denoms {
		k.Currencies = append(k.Currencies, keplrCurrency{name(d), d.Base, d.Exponent})
	}
	k.Stake = k.Currencies[0]
	price := number(z.GasPrice)
	k.Fees = []keplrFee{{k.Stake, keplrStep{price, 1.5 * price, 2 * price}}}
	return k
}
