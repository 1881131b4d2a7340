# Shared by the tests with real processes: a council in a temporary directory, on ports of its own, gone at the end.
#   source lib.sh BIN NAME
set -uo pipefail

BIN=$1
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SHARED=${CSE_SHARED:-$ROOT/../shared}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/cse-$2.XXXXXX")
PATH=$BIN:$PATH
export LC_ALL=C.UTF-8
unset CSE_DATA
declare -A PIDS=()
FAILED=0
NOWHERE=tcp://127.0.0.1:1 # nobody listens there: a site with this broker is off line

finish() {
    local status=$? name log job
    trap - EXIT INT TERM
    for job in $(jobs -p); do kill -9 "$job" 2>/dev/null; done
    for name in "${!PIDS[@]}"; do kill -9 "${PIDS[$name]}" 2>/dev/null; done
    wait 2>/dev/null
    if [ "$FAILED" -ne 0 ] || [ "$status" -ne 0 ]; then
        for log in "$WORK"/*.log; do
            [ -e "$log" ] && { echo "--- $(basename "$log")"; tail -n 25 "$log"; }
        done
        [ "$status" -ne 0 ] || status=1
    fi
    # A sanitizer's report must not hide in a daemon's log.
    if grep -hE 'Sanitizer:|runtime error:|Assertion' "$WORK"/*.log 2>/dev/null; then status=1; fi
    [ -n "${CSE_KEEP:-}" ] && echo "kept: $WORK" || rm -rf "$WORK"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

ok() { echo "ok - $*"; }
bad() { echo "not ok - $*"; FAILED=1; }
skip() { echo "skipped: $*"; }
# check TEXT COMMAND…: the command must succeed.
check() { local text=$1; shift; if "$@" >"$WORK/check.out" 2>&1; then ok "$text"; else bad "$text"; tail -n 5 "$WORK/check.out"; fi; }
# check_not TEXT COMMAND…: the command must fail.
check_not() { local text=$1; shift; if "$@" >"$WORK/check.out" 2>&1; then bad "$text"; tail -n 5 "$WORK/check.out"; else ok "$text"; fi; }
# same TEXT WANT GOT
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1: wanted '$2', got '$3'"; fi; }
# at_least TEXT WANT GOT
at_least() { if [ "${3:-0}" -ge "$2" ] 2>/dev/null; then ok "$1"; else bad "$1: wanted at least $2, got '$3'"; fi; }
# has TEXT WHOLE PART
has() { case $2 in *"$3"*) ok "$1" ;; *) bad "$1: '$3' is not in '$2'" ;; esac; }

free_port() {
    local port
    for _ in $(seq 200); do
        port=$((11000 + RANDOM % 21000)) # below the range that outgoing connections take theirs from
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    echo "no free port" >&2
    exit 1
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.1
    done
}

answers() { curl -sf --max-time 5 --unix-socket "$1/cse.sock" http://localhost/readyz; }

LIMIT=() # a command that daemons are started through: (prlimit --nofile=200)
# start NAME PROGRAM ARGS…: in the background, log appended to NAME.log, ready when it answers.
start() {
    local name=$1 program=$2
    shift 2
    "${LIMIT[@]}" "$program" --data "$WORK/$name" "$@" >>"$WORK/$name.log" 2>&1 &
    PIDS[$name]=$!
    disown "${PIDS[$name]}" 2>/dev/null
    wait_for 60 answers "$WORK/$name" || { bad "$name does not start"; exit 1; }
}

stop() { # NAME [SIGNAL]
    local pid=${PIDS[$1]} until=$((SECONDS + 60))
    kill "-${2:-TERM}" "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do
        [ "$SECONDS" -lt "$until" ] || { bad "$1 does not stop"; kill -9 "$pid" 2>/dev/null; }
        sleep 0.02
    done
    unset "PIDS[$1]"
}

at() { local name=$1; shift; CSE_DATA=$WORK/$name cse "$@"; }

PORT=$(free_port)
start_broker() { start centre cse-broker --listen "tcp://127.0.0.1:$PORT" --http "" --disk_floor 1MiB "$@"; }
start_node() { local name=$1; shift; start "$name" cse-node --http "" --disk_floor 1MiB "$@"; }

make_broker() {
    cse init broker "$WORK/centre" --organisation "Northmoor Council" >/dev/null || exit 1
    start_broker "$@"
}

# make_node NAME [invite options]: made, started, joined.
make_node() {
    local name=$1 token
    shift
    cse init node "$WORK/$name" >/dev/null || exit 1
    start_node "$name"
    token=$(at centre invite "$name" --name "${name^}" "$@") || exit 1
    at "$name" join "$token" >/dev/null || { bad "$name cannot join"; exit 1; }
}

# make_quiet NAME [invite options]: made and joined without a daemon, never started.
make_quiet() {
    local name=$1 token
    shift
    cse init node "$WORK/$name" >/dev/null || exit 1
    token=$(at centre invite "$name" --name "${name^}" "$@") || exit 1
    at "$name" join "$token" >/dev/null || { bad "$name cannot join"; exit 1; }
}

hostile() { local name=$1; shift; timeout 120 "$BIN/../tests/hostile" "$WORK/$name" "$@"; }

synced() { at "$1" sync --wait "${2:-60}" >/dev/null; }
field() { jq -r "$1" 2>/dev/null; }
status_of() { at "$1" status --json | field "$2"; }
site_row() { at centre sites --json | jq -r "select(.id==\"$1\") | $2" 2>/dev/null; }
applied() { [ "$(status_of centre .backlog)" = 0 ]; }
# all_applied: what has been acknowledged is in the picture.
all_applied() { wait_for "${1:-120}" applied || bad "the broker does not finish applying"; }
metric() { curl -sf --max-time 10 --unix-socket "$WORK/$1/cse.sock" http://localhost/metrics | awk -v name="$2" '$1 == name { print $2 }'; }
count_of() { at "$1" export "$2" --format json "${@:3}" | jq -n '[inputs | if type == "array" then .[] else . end] | length'; }
# ids WHERE KIND…: ids of all records, one a line.
ids() { local place=$1 kind; shift; for kind in "$@"; do at "$place" export "$kind" --format json | jq -r 'if type == "array" then .[] else . end | .id'; done; }
: >"$WORK/wanted"
# $WORK/wanted: ids that must be at the broker in the end.
# record PLACE TEXT [FIELD…]: a record whose id is then wanted at the broker.
record() {
    local id place=$1 title=$2
    shift 2
    id=$(at "$place" record evidence "title=$title" date=2026-02-01 elements=4.3.2 "$@") || { bad "record at $place"; return 1; }
    echo "$id" >>"$WORK/wanted"
}
# equal PLACE PLACE: the same logs, records and files.
equal() { at "$1" verify --against "$WORK/$2"; }
# once TEXT FILE PLACE KIND…: each id of the file is at the place exactly once, and nothing else is there.
once() {
    local text=$1 file=$2
    shift 2
    ids "$@" | sort >"$WORK/once.there"
    sort "$file" >"$WORK/once.wanted"
    if cmp -s "$WORK/once.wanted" "$WORK/once.there"; then ok "$text"
    else bad "$text: $(comm -23 "$WORK/once.wanted" "$WORK/once.there" | wc -l) missing, $(comm -13 "$WORK/once.wanted" "$WORK/once.there" | wc -l) too many"; fi
}
# verify_all NAME…: stop each and verify its data directory.
verify_all() {
    local name
    for name in "$@"; do
        [ -z "${PIDS[$name]:-}" ] || stop "$name"
        check "$name verifies" at "$name" verify
    done
}
