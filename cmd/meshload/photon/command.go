// Package photon measures payment nodes: real photond processes over loopback, on a real
// chain, fed by this process. What counts is acknowledged by the receiver's signature and
// on both disks; chain, set-up and warm-up are outside of the measurement, the generator
// is inside.
package photon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/x/channels/types"
)

// options of all verbs.
type options struct {
	meshchaind, photond, dir string
	payments                 int
	data                     int
	json                     bool
	parallel                 int
	settings                 []localnet.Setting
}

// Command returns `meshload photon` with its verbs.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "photon",
		Short: "Load payment nodes: payments per second and latency",
		Long: `Load payment nodes. Sets up a chain and real photond processes on this machine, opens channels on the
chain, pays, checks receipts, kills the nodes, starts them again and checks that every acknowledged
payment is there. Only then a figure is printed.`,
	}
	cmd.AddCommand(directCommand(), latencyCommand(), mediatedCommand(), soakCommand())
	return cmd
}

func (o *options) flags(cmd *cobra.Command, payments int) {
	f := cmd.Flags()
	f.StringVar(&o.meshchaind, "meshchaind", "", "path of meshchaind (default: beside this program, then PATH)")
	f.StringVar(&o.photond, "photond", "", "path of photond (default: beside this program, then PATH)")
	f.StringVar(&o.dir, "dir", "", "directory for homes, on the disk to be measured (default: a temporary one)")
	if payments > 0 {
		f.IntVar(&o.payments, "payments", payments, "payments to make")
	}
	f.IntVar(&o.data, "data", 32, "bytes of data in each, 0 to 256")
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
}

func (o *options) check() (err error) {
	if o.payments < 1 {
		return fmt.Errorf("--payments %d: must be at least 1", o.payments)
	}
	if o.data < 0 || o.data > types.MaxEntryData {
		return fmt.Errorf("--data %d: must be 0 to %d", o.data, types.MaxEntryData)
	}
	if o.meshchaind, err = localnet.Program("meshchaind", o.meshchaind); err != nil {
		return err
	}
	o.photond, err = localnet.Program("photond", o.photond)
	return err
}

// network sets nodes up and calls run with them. Progress goes to log.
func (o *options) network(ctx context.Context, log io.Writer, nodes int, run func(context.Context, []*paynode.Node) error) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "meshload-photon-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := localnet.RequireEmpty(dir); err != nil {
		return err
	}
	fmt.Fprintf(log, "setting up a chain and %d payment nodes in %s\n", nodes, dir)
	pay, chain, err := paynode.Network(ctx, paynode.Spec{
		Photond: o.photond, Nodes: nodes, Coins: funds, Settings: o.settings,
		Chain: localnet.Spec{Binary: o.meshchaind, ChainID: "load-1", Validators: 1, Home: dir, BlockTime: 2 * time.Second},
	})
	if err != nil {
		return err
	}
	defer chain.Stop()
	defer func() {
		for _, n := range pay {
			n.Stop()
		}
	}()
	return run(ctx, pay)
}

const (
	// funds of each node, and what it deposits in a channel: enough for any run.
	funds   = "4000000000000000usmt"
	deposit = "1000000000000000usmt"
)
