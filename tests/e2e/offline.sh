#!/usr/bin/env bash
# A day's work with no broker to be seen, and what becomes of it when the line is back: everything is delivered, what two ends changed
# apart is shown to people, what breaks a rule is set aside.
#   offline.sh BIN
source "$(dirname "$0")/lib.sh" "$1" offline

make_broker
make_node housing
make_node revenues
shared=$(at housing record assessment element=4.3.2 band=C assessed_on=2026-05-04)
apart=$(at housing record assessment element=1.1.1 band=C assessed_on=2026-05-04)
synced housing
stop centre

# ---- off line
: >"$WORK/wanted"
kept() { [ -n "$1" ] && echo "$1" >>"$WORK/wanted"; }
kept "$shared"
kept "$apart"
complaint=$(at housing record complaint received_on=2026-04-01 reference=H-1 status=open "name=Ada Example")
kept "$complaint"
check "a complaint is recorded with the broker away" test -n "$complaint"
check "and changed" at housing edit "$complaint" status=closed closed_on=2026-04-09 outcome=upheld
same "and read" closed "$(at housing show "$complaint" --json | field .fields.status)"
head -c 200000 /dev/urandom >"$WORK/photo.jpeg"
evidence=$(at housing record evidence "title=Photo" date=2026-03-01 elements=4.3.2 --attach "$WORK/photo.jpeg")
kept "$evidence"
same "a file is attached" photo.jpeg "$(at housing show "$evidence" --json | field '.fields.files[0].name')"
gone=$(at housing record evidence title=Mistake date=2026-03-01 elements=4.3.2)
check "a record is deleted" at housing delete "$gone"
same "and is not listed any more" "" "$(at housing list evidence --json | jq -r "select(.id == \"$gone\") | .id")"
printf 'reference,received_on,status\n' >"$WORK/five.csv"
for n in 1 2 3 4 5; do echo "I-$n,2026-04-0$n,open" >>"$WORK/five.csv"; done
check "a file is imported" at housing import complaint "$WORK/five.csv"
same "and listed" 6 "$(at housing list complaint --json | jq -rn '[inputs] | length')"
ids housing complaint | grep -v "$complaint" >>"$WORK/wanted"
same "the picture counts it all" 6 "$(at housing picture --json | field .complaints.received)"
same "… and the evidence" 1 "$(at housing picture --json | field '.elements[] | select(.id == "4.3.2") | .evidence.current')"
at_least "status counts what waits" 9 "$(status_of housing .pending)"
same "… and the file" 1 "$(status_of housing .files_pending)"
same "the receipt says: saved here" saved "$(at housing receipt "$complaint" --json | field .state)"
check_not "there is no pretending that it was sent" at housing sync --wait 1

# ---- the power goes right after the id was printed
for n in 1 2 3 4 5; do
    id=$(at housing record complaint "received_on=2026-05-0$n" "reference=P-$n")
    stop housing KILL
    kept "$id"
    start_node housing
    check "killed right after the id was printed: the record is there ($n)" at housing show "$id"
done

# ---- both ends change the same rating, and different fields of another
check "the site changes a rating" at housing edit "$shared" band=PC "reason=Two quarters missed the target"
check "… and one field of another" at housing edit "$apart" "strengths=Clear owners"
elsewhere=$(free_port) # where the sites do not look for it
start centre cse-broker --listen "tcp://127.0.0.1:$elsewhere" --http "" --disk_floor 1MiB
check "the centre changes the same rating" at centre edit "$shared" band=CP "gaps=Moderation of October"
check "… and another field of the other" at centre edit "$apart" "gaps=No deputy"
check "a review is written" at centre record review site=revenues element=4.1.1 "text=Please attach the minute" verdict=more-needed
for_revenues=$(ids centre review)
stop centre
start_broker

# ---- back
check "everything is delivered" synced housing 120
all_applied
ids centre assessment complaint evidence | sort >"$WORK/there"
same "every record is at the broker once" "" "$(comm -3 "$WORK/there" <(sort "$WORK/wanted") | head -n 3)"
same "the deletion too" "" "$(at centre list evidence --json | jq -r "select(.id == \"$gone\") | .id")"
same "what was edited, as it was edited" closed "$(at centre show "$complaint" --json | field .fields.status)"
check "the file is there, byte for byte" cmp "$WORK/photo.jpeg" <(curl -sf --unix-socket "$WORK/centre/cse.sock" \
    "http://localhost/api/v1/blobs/$(at centre show "$evidence" --json | field '.fields.files[0].hash')")
accepted() { [ "$(at housing receipt "$complaint" --json | field .state)" = accepted ]; }
check "the receipt says: accepted" wait_for 30 accepted
same "at the broker: applied" applied "$(at centre receipt "$complaint" --json | field .state)"

# ---- what the centre wrote reaches the site
at revenues sync >/dev/null 2>&1
check "the review reaches the site it is for" wait_for 30 at revenues show "$for_revenues"
check_not "and no other" at housing show "$for_revenues"
edited() { [ "$(at housing show "$apart" --json | field '.fields.gaps + "/" + .fields.strengths')" = "No deputy/Clear owners" ]; }
check "different fields merge by themselves, at the site" wait_for 30 edited
same "… and at the centre" "No deputy/Clear owners" "$(at centre show "$apart" --json | field '.fields.gaps + "/" + .fields.strengths')"

# ---- the conflict
conflict_at() { at "$1" conflicts --json | jq -r "select(.id == \"$shared\") | .field + \" \" + ([.values[].value] | sort | join(\"/\"))" 2>/dev/null; }
both() { [ "$(conflict_at housing)" = "band CP/PC" ] && [ "$(conflict_at centre)" = "band CP/PC" ]; }
check "the same field at both ends: both values stand, at both ends" wait_for 30 both
same "one conflict, not more" 1 "$(at centre conflicts --json | wc -l)"
for place in housing centre; do
    same "the picture at the $place says disputed" true "$(at "$place" picture --json | field '.elements[] | select(.id == "4.3.2") | .disputed')"
done
take=$(at centre conflicts --json | jq -r "select(.id == \"$shared\") | .values[] | select(.value == \"PC\") | .n")
check "a person settles it" at centre resolve "$shared" band --take "$take"
settled() { [ -z "$(conflict_at housing)$(conflict_at centre)" ] && [ "$(at housing show "$shared" --json | field .fields.band)" = PC ]; }
check "settled at both ends" wait_for 30 settled
same "and in the picture" false "$(at centre picture --json | field '.elements[] | select(.id == "4.3.2") | .disputed')"

# ---- what breaks a rule stands aside, the rest goes on
make_quiet bent
hostile bent rule >/dev/null
hostile bent valid >/dev/null
all_applied
same "an operation that breaks a rule is set aside" 1 "$(status_of centre .set_aside)"
same "… and what comes after it goes on" 1 "$(count_of centre complaint --site bent)"
id=$(curl -sf --unix-socket "$WORK/centre/cse.sock" http://localhost/api/v1/quarantine | jq -r '.quarantine[0].id')
# A machine of that site, set up anew: it gets back what the site wrote, and what became of it.
start_node bent
receipt() { at bent receipt "$id" --json | jq -r '.state + ": " + ([.operations[] | .reason // empty] | join(", "))'; }
told() { case $(receipt) in "set_aside: acknowledged_on is before received_on") ;; *) return 1 ;; esac; }
check "the site's receipt says so, and why" wait_for 30 told
same "and so does the broker's" set_aside "$(at centre receipt "$id" --json | field .state)"
same "… and its status" 1 "$(status_of bent .set_aside)"

verify_all centre housing revenues bent
exit "$FAILED"
