package files

import "fmt"

type target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// targets are in the form of Prometheus' file_sd_configs.
func (z Zone) targets() []target {
	return []target{
		{[]string{fmt.Sprintf("127.0.0.1:%d", z.Node.Prometheus)}, map[string]string{"job": "meshchain-node", "zone": z.Name, "chain_id": z.ChainID}},
		{[]string{z.Relayer.Metrics}, map[string]string{"job": "meshchain-relayer"}},
	}
}

type prometheusFile struct {
	Rules  []string `yaml:"rule_files"`
	Scrape []scrape `yaml:"scrape_configs"`
}

type scrape struct {
	Job   string   `yaml:"job_name"`
	Every string   `yaml:"scrape_interval"`
	Files []fileSD `yaml:"file_sd_configs"`
}

type fileSD struct {
	Files []string `yaml:"files"`
}

func (z Zone) prometheus() prometheusFile {
	return prometheusFile{Rules: []string{"alerts.yaml"}, Scrape: []scrape{{"meshchain", "15s", []fileSD{{[]string{"zones.json"}}}}}}
}

type alertsFile struct {
	Groups []alertGroup `yaml:"groups"`
}

type alertGroup struct {
	Name  string  `yaml:"name"`
	Rules []alert `yaml:"rules"`
}

type alert struct {
	Alert string            `yaml:"alert"`
	Expr  string            `yaml:"expr"`
	For   string            `yaml:"for"`
	Notes map[string]string `yaml:"annotations"`
}

// alerts are what somebody has to look at; all queries are of metrics that a test has seen.
func (z Zone) alerts() alertsFile {
	rule := func(name, expr, after, next string) alert {
		return alert{name, expr, after, map[string]string{"summary": next}}
	}
	stall := max(60, 20*z.BlockSeconds)
	return alertsFile{[]alertGroup{{"meshchain-" + z.Name, []alert{
		rule("ZoneStalled", fmt.Sprintf(`increase(cometbft_consensus_height{chain_id=%q}[%.0fs]) == 0`, z.ChainID, stall), "1m",
			"no new block: meshchaind zone status "+z.Name+" says why"),
		rule("LightClientExpires", "max by (chain, client) (zone_client_expiring) >= 1", "5m",
			"a light client is not updated: is a chain away, or the relayer out of funds? once expired, meshchaind zone recover"),
		rule("PacketsWait", "max by (chain, channel) (relayer_oldest_pending_seconds) > 120 and on (chain) relayer_chain_up == 1", "5m",
			"packets are not delivered: see the relayer's log"),
		rule("ChainAway", "relayer_chain_up == 0", "10m", "the relayer does not reach a chain's node"),
		rule("NoHeartbeat", fmt.Sprintf(`time() - zone_heartbeat_timestamp_seconds{zone=%q} > 10800`, z.Name), "10m",
			"no heartbeat for three hours: see the relayer's log"),
	}}}}
}

type dashboardFile struct {
	Title      string     `json:"title"`
	UID        string     `json:"uid"`
	Schema     int        `json:"schemaVersion"`
	Tags       []string   `json:"tags"`
	Time       timeRange  `json:"time"`
	Refresh    string     `json:"refresh"`
	Templating templating `json:"templating"`
	Panels     []panel    `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Query string `json:"query"`
}

type panel struct {
	ID         int         `json:"id"`
	Title      string      `json:"title"`
	Type       string      `json:"type"`
	Datasource datasource  `json:"datasource"`
	Grid       grid        `json:"gridPos"`
	Field      fieldConfig `json:"fieldConfig"`
	Targets    []query     `json:"targets"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type grid struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type fieldConfig struct {
	Defaults fieldDefaults `json:"defaults"`
}

type fieldDefaults struct {
	Unit string `json:"unit"`
}

type query struct {
	RefID  string `json:"refId"`
	Expr   string `json:"expr"`
	Legend string `json:"legendFormat"`
}

// dashboard shows one zone and its link: first what breaks, then what it costs.
func (z Zone) dashboard() dashboardFile {
	node := fmt.Sprintf(`{chain_id=%q}`, z.ChainID)
	panels := []struct{ title, unit, expr, legend string }{
		{"Height", "none", "cometbft_consensus_height" + node, "{{chain_id}}"},
		{"Seconds per block", "s", "rate(cometbft_consensus_block_interval_seconds_sum" + node + "[5m]) / rate(cometbft_consensus_block_interval_seconds_count" + node + "[5m])", "{{chain_id}}"},
		{"Transactions per second", "ops", "rate(cometbft_consensus_total_txs" + node + "[5m])", "{{chain_id}}"},
		{"Validators", "none", "cometbft_consensus_validators" + node, "all"},
		{"Validators missing", "none", "cometbft_consensus_missing_validators" + node, "missing"},
		{"Peers", "none", "cometbft_p2p_peers" + node, "{{chain_id}}"},
		{"Mempool", "none", "cometbft_mempool_size" + node, "{{chain_id}}"},
		{"Packets that wait", "none", "relayer_pending", "{{chain}} {{channel}} {{kind}}"},
		{"Oldest packet", "s", "relayer_oldest_pending_seconds", "{{chain}} {{channel}}"},
		{"Light client: time to expiry", "s", "relayer_client_expiry_seconds", "{{chain}} {{client}}"},
		{"Light client expiring (1) or dead (2)", "none", "zone_client_expiring", "{{chain}} {{client}}"},
		{"Heartbeat: age", "s", fmt.Sprintf("time() - zone_heartbeat_timestamp_seconds{zone=%q}", z.Name), "{{zone}}"},
		{"Chains that answer the relayer", "none", "relayer_chain_up", "{{chain}}"},
		{"Relayer: fees per hour", "none", "increase(relayer_fees_total[1h])", "{{chain}} {{denom}}"},
		{"Memory of the node", "bytes", fmt.Sprintf(`process_resident_memory_bytes{zone=%q}`, z.Name), "{{zone}}"},
	}
	d := dashboardFile{
		Title: "Zone " + z.Name, UID: "meshchain-" + z.Name, Schema: 39, Tags: []string{"meshchain"},
		Time: timeRange{"now-6h", "now"}, Refresh: "30s",
		Templating: templating{[]variable{{"datasource", "datasource", "prometheus"}}},
	}
	const perRow, width, height = 3, 8, 7
	for i, p := range panels {
		d.Panels = append(d.Panels, panel{
			ID: i + 1, Title: p.title, Type: "timeseries", Datasource: datasource{"prometheus", "${datasource}"},
			Grid:  grid{height, width, i % perRow * width, i / perRow * height},
			Field: fieldConfig{fieldDefaults{p.unit}}, Targets: []query{{"A", p.expr, p.legend}},
		})
	}
	return d
}

// Queries are all that dashboard and alerts ask Prometheus for.
func (z Zone) Queries() (all []string) {
	for _, p := range z.dashboard().Panels {
		for _, t := range p.Targets {
			all = append(all, t.Expr)
		}
	}
	for _, g := range z.alerts().Groups {
		for _, r := range g.Rules {
			all = append(all, r.Expr)
		}
	}
	return all
}
