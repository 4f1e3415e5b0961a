#!/usr/bin/env bash
# Builds the commands named as arguments so that the same commit gives the same bytes
# on any machine with the same Go and C compiler, and packs them with the wasm VM's
# library, which they look for in ../lib, into build/release.
#   VERSION, TAGS, LDFLAGS   as in the Makefile
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=meshchain-$VERSION-$(go env GOOS)-$(go env GOARCH)
dir=build/release/$name
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/lib"
# sys_wasmvm links with the library that CGO_LDFLAGS points to, and leaves the path of
# this machine's module cache out of the binary.
install -m 0644 "$(scripts/wasmlib.sh)" "$dir/lib/libwasmvm.so"
export CGO_LDFLAGS="-L$PWD/$dir/lib"
for command in "$@"; do
	go build -mod=readonly -trimpath -buildvcs=false -tags "$TAGS,sys_wasmvm" -ldflags "-s -w -buildid= $LDFLAGS" -o "$dir/bin/$command" "./cmd/$command"
done

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
	-C build/release -cf - "$name" | gzip -n >"build/release/$name.tar.gz"
(cd build/release && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
