#!/usr/bin/env bash
# Runs w3c/did-test-suite on what our nodes answered (x/did/resolver/testdata/did-suite, which
# a Go test holds current). Exits with 1 if an assertion fails, 2 if the suite cannot be run.
#   DID_SUITE=dir  a checkout of https://github.com/w3c/did-test-suite (required)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
	echo "did-suite: $1" >&2
	exit 2
}

checked=b1eff1459b301a1ff6412c1e072ac955ab94ab8b # what our answers were last checked with
suite=${DID_SUITE:-}
[ -n "$suite" ] || fail "DID_SUITE is not set: give a checkout of https://github.com/w3c/did-test-suite, for example at $checked"
[ -d "$suite/packages/did-core-test-server/suites" ] || fail "DID_SUITE=$suite: is no checkout of w3c/did-test-suite"
command -v npm >/dev/null || fail "npm is not installed: Node.js 20 or later has it"

# Exact versions, by the lock file; no package runs a script of its own.
work=build/did-suite
mkdir -p "$work"
cp scripts/did-suite/package.json scripts/did-suite/package-lock.json "$work/"
(cd "$work" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) ||
	fail "the packages of scripts/did-suite/package.json cannot be installed: see $work/npm.log"

suite=$(cd "$suite" && pwd)
DID_SUITE=$suite DID_SUITE_MODULES=$PWD/$work/node_modules "$work/node_modules/.bin/jest" --config scripts/did-suite/jest.config.js "$@"
