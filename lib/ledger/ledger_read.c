#include "lib/ledger/ledger_private.h"

#include <assert.h>
#include <stdlib.h>

/* Walks. Each is over one namespace's prefix; callbacks may read what they like and stop by
 * answering false. */

struct record_walk {
    bool (*record)(void *context, const uint8_t rid[RID_BYTES]);
    bool (*kind_record)(void *context, uint16_t kind, const uint8_t rid[RID_BYTES]);
    void *context;
    struct bytes prefix; /* in front of the record's id, or of its kind and id */
    struct bytes after;  /* whole key, or empty */
    enum store_direction direction;
};

static enum err walk_records(struct store_txn *txn, enum store_ns ns,
                             const struct record_walk *walk)
{
    struct bytes from = walk->after.len > 0 ? walk->after : walk->prefix;
    uint8_t end[STORE_KEY_BYTES_MAX];
    if (walk->after.len == 0 && walk->direction == STORE_BACK) {
        memcpy(end, walk->prefix.data, walk->prefix.len);
        memset(end + walk->prefix.len, 0xff, RID_BYTES);
        from = bytes_of(end, walk->prefix.len + RID_BYTES);
    }
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, ns, walk->prefix, from, walk->direction, &iter);
    struct bytes key, value;
    size_t rest = walk->kind_record != NULL ? RECORD_KEY_BYTES : RID_BYTES;
    bool more = true;
    while (err == ERR_OK && more && store_iter_next(iter, &key, &value, &err)) {
        if (bytes_equal(key, walk->after))
            continue;
        uint8_t id[RECORD_KEY_BYTES];
        if (key.len != walk->prefix.len + rest) {
            err = ERR_CORRUPT;
            break;
        }
        memcpy(id, key.data + walk->prefix.len, rest);
        more = walk->kind_record != NULL ? walk->kind_record(walk->context, get_u16(id), id + 2)
                                         : walk->record(walk->context, id);
    }
    store_iter_close(iter);
    return err;
}

enum err ledger_each_record(struct store_txn *txn, uint16_t kind, const uint8_t *after,
                            enum store_direction direction,
                            bool (*each)(void *context, const uint8_t rid[RID_BYTES]),
                            void *context)
{
    uint8_t key[RECORD_KEY_BYTES] = {0};
    put_u16(key, kind);
    if (after != NULL)
        memcpy(key + 2, after, RID_BYTES);
    struct record_walk walk = {.record = each,
                               .context = context,
                               .prefix = bytes_of(key, 2),
                               .after = bytes_of(key, after != NULL ? sizeof(key) : 0),
                               .direction = direction};
    return walk_records(txn, NS_RECORD, &walk);
}

enum err ledger_each_of_element(struct store_txn *txn, uint8_t element, uint16_t kind,
                                const uint8_t *after,
                                bool (*each)(void *context, const uint8_t rid[RID_BYTES]),
                                void *context)
{
    uint8_t key[2 + RECORD_KEY_BYTES] = {INDEX_ELEMENT, element};
    put_u16(key + 2, kind);
    if (after != NULL)
        memcpy(key + 4, after, RID_BYTES);
    struct record_walk walk = {.record = each,
                               .context = context,
                               .prefix = bytes_of(key, 4),
                               .after = bytes_of(key, after != NULL ? sizeof(key) : 0),
                               .direction = STORE_FORWARD};
    return walk_records(txn, NS_INDEX, &walk);
}

enum err ledger_each_of_batch(struct store_txn *txn, const uint8_t batch[16], const uint8_t *after,
                              bool (*each)(void *context, uint16_t kind,
                                           const uint8_t rid[RID_BYTES]),
                              void *context)
{
    uint8_t key[17 + RECORD_KEY_BYTES] = {INDEX_BATCH};
    memcpy(key + 1, batch, 16);
    if (after != NULL) {
        uint16_t kind = 0;
        enum err err = ledger_find_kind(txn, after, &kind);
        if (err != ERR_OK)
            return err;
        record_key(kind, after, key + 17);
    }
    struct record_walk walk = {.kind_record = each,
                               .context = context,
                               .prefix = bytes_of(key, 17),
                               .after = bytes_of(key, after != NULL ? sizeof(key) : 0),
                               .direction = STORE_FORWARD};
    return walk_records(txn, NS_INDEX, &walk);
}

/* The first kind from `kind` on that has records. */
static enum err next_kind(struct store_txn *txn, uint16_t kind, uint16_t *kind_out)
{
    uint8_t from[2];
    put_u16(from, kind);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_RECORD, bytes_of(NULL, 0), bytes_of(from, sizeof(from)),
                                   STORE_FORWARD, &iter);
    struct bytes key, value;
    if (err == ERR_OK && !store_iter_next(iter, &key, &value, &err) && err == ERR_OK)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK && key.len != RECORD_KEY_BYTES)
        err = ERR_CORRUPT;
    if (err == ERR_OK)
        *kind_out = get_u16(key.data);
    store_iter_close(iter);
    return err;
}

enum err ledger_find_kind(struct store_txn *txn, const uint8_t rid[RID_BYTES], uint16_t *kind_out)
{
    uint16_t kind = 0;
    for (;;) {
        enum err err = next_kind(txn, kind, &kind);
        if (err != ERR_OK)
            return err;
        uint8_t key[RECORD_KEY_BYTES];
        record_key(kind, rid, key);
        struct bytes stored;
        err = store_get(txn, NS_RECORD, bytes_of(key, sizeof(key)), &stored);
        if (err == ERR_OK)
            *kind_out = kind;
        if (err != ERR_NOT_FOUND || kind == UINT16_MAX)
            return err;
        kind++;
    }
}

/* ---- history ---- */

struct past {
    uint64_t hlc;
    struct dot dot;
};

struct pasts {
    struct past *list;
    uint32_t count, room;
};

static int past_order(const void *a, const void *b)
{
    const struct past *left = a;
    const struct past *right = b;
    if (left->hlc != right->hlc)
        return left->hlc < right->hlc ? -1 : 1;
    return dot_compare(left->dot, right->dot);
}

static enum err past_add(struct pasts *pasts, struct arena *arena, struct dot dot)
{
    if (pasts->count == pasts->room) {
        uint32_t room = pasts->room == 0 ? 16 : 2 * pasts->room;
        struct past *list = arena_take(arena, room * sizeof(*list));
        if (list == NULL)
            return ERR_NO_MEMORY;
        if (pasts->count > 0)
            memcpy(list, pasts->list, pasts->count * sizeof(*list));
        pasts->list = list;
        pasts->room = room;
    }
    pasts->list[pasts->count++] = (struct past){.dot = dot};
    return ERR_OK;
}

static enum err find_pasts(struct store_txn *txn, const uint8_t key[RECORD_KEY_BYTES],
                           struct arena *arena, struct pasts *pasts)
{
    uint8_t prefix[1 + RECORD_KEY_BYTES] = {INDEX_HISTORY};
    memcpy(prefix + 1, key, RECORD_KEY_BYTES);
    struct bytes under = bytes_of(prefix, sizeof(prefix));
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_INDEX, under, under, STORE_FORWARD, &iter);
    struct bytes found, value;
    while (err == ERR_OK && store_iter_next(iter, &found, &value, &err))
        err = found.len == under.len + DOT_KEY_BYTES
                  ? past_add(pasts, arena, dot_get_key(found.data + under.len))
                  : ERR_CORRUPT;
    store_iter_close(iter);
    if (err != ERR_OK || pasts->count > 0)
        return err;
    struct bytes stored;
    struct rec rec;
    err = state_get(txn, key, arena, &stored, &rec);
    if (err == ERR_OK && (rec.reg_count == 0 || rec.regs[0].sibling_count == 0))
        err = ERR_CORRUPT;
    return err == ERR_OK ? past_add(pasts, arena, rec.regs[0].siblings[0].dot) : err;
}

enum err ledger_history(struct store_txn *txn, uint16_t kind, const uint8_t rid[RID_BYTES],
                        struct arena *arena, bool (*each)(void *context, const struct op *op),
                        void *context)
{
    uint8_t key[RECORD_KEY_BYTES];
    record_key(kind, rid, key);
    struct pasts pasts = {.list = NULL};
    struct op *op = arena_take(arena, sizeof(*op));
    enum err err = op == NULL ? ERR_NO_MEMORY : find_pasts(txn, key, arena, &pasts);
    for (uint32_t i = 0; err == ERR_OK && i < pasts.count; i++) {
        err = log_op(txn, pasts.list[i].dot, op);
        pasts.list[i].hlc = err == ERR_OK ? op->hlc : 0;
    }
    if (err != ERR_OK)
        return err;
    if (pasts.count > 1)
        qsort(pasts.list, pasts.count, sizeof(*pasts.list), past_order);
    bool more = true;
    for (uint32_t i = 0; err == ERR_OK && more && i < pasts.count; i++) {
        err = log_op(txn, pasts.list[i].dot, op);
        more = err == ERR_OK && each(context, op);
    }
    return err;
}
