#!/usr/bin/env bash
# Generates Go from proto/mesh into x/<module>/types and photon/api, and the OpenAPI documents.
#
#   scripts/protogen.sh           format the sources, generate, write into the tree
#   scripts/protogen.sh --check   lint; fail with the diff if anything committed is
#                                 not what would be written; check compatibility
#
# Compatibility: the wire format is compared with PROTO_BASE (a git revision), by
# default the last release tag. Before the first release nothing is promised, so
# differences with the parent commit are printed and do not fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
export PATH=$root/build/bin:$PATH
go_module=$(go list -mod=readonly -m)
openapi=docs/openapi/openapi.json
openapi_photon=docs/openapi/photon.json

fail() {
	echo "protogen: $*" >&2
	exit 1
}

# services lists what the node's OpenAPI document describes: all of ours, and what people
# need of the Cosmos SDK, ibc-go and wasmd. The payment node has a document of its own.
photon=proto/mesh/photon
mapfile -t modules < <(find proto/mesh -mindepth 1 -maxdepth 1 -type d ! -path "$photon" | sort)
services=(
	"${modules[@]}"
	build/proto-deps/cosmos-sdk/cosmos/{auth,authz,bank,distribution,evidence,feegrant,mint,slashing,staking,tx,upgrade}/v1beta1
	build/proto-deps/cosmos-sdk/cosmos/base/{node,tendermint}/v1beta1
	build/proto-deps/cosmos-sdk/cosmos/{circuit,consensus,gov}/v1
	build/proto-deps/ibc-go/ibc/core/{client,connection,channel}/v1
	build/proto-deps/ibc-go/ibc/applications/{transfer,interchain_accounts/host}/v1
	build/proto-deps/ratelimit/ratelimit/v1
	build/proto-deps/wasmd/cosmwasm/wasm/v1
)

# generate fills build/_gen with Go files laid out by import path, and build/openapi.
generate() {
	rm -rf build/_gen build/openapi
	mkdir -p build/_gen build/openapi
	buf generate --template buf.gen.yaml

	document openapi "meshchain REST interface" \
		"Queries and transaction broadcast of a meshchain node. Generated from the protobuf services." "${services[@]}"
	document photon "Photon REST interface" \
		"A payment node on loopback; every call needs its token. Generated from the protobuf service." "$photon"
}

# document NAME TITLE DESCRIPTION SERVICE... writes build/openapi/NAME.json.
document() {
	local name=$1 title=$2 description=$3 args=() dir
	shift 3
	for dir; do args+=(--path "$dir"); done
	buf build . "${args[@]}" -o build/openapi/image.binpb
	args=()
	for dir; do
		dir=${dir#proto/}
		args+=(--path "${dir#build/proto-deps/*/}")
	done
	buf generate build/openapi/image.binpb --template buf.gen.openapi.yaml "${args[@]}"
	go run ./scripts/openapi -title "$title" -description "$description" \
		<build/openapi/meshchain.swagger.json >"build/openapi/$name.json"
}

# generated lists the generated files, relative to the root of the tree.
generated() {
	(cd "build/_gen/$go_module" && find . -name '*.pb.go' -o -name '*.pb.gw.go' | sed 's|^\./||' | sort)
}

# in_tree lists the generated files that the tree holds.
in_tree() {
	find . \( -path ./build -o -path ./.git \) -prune -o \( -name '*.pb.go' -o -name '*.pb.gw.go' \) -print |
		sed 's|^\./||' | sort
}

write() {
	local file
	while read -r file; do
		mkdir -p "$(dirname "$file")"
		# An unchanged file keeps its time, so that Go's build cache stays warm.
		cmp -s "build/_gen/$go_module/$file" "$file" || cp "build/_gen/$go_module/$file" "$file"
	done < <(generated)
	cp build/openapi/openapi.json "$openapi"
	cp build/openapi/photon.json "$openapi_photon"
	comm -13 <(generated) <(in_tree) | while read -r file; do
		echo "protogen: removing $file, which no .proto file generates any more"
		rm "$file"
	done
}

check_current() {
	local stale=0 file
	while read -r file; do
		diff -u --label "$file (committed)" --label "$file (generated)" "$file" "build/_gen/$go_module/$file" 2>&1 || stale=1
	done < <(generated)
	while read -r file; do
		echo "$file: no .proto file generates it"
		stale=1
	done < <(comm -13 <(generated) <(in_tree))
	diff -u --label "$openapi (committed)" --label "$openapi (generated)" "$openapi" build/openapi/openapi.json || stale=1
	diff -u --label "$openapi_photon (committed)" --label "$openapi_photon (generated)" "$openapi_photon" build/openapi/photon.json || stale=1
	((stale == 0)) || fail "generated code is not current: run 'make proto' and commit the result"
}

check_breaking() {
	local base=${PROTO_BASE:-$(git describe --tags --match 'v*' --abbrev=0 2>/dev/null || true)}
	local released=yes
	if [[ -z $base ]]; then
		released=no
		base=$(git rev-parse --verify --quiet HEAD~1 || true)
	fi
	if [[ -z $base || -z $(git ls-tree --name-only "$base" -- proto/mesh 2>/dev/null) ]]; then
		echo "protogen: no earlier .proto files to compare with"
		return
	fi
	rm -rf build/proto-base
	mkdir -p build/proto-base
	git archive "$base" proto | tar -x -C build/proto-base
	mkdir -p build/proto-base/build
	cp -r buf.yaml build/proto-base/
	cp -r build/proto-deps build/proto-base/build/
	(cd build/proto-base && buf build proto -o ../proto-base.binpb)
	if buf breaking proto --against build/proto-base.binpb; then
		echo "protogen: compatible with $base"
	elif [[ $released == yes ]]; then
		fail "the changes above break clients of $base: add fields and messages instead, or start a v2 package"
	else
		echo "protogen: differs from $base as listed above; nothing is released yet, so this is allowed"
	fi
}

[[ -d proto/mesh ]] || fail "proto/mesh: no such directory"
scripts/protodeps.sh

case ${1:-} in
"")
	buf format -w proto
	buf lint proto
	generate
	write
	;;
--check)
	buf format -d --exit-code proto || fail "proto/ is not formatted: run 'make proto' and commit the result"
	buf lint proto
	generate
	check_current
	check_breaking
	;;
*) fail "unknown argument \"$1\": expected --check or nothing" ;;
esac
