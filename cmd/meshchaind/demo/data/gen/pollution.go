package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"
)

// writePollution simulates two neighbouring sites with two shifts a day: treated water
// of a chemical plant and the air of an industrial park. Neither is always above its
// limit when both together are too much. Work begins as the file does.
func writePollution(w io.Writer, rows int, seed uint64) error {
	var (
		random = rand.New(rand.NewPCG(seed, 1))
		buf    = bufio.NewWriter(w)
		at     = time.Date(2026, time.May, 4, 6, 0, 0, 0, time.UTC)
	)
	fmt.Fprintln(buf, "timestamp,ph,turbidity,pm25,no2")
	for range rows {
		// Conversions keep compilers from fusing products and sums, as in writeSoil.
		hour := float64(at.Hour()) + float64(at.Minute())/60
		shift := (1 + math.Cos((hour-6)/6*math.Pi)) / 2 // 1 at 06:00 and 18:00, 0 between
		ph := 7.2 + float64(1.1*shift) + float64(random.NormFloat64()*0.05)
		turbidity := 3 + float64(17*shift) + float64(random.NormFloat64()*0.4)
		pm25 := 9 + float64(44*shift) + float64(random.NormFloat64()*1.5)
		no2 := 14 + float64(48*shift) + float64(random.NormFloat64()*2)
		fmt.Fprintf(buf, "%s,%.2f,%.1f,%.1f,%.0f\n", at.Format(time.RFC3339), ph, turbidity, pm25, no2)
		at = at.Add(30 * time.Minute)
	}
	return buf.Flush()
}
