#!/usr/bin/env bash
# Whoever has no right to be there, or does what nobody may: refused, counted, logged, and the others' work goes on.
#   refuse.sh BIN
source "$(dirname "$0")/lib.sh" "$1" refuse

make_broker
make_node housing
make_quiet mallory
HOUSING=$(status_of housing .site_id)
MALLORY=$(hostile mallory site)

refused() { status_of centre ".refused[\"$1\"]"; }
work_goes_on() {
    local id
    id=$(at housing record complaint received_on=2026-04-01 "reference=$1") && synced housing || return 1
    wait_for 30 at centre show "$id"
}
# try TEXT ACTION WANTED COUNTER [ARGUMENT]: mallory does it; the answer, the counter, the log, and that work goes on.
try() {
    local text=$1 action=$2 wanted=$3 counter=$4 before after answer
    shift 4
    before=$(refused "$counter")
    answer=$(hostile mallory "$action" "$@" | tr '\n' ' ')
    after=$(refused "$counter")
    has "$text: $wanted" "$answer" "$wanted"
    at_least "… counted under $counter" $((before + 1)) "$after"
    check "… and the others work on" work_goes_on "after $action"
}

broken_off_since() { [ "$(refused broken-off)" -gt "$1" ]; }

try "an unknown key" stranger refused connection
same "and is admitted nowhere" null "$(at centre sites --json | jq -s 'map(select(.state != "active" and .kind != "centre")) | .[0]')"

try "another site's name in HELLO" claim-site "reject not-yours" not-yours "$HOUSING"
try "another site's name in a batch" claim-batch "reject not-yours" not-yours "$HOUSING"
try "a wrong seal" bad-seal "reject bad-seal" bad-seal
try "a broken chain" bad-chain "reject fork" fork
try "a gap" gap "ack 0 gap" gap
try "a batch outside of a session" no-session bye no-session
try "five bytes that declare four thousand million items" bomb reject malformed
try "a message in two parts" multipart pong multipart
try "a message nobody knows" unknown pong unknown-message
try "a frame of another version" version "reject version" version
try "JOIN over a site's connection" join silence unknown-message

# libzmq cuts a connection whose frame is over the limit; the broker never holds the frame.
before=$(refused broken-off)
has "a frame over the limit: the line is cut" "$(hostile mallory huge | tr '\n' ' ')" lost
check "… counted under broken-off" wait_for 10 broken_off_since "$before"
check "… and the others work on" work_goes_on "after huge"

# The same again is counted again and not logged again.
lines() { grep -E '^[^ ]+ .*(session|frame|key)\.(refused|unknown)' "$WORK/centre.log" | grep -c "$1"; }
before=$(refused bad-seal)
for _ in 1 2 3; do hostile mallory bad-seal >/dev/null; done
same "the same fault three times more is counted" $((before + 3)) "$(refused bad-seal)"
for reason in not-yours bad-seal fork corrupt version; do
    same "$reason by this key is in the log once" 1 "$(grep -c "refused.*$MALLORY.*code=$reason" "$WORK/centre.log")"
done

# Operations that are in order as bytes and break a rule: accepted, set aside, named.
record=$(at housing record complaint received_on=2026-04-01 reference=H-1)
synced housing
has "a change of another site's record is stored" "$(hostile mallory foreign "$record" | tr '\n' ' ')" "ack 1 ok"
has "an operation that breaks a rule is stored" "$(hostile mallory rule | tr '\n' ' ')" "ack 2 ok"
has "an operation of a later format is stored" "$(hostile mallory newer | tr '\n' ' ')" "ack 3 ok"
has "an operation in order after them is stored" "$(hostile mallory valid | tr '\n' ' ')" "ack 4 ok"
all_applied
aside() {
    curl -sf --unix-socket "$WORK/centre/cse.sock" http://localhost/api/v1/quarantine |
        jq -r ".quarantine[] | select(.site == \"mallory\" and .number == $1) | .slug + \": \" + .reason"
}
has "the first is set aside" "$(aside 1)" "not-yours: the record belongs to another site"
has "the second is set aside" "$(aside 2)" "invalid: acknowledged_on is before received_on"
has "the third is set aside" "$(aside 3)" "version: written by a newer version"
same "the fourth is not" "" "$(aside 4)"
same "only the fourth is a record" 1 "$(count_of centre complaint --site mallory)"
same "the other site's record is as it was" null "$(at centre show "$record" --json | field .fields.category)"

# Invitations.
token=$(at centre invite libraries --name Libraries)
for name in libraries thief late; do cse init node "$WORK/$name" >/dev/null; done
check "an invitation works" at libraries join "$token"
check "… again for the same site, whose answer may have been lost" at libraries join "$token"
at thief join "$token" >"$WORK/thief.out" 2>&1
same "… and for nobody else" 22 "$?"
at_least "… which is counted" 1 "$(refused bad-join)"
at thief join "${token%?????}" >"$WORK/thief.out" 2>&1
same "a token that is cut off is told as that" 4 "$?"
late=$(at centre invite late --name Late)
stop centre
hostile centre expire "$late" || bad "the invitation cannot be aged"
start_broker
at late join "$late" >"$WORK/late.out" 2>&1
same "an invitation past its day is refused" 12 "$?"
at_least "… at the handshake, counted" 1 "$(refused connection)"
at late join "$late" >/dev/null 2>&1
check "… and the others work on" work_goes_on "after invitations"

# Revoked in the middle of its work: a site that obeys no rule, …
make_quiet partner --partner
hostile partner stay >"$WORK/partner.out" &
stay=$!
wait_for 60 grep -q '^stored$' "$WORK/partner.out" || bad "the partner does not get to work"
at centre revoke partner >/dev/null || bad "revoke"
wait "$stay"
out=$(tr '\n' ' ' <"$WORK/partner.out")
has "a key revoked while connected is told so at once" "$out" "reject revoked"
same "… and a new connection is refused" refused "$(tail -n 1 "$WORK/partner.out")"
number=$(sed -n 's/^stored up to //p' "$WORK/partner.out")
all_applied
same "… nothing was taken after that" "$number" "$(count_of centre complaint --site partner)"
same "… what it sent before stays" revoked "$(site_row partner .state)"

# … and one that does.
start_node libraries
before=$(at libraries record complaint received_on=2026-04-01 reference=L-1)
check "a site at work" synced libraries
at centre revoke libraries >/dev/null || bad "revoke"
told() { [ "$(status_of libraries .link.state)" = closed ] && [ "$(status_of libraries .link.last_error.code)" = 13 ]; }
check "is revoked and knows it" wait_for 30 told
after=$(at libraries record complaint received_on=2026-04-02 reference=L-2)
check "it still records for itself" at libraries show "$after"
check_not "… which does not leave it any more" at libraries sync --wait 3
check "what it had sent stays" at centre show "$before"
check_not "and nothing more arrives" at centre show "$after"
same "the roster says so" revoked "$(site_row libraries .state)"
check "the others work on" work_goes_on "at last"

rm -f "$WORK/mallory/peer.state"
verify_all centre housing
exit "$FAILED"
