package files

import (
	"fmt"
	"strings"
)

// hardening of a service that needs its home and the network, and nothing else (systemd.exec(5)).
const hardening = `NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths=%s
`

// quote makes one word of an argument (systemd.syntax(7)): % and $ stand for themselves.
func quote(s string) string {
	s = strings.NewReplacer("%", "%%", "$", "$$", `\`, `\\`, `"`, `\"`).Replace(s)
	return `"` + s + `"`
}

func (z Zone) nodeUnit() []byte {
	return []byte(fmt.Sprintf(`# Node of the zone %s. To install: stop the one that runs (meshchaind zone stop %s),
# set User=, copy this file to /etc/systemd/system and run systemctl enable --now meshchain-%s.
[Unit]
Description=meshchain zone %s (%s)
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
# User=meshchain
ExecStart=%s start --home %s --log_no_color
Restart=always
RestartSec=3
LimitNOFILE=65536
TimeoutStopSec=60
`+hardening+`
[Install]
WantedBy=multi-user.target
`, z.Name, z.Name, z.Name, z.Name, z.ChainID, quote(z.Binary), quote(z.Node.Home), quote(z.Node.Home)))
}

func (z Zone) relayerUnit() []byte {
	secret, load := "", ""
	if z.KeyringFile {
		secret = " --passphrase-file ${CREDENTIALS_DIRECTORY}/passphrase"
		load = "# The file with the passphrase of the keyring, readable by root only.\nLoadCredential=passphrase:/etc/meshchain/passphrase\n"
	}
	program := quote(z.Relayer.Program[0]) + " " + strings.Join(z.Relayer.Program[1:], " ")
	return []byte(fmt.Sprintf(`# Relayer of all zones of %s. To install: see the units of the zones.
[Unit]
Description=meshchain relayer
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
# User=meshchain
%sExecStart=%s --home %s%s
Restart=always
RestartSec=3
LimitNOFILE=65536
`+hardening+`
[Install]
WantedBy=multi-user.target
`, z.Home, load, program, quote(z.Home), secret, quote(z.Home)))
}

type composeFile struct {
	Name     string                    `yaml:"name"`
	Services map[string]composeService `yaml:"services"`
}

type composeService struct {
	Image      string   `yaml:"image"`
	Command    []string `yaml:"command"`
	Restart    string   `yaml:"restart"`
	Network    string   `yaml:"network_mode"`
	Volumes    []string `yaml:"volumes"`
	Depends    []string `yaml:"depends_on,omitempty"`
	StopPeriod string   `yaml:"stop_grace_period"`
}

// compose runs node and relayer in containers, on the host's network, so that addresses are the same.
func (z Zone) compose() composeFile {
	mount := []string{z.Home + ":" + z.Home}
	relay := []string{"meshchaind", "zone", "relay", "--home", z.Home}
	if z.KeyringFile {
		relay = append(relay, "--passphrase-file", "/run/secrets/passphrase")
	}
	service := func(command []string, depends ...string) composeService {
		return composeService{
			Image: "meshchaind:" + orLatest(z.Version), Command: command, Restart: "unless-stopped", Network: "host", Volumes: mount, Depends: depends, StopPeriod: "60s",
		}
	}
	return composeFile{Name: "meshchain-" + z.Name, Services: map[string]composeService{
		"node":    service([]string{"meshchaind", "start", "--home", z.Node.Home}),
		"relayer": service(relay, "node"),
	}}
}

// orLatest is the tag of an image whose version is not known: the one built last.
func orLatest(version string) string {
	if version == "" {
		return "latest"
	}
	return version
}
