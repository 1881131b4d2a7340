#!/usr/bin/env bash
# Backups made while the daemons work, restored on other machines, and what a copy may not do.
#   backup.sh BIN
source "$(dirname "$0")/lib.sh" "$1" backup

make_broker
make_node housing
make_node revenues
head -c 300000 /dev/urandom >"$WORK/plan.pdf"

record housing "with a file" --attach "$WORK/plan.pdf"
for n in 1 2 3; do record revenues "before the copy $n"; done
synced housing
synced revenues
all_applied

# ---- hot: somebody writes all the time
: >"$WORK/busy"
(for n in $(seq 200); do [ -e "$WORK/busy" ] && at housing record evidence "title=meanwhile $n" date=2026-02-01 elements=1.1.1; done >"$WORK/meanwhile") &
writer=$!
check "a broker's backup while its sites write" at centre backup "$WORK/centre.bak"
check "a site's backup while it is written to" at housing backup "$WORK/housing.bak"
rm "$WORK/busy"
wait "$writer"
cat "$WORK/meanwhile" >>"$WORK/wanted"
check "the copy verifies like any other" at centre.bak verify
same "the attachment is in it" 300000 "$(find "$WORK/centre.bak/blobs" -type f -size +100k -printf '%s\n')"
same "keys are for their owner alone" 600 "$(stat -c %a "$WORK/centre.bak/keys/sign.key")"
check_not "a backup is not written over" at centre backup "$WORK/centre.bak"

# ---- a copy is not the original
refused() { # TEXT PROGRAM DIR WORDS
    local said
    if said=$(timeout 20 "$2" --data "$WORK/$3" --http "" 2>&1); then bad "$1: it ran"; else has "$1" "$said" "$4"; fi
}
refused "a broker's backup is not run as if it were the broker" cse-broker centre.bak "cse restore BACKUP DIR"
refused "nor a site's" cse-node housing.bak "cse restore BACKUP DIR"
check_not "nor joined" at housing.bak join "$(at centre invite nobody)"
check "it is still a backup after that" at centre.bak verify

# ---- the broker's machine is lost, the backup is older than the last work
for n in 1 2 3; do record housing "after the copy $n"; done
record revenues "after the copy, with a file" --attach "$WORK/housing.log"
asked=$(at centre record action "title=asked after the copy" site=housing due_on=2026-05-01)
synced housing
synced revenues
heard() { [ "$(at housing show "$asked" --json 2>/dev/null | jq -r .fields.title)" = "asked after the copy" ]; }
check "what the centre asks reaches the site" wait_for 60 heard
check "the site answers" at housing edit "$asked" reason="answered by the site"
synced housing
all_applied
same "the copy is behind by now" 24 "$(equal centre centre.bak >/dev/null 2>&1; echo $?)"
stop centre
mv "$WORK/centre" "$WORK/centre.lost"
check "restored" cse restore "$WORK/centre.bak" "$WORK/centre"
check_not "never over what is there" cse restore "$WORK/centre.bak" "$WORK/centre"
start_broker
check "housing gives back what the copy lacked" synced housing 90
check "and so does revenues" synced revenues 90
all_applied
once "every record is at the restored broker once" "$WORK/wanted" centre evidence
same "what the centre had written since comes back from the site" "asked after the copy" "$(at centre show "$asked" --json | jq -r .fields.title)"
same "… with the site's answer to it, not set aside" "answered by the site" "$(at centre show "$asked" --json | jq -r .fields.reason)"
check "… and its files" wait_for 60 equal centre centre.lost
check "housing and the restored broker are equal" equal housing centre
check "revenues and the restored broker are equal" equal centre revenues
same "no site was taken for a copy" "active active" "$(site_row housing .state) $(site_row revenues .state)"
record housing "after the restore"
synced housing
all_applied
once "work goes on" "$WORK/wanted" centre evidence

# ---- a site's machine is lost
head -c 200000 /dev/urandom >"$WORK/later.pdf"
record housing "a file its backup lacks" --attach "$WORK/later.pdf"
synced housing
sent() { [ "$(status_of housing .files_pending)" = 0 ]; }
check "its last file is sent" wait_for 60 sent
stop housing
mv "$WORK/housing" "$WORK/housing.lost"
check "a site is restored from its backup" cse restore "$WORK/housing.bak" "$WORK/housing"
start_node housing
check "it is in step" synced housing 90
got_back() { equal housing centre; }
check "it gets back what it lacked: equal to the broker" wait_for 60 got_back
hash=$(b2sum -l 256 "$WORK/later.pdf" | cut -d' ' -f1)
check "… and the file that was attached since" wait_for 60 cmp -s "$WORK/later.pdf" "$WORK/housing/blobs/blobs/${hash:0:2}/${hash:2}"
same "nothing is counted as still to be sent" 0 "$(status_of housing .files_pending)"
record housing "after the site's return"
synced housing
all_applied
once "every record is at the broker once" "$WORK/wanted" centre evidence

# ---- a backup of a version that derived its rows otherwise
stop housing
check "a site's backup" at housing backup "$WORK/housing.older"
"$BIN/../tests/outdated" "$WORK/housing.older" || bad "the backup cannot be made to look older"
check_not "what another version derived is not taken for verified" at housing.older verify
check "… but restored: derived again from the log, and verified" cse restore "$WORK/housing.older" "$WORK/housing.renewed"
check "the restored one verifies" at housing.renewed verify
check "… and is equal" at housing verify --against "$WORK/housing.renewed"
start_node housing

# ---- copies by other means
stop centre
cp -a "$WORK/centre" "$WORK/centre.cp"
refused "a broker's directory copied by hand is not run" cse-broker centre.cp "cse restore --in-place"
check "unless somebody says that the original is gone" cse restore --in-place "$WORK/centre.cp"
mv "$WORK/centre" "$WORK/centre.old"
mv "$WORK/centre.cp" "$WORK/centre"
start_broker
check "then the sites take to it" synced housing 90
stop revenues
cp -a "$WORK/revenues" "$WORK/revenues.cp"
"$BIN/../tests/outdated" "$WORK/revenues.cp" || bad "the copy cannot be made to look older"
check "a copy of another version is adopted too" cse restore --in-place "$WORK/revenues.cp"
check "… and verifies" at revenues.cp verify
start_node revenues
check_not "a data directory in use is not adopted" cse restore --in-place "$WORK/centre"
check_not "a directory that is no backup is not restored" cse restore "$WORK/centre.old" "$WORK/other"
# Pages behind the end of a file cannot be read where they are mapped.
whole=$(stat -c %s "$WORK/housing.older/store/data.mdb")
for bytes in $((whole - 4096)) $((whole / 2)) 12288 100; do
    rm -rf "$WORK/cut"
    cp -a "$WORK/housing.older" "$WORK/cut"
    truncate -s "$bytes" "$WORK/cut/store/data.mdb"
    status=0
    cse restore "$WORK/cut" "$WORK/of-cut" >"$WORK/cut.out" 2>&1 || status=$?
    same "a backup of which $bytes of $whole bytes are left is not restored" 4 "$status"
    has "… and why is said" "$(cat "$WORK/cut.out")" "cse restore: "
done
check "nothing is left of what failed" test -z "$(find "$WORK" -maxdepth 1 -name '*.new-*')"

# ---- what does not verify does not count
stop revenues
damaged=$(find "$WORK/revenues/blobs" -type f -size +1k | head -n 1)
if [ -n "$damaged" ]; then
    printf 'X' | dd of="$damaged" bs=1 seek=100 conv=notrunc 2>/dev/null
    check_not "a file with one wrong byte: no backup" at revenues backup "$WORK/revenues.bak"
    check "and none is left behind" test ! -e "$WORK/revenues.bak"
fi
if [ "$(id -u)" = 0 ] && mkdir "$WORK/small" && mount -t tmpfs -o size=256k tmpfs "$WORK/small" 2>/dev/null; then
    check_not "a full disk: no backup" at centre backup "$WORK/small/centre.bak"
    check "and nothing is left on it" test -z "$(ls "$WORK/small")"
    umount "$WORK/small"
else
    skip "a full disk: no small file system can be mounted here"
fi

stop housing
verify_all centre housing
exit "$FAILED"
