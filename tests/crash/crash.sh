#!/usr/bin/env bash
# A site and a broker at work, recorded; then IMAGES disks as power cuts at any moment may leave them.
#   crash.sh BIN IMAGES
source "$(dirname "$0")/../e2e/lib.sh" "$1" crash
images=$2
tests=$BIN/../tests
fast=$([ -w /dev/shm ] && echo /dev/shm || echo "$WORK")
scratch=$(mktemp -d "$fast/cse-images.XXXXXX")
trap 'rm -rf "$scratch"; finish' EXIT

# recorded NAME COMMAND…: with what it does below NAME/ in NAME.trace.
recorded() {
    local name=$1
    shift
    CRASH_ROOT=$WORK/$name CRASH_TRACE=$WORK/$name.trace CRASH_PLANT=${PLANT:-} \
        LD_PRELOAD=$(realpath "$tests")/libcrash_recorder.so "$@"
}
# The same in the background, as the process itself.
spawned() { # NAME COMMAND…
    local name=$1
    shift
    CRASH_ROOT=$WORK/$name CRASH_TRACE=$WORK/$name.trace CRASH_PLANT=${PLANT:-} \
        LD_PRELOAD=$(realpath "$tests")/libcrash_recorder.so exec "$@"
}
told() { "$tests/crash_images" mark "$WORK/$1.trace" "$2" || bad "mark"; }
here() { local name=$1; shift; CSE_DATA=$WORK/$name/data cse "$@"; }
go() { # NAME PROGRAM ARGS…
    local name=$1
    shift
    spawned "$name" "$@" --data "$WORK/$name/data" --http "" --disk_floor 1MiB >>"$WORK/$name.log" 2>&1 &
    PIDS[$name]=$!
    disown
    wait_for 60 answers "$WORK/$name/data" || { bad "$name does not start"; exit 1; }
}

# work NODE BROKER ROUNDS: everything that is acknowledged is marked when and where it is.
work() {
    local node=$1 broker=$2 rounds=$3 n id files=() ids=()
    mkdir "$WORK/$node" "$WORK/$broker"
    PORT=$(free_port)
    recorded "$broker" cse init broker "$WORK/$broker/data" --organisation "Northmoor Council" >/dev/null && told "$broker" made
    recorded "$node" cse init node "$WORK/$node/data" >/dev/null && told "$node" made
    go "$broker" cse-broker --listen "tcp://127.0.0.1:$PORT"
    go "$node" cse-node
    here "$node" join "$(here "$broker" invite housing --name Housing)" >/dev/null || bad "join"
    for n in $(seq "$rounds"); do
        head -c $((n * 30000)) /dev/urandom >"$WORK/file-$n"
        id=$(here "$node" record evidence "title=Charter $n" date=2026-02-01 elements=4.3.2 --attach "$WORK/file-$n") || bad "record"
        told "$node" "record $id"
        files+=("$(b2sum -l 256 "$WORK/file-$n" | cut -d' ' -f1)")
        told "$node" "file ${files[-1]}"
        ids+=("$id")
        here "$node" edit "$id" "title=Charter $n, second edition" >/dev/null || bad "edit"
        id=$(here "$node" record complaint received_on=2026-01-10) || bad "record"
        told "$node" "record $id"
        ids+=("$id")
        here "$node" sync --wait 60 >/dev/null || bad "sync"
        for id in "${ids[@]}"; do told "$broker" "record $id"; done
        for id in "${files[@]}"; do told "$broker" "file $id"; done
        ids=() files=()
    done
    printf 'ref,opened\n' >"$WORK/rows.csv"
    for n in $(seq 60); do echo "R$n,2026-01-$((n % 28 + 1)) 10:00" >>"$WORK/rows.csv"; done
    printf 'kind: contact\ncolumns:\n  - {column: ref, field: reference, required: true}\n  - {column: opened, field: opened_at, time: "%%Y-%%m-%%d %%H:%%M", required: true}\n' >"$WORK/map.yaml"
    here "$node" import contact "$WORK/rows.csv" --map "$WORK/map.yaml" >/dev/null 2>&1 || bad "import"
    for id in $(here "$node" export contact --format json | jq -r 'if type == "array" then .[] else . end | .id'); do told "$node" "record $id"; done
    stop "$node"
    stop "$broker"
}

images_of() { # TEXT NAME COUNT [OPTION…]
    local text=$1 name=$2 count=$3 said
    shift 3
    if said=$("$tests/crash_images" check "$WORK/$name.trace" --images "$count" --work "$scratch" --cse "$BIN/cse" "$@" 2>&1); then
        ok "$text: $(echo "$said" | tail -n 1)"
    else
        bad "$text: $(echo "$said" | head -n 1)"
        echo "$said" | tail -n 8
    fi
}

work site centre 6
images_of "a site's power cuts" site $((images / 2))
images_of "the broker's power cuts" centre $((images / 2)) --seed 7

# Spoilt on purpose, it must be seen.
for PLANT in nosync nometasync nodirsync nofilesync; do
    work "site-$PLANT" "centre-$PLANT" 3
    images_of "$PLANT is found out" "site-$PLANT" 150 --lossy
done
exit "$FAILED"
