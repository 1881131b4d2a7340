#!/usr/bin/env bash
# Peers that attack the broker on real sockets, one way after the other, while a site that keeps to the rules goes on with
# its work: all it sends is acknowledged, the broker's memory stays in its budget, each refusal is counted under a reason.
#   siege.sh BIN [SECONDS]     SECONDS: how long each attack lasts at least; the figures are printed, and none is a verdict
#   CSE_ATTACKER               what the attacker is started by: 'nice -n 19' leaves the broker the CPU that one elsewhere would
source "$(dirname "$0")/lib.sh" "$1" siege
LEAST=${2:-2}
SEED=${CSE_SEED:-4711}
BUDGET_MIB=512 # docs/operations.md, "Memory"
grep -q __asan_init "$BIN/cse-broker" && BUDGET_MIB=0 # a sanitizer's own memory says nothing

siege() { local name=$1; shift; ${CSE_ATTACKER:-} "$BIN/../tests/siege" "$WORK/$name" "$@"; }
watch() { "$BIN/../tests/watch" "$WORK/steady" "$1"; }
refused() { status_of centre ".refused[\"$1\"]"; }
word() { sed -n "s/.*\\b$2=\\([0-9]*\\).*/\\1/p" "$1"; }
memory() { awk -v name="$1:" '$1 == name { print int($2 / 1024) }' "/proc/${PIDS[centre]}/status"; }
cpu() { awk '{ print $14 + $15 }' "/proc/${PIDS[centre]}/stat"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }

# usual: how soon the site's work is acknowledged when nobody attacks.
usual() {
    watch "$1" >"$WORK/usual.out" || bad "nothing is acknowledged"
    ACKNOWLEDGED=$((ACKNOWLEDGED + $(word "$WORK/usual.out" acknowledged)))
    MEDIAN=$(word "$WORK/usual.out" median_us)
    P99=$(word "$WORK/usual.out" p99_us)
}

# attack TEXT SITE ATTACK SECONDS COUNT REASON…: each reason's counter must rise.
attack() {
    local text=$1 site=$2 name=$3 seconds=$4 count=$5 before cpu_before reason
    shift 5
    [ "$seconds" -ge "$LEAST" ] || seconds=$LEAST
    [ "$LEAST" -le 2 ] || usual 5 # the machine has other work too: compare with the moment before
    before=$(at centre status --json)
    cpu_before=$(cpu)
    echo 5 >"/proc/${PIDS[centre]}/clear_refs"
    watch "$seconds" >"$WORK/watch.out" &
    local watching=$!
    siege "$site" "$name" "$seconds" "$SEED" "$count" "$HOUSING" >"$WORK/siege.out" 2>&1 || bad "$text: $(cat "$WORK/siege.out")"
    wait "$watching" || bad "$text: nothing is acknowledged"
    at_least "$text: the others' work is acknowledged" 1 "$(word "$WORK/watch.out" acknowledged)"
    ACKNOWLEDGED=$((ACKNOWLEDGED + $(word "$WORK/watch.out" acknowledged)))
    same "… and no line is lost" 0 "$(word "$WORK/watch.out" lost)"
    [ "$BUDGET_MIB" = 0 ] || at_least "… memory stays within $BUDGET_MIB MiB" "$(memory VmHWM)" "$BUDGET_MIB"
    for reason in "$@"; do
        at_least "… counted under $reason" $(($(jq ".refused[\"$reason\"]" <<<"$before") + 1)) "$(refused "$reason")"
    done
    printf '# %-15s median %5d us (%s x)  p99 %6d us (%s x)  max %6d us  cpu %3d%%  peak %3d MiB  now %3d MiB  %s\n' "$name" \
        "$(word "$WORK/watch.out" median_us)" "$(ratio "$(word "$WORK/watch.out" median_us)" "$MEDIAN")" \
        "$(word "$WORK/watch.out" p99_us)" "$(ratio "$(word "$WORK/watch.out" p99_us)" "$P99")" \
        "$(word "$WORK/watch.out" max_us)" $((($(cpu) - cpu_before) / seconds)) "$(memory VmHWM)" "$(memory VmRSS)" \
        "$(sed 's/attack=[^ ]* seed=[^ ]* //' "$WORK/siege.out")"
}

make_broker
make_node housing
HOUSING=$(status_of housing .site_id)
for site in steady idle silent slow half flood nameless small lengths names asker bombs forger noise pinger parts twins; do make_quiet "$site"; done

ACKNOWLEDGED=0
usual 4
echo "# usual: $(cat "$WORK/usual.out") memory $(memory VmRSS) MiB seed $SEED"

# What it leaves behind shows at the next heartbeat, half a minute later: first, so that the rest of this test sees it.
attack "one routing id for all, and more than is read" twins twins 3 3 unspoken
if [ "$LEAST" -gt 2 ]; then
    attack "5,000 connections that say nothing" idle silent 13 5000 slow-handshake
    attack "200 that say one byte a second" idle slow 13 200 slow-handshake
    attack "200 that stop in the middle of the handshake" idle half 13 200 slow-handshake
    attack "500 admitted connections that say nothing" idle many 23 500 silent
else # the same at once: what takes so long is waiting
    siege idle many 24 "$SEED" 100 >"$WORK/many.out" 2>&1 &
    siege slow slow 24 "$SEED" 200 >"$WORK/slow.out" 2>&1 &
    siege half half 24 "$SEED" 200 >"$WORK/half.out" 2>&1 &
    attack "5,000 connections that say nothing, and 500 that say little" silent silent 25 5000 slow-handshake silent
fi
attack "noise" idle noise "$LEAST" 1 handshake
attack "frames of a gigabyte and more before the handshake" idle lengths-before 2 1 handshake
attack "handshake commands of a wrong length" idle commands 2 1 handshake
attack "unknown keys, one after the other" idle strangers 2 1 connection
attack "frames of a gigabyte and more after the handshake" lengths lengths-after 2 1 unspoken
attack "frames of a gigabyte and more of a site that has spoken" lengths lengths-later 2 1 broken-off
attack "claimed routing ids" names identity 3 300 many
attack "sites that ask and never read" asker half-open 3 20 no-session
attack "a message whose parts never end" flood flood 4 1 flood connection
attack "… of a key that has said nothing" nameless flood-unnamed 4 1 flood
attack "… of one byte each" small flood-small 4 1 flood
if [ "$BUDGET_MIB" != 0 ]; then # some thousand handshakes under a sanitizer take longer than they are waited for
    attack "4,600 connections that hold less than one may, and together more than all" small crowd 14 4600 crowded
    [ "$LEAST" -le 2 ] || attack "… in parts of one byte" small crowd-small 25 4600 crowded
fi
attack "messages of several parts without end" parts multipart 3 1 multipart connection
attack "MessagePack that declares more than there is" bombs bombs 3 1 malformed connection
attack "forged batches" forger forgeries 6 1 not-yours bad-seal no-session gap fork
attack "garbage" noise garbage 10 1 malformed connection
attack "questions without end" pinger pings 3 1

has "who floods is named" "$(cat "$WORK/centre.log")" "site.put_off site="
id=$(at housing record complaint received_on=2026-04-01 reference=after)
check "a real site works on" synced housing
check "… and its record is at the centre" wait_for 30 at centre show "$id"
all_applied
same "all that was acknowledged is there" "$ACKNOWLEDGED" "$(count_of centre complaint --site steady)"
rm -f "$WORK"/*/peer.state
verify_all centre housing
exit "$FAILED"
