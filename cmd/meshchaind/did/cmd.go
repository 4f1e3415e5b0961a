// Package didcmd holds the commands of devices and their gateways: what the keys of DIDs
// sign, and the data that it makes authentic.
package didcmd

import "github.com/spf13/cobra"

// NewCmd returns the command group.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "did",
		Short: "Identities of devices, and data that proves itself",
		Long: `Identities of devices, and data that proves itself. The key of a device signs what it says;
an account, --from, pays for it. Queries are "meshchaind query did".`,
		Example: `  meshchaind did key sensor.key --type p256 --namespace farm
  meshchaind did create --key sensor.key --from farmer --keyring-dir ~/.farm --gas-prices 0.0025ufarm
  meshchaind did segment --help`,
	}
	cmd.AddCommand(
		keyCmd(), createCmd(), showCmd(), rotateCmd(), updateCmd(), deactivateCmd(),
		credentialCmd(), statusCmd(), segmentCmd(),
	)
	return cmd
}
