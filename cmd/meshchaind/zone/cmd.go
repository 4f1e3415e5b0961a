// Package zonecmd is `meshchaind zone`: make zones and operate them.
package zonecmd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/input"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/meshchain/meshchain/deploy"
)

const (
	flagMain           = "main"
	flagOutput         = "output"
	flagPassphraseFile = "passphrase-file"

	// envPrefix of the variables that stand for flags, as everywhere in meshchaind.
	envPrefix = "MESHCHAIND_"
	// defaultMain is a node of the main chain on this machine.
	defaultMain = "http://127.0.0.1:26657"
)

// NewCmd returns the command group.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "zone",
		Short: "Make a zone in a minute, and operate it",
		Long: `Make a zone: a light chain of its own, linked to the main chain, registered there and
proven by a TransacKet that went there and back. And operate it: look, stop, start, destroy.

Everything lies below --home: zones/NAME is a zone, relayer the one relayer of all of them.
A command that was interrupted goes on when it is run again.`,
		Example: `  meshchaind zone create farm --main http://127.0.0.1:26657 --from owner
  meshchaind zone status
  meshchaind zone destroy farm`,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd) },
	}
	cmd.PersistentFlags().String(flagMain, defaultMain, "RPC address of a node of the main chain")
	cmd.AddCommand(newCreateCmd(), newJoinCmd(), newStatusCmd(), newListCmd(), newLinkCmd(), newStartCmd(), newStopCmd(), newDestroyCmd(), newRecoverCmd(), NewRelayCmd())
	return cmd
}

// fromEnvironment gives flags that were not set the value of their variable: MESHCHAIND_KEYRING_BACKEND
// for --keyring-backend.
func fromEnvironment(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, ok := os.LookupEnv(name); ok && !f.Changed {
			if err := cmd.Flags().Set(f.Name, value); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", name, err))
			}
		}
	})
	return failed
}

// homeOf is the home of a command, absolute, as processes that outlive it have another working folder.
func homeOf(cmd *cobra.Command) (deploy.Home, error) {
	dir := ""
	if f := cmd.Flag(flags.FlagHome); f != nil {
		dir = f.Value.String()
	}
	if dir == "" {
		return deploy.Home{}, errors.New("--home: is empty")
	}
	dir, err := filepath.Abs(dir)
	return deploy.NewHome(dir), err
}

func addPassphrase(cmd *cobra.Command) {
	cmd.Flags().String(flagPassphraseFile, "", "file with the passphrase of the keyring (backend file); - is standard input (default: ask)")
}

// passphrase asks for the passphrase of a keyring of backend file.
func passphrase(cmd *cobra.Command, backend string) (deploy.Passphrase, error) {
	if backend != keyring.BackendFile {
		return nil, nil
	}
	var line []byte
	var err error
	switch file, _ := cmd.Flags().GetString(flagPassphraseFile); file {
	case "":
		var typed string
		typed, err = input.GetPassword("Passphrase of the keyring:", bufio.NewReader(cmd.InOrStdin()))
		line = []byte(typed)
		// From here on it is known. The keyring looks at os.Stdin: on a terminal it would ask again,
		// once for each of the keyrings.
		if null, openErr := os.Open(os.DevNull); openErr == nil {
			os.Stdin = null
		}
	case "-":
		line, err = bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
	default:
		line, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("passphrase of the keyring: %w", err)
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	return deploy.Passphrase(bytes.TrimRight(line, "\r")), nil
}

func addOutput(cmd *cobra.Command) {
	cmd.Flags().StringP(flagOutput, "o", "text", "output format: text or json")
}

// asJSON tells whether the output is for a program.
func asJSON(cmd *cobra.Command) (bool, error) {
	switch format, _ := cmd.Flags().GetString(flagOutput); format {
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, fmt.Errorf("--%s %q: must be text or json", flagOutput, format)
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// control of an existing zone: its keyring says whether a passphrase is needed.
func control(cmd *cobra.Command, home deploy.Home, name string) (deploy.Control, error) {
	c := deploy.Control{Progress: progress(cmd.ErrOrStderr())}
	record, err := home.LoadRecord(name)
	if err != nil {
		return c, err
	}
	c.Passphrase, err = passphrase(cmd, record.Owner.Backend)
	return c, err
}

// progress tells of steps as they go.
func progress(w io.Writer) func(deploy.Progress) {
	return func(p deploy.Progress) {
		if p.Detail != "" {
			fmt.Fprintf(w, "       %-9s %s\n", "", p.Detail)
			return
		}
		if !p.Done {
			fmt.Fprintf(w, "%2d/%d  %-9s %s ...\n", p.Number, p.Of, p.Step, p.Text)
			return
		}
		fmt.Fprintf(w, "%2d/%d  %-9s done in %.1f s\n", p.Number, p.Of, p.Step, p.Took.Seconds())
	}
}
