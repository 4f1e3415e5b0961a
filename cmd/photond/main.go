// Command photond is a payment node: it makes and takes payments off chain, over channels of the
// module x/channels, and is the command line to itself.
package main

import (
	"os"

	"github.com/meshchain/meshchain/cmd/photond/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
