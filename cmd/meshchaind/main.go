// Command meshchaind is the node of the main chain and of every zone, and the
// command line to both.
package main

import (
	"errors"
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/client"
	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"
)

func main() {
	root := newRootCmd()
	if err := svrcmd.Execute(root, app.EnvPrefix, app.DefaultNodeHome); err != nil {
		fmt.Fprintln(root.ErrOrStderr(), "Error:", client.Message(err))
		code := 1
		if coded := (*didcmd.ExitCode)(nil); errors.As(err, &coded) {
			code = coded.Code
		}
		os.Exit(code)
	}
}
