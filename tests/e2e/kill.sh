#!/usr/bin/env bash
# Broker and three sites over loopback; either side is killed without warning under load for many rounds. At the end every change
# that was acknowledged to a person is at the broker exactly once, all chains verify, all pictures agree with a rebuild.
#   kill.sh BIN [ROUNDS]
source "$(dirname "$0")/lib.sh" "$1" kill
ROUNDS=${2:-20}
SITES=(housing revenues libraries)

make_broker
for site in "${SITES[@]}"; do make_node "$site"; done

# Record until told to stop; note the id of everything that was answered with "saved".
writer() {
    local site=$1 n=0 id
    while [ ! -e "$WORK/stop" ]; do
        n=$((n + 1))
        case $((n % 3)) in
        0) id=$(at "$site" record complaint "received_on=2026-03-0$((n % 9 + 1))" "reference=$site-$n" status=open 2>/dev/null) ;;
        1) id=$(at "$site" record assessment "element=4.3.$((n % 6 + 1))" band=C assessed_on=2026-05-04 2>/dev/null) ;;
        *) id=$(at "$site" record evidence "title=Minutes $n" elements=1.1.1,4.3.2 date=2026-02-01 2>/dev/null) ;;
        esac && echo "$id" >>"$WORK/$site.saved"
    done
}
for site in "${SITES[@]}"; do writer "$site" & WRITERS+=("$!"); done

for round in $(seq "$ROUNDS"); do
    sleep "0.$((RANDOM % 6 + 2))"
    if [ $((RANDOM % 2)) -eq 0 ]; then
        stop centre KILL
        start_broker
    else
        site=${SITES[$((RANDOM % 3))]}
        stop "$site" KILL
        start_node "$site"
    fi
done
touch "$WORK/stop"
wait "${WRITERS[@]}" 2>/dev/null
ok "$ROUNDS times killed without warning under load"

for site in "${SITES[@]}"; do check "$site is in step" synced "$site" 120; done
applied() { [ "$(at centre status --json | field .backlog)" = 0 ]; }
check "the broker has applied everything" wait_for 60 applied

at centre export complaint --format json | jq -r .id >"$WORK/there"
at centre export assessment --format json | jq -r .id >>"$WORK/there"
at centre export evidence --format json | jq -r .id >>"$WORK/there"
sort "$WORK/there" >"$WORK/there.sorted"
sort -u "$WORK/there.sorted" >"$WORK/there.once"
cat "$WORK"/*.saved | sort >"$WORK/saved.sorted"
saved=$(wc -l <"$WORK/saved.sorted")
[ "$saved" -gt 50 ] && ok "$saved changes were acknowledged to people" || bad "only $saved changes were acknowledged"
same "every one is at the broker" 0 "$(comm -23 "$WORK/saved.sorted" "$WORK/there.once" | wc -l)"
same "and exactly once" "$(wc -l <"$WORK/there.once")" "$(wc -l <"$WORK/there.sorted")"

stop centre
check "the broker's chains, seals and picture verify" at centre verify
for site in "${SITES[@]}"; do
    stop "$site"
    check "$site verifies" at "$site" verify
done
exit "$FAILED"
