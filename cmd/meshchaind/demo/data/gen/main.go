// Command gen writes the files that the demos ship. The seed fixes every byte.
//
//	go run . [-rows 1000] [-seed 1] [-out ..]
package main

import (
	"flag"
	"io"
	"log"
	"os"
	"path/filepath"
)

func main() {
	rows := flag.Int("rows", 1000, "lines after the header, one per 30 minutes")
	seed := flag.Uint64("seed", 1, "seed of the weather and of the sensor noise")
	out := flag.String("out", "..", "folder to write them to")
	flag.Parse()

	for name, write := range files {
		if err := create(filepath.Join(*out, name), write, *rows, *seed); err != nil {
			log.Fatal(err)
		}
	}
}

// files that are shipped, and what writes them: rows lines after the header.
var files = map[string]func(w io.Writer, rows int, seed uint64) error{
	"soil_moisture.csv": writeSoil,
	"pollution.csv":     writePollution,
}

func create(path string, write func(io.Writer, int, uint64) error, rows int, seed uint64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f, rows, seed); err != nil {
		return err
	}
	return f.Close()
}
