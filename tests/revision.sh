#!/usr/bin/env bash
# Build another revision of this program from git, to run it beside this one. Prints what was built.
#   tests/revision.sh engines BUILD_DIR [REVISION]    a shared object for `sim --other`
#   tests/revision.sh programs BUILD_DIR [REVISION]   a folder with cse, cse-node and cse-broker
# REVISION: a commit or a tag; without one, or "": the newest release before this commit, or, as long as there is none,
# a revision of 27 November 2026. It is built with its own cmake files into BUILD_DIR/other/COMMIT, once;
# sources and objects are removed. Exit status 77: there is no such revision here, and why is said on the way.
set -euo pipefail

before_releases=26294d20703ed9fbc88a7f70f0f490098a02c7d8

if [ $# -lt 2 ]; then
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
what=$1
build_dir=$(cd "$2" && pwd)
revision=${3:-}

fail() { echo "revision: $*" >&2; exit 1; }
nothing() { echo "skipped: no other version to run beside this one: $*" >&2; exit 77; }
in_git() { git -C "$root" "$@"; }

in_git rev-parse --git-dir >/dev/null 2>&1 || nothing "this is no git repository, or git is not installed"
if [ -z "$revision" ]; then
    revision=$(in_git describe --tags --abbrev=0 --match 'v[0-9]*' HEAD~1 2>/dev/null) || revision=$before_releases
fi
commit=$(in_git rev-parse --verify --quiet "$revision^{commit}") ||
    nothing "$revision is not in this clone; git fetch --unshallow --tags brings it"
in_git cat-file -e "$commit:CMakeLists.txt" 2>/dev/null || nothing "the files of $revision are not in this clone"

other=$build_dir/other/$commit
tree=$other/tree
quietly() { "$@" >"$other/log" 2>&1 || { tail -n 30 "$other/log" >&2; fail "$revision cannot be built"; }; }

unpack() {
    rm -rf "$tree" "$other/build"
    mkdir -p "$tree"
    in_git archive "$commit" | tar -x -C "$tree"
    quietly cmake -S "$tree" -B "$other/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCSE_TESTS=OFF \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON
}

clean() { rm -rf "$tree" "$other/build" "$other/log"; }

# The wrapper that came with the revision fits its engines; before there was one, ours has to.
build_engines() {
    local wrapper=$tree/tests/sim/other archives
    unpack
    [ -e "$wrapper/place.c" ] || wrapper=$root/tests/sim/other
    quietly cmake --build "$other/build" --target node_core broker_core -j "${CSE_JOBS:-2}"
    mapfile -t archives < <(find "$other/build" -name '*.a')
    quietly "${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -g -fPIC -shared -I"$tree" -I"$wrapper" \
        -DOTHER_CALLED="\"$(in_git describe --tags --always "$commit")\"" \
        "$wrapper/place.c" "$wrapper/disk.c" -o "$other/engines.so.new" \
        -Wl,-Bsymbolic -Wl,--version-script="$wrapper/other.map" -Wl,--no-undefined \
        -Wl,--start-group "${archives[@]}" -Wl,--end-group -lsodium -llmdb
    mv "$other/engines.so.new" "$other/engines.so"
    clean
}

build_programs() {
    unpack
    quietly cmake --build "$other/build" --target cse cse-node cse-broker -j "${CSE_JOBS:-2}"
    rm -rf "$other/bin"
    mv "$other/build/bin" "$other/bin"
    clean
}

mkdir -p "$other"
exec 9>"$other/lock" # tests that run side by side build it once
flock 9
case $what in
engines)
    newer=$(find "$root/tests/sim/other" -type f -newer "$other/engines.so" 2>/dev/null | head -n 1) || true
    if [ ! -e "$other/engines.so" ] || [ -n "$newer" ]; then build_engines; fi
    echo "$other/engines.so"
    ;;
programs)
    [ -x "$other/bin/cse-broker" ] || build_programs
    echo "$other/bin"
    ;;
*) fail "unknown word '$what'" ;;
esac
