#!/usr/bin/env bash
# The programs here refuse what they do not know before they download or start anything.
here=$(cd "$(dirname "$0")" && pwd)
failed=0
expect() { # STATUS COMMAND…
    local status=$1
    shift
    "$@" >/dev/null 2>&1 </dev/null
    local got=$?
    [ "$got" -eq "$status" ] || { echo "not ok - $* ended with $got, not $status"; failed=1; }
}
expect 0 bash "$here/peers/run.sh" --help
expect 2 bash "$here/peers/run.sh" --nothing
expect 2 bash "$here/peers/run.sh" --rounds
expect 2 bash "$here/peers/run.sh" --rounds many
expect 2 bash "$here/peers/run.sh" --peers nothing
expect 2 bash "$here/growth.sh" --nothing
expect 2 bash "$here/charts.sh" --nothing
exit $failed
