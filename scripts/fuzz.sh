#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other.
#   FUZZTIME=30s   how long each runs
#   TAGS=a,b       build tags
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=$(grep -rl --include='*_test.go' '^func Fuzz' . | sort) || {
	echo "fuzz: no fuzz target in the tree" >&2
	exit 1
}
for file in $targets; do
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz: $name in $(dirname "$file") for ${FUZZTIME:-30s}"
		go test -mod=readonly -tags "${TAGS:-}" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-30s}" "$(dirname "$file")"
	done
done
