#include "lib/ledger/ledger_private.h"

/* The log and its marks. A mark (NS_SEAL) holds the chain's head at its end, so the head anywhere
 * is found by walking on from the mark below. */

static enum err extend_to(struct store_txn *txn, struct dot from, uint64_t seq,
                          uint8_t head[HASH_BYTES])
{
    if (from.seq == seq)
        return ERR_OK;
    uint8_t first[DOT_KEY_BYTES];
    from.seq++;
    dot_put_key(from, first);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_LOG, bytes_of(first, ORIGIN_KEY_BYTES),
                                   bytes_of(first, sizeof(first)), STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && from.seq <= seq && store_iter_next(iter, &key, &value, &err)) {
        uint8_t leaf[HASH_BYTES];
        if (key.len != DOT_KEY_BYTES || dot_get_key(key.data).seq != from.seq)
            break;
        err = chain_leaf_of(value, leaf);
        if (err == ERR_OK)
            chain_extend(head, leaf);
        from.seq++;
    }
    store_iter_close(iter);
    if (err == ERR_OK && from.seq <= seq)
        err = ERR_NOT_FOUND;
    return err;
}

enum err ledger_head_at(struct store_txn *txn, struct origin origin, uint64_t seq,
                        uint8_t head_out[HASH_BYTES])
{
    struct dot at = {.origin = origin, .seq = 0};
    uint8_t head[HASH_BYTES];
    chain_start(origin, head);
    struct seal_row mark;
    struct origin_row row;
    enum err err =
        seal_near(txn, (struct dot){.origin = origin, .seq = seq}, STORE_BACK, &at.seq, &mark);
    if (err == ERR_OK)
        memcpy(head, mark.head, HASH_BYTES);
    else if (err != ERR_NOT_FOUND)
        return err;
    err = at.seq == seq ? ERR_NOT_FOUND : ledger_get_origin(txn, origin, &row);
    if (err == ERR_OK && row.stored_seq == seq) {
        at.seq = seq;
        memcpy(head, row.head, HASH_BYTES);
    } else if (err == ERR_OK && row.acked_seq <= seq && row.acked_seq > at.seq) {
        at.seq = row.acked_seq;
        memcpy(head, row.acked_head, HASH_BYTES);
    } else if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    err = extend_to(txn, at, seq, head);
    if (err == ERR_OK)
        memcpy(head_out, head, HASH_BYTES);
    return err;
}

static enum err put_entries(struct store_txn *txn, const struct batch *batch)
{
    struct dot dot = {.origin = batch->origin, .seq = batch->first};
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < batch->count; i++, dot.seq++) {
        uint8_t key[DOT_KEY_BYTES];
        dot_put_key(dot, key);
        err = store_put(txn, NS_LOG, bytes_of(key, sizeof(key)), batch->entries[i]);
    }
    return err;
}

enum err ledger_store_batch(struct ledger *ledger, struct store_txn *txn, const struct batch *batch,
                            const uint8_t head_after[HASH_BYTES], uint64_t received_ms)
{
    (void)ledger;
    struct origin_row row;
    enum err err = origin_get_or_new(txn, batch->origin, &row);
    if (err != ERR_OK)
        return err;
    if (batch->first != row.stored_seq + 1)
        return ERR_GAP;
    if (memcmp(batch->prev_head, row.head, HASH_BYTES) != 0)
        return ERR_FORK;
    uint64_t last = batch->first + batch->count - 1;
    struct seal_row seal = {.first = batch->first, .sealed = true, .received_ms = received_ms};
    memcpy(seal.head, head_after, HASH_BYTES);
    memcpy(seal.seal, batch->seal, SEAL_BYTES);
    struct arrival_row arrival = {
        .origin = batch->origin, .first = batch->first, .last = last, .received_ms = received_ms};
    row.stored_seq = last;
    row.received_ms = received_ms;
    memcpy(row.head, head_after, HASH_BYTES);
    err = put_entries(txn, batch);
    if (err == ERR_OK)
        err = seal_put(txn, (struct dot){.origin = batch->origin, .seq = last}, &seal);
    if (err == ERR_OK)
        err = arrival_add(txn, &arrival);
    return err == ERR_OK ? ledger_put_origin(txn, batch->origin, &row) : err;
}

enum err ledger_mark_acked(struct store_txn *txn, struct dot acked, const uint8_t head[HASH_BYTES],
                           uint64_t now_ms)
{
    struct origin_row row;
    enum err err = ledger_get_origin(txn, acked.origin, &row);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_GAP : err;
    if (acked.seq > row.stored_seq)
        return ERR_GAP;
    uint8_t own[HASH_BYTES];
    err = ledger_head_at(txn, acked.origin, acked.seq, own);
    if (err == ERR_OK && memcmp(own, head, HASH_BYTES) != 0)
        err = ERR_FORK;
    if (err != ERR_OK || acked.seq <= row.acked_seq)
        return err;
    struct seal_row mark = {.first = row.acked_seq + 1, .received_ms = now_ms};
    memcpy(mark.head, head, HASH_BYTES);
    row.acked_seq = acked.seq;
    memcpy(row.acked_head, head, HASH_BYTES);
    uint64_t last = 0;
    struct seal_row there;
    err = seal_near(txn, acked, STORE_BACK, &last, &there);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && last != acked.seq))
        err = seal_put(txn, acked, &mark);
    return err == ERR_OK ? ledger_put_origin(txn, acked.origin, &row) : err;
}

enum err ledger_count_pending(struct ledger *ledger, struct store_txn *txn, uint64_t *pending_out)
{
    uint8_t prefix[8];
    put_u64(prefix, ledger->self.site);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_ORIGIN, bytes_of(prefix, sizeof(prefix)),
                                   bytes_of(prefix, sizeof(prefix)), STORE_FORWARD, &iter);
    struct bytes key, value;
    uint64_t pending = 0;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        struct origin origin = {.site = ledger->self.site};
        struct origin_row row;
        if (key.len != ORIGIN_KEY_BYTES) {
            err = ERR_CORRUPT;
            break;
        }
        origin.epoch = get_u32(key.data + 8);
        err = ledger_get_origin(txn, origin, &row);
        if (err == ERR_OK && row.stored_seq > row.acked_seq)
            pending += row.stored_seq - row.acked_seq;
    }
    store_iter_close(iter);
    if (err == ERR_OK)
        *pending_out = pending;
    return err;
}
