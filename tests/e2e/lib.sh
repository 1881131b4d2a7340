# Shared by the tests with real processes: a council in a temporary directory, on ports of its own, gone at the end.
#   source lib.sh BIN NAME
set -uo pipefail

BIN=$1
WORK=$(mktemp -d "${TMPDIR:-/tmp}/cse-$2.XXXXXX")
PATH=$BIN:$PATH
declare -A PIDS=()
FAILED=0

finish() {
    local status=$?
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
    rm -rf "$WORK"
    exit "$status"
}
trap finish EXIT

ok() { echo "ok - $*"; }
bad() { echo "not ok - $*"; FAILED=1; }
# check TEXT COMMAND…: the command must succeed.
check() { local text=$1; shift; if "$@" >/dev/null 2>&1; then ok "$text"; else bad "$text"; fi; }
# same TEXT WANT GOT
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1: wanted '$2', got '$3'"; fi; }

free_port() {
    local port
    for _ in $(seq 200); do
        port=$((20000 + RANDOM % 30000))
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

answers() { curl -sf --unix-socket "$1/cse.sock" http://localhost/readyz; }

# start NAME PROGRAM ARGS…: in the background, log appended to NAME.log, ready when it answers.
start() {
    local name=$1 program=$2
    shift 2
    "$program" --data "$WORK/$name" "$@" >>"$WORK/$name.log" 2>&1 &
    PIDS[$name]=$!
    disown "${PIDS[$name]}" 2>/dev/null
    wait_for 30 answers "$WORK/$name" || { echo "$name does not start"; tail -n 5 "$WORK/$name.log"; exit 1; }
}

stop() { # NAME [SIGNAL]
    kill "-${2:-TERM}" "${PIDS[$1]}" 2>/dev/null
    while kill -0 "${PIDS[$1]}" 2>/dev/null; do sleep 0.05; done
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
    at "$name" join "$token" >/dev/null || { echo "$name cannot join"; exit 1; }
}

synced() { at "$1" sync --wait "${2:-60}" >/dev/null; }
field() { jq -r "$1" 2>/dev/null; }
