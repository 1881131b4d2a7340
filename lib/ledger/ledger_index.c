#include "lib/ledger/ledger_private.h"

/* Index rows have no values; the key says it all. Those of a record follow from its reading, so
 * that moving it from one reading to the next takes away and adds exactly what changed; those of an
 * operation are a set that only grows. */

enum {
    HISTORY_KEY_BYTES = 1 + RECORD_KEY_BYTES + DOT_KEY_BYTES,
    BATCH_KEY_BYTES = 1 + 16 + RECORD_KEY_BYTES
};

static void add_conflict(struct reading *reading, uint16_t field)
{
    struct index_key *key = &reading->keys[reading->key_count++];
    key->len = 1 + RECORD_KEY_BYTES + 2;
    key->data[0] = INDEX_CONFLICT;
    record_key(reading->view.kind, reading->view.rid, key->data + 1);
    put_u16(key->data + 1 + RECORD_KEY_BYTES, field);
}

static void add_element(struct reading *reading, const struct view_field *field)
{
    struct mp_reader reader = mp_reader_of(field->member.len > 0 ? field->member : field->value);
    uint64_t element = mp_peek(&reader) == MP_UINT ? mp_read_uint(&reader) : 0;
    if (element < 1 || element > ELEMENTS)
        return;
    struct index_key *key = &reading->keys[reading->key_count++];
    key->len = 2 + RECORD_KEY_BYTES;
    key->data[0] = INDEX_ELEMENT;
    key->data[1] = (uint8_t)element;
    record_key(reading->view.kind, reading->view.rid, key->data + 2);
}

static bool is_element_field(const struct kind_facts *facts, uint16_t field)
{
    for (uint32_t i = 0; i < facts->element_count; i++) {
        if (facts->element_fields[i] == field)
            return true;
    }
    return false;
}

enum err index_keys_of(const struct read_source *source, const struct rec *rec,
                       struct reading *reading)
{
    const struct record_view *view = &reading->view;
    uint32_t most = reading->deletion_disputed ? 1 : 0;
    for (uint32_t r = 0; r < rec->reg_count; r++)
        most += reading->disputed[r];
    for (uint32_t i = 0; i < view->field_count; i++)
        most += is_element_field(source->facts, view->fields[i].field);
    reading->key_count = 0;
    reading->keys = NULL;
    if (most == 0)
        return ERR_OK;
    reading->keys = arena_take(source->arena, most * sizeof(*reading->keys));
    if (reading->keys == NULL)
        return ERR_NO_MEMORY;
    if (reading->deletion_disputed)
        add_conflict(reading, FIELD_DELETED);
    if (view->deleted)
        return ERR_OK;
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        if (reading->disputed[r])
            add_conflict(reading, rec->regs[r].field);
    }
    for (uint32_t i = 0; i < view->field_count; i++) {
        if (is_element_field(source->facts, view->fields[i].field))
            add_element(reading, &view->fields[i]);
    }
    return ERR_OK;
}

static bool has_key(const struct reading *reading, const struct index_key *key)
{
    for (uint32_t i = 0; i < reading->key_count; i++) {
        if (reading->keys[i].len == key->len &&
            memcmp(reading->keys[i].data, key->data, key->len) == 0)
            return true;
    }
    return false;
}

enum err index_move(struct store_txn *txn, const struct reading *before,
                    const struct reading *after)
{
    for (uint32_t i = 0; i < before->key_count; i++) {
        const struct index_key *key = &before->keys[i];
        enum err err =
            has_key(after, key) ? ERR_OK : store_del(txn, NS_INDEX, bytes_of(key->data, key->len));
        if (err != ERR_OK)
            return err;
    }
    for (uint32_t i = 0; i < after->key_count; i++) {
        const struct index_key *key = &after->keys[i];
        enum err err =
            has_key(before, key)
                ? ERR_OK
                : store_put(txn, NS_INDEX, bytes_of(key->data, key->len), bytes_of("", 0));
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err put_history(struct store_txn *txn, const struct op *op, struct dot dot)
{
    uint8_t key[HISTORY_KEY_BYTES];
    key[0] = INDEX_HISTORY;
    record_key(op->kind, op->rid, key + 1);
    dot_put_key(dot, key + 1 + RECORD_KEY_BYTES);
    return store_put(txn, NS_INDEX, bytes_of(key, sizeof(key)), bytes_of("", 0));
}

/* One operation alone has no history rows: its dot is in the state. Both rows come with the second
 * one, whichever that is, so the rows do not depend on the order. */
static enum err add_history(struct store_txn *txn, const struct op *op, struct dot only)
{
    uint8_t prefix[1 + RECORD_KEY_BYTES];
    prefix[0] = INDEX_HISTORY;
    record_key(op->kind, op->rid, prefix + 1);
    enum err err = store_last(txn, NS_INDEX, bytes_of(prefix, sizeof(prefix)), NULL, NULL);
    if (err == ERR_NOT_FOUND)
        err = dot_compare(only, op->dot) == 0 ? ERR_EXISTS : put_history(txn, op, only);
    if (err == ERR_OK)
        err = put_history(txn, op, op->dot);
    return err == ERR_EXISTS ? ERR_OK : err;
}

static enum err add_batch(struct store_txn *txn, const struct op *op)
{
    struct mp_reader reader = mp_reader_of(op->ext);
    if (mp_peek(&reader) != MP_MAP)
        return ERR_OK;
    uint32_t pairs = mp_read_map(&reader);
    for (uint32_t i = 0; i < pairs; i++) {
        struct mp_reader name = mp_reader_of(mp_read_any(&reader));
        struct mp_reader value = mp_reader_of(mp_read_any(&reader));
        if (mp_peek(&name) != MP_UINT || mp_read_uint(&name) != OP_EXT_BATCH)
            continue;
        struct bytes id = mp_peek(&value) == MP_BIN ? mp_read_bin(&value) : bytes_of(NULL, 0);
        if (id.len != 16)
            return ERR_OK;
        uint8_t key[BATCH_KEY_BYTES];
        key[0] = INDEX_BATCH;
        memcpy(key + 1, id.data, 16);
        record_key(op->kind, op->rid, key + 17);
        return store_put(txn, NS_INDEX, bytes_of(key, sizeof(key)), bytes_of("", 0));
    }
    return ERR_OK;
}

enum err index_op(struct store_txn *txn, const struct op *op, const struct dot *only)
{
    enum err err = only == NULL ? ERR_OK : add_history(txn, op, *only);
    return err == ERR_OK ? add_batch(txn, op) : err;
}
