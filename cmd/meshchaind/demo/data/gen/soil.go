package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"
)

// Volumetric water content in percent of a sandy loam, and rates per half hour.
const (
	fieldCapacity = 34.0 // above it water drains away
	wiltingPoint  = 12.0
	irrigateAt    = 21.5 // the farmer opens the valve here …
	irrigateUntil = 30.5 // … and closes it here
	irrigation    = 1.6
	noise         = 0.15 // standard deviation of the sensor
)

// writeSoil simulates a root zone that dries by evapotranspiration, rain now and then,
// irrigation when it gets too dry, and a sensor with noise.
func writeSoil(w io.Writer, rows int, seed uint64) error {
	var (
		random   = rand.New(rand.NewPCG(seed, 0))
		buf      = bufio.NewWriter(w)
		at       = time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)
		moisture = 26.0
		rainLeft = 0
		valve    = false
	)
	fmt.Fprintln(buf, "timestamp,soil_moisture,soil_temperature,air_temperature,rain")
	for range rows {
		// Every product is converted before it is added to: a compiler may
		// otherwise fuse the two, and the file would differ between machines.
		hour := float64(at.Hour()) + float64(at.Minute())/60
		sun := math.Max(0, math.Sin((hour-6)/12*math.Pi)) // 06:00 to 18:00
		air := 14 + float64(11*sun) + float64(random.NormFloat64()*0.4)
		soil := 16 + float64(4*math.Sin((hour-9)/12*math.Pi)) + float64(random.NormFloat64()*0.1)

		rain := 0.0
		if rainLeft == 0 && random.Float64() < 0.004 {
			rainLeft = 2 + random.IntN(4)
		}
		if rainLeft > 0 {
			rainLeft--
			rain = 0.2 + float64(random.Float64()*2) // mm in half an hour
		}
		switch {
		case moisture < irrigateAt:
			valve = true
		case moisture > irrigateUntil:
			valve = false
		}

		// Evapotranspiration grows with sun and heat and falls as the soil dries.
		dryness := (moisture - wiltingPoint) / (fieldCapacity - wiltingPoint)
		evaporation := float64((0.25 + float64(0.06*sun*air)) * dryness)
		moisture += float64(rain*0.8) - evaporation
		if valve {
			moisture += irrigation
		}
		if moisture > fieldCapacity {
			moisture -= float64((moisture - fieldCapacity) * 0.5)
		}

		measured := moisture + float64(random.NormFloat64()*noise)
		fmt.Fprintf(buf, "%s,%.2f,%.1f,%.1f,%.1f\n", at.Format(time.RFC3339), measured, soil, air, rain)
		at = at.Add(30 * time.Minute)
	}
	return buf.Flush()
}
