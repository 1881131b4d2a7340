#include "node/node_private.h"

#include <assert.h>

/* Getting back what the broker holds of us and we do not.
 *
 * A change of epoch has two halves, each safe to cut off anywhere. While the ledger still writes
 * under the old epoch, the broker's copy of it is compared with ours; the first difference is where
 * ours is re-issued from, and ledger_reissue moves everything in one commit. After it, the rest of
 * the broker's copy is fetched into the old epoch. Which half we are in is read off the ledger's
 * identity, never remembered apart from it. */

/* What to ask for next; false when nothing is left. */
static bool next_own(struct node *node, uint32_t *epoch_out, uint64_t *from_out)
{
    uint32_t self = ledger_identity(node->ledger).epoch;
    bool compare = node_move_open(node);
    if (!compare && !node->recover_current && node->fetch_count == 0)
        return false;
    uint32_t epoch = compare || node->recover_current ? self : node->fetch[0];
    uint64_t *from = compare ? &node->compare_from : &node->fetch_from;
    struct store_txn *txn;
    struct origin_row row;
    if (*from == 0) {
        if (store_begin(node->store, STORE_READ, &txn, NULL) != ERR_OK)
            return false;
        enum err err = node_origin(txn, node_own(node, epoch), &row);
        store_abort(txn);
        if (err != ERR_OK)
            return false;
        /* from the last one that is acknowledged: its presence shows that the broker still has what
         * it acknowledged */
        *from = compare ? (row.acked_seq > 0 ? row.acked_seq : 1) : row.stored_seq + 1;
    }
    *epoch_out = epoch;
    *from_out = *from;
    return true;
}

static void taken(struct node *node, bool done, enum err code)
{
    struct node_event event = {.type = NODE_OWN_TAKEN, .done = done, .code = code};
    struct store_txn *txn;
    if (code == ERR_OK && done) {
        event.code = store_begin(node->store, STORE_READ, &txn, NULL);
        struct origin_row row = {0};
        if (event.code == ERR_OK) {
            event.code =
                node_origin(txn, node_own(node, ledger_identity(node->ledger).epoch), &row);
            store_abort(txn);
        }
        event.own_seq = row.stored_seq;
    }
    node_follow(node, event);
}

void node_ask_own(struct node *node)
{
    struct msg msg = {.type = MSG_OWN_GET, .own_get = {.session = node->core.session}};
    if (!next_own(node, &msg.own_get.epoch, &msg.own_get.from)) {
        bool sent = false;
        enum err err = node_send_return(node, &sent);
        if (err != ERR_OK || !sent)
            taken(node, err == ERR_OK, err);
        return;
    }
    node->asked_epoch = msg.own_get.epoch;
    node_send_small(node, &msg);
}

/* ---- first half: compare and re-issue ---- */

static enum err same_leaf(struct store_txn *txn, struct dot dot, struct bytes theirs,
                          bool *same_out)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct bytes ours;
    uint8_t own_leaf[HASH_BYTES], their_leaf[HASH_BYTES];
    enum err err = store_get(txn, NS_LOG, bytes_of(key, sizeof(key)), &ours);
    if (err == ERR_OK)
        err = chain_leaf_of(ours, own_leaf);
    if (err == ERR_OK)
        err = chain_leaf_of(theirs, their_leaf);
    *same_out = err == ERR_OK && memcmp(own_leaf, their_leaf, HASH_BYTES) == 0;
    return err;
}

enum comparison { COMPARE_ON, COMPARE_FOUND, COMPARE_BACK };

/* Compare node->batch with the own log. kept_out: the last sequence in common (COMPARE_FOUND), or
 * compared so far. */
static enum err compare_batch(struct node *node, struct store_txn *txn, uint64_t own_seq,
                              uint64_t *kept_out, enum comparison *result_out)
{
    const struct batch *batch = &node->batch;
    uint8_t head[HASH_BYTES];
    *result_out = COMPARE_BACK;
    if (batch->first - 1 > own_seq)
        return ERR_OK;
    enum err err = ledger_head_at(txn, batch->origin, batch->first - 1, head);
    if (err != ERR_OK || memcmp(head, batch->prev_head, HASH_BYTES) != 0)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    *result_out = COMPARE_FOUND;
    *kept_out = batch->first - 1;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t seq = batch->first + i;
        if (seq > own_seq)
            return ERR_OK;
        bool same = false;
        err = same_leaf(txn, (struct dot){batch->origin, seq}, batch->entries[i], &same);
        if (err != ERR_OK || !same)
            return err;
        *kept_out = seq;
    }
    *result_out = COMPARE_ON;
    return ERR_OK;
}

/* Sealed by this machine, or by the one in whose place it is. */
static enum err read_own(struct node *node, struct store_txn *txn, struct mp_reader *reader,
                         uint8_t head_out[HASH_BYTES])
{
    uint8_t keys[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES];
    uint32_t count = 0;
    enum err err = batch_read(reader, &node->batch);
    if (err == ERR_OK && !origin_equal(node->batch.origin, node_own(node, node->asked_epoch)))
        err = ERR_NOT_YOURS;
    if (err == ERR_OK)
        err = batch_verify(&node->batch, node->sign_public, false, head_out);
    if (err != ERR_BAD_SEAL)
        return err;
    err = roster_sign_keys(txn, node->batch.origin, keys, &count);
    if (err == ERR_OK)
        err = ERR_BAD_SEAL;
    for (uint32_t i = 0; err == ERR_BAD_SEAL && i < count; i++)
        err = batch_verify(&node->batch, keys[i], false, head_out);
    return err;
}

static enum err compare_all(struct node *node, struct store_txn *txn, uint64_t *kept_out,
                            enum comparison *result_out)
{
    const struct msg_own_ops *ops = &node->msg->own_ops;
    struct origin_row row;
    enum err err = node_origin(txn, node_own(node, node->asked_epoch), &row);
    struct mp_reader reader = mp_reader_of(ops->batches.items);
    *kept_out = node->compare_from - 1;
    *result_out = COMPARE_ON;
    for (uint32_t i = 0; i < ops->batches.count && err == ERR_OK && *result_out == COMPARE_ON;
         i++) {
        uint8_t head[HASH_BYTES];
        err = read_own(node, txn, &reader, head);
        if (err == ERR_OK)
            err = compare_batch(node, txn, row.stored_seq, kept_out, result_out);
    }
    return err;
}

/* ledger_reissue hands the old epoch's token on to the new one: let it be the one granted with it.
 * The old one's has no use left. */
static enum err carry_token(struct node *node, struct store_txn *txn, uint32_t old_epoch)
{
    struct origin_row granted, old;
    enum err err = node_origin(txn, node_own(node, node->move_epoch), &granted);
    if (err == ERR_OK)
        err = node_origin(txn, node_own(node, old_epoch), &old);
    if (err != ERR_OK)
        return err;
    memcpy(old.token, granted.token, TOKEN_BYTES);
    return ledger_put_origin(txn, node_own(node, old_epoch), &old);
}

/* What is to be fetched: the old epoch, and those between it and the new one. They are of a later
 * self, when this disk is a backup from before an earlier change of epoch, or of a copy. */
static enum err note_epochs(const struct node *node, uint32_t old, uint32_t *fetch, uint32_t *count)
{
    for (uint32_t epoch = old; epoch < node->move_epoch; epoch++) {
        bool noted = false;
        for (uint32_t i = 0; i < *count && !noted; i++)
            noted = fetch[i] == epoch;
        if (noted)
            continue;
        if (*count == NODE_FETCH_MAX)
            return ERR_LIMIT;
        fetch[(*count)++] = epoch;
    }
    return ERR_OK;
}

static enum err move_epoch(struct node *node, uint64_t kept_seq)
{
    uint32_t old = ledger_identity(node->ledger).epoch;
    uint32_t fetch[NODE_FETCH_MAX];
    memcpy(fetch, node->fetch, sizeof(fetch));
    uint32_t count = node->fetch_count;
    if (note_epochs(node, old, fetch, &count) != ERR_OK)
        node_log(node, NODE_LOG_ERROR, "sync.epochs", "kept=%u new_epoch=%u", count,
                 node->move_epoch);
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = node_put_fetch(txn, fetch, count);
    if (err == ERR_OK)
        err = carry_token(node, txn, old);
    if (err != ERR_OK) {
        node_abort(node, txn);
        return err;
    }
    err = node_commit(node, txn);
    if (err != ERR_OK)
        return err;
    memcpy(node->fetch, fetch, sizeof(fetch));
    node->fetch_count = count;
    uint64_t moved = 0;
    err = ledger_reissue(node->ledger, kept_seq, node->move_epoch, &moved, NULL);
    /* Once the ledger has moved, only a new start finishes a rebuild that was cut off. */
    bool half = err != ERR_OK && ledger_identity(node->ledger).epoch == node->move_epoch;
    if (err == ERR_UNKNOWN_OUTCOME || half)
        node_fail(node, err);
    if (err == ERR_OK) {
        node->scan_more = true;
        node_log(node, NODE_LOG_WARN, "sync.reissued",
                 "old_epoch=%u new_epoch=%u kept=%llu moved=%llu", old, node->move_epoch,
                 (unsigned long long)kept_seq, (unsigned long long)moved);
    }
    return err;
}

static void take_compare(struct node *node)
{
    struct store_txn *txn;
    uint64_t kept = 0;
    enum comparison result = COMPARE_ON;
    enum err err = store_begin(node->store, STORE_READ, &txn, NULL);
    if (err == ERR_OK) {
        err = compare_all(node, txn, &kept, &result);
        store_abort(txn);
    }
    if (err != ERR_OK) {
        taken(node, false, err);
        return;
    }
    bool none = node->msg->own_ops.batches.count == 0;
    bool lost_acked = none && node->compare_from > 1; /* the broker came back from an older copy */
    if (result == COMPARE_BACK || lost_acked) {
        err = node->compare_from > 1 ? ERR_OK : ERR_CORRUPT;
        node->compare_from = 1;
    } else if (result == COMPARE_ON && node->msg->own_ops.more) {
        err = kept >= node->compare_from ? ERR_OK : ERR_CORRUPT;
        node->compare_from = kept + 1;
    } else {
        err = move_epoch(node, kept);
        node->fetch_from = 0;
    }
    taken(node, false, err);
}

/* ---- second half, and plain recovery: absorb ---- */

static enum err absorb_all(struct node *node, struct store_txn *txn, uint64_t *next_out)
{
    const struct msg_own_ops *ops = &node->msg->own_ops;
    struct mp_reader reader = mp_reader_of(ops->batches.items);
    struct origin origin = node_own(node, node->asked_epoch);
    struct origin_row row;
    enum err err = node_origin(txn, origin, &row);
    for (uint32_t i = 0; i < ops->batches.count && err == ERR_OK; i++) {
        uint8_t head[HASH_BYTES], own[HASH_BYTES];
        err = read_own(node, txn, &reader, head);
        if (err == ERR_OK && node->batch.first > row.stored_seq + 1)
            err = ERR_CORRUPT;
        if (err == ERR_OK)
            err = ledger_head_at(txn, origin, node->batch.first - 1, own);
        if (err == ERR_OK && memcmp(own, node->batch.prev_head, HASH_BYTES) != 0)
            err = ERR_FORK;
        if (err == ERR_OK)
            err = ledger_absorb_batch(node->ledger, txn, &node->batch, head, node->now.unix_ms);
        for (uint32_t n = 0; n < node->batch.count && err == ERR_OK; n++)
            err = node_want_files(node, txn, origin, node->batch.entries[n]);
        if (err == ERR_OK)
            err = node_origin(txn, origin, &row);
    }
    if (err != ERR_OK)
        return err;
    row.acked_seq = row.stored_seq;
    memcpy(row.acked_head, row.head, HASH_BYTES);
    *next_out = row.stored_seq + 1;
    return ledger_put_origin(txn, origin, &row);
}

/* The epoch asked for is whole: take it off the list, in the same commit. */
static enum err finish_epoch(struct node *node, struct store_txn *txn)
{
    if (node->recover_current)
        return ERR_OK;
    assert(node->fetch_count > 0);
    return node_put_fetch(txn, node->fetch + 1, node->fetch_count - 1);
}

static void epoch_finished(struct node *node)
{
    if (node->recover_current) {
        node->recover_current = false;
    } else {
        node->fetch_count--;
        memmove(node->fetch, node->fetch + 1, node->fetch_count * sizeof(node->fetch[0]));
    }
    node->fetch_from = 0;
}

static enum err take_and_commit(struct node *node, bool last, uint64_t *next_out)
{
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = absorb_all(node, txn, next_out);
    if (err == ERR_OK && last)
        err = finish_epoch(node, txn);
    if (err != ERR_OK) {
        node_abort(node, txn);
        return err;
    }
    err = node_commit(node, txn);
    return err == ERR_OK ? ledger_forget(node->ledger) : err;
}

static enum err drop_epoch(struct node *node)
{
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = finish_epoch(node, txn);
    if (err == ERR_OK)
        return node_commit(node, txn);
    store_abort(txn);
    return err;
}

void node_take_own(struct node *node)
{
    if (node->msg->type == MSG_RETURNED) {
        taken(node, false, node_take_returned(node));
        return;
    }
    const struct msg_own_ops *ops = &node->msg->own_ops;
    if (ops->epoch != node->asked_epoch) {
        taken(node, false, ERR_CORRUPT);
        return;
    }
    if (node_move_open(node)) {
        take_compare(node);
        return;
    }
    bool last = !ops->more || ops->batches.count == 0;
    uint64_t next = 0;
    enum err err = take_and_commit(node, last, &next);
    if (err == ERR_FORK && !node->recover_current) {
        /* Two histories of an epoch that nobody writes any more: each keeps its own. */
        node_log(node, NODE_LOG_ERROR, "sync.epoch_differs", "epoch=%u", ops->epoch);
        last = true;
        err = drop_epoch(node);
    }
    if (err != ERR_OK) {
        taken(node, false, err);
        return;
    }
    if (last)
        epoch_finished(node);
    else
        node->fetch_from = next;
    taken(node, false, ERR_OK); /* asks again, and finds out whether anything is left */
}
