#!/usr/bin/env bash
# Build the fuzzers with clang and run each for SECONDS, JOBS at a time: tests/fuzz/run.sh SECONDS [TARGET…]
# The corpus starts from what the encoders and the simulator make and grows in build/fuzz/corpus; an input that breaks a
# promise is kept in build/fuzz/found, and `build/fuzz/fuzz/fuzz_TARGET FILE` replays it. Exit status 0: nothing was found.
# JOBS comes from the environment (2).
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-}
[[ $seconds =~ ^[0-9]+$ ]] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
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
for seed in 1 2 3; do "$build/fuzz/fuzz_sim" --frames "$seeds" --seed "$seed" >/dev/null; done

if [ $# -eq 0 ]; then
    set -- "$seeds"/*
    set -- "${@##*/}"
fi

# one TARGET: its line of the table.
one() {
    local target=$1 log=$build/fuzz/$1.log runs cover
    mkdir -p "$build/corpus/$target"
    if "$build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "$seeds/$target" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        cover=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
        printf '%-8s held: %10s runs, %6s edges\n' "$target" "$runs" "$cover"
    else
        printf '%-8s FOUND, see %s:\n' "$target" "$log"
        grep -E 'Assertion|ERROR|runtime error|Test unit written' "$log" | head -n 5
        return 1
    fi
}
export -f one
export build seeds seconds
printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -I{} bash -c 'one {}'
