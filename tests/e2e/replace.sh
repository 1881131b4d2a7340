#!/usr/bin/env bash
# Machines that are gone for good, without a backup: another takes a site's place, another broker follows the lost one.
#   replace.sh BIN
source "$(dirname "$0")/lib.sh" "$1" replace

make_broker
make_node housing
make_node revenues --partner
head -c 200000 /dev/urandom >"$WORK/plan.pdf"
title_of() { at "$1" show "$2" --json | jq -r .fields.title; } # PLACE ID
sent() { [ "$(status_of "$1" .files_pending)" = 0 ]; }

record housing "with a file" --attach "$WORK/plan.pdf"
for n in $(seq 5); do record housing "by the first machine $n"; done
record revenues "a partner's"
holiday=$(at centre record holiday calendar=england-wales date=2026-08-31 name="Summer") || bad "a holiday"
asked=$(at centre record action title="asked of housing" site=housing due_on=2026-05-01)
synced housing
synced revenues
check "the file is sent" wait_for 60 sent housing
heard() { at housing show "$asked" >/dev/null && at revenues show "$holiday" >/dev/null; }
check "what the centre wrote is at the sites" wait_for 60 heard
check "housing answers" at housing edit "$asked" reason="answered"
synced housing
all_applied

# ---- a site's machine is gone, and there is no backup
stop housing
mv "$WORK/housing" "$WORK/housing.gone"
check_not "a short name that is taken is not given away" at centre invite housing
has "… and it is said how its machine is replaced" "$(at centre invite housing 2>&1)" --replace
check_not "nobody's place cannot be taken" at centre invite nobody --replace
check_not "nor the centre's" at centre invite centre --replace
token=$(at centre invite housing --replace)
has "its token is one of its own kind" "$token" cse2.
check_not "a node with records does not take a place" at revenues join "$token"
cse init node "$WORK/housing" >/dev/null
start_node housing
check_not "nor does one that is at work" at housing join "$token"
stop housing
check "a new, empty node takes it" at housing join "$token"
check_not "the token is used" at housing.gone join "$token"
start_node housing
check "it is in step" synced housing 90
got_back() { equal housing centre; }
check "it has everything the broker has of the site" wait_for 60 got_back
hash=$(b2sum -l 256 "$WORK/plan.pdf" | cut -d' ' -f1)
check "… its file" wait_for 60 cmp -s "$WORK/plan.pdf" "$WORK/housing/blobs/blobs/${hash:0:2}/${hash:2}"
same "… and what the centre asked of it" "asked of housing" "$(title_of housing "$asked")"
same "it is the same site, under its name" "housing Housing active" "$(site_row housing '"\(.id) \(.name) \(.state)"')"
record housing "by the second machine"
check "an old record is its own to change" at housing edit "$(sed -n 2p "$WORK/wanted")" title="changed by the second machine"
synced housing
all_applied
once "every record is at the broker once" "$WORK/wanted" centre evidence
same "changed" "changed by the second machine" "$(title_of centre "$(sed -n 2p "$WORK/wanted")")"
start housing.gone cse-node --http "" --disk_floor 1MiB
at housing.gone record evidence title="by the old machine" date=2026-02-01 elements=1.1.1 >/dev/null
check_not "the old machine is shut out" synced housing.gone 5
stop housing.gone
review=$(at centre record action title="about an old record" site=housing due_on=2026-06-01)
reached() { at housing show "$review"; }
check "the feed goes on" wait_for 60 reached
stop centre
check "the broker's store verifies, seals of both machines too" at centre verify
start_broker
synced housing 90
record housing "after the broker's restart"
synced housing
all_applied

# ---- the broker is gone, and there is no backup
at housing status >"$WORK/status.txt"
code=$(awk '$1 == "centre\x27s" && $2 == "code" { print $3 }' "$WORK/status.txt")
has "a site knows the centre's code" "$code" csc1.
before=$(at centre picture --json | jq -S '[.elements[] | {id, band}]')
stop centre
mv "$WORK/centre" "$WORK/centre.gone"
record housing "written while there is no broker"
check_not "a code with a typing error is refused" cse init broker "$WORK/centre" --organisation "Northmoor Council" --succeeds "${code%?}x"
check "a new broker in its place" cse init broker "$WORK/centre" --organisation "Northmoor Council" --succeeds "$code"
start_broker
token=$(at centre invite housing --name Housing)
check_not "a site does not change its broker by accident" at housing join "$token"
check_not "nor while it is at work" at housing join "$token" --new-broker
stop housing
check "housing joins it, with the token that was refused before" at housing join "$token" --new-broker
start_node housing
check "housing gives it what it has" synced housing 90
stop revenues
check "revenues joins it" at revenues join "$(at centre invite revenues --name Revenues --partner)" --new-broker
start_node revenues
check "so does revenues" synced revenues 90
all_applied
once "every record is at the new broker once" "$WORK/wanted" centre evidence
same "… with what both machines of housing wrote" "changed by the second machine" "$(title_of centre "$(sed -n 2p "$WORK/wanted")")"
same "what the lost centre asked" "asked of housing" "$(title_of centre "$asked")"
same "… with the answer" "answered" "$(at centre show "$asked" --json | jq -r .fields.reason)"
same "… and settled for all" "Summer" "$(at centre show "$holiday" --json | jq -r .fields.name)"
check "the files are there" wait_for 60 sent housing
check "housing and the new broker are equal" wait_for 60 equal housing centre
check "revenues and the new broker are equal" wait_for 60 equal revenues centre
same "the picture is as it was" "$before" "$(at centre picture --json | jq -S '[.elements[] | {id, band}]')"
same "nothing was set aside" 0 "$(status_of centre .set_aside)"
check "the new centre changes what the old one wrote" at centre edit "$asked" title="asked again"
asked_again() { [ "$(title_of housing "$asked")" = "asked again" ]; }
check "… and the site hears of it" wait_for 60 asked_again
check "the site changes what the lost centre wrote to it" at housing edit "$asked" reason="answered again"
other=$(at centre record holiday calendar=england-wales date=2026-12-28 name="Winter")
heard_other() { at revenues show "$other" && at housing show "$other"; }
check "what the new centre settles reaches all" wait_for 60 heard_other
synced housing
all_applied
same "and what the site answers reaches it" "answered again" "$(at centre show "$asked" --json | jq -r .fields.reason)"
check "a site restarts" stop housing
start_node housing
check "and is in step" synced housing 60

verify_all centre housing revenues
exit "$FAILED"
