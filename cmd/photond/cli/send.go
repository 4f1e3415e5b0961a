package cli

import (
	"io"
	"os"

	"github.com/spf13/cobra"
)

// maxData bounds what one send reads; the receiver decides what it takes.
const maxData = 6 << 20

func newSendCmd() *cobra.Command {
	var flags payFlags
	var file string
	cmd := &cobra.Command{
		Use:   "send [node or request] [amount] [data]",
		Short: "Pay with data: a TransacKet",
		Long: `Pay with data. Up to 256 bytes are in the payment itself; more is handed to the receiver first, and the
payment has its SHA-256. --file reads the data from a file, or from standard input with "-".`,
		Example: "  photond send 12D3KooW… 5usmt '{\"t\":21.5}'\n  photond send 12D3KooW… 5usmt --file photo.jpg",
		Args:    cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			var data []byte
			switch {
			case len(args) == 3 && file != "":
				return usage("data is given and --file: give one of them")
			case len(args) == 3:
				data = []byte(args[2])
			case file == "":
				return usage("data is missing: give it after the amount, or with --file; without data it is `photond pay`")
			default:
				var err error
				if data, err = readData(cmd, file); err != nil {
					return err
				}
			}
			return flags.pay(cmd, args[0], args[1], data)
		},
	}
	flags.register(cmd.Flags())
	cmd.Flags().StringVar(&file, "file", "", "file with the data, - for standard input")
	return cmd
}

func readData(cmd *cobra.Command, file string) ([]byte, error) {
	in := cmd.InOrStdin()
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxData+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxData {
		return nil, usage("%s has more than %d bytes: send it in parts", file, maxData)
	}
	if len(data) == 0 {
		return nil, usage("%s is empty", file)
	}
	return data, nil
}
