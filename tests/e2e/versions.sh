#!/usr/bin/env bash
# Another version of the programs beside this one: a council that has the other version is brought to ours machine by machine, some
# machines are put back, and in every mixture records, files and people's changes arrive at both ends.
#   versions.sh BIN [OTHER_BIN]
# OTHER_BIN: a folder with the other version's cse, cse-node and cse-broker; without it tests/revision.sh builds the last one.
# Exit status 77: there is none.
OTHER=${2:-}
if [ -z "$OTHER" ]; then
    OTHER=$("$(dirname "$0")/../revision.sh" programs "$1/.." "${CSE_REVISION:-}") || exit $?
fi
OTHER=$(cd "$OTHER" && pwd) || exit 2
source "$(dirname "$0")/lib.sh" "$1" versions
BIN=$(cd "$BIN" && pwd)

ERR_VERSION=21 REFUSES=
declare -A HAS=() # place -> its programs
OURS=$PATH
at() { local name=$1; shift; CSE_DATA=$WORK/$name "${HAS[$name]}/cse" "$@"; }
daemon_of() { if [ "$1" = centre ]; then echo cse-broker; else echo cse-node; fi; }
start_broker() { start centre "${HAS[centre]}/cse-broker" --listen "tcp://127.0.0.1:$PORT" --http "" --disk_floor 1MiB "$@"; }
start_node() { local name=$1; shift; start "$name" "${HAS[$name]}/cse-node" --http "" --disk_floor 1MiB "$@"; }
begin() { if [ "$1" = centre ]; then start_broker; else start_node "$1"; fi; }
version_of() { if [ "${HAS[$1]}" = "$BIN" ]; then echo ours; else echo other; fi; }

# make NAME BIN: a broker (centre) or a site, made with these programs and started. A site joins.
make() {
    HAS[$1]=$2
    PATH=$2:$OURS
    if [ "$1" = centre ]; then make_broker; else make_node "$1"; fi
    PATH=$OURS
}

# install NAME BIN [SIGNAL]: stopped and started with other programs over the same data.
install() {
    stop "$1" "${3:-TERM}"
    HAS[$1]=$2
    begin "$1"
}

# install_older NAME: with the other version, which may not know what ours left. Then it has to say so and leave the store as it was.
install_older() {
    local name=$1 before said
    stop "$name" KILL
    before=$(b2sum <"$(find "$WORK/$name" -name data.mdb)")
    HAS[$name]=$OTHER
    said=$(at "$name" verify 2>&1)
    if [ $? -ne "$ERR_VERSION" ]; then
        begin "$name"
        ok "$name: the other version opens what ours left"
        return
    fi
    ok "$name: the other version refuses what ours left: $said"
    timeout 30 "$OTHER/$(daemon_of "$name")" --data "$WORK/$name" --http "" >>"$WORK/$name.log" 2>&1
    same "… as its daemon does" "$ERR_VERSION" $?
    REFUSES=1
    same "… and has left it as it was" "$before" "$(b2sum <"$(find "$WORK/$name" -name data.mdb)")"
    HAS[$name]=$BIN
    begin "$name"
}

SITES=()
ROUND=0
stored() { curl -sf --unix-socket "$WORK/$1/cse.sock" "http://localhost/api/v1/blobs/$2"; }
arrives() { stored "$1" "$(b2sum -l 256 "$2" | cut -d' ' -f1)" | cmp -s "$2" -; }
reads() { [ "$(at "$1" show "$2" --json | field ".fields.$3")" = "$4" ]; }

# both_ways SITE: a record with a file goes up, is changed at both ends, a file and a review come down.
both_ways() {
    local site=$1 id review mixture
    ROUND=$((ROUND + 1))
    mixture="$site ($(version_of "$site")) and centre ($(version_of centre))"
    head -c $((70000 + ROUND)) /dev/urandom >"$WORK/up.$ROUND"
    head -c $((90000 + ROUND)) /dev/urandom >"$WORK/down.$ROUND"
    id=$(at "$site" record evidence "title=Plan $ROUND" date=2026-01-20 elements=4.1.1 --attach "$WORK/up.$ROUND") || bad "record at $site"
    echo "$id" >>"$WORK/ids.$site"
    check "$mixture: in step" synced "$site" 90
    check "$mixture: the record is there" wait_for 30 at centre show "$id"
    check "… and its file" wait_for 60 arrives centre "$WORK/up.$ROUND"
    check "… and the receipt says so" wait_for 30 at "$site" receipt "$id"
    check "… the centre changes it and adds a file" at centre edit "$id" "title=Plan $ROUND, seen" --attach "$WORK/down.$ROUND"
    check "… the site sees the change" wait_for 30 reads "$site" "$id" title "Plan $ROUND, seen"
    check "… and the file" wait_for 60 arrives "$site" "$WORK/down.$ROUND"
    check "… and changes it again" at "$site" edit "$id" "title=Plan $ROUND, done"
    check "… which the centre sees" wait_for 30 reads centre "$id" title "Plan $ROUND, done"
    check "… a review is written" at centre record review "site=$site" element=4.1.1 "text=Round $ROUND" verdict=more-needed
    review=$(at centre list review --json | jq -r "select(.fields.text == \"Round $ROUND\") | .id")
    check "… and reaches the site" wait_for 30 at "$site" show "$review"
}

# sent_by NAME BIN: what was written with the programs of before and no broker in sight is sent by these.
sent_by() {
    local name=$1 id n
    stop "$name"
    start_node "$name" --broker "$NOWHERE"
    for n in 1 2 3; do
        head -c $((150000 + n)) /dev/urandom >"$WORK/kept.$n"
        id=$(at "$name" record evidence "title=Off line $n" date=2026-01-20 elements=4.1.1 --attach "$WORK/kept.$n") || bad "record at $name"
        echo "$id" >>"$WORK/ids.$name"
    done
    at "$name" edit "$id" "title=Off line and changed" >/dev/null || bad "edit at $name"
    install "$name" "$2" KILL
    check "$name: what was written before is sent ($(version_of "$name"))" synced "$name" 90
    check "… as it was written" wait_for 30 reads centre "$id" title "Off line and changed"
    for n in 1 2 3; do check "… with its file $n" wait_for 60 arrives centre "$WORK/kept.$n"; done
}

# all_there TEXT: every record at its site and at the broker once, and every file.
all_there() {
    local site n
    all_applied
    cat "${SITES[@]/#/$WORK/ids.}" >"$WORK/all"
    once "$1: every record is at the broker once" "$WORK/all" centre evidence
    for site in "${SITES[@]}"; do once "… and at $site" "$WORK/ids.$site" "$site" evidence; done
    for n in $(seq "$ROUND"); do
        arrives centre "$WORK/up.$n" && arrives centre "$WORK/down.$n" || bad "a file of round $n is not at the broker"
    done
}

# sound NAME…: verifies with the programs that are installed.
sound() {
    local name
    for name in "$@"; do check "$name ($(version_of "$name")) verifies" at "$name" verify; done
}

join_site() {
    make "$1" "$2"
    SITES+=("$1")
    check "a new site ($(version_of "$1")) joins the broker ($(version_of centre))" synced "$1" 90
    both_ways "$1"
}

# ---- all have the other version
make centre "$OTHER"
join_site housing "$OTHER"
join_site revenues "$OTHER"
all_there "before the upgrade"
has_backup() { "$OTHER/cse" --help | grep "^ *backup " >/dev/null; }
if has_backup; then check "a backup of the other version" at centre backup "$WORK/centre.bak"; fi

# ---- a site first
install housing "$BIN"
all_there "housing is upgraded in place"
both_ways housing
both_ways revenues
sound housing centre
check "commands of the other version work with our daemon" env CSE_DATA="$WORK/housing" "$OTHER/cse" status
check "… and ours with its daemon" env CSE_DATA="$WORK/revenues" "$BIN/cse" status
join_site parks "$BIN"

# ---- a kind of record that the other version does not know passes through it
knows() { "$OTHER/cse" kinds | grep "^$1 " >/dev/null; }
if ! knows comment; then
    comment=$(at housing record comment received_on=2026-03-01 "text=The lift is broken") || bad "record a comment"
    check "a record of a kind that the broker does not know is sent" synced housing 90
fi

# ---- and is put back
install_older housing
all_there "housing is put back"
both_ways housing
install housing "$BIN"
sound housing
all_there "housing is upgraded again"

# ---- the broker
install centre "$BIN" KILL
all_there "the broker is upgraded in place"
sound centre
if ! knows comment; then same "… and what it did not know is read" "The lift is broken" "$(at centre show "$comment" --json | field .fields.text)"; fi
both_ways revenues
both_ways housing
join_site libraries "$OTHER"
if ! knows holiday; then
    holiday=$(at centre record holiday calendar=council date=2026-12-24 --json | field .id)
    check "a site is fed a kind that it does not know and goes on" synced revenues 90
    both_ways revenues
fi

# ---- and is put back
install_older centre
all_there "the broker is put back"
both_ways housing
both_ways revenues
install centre "$BIN"
sound centre

# ---- what waits at a site when its programs change
sent_by revenues "$BIN"
[ -n "$REFUSES" ] || sent_by housing "$OTHER"
sent_by housing "$BIN"
all_there "what waited is sent"

# ---- everybody
install libraries "$BIN"
if ! knows holiday; then check "what a site did not know when it came is there" wait_for 30 at revenues show "$holiday"; fi
for site in "${SITES[@]}"; do both_ways "$site"; done
all_there "everybody is upgraded"
if has_backup; then
    HAS[restored]=$BIN
    check "the other version's backup is restored with ours" "$BIN/cse" restore "$WORK/centre.bak" "$WORK/restored"
    sound restored
fi
verify_all centre "${SITES[@]}"
for site in "${SITES[@]}"; do check "$site and the broker are equal" at centre verify --against "$WORK/$site"; done
exit "$FAILED"
