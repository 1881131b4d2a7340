#!/usr/bin/env bash
# Requests no decent client sends, over both listeners of a real daemon, and slow clients beside a good one.
#   http_hostile.sh BIN
source "$(dirname "$0")/lib.sh" "$1" http

HTTP=$(free_port)
cse init broker "$WORK/centre" --organisation "Northmoor Council" >/dev/null || exit 1
start centre cse-broker --listen "tcp://127.0.0.1:$PORT" --http "127.0.0.1:$HTTP" --disk_floor 1MiB

hostile_http() { "$BIN/../tests/http_hostile" "$@" || FAILED=1; }

hostile_http table "$WORK/centre/cse.sock" "$HTTP"
hostile_http slow "$HTTP" 400 35
check "the daemon still answers" answers "$WORK/centre"
same "only what was in order is a record" 2 "$(count_of centre complaint)"
exit "$FAILED"
