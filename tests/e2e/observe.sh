#!/usr/bin/env bash
# What an administrator sees: /metrics as Prometheus reads it, the alarms, events without contents, the status.
#   observe.sh BIN
source "$(dirname "$0")/lib.sh" "$1" observe

make_broker
make_node housing

# promtool comes out of Debian's package without installing the server.
promtool=$(command -v promtool) || {
    mkdir "$WORK/prometheus" && chmod 755 "$WORK" "$WORK/prometheus"
    (cd "$WORK/prometheus" && apt-get download prometheus && dpkg -x prometheus_*.deb .) >/dev/null 2>&1
    promtool=$WORK/prometheus/usr/bin/promtool
}
metrics() { curl -sf --max-time 10 --unix-socket "$WORK/$1/cse.sock" http://localhost/metrics; }
if [ -x "$promtool" ]; then
    for place in centre housing; do
        check "promtool finds nothing to say about the metrics of $place" bash -c "curl -sf --unix-socket '$WORK/$place/cse.sock' http://localhost/metrics | '$promtool' check metrics"
    done
    check "the alarms can be loaded" "$promtool" check rules "$ROOT/deploy/alerts.yaml"
else
    bad "promtool cannot be had: no package source is reachable"
fi

# Every alarm uses metrics that exist and is explained.
names=$( (metrics centre; metrics housing) | sed -n 's/^\(cse_[a-z_]*\).*/\1/p' | sort -u)
unknown=$(grep -o 'cse_[a-z_]*' "$ROOT/deploy/alerts.yaml" | sort -u | comm -23 - <(echo "$names"))
same "alarms speak of metrics that are there" "" "$unknown"
for alarm in $(sed -n 's/.*alert: //p' "$ROOT/deploy/alerts.yaml"); do
    grep -q "^| \`$alarm\` |" "$ROOT/docs/operations.md" || bad "$alarm is not in docs/operations.md"
done
ok "every alarm is explained"

# Numbers move with what happens.
secret="Quarterly-charter-of-nobody"
at housing record evidence "title=$secret" date=2026-02-01 elements=4.3.2 >/dev/null
synced housing
all_applied
same "stored" 1 "$(metric centre cse_stored_operations_total)"
same "applied" 1 "$(metric centre cse_applied_operations_total)"
same "the link is up" 1 "$(metric housing cse_link_up)"
same "a connected site counts" 1 "$(metrics centre | awk '$1 == "cse_sites{state=\"connected\"}" { print $2 }')"
at_least "memory" 1000000 "$(metric centre cse_process_resident_bytes)"
at_least "free disk" 1 "$(metric centre cse_disk_free_bytes)"
status=$(at centre status --json)
for key in .store.used_bytes .store.reserved_bytes .store.disk_free_bytes .store.readers .store.reader_lag \
    .queues.commit_bytes .queues.apply_operations .queues.feed_entries .sites.silent .refused; do
    [ "$(echo "$status" | jq "$key != null")" = true ] || bad "cse status has no $key"
done
ok "cse status has space, readers and queues"
has "… in words too" "$(at centre status)" "queues"

# Each line an event in logfmt; what people write is in none.
stop housing
stop centre
odd=$(cat "$WORK"/{centre,housing}.log | grep -vE '^ts=[0-9TZ:.-]+ level=(debug|info|warn|error) event=[a-z_.]+( [a-z_]+=("([^"\\]|\\.)*"|[^" ]*))*$')
same "every line is an event" "" "$odd"
same "and tells nothing of what was written" 0 "$(cat "$WORK"/{centre,housing}.log | grep -c "$secret")"
if command -v systemd-analyze >/dev/null; then
    check "the units are well-formed" bash -c "systemd-analyze verify '$ROOT'/deploy/systemd/*.timer 2>&1 | grep -v 'is not executable\|Failed to\|Command' | grep -E 'Unknown|Invalid|missing' && exit 1 || exit 0"
fi
exit "$FAILED"
