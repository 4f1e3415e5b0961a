package app_test

import (
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	_ "github.com/meshchain/meshchain/app"
)

// TestDescriptorsResolved guards a trap of gogoproto: a file is linked when it
// registers itself, and generated files register in the order of their names.
// A message of a file that comes later stays a placeholder, and the command
// line then prints it empty. Shared messages therefore live in a file whose
// name comes before those that import it.
func TestDescriptorsResolved(t *testing.T) {
	messages := 0
	var check func(protoreflect.MessageDescriptors)
	check = func(list protoreflect.MessageDescriptors) {
		for i := range list.Len() {
			message := list.Get(i)
			messages++
			for j := range message.Fields().Len() {
				field := message.Fields().Get(j)
				if sub := field.Message(); sub != nil {
					require.False(t, sub.IsPlaceholder(), "%s: %s registers later", field.FullName(), sub.FullName())
				}
				if enum := field.Enum(); enum != nil {
					require.False(t, enum.IsPlaceholder(), "%s: %s registers later", field.FullName(), enum.FullName())
				}
			}
			check(message.Messages())
		}
	}
	proto.HybridResolver.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), "mesh.") {
			check(file.Messages())
		}
		return true
	})
	require.Greater(t, messages, 5)
}
