#include "tests/proto/cse/records.h"

#include <assert.h>
#include <string.h>

int32_t test_day(const char *date)
{
    int32_t day = 0;
    bool fits = civil_parse_day(date, &day);
    assert(fits);
    return day;
}

void record_start(struct record *record, uint16_t kind, uint64_t site)
{
    memset(record, 0, sizeof(*record));
    record->view = (struct record_view){.kind = kind, .subject = site, .fields = record->fields};
}

static struct bytes keep(struct record *record, struct mp_buf *buf)
{
    struct bytes encoded = mp_buf_bytes(buf);
    assert(record->used + encoded.len <= RECORD_BYTES);
    uint8_t *at = record->bytes + record->used;
    memcpy(at, encoded.data, encoded.len);
    record->used += encoded.len;
    struct bytes kept = bytes_of(at, encoded.len);
    mp_buf_deinit(buf);
    return kept;
}

static void put(struct record *record, uint16_t field, struct bytes member, struct bytes value)
{
    assert(record->view.field_count < RECORD_FIELDS);
    uint32_t at = record->view.field_count++;
    while (at > 0 && record->fields[at - 1].field > field) {
        record->fields[at] = record->fields[at - 1];
        at--;
    }
    record->fields[at] = (struct view_field){.field = field, .member = member, .value = value};
}

void record_unset(struct record *record, uint16_t field)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < record->view.field_count; i++) {
        if (record->fields[i].field != field)
            record->fields[kept++] = record->fields[i];
    }
    record->view.field_count = kept;
}

void record_int(struct record *record, uint16_t field, int64_t value)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 64);
    mp_put_int(&buf, value);
    put(record, field, bytes_of(NULL, 0), keep(record, &buf));
}

void record_bool(struct record *record, uint16_t field, bool value)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 64);
    mp_put_bool(&buf, value);
    put(record, field, bytes_of(NULL, 0), keep(record, &buf));
}

void record_text(struct record *record, uint16_t field, const char *text)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_str(&buf, bytes_of_text(text));
    put(record, field, bytes_of(NULL, 0), keep(record, &buf));
}

void record_member(struct record *record, uint16_t field, uint8_t element)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 64);
    mp_put_uint(&buf, element);
    struct bytes member = keep(record, &buf);
    mp_buf_init(&buf, 64);
    mp_put_bool(&buf, true);
    put(record, field, member, keep(record, &buf));
}

void record_ref(struct record *record, uint16_t field, const struct record *to)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 64);
    mp_put_bin(&buf, bytes_of(to->view.rid, RID_BYTES));
    put(record, field, bytes_of(NULL, 0), keep(record, &buf));
}

void record_counts(struct record *record, uint16_t field, const int64_t *counts, uint32_t count)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_array(&buf, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_int(&buf, counts[i]);
    put(record, field, bytes_of(NULL, 0), keep(record, &buf));
}

void record_day(struct record *record, uint16_t field, const char *date)
{
    record_int(record, field, test_day(date));
}

const struct rules *test_rules(void)
{
    static struct rules rules;
    static bool made;
    if (!made)
        rules_default(&rules);
    made = true;
    return &rules;
}

static void on_cell(void *context, const struct cell *cell)
{
    struct cells *cells = context;
    struct bytes key = bytes_of(cell->key, cell->key_len);
    uint32_t at = 0;
    cells->emitted++;
    while (at < cells->count &&
           bytes_compare(bytes_of(cells->rows[at].key, cells->rows[at].key_len), key) < 0)
        at++;
    if (at == cells->count ||
        !bytes_equal(bytes_of(cells->rows[at].key, cells->rows[at].key_len), key)) {
        assert(cells->count < CELLS_MAX);
        memmove(cells->rows + at + 1, cells->rows + at,
                (cells->count - at) * sizeof(cells->rows[0]));
        cells->rows[at] = *cell;
        memset(cells->rows[at].numbers, 0, sizeof(cells->rows[at].numbers));
        cells->count++;
    }
    bool zero = true;
    assert(cells->rows[at].count == cell->count);
    for (uint32_t i = 0; i < cell->count; i++) {
        cells->rows[at].numbers[i] += cells->sign * cell->numbers[i];
        zero = zero && cells->rows[at].numbers[i] == 0;
    }
    if (zero) {
        memmove(cells->rows + at, cells->rows + at + 1,
                (cells->count - at - 1) * sizeof(cells->rows[0]));
        cells->count--;
    }
}

void cells_add(struct cells *cells, const struct record *record, int64_t sign)
{
    cells->sign = sign;
    contribute(&record->view, test_rules(), on_cell, cells);
}

bool cells_equal(const struct cells *a, const struct cells *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct cell *x = &a->rows[i], *y = &b->rows[i];
        if (!bytes_equal(bytes_of(x->key, x->key_len), bytes_of(y->key, y->key_len)) ||
            x->count != y->count ||
            memcmp(x->numbers, y->numbers, x->count * sizeof(x->numbers[0])) != 0)
            return false;
    }
    return true;
}

static enum err
scan(void *context, struct bytes prefix,
     bool (*each)(void *to, struct bytes key, const int64_t *numbers, uint32_t count), void *to)
{
    const struct cells *cells = context;
    for (uint32_t i = 0; i < cells->count; i++) {
        const struct cell *cell = &cells->rows[i];
        if (cell->key_len < prefix.len || memcmp(cell->key, prefix.data, prefix.len) != 0)
            continue;
        if (!each(to, bytes_of(cell->key, cell->key_len), cell->numbers, cell->count))
            break;
    }
    return ERR_OK;
}

struct cell_source cells_source(struct cells *cells)
{
    return (struct cell_source){.context = cells, .scan = scan};
}

const struct cell *cells_only(const struct cells *cells, uint8_t view)
{
    const struct cell *found = NULL;
    for (uint32_t i = 0; i < cells->count; i++) {
        if (cells->rows[i].key[0] != view)
            continue;
        if (found != NULL)
            return NULL;
        found = &cells->rows[i];
    }
    return found;
}
