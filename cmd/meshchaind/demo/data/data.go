// Package data holds the measurements that the demo ships. They are synthetic
// and made by the program in gen; `go generate` writes them again, byte by byte
// the same.
package data

import _ "embed"

//go:generate sh -c "cd gen && go run . -out .."

// SoilMoisture is a CSV file: a header, then one line per half hour of soil
// moisture (percent of volume), soil and air temperature (°C) and rain (mm).
//
//go:embed soil_moisture.csv
var SoilMoisture []byte

// Pollution is a CSV file: a header, then one line per half hour of what two
// neighbouring sites measure: pH and turbidity (NTU) of treated water at a chemical
// plant, PM2.5 and NO₂ (µg/m³) in the air of an industrial park.
//
//go:embed pollution.csv
var Pollution []byte
