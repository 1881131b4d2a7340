#!/usr/bin/env bash
# Other systems beside ours: the operations that `cse bench sync` makes, from as many senders in as large batches, ours and theirs in turn.
#   tests/bench/peers/run.sh [OPTION…]
#     --operations N   operations a round (200000); PouchDB gets a tenth, of 10 senders
#     --sites N        senders, each with a connection of its own (100)
#     --batch N        operations a batch (256)
#     --rounds N       how often (5); medians are shown, with the least and the most
#     --peers LIST     of nats,nats-batch,redis,redis-batch,postgres-log,postgres-merge,pouchdb (all)
#     --quick          20000 operations of 20 senders in batches of 64, 2 rounds
#     --json           every round and the summary as JSON on standard output, nothing else there
#     --bin DIR        where cse is built (build/release/bin); bench_peer is beside it in ../tests/bin
#     --keep           leave the folder with the servers and their data
# What is missing is unpacked from Debian's and npm's packages into a temporary folder: nothing is installed, no service is started but
# ours, and the folder is removed at the end. Never part of the tests.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
here=$top/tests/bench/peers
known=nats,nats-batch,redis,redis-batch,postgres-log,postgres-merge,pouchdb
operations=200000 sites=100 batch=256 rounds=5 peers=$known json= keep= bin=$top/build/release/bin

usage() { sed -n '2,/^set -u/{/^set -u/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
refuse() { echo "run.sh: $*" >&2; exit 2; }
number() { case $2 in '' | *[!0-9]* | 0*) refuse "$1 needs a number, not '$2'" ;; esac; }
while [ $# -gt 0 ]; do
    case $1 in
    --operations | --sites | --batch | --rounds) number "$1" "${2-}"; declare "${1#--}=$2"; shift ;;
    --peers | --bin) [ -n "${2-}" ] || refuse "$1 needs a value"; declare "${1#--}=$2"; shift ;;
    --quick) operations=20000 sites=20 batch=64 rounds=2 ;;
    --json) json=1 ;;
    --keep) keep=1 ;;
    --help | -h) usage; exit 0 ;;
    *) refuse "unknown option '$1'; see --help" ;;
    esac
    shift
done
for peer in ${peers//,/ }; do
    case ,$known, in *",$peer,"*) ;; *) refuse "unknown peer '$peer': $known" ;; esac
done
bin=$(cd "$bin" 2>/dev/null && pwd) || refuse "nothing is built: cmake --preset release && cmake --build --preset release"
client=$bin/../tests/bin/bench_peer
[ -x "$client" ] && [ -x "$bin/cse" ] || refuse "cse and bench_peer are not built in $bin"

work=$(mktemp -d "${TMPDIR:-/tmp}/cse-peers.XXXXXX") || exit 1
chmod 711 "$work"
server=
stop() { # ends the server that runs, and waits for it
    [ -n "$server" ] || return 0
    kill -INT "$server" 2>/dev/null
    for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$server" 2>/dev/null
    wait 2>/dev/null
    server=
    rm -f "$work/pids"
}
clean() {
    local one
    # Servers are started in a subshell: what it wrote down is ended if it was ended itself.
    for one in $(cat "$work/pids" 2>/dev/null); do
        kill -INT "$one" 2>/dev/null || continue
        for _ in $(seq 50); do kill -0 "$one" 2>/dev/null || break; sleep 0.1; done
        kill -KILL "$one" 2>/dev/null
    done
    if [ -n "$keep" ]; then echo "run.sh: $work is left" >&2; else rm -rf "$work"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
say() { echo "run.sh: $*" >&2; }

fetch() { # PACKAGE…: unpacked into $work/root
    mkdir -p "$work/root" "$work/deb"
    (cd "$work/deb" && rm -f ./*.deb &&
        { apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }; }) >>"$work/fetch.log" 2>&1 || return 1
    for package in "$work"/deb/*.deb; do dpkg -x "$package" "$work/root" || return 1; done
}
find_program() { # NAME PATH…: the first that is there
    local name=$1 path
    shift
    for path in "$@"; do [ -x "$path" ] && { printf -v "$name" %s "$path"; return 0; }; done
    return 1
}
libraries=$work/root/usr/lib/$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
declare -A missing durable

prepare_nats() {
    local places=("$(command -v nats-server)" /usr/sbin/nats-server "$work/root/usr/sbin/nats-server" "$work/root/usr/bin/nats-server")
    find_program nats "${places[@]}" || { fetch nats-server && find_program nats "${places[@]}"; } || return 1
    # Versions before 2.10 have no way to sync before the answer.
    printf 'jetstream { store_dir: "%s/nats", sync_interval: always }\n' "$work" >"$work/always.conf"
    nats_sync=
    "$nats" -t -c "$work/always.conf" >/dev/null 2>&1 && nats_sync='sync_interval: always,'
    local words="file store, version $("$nats" --version | sed 's/.*: v//'): "
    [ -n "$nats_sync" ] && words+="on disk (sync_interval always)" || words+="in the page cache only, this version cannot sync before it answers"
    durable[nats]="$words; a log, nothing is checked or merged"
    durable[nats-batch]="${durable[nats]}; 1 message = a whole batch"
}
prepare_redis() {
    local places=("$(command -v redis-server)" "$work/root/usr/bin/redis-server" "$work/root/usr/bin/redis-check-rdb")
    find_program redis "${places[@]}" || { fetch redis-server redis-tools libjemalloc2 liblzf1 && find_program redis "${places[@]}"; } || return 1
    durable[redis]="append-only file, on disk (appendfsync always); streams, all in memory, nothing is checked or merged"
    durable[redis-batch]="${durable[redis]}; 1 entry = a whole batch"
}
prepare_postgres() {
    local places=(/usr/lib/postgresql/15/bin/postgres "$work/root/usr/lib/postgresql/15/bin/postgres")
    find_program postgres "${places[@]}" || { fetch postgresql-15 postgresql-client-15 libpq5 && find_program postgres "${places[@]}"; } || return 1
    as_user=()
    if [ "$(id -u)" -eq 0 ]; then
        as_user=(runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" --)
    fi
    durable[postgres-log]="write-ahead log on disk (synchronous_commit on); a log table with a key, a transaction a batch"
    durable[postgres-merge]="write-ahead log on disk (synchronous_commit on); the log table and JSONB records merged, in one transaction a batch"
}
prepare_pouchdb() {
    command -v npm >/dev/null && command -v node >/dev/null || return 1
    mkdir -p "$work/npm" && (cd "$work/npm" && npm install --no-audit --no-fund --cache "$work/npm-cache" pouchdb-node express@4 express-pouchdb) \
        >>"$work/fetch.log" 2>&1 || return 1
    cp "$here"/pouch_*.js "$work/npm/"
    durable[pouchdb]="LevelDB, page cache only (no sync a write); replicated documents, the last state of each"
}
durable[ours]="committed and on disk (fdatasync); CURVE; every operation checked and in its origin's hash chain, every batch's seal verified; merged \
records, indexes and the picture's cells follow in commits of their own"

free_port() {
    local port
    # Below those that the kernel gives to our own senders.
    while port=$((20000 + RANDOM % 12000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
await() { # PORT
    for _ in $(seq 300); do
        (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}
start() { # PEER PORT: in $data
    case $1 in
    nats*)
        printf 'listen: "127.0.0.1:%s"\njetstream { store_dir: "%s", %s max_file_store: 64GB, max_memory_store: 1GB }\n' \
            "$2" "$data" "$nats_sync" >"$work/nats.conf"
        "$nats" -c "$work/nats.conf" >>"$work/server.log" 2>&1 & ;;
    redis*)
        LD_LIBRARY_PATH=$libraries "$redis" --port "$2" --bind 127.0.0.1 --dir "$data" --appendonly yes --appendfsync always --save '' \
            >>"$work/server.log" 2>&1 & ;;
    postgres*)
        [ ${#as_user[@]} -eq 0 ] || chown "${as_user[2]}" "$data"
        (cd / && LD_LIBRARY_PATH=$libraries "${as_user[@]}" "${postgres%/postgres}/initdb" -A trust -U postgres -D "$data" \
            --no-instructions) >>"$work/server.log" 2>&1 || return 1
        (cd / && LD_LIBRARY_PATH=$libraries exec "${as_user[@]}" "$postgres" -D "$data" -p "$2" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories= -c max_connections=$((sites + 20)) -c synchronous_commit=on -c shared_buffers=1GB \
            -c max_wal_size=4GB -c jit=off) >>"$work/server.log" 2>&1 & ;;
    pouchdb) (cd "$data" && NODE_PATH=$work/npm/node_modules exec node "$work/npm/pouch_server.js" "$2") >>"$work/server.log" 2>&1 & ;;
    esac
    server=$!
    echo "$server" >"$work/pids"
    await "$2" || return 1
    # runuser stays as the parent of the server.
    case $1 in postgres*) pid=$(head -1 "$data/postmaster.pid") ;; *) pid=$server ;; esac
    echo "$pid $server" >"$work/pids"
}
theirs() { # PEER: one line of JSON
    local peer=$1 port pid out status
    data=$work/data
    rm -rf "$data"
    mkdir -p "$data"
    port=$(free_port)
    start "$peer" "$port" || { stop; return 1; }
    if [ "$peer" = pouchdb ]; then
        local few=$((operations / 10 < 20000 ? operations / 10 : 20000)) less=$((sites < 10 ? sites : 10))
        "$client" dump "$work/operations" 0 "$few" "$less" "$batch" 1 &&
            mkdir -p "$data/sites" && (cd "$data/sites" &&
            NODE_PATH=$work/npm/node_modules timeout 900 node "$work/npm/pouch_client.js" "$port" "$pid" "$work/operations" "$batch") \
            2>>"$work/server.log"
    else
        "$client" "$peer" "$port" "$pid" "$operations" "$sites" "$batch" 1 2>>"$work/server.log"
    fi
    status=$?
    if [ "$pid" != "$server" ]; then kill -INT "$pid" 2>/dev/null; fi
    stop
    rm -rf "$data"
    return $status
}
ours() {
    TMPDIR=$work "$bin/cse" bench sync --operations "$operations" --sites "$sites" --batch "$batch" --repeat 1 --json 2>>"$work/server.log" |
        jq -c '.runs[0] | {acknowledged_per_s, applied_per_s, cpu_s_per_million: .cpu_s_per_million.broker, written_bytes_per_operation,
            written_to_payload, payload_bytes_per_operation, latency_ms: .latency_ms.load_50, ceiling_per_s: .ceiling.curve_per_s}'
}

for peer in ${peers//,/ }; do
    say "preparing $peer"
    "prepare_${peer%%-*}" || missing[$peer]="not measured: it could not be fetched or unpacked ($(tail -1 "$work/fetch.log" 2>/dev/null | cut -c1-120))"
done
words() { # NAME: an associative array as JSON
    declare -n table=$1
    for name in "${!table[@]}"; do jq -cn --arg name "$name" --arg text "${table[$name]}" '{($name): $text}'; done | jq -cs 'add // {}'
}
report() {
    jq -s --argjson durable "$(words durable)" --argjson missing "$(words missing)" \
        --argjson operations "$operations" --argjson sites "$sites" --argjson batch "$batch" '
        def spread: map(select(. != null)) | sort | if length == 0 then null else {median: .[length / 2 | floor], min: .[0], max: .[-1]} end;
        def of(f): map(f) | spread;
        def figures: {acknowledged_per_s: of(.acknowledged_per_s), applied_per_s: of(.applied_per_s), cpu_s_per_million: of(.cpu_s_per_million),
            written_bytes_per_operation: of(.written_bytes_per_operation), latency_p50_ms: of(.latency_ms.p50), latency_p99_ms: of(.latency_ms.p99)};
        {operations: $operations, sites: $sites, batch: $batch, rounds: (map(.round) | max), durable: $durable, not_measured: $missing,
         payload_bytes_per_operation: (.[0].ours.payload_bytes_per_operation),
         summary: ({ours: (map(.ours) | figures)} + (group_by(.peer) | map({(.[0].peer): ((map(.theirs) | figures) + {
             acknowledged_ratio: of(.ours.acknowledged_per_s / .theirs.acknowledged_per_s),
             applied_ratio: of(.ours.applied_per_s / .theirs.acknowledged_per_s),
             cpu_ratio: of(if .ours.cpu_s_per_million > 0 then .theirs.cpu_s_per_million / .ours.cpu_s_per_million else null end)})}) | add)),
         runs: .}' "$work/rounds" >"$work/result" || return 1
    if [ -n "$json" ]; then
        cat "$work/result"
    else
        jq -r '"\(.operations) operations, \(.sites) senders, batches of \(.batch), \(.rounds) rounds in turn; median (least to most)",
            (["system", "acknowledged/s", "ours : theirs", "CPU s/million", "written B/op", "p50 ms", "p99 ms"] | @tsv),
            (def short: if . >= 100 then round elif . >= 10 then (. * 10 | round / 10) else (. * 100 | round / 100) end;
             def show: if . == null then "-" else "\(.median | short) (\(.min | short) to \(.max | short))" end;
             .summary | to_entries[] | [.key, (.value.acknowledged_per_s | show), (.value.acknowledged_ratio | show),
             (.value.cpu_s_per_million | show), (.value.written_bytes_per_operation | show),
             (.value.latency_p50_ms | show), (.value.latency_p99_ms | show)] | @tsv)' "$work/result" |
            awk -F '\t' 'NF < 2 { print; next } { printf "  %-15s %-28s %-22s %-20s %-22s %-20s %s\n", $1, $2, $3, $4, $5, $6, $7 }'
        echo "What is acknowledged is:"
        jq -r '(.durable | to_entries[] | "  \(.key): \(.value)"), (.not_measured | to_entries[] | "  \(.key): \(.value)")' "$work/result"
    fi
}
# A run that is ended early still says what it has.
trap '[ ! -s "$work/rounds" ] || report; exit 130' INT TERM HUP
: >"$work/rounds"
for ((round = 1; round <= rounds; round++)); do
    for peer in ${peers//,/ }; do
        [ -z "${missing[$peer]-}" ] || continue
        say "round $round: ours, then $peer"
        mine=$(ours) && [ -n "$mine" ] || { say "ours failed: $(tail -1 "$work/server.log")"; exit 1; }
        if one=$(theirs "$peer" || theirs "$peer") && [ -n "$one" ]; then
            printf '{"peer":"%s","round":%d,"ours":%s,"theirs":%s}\n' "$peer" "$round" "$mine" "$one" >>"$work/rounds"
        else
            missing[$peer]="not measured: $(tail -1 "$work/server.log" | tr -d '"\\' | cut -c1-160)"
            say "$peer: ${missing[$peer]}"
        fi
    done
done
report
