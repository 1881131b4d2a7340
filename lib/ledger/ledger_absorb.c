#include "lib/ledger/ledger_private.h"

#include "proto/record/hlc.h"

/* What a node takes in from its broker: operations of others, with gaps, and what it has itself
 * lost. Own operations must join the log's end without a gap, because the chain goes on from there.
 * A broker takes in, with gaps as well, what the centre wrote and lost and sites had got. */

struct absorbing {
    struct ledger *ledger;
    struct store_txn *txn;
    const struct batch *batch;
    uint64_t now_ms;
    uint64_t hlc;
    bool own;
    bool whole; /* nothing in it is redacted */
    struct origin_row row;
};

/* The same operation? One of the two may have been erased since; the leaf is the same then. */
static enum err compare_logged(struct bytes logged, struct bytes arrived)
{
    if (bytes_equal(logged, arrived))
        return ERR_OK;
    uint8_t leaf_here[HASH_BYTES], leaf_there[HASH_BYTES];
    enum err err = chain_leaf_of(logged, leaf_here);
    if (err == ERR_OK)
        err = chain_leaf_of(arrived, leaf_there);
    if (err == ERR_OK && memcmp(leaf_here, leaf_there, HASH_BYTES) != 0)
        err = ERR_FORK;
    return err;
}

static enum err take_in(struct absorbing *absorbing, struct dot dot, struct bytes arrived)
{
    struct entry entry;
    enum err err = entry_decode(arrived, &entry);
    if (err != ERR_OK)
        return err;
    if (entry.shape == ENTRY_REDACTED) {
        absorbing->whole = false;
        return ERR_OK;
    }
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct bytes logged;
    err = store_get(absorbing->txn, NS_LOG, bytes_of(key, sizeof(key)), &logged);
    if (err == ERR_OK)
        return compare_logged(logged, arrived);
    if (err != ERR_NOT_FOUND)
        return err;
    if (absorbing->own && !absorbing->whole)
        return ERR_GAP;
    err = store_put(absorbing->txn, NS_LOG, bytes_of(key, sizeof(key)), arrived);
    if (err == ERR_OK)
        err = merge_entry(absorbing->ledger, absorbing->txn, dot, arrived, absorbing->now_ms);
    /* merge_entry leaves the operation it decoded behind; one it could not decode says nothing
     * about time. */
    if (err == ERR_OK && dot_compare(absorbing->ledger->op.dot, dot) == 0)
        absorbing->hlc = hlc_observe(absorbing->hlc, absorbing->ledger->op.hlc, absorbing->now_ms);
    return err;
}

static enum err join_own(struct absorbing *absorbing, uint64_t last,
                         const uint8_t head_after[HASH_BYTES])
{
    struct origin_row *row = &absorbing->row;
    if (!absorbing->whole || last <= row->stored_seq)
        return ERR_OK;
    row->stored_seq = last;
    row->acked_seq = last; /* it comes from where it is durable */
    memcpy(row->head, head_after, HASH_BYTES);
    memcpy(row->acked_head, head_after, HASH_BYTES);
    return ERR_OK;
}

static enum err check_own(const struct absorbing *absorbing)
{
    const struct batch *batch = absorbing->batch;
    const struct origin_row *row = &absorbing->row;
    if (batch->first > row->stored_seq + 1)
        return ERR_GAP;
    if (batch->first == row->stored_seq + 1 && memcmp(batch->prev_head, row->head, HASH_BYTES) != 0)
        return ERR_FORK;
    return ERR_OK;
}

/* The mark that stands there says the same: when the operations came is not to be forgotten. */
static enum err has_mark(struct absorbing *absorbing, const struct seal_row *mark, uint64_t last,
                         bool *has_out)
{
    struct seal_row there;
    uint64_t at = 0;
    enum err err =
        seal_near(absorbing->txn, (struct dot){.origin = absorbing->batch->origin, .seq = last},
                  STORE_FORWARD, &at, &there);
    *has_out = err == ERR_OK && at == last && there.sealed && there.first == mark->first &&
               there.has_prev == mark->has_prev && memcmp(there.seal, mark->seal, SEAL_BYTES) == 0;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err put_mark(struct absorbing *absorbing, uint64_t last,
                         const uint8_t head_after[HASH_BYTES])
{
    struct seal_row mark = {
        .first = absorbing->batch->first, .sealed = true, .received_ms = absorbing->now_ms};
    memcpy(mark.head, head_after, HASH_BYTES);
    memcpy(mark.seal, absorbing->batch->seal, SEAL_BYTES);
    mark.has_prev = !absorbing->own;
    if (mark.has_prev)
        memcpy(mark.prev_head, absorbing->batch->prev_head, HASH_BYTES);
    bool has = false;
    enum err err = has_mark(absorbing, &mark, last, &has);
    if (err != ERR_OK || has)
        return err;
    return seal_put(absorbing->txn, (struct dot){.origin = absorbing->batch->origin, .seq = last},
                    &mark);
}

static enum err absorb_all(struct absorbing *absorbing, const uint8_t head_after[HASH_BYTES])
{
    const struct batch *batch = absorbing->batch;
    uint64_t last = batch->first + batch->count - 1;
    enum err err = absorbing->own ? check_own(absorbing) : ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < batch->count; i++)
        err = take_in(absorbing, (struct dot){.origin = batch->origin, .seq = batch->first + i},
                      batch->entries[i]);
    if (err == ERR_OK && absorbing->own)
        err = join_own(absorbing, last, head_after);
    if (err == ERR_OK)
        err = put_mark(absorbing, last, head_after);
    absorbing->row.received_ms = absorbing->now_ms;
    return err == ERR_OK ? ledger_put_origin(absorbing->txn, batch->origin, &absorbing->row) : err;
}

enum err ledger_absorb_batch(struct ledger *ledger, struct store_txn *txn,
                             const struct batch *batch, const uint8_t head_after[HASH_BYTES],
                             uint64_t now_ms)
{
    struct absorbing absorbing = {
        .ledger = ledger, .txn = txn, .batch = batch, .now_ms = now_ms, .whole = true};
    absorbing.own = batch->origin.site == ledger->self.site && ledger->options.role == LEDGER_NODE;
    ledger->op.dot = (struct dot){.seq = 0};
    uint64_t hlc_before = 0;
    enum err err = work_begin(ledger, txn);
    if (err == ERR_OK)
        err = origin_get_or_new(txn, batch->origin, &absorbing.row);
    if (err == ERR_OK)
        err = meta_get_uint(txn, "hlc", &hlc_before);
    absorbing.hlc = hlc_before;
    if (err == ERR_OK)
        err = absorb_all(&absorbing, head_after);
    if (err == ERR_OK && absorbing.hlc != hlc_before)
        err = meta_put_uint(txn, "hlc", absorbing.hlc);
    return err == ERR_OK ? work_end(ledger, txn) : err;
}

/* ---- a broker ---- */

/* What of the batch is logged is the same; is all of it? */
static enum err compare_all(struct store_txn *txn, const struct batch *batch, bool *all_out)
{
    enum err err = ERR_OK;
    *all_out = true;
    for (uint32_t i = 0; err == ERR_OK && i < batch->count; i++) {
        uint8_t key[DOT_KEY_BYTES];
        dot_put_key((struct dot){.origin = batch->origin, .seq = batch->first + i}, key);
        struct bytes logged;
        err = store_get(txn, NS_LOG, bytes_of(key, sizeof(key)), &logged);
        if (err == ERR_NOT_FOUND) {
            *all_out = false;
            err = ERR_OK;
            continue;
        }
        if (err == ERR_OK)
            err = compare_logged(logged, batch->entries[i]);
    }
    return err;
}

enum err ledger_take_back(struct ledger *ledger, struct store_txn *txn, const struct batch *batch,
                          const uint8_t head_after[HASH_BYTES], uint64_t now_ms, bool *new_out)
{
    struct origin_row row;
    bool known = false;
    *new_out = false;
    if (batch->origin.site == ledger->self.site && batch->origin.epoch == ledger->self.epoch)
        return ERR_FORK; /* nobody else can have written under it */
    enum err err = compare_all(txn, batch, &known);
    if (err != ERR_OK || known)
        return err;
    err = origin_get_or_new(txn, batch->origin, &row);
    if (err != ERR_OK)
        return err;
    if (batch->first <= row.stored_seq)
        return ERR_FORK; /* it reaches back into what is whole here, and was sealed otherwise */
    struct arrival_row arrival = {.origin = batch->origin,
                                  .first = batch->first,
                                  .last = batch->first + batch->count - 1,
                                  .received_ms = now_ms};
    *new_out = true;
    err = schema_need(txn, SCHEMA_GAPS);
    if (err == ERR_OK)
        err = ledger_absorb_batch(ledger, txn, batch, head_after, now_ms);
    return err == ERR_OK ? arrival_add(txn, &arrival) : err;
}
