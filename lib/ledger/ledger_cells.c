#include "lib/ledger/ledger_private.h"

#include <sodium.h>
#include <stdlib.h>

/* Contributions are summed in memory, cell by cell, and reach the store once a transaction; the
 * digest is moved with every row of a record or a cell: the row that was is taken from the sum, the
 * row that is now is added. */

#define DAY_MS UINT64_C(86400000)
enum { DAY_UNKNOWN = INT32_MIN };

static const uint8_t digest_key[crypto_shorthash_siphashx24_KEYBYTES] = "ledger digest 1";

struct digest digest_get(struct bytes stored)
{
    struct digest digest = {.lanes = {0, 0}};
    if (stored.len == DIGEST_BYTES) {
        digest.lanes[0] = get_u64(stored.data);
        digest.lanes[1] = get_u64(stored.data + 8);
    }
    return digest;
}

enum err digest_row(struct ledger *ledger, enum store_ns ns, struct bytes key, struct bytes value,
                    bool add)
{
    const uint8_t space = (uint8_t)ns;
    const uint8_t fence = 0xff;
    mp_buf_reset(&ledger->row);
    mp_put_raw(&ledger->row, bytes_of(&space, 1));
    mp_put_raw(&ledger->row, key);
    mp_put_raw(&ledger->row, bytes_of(&fence, 1));
    mp_put_raw(&ledger->row, value);
    enum err err = mp_buf_err(&ledger->row);
    if (err != ERR_OK)
        return err;
    struct bytes row = mp_buf_bytes(&ledger->row);
    uint8_t hash[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(hash, row.data, row.len, digest_key);
    for (size_t lane = 0; lane < 2; lane++) {
        uint64_t part = get_u64(hash + 8 * lane);
        ledger->digest.lanes[lane] += add ? part : ~part + 1;
    }
    return ERR_OK;
}

/* ---- sums in memory ---- */

static uint64_t hash_of(const struct cell *cell)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < cell->key_len; i++)
        hash = (hash ^ cell->key[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static struct cell_delta *sum_of(struct cell_sums *sums, const struct cell *cell)
{
    uint64_t hash = hash_of(cell);
    uint32_t slot = (uint32_t)hash % CELL_SLOTS;
    for (; sums->slots[slot] != 0; slot = (slot + 1) % CELL_SLOTS) {
        struct cell_delta *delta = &sums->deltas[sums->slots[slot] - 1];
        if (delta->hash == hash && delta->cell.key_len == cell->key_len &&
            memcmp(delta->cell.key, cell->key, cell->key_len) == 0)
            return delta;
    }
    if (sums->count == CELLS_PENDING_MAX)
        return NULL;
    struct cell_delta *delta = &sums->deltas[sums->count++];
    sums->slots[slot] = (uint16_t)sums->count;
    delta->hash = hash;
    delta->written = INT32_MAX;
    delta->cell.key_len = cell->key_len;
    delta->cell.count = cell->count;
    memcpy(delta->cell.key, cell->key, cell->key_len);
    memset(delta->cell.numbers, 0, sizeof(delta->cell.numbers));
    return delta;
}

static void sums_clear(struct cell_sums *sums)
{
    if (sums->count > 0)
        memset(sums->slots, 0, CELL_SLOTS * sizeof(*sums->slots));
    sums->count = 0;
}

/* Two's complement without the undefined overflow: what is taken away later comes out even. */
static int64_t sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ---- the store's side ---- */

/* Numbers are mostly small and few: then a byte says how many, and a byte each is one. False: read
 * it with care. */
static bool read_small(struct bytes stored, int64_t *numbers_out, uint32_t *count_out)
{
    enum { FEW = 0x90, FEW_MAX = 15, SMALL_MAX = 0x7f };
    uint32_t count = stored.len > 0 ? stored.data[0] ^ (uint32_t)FEW : UINT32_MAX;
    if (count > FEW_MAX || stored.len != count + 1)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (stored.data[i + 1] > SMALL_MAX)
            return false;
        numbers_out[i] = stored.data[i + 1];
    }
    *count_out = count;
    return true;
}

enum err numbers_read(struct bytes stored, int64_t numbers_out[CELL_NUMBERS_MAX],
                      uint32_t *count_out)
{
    _Static_assert((int)CELL_NUMBERS_MAX >= 15, "what a small row may hold fits");
    if (read_small(stored, numbers_out, count_out))
        return ERR_OK;
    struct mp_reader reader = mp_reader_of(stored);
    uint32_t count = mp_read_array(&reader);
    if (reader.err != ERR_OK || count > CELL_NUMBERS_MAX)
        return ERR_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        numbers_out[i] = mp_read_int(&reader);
    if (!mp_at_end(&reader))
        return ERR_CORRUPT;
    *count_out = count;
    return ERR_OK;
}

static bool all_zero(const int64_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (numbers[i] != 0)
            return false;
    }
    return true;
}

static enum err cell_write(struct ledger *ledger, struct store_txn *txn, const struct cell *delta,
                           int32_t written)
{
    if (all_zero(delta->numbers, delta->count))
        return ERR_OK;
    struct bytes key = bytes_of(delta->key, delta->key_len);
    int64_t numbers[CELL_NUMBERS_MAX] = {0};
    uint32_t count = 0;
    struct bytes stored;
    enum err err = store_get(txn, NS_CELL, key, &stored);
    if (err == ERR_OK) {
        err = digest_row(ledger, NS_CELL, key, stored, false);
        if (err == ERR_OK)
            err = numbers_read(stored, numbers, &count);
    } else if (err == ERR_NOT_FOUND) {
        stored = bytes_of(NULL, 0);
        err = ERR_OK;
    }
    if (err == ERR_OK && ledger->day != DAY_UNKNOWN)
        err = past_keep(txn, key, stored, ledger->day, written);
    if (err != ERR_OK)
        return err;
    count = count < delta->count ? delta->count : count;
    for (uint32_t i = 0; i < delta->count; i++)
        numbers[i] = sum(numbers[i], delta->numbers[i]);
    if (all_zero(numbers, count))
        return store_del(txn, NS_CELL, key);
    mp_buf_reset(&ledger->state);
    mp_put_array(&ledger->state, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_int(&ledger->state, numbers[i]);
    err = mp_buf_err(&ledger->state);
    if (err == ERR_OK)
        err = digest_row(ledger, NS_CELL, key, mp_buf_bytes(&ledger->state), true);
    if (err != ERR_OK)
        return err;
    return store_put(txn, NS_CELL, key, mp_buf_bytes(&ledger->state));
}

static int by_key(const void *a, const void *b)
{
    const struct cell *left = &(*(struct cell_delta *const *)a)->cell;
    const struct cell *right = &(*(struct cell_delta *const *)b)->cell;
    return bytes_compare(bytes_of(left->key, left->key_len), bytes_of(right->key, right->key_len));
}

/* In the order of their keys, which is that of the store's pages. */
static enum err sums_write(struct ledger *ledger, struct store_txn *txn)
{
    struct cell_sums *sums = &ledger->cells;
    bool dated = sums->count > 0 && ledger->day != DAY_UNKNOWN;
    enum err err = dated ? past_begin(txn, ledger->day) : ERR_OK;
    for (uint32_t i = 0; i < sums->count; i++)
        sums->order[i] = &sums->deltas[i];
    if (sums->count > 1)
        qsort(sums->order, sums->count, sizeof(sums->order[0]), by_key);
    for (uint32_t i = 0; err == ERR_OK && i < sums->count; i++)
        err = cell_write(ledger, txn, &sums->order[i]->cell, sums->order[i]->written);
    sums_clear(sums);
    return err;
}

static void take_emitted(void *context, const struct cell *cell)
{
    struct ledger *ledger = context;
    struct cell_delta *delta = sum_of(&ledger->cells, cell);
    if (delta == NULL && ledger->emit_err == ERR_OK) {
        ledger->emit_err = sums_write(ledger, ledger->emit_txn);
        delta = sum_of(&ledger->cells, cell);
    }
    if (delta == NULL)
        return;
    if (ledger->written < delta->written)
        delta->written = ledger->written;
    for (uint32_t i = 0; i < cell->count; i++)
        delta->cell.numbers[i] = sum(delta->cell.numbers[i], ledger->emit_sign * cell->numbers[i]);
}

/* Sums of one day of arrival are not mixed with those of another. */
static enum err cells_day(struct ledger *ledger, struct store_txn *txn)
{
    int32_t day = ledger->arrived_ms == 0 ? DAY_UNKNOWN : (int32_t)(ledger->arrived_ms / DAY_MS);
    enum err err = day != ledger->day && ledger->cells.count > 0 ? sums_write(ledger, txn) : ERR_OK;
    ledger->day = day;
    return err;
}

enum err cells_move(struct ledger *ledger, struct store_txn *txn, const struct record_view *before,
                    const struct record_view *after)
{
    enum err err = cells_day(ledger, txn);
    if (err != ERR_OK)
        return err;
    ledger->emit_txn = txn;
    ledger->emit_err = ERR_OK;
    if (before != NULL) {
        ledger->emit_sign = -1;
        contribute(before, ledger->rules, take_emitted, ledger);
    }
    ledger->emit_sign = 1;
    contribute(after, ledger->rules, take_emitted, ledger);
    return ledger->emit_err;
}

enum err cells_take(struct ledger *ledger, struct store_txn *txn, const struct record_view *view)
{
    ledger->emit_txn = txn;
    ledger->emit_err = ERR_OK;
    ledger->emit_sign = -1;
    contribute(view, ledger->rules, take_emitted, ledger);
    return ledger->emit_err;
}

enum err work_begin(struct ledger *ledger, struct store_txn *txn)
{
    sums_clear(&ledger->cells);
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text("digest"), &stored);
    if (err == ERR_NOT_FOUND) {
        stored = bytes_of(NULL, 0);
        err = ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    if (ledger->rules_unsure) {
        err = rules_load(ledger, txn);
        if (err != ERR_OK)
            return err;
        ledger->rules_unsure = false;
    }
    ledger->digest = digest_get(stored);
    ledger->digest_before = ledger->digest;
    return ledger_centres(txn, &ledger->centres);
}

enum err work_end(struct ledger *ledger, struct store_txn *txn)
{
    enum err err = sums_write(ledger, txn);
    if (err != ERR_OK ||
        memcmp(&ledger->digest, &ledger->digest_before, sizeof(ledger->digest)) == 0)
        return err;
    uint8_t bytes[DIGEST_BYTES];
    put_u64(bytes, ledger->digest.lanes[0]);
    put_u64(bytes + 8, ledger->digest.lanes[1]);
    return store_put(txn, NS_META, bytes_of_text("digest"), bytes_of(bytes, sizeof(bytes)));
}

/* ---- for others ---- */

static enum err
scan(void *context, struct bytes prefix,
     bool (*each)(void *to, struct bytes key, const int64_t *numbers, uint32_t count), void *to)
{
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(context, NS_CELL, prefix, prefix, STORE_FORWARD, &iter);
    struct bytes key, value;
    int64_t numbers[CELL_NUMBERS_MAX] = {0};
    uint32_t count = 0, before = 0;
    bool more = true;
    while (err == ERR_OK && more && store_iter_next(iter, &key, &value, &err)) {
        err = numbers_read(value, numbers, &count);
        for (uint32_t i = count; i < before; i++)
            numbers[i] = 0;
        before = count;
        more = err == ERR_OK && each(to, key, numbers, count);
    }
    store_iter_close(iter);
    return err;
}

struct cell_source ledger_cells(struct store_txn *txn)
{
    struct cell_source source = {.context = txn, .scan = scan};
    struct centres centres = {.count = 0};
    if (ledger_centres(txn, &centres) ==
        ERR_OK) /* else nobody speaks for all; the scan will tell */
        source.centre = centres.sites[0];
    return source;
}

enum err ledger_digest(struct store_txn *txn, uint8_t digest_out[16])
{
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text("digest"), &stored);
    if (err == ERR_NOT_FOUND) {
        memset(digest_out, 0, DIGEST_BYTES);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    if (stored.len != DIGEST_BYTES)
        return ERR_CORRUPT;
    memcpy(digest_out, stored.data, DIGEST_BYTES);
    return ERR_OK;
}
