#!/usr/bin/env bash
# Broker and three sites over loopback; either side is killed without warning under load for many rounds. At the end every change
# that was acknowledged to a person is at the broker exactly once, all chains verify, all pictures agree with a rebuild.
#   kill.sh BIN [ROUNDS]
source "$(dirname "$0")/lib.sh" "$1" kill
ROUNDS=${2:-20}
SITES=(housing revenues libraries)
KINDS=(complaint assessment evidence)

make_broker
for site in "${SITES[@]}"; do make_node "$site"; done

# Post over one connection for as long as it lives; every answer 201 names a record that was saved. What the site was told and
# did not live to say is not counted, and may be there.
writer() {
    local site=$1 lane=$2 n=0 body
    local -a call
    while [ ! -e "$WORK/stop" ]; do
        call=()
        for _ in $(seq 20); do
            n=$((n + 1))
            case $((n % 3)) in
            0) body="complaint {\"fields\":{\"received_on\":\"2026-03-0$((n % 9 + 1))\",\"reference\":\"$site-$lane-$n\",\"status\":\"open\"}}" ;;
            1) body="assessment {\"fields\":{\"element\":\"4.3.$((n % 6 + 1))\",\"band\":\"C\",\"assessed_on\":\"2026-05-04\"}}" ;;
            *) body="evidence {\"fields\":{\"title\":\"Minutes $n\",\"elements\":[\"1.1.1\",\"4.3.2\"],\"date\":\"2026-02-01\"}}" ;;
            esac
            [ "${#call[@]}" -eq 0 ] || call+=(--next)
            call+=(-s --max-time 20 --unix-socket "$WORK/$site/cse.sock" -H 'Content-Type: application/json' -d "${body#* }"
                -w '\n%{http_code}\n' "http://localhost/api/v1/records/${body%% *}")
        done
        curl "${call[@]}" 2>/dev/null >>"$WORK/$site.$lane.answers" || sleep 0.1
    done
}
for site in "${SITES[@]}"; do writer "$site" 1 & WRITERS+=("$!"); done

for round in $(seq "$ROUNDS"); do
    sleep "0.$((RANDOM % 6 + 2))"
    if [ $((round % 2)) -eq 0 ]; then
        stop centre KILL
        start_broker
    else
        site=${SITES[$((RANDOM % 3))]}
        stop "$site" KILL
        start_node "$site"
    fi
    for site in "${SITES[@]}"; do at "$site" sync >/dev/null 2>&1; done
done
touch "$WORK/stop"
wait "${WRITERS[@]}" 2>/dev/null
ok "$ROUNDS times killed without warning under load"

for site in "${SITES[@]}"; do check "$site is in step" synced "$site" 120; done
all_applied

cat "$WORK"/*.answers | awk '/^201$/ { print last } { last = $0 }' | jq -r .id | sort -u >"$WORK/saved"
ids centre "${KINDS[@]}" | sort >"$WORK/there"
sort -u "$WORK/there" >"$WORK/there.once"
at_least "$(wc -l <"$WORK/saved") changes were acknowledged to people" 500 "$(wc -l <"$WORK/saved")"
same "every one is at the broker" 0 "$(comm -23 "$WORK/saved" "$WORK/there.once" | wc -l)"
same "and exactly once" "$(wc -l <"$WORK/there.once")" "$(wc -l <"$WORK/there")"
for site in "${SITES[@]}"; do ids "$site" "${KINDS[@]}"; done | sort >"$WORK/written"
same "the sites and the broker have the same records" "" "$(comm -3 "$WORK/there" "$WORK/written" | head -n 3)"

verify_all centre "${SITES[@]}"
exit "$FAILED"
