#!/usr/bin/env bash
# A broker with few descriptors, and one with little memory, while peers try to use up both: it goes on, or it starts again
# with all it acknowledged.
#   scarce.sh BIN
source "$(dirname "$0")/lib.sh" "$1" scarce
SEED=${CSE_SEED:-4711}

siege() { local name=$1; shift; "$BIN/../tests/siege" "$WORK/$name" "$@"; }
refused() { status_of centre ".refused[\"$1\"]"; }
word() { sed -n "s/.*\\b$2=\\([0-9]*\\).*/\\1/p" "$1"; }

make_broker
make_node housing
for site in steady idle knocker flood nameless small; do make_quiet "$site"; done

# Two hundred descriptors, four hundred connections.
stop centre
LIMIT=(prlimit --nofile=200)
start_broker
"$BIN/../tests/watch" "$WORK/steady" 7 >"$WORK/watch.out" &
watching=$!
at_work() { [ "$(site_row steady .connected)" = true ]; }
wait_for 30 at_work || bad "a site cannot connect"
siege idle silent 5 "$SEED" 400 >"$WORK/idle.out" 2>&1 &
attack=$!
http=0
for _ in $(seq 20); do
    # 503 is an answer too: it may say that no descriptors are left just now
    code=$(curl -s --max-time 5 -o /dev/null -w '%{http_code}' --unix-socket "$WORK/centre/cse.sock" http://localhost/readyz)
    case $code in 200 | 503) http=$((http + 1)) ;; esac
    sleep 0.2
done
wait "$attack" "$watching"
same "HTTP answers all the while" 20 "$http"
at_least "a site's work is acknowledged all the while" 1 "$(word "$WORK/watch.out" acknowledged)"
same "… over the line it has" 0 "$(word "$WORK/watch.out" lost)"
at_least "connections are refused for want of descriptors" 1 "$(refused descriptors)"
has "… which is logged" "$(cat "$WORK/centre.log")" "event=descriptors.short"
at_least "… and counted" 1 "$(metric centre cse_descriptors_short_total)"
same "the limit is told" 200 "$(metric centre cse_descriptors_max)"
# Admitted connections that say nothing: the same, with a handshake each.
siege knocker many 5 "$SEED" 400 >"$WORK/many.out" 2>&1
synced housing && ok "who keeps to the rules gets in again" || bad "a site cannot connect"
wait_for 30 test "$(metric centre cse_connections_taken)" = 1 || bad "connections are not taken again"
stop centre

# Little memory: a message without an end is cut long before, and if it were not, nothing acknowledged would be lost.
# (An address space that a sanitizer fits in would be no limit.)
if grep -q __asan_init "$BIN/cse-broker"; then
    skip "a limit on memory, under a sanitizer"
    exit "$FAILED"
fi
LIMIT=(prlimit --as=$((600 * 1024 * 1024)))
start_broker --store_size 128MiB
acknowledged=$(word "$WORK/watch.out" acknowledged)
"$BIN/../tests/watch" "$WORK/steady" 8 >"$WORK/watch.out" &
watching=$!
siege flood flood 6 "$SEED" >"$WORK/flood.out" 2>&1 &
siege nameless flood-unnamed 6 "$SEED" >"$WORK/nameless.out" 2>&1 &
siege small flood-small 6 "$SEED" >"$WORK/small.out" 2>&1 &
restarts=0
# ZeroMQ ends a program whose memory is out; what looks after services starts it again.
revive() {
    kill -0 "${PIDS[centre]}" 2>/dev/null && return
    restarts=$((restarts + 1))
    start_broker --store_size 128MiB
}
until=$((SECONDS + 9))
while [ "$SECONDS" -lt "$until" ]; do
    revive
    sleep 0.1
done
wait "$watching"
echo "# under 600 MiB of address space: restarts $restarts; $(cat "$WORK/watch.out"); $(sed 's/seed=[^ ]* //' "$WORK/flood.out")"
at_least "a site's work is acknowledged beside three floods" 1 "$(word "$WORK/watch.out" acknowledged)"
at_least "the floods are cut and counted" $((restarts > 0 ? 0 : 3)) "$(refused flood)"
has "… and who floods is put off by name" "$(cat "$WORK/centre.log")" "slug=flood reason=flood"
all_applied
same "all that was acknowledged is there" $((acknowledged + $(word "$WORK/watch.out" acknowledged))) \
    "$(count_of centre complaint --site steady)"

# The worst: killed in the middle of a flood.
siege small flood-small 2 "$SEED" >"$WORK/small.out" 2>&1 &
"$BIN/../tests/watch" "$WORK/steady" 2 >"$WORK/more.out" &
watching=$!
sleep 1
stop centre KILL
start_broker --store_size 128MiB
while kill -0 "$watching" 2>/dev/null; do
    revive
    sleep 0.1
done
revive
all_applied
at_least "after a kill nothing acknowledged is lost" \
    $((acknowledged + $(word "$WORK/watch.out" acknowledged) + $(word "$WORK/more.out" acknowledged))) \
    "$(count_of centre complaint --site steady)"
rm -f "$WORK"/*/peer.state
verify_all centre housing
exit "$FAILED"
