#!/usr/bin/env bash
# A site that comes back from an old copy of its data, and two machines that are one site: noticed, and nothing dropped.
#   restore.sh BIN
source "$(dirname "$0")/lib.sh" "$1" restore

make_broker
make_node housing

copy() { rm -rf "${WORK:?}/$2" && cp -a "$WORK/$1" "$WORK/$2" && rm -f "$WORK/$2/cse.sock"; }
epoch() { site_row housing .epoch; }

# ---- restored, nothing written in between
for n in 1 2 3; do record housing "before the copy $n"; done
synced housing
stop housing
copy housing backup
start_node housing
for n in 1 2 3; do record housing "after the copy $n"; done
check "work after the copy is acknowledged" synced housing
stop housing
copy backup housing
start_node housing
check "a site restored from an old copy is in step" synced housing
same "it is noticed: the site writes under a new epoch" 2 "$(epoch)"
same "… and may go on" active "$(site_row housing .state)"
check "… the roster says since when" test "$(site_row housing .suspect_since)" != null
got_back() { [ "$(ids housing evidence | wc -l)" = "$(wc -l <"$WORK/wanted")" ]; }
check "the site gets back what it had lost" wait_for 60 got_back
record housing "after the return"
synced housing
all_applied
once "every record is at the broker once" "$WORK/wanted" centre evidence
once "every record is at the site once" "$WORK/wanted" housing evidence

# ---- restored, and written to before it meets the broker
stop housing
copy housing backup
start_node housing
for n in 1 2; do record housing "lost by the second return $n"; done
synced housing
stop housing
copy backup housing
start_node housing --broker "$NOWHERE"
for n in 1 2 3; do record housing "written before it is noticed $n"; done
check_not "off line it cannot know" synced housing 1
stop housing
start_node housing
check "restored and written to: in step again" synced housing
at_least "noticed again" 3 "$(epoch)"
check "what was lost comes back beside what was written" wait_for 60 got_back
all_applied
once "every record of both histories is at the broker once" "$WORK/wanted" centre evidence
once "and at the site" "$WORK/wanted" housing evidence

# ---- two machines, one name, both at work
stop housing
copy housing twin
start_node housing --broker "$NOWHERE"
start_node twin --broker "$NOWHERE"
for n in 1 2 3; do
    record housing "by the first machine $n"
    record twin "by its twin $n"
done
stop housing
stop twin
start_node housing
check "the first machine is in step" synced housing
start_node twin
check "its twin hands over what it has" synced twin
record housing "the first machine again"
at housing sync >/dev/null
check "the first machine goes on" synced housing
record twin "the twin again"
at twin sync >/dev/null
check "the twin goes on" synced twin
suspect() { [ "$(site_row housing .state)" = suspect ]; }
poke() { at housing sync >/dev/null 2>&1; at twin sync >/dev/null 2>&1; suspect; }
check "two machines under one name are recognised" wait_for 60 poke
has "… the roster shows it to people" "$(at centre sites)" suspect
stop housing
stop twin
for number in $(seq "$(epoch)"); do at centre release "housing:$number" >/dev/null 2>&1; done
same "an administrator releases both" active "$(site_row housing .state)"
all_applied
once "every record of both machines is at the broker once" "$WORK/wanted" centre evidence

# The twin is put away; the site goes on alone.
start_node housing
record housing "alone"
check "the site goes on" synced housing
all_applied
once "and all of it is at the broker" "$WORK/wanted" centre evidence

verify_all centre housing twin
exit "$FAILED"
