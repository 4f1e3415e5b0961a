package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/cosmos/gogoproto/jsonpb"
	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"
)

// format is text or json.
func format(cmd *cobra.Command) (string, error) {
	f, _ := cmd.Flags().GetString(flagOutput)
	if f != "text" && f != "json" {
		return "", usage("--%s %q: must be text or json", flagOutput, f)
	}
	return f, nil
}

// show prints an answer: as JSON for programs, or as text writes it for people.
func show(cmd *cobra.Command, m proto.Message, text func(w io.Writer)) error {
	f, err := format(cmd)
	if err != nil {
		return err
	}
	if f == "text" {
		w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		text(w)
		return w.Flush()
	}
	bz, err := (&jsonpb.Marshaler{OrigName: true, EmitDefaults: true}).MarshalToString(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), bz)
	return err
}

// progress tells on the error stream what a command waits for, if it takes longer than two seconds.
func progress(cmd *cobra.Command, what string) (done func()) {
	stop := make(chan struct{})
	go func() {
		start := time.Now()
		timer := time.NewTimer(2 * time.Second)
		defer timer.Stop()
		for {
			select {
			case <-stop:
				return
			case <-timer.C:
				fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s so far\n", what, time.Since(start).Round(time.Second))
				timer.Reset(10 * time.Second)
			}
		}
	}()
	return func() { close(stop) }
}

func when(unix int64) string {
	if unix == 0 {
		return "-"
	}
	return time.Unix(unix, 0).Format(time.DateTime)
}

func short(id string) string {
	if len(id) <= 16 {
		return id
	}
	return id[:8] + "…" + id[len(id)-6:]
}
