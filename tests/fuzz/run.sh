#!/usr/bin/env bash
# Build the fuzzers with clang and run each for SECONDS: tests/fuzz/run.sh SECONDS [TARGET…]
# The corpus starts from what the encoders make and grows in build/fuzz/corpus; an input that breaks a promise is kept
# in build/fuzz/found, and `build/fuzz/fuzz/fuzz_TARGET FILE` replays it. Exit status 0: nothing was found.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-}
[[ $seconds =~ ^[0-9]+$ ]] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
shift

tools/packages build fuzz
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target fuzzers

build=build/fuzz
seeds=$build/seeds
mkdir -p "$build/found"
rm -rf "$seeds"
"$build/fuzz/fuzz_seeds" "$seeds"
cp tools/maps/*.yaml "$seeds/yaml/"

if [ $# -eq 0 ]; then
    set -- "$seeds"/*
    set -- "${@##*/}"
fi
status=0
for target in "$@"; do
    mkdir -p "$build/corpus/$target"
    log=$build/fuzz/$target.log
    if "$build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "$seeds/$target" >"$log" 2>&1; then
        printf '%-8s held: %s runs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        printf '%-8s FOUND, see %s:\n' "$target" "$log"
        grep -E 'Assertion|ERROR|runtime error|Test unit written' "$log" | head -n 5
        status=1
    fi
done
exit $status
