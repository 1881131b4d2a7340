#include "lib/ledger/ledger_private.h"

#include <sodium.h>

/* The rows of the log's side, each a MessagePack array; docs/store.md, "Rows". A reader takes rows
 * with more items than it knows, so that a later version may add to their end. */

enum { ROW_BYTES_MAX = 4096 };

void record_key(uint16_t kind, const uint8_t rid[RID_BYTES], uint8_t key_out[RECORD_KEY_BYTES])
{
    put_u16(key_out, kind);
    memcpy(key_out + 2, rid, RID_BYTES);
}

void origin_key(struct origin origin, uint8_t key_out[ORIGIN_KEY_BYTES])
{
    put_u64(key_out, origin.site);
    put_u32(key_out + 8, origin.epoch);
}

/* Puts the row and frees the buffer. */
enum err row_put(struct store_txn *txn, enum store_ns ns, struct bytes key, struct mp_buf *row)
{
    enum err err = mp_buf_err(row);
    if (err == ERR_OK)
        err = store_put(txn, ns, key, mp_buf_bytes(row));
    mp_buf_deinit(row);
    return err;
}

void row_read_text(struct mp_reader *reader, char *out, size_t size)
{
    struct bytes text = mp_read_str(reader);
    if (text.len >= size) {
        reader->err = ERR_CORRUPT;
        text.len = 0;
    }
    if (text.len > 0)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static enum err row_open(struct store_txn *txn, enum store_ns ns, struct bytes key, uint32_t items,
                         struct mp_reader *reader_out)
{
    struct bytes stored;
    enum err err = store_get(txn, ns, key, &stored);
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < items)
        return ERR_CORRUPT;
    *reader_out = reader;
    return ERR_OK;
}

enum err self_get(struct store_txn *txn, struct self_row *row_out)
{
    struct mp_reader reader;
    enum err err = row_open(txn, NS_META, bytes_of_text("self"), 4, &reader);
    if (err != ERR_OK)
        return err;
    struct self_row row = {.site = mp_read_uint(&reader)};
    uint64_t epoch = mp_read_uint(&reader);
    uint64_t role = mp_read_uint(&reader);
    uint64_t schema = mp_read_uint(&reader);
    bool known_role = role == LEDGER_NODE || role == LEDGER_BROKER;
    if (reader.err != ERR_OK || epoch > UINT32_MAX || !known_role || schema > UINT32_MAX)
        return ERR_CORRUPT;
    row.epoch = (uint32_t)epoch;
    row.role = role == LEDGER_NODE ? LEDGER_NODE : LEDGER_BROKER;
    row.schema = (uint32_t)schema;
    *row_out = row;
    return ERR_OK;
}

enum err self_put(struct store_txn *txn, const struct self_row *row)
{
    struct mp_buf buf;
    mp_buf_init(&buf, ROW_BYTES_MAX);
    mp_put_array(&buf, 4);
    mp_put_uint(&buf, row->site);
    mp_put_uint(&buf, row->epoch);
    mp_put_uint(&buf, (uint64_t)row->role);
    mp_put_uint(&buf, row->schema);
    return row_put(txn, NS_META, bytes_of_text("self"), &buf);
}

enum err ledger_get_origin(struct store_txn *txn, struct origin origin, struct origin_row *row_out)
{
    uint8_t key[ORIGIN_KEY_BYTES];
    origin_key(origin, key);
    struct mp_reader reader;
    enum err err = row_open(txn, NS_ORIGIN, bytes_of(key, sizeof(key)), 9, &reader);
    if (err != ERR_OK)
        return err;
    struct origin_row row = {.stored_seq = mp_read_uint(&reader)};
    mp_read_bin_exact(&reader, row.head, HASH_BYTES);
    row.applied_seq = mp_read_uint(&reader);
    row.acked_seq = mp_read_uint(&reader);
    mp_read_bin_exact(&reader, row.acked_head, HASH_BYTES);
    mp_read_bin_exact(&reader, row.token, TOKEN_BYTES);
    mp_read_bin_exact(&reader, row.token_previous, TOKEN_BYTES);
    row.previous_valid = mp_read_bool(&reader);
    row.received_ms = mp_read_uint(&reader);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *row_out = row;
    return ERR_OK;
}

enum err ledger_put_origin(struct store_txn *txn, struct origin origin,
                           const struct origin_row *row)
{
    uint8_t key[ORIGIN_KEY_BYTES];
    origin_key(origin, key);
    struct mp_buf buf;
    mp_buf_init(&buf, ROW_BYTES_MAX);
    mp_put_array(&buf, 9);
    mp_put_uint(&buf, row->stored_seq);
    mp_put_bin(&buf, bytes_of(row->head, HASH_BYTES));
    mp_put_uint(&buf, row->applied_seq);
    mp_put_uint(&buf, row->acked_seq);
    mp_put_bin(&buf, bytes_of(row->acked_head, HASH_BYTES));
    mp_put_bin(&buf, bytes_of(row->token, TOKEN_BYTES));
    mp_put_bin(&buf, bytes_of(row->token_previous, TOKEN_BYTES));
    mp_put_bool(&buf, row->previous_valid);
    mp_put_uint(&buf, row->received_ms);
    return row_put(txn, NS_ORIGIN, bytes_of(key, sizeof(key)), &buf);
}

enum err origin_get_or_new(struct store_txn *txn, struct origin origin, struct origin_row *row_out)
{
    enum err err = ledger_get_origin(txn, origin, row_out);
    if (err != ERR_NOT_FOUND)
        return err;
    *row_out = (struct origin_row){.stored_seq = 0};
    chain_start(origin, row_out->head);
    memcpy(row_out->acked_head, row_out->head, HASH_BYTES);
    return ERR_OK;
}

enum err seal_put(struct store_txn *txn, struct dot last, const struct seal_row *row)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(last, key);
    struct mp_buf buf;
    mp_buf_init(&buf, ROW_BYTES_MAX);
    mp_put_array(&buf, row->has_prev ? 5 : 4);
    mp_put_uint(&buf, row->first);
    mp_put_bin(&buf, bytes_of(row->head, HASH_BYTES));
    mp_put_bin(&buf, bytes_of(row->seal, row->sealed ? SEAL_BYTES : 0));
    mp_put_uint(&buf, row->received_ms);
    if (row->has_prev)
        mp_put_bin(&buf, bytes_of(row->prev_head, HASH_BYTES));
    return row_put(txn, NS_SEAL, bytes_of(key, sizeof(key)), &buf);
}

static enum err seal_read(struct bytes stored, struct seal_row *row_out)
{
    struct mp_reader reader = mp_reader_of(stored);
    uint32_t items = mp_read_array(&reader);
    if (items < 4)
        return ERR_CORRUPT;
    struct seal_row row = {.first = mp_read_uint(&reader)};
    mp_read_bin_exact(&reader, row.head, HASH_BYTES);
    struct bytes seal = mp_read_bin(&reader);
    row.received_ms = mp_read_uint(&reader);
    row.has_prev = items > 4;
    if (row.has_prev)
        mp_read_bin_exact(&reader, row.prev_head, HASH_BYTES);
    if (reader.err != ERR_OK || (seal.len != 0 && seal.len != SEAL_BYTES))
        return ERR_CORRUPT;
    row.sealed = seal.len == SEAL_BYTES;
    if (row.sealed)
        memcpy(row.seal, seal.data, SEAL_BYTES);
    *row_out = row;
    return ERR_OK;
}

enum err seal_near(struct store_txn *txn, struct dot at, enum store_direction direction,
                   uint64_t *last_out, struct seal_row *row_out)
{
    uint8_t from[DOT_KEY_BYTES];
    dot_put_key(at, from);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_SEAL, bytes_of(from, ORIGIN_KEY_BYTES),
                                   bytes_of(from, sizeof(from)), direction, &iter);
    if (err != ERR_OK)
        return err;
    struct bytes key, value;
    bool found = store_iter_next(iter, &key, &value, &err);
    if (!found && err == ERR_OK)
        err = ERR_NOT_FOUND;
    if (found) {
        uint64_t last = key.len == DOT_KEY_BYTES ? dot_get_key(key.data).seq : 0;
        err = last == 0 ? ERR_CORRUPT : seal_read(value, row_out);
        if (err == ERR_OK)
            *last_out = last;
    }
    store_iter_close(iter);
    return err;
}

static enum err arrival_read(struct bytes stored, struct arrival_row *row_out)
{
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < 6)
        return ERR_CORRUPT;
    struct arrival_row row = {.origin.site = mp_read_uint(&reader)};
    uint64_t epoch = mp_read_uint(&reader);
    row.first = mp_read_uint(&reader);
    row.last = mp_read_uint(&reader);
    row.total = mp_read_uint(&reader);
    row.received_ms = mp_read_uint(&reader);
    if (reader.err != ERR_OK || epoch > UINT32_MAX || row.first == 0 || row.last < row.first)
        return ERR_CORRUPT;
    row.origin.epoch = (uint32_t)epoch;
    *row_out = row;
    return ERR_OK;
}

enum err arrival_get(struct store_txn *txn, uint64_t number, struct arrival_row *row_out)
{
    uint8_t key[8];
    put_u64(key, number);
    struct bytes stored;
    enum err err = store_get(txn, NS_ARRIVAL, bytes_of(key, sizeof(key)), &stored);
    return err == ERR_OK ? arrival_read(stored, row_out) : err;
}

enum err arrival_last(struct store_txn *txn, uint64_t *number_out, struct arrival_row *row_out)
{
    struct bytes key, stored;
    enum err err = store_last(txn, NS_ARRIVAL, bytes_of(NULL, 0), &key, &stored);
    if (err == ERR_NOT_FOUND) {
        *number_out = 0;
        *row_out = (struct arrival_row){.total = 0};
        return ERR_OK;
    }
    if (err == ERR_OK && key.len != 8)
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        return err;
    uint64_t number = get_u64(key.data);
    err = arrival_read(stored, row_out);
    if (err == ERR_OK)
        *number_out = number;
    return err;
}

enum err arrival_add(struct store_txn *txn, const struct arrival_row *row)
{
    uint64_t number = 0;
    struct arrival_row last;
    enum err err = arrival_last(txn, &number, &last);
    if (err != ERR_OK)
        return err;
    uint8_t key[8];
    put_u64(key, number + 1);
    struct mp_buf buf;
    mp_buf_init(&buf, ROW_BYTES_MAX);
    mp_put_array(&buf, 6);
    mp_put_uint(&buf, row->origin.site);
    mp_put_uint(&buf, row->origin.epoch);
    mp_put_uint(&buf, row->first);
    mp_put_uint(&buf, row->last);
    mp_put_uint(&buf, last.total + (row->last - row->first + 1));
    mp_put_uint(&buf, row->received_ms);
    return row_put(txn, NS_ARRIVAL, bytes_of(key, sizeof(key)), &buf);
}
