#!/usr/bin/env bash
# The machine fails: full, broken and read-only disks, no room in the store, no descriptors, no memory, wrong clocks, at a node
# and at the broker. Each says so, refuses by name, loses nothing it acknowledged, and goes on when the fault is gone.
#   faults.sh BIN
source "$(dirname "$0")/lib.sh" "$1" faults

# A sanitizer's runtime must be the first of what is preloaded.
runtime=$(ldd "$BIN/cse-node" | awk '/lib[at]san/ { print $3; exit }')
SHIM=${runtime:+$runtime:}$BIN/../tests/libfault_shim.so
if grep -q __asan_init "$BIN/cse-node" && [ -z "$runtime" ]; then
    skip "all of it: this sanitizer's runtime is inside the programs, nothing can be put between them and the system"
    exit 0
fi
trap 'status=$?; umount -l "$WORK"/*.disk 2>/dev/null; (exit $status); finish' EXIT

# As lib.sh's, with the switch of its faults in NAME.fault and the exit status in NAME.status.
start() {
    local name=$1 program=$2
    shift 2
    rm -f "$WORK/$name.status" "$WORK/$name.pid"
    [ -e "$WORK/$name.fault" ] || printf '%-16s%-24s%-23s\n' '' 0 0 >"$WORK/$name.fault"
    (
        LD_PRELOAD=$SHIM FAULT_ROOT=$WORK/$name FAULT_SWITCH=$WORK/$name.fault \
            "$program" --data "$WORK/$name" "$@" >>"$WORK/$name.log" 2>&1 &
        echo $! >"$WORK/$name.pid"
        wait $!
        echo $? >"$WORK/$name.status"
    ) &
    wait_for 10 test -s "$WORK/$name.pid"
    PIDS[$name]=$(cat "$WORK/$name.pid")
    wait_for 60 up_or_gone "$name"
}
up_or_gone() { [ -s "$WORK/$1.status" ] || curl -s --max-time 5 --unix-socket "$WORK/$1/cse.sock" http://localhost/healthz; }
again() { if [ "$1" = centre ]; then start_broker "${@:2}"; else start_node "$@"; fi; }
fault() { printf '%-16s' "$2" 1<>"$WORK/$1.fault"; }
clock() { printf '%-24s' "$2" | dd of="$WORK/$1.fault" bs=1 seek=16 conv=notrunc 2>/dev/null; }
met() { [ "$(cut -c41-63 "$WORK/$1.fault")" -gt 0 ]; }

# save PLACE TITLE: what is acknowledged is remembered; exit status in $saved, what was said in save.out.
save() {
    at "$1" record evidence "title=$2" date=2026-02-01 elements=4.3.2 "${@:3}" >"$WORK/save.out" 2>&1
    saved=$?
    [ "$saved" -ne 0 ] || tail -n 1 "$WORK/save.out" >>"$WORK/$1.ids"
}
# refused TEXT PLACE STATUS WORDS
refused() {
    save "$2" refused
    same "$1: a save at $2 is refused" "$3" "$saved"
    has "… by name" "$(cat "$WORK/save.out")" "$4"
}
saves() { save "$1" kept; if [ "$saved" = 0 ]; then ok "${*:2}"; else bad "${*:2}: $(cat "$WORK/save.out")"; fi; }
readyz() { curl -s --max-time 5 --unix-socket "$WORK/$1/cse.sock" -w ' %{http_code}' http://localhost/readyz; }
# unready PLACE WORDS: /readyz and cse status say it.
unready() {
    local answer
    answer=$(readyz "$1")
    has "… /readyz of $1 says so" "$answer" "$2"
    same "… with status" 503 "${answer##* }"
    has "… cse status too" "$(at "$1" status)" "$2"
}
# well PLACE: the fault is gone, without a restart.
well() {
    fault "$1" ''
    wait_for 20 answers "$WORK/$1" && ok "… $1 goes on by itself" || bad "$1 does not recover: $(readyz "$1")"
}
told() { [ "$(status_of housing .link.last_error.code)" = "$1" ]; }
# centre_tells CODE: a site's save is acknowledged there, and the broker's trouble reaches it.
centre_tells() {
    saves housing "… a site goes on saving"
    wait_for 30 told "$1" && ok "… and is told of the broker" || bad "a site is not told: $(at housing status --json)"
}
# gone PLACE: it ended with the status that asks for a restart.
gone() {
    wait_for 30 test -s "$WORK/$1.status" || bad "$1 does not end"
    same "… $1 ends and asks to be started again" 75 "$(cat "$WORK/$1.status" 2>/dev/null)"
    has "… its last line says why" "$(tail -n 1 "$WORK/$1.log")" "$2"
    unset "PIDS[$1]"
}

make_broker
make_node housing
saves housing "before any fault"
synced housing

# The disk refuses a write: nothing happened, and the daemon stays.
while read -r word status text; do
    for place in housing centre; do
        fault "$place" "$word"
        refused "$word" "$place" "$status" "$text"
        unready "$place" "$text"
        [ "$place" = housing ] || centre_tells "$status"
        if [ "$word $place" = "nospace centre" ]; then
            well "$place"
            saves "$place" "… and saves again"
        else
            fault "$place" ''
            saves "$place" "… the next save works"
            well "$place"
        fi
    done
    # A site that was told of a full disk asks again after a minute, or when the broker starts anew (below).
    [ "$status" = 10 ] || synced housing || bad "$word: not in step afterwards"
done <<'END'
readonly 9 the disk can only be read
full 10 the disk is nearly full
nospace 10 the disk is full
END
met housing || bad "no call was made to fail"

# The disk breaks: nobody knows what is on it, so the process ends; a failed sync is not tried again.
for word in writeio syncio metaio; do
    for place in housing centre; do
        synced housing # what else is written would meet the fault before the save does
        before=$(cut -c41-63 "$WORK/$place.fault")
        fault "$place" "$word"
        save "$place" unknown
        if [ "$saved" = 15 ]; then # another write met the fault before: the daemon is gone, or going
            case $(cat "$WORK/save.out") in
            *"no daemon"* | *"the daemon hung up"*) ok "$word: a save at $place finds no daemon" ;;
            *) bad "$word: a save at $place ends by '$(cat "$WORK/save.out")'" ;;
            esac
        else
            same "$word: a save at $place is not acknowledged" 23 "$saved"
            has "… by name" "$(cat "$WORK/save.out")" "Input/output error"
        fi
        gone "$place" "Input/output error"
        [ "$word" != syncio ] || same "… after one sync" 1 $(($(cut -c41-63 "$WORK/$place.fault") - before))
        fault "$place" ''
        again "$place"
        saves "$place" "… after a restart it saves again"
    done
done
# A batch of a site ends the broker as well, and the site keeps it.
fault centre syncio
saves housing "a batch on its way"
at housing sync >/dev/null 2>&1
gone centre "Input/output error"
fault centre ''
again centre
synced housing && ok "… and arrives after the restart" || bad "not in step after a broken disk"

# Attachments: what did not reach the disk is not counted as there.
head -c 200000 /dev/urandom >"$WORK/paper.bin"
for word in nospace syncio; do
    fault housing "$word"
    save housing refused --attach "$WORK/paper.bin"
    [ "$saved" -ne 0 ] && ok "$word: an attachment is refused ($saved)" || bad "$word: an attachment was taken"
    fault housing ''
    [ ! -s "$WORK/housing.status" ] || again housing
    wait_for 20 answers "$WORK/housing"
done
save housing kept --attach "$WORK/paper.bin"
same "… and taken afterwards" 0 "$saved"

# A start on a disk that can only be read says so and ends.
for place in housing centre; do
    stop "$place"
    fault "$place" readonly
    again "$place"
    same "a start of $place on a read-only disk is refused" 12 "$(cat "$WORK/$place.status" 2>/dev/null)"
    has "… by name" "$(tail -n 1 "$WORK/$place.log")" "Read-only file system"
    fault "$place" ''
    again "$place"
done

# No descriptors: the limit falls to the first number that is free.
for place in housing centre; do
    pid=${PIDS[$place]}
    limit=$(prlimit --pid "$pid" --nofile --noheadings --output SOFT | tr -d ' ')
    free=0
    while [ -e "/proc/$pid/fd/$free" ] || [ -L "/proc/$pid/fd/$free" ]; do free=$((free + 1)); done
    prlimit --pid "$pid" --nofile="$free:"
    wait_for 20 grep -q "event=descriptors.none" "$WORK/$place.log"
    unready "$place" "no file descriptors are left"
    saves "$place" "… $place saves on what it held back"
    prlimit --pid "$pid" --nofile="$limit:"
    well "$place"
    has "… which is logged" "$(cat "$WORK/$place.log")" "event=descriptors.freed"
done

# No memory: for pages of the store, then for anything new at all.
if [ -n "$runtime" ]; then
    skip "out of memory, under a sanitizer: it ends a program for that"
else
    for place in housing centre; do
        fault "$place" nomem
        save "$place" refused
        same "no memory: a save at $place is refused" 8 "$saved"
        fault "$place" ''
        wait_for 20 answers "$WORK/$place" && ok "… $place goes on by itself" || bad "$place does not recover"
        prlimit --pid "${PIDS[$place]}" --as="$(awk '/^VmSize/ { print $2 * 1024 }' "/proc/${PIDS[$place]}/status"):"
        for _ in 1 2 3; do save "$place" kept; done
        save "$place" perhaps --attach "$WORK/paper.bin"
        if kill -0 "${PIDS[$place]}" 2>/dev/null; then
            ok "at the limit of its address space $place goes on ($saved)"
            stop "$place"
        else
            ok "at the limit of its address space $place ends"
        fi
        again "$place"
        saves "$place" "… and saves after a restart"
    done
fi

# The clock, set back by a day and forward by ten years, while running and over a restart.
for off in -86400 315360000; do
    for place in housing centre; do
        clock "$place" "$off"
        saves "$place" "the clock of $place is off by $off s: it saves"
        wait_for 20 grep -q "event=clock.set" "$WORK/$place.log" || bad "the log does not say that the clock was set"
        if [ "$place" = housing ]; then
            stop housing
            again housing
            synced housing
            has "… a site's status says so" "$(at housing status)" "the broker's"
        fi
        saves "$place" "… again after a while"
        synced housing && ok "… and is in step" || bad "the clock of $place is off by $off s: not in step"
        clock "$place" 0
        stop "$place"
        again "$place"
        saves "$place" "… and saves when it is right again"
    done
done
for place in housing centre; do
    has "a clock behind its own changes is told" "$(at "$place" status)" "behind the newest change here"
done

# The store's file may not grow any more; the broker's neither.
text=$(printf 'x%.0s' $(seq 3500))
{ echo "title,date,elements,notes"; for i in $(seq 5000); do echo "Row $i,2026-02-01,4.3.2,$text"; done; } >"$WORK/rows.csv"
stop housing
stop centre
again housing --store_size 16MiB
again centre --store_size 16MiB
timeout 60 cse import evidence "$WORK/rows.csv" --data "$WORK/housing" >"$WORK/import.out" 2>&1 &
importing=$!
store_full() { case $(readyz "$1") in *"the store is nearly full"*) ;; *) return 1 ;; esac; }
wait_for 40 store_full housing || bad "the store of housing does not fill: $(cat "$WORK/import.out")"
refused "a full map" housing 10 "the store is nearly full"
unready housing "the store is nearly full"
kill "$importing" 2>/dev/null
stop housing
again housing
saves housing "… with a larger store_size it goes on"
moved() { [ "$(count_of housing evidence)" -ge 5000 ]; }
wait_for 60 moved && ok "… the import that waited too" || bad "the import does not go on: $(count_of housing evidence)"
wait_for 40 store_full centre || bad "the store of centre does not fill"
refused "a full map" centre 10 "the store is nearly full"
unready centre "the store is nearly full"
centre_tells 10
stop centre
again centre
synced housing && ok "… with a larger store_size it takes what waited" || bad "not in step after a full map"

# A disk that is small for good: what the kernel itself says.
disk() { mkdir "$WORK/$1.disk" && mount -t tmpfs -o size=6m none "$WORK/$1.disk" 2>/dev/null && ln -s "$1.disk/data" "$WORK/$1"; }
if disk leisure && disk town; then
    cse init node "$WORK/leisure.disk/data" >/dev/null || bad "no data directory on a tmpfs"
    cse init broker "$WORK/town.disk/data" --organisation "Southmoor Council" >/dev/null || bad "no data directory on a tmpfs"
    for place in leisure town; do
        program=cse-node
        [ "$place" = leisure ] || program="cse-broker --listen tcp://127.0.0.1:$(free_port)"
        # shellcheck disable=SC2086
        start "$place" $program --http "" --disk_floor 1 --store_size 64MiB
        saves "$place" "on a small disk $place saves"
        cat /dev/zero >"$WORK/$place/filler" 2>/dev/null
        saved=0
        for _ in $(seq 20); do [ "$saved" -ne 0 ] || save "$place" kept; done
        same "a disk without room: a save at $place is refused" 10 "$saved"
        has "… by name" "$(cat "$WORK/save.out")" "the disk is"
        unready "$place" "the disk is"
        rm "$WORK/$place/filler"
        well "$place"
        saves "$place" "… and saves again"
        acknowledged=$(sort "$WORK/$place.ids" | comm -23 - <(ids "$place" evidence | sort) | wc -l)
        same "… and has all it acknowledged" 0 "$acknowledged"
        verify_all "$place"
    done
else
    skip "a small tmpfs: mounting is not allowed here"
fi

# In the end: all that was acknowledged is at its place and at the centre, nothing that was refused is, and both verify.
synced housing 120 || bad "not in step at the end"
all_applied
ids centre evidence | sort >"$WORK/centre.there"
ids housing evidence | sort >"$WORK/housing.there"
at_least "saves that were acknowledged" 30 "$(cat "$WORK/housing.ids" "$WORK/centre.ids" | wc -l)"
same "all that the site acknowledged is there" "" "$(sort "$WORK/housing.ids" | comm -23 - "$WORK/housing.there")"
same "… and at the centre" "" "$(sort "$WORK/housing.ids" | comm -23 - "$WORK/centre.there")"
same "all that the centre acknowledged is there" "" "$(sort "$WORK/centre.ids" | comm -23 - "$WORK/centre.there")"
same "nothing that was refused is" 0 "$(at centre export evidence --format json | grep -c '"title": *"refused"')"
verify_all housing centre
exit "$FAILED"
