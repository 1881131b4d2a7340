#include "tests/proto/cse/records.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint64_t site = UINT64_C(0x8000000000000005);

static struct cells *fresh(void)
{
    static struct cells cells;
    memset(&cells, 0, sizeof(cells));
    return &cells;
}

Test(contribute, contacts)
{
    static const struct {
        const char *name;
        int64_t opened, due, closed;
        int64_t want[CONTACT_NUMBERS];
    } rows[] = {
        {"to the second", 1000, 2000, 2000, {1, 0, 1, 0, 0}},
        {"a second late", 1000, 2000, 2001, {1, 0, 0, 1, 0}},
        {"open", 1000, 2000, -1, {1, 1, 0, 0, 1}},
        {"without a target", 1000, -1, 2000, {1, 0, 0, 0, 1}},
        {"closed before it was opened", 1000, 2000, 500, {1, 0, 1, 0, 0}},
        {"nothing known", 1000, -1, -1, {1, 1, 0, 0, 1}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct record record;
        record_start(&record, KIND_CONTACT, site);
        record_int(&record, CONTACT_OPENED_AT, rows[i].opened);
        if (rows[i].due >= 0)
            record_int(&record, CONTACT_DUE_AT, rows[i].due);
        if (rows[i].closed >= 0)
            record_int(&record, CONTACT_CLOSED_AT, rows[i].closed);
        struct cells *cells = fresh();
        cells_add(cells, &record, 1);
        cr_assert_not_null(cells_only(cells, CELL_CONTACT), "%s", rows[i].name);
        for (int n = 0; n < CONTACT_NUMBERS; n++)
            cr_expect_eq(cells->rows[0].numbers[n], rows[i].want[n], "%s: number %d", rows[i].name,
                         n);
    }
    struct record record;
    record_start(&record, KIND_CONTACT, site);
    record_int(&record, CONTACT_OPENED_AT, -1);
    struct cells *cells = fresh();
    cells_add(cells, &record, 1);
    cr_expect_eq(get_u32(cells->rows[0].key + CELL_HEAD_BYTES), 1969U * 12 + 12,
                 "the second before 1970");
}

Test(contribute, actions_that_are_open)
{
    static const struct {
        const char *name;
        int status;
        bool done;
        bool due;
        uint32_t want;
    } rows[] = {
        {"no status", 0, false, true, 2},
        {"open", ACTION_OPEN, false, true, 2},
        {"done", ACTION_DONE, false, true, 0},
        {"dropped", ACTION_DROPPED, false, true, 0},
        {"open but done", ACTION_OPEN, true, true, 0},
        {"no due day", 0, false, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct record record;
        record_start(&record, KIND_ACTION, site);
        record_member(&record, ACTION_ELEMENTS, 1);
        record_member(&record, ACTION_ELEMENTS, 57);
        if (rows[i].due)
            record_day(&record, ACTION_DUE_ON, "2026-05-01");
        if (rows[i].status != 0)
            record_int(&record, ACTION_STATUS, rows[i].status);
        if (rows[i].done)
            record_day(&record, ACTION_DONE_ON, "2026-04-01");
        struct cells *cells = fresh();
        cells_add(cells, &record, 1);
        cr_expect_eq(cells->count, rows[i].want, "%s", rows[i].name);
    }
}

Test(contribute, malformed_fields_add_nothing)
{
    static const uint16_t kinds[] = {KIND_ASSESSMENT, KIND_EVIDENCE, KIND_COMPLAINT,
                                     KIND_RESPONSE,   KIND_ACTION,   KIND_CONTACT};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct record record;
        record_start(&record, kinds[k], site);
        for (uint16_t field = 1; field <= 20; field++)
            record_text(&record, field, "x");
        struct cells *cells = fresh();
        cells_add(cells, &record, 1);
        cr_expect_eq(cells->count, 0, "kind %u with texts everywhere", kinds[k]);
        record_start(&record, kinds[k], site);
        for (uint16_t field = 1; field <= 20; field++)
            record_int(&record, field, INT64_MAX);
        cells_add(fresh(), &record, 1);
    }
    struct record record;
    record_start(&record, 999, site);
    record_int(&record, 1, 1);
    struct cells *cells = fresh();
    cells_add(cells, &record, 1);
    cr_expect_eq(cells->count, 0, "a kind of a newer version");
}

/* xorshift: the same walk every time. */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void mutate(struct record *record, uint32_t *seed)
{
    uint16_t kinds[] = {KIND_ASSESSMENT, KIND_EVIDENCE, KIND_COMPLAINT,
                        KIND_RESPONSE,   KIND_ACTION,   KIND_CONTACT};
    if (record->view.kind == 0 || record->used > RECORD_BYTES - 64 ||
        record->view.field_count > RECORD_FIELDS - 4)
        record_start(record, kinds[next(seed) % 6], site + next(seed) % 3);
    uint16_t field = (uint16_t)(1 + next(seed) % 20);
    record->view.deleted = next(seed) % 8 == 0;
    switch (next(seed) % 5) {
    case 0:
        record_unset(record, field);
        break;
    case 1:
        record_member(record,
                      next(seed) % 2 == 0 ? (uint16_t)EVIDENCE_ELEMENTS
                                          : (uint16_t)EVIDENCE_STRONGEST_FOR,
                      (uint8_t)(1 + next(seed) % 57));
        record_member(record, ACTION_ELEMENTS, (uint8_t)(1 + next(seed) % 57));
        break;
    case 2:
        record_unset(record, field);
        record_int(record, field, test_day("2026-01-01") + (int64_t)(next(seed) % 90));
        break;
    case 3:
        record_unset(record, field);
        record_text(record, field, next(seed) % 2 == 0 ? "2026-Q1" : "2026-Q2");
        break;
    default:
        record_unset(record, field);
        record_int(record, field, next(seed) % 7);
        for (uint32_t i = 0; i < record->view.field_count; i++)
            record->fields[i].disputed = next(seed) % 4 == 0;
        break;
    }
}

Test(contribute, cells_kept_up_to_date_equal_cells_made_anew)
{
    enum { RECORDS = 40, STEPS = 4000 };
    static struct record records[RECORDS];
    static struct cells kept, anew;
    uint32_t seed = 20261122, most = 0;
    for (int i = 0; i < RECORDS; i++)
        mutate(&records[i], &seed);
    for (int i = 0; i < RECORDS; i++)
        cells_add(&kept, &records[i], 1);
    for (int step = 0; step < STEPS; step++) {
        struct record *record = &records[next(&seed) % RECORDS];
        uint32_t before = kept.emitted;
        cells_add(&kept, record, -1);
        cr_assert_leq(kept.emitted - before, 4 * ELEMENTS);
        mutate(record, &seed);
        cells_add(&kept, record, 1);
        most = kept.count > most ? kept.count : most;
        if (step % 20 != 0)
            continue;
        memset(&anew, 0, sizeof(anew));
        for (int i = RECORDS - 1; i >= 0; i--)
            cells_add(&anew, &records[i], 1);
        cr_assert(cells_equal(&kept, &anew), "step %d", step);
    }
    cr_expect_gt(most, 20, "the walk fills cells");
    for (int i = 0; i < RECORDS; i++) {
        cells_add(&kept, &records[i], -1);
        records[i].view.deleted = true;
        cells_add(&kept, &records[i], 1);
    }
    cr_expect_eq(kept.count, 0, "deletion takes everything away");
}
