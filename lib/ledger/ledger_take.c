#include "lib/ledger/ledger_private.h"

#include <assert.h>

/* Batches out of the log. Own operations are sealed anew in whatever run is asked for; those of
 * others leave as they came, because their seal can only be copied. */

enum { PER_ENTRY_BYTES = 8 /* its head in the batch */ };

static enum err take_entries(struct store_txn *txn, struct batch *batch, uint32_t count,
                             size_t bytes_max, struct arena *arena)
{
    uint8_t from[DOT_KEY_BYTES];
    dot_put_key((struct dot){.origin = batch->origin, .seq = batch->first}, from);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_LOG, bytes_of(from, ORIGIN_KEY_BYTES),
                                   bytes_of(from, sizeof(from)), STORE_FORWARD, &iter);
    struct bytes key, value;
    size_t bytes = 0;
    while (err == ERR_OK && batch->count < count && store_iter_next(iter, &key, &value, &err)) {
        if (key.len != DOT_KEY_BYTES || dot_get_key(key.data).seq != batch->first + batch->count)
            break;
        bytes += value.len + PER_ENTRY_BYTES;
        if (batch->count > 0 && bytes > bytes_max)
            break;
        const uint8_t *copy = arena_copy(arena, value.data, value.len);
        if (copy == NULL)
            err = ERR_NO_MEMORY;
        else
            batch->entries[batch->count++] = bytes_of(copy, value.len);
    }
    store_iter_close(iter);
    if (err == ERR_OK && batch->count == 0)
        err = ERR_NOT_FOUND;
    return err;
}

/* What a local record holds does not leave: its operation goes out as if erased, which its leaf,
 * and so the chain and the seal, do not notice. */
static enum err withhold(struct batch *batch, struct arena *arena)
{
    struct mp_buf erased;
    enum err err = ERR_OK;
    mp_buf_init(&erased, OP_BYTES_MAX);
    for (uint32_t i = 0; err == ERR_OK && i < batch->count; i++) {
        struct entry entry;
        uint16_t number = 0;
        err = entry_decode(batch->entries[i], &entry);
        if (err != ERR_OK || entry.shape != ENTRY_PERSONAL || entry_kind(&entry, &number) != ERR_OK)
            continue;
        const struct kind *kind = kind_by_number(number);
        if (kind == NULL || !kind->local)
            continue;
        err = entry_erase(batch->entries[i], &erased);
        struct bytes out = mp_buf_bytes(&erased);
        const uint8_t *copy = err == ERR_OK ? arena_copy(arena, out.data, out.len) : NULL;
        if (err == ERR_OK && copy == NULL)
            err = ERR_NO_MEMORY;
        batch->entries[i] = bytes_of(copy, out.len);
    }
    mp_buf_deinit(&erased);
    return err;
}

static enum err prev_head(struct ledger *ledger, struct store_txn *txn, struct batch *batch)
{
    struct dot before = {.origin = batch->origin, .seq = batch->first - 1};
    /* Batches are mostly taken one after the other. */
    if (ledger->taken.seq > 0 && dot_compare(ledger->taken, before) == 0) {
        memcpy(batch->prev_head, ledger->taken_head, HASH_BYTES);
        return ERR_OK;
    }
    return ledger_head_at(txn, batch->origin, before.seq, batch->prev_head);
}

static enum err seal_own(struct ledger *ledger, struct store_txn *txn, struct batch *batch)
{
    enum err err = prev_head(ledger, txn, batch);
    uint8_t head[HASH_BYTES];
    memcpy(head, batch->prev_head, HASH_BYTES);
    for (uint32_t i = 0; err == ERR_OK && i < batch->count; i++) {
        uint8_t leaf[HASH_BYTES];
        err = chain_leaf_of(batch->entries[i], leaf);
        if (err == ERR_OK)
            chain_extend(head, leaf);
    }
    if (err != ERR_OK)
        return err;
    uint64_t last = batch->first + batch->count - 1;
    seal_make(batch->origin, batch->first, last, head, ledger->sign_secret, batch->seal);
    ledger->taken = (struct dot){.origin = batch->origin, .seq = last};
    memcpy(ledger->taken_head, head, HASH_BYTES);
    return ERR_OK;
}

/* The stored batch that holds `at`, with its seal. */
static enum err take_whole(struct store_txn *txn, struct dot at, struct arena *arena,
                           struct batch *batch)
{
    struct seal_row mark;
    uint64_t last = 0;
    enum err err = seal_near(txn, at, STORE_FORWARD, &last, &mark);
    if (err != ERR_OK)
        return err;
    if (!mark.sealed || mark.first > at.seq)
        return ERR_NOT_FOUND;
    if (mark.first == 0 || last < mark.first || last - mark.first >= BATCH_OPS_MAX)
        return ERR_CORRUPT;
    uint32_t count = (uint32_t)(last - mark.first + 1);
    batch->first = mark.first;
    memcpy(batch->seal, mark.seal, SEAL_BYTES);
    err = take_entries(txn, batch, count, SIZE_MAX / 2, arena);
    if (err == ERR_OK && batch->count != count)
        err = ERR_CORRUPT;
    if (err == ERR_OK && mark.has_prev)
        memcpy(batch->prev_head, mark.prev_head, HASH_BYTES);
    else if (err == ERR_OK)
        err = ledger_head_at(txn, batch->origin, batch->first - 1, batch->prev_head);
    return err;
}

enum err ledger_take_batch(struct ledger *ledger, struct store_txn *txn, struct origin origin,
                           uint64_t first, uint32_t count, size_t bytes_max, struct arena *arena,
                           struct batch *batch_out)
{
    assert(first > 0 && count > 0);
    batch_out->origin = origin;
    batch_out->first = first;
    batch_out->count = 0;
    if (origin.site != ledger->self.site)
        return take_whole(txn, (struct dot){.origin = origin, .seq = first}, arena, batch_out);
    count = count < BATCH_OPS_MAX ? count : BATCH_OPS_MAX;
    enum err err = take_entries(txn, batch_out, count, bytes_max, arena);
    if (err == ERR_OK && ledger->options.role == LEDGER_NODE)
        err = withhold(batch_out, arena);
    return err == ERR_OK ? seal_own(ledger, txn, batch_out) : err;
}

static bool has_dot(const struct dot *dots, uint32_t count, struct dot dot)
{
    for (uint32_t i = 0; i < count; i++) {
        if (dot_compare(dots[i], dot) == 0)
            return true;
    }
    return false;
}

enum err ledger_take_redacted(struct ledger *ledger, struct store_txn *txn, const struct dot *dots,
                              uint32_t count, struct arena *arena, struct batch *batch_out)
{
    (void)ledger;
    assert(count > 0);
    batch_out->origin = dots[0].origin;
    batch_out->count = 0;
    enum err err = take_whole(txn, dots[0], arena, batch_out);
    struct mp_buf redacted;
    mp_buf_init(&redacted, OP_BYTES_MAX);
    for (uint32_t i = 0; err == ERR_OK && i < batch_out->count; i++) {
        struct dot dot = {.origin = batch_out->origin, .seq = batch_out->first + i};
        if (has_dot(dots, count, dot))
            continue;
        err = entry_redact(batch_out->entries[i], &redacted);
        struct bytes leaf = mp_buf_bytes(&redacted);
        const uint8_t *copy = err == ERR_OK ? arena_copy(arena, leaf.data, leaf.len) : NULL;
        if (err == ERR_OK && copy == NULL)
            err = ERR_NO_MEMORY;
        batch_out->entries[i] = bytes_of(copy, leaf.len);
    }
    mp_buf_deinit(&redacted);
    return err;
}
