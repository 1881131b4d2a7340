#!/usr/bin/env bash
# Every subject of `cse bench` with small numbers: the fields are there, the counts add up, nothing stays behind. Never how fast.
#   bench.sh BIN
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh" "$1" bench

bench() { cse bench "$@" --data "$WORK" --repeat 2 --json >"$WORK/$1.json" 2>"$WORK/$1.log"; }
# holds TEXT NAME FILTER: the filter is true of every run.
holds() { check "$1" jq -es "length == 1 and (.[0].runs | length == 2 and all(.[]; $3))" "$WORK/$2.json"; }
fields() { # NAME PATH…: numbers in the summary
    local name=$1 path
    shift
    for path in "$@"; do
        check "$name tells $path" jq -es "length == 1 and (.[0].summary | [.median, .min, .max] | all(.[]; .$path | type == \"number\"))" "$WORK/$name.json"
    done
}

check "ceiling runs" bench ceiling --operations 2000 --sites 4 --batch 50
fields ceiling plain_per_s curve_per_s curve_to_plain

check "sync runs" bench sync --operations 4000 --sites 4 --batch 50
holds "everything sent is acknowledged and merged, nothing set aside" sync \
    '.operations == 4000 and .acknowledged == 4000 and .applied == 4000 and .backlog == 0 and .set_aside == 0'
fields sync acknowledged_per_s acknowledged_last_tenth_per_s applied_per_s picture_ms.p50 latency_ms.load_50.p50 latency_ms.load_90.p99 picture_latency_ms.load_50.p99 \
    cpu_s_per_million.broker written_bytes_per_operation rss_bytes applied_to_ceiling

check "record runs" bench record --operations 20
fields record saved_per_s latency_ms.p50 latency_ms.p99 rss_bytes

check "import runs" bench import --operations 500
fields import rows_per_s save_ms.p99 uploaded_per_s start_ms cpu_s_per_million.node cpu_s_per_million.broker rss_bytes.node

check "picture runs" bench picture --operations 2000 --sites 10 --batch 20
holds "the picture is of all operations" picture '.operations == 2000'
fields picture http_all_sites_ms.p50 http_one_cell_ms.p50 fold_all_sites_ms.p50 fold_one_site_ms.p50

check "reconnect runs" bench reconnect --operations 200 --sites 20 --batch 2
# The centre may write operations of its own: applied counts them too.
holds "nothing is lost across the restart" reconnect '.acknowledged == .operations and .applied >= .operations'
fields reconnect connect.seconds reconnect.seconds reconnect.rss_bytes_per_site

cp "$WORK/sync.json" "$WORK/first.json"
same "the same seed gives the same payload" \
    "$(jq '[.runs[].payload_bytes_per_operation] | unique | length' "$WORK/first.json")" 1
check_not "an unknown subject is refused" bench nothing
for option in sites batch; do
    for subject in record import; do
        check_not "$subject refuses --$option, which it would ignore" bench "$subject" --operations 20 "--$option" 2
    done
done
check_not "less than one message a site is refused" bench sync --operations 10 --sites 4 --batch 50

cse bench sync --operations 200000 --sites 4 --batch 50 --data "$WORK" >/dev/null 2>&1 &
guard=$!
wait_for 60 compgen -G "$WORK/cse-bench.*/broker*/cse.sock"
kill -INT "$guard"
wait "$guard"
same "ended by a signal, it leaves no folder" "" "$(compgen -G "$WORK/cse-bench.*")"
same "… and no daemon" "" "$(pgrep -f "$WORK/cse-bench")"
