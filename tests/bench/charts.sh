#!/usr/bin/env bash
# Draw docs/charts/*.svg of the measurements that are beside them: peers.json (peers/run.sh --json), growth.json (growth.sh),
# sync.json (cse bench sync --json).
#   tests/bench/charts.sh           draw them all
#   tests/bench/charts.sh --check   are they those of the data?
set -eu
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
charts=$top/docs/charts
case ${1-} in
'') out=$charts ;;
--check) out=$(mktemp -d); trap 'rm -rf "$out"' EXIT ;;
*) echo "charts.sh: unknown option '$1'" >&2; exit 2 ;;
esac
draw() { # NAME KIND TITLE X Y: tab-separated rows on standard input
    LC_ALL=C awk -F '\t' -v kind="$2" -v title="$3" -v x_title="$4" -v y_title="$5" -f "$top/tests/bench/plot.awk" >"$out/$1.svg"
}
# Rows "label, median, least, most" of every system, the most first.
peers() { # FIGURE
    jq -r --arg figure "$1" '.summary | to_entries | map(select(.value[$figure] != null)) | sort_by(-.value[$figure].median)[] |
        [.key, .value[$figure].median, .value[$figure].min, .value[$figure].max] | @tsv' "$charts/peers.json"
}
# Rows "series, held, median, least, most".
growth() { # SERIES BENCH PATH
    jq -r --arg series "$1" --arg bench "$2" --arg path "$3" '($path / ".") as $p | map(select(.bench == $bench)) | group_by(.held)[] |
        .[0].held as $held | map(getpath($p) | select(. != null and . > 0)) | sort | select(length > 0) |
        [$series, $held, .[length / 2 | floor], .[0], .[-1]] | @tsv' "$charts/growth.json"
}
latency() { # SERIES PATH
    for load in 10 50 90; do
        jq -r --arg series "$1" --arg load "$load" --arg figure "$2" --arg part "$3" '.summary as $s |
            [$series, $load] + (["median", "min", "max"] | map($s[.][$figure]["load_" + $load][$part])) | @tsv' "$charts/sync.json"
    done
}
held='operations held'
peers acknowledged_per_s | draw peers-acknowledged dots 'Acknowledged, the same operations from the same senders' 'operations per second' ''
peers cpu_s_per_million | draw peers-cpu dots 'CPU of the server' 'seconds per million operations' ''
{ latency 'acknowledged, p50' latency_ms p50; latency 'acknowledged, p99' latency_ms p99
  latency 'merged, p50' picture_latency_ms p50; latency 'merged, p99' picture_latency_ms p99; } |
    draw latency line 'From a message being due to its answer, and to being merged' 'load, % of the rate reached' 'milliseconds'
{ growth 'acknowledged' sync acknowledged_per_s; growth '… the last tenth' sync acknowledged_last_tenth_per_s; growth 'imported' import rows_per_s; growth 'uploaded' import uploaded_per_s; } |
    draw growth-rate line 'Rate by what is held' "$held" 'operations per second'
{ growth 'save, p50' import save_ms.p50; growth 'save, p99' import save_ms.p99; growth 'picture of 10 sites' sync picture_ms.p50
  growth 'start of a node' import start_ms; } | draw growth-time line 'Time by what is held' "$held" 'milliseconds'
{ growth 'broker, mixed' sync written_bytes_per_operation; growth 'node, import' import written_bytes_per_operation.node_import
  growth 'node, upload' import written_bytes_per_operation.node_upload; } |
    draw growth-written line 'Written to disk by what is held' "$held" 'bytes per operation'
[ "$out" = "$charts" ] && exit 0
status=0
for file in "$out"/*.svg; do
    cmp -s "$file" "$charts/${file##*/}" || { echo "charts.sh: docs/charts/${file##*/} is not of the data: run tests/bench/charts.sh" >&2; status=1; }
done
exit $status
