#!/usr/bin/env bash
# Attachments: cut in the middle at either end and taken up again where they stopped, kept once however often they are named, and a
# damaged one found.
#   blobs.sh BIN
source "$(dirname "$0")/lib.sh" "$1" blobs
SIZE=$((24 * 1024 * 1024))
CHUNK=65536

make_broker
make_node housing
make_node revenues

# The broker's whole file of that hash, wherever below its folder.
stored() { find "$WORK/centre/blobs" -type f -path "*/${1:0:2}/${1:2}" | grep .; }
# cut TEXT WHO: record with a fresh attachment, kill WHO while its chunks flow. The broker's part is $PART bytes then.
cut() {
    local who=$1 round
    for round in $(seq 8); do
        head -c "$SIZE" /dev/urandom >"$WORK/plan.pdf"
        ID=$(at housing record evidence "title=Plan $who $round" date=2026-01-20 elements=4.1.1 --attach "$WORK/plan.pdf") || return 1
        HASH=$(at housing show "$ID" --json | field '.fields.files[0].hash')
        at housing sync >/dev/null 2>&1
        local until=$((SECONDS + 20))
        while [ "$SECONDS" -lt "$until" ]; do
            PART=$(stat -c %s "$WORK/centre/blobs/partial/$HASH" 2>/dev/null || echo 0)
            [ "$PART" -lt $((4 * CHUNK)) ] || break
        done
        kill -9 "${PIDS[$who]}" 2>/dev/null
        stop "$who" KILL
        PART=$(stat -c %s "$WORK/centre/blobs/partial/$HASH" 2>/dev/null || echo 0)
        if [ "$PART" -ge $((4 * CHUNK)) ] && [ "$PART" -lt "$SIZE" ]; then return 0; fi
        if [ "$who" = centre ]; then start_broker; else start_node "$who"; fi
        synced housing 120
    done
    return 1
}
whole() { at centre show "$ID" && cmp -s "$WORK/plan.pdf" "$(stored "$HASH")"; }

# ---- the broker dies
check "the broker is killed while chunks flow" cut centre
at_least "… in the middle of the file" 1 $((PART < SIZE))
start_broker
check "the rest follows" synced housing 180
check "… the file is whole" wait_for 30 whole
received=$(metric centre cse_frame_bytes_total)
at_least "… taken up at chunk $((PART / CHUNK)) of $((SIZE / CHUNK)), not begun again" 1 $((received < SIZE - PART + 2 * 1024 * 1024))
at_least "… and it did come over the line" $((SIZE - PART - CHUNK)) "$received"

# ---- the site dies
check "the site is killed while chunks flow" cut housing
before=$(metric centre cse_frame_bytes_total)
start_node housing
check "the rest follows" synced housing 180
check "… the file is whole" wait_for 30 whole
received=$(($(metric centre cse_frame_bytes_total) - before))
at_least "… taken up at chunk $((PART / CHUNK)) of $((SIZE / CHUNK)), not begun again" 1 $((received < SIZE - PART + 2 * 1024 * 1024))
same "no part is left over" 0 "$(find "$WORK/centre/blobs/partial" -type f | wc -l)"

# ---- once
files=$(find "$WORK/centre/blobs" -type f | wc -l)
head -c 300000 /dev/urandom >"$WORK/charter.pdf"
first=$(at housing record evidence title=Charter date=2026-01-20 elements=4.1.1 --attach "$WORK/charter.pdf")
second=$(at housing record evidence "title=Charter again" date=2026-01-21 elements=5.1.1 --attach "$WORK/charter.pdf")
third=$(at revenues record evidence "title=The same elsewhere" date=2026-01-22 elements=5.1.1 --attach "$WORK/charter.pdf")
synced housing && synced revenues
for id in "$first" "$second" "$third"; do check "a record with the charter is there" wait_for 30 at centre show "$id"; done
same "the same bytes in three records are one file" $((files + 1)) "$(find "$WORK/centre/blobs" -type f | wc -l)"
same "… also at the site" 1 "$(find "$WORK/housing/blobs" -type f -size 293k | wc -l)"

# ---- real files
files=$SHARED/data/attachments
if [ -d "$files" ]; then
    for file in "$files"/*; do
        id=$(at revenues record evidence "title=$(basename "$file")" date=2026-01-20 elements=4.1.1 --attach "$file")
        synced revenues 120
        wait_for 30 at centre show "$id"
        hash=$(at centre show "$id" --json | field '.fields.files[0].hash')
        check "$(basename "$file") arrives as it was" cmp "$file" <(curl -sf --unix-socket "$WORK/centre/cse.sock" "http://localhost/api/v1/blobs/$hash")
    done
else
    skip "no files in $files"
fi

# ---- damaged
verify_all housing centre
file=$(find "$WORK/centre/blobs" -type f -size 293k | head -n 1)
byte=$(od -An -tu1 -j1000 -N1 "$file" | tr -d ' ')
printf "\\$(printf %o $(((byte + 1) % 256)))" | dd of="$file" bs=1 seek=1000 conv=notrunc status=none
at centre verify >"$WORK/verify.out" 2>&1
same "a file with one wrong byte is found" 24 "$?"
name=$(basename "$(dirname "$file")")$(basename "$file")
has "… by its name" "$(cat "$WORK/verify.out")" "${name:0:16}"
exit "$FAILED"
