package daemon

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"text/template"
)

// Write writes the configuration with its explanations to the home; an existing file only with
// overwrite.
func (c Config) Write(home string, overwrite bool) error {
	file := ConfigFile(home)
	if _, err := os.Stat(file); err == nil && !overwrite {
		return fmt.Errorf("%s exists: use --overwrite to replace it", file)
	}
	var out bytes.Buffer
	if err := configTemplate.Execute(&out, c); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o600)
}

var configTemplate = template.Must(template.New("photond.toml").Funcs(template.FuncMap{
	"list": func(texts []string) string {
		quoted := make([]string, len(texts))
		for i, t := range texts {
			quoted[i] = fmt.Sprintf("%q", t)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	},
}).Parse(`# Configuration of photond. Keys that are left out have their defaults, which are those shown here
# unless a comment says otherwise. Unknown keys are refused.

[node]
# Name of the network: nodes of another one are refused.
network = {{ printf "%q" .Node.Network }}
# Addresses to listen on, as multiaddresses. With port 0 a free one is taken at each start.
# Danger: 0.0.0.0 is reachable from everywhere; peers can open channels with you.
listen = {{ list .Node.Listen }}
# Nodes to keep a connection with: "/ip4/1.2.3.4/tcp/9735/p2p/12D3Koo…".
connect = {{ list .Node.Connect }}
# QUIC beside TCP, on the UDP port of the same number. Danger: half the throughput on the same cores.
quic = {{ .Node.QUIC }}
# Ask the router to forward the port (UPnP, NAT-PMP), and reach nodes whose address names a relay. Without such a
# router this node can dial others and cannot be dialled. Danger: opens a port to the world.
nat = {{ .Node.NAT }}
# Find nodes on the local network and connect to them: payments without internet.
# Danger: tells everybody there that this node exists.
mdns = {{ .Node.MDNS }}
# Peers that are connected at a time; more are refused.
max_peers = {{ .Node.MaxPeers }}

[api]
# Where your own programs and the command line reach this node; loopback only. Every call needs the
# token in the file "token" of the home. Danger: who reads that file can spend.
grpc = {{ printf "%q" .API.GRPC }}
# REST with the same calls; "" serves none.
rest = {{ printf "%q" .API.REST }}

# One stanza for each chain.
{{ range .Chains }}[[chain]]
id = {{ printf "%q" .ID }}
# CometBFT RPC addresses, 1 to 4. Danger: a single one can withhold from you that a channel is
# being closed; name two of different operators. They are compared, and the node refuses to act when
# they contradict each other.
endpoints = {{ list .Endpoints }}
# Denoms that channels on this chain may have.
denoms = {{ list .Denoms }}
# Key in the keyring that pays fees and deposits and is paid out to. keyring_dir is relative to the
# home; "" is the home.
key = {{ printf "%q" .Key }}
# file asks for a passphrase at each start; test keeps keys in the clear.
# Danger: with test, who reads the disk owns the account.
keyring_backend = {{ printf "%q" .KeyringBackend }}
keyring_dir = {{ printf "%q" .KeyringDir }}
# Fee per unit of gas. Danger: too little, and a transaction in a dispute comes too late.
gas_prices = {{ printf "%q" .GasPrices }}
gas_adjustment = {{ .GasAdjustment }}
address_prefix = {{ printf "%q" .AddressPrefix }}
# How often the endpoints are asked for a block.
poll_interval = "{{ .PollInterval }}"
# How old the newest block may be, and how far in the future. Danger: with more, a stale view is acted on.
max_lag = "{{ .MaxLag }}"
# How long the last verified header vouches for newer ones. Must be below the chain's unbonding time.
trusting_period = "{{ .TrustingPeriod }}"
# Header to start trusting from: look it up at somebody you trust. Without it, what the endpoints
# agree upon at the first start is trusted.
trust_height = {{ .TrustHeight }}
trust_hash = {{ printf "%q" .TrustHash }}

{{ end }}[channels]
# Sign the terms of channels that others open with this node.
accept = {{ .Channels.Accept }}
# Least deposit of such a channel, by denom: "1000000usmt,500ufarm"; other denoms are refused. "" takes all.
min_deposit = {{ printf "%q" .Channels.MinDeposit }}
# Channels at most, own ones included.
max_channels = {{ .Channels.MaxChannels }}
# Bounds of the update phase of such a channel. Danger: while it runs, you or a tower must be online
# once; while it runs, your coins are stuck.
min_challenge = "{{ .Channels.MinChallenge }}"
max_challenge = "{{ .Channels.MaxChallenge }}"
# How long it may take to get back to the chain; "0s" is half of a channel's update phase. Without the
# chain, payments go on until update phase - return_time - 7 min after the newest block.
# Danger: too small, and the partner can close with an old proof while you cannot answer.
return_time = "{{ .Channels.ReturnTime }}"
# Pending mediated payments that a peer may have, 0 to 256, and the least amount of one.
# Danger: more and smaller ones let a peer jam the channel and make a dispute dear.
max_slots = {{ .Channels.MaxSlots }}
dust = {{ printf "%q" .Channels.Dust }}
# Bytes of payments that may be unacknowledged; then callers wait. Danger: memory, and payments that
# the peer may never have got.
window_bytes = {{ .Channels.WindowBytes }}
# Sign closes, and withdraws by the peer, whose figures are right.
consent_close = {{ .Channels.ConsentClose }}
consent_withdraw = {{ .Channels.ConsentWithdraw }}

[mediation]
# Forward payments of others from one channel into another.
mediate = {{ .Mediation.Mediate }}
# What that costs: per payment, and in millionths of the amount that goes out (100 is 0.01 %).
fee_base = {{ printf "%q" .Mediation.FeeBase }}
fee_rate = {{ .Mediation.FeeRate }}
# Percent of a channel's slots and capacity that payments of one peer may take. Danger: at 100 one peer
# can jam a channel for all others.
share = {{ .Mediation.Share }}
# Hops of own payments at most, 1 to 6. More than 3 need channels whose update phase is above the shortest.
max_hops = {{ .Mediation.MaxHops }}
# Keep no map of channels: ways over others are asked for ("photond pay --ask"). Saves up to 60 MB.
light = {{ .Mediation.Light }}
# Find routes for light nodes, for a price per answer as a coin, like "5usmt"; "" is free. price_chain says on
# which chain, if the denom is on several. What "photond route serve" sets goes before.
find = {{ .Mediation.Find }}
price = {{ printf "%q" .Mediation.Price }}
price_chain = {{ printf "%q" .Mediation.PriceChain }}
# A name for people, and whether the listen addresses are announced. Danger: everybody learns them.
alias = {{ printf "%q" .Mediation.Alias }}
public = {{ .Mediation.Public }}
{{ range .Mediation.Swaps }}
# Swap: for out of the second denom that go out, in of the first are taken; at most max go out at once.
[[mediation.swap]]
in_chain = {{ printf "%q" .InChain }}
in_denom = {{ printf "%q" .InDenom }}
out_chain = {{ printf "%q" .OutChain }}
out_denom = {{ printf "%q" .OutDenom }}
in = {{ .In }}
out = {{ .Out }}
max = {{ printf "%q" .Max }}
{{ end }}
[store]
# Bytes of payments that are kept for receipts and history; the oldest are dropped in segments.
# Danger: receipts of what is dropped can no longer be made.
retention = {{ .Store.Retention }}
segment = {{ .Store.Segment }}
# Free bytes on the disk below which no payments are taken. Danger: with too little the database can
# stop in the middle of a dispute.
reserve = {{ .Store.Reserve }}
# Bytes of received data above 256 bytes that are kept; 0 takes none.
bodies = {{ .Store.Bodies }}

[tower]
# Watch channels of others. Danger: fees are paid from this node's account; the rewards should cover them.
serve = {{ .Tower.Serve }}
# Least reward for a channel, in its denom, and clients at most.
min_reward = {{ printf "%q" .Tower.MinReward }}
max_clients = {{ .Tower.MaxClients }}
# Deposits, by denom ("1000000usmt,500ufarm"), in all channels that are watched, and in those of one client; more is refused
# to watch. "" is no limit, a denom that is left out is refused. Danger: clients rely on what a tower signed for.
max_value = {{ printf "%q" .Tower.MaxValue }}
max_client_value = {{ printf "%q" .Tower.MaxClientValue }}
# Warn of own channels with more than this in them for this node that no tower has signed for; "" warns of none.
warn_above = {{ printf "%q" .Tower.WarnAbove }}

[log]
# debug, info, warn or error; text or json.
level = {{ printf "%q" .Log.Level }}
format = {{ printf "%q" .Log.Format }}
`))
