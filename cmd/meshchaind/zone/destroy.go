package zonecmd

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

const (
	flagYes   = "yes"
	flagLocal = "local"
)

func newDestroyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "destroy NAME",
		Short: "Retire a zone and remove it from this machine",
		Long: `Retire a zone in the registry, end its processes and remove its folder: its chain, if this was its
only validator, its keys and what they own. With the last zone the relayer goes, too, and its funds go
back to the owner. The bond can be claimed when the registry removes the entry; the answer says when.`,
		Example: `  meshchaind zone destroy farm
  meshchaind zone destroy farm --yes`,
		Args: cobra.ExactArgs(1),
		RunE: runDestroy,
	}
	cmd.Flags().BoolP(flagYes, "y", false, "do not ask")
	cmd.Flags().Bool(flagLocal, false, "leave the main chain alone: for one that is no more")
	addPassphrase(cmd)
	addOutput(cmd)
	return cmd
}

func runDestroy(cmd *cobra.Command, args []string) error {
	machine, err := asJSON(cmd)
	if err != nil {
		return err
	}
	home, err := homeOf(cmd)
	if err != nil {
		return err
	}
	name := args[0]
	record, err := home.LoadRecord(name)
	if err != nil {
		return err
	}
	if yes, _ := cmd.Flags().GetBool(flagYes); !yes {
		if err := confirm(cmd, home, record); err != nil {
			return err
		}
	}
	local, _ := cmd.Flags().GetBool(flagLocal)
	c := deploy.Control{}
	if !local && !record.Joined {
		if c, err = control(cmd, home, name); err != nil {
			return err
		}
	}
	out, err := deploy.Destroy(cmd.Context(), home, name, c, local)
	if err != nil {
		return err
	}
	if machine {
		return printJSON(cmd.OutOrStdout(), out)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "zone %s is gone from this machine\n", name)
	if out.Returned != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "the relayer returned %s\n", out.Returned)
	}
	if out.Bond != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "its bond of %s can be claimed from %s on: meshchaind tx zones claim-bond --from %s\n",
			out.Bond, out.BondFrom.Format(time.RFC3339), record.Owner.Name)
	}
	return nil
}

// confirm shows what is at stake and wants the name of the zone typed.
func confirm(cmd *cobra.Command, home deploy.Home, r *deploy.Record) error {
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "This retires zone %s on %s and removes %s with its chain and keys.\n", r.Spec.Name, r.Main.ChainID, home.Dir()+"/zones/"+r.Spec.Name)
	if s, err := home.ReadStatus(cmd.Context(), r.Spec.Name); err == nil {
		fmt.Fprintf(out, "On their way: %d packets and acknowledgements. Escrow on the main chain, which comes back only from the zone: %s.\n",
			s.Pending(), dash(s.ToZone.Escrow.String()))
	}
	fmt.Fprintf(out, "Type the name of the zone to go on: ")
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && answer == "" {
		return errors.New("no answer: nothing was done; --yes does not ask")
	}
	if strings.TrimSpace(answer) != r.Spec.Name {
		return fmt.Errorf("the answer is not %q: nothing was done", r.Spec.Name)
	}
	return nil
}
