#!/usr/bin/env bash
# Kills main chain, zones and relayer and cuts the links between them, at random, while packets
# are under way; none may be lost or arrive twice. Prints the seed, with which a run is repeated:
#   scripts/chaos.sh                         about 3 minutes
#   scripts/chaos.sh --seconds 60 --seed 7
#   scripts/chaos.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for program in meshload meshchaind; do
	[[ -x build/$program ]] || {
		echo "chaos: build/$program is missing: run make build" >&2
		exit 1
	}
done
exec build/meshload chaos "$@"
