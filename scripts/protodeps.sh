#!/usr/bin/env bash
# Copies the .proto files that ours import out of the Go module cache, at the
# versions pinned in go.mod, into build/proto-deps (ignored by git). Contacts no
# schema registry; skips the work when go.mod has not changed since the last run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=build/proto-deps
stamp=$out/.stamp
want=$(cat go.mod scripts/protodeps.sh | sha256sum)
if [[ -f $stamp && $(<"$stamp") == "$want" ]]; then
	exit 0
fi

# copy MODULE SUBDIR NAME PATH...: the .proto files under PATH... of
# MODULE/SUBDIR go to build/proto-deps/NAME, their paths kept.
copy() {
	local module=$1 subdir=$2 dst=$out/$3
	shift 3
	local src
	src=$(go list -mod=readonly -m -f '{{.Dir}}' "$module")
	if [[ -z $src ]]; then
		go mod download "$module"
		src=$(go list -mod=readonly -m -f '{{.Dir}}' "$module")
	fi
	mkdir -p "$dst"
	dst=$(cd "$dst" && pwd)
	local path
	for path in "$@"; do
		(cd "$src/$subdir" && find "$path" -name '*.proto' -exec cp --parents --no-preserve=mode -t "$dst" {} +)
	done
}

rm -rf "$out"
mkdir -p "$out"
copy github.com/cosmos/cosmos-sdk           proto                  cosmos-sdk   amino cosmos tendermint
copy github.com/cosmos/cosmos-proto         proto                  cosmos-proto cosmos_proto
copy github.com/cosmos/gogoproto            .                      gogoproto    gogoproto/gogo.proto
copy github.com/cosmos/ibc-go/v8           proto                  ibc-go       ibc
copy github.com/CosmWasm/wasmd              proto                  wasmd        cosmwasm
copy github.com/cosmos/ibc-apps/modules/rate-limiting/v8 proto      ratelimit    ratelimit/v1
copy github.com/grpc-ecosystem/grpc-gateway third_party/googleapis googleapis   google/api/annotations.proto google/api/http.proto

# ibc-go imports the proofs of ics23, whose Go module ships no .proto file. Nothing
# of ours looks inside one, so an opaque message of that name is enough.
mkdir -p "$out/ics23/cosmos/ics23/v1"
cat >"$out/ics23/cosmos/ics23/v1/proofs.proto" <<'PROTO'
syntax = "proto3";
package cosmos.ics23.v1;
option go_package = "github.com/cosmos/ics23/go;ics23";
// CommitmentProof is opaque here; see https://github.com/cosmos/ics23.
message CommitmentProof {}
// ProofSpec is opaque here; see https://github.com/cosmos/ics23.
message ProofSpec {}
PROTO
echo "$want" >"$stamp"
