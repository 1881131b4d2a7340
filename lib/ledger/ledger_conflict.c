#include "lib/ledger/ledger_private.h"

#include <assert.h>
#include <stdlib.h>

/* Values that stand against each other. Of a disputed deletion the sides are `true` (it is gone)
 * and `false` (somebody went on writing without having seen that): the writes outside the mark that
 * the deleters had not seen. */

static const uint8_t mp_false[] = {0xc2};
static const uint8_t mp_true[] = {0xc3};

enum err ledger_each_conflict(struct store_txn *txn,
                              bool (*each)(void *context, const struct conflict *conflict),
                              void *context)
{
    static const uint8_t tag[] = {INDEX_CONFLICT};
    struct bytes prefix = bytes_of(tag, sizeof(tag));
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_INDEX, prefix, prefix, STORE_FORWARD, &iter);
    struct bytes key, value;
    bool more = true;
    while (err == ERR_OK && more && store_iter_next(iter, &key, &value, &err)) {
        enum { HEAD = 1 + RECORD_KEY_BYTES + 2 };
        if (key.len < HEAD) {
            err = ERR_CORRUPT;
            break;
        }
        struct conflict conflict = {.kind = get_u16(key.data + 1),
                                    .field = get_u16(key.data + 1 + RECORD_KEY_BYTES),
                                    .member = bytes_of(key.data + HEAD, key.len - HEAD)};
        memcpy(conflict.rid, key.data + 3, RID_BYTES);
        more = each(context, &conflict);
    }
    store_iter_close(iter);
    return err;
}

struct gathering {
    struct store_txn *txn;
    struct arena *arena;
    struct op *scratch;
    struct conflict_value *list;
    uint32_t count, room;
};

static enum err gather(struct gathering *gathering, const struct sibling *sibling,
                       struct bytes value)
{
    for (uint32_t i = 0; i < gathering->count; i++) {
        if (dot_compare(gathering->list[i].dot, sibling->dot) == 0)
            return ERR_OK;
    }
    if (gathering->count == gathering->room)
        return ERR_OK; /* enough to decide by */
    enum err err = log_op(gathering->txn, sibling->dot, gathering->scratch);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    struct bytes author = gathering->scratch->author;
    author.data = arena_copy(gathering->arena, author.data, author.len);
    if (author.data == NULL)
        return ERR_NO_MEMORY;
    gathering->list[gathering->count++] = (struct conflict_value){
        .dot = sibling->dot, .hlc = sibling->hlc, .author = author, .value = value};
    return ERR_OK;
}

static bool seen_has(const struct dot *seen, uint32_t count, struct dot dot)
{
    for (uint32_t i = 0; i < count; i++) {
        if (origin_equal(seen[i].origin, dot.origin))
            return dot.seq <= seen[i].seq;
    }
    return false;
}

static enum err gather_deletion(struct gathering *gathering, const struct rec *rec,
                                const struct bytes *values)
{
    const struct reg *mark = &rec->regs[0];
    struct dot seen[VV_ENTRIES_MAX];
    uint32_t count = 0;
    enum err err = ERR_OK;
    if (deletion_seen(mark, values, seen, &count) != ERR_OK)
        count = 0;
    for (uint32_t i = 0; err == ERR_OK && i < mark->sibling_count; i++) {
        bool gone = (mark->siblings[i].flags & SIBLING_TRUE) != 0;
        err = gather(gathering, &mark->siblings[i],
                     gone ? bytes_of(mp_true, 1) : bytes_of(mp_false, 1));
    }
    for (uint32_t r = 1; err == ERR_OK && r < rec->reg_count; r++) {
        const struct reg *reg = &rec->regs[r];
        for (uint32_t i = 0; err == ERR_OK && i < reg->sibling_count; i++) {
            if (!seen_has(seen, count, reg->siblings[i].dot))
                err = gather(gathering, &reg->siblings[i], bytes_of(mp_false, 1));
        }
    }
    return err;
}

/* Newest first; of a deletion that does not stand, what keeps the record first. */
static int value_order(const void *a, const void *b)
{
    const struct conflict_value *left = a;
    const struct conflict_value *right = b;
    if (left->hlc != right->hlc)
        return left->hlc > right->hlc ? -1 : 1;
    return dot_compare(right->dot, left->dot);
}

static void put_displayed_first(struct gathering *gathering, bool deleted)
{
    for (uint32_t i = 0; i < gathering->count; i++) {
        struct conflict_value first = gathering->list[i];
        if ((first.value.data == mp_true) != deleted)
            continue;
        memmove(&gathering->list[1], &gathering->list[0], i * sizeof(first));
        gathering->list[0] = first;
        return;
    }
}

static enum err gather_values(struct gathering *gathering, const struct conflict *conflict,
                              const struct rec *rec)
{
    struct kind_facts facts = kind_facts_of(conflict->kind);
    struct centres centres;
    struct read_source source = {.log = gathering->txn,
                                 .scratch = gathering->scratch,
                                 .arena = gathering->arena,
                                 .facts = &facts,
                                 .centres = &centres};
    struct bytes *values = NULL;
    enum err err = ledger_centres(gathering->txn, &centres);
    if (err == ERR_OK)
        err = reading_values(&source, rec, &values);
    if (err != ERR_OK)
        return err;
    const struct reg *reg = rec_find(rec, conflict->field, conflict->member);
    if (reg == NULL)
        return ERR_NOT_FOUND;
    if (conflict->field == FIELD_DELETED) {
        struct reading reading;
        err = gather_deletion(gathering, rec, values);
        if (err == ERR_OK)
            err = reading_make(&source, conflict->kind, conflict->rid, rec, &reading);
        if (err != ERR_OK)
            return err;
        qsort(gathering->list, gathering->count, sizeof(*gathering->list), value_order);
        put_displayed_first(gathering, reading.view.deleted);
        return ERR_OK;
    }
    for (const struct reg *at = rec->regs; at < reg; at++)
        values += at->sibling_count;
    for (uint32_t i = 0; err == ERR_OK && i < reg->sibling_count; i++)
        err = gather(gathering, &reg->siblings[i], values[i]);
    qsort(gathering->list, gathering->count, sizeof(*gathering->list), value_order);
    return err;
}

enum err ledger_conflict_values(struct store_txn *txn, const struct conflict *conflict,
                                struct arena *arena, struct conflict_value **values_out,
                                uint32_t *count_out)
{
    uint8_t key[RECORD_KEY_BYTES];
    record_key(conflict->kind, conflict->rid, key);
    struct bytes stored;
    struct rec rec;
    enum err err = state_get(txn, key, arena, &stored, &rec);
    if (err != ERR_OK)
        return err;
    struct gathering gathering = {.txn = txn, .arena = arena, .room = 2 * SIBLINGS_MAX};
    gathering.scratch = arena_take(arena, sizeof(*gathering.scratch));
    gathering.list = arena_take(arena, gathering.room * sizeof(*gathering.list));
    if (gathering.scratch == NULL || gathering.list == NULL)
        return ERR_NO_MEMORY;
    err = gather_values(&gathering, conflict, &rec);
    if (err != ERR_OK)
        return err;
    *values_out = gathering.list;
    *count_out = gathering.count;
    return ERR_OK;
}
