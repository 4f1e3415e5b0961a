#!/usr/bin/env bash
# Says in one line what is missing to build: Go at the version of go.mod, a C compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
need=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)

command -v "$go" >/dev/null || {
	echo "make: Go $need or newer is needed and \"$go\" is not in PATH: https://go.dev/dl" >&2
	exit 1
}
have=$("$go" env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1/p')
if [[ $(printf '%s\n' "$need" "${have:-0}" | sort -V | head -n1) != "$need" ]]; then
	echo "make: Go $need or newer is needed, \"$go\" is ${have:-of an unknown version}: https://go.dev/dl" >&2
	exit 1
fi
cc=$("$go" env CC)
command -v "${cc%% *}" >/dev/null || {
	echo "make: a C compiler is needed (signatures and the wasm VM use cgo) and \"$cc\" is not in PATH: install gcc or set CC" >&2
	exit 1
}
if [[ $("$go" env CGO_ENABLED) != 1 ]]; then
	echo "make: CGO_ENABLED is $("$go" env CGO_ENABLED), must be 1: signatures and the wasm VM use cgo" >&2
	exit 1
fi
