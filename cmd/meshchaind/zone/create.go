package zonecmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

const (
	flagSpec         = "spec"
	flagDryRun       = "dry-run"
	flagOwnerKey     = "owner-key"
	flagRelayerFunds = "relayer-funds"
	flagGasPrices    = "gas-prices"
)

func newCreateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a zone, link it, register it and prove it",
		Long: `Make a zone: keys, genesis, node, relayer's funds, client, connection and channel, entry in
the registry, proof by a TransacKet that goes there and back, files for others.

The key --from owns the zone: it pays the bond and the relayer's funds on the main chain, and signs
on the zone. All keys lie in keyrings of one backend. If the command is interrupted, run it again: it
goes on where it stopped.`,
		Example: `  meshchaind zone create farm --main http://127.0.0.1:26657 --from owner
  meshchaind zone create farm --from owner --spec zone.yaml --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: runCreate,
	}
	f := cmd.Flags()
	f.String(flagSpec, "", "specification of the zone, YAML (deploy/README.md)")
	f.Bool(flagDryRun, false, "show the plan and do nothing")
	f.String(flags.FlagFrom, "", "key that owns the zone and pays")
	f.String(flagOwnerKey, "", "the same as --from")
	f.String(flags.FlagKeyringBackend, "file", "keyring of all keys: file, os, or test (unencrypted)")
	f.String(flags.FlagKeyringDir, "", "folder of the keyring with the owner's key (default: --home)")
	f.String(flagRelayerFunds, "", "units that the relayer is given on the main chain (default 10000000)")
	f.String(flagGasPrices, "", "gas prices on the main chain, such as 0.001usmt (default: what its node asks for)")
	addPassphrase(cmd)
	addOutput(cmd)
	return cmd
}

func runCreate(cmd *cobra.Command, args []string) error {
	machine, err := asJSON(cmd)
	if err != nil {
		return err
	}
	home, err := homeOf(cmd)
	if err != nil {
		return err
	}
	spec, err := readSpec(cmd, args[0])
	if err != nil {
		return err
	}
	opts, err := createOptions(cmd)
	if err != nil {
		return err
	}
	if dry, _ := cmd.Flags().GetBool(flagDryRun); dry {
		plan, err := deploy.NewPlan(cmd.Context(), home, spec, opts)
		if err != nil {
			return err
		}
		if machine {
			return printJSON(cmd.OutOrStdout(), plan)
		}
		return printPlan(cmd.OutOrStdout(), plan)
	}
	start := time.Now()
	record, err := deploy.Create(cmd.Context(), home, spec, opts)
	if err != nil {
		return err
	}
	if machine {
		return printJSON(cmd.OutOrStdout(), record)
	}
	return printCreated(cmd.OutOrStdout(), home, record, time.Since(start))
}

func readSpec(cmd *cobra.Command, name string) (deploy.Spec, error) {
	spec := deploy.Spec{}
	if file, _ := cmd.Flags().GetString(flagSpec); file != "" {
		f, err := os.Open(file)
		if err != nil {
			return spec, fmt.Errorf("--%s: %w", flagSpec, err)
		}
		defer f.Close()
		if spec, err = deploy.ReadSpec(f); err != nil {
			return spec, fmt.Errorf("%s: %w", file, err)
		}
	}
	if spec.Name != "" && spec.Name != name {
		return spec, fmt.Errorf("name %q of the specification: must be %q, as on the command line, or absent", spec.Name, name)
	}
	spec.Name = name
	return spec, nil
}

func createOptions(cmd *cobra.Command) (deploy.Options, error) {
	f := cmd.Flags()
	opts := deploy.Options{Progress: progress(cmd.ErrOrStderr())}
	opts.MainRPC, _ = f.GetString(flagMain)
	opts.GasPrices, _ = f.GetString(flagGasPrices)
	opts.RelayerFunds, _ = f.GetString(flagRelayerFunds)
	opts.From, _ = f.GetString(flags.FlagFrom)
	opts.KeyringBackend, _ = f.GetString(flags.FlagKeyringBackend)
	opts.KeyringDir, _ = f.GetString(flags.FlagKeyringDir)
	if owner, _ := f.GetString(flagOwnerKey); owner != "" {
		if opts.From != "" && opts.From != owner {
			return opts, errors.New("--from and --owner-key name different keys: give one of them")
		}
		opts.From = owner
	}
	if opts.From == "" {
		return opts, errors.New("--from: name the key that is to own the zone; `meshchaind keys list` shows those there are")
	}
	var err error
	if opts.Binary, err = os.Executable(); err != nil {
		return opts, err
	}
	opts.Passphrase, err = passphrase(cmd, opts.KeyringBackend)
	return opts, err
}

func printPlan(out io.Writer, p *deploy.Plan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "zone\t%s, chain-id %s, native denom %s\n", p.Spec.Name, p.Spec.ChainID(), p.Spec.Denom())
	fmt.Fprintf(w, "area\t%q, level %d\n", p.Spec.Area, *p.Spec.Level)
	fmt.Fprintf(w, "blocks\tevery %s, gas from %s\n", p.Spec.BlockTime, p.Spec.GasPrices())
	fmt.Fprintf(w, "main chain\t%s at %s, gas at %s\n", p.Main.ChainID, p.Main.RPC, p.Main.GasPrices)
	fmt.Fprintf(w, "owner\t%s, %s, has %s\n", p.Owner.Name, p.Owner.Address, p.Balance)
	fmt.Fprintf(w, "costs\t%s: bond %s, relayer %s, fees\n", p.Needed, p.Bond, p.RelayerFunds+p.Main.Denom)
	fmt.Fprintf(w, "links\tare trusted for %s: the zone may be away for two thirds of that\n\n", p.Spec.TrustingPeriod())
	fmt.Fprintln(w, "step\twhat\tdone")
	for i, s := range p.Steps {
		fmt.Fprintf(w, "%d %s\t%s\t%t\n", i+1, s.Step, s.Text, s.Done)
	}
	return w.Flush()
}

func printCreated(out io.Writer, home deploy.Home, r *deploy.Record, took time.Duration) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "zone\t%s is registered on %s and proven, after %.0f s\n", r.Spec.Name, r.Main.ChainID, took.Seconds())
	fmt.Fprintf(w, "link\t%s\n", r.Path)
	fmt.Fprintf(w, "node\tRPC http://127.0.0.1:%d, REST http://127.0.0.1:%d, gRPC 127.0.0.1:%d\n", r.Ports.RPC, r.Ports.REST, r.Ports.GRPC)
	fmt.Fprintf(w, "files\t%s\n", home.Files(r.Spec.Name))
	fmt.Fprintf(w, "next\tmeshchaind zone status %s\n", r.Spec.Name)
	return w.Flush()
}
