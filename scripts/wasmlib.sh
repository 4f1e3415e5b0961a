#!/usr/bin/env bash
# Prints the path of the wasm VM's shared library for this machine in the module cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=$(go list -mod=readonly -m -f '{{.Dir}}' github.com/CosmWasm/wasmvm/v2)/internal/api
case $(go env GOOS)/$(go env GOARCH) in
linux/amd64) lib=libwasmvm.x86_64.so ;;
linux/arm64) lib=libwasmvm.aarch64.so ;;
darwin/*) lib=libwasmvm.dylib ;;
*)
	echo "wasmlib: no wasm VM for $(go env GOOS)/$(go env GOARCH): linux on amd64 or arm64, or darwin" >&2
	exit 1
	;;
esac
echo "$dir/$lib"
