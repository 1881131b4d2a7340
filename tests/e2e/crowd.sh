#!/usr/bin/env bash
# Hundreds of sites at once, each enrolled, connected and writing over its own CURVE connection; the broker has all of it once.
#   crowd.sh BIN [SITES]
source "$(dirname "$0")/lib.sh" "$1" crowd
SITES=${2:-300}
RECORDS=20

make_broker
for n in $(seq "$SITES"); do
    at centre invite "site-$n" --name "Site $n" || exit 1
done >"$WORK/tokens"
same "one invitation a site" "$SITES" "$(wc -l <"$WORK/tokens")"

"$BIN/../tests/crowd" "$RECORDS" <"$WORK/tokens" || FAILED=1

applied() { [ "$(at centre status --json | field .backlog)" = 0 ]; }
check "the broker has applied everything" wait_for 60 applied
same "the picture counts every answer once" $((SITES * RECORDS)) \
    "$(at centre picture --json | field .satisfaction.csat.valid)"
same "the roster knows every site" "$SITES" \
    "$(at centre sites --json | jq -r 'select(.kind == "department") | .id' | sort -u | wc -l)"
rss=$(awk '/VmHWM/ { print $2 }' "/proc/${PIDS[centre]}/status")
ok "the broker's memory peaked at $((rss / 1024)) MiB"
stop centre
check "the broker verifies" at centre verify
exit "$FAILED"
