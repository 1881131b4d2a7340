#!/usr/bin/env bash
# Does the simulator find mistakes? Plants one at a time in the engines and runs it until it objects.
#   tests/sim/plants.sh SOURCE_DIR BUILD_DIR [NAME…]
# The one changed file is compiled with the flags it is built with and linked in front of the library it belongs to;
# nothing in SOURCE_DIR changes, and BUILD_DIR, an optimised build made with Ninja, is only brought up to date.
# Exit status 0: every plant was found.
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n '3s/^# *//p' "$0" >&2
    exit 2
fi
source_dir=$(cd "$1" && pwd)
build_dir=$(cd "$2" && pwd)
shift 2
wanted=("$@")
rounds=(200 2000)
beside=() # options that put another version beside the planted one
found=0 missed=0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
simulator=$build_dir/tests/bin/sim

fail() { echo "plants: $*" >&2; exit 1; }

is_wanted() {
    [ ${#wanted[@]} -eq 0 ] && return 0
    local name
    for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}

# The file with the one change, in $scratch/planted.c.
change() {
    local name=$1 file=$2 old=$3 new=$4 text rest
    text=$(cat "$source_dir/$file"; printf x)
    text=${text%x}
    rest=${text#*"$old"}
    [ "$rest" != "$text" ] || fail "plant is stale: $name: its text is not in $file"
    [ "${rest#*"$old"}" = "$rest" ] || fail "plant is stale: $name: its text is in $file more than once"
    printf '%s' "${text%%"$old"*}$new$rest" >"$scratch/planted.c"
}

# $scratch/sim: the simulator with $scratch/planted.c in place of the file.
build() {
    local name=$1 file=$2 compile link
    compile=$(jq -r --arg file "$source_dir/$file" '.[] | select(.file == $file) | .command' \
        "$build_dir/compile_commands.json" | head -n 1)
    [ -n "$compile" ] || fail "$file is not compiled in $build_dir"
    link=$(ninja -C "$build_dir" -t commands tests/bin/sim | tail -n 1)
    [[ $link == *"-o tests/bin/sim "* ]] || fail "the simulator's link command is not as expected"
    (cd "$build_dir" && eval "${compile% -o *} -w -o '$scratch/planted.o' -c '$scratch/planted.c'") ||
        fail "plant is stale: $name does not compile"
    (cd "$build_dir" && eval "${link/-o tests\/bin\/sim /$scratch/planted.o -o $scratch/sim }") ||
        fail "plant is stale: $name cannot be linked"
}

# plant NAME FILE OLD NEW: OLD, which stands in FILE once, becomes NEW, and the simulator must object.
plant() {
    local name=$1 file=$2 seeds said seed
    is_wanted "$name" || return 0
    change "$@"
    build "$name" "$file"
    if [ ${#beside[@]} -gt 0 ] && ! "$scratch/sim" --seeds "${rounds[0]}" >/dev/null 2>&1; then
        fail "$name is noticed without another version"
    fi
    for seeds in "${rounds[@]}"; do
        if "$scratch/sim" "${beside[@]}" --seeds "$seeds" --stop-after 1 >"$scratch/said" 2>&1; then
            continue
        fi
        said=$(grep -m 1 -E '^sim --seed |Assertion' "$scratch/said" || head -n 1 "$scratch/said")
        seed=$(sed -n 's/^sim --seed \([0-9]*\):.*/\1/p' <<<"$said")
        if [ -n "$seed" ] && ! "$simulator" "${beside[@]}" --seed "$seed" >/dev/null; then
            fail "seed $seed fails without a plant"
        fi
        echo "found: $name after ${seed:+seed $seed: }${said#*: }"
        found=$((found + 1))
        return 0
    done
    echo "NOT FOUND: $name"
    missed=$((missed + 1))
}

cmake --build "$build_dir" --target sim >"$scratch/said" 2>&1 || { cat "$scratch/said"; fail "the simulator cannot be built"; }

# ---- acknowledging what is not safe -------------------------------------------------------------------------------

plant ack-before-commit broker/broker_commit.c \
    'return broker_commit_txn(broker, txn, NULL);' \
    '{
        for (struct item *early = broker->queue; early != item; early = early->next) {
            struct msg msg = {.type = MSG_ACK, .ack = {.epoch = early->epoch, .stored_seq = early->last_seq}};
            if (early->type != ITEM_TXNS || early->peer == NULL || early->outcome != ERR_OK)
                continue;
            msg.ack.session = early->peer->core.session;
            memcpy(msg.ack.head, early->head, HASH_BYTES);
            (void)broker_send(broker, early->peer, &msg);
        }
        return broker_commit_txn(broker, txn, NULL);
    }'

plant ack-a-failed-commit broker/broker_commit.c \
    'broker->counters.commits += err == ERR_OK;' \
    'err = ERR_OK;'

plant confirm-a-file-before-it-is-there broker/broker_blobs.c \
    'enum err err = blobs_finish(broker->blobs, blob->hash, blob->size, NULL);' \
    'enum err err = ERR_OK;'

plant ack-a-feed-that-was-not-saved node/node_feed.c \
    'return node_commit(node, taking->txn);' \
    'return node_commit(node, taking->txn) == ERR_UNKNOWN_OUTCOME ? ERR_UNKNOWN_OUTCOME : ERR_OK;'

plant believe-more-confirmed-than-is lib/ledger/ledger_log.c \
    'row.acked_seq = acked.seq;' \
    'row.acked_seq = row.stored_seq;'

# ---- identity and sequence ----------------------------------------------------------------------------------------

plant give-a-sequence-twice lib/ledger/ledger_write.c \
    'writing->own.stored_seq = dot.seq;' \
    'writing->own.stored_seq = dot.seq - (dot.seq % 8 == 0);'

plant forget-the-token node/node_session.c \
    'memcpy(row.token, welcome->token, TOKEN_BYTES);' \
    ''

plant accept-any-token broker/broker_token.c \
    'if (memcmp(token, row->token, TOKEN_BYTES) == 0)' \
    'if (memcmp(token, row->token, TOKEN_BYTES) >= -1000)'

plant take-the-old-token-back-at-once broker/broker_hello.c \
    'row.previous_valid = true;' \
    'row.previous_valid = false;'

plant send-what-rests-on-an-unsaved-welcome node/node_engine.c \
    'if (err != ERR_OK && node->fatal == ERR_OK) {' \
    'if (err == ERR_INTERNAL && node->fatal == ERR_OK) {'

# ---- merging and applying -----------------------------------------------------------------------------------------

plant drop-a-sibling proto/record/merge.c \
    'if (sibling.dot.seq <= covered)' \
    'if (sibling.dot.seq <= covered || !same_origin)'

plant count-twice lib/ledger/ledger_merge.c \
    'merging->fresh ? NULL : &merging->before.view,' \
    'merging->op->dot.seq % 4 == 0 ? NULL : merging->fresh ? NULL : &merging->before.view,'

plant skip-an-operation lib/ledger/ledger_apply.c \
    ': merge_logged(applying, dot, arrival->received_ms);' \
    ': dot.seq % 8 == 7 ? ERR_OK : merge_logged(applying, dot, arrival->received_ms);'

plant lose-the-place-within-an-arrival lib/ledger/ledger_apply.c \
    'applying->cursor.seq = whole ? 0 : row.applied_seq;' \
    'applying->cursor.seq = 0;'

plant stop-applying-after-a-restart broker/broker_pump.c \
    'broker->apply_more = true;' \
    ''

# ---- feeds --------------------------------------------------------------------------------------------------------

plant lose-the-feed-cursor node/node_feed.c \
    'membership->feed_cursor = taking->feed->to;' \
    ''

plant feed-only-the-writer broker/broker_feed.c \
    'if (again || site == writer || centres_has(&feed->centres, site) || site == 0)' \
    'if (again || site == writer || centres_has(&feed->centres, site) || site == 0 || op->dot.seq % 4 == 0)'

plant let-the-revoked-in broker/broker_engine.c \
    '} else if (entry->revoked) {' \
    '} else if (entry->revoked && frame.len == 0) {'

plant write-on-after-a-restore broker/broker_lineage.c \
    'if (err != ERR_OK || !renewed)' \
    'if (err != ERR_OK || renewed || !renewed)'

plant keep-what-the-broker-lost node/node_return.c \
    'if (node->centre_epoch == 0)' \
    'if (node->centre_epoch != 0)'

plant keep-half-of-what-comes-back broker/broker_return.c \
    'if (err == ERR_OK)
            err = take_batch(broker, txn, item, &fresh);' \
    'if (err == ERR_OK && i % 2 == 0)
            err = take_batch(broker, txn, item, &fresh);'

plant fetch-nothing-in-a-lost-one-s-place lib/ledger/takeover.c \
    'err = ledger_put_numbers(txn, NODE_ROW_FETCH, epochs, count);' \
    'err = ledger_put_numbers(txn, NODE_ROW_FETCH, epochs, 0);'

plant take-a-place-under-the-same-epoch lib/ledger/roster.c \
    'row.epoch++;' \
    ''

# ---- what only another version can notice: alone, the planted one agrees with itself --------------------------------

if engines=$("$source_dir/tests/revision.sh" engines "$build_dir" 2>&1); then
    beside=(--other "$engines")

    plant seal-with-other-words proto/record/chain.c \
        '"cse-seal-1"' \
        '"cse-seal-2"'

    plant count-otherwise-and-not-say-so proto/cse/picture_contribute.c \
        'cell.numbers[1] = (int64_t)(strongest >> i & 1);' \
        'cell.numbers[1] = (int64_t)(strongest >> i & 1) + 1;'

    plant hash-personal-parts-otherwise proto/record/chain.c \
        'HASH_PERSONAL = 1,' \
        'HASH_PERSONAL = 5,'

    plant make-tokens-otherwise broker/broker_token.c \
        'put_u32(text + 8, origin.epoch);' \
        'put_u32(text + 8, origin.epoch + 1);'
else
    echo "$engines"
fi

echo "$found found, $missed not found"
[ "$missed" -eq 0 ] && [ "$found" -gt 0 ]
