/* Facts of one record: walk the rows of its kind and give a cell for each that holds. */
#include "proto/cse/facts.h"

#include "proto/cse/facts_table.h"
#include "proto/cse/picture_cells.h"

enum { DAY_SECONDS = 86400 };

/* There, and not "no": a text, a date, a number, a member of a set, true. */
static bool holds(const struct record_view *view, uint16_t field)
{
    for (uint32_t i = 0; i < view->field_count; i++) {
        const struct view_field *at = &view->fields[i];
        if (at->field != field)
            continue;
        struct mp_reader reader = mp_reader_of(at->value);
        if (at->member.len > 0)
            return true;
        if (at->value.len == 0 || mp_peek(&reader) == MP_NIL)
            return false;
        return mp_peek(&reader) != MP_BOOL || mp_read_bool(&reader);
    }
    return false;
}

static bool said(const struct record_view *view, uint16_t field)
{
    int64_t number;
    return view_int(view, field, &number) || holds(view, field);
}

static bool fits(const struct record_view *view, const struct fact_row *row)
{
    for (int i = 0; i < FACT_WHEN_MAX && row->when[i].field != 0; i++) {
        uint16_t field = row->when[i].field;
        int64_t wanted = row->when[i].value, number;
        bool fit = wanted == WHEN_ANY      ? holds(view, field)
                   : wanted == WHEN_SAID   ? said(view, field)
                   : wanted == WHEN_ABSENT ? !said(view, field)
                                           : view_int(view, field, &number) && number == wanted;
        if (!fit)
            return false;
    }
    return true;
}

static bool pair_of(const struct record_view *view, const struct fact_row *row,
                    struct fact_pair *pair_out)
{
    struct fact_pair pair = {.hits = 0, .counted = 1};
    if (row->compute != NULL)
        return row->compute(view, pair_out);
    if (row->score != 0) {
        int64_t answer;
        if (!view_int(view, row->score, &answer) || answer < 1 || answer > 5)
            return false;
        pair.hits = answer >= 4;
    }
    if (row->counted != 0 && (!view_int(view, row->counted, &pair.counted) || pair.counted < 0))
        return false;
    if (row->hits != 0 && (!view_int(view, row->hits, &pair.hits) || pair.hits < 0))
        return false;
    if (row->hit_if[0] != 0) {
        pair.hits = 1;
        for (int i = 0; i < FACT_HIT_FIELDS_MAX && row->hit_if[i] != 0; i++)
            pair.hits = pair.hits != 0 && holds(view, row->hit_if[i]);
    }
    *pair_out = pair;
    return true;
}

static bool day_of(const struct record_view *view, const struct fact_row *row, int32_t *day_out)
{
    int64_t seconds;
    if (!row->timed)
        return view_day(view, row->day, day_out);
    if (!view_int(view, row->day, &seconds))
        return false;
    int64_t day = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0 ? 1 : 0);
    if (day < CIVIL_DAY_MIN || day > CIVIL_DAY_MAX)
        return false;
    *day_out = (int32_t)day;
    return true;
}

static bool number_of(const struct record_view *view, const struct fact_row *row,
                      enum fact *fact_out)
{
    int64_t value;
    *fact_out = row->fact;
    if (row->spread == 0)
        return true;
    if (!view_int(view, row->spread, &value) || value < 1 || value > row->spread_max)
        return false;
    *fact_out = (enum fact)((int)row->fact + (int)value - 1);
    return true;
}

void fact_give(const struct record_view *view, struct fact_at at, struct fact_pair pair,
               void (*emit)(void *context, const struct cell *cell), void *context)
{
    struct cell cell = {.key_len = CELL_FACT_BYTES, .count = 2};
    cell.key[0] = CELL_FACT;
    put_u64(cell.key + 1, view->subject);
    cell.key[CELL_HEAD_BYTES] = (uint8_t)at.fact;
    put_u32(cell.key + CELL_HEAD_BYTES + 1, cell_day(at.day));
    cell.numbers[0] = pair.hits;
    cell.numbers[1] = pair.counted;
    emit(context, &cell);
}

static void give_row(const struct record_view *view, const struct fact_row *row,
                     void (*emit)(void *context, const struct cell *cell), void *context)
{
    struct fact_at at;
    struct fact_pair pair;
    int32_t until;
    if (!fits(view, row) || !day_of(view, row, &at.day) || !number_of(view, row, &at.fact) ||
        !pair_of(view, row, &pair))
        return;
    bool ends = row->in_force && row->until != 0 && view_day(view, row->until, &until);
    if (ends && until < at.day)
        return;
    fact_give(view, at, pair, emit, context);
    if (!ends || until == CIVIL_DAY_MAX)
        return;
    at.day = until + 1;
    pair = (struct fact_pair){.hits = -pair.hits, .counted = -pair.counted};
    fact_give(view, at, pair, emit, context);
}

void contribute_facts(const struct record_view *view,
                      void (*emit)(void *context, const struct cell *cell), void *context)
{
    size_t count;
    const struct fact_row *rows = fact_rows(&count);
    if (view->deleted)
        return;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == view->kind)
            give_row(view, &rows[i], emit, context);
    }
}
