#!/usr/bin/env bash
# How figures grow with what is held: `cse bench sync` and `cse bench import` at several sizes, every run on standard output as JSON.
#   tests/bench/growth.sh [--sizes 10000,100000,1000000] [--import-sizes 10000,100000,1000000] [--repeat 3] [--bin build/release/bin]
# Ten sites, batches of 128, so that only the size differs. 10,000,000 operations take about 6 GB of memory and 20 GB of disk.
set -eu
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sizes=10000,100000,1000000 import_sizes=10000,100000,1000000 repeat=3 bin=$top/build/release/bin
refuse() { echo "growth.sh: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
    --sizes | --import-sizes | --repeat | --bin)
        [ -n "${2-}" ] || refuse "$1 needs a value"
        name=${1#--}
        declare "${name//-/_}=$2"
        shift ;;
    --help | -h) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) refuse "unknown option '$1'; see --help" ;;
    esac
    shift
done
work=$(mktemp)
trap 'rm -f "$work"' EXIT
for size in ${sizes//,/ }; do "$bin/cse" bench sync --operations "$size" --sites 10 --batch 128 --repeat "$repeat" --json; done |
    jq -c '.operations as $n | .runs[] | {bench: "sync", held: $n} + .' >"$work"
for size in ${import_sizes//,/ }; do "$bin/cse" bench import --operations "$size" --repeat "$repeat" --json; done |
    jq -c '.operations as $n | .runs[] | {bench: "import", held: $n} + .' >>"$work"
jq -s . "$work"
