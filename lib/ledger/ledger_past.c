/* Cells of past days. The first change of a cell on a day keeps what it was before, so that the
 * cell at the end of any day is the oldest such row after that day, or what it is now. A row also
 * says when the earliest change behind it was written: what was written before a day and arrived
 * after it restates that day. */
#include "lib/ledger/ledger_private.h"

#include <stdlib.h>

#include "proto/record/hlc.h"

enum { DAY_BYTES = 4, DAY_NEVER = INT32_MAX };

static void day_put(uint8_t *to, int32_t day)
{
    put_u32(to, (uint32_t)(day - CIVIL_DAY_MIN));
}

static int32_t day_get(const uint8_t *from)
{
    return (int32_t)get_u32(from) + CIVIL_DAY_MIN;
}

enum err past_keep(struct store_txn *txn, struct bytes key, struct bytes stored, int32_t day,
                   int32_t written)
{
    uint8_t past_key[CELL_KEY_BYTES_MAX + DAY_BYTES];
    int64_t numbers[CELL_NUMBERS_MAX + 1];
    uint32_t count = 0;
    struct bytes there;
    memcpy(past_key, key.data, key.len);
    day_put(past_key + key.len, day);
    enum err err = store_get(txn, NS_PAST, bytes_of(past_key, key.len + DAY_BYTES), &there);
    if (err == ERR_OK) { /* kept today; only the day it was written may be earlier */
        struct mp_reader reader = mp_reader_of(there);
        count = mp_read_array(&reader);
        for (uint32_t i = 0; i < count && i < CELL_NUMBERS_MAX + 1; i++)
            numbers[i] = mp_read_int(&reader);
        if (reader.err != ERR_OK || count < 1 || count > CELL_NUMBERS_MAX + 1)
            return ERR_CORRUPT;
        if (numbers[0] <= written)
            return ERR_OK;
    } else if (err == ERR_NOT_FOUND) {
        err = stored.len > 0 ? numbers_read(stored, numbers + 1, &count) : ERR_OK;
        count++;
    }
    if (err != ERR_OK)
        return err;
    numbers[0] = written;
    struct mp_buf buf;
    mp_buf_init(&buf, STORE_VALUE_BYTES_MAX);
    mp_put_array(&buf, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_int(&buf, numbers[i]);
    err = mp_buf_err(&buf);
    if (err == ERR_OK)
        err = store_put(txn, NS_PAST, bytes_of(past_key, key.len + DAY_BYTES), mp_buf_bytes(&buf));
    mp_buf_deinit(&buf);
    return err;
}

enum err past_begin(struct store_txn *txn, int32_t day)
{
    int32_t from = 0;
    enum err err = ledger_past_from(txn, &from);
    return err == ERR_OK && from == DAY_NEVER ? past_restart(txn, day) : err;
}

enum err past_restart(struct store_txn *txn, int32_t day)
{
    return meta_put_uint(txn, "past", (uint64_t)(day - CIVIL_DAY_MIN));
}

enum err ledger_arrived(struct store_txn *txn, const struct op *op, uint64_t *ms_out)
{
    struct seal_row mark;
    uint64_t last = 0;
    enum err err = seal_near(txn, op->dot, STORE_FORWARD, &last, &mark);
    *ms_out =
        err == ERR_OK && mark.sealed && mark.received_ms != 0 ? mark.received_ms : hlc_ms(op->hlc);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- reading ---- */

struct past_cell {
    uint8_t key[CELL_KEY_BYTES_MAX];
    uint8_t key_len;
    int32_t day;
    bool restated;
    uint32_t count;
    int64_t numbers[CELL_NUMBERS_MAX];
};

struct ledger_past {
    struct store_txn *txn;
    int32_t as_of;
    uint64_t restated_elements;
    uint32_t restated_views;
    uint32_t count, room;
    struct past_cell *cells; /* of the prefix being scanned, by key */
};

enum err ledger_past_from(struct store_txn *txn, int32_t *day_out)
{
    uint64_t day = 0;
    enum err err = meta_get_uint(txn, "past", &day);
    *day_out = day != 0 ? (int32_t)day + CIVIL_DAY_MIN : DAY_NEVER;
    return err;
}

enum err ledger_past_open(struct store_txn *txn, int32_t as_of, struct ledger_past **past_out)
{
    struct ledger_past *past = calloc(1, sizeof(*past));
    if (past == NULL)
        return ERR_NO_MEMORY;
    past->txn = txn;
    past->as_of = as_of;
    *past_out = past;
    return ERR_OK;
}

void ledger_past_close(struct ledger_past *past)
{
    if (past == NULL)
        return;
    free(past->cells);
    free(past);
}

void ledger_past_restated(const struct ledger_past *past, uint64_t *elements_out,
                          uint32_t *views_out)
{
    *elements_out = past->restated_elements;
    *views_out = past->restated_views;
}

static void mark_restated(struct ledger_past *past, struct bytes key)
{
    past->restated_views |= key.data[0] < 32 ? UINT32_C(1) << key.data[0] : 0;
    bool of_element = key.data[0] >= 1 && key.data[0] <= 3; /* assessments, evidence, actions */
    uint8_t element = key.len > 9 ? key.data[9] : 0;
    if (of_element && element >= 1 && element <= ELEMENTS)
        past->restated_elements |= UINT64_C(1) << (element - 1);
}

static enum err take_row(struct ledger_past *past, struct bytes key, struct bytes value)
{
    struct mp_reader reader = mp_reader_of(value);
    uint32_t count = mp_read_array(&reader);
    int64_t written = mp_read_int(&reader);
    struct bytes cell_key = bytes_of(key.data, key.len - DAY_BYTES);
    int32_t day = day_get(key.data + cell_key.len);
    if (reader.err != ERR_OK || count < 1 || count > CELL_NUMBERS_MAX + 1 ||
        cell_key.len > CELL_KEY_BYTES_MAX)
        return ERR_CORRUPT;
    if (day <= past->as_of)
        return ERR_OK;
    if (written <= past->as_of)
        mark_restated(past, cell_key);
    if (past->count == past->room) {
        uint32_t room = past->room == 0 ? 256 : past->room * 2;
        if (room > PAST_CELLS_MAX)
            return ERR_LIMIT;
        struct past_cell *cells = realloc(past->cells, room * sizeof(*cells));
        if (cells == NULL)
            return ERR_NO_MEMORY;
        past->cells = cells;
        past->room = room;
    }
    struct past_cell *cell = &past->cells[past->count++];
    *cell = (struct past_cell){.key_len = (uint8_t)cell_key.len, .day = day, .count = count - 1};
    memcpy(cell->key, cell_key.data, cell_key.len);
    for (uint32_t i = 0; i + 1 < count; i++)
        cell->numbers[i] = mp_read_int(&reader);
    return reader.err;
}

static int by_key_and_day(const void *a, const void *b)
{
    const struct past_cell *left = a, *right = b;
    int order =
        bytes_compare(bytes_of(left->key, left->key_len), bytes_of(right->key, right->key_len));
    return order != 0 ? order : (left->day > right->day) - (left->day < right->day);
}

/* The oldest row of each cell after the day. */
static void keep_oldest(struct ledger_past *past)
{
    uint32_t kept = 0;
    if (past->count > 0)
        qsort(past->cells, past->count, sizeof(*past->cells), by_key_and_day);
    for (uint32_t i = 0; i < past->count; i++) {
        const struct past_cell *cell = &past->cells[i];
        bool first = kept == 0 || past->cells[kept - 1].key_len != cell->key_len ||
                     memcmp(past->cells[kept - 1].key, cell->key, cell->key_len) != 0;
        if (first)
            past->cells[kept++] = *cell;
    }
    past->count = kept;
}

static enum err load(struct ledger_past *past, struct bytes prefix)
{
    struct store_iter *iter = NULL;
    struct bytes key, value;
    past->count = 0;
    enum err err = store_iter_open(past->txn, NS_PAST, prefix, prefix, STORE_FORWARD, &iter);
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err))
        err = key.len > DAY_BYTES ? take_row(past, key, value) : ERR_CORRUPT;
    store_iter_close(iter);
    if (err == ERR_OK)
        keep_oldest(past);
    return err;
}

struct joined {
    struct ledger_past *past;
    uint32_t next;
    bool stopped;
    bool (*each)(void *to, struct bytes key, const int64_t *numbers, uint32_t count);
    void *to;
};

static bool give_past(struct joined *joined)
{
    const struct past_cell *cell = &joined->past->cells[joined->next++];
    if (cell->count == 0) /* it did not exist then */
        return true;
    joined->stopped =
        !joined->each(joined->to, bytes_of(cell->key, cell->key_len), cell->numbers, cell->count);
    return !joined->stopped;
}

/* Cells of now, each replaced by what it was; those that are gone come in their place. */
static bool on_now(void *context, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct joined *joined = context;
    struct ledger_past *past = joined->past;
    int order = 1;
    while (joined->next < past->count) {
        const struct past_cell *cell = &past->cells[joined->next];
        order = bytes_compare(bytes_of(cell->key, cell->key_len), key);
        if (order > 0)
            break;
        if (!give_past(joined))
            return false;
        if (order == 0)
            return true;
    }
    joined->stopped = !joined->each(joined->to, key, numbers, count);
    return !joined->stopped;
}

static enum err scan_past(void *context, struct bytes prefix,
                          bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                       uint32_t count),
                          void *to)
{
    struct ledger_past *past = context;
    struct joined joined = {.past = past, .each = each, .to = to};
    struct cell_source now = ledger_cells(past->txn);
    enum err err = load(past, prefix);
    if (err == ERR_OK)
        err = now.scan(now.context, prefix, on_now, &joined);
    while (err == ERR_OK && !joined.stopped && joined.next < past->count)
        (void)give_past(&joined);
    return err;
}

struct cell_source ledger_past_cells(struct ledger_past *past)
{
    struct cell_source source = ledger_cells(past->txn);
    source.context = past;
    source.scan = scan_past;
    return source;
}
