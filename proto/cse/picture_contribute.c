/* What one record adds to the picture. Only the record's own dates and numbers speak here; whatever
 * depends on the day the picture is asked for goes into the key, and the fold compares. */
#include "proto/cse/picture_cells.h"

#include <assert.h>

#include "proto/cse/complaint.h"
#include "proto/cse/facts.h"
#include "proto/cse/standards.h"
#include "proto/record/fields.h"

enum { DAY_SECONDS = 86400 };
#define WEIGHT_MAX INT64_C(1000000000000)

struct sink {
    void (*emit)(void *context, const struct cell *cell);
    void *context;
};

static struct cell cell_start(const struct record_view *view, enum cell_view cell_view,
                              uint8_t numbers)
{
    struct cell cell = {.key_len = CELL_HEAD_BYTES, .count = numbers};
    cell.key[0] = (uint8_t)cell_view;
    put_u64(cell.key + 1, view->subject);
    return cell;
}

static void add_u8(struct cell *cell, uint8_t value)
{
    cell->key[cell->key_len++] = value;
}

static void add_u32(struct cell *cell, uint32_t value)
{
    put_u32(cell->key + cell->key_len, value);
    cell->key_len = (uint8_t)(cell->key_len + 4);
}

static void give(const struct sink *sink, const struct cell *cell)
{
    sink->emit(sink->context, cell);
}

/* A number of the field within bounds, or what stands for its absence. */
static int64_t int_or(const struct record_view *view, uint16_t field, int64_t max, int64_t absent)
{
    int64_t number;
    return view_int(view, field, &number) && number >= 1 && number <= max ? number : absent;
}

static void of_assessment(const struct record_view *view, const struct sink *sink)
{
    int64_t element = int_or(view, ASSESSMENT_ELEMENT, ELEMENTS, 0);
    int64_t band = int_or(view, ASSESSMENT_BAND, BAND_NA, 0);
    int32_t day;
    if (element == 0 || band == 0 || !view_day(view, ASSESSMENT_ASSESSED_ON, &day))
        return;
    struct cell cell = cell_start(view, CELL_ASSESSMENT, 1);
    add_u8(&cell, (uint8_t)element);
    add_u8(&cell, (uint8_t)int_or(view, ASSESSMENT_RANK, RANK_EXTERNAL, RANK_SELF));
    add_u32(&cell, cell_day(day));
    add_u8(&cell, (uint8_t)band);
    add_u8(&cell, view_disputed(view, ASSESSMENT_BAND) ? 1 : 0);
    put_u64(cell.key + cell.key_len, (uint64_t)int_or(view, ASSESSMENT_WEIGHT, WEIGHT_MAX, 1));
    cell.key_len = CELL_ASSESSMENT_BYTES;
    cell.numbers[0] = 1;
    give(sink, &cell);
}

static void of_evidence(const struct record_view *view, const struct sink *sink)
{
    uint64_t strongest = view_elements(view, EVIDENCE_STRONGEST_FOR);
    uint64_t places = view_elements(view, EVIDENCE_ELEMENTS) | strongest;
    int32_t day, accepted;
    int64_t generated;
    /* what the program made counts once a person has accepted it */
    if (view_int(view, EVIDENCE_GENERATED, &generated) && generated != 0 &&
        !view_day(view, EVIDENCE_ACCEPTED_ON, &accepted))
        return;
    uint32_t day_key = view_day(view, EVIDENCE_DATE, &day) ? cell_day(day) : 0;
    for (uint8_t i = 0; i < ELEMENTS; i++) {
        if ((places >> i & 1) == 0)
            continue;
        struct cell cell = cell_start(view, CELL_EVIDENCE, 2);
        add_u8(&cell, (uint8_t)(i + 1));
        add_u32(&cell, day_key);
        cell.numbers[0] = 1;
        cell.numbers[1] = (int64_t)(strongest >> i & 1);
        give(sink, &cell);
    }
}

static void of_action(const struct record_view *view, const struct sink *sink)
{
    int32_t due, done;
    if (int_or(view, ACTION_STATUS, UINT16_MAX, ACTION_OPEN) != ACTION_OPEN ||
        view_day(view, ACTION_DONE_ON, &done) || !view_day(view, ACTION_DUE_ON, &due))
        return;
    uint64_t places = view_elements(view, ACTION_ELEMENTS);
    for (uint8_t i = 0; i < ELEMENTS; i++) {
        if ((places >> i & 1) == 0)
            continue;
        struct cell cell = cell_start(view, CELL_ACTION, 1);
        add_u8(&cell, (uint8_t)(i + 1));
        add_u32(&cell, cell_day(due));
        cell.numbers[0] = 1;
        give(sink, &cell);
    }
}

static struct bytes wave_of(const struct record_view *view)
{
    struct mp_reader reader = mp_reader_of(view_get(view, RESPONSE_WAVE));
    struct bytes wave = mp_read_str(&reader);
    bool fits = reader.err == ERR_OK && wave.len <= CELL_WAVE_BYTES_MAX && utf8_valid(wave);
    return fits ? wave : bytes_of(NULL, 0);
}

/* One answer: `answer` counts from 0. */
static void give_answer(const struct record_view *view, enum satisfaction_question question,
                        uint8_t numbers, int64_t answer, const struct sink *sink)
{
    if (answer < 0 || answer >= numbers)
        return;
    struct cell cell = cell_start(view, CELL_SATISFACTION, numbers);
    int32_t day;
    struct bytes wave = wave_of(view);
    add_u8(&cell, (uint8_t)question);
    add_u32(&cell, view_day(view, RESPONSE_ANSWERED_ON, &day) ? cell_month(day) : 0);
    if (wave.len > 0)
        memcpy(cell.key + cell.key_len, wave.data, wave.len);
    cell.key_len = (uint8_t)(cell.key_len + wave.len);
    cell.numbers[answer] = 1;
    give(sink, &cell);
}

static void of_response(const struct record_view *view, const struct sink *sink)
{
    int64_t overall, ease, recommend, silent;
    if (view_int(view, RESPONSE_OVERALL, &overall)) {
        if (overall >= 1 && overall <= OVERALL_NUMBERS - 1)
            give_answer(view, QUESTION_OVERALL, OVERALL_NUMBERS, overall - 1, sink);
    } else if (view_int(view, RESPONSE_NO_ANSWER, &silent) && silent != 0) {
        give_answer(view, QUESTION_OVERALL, OVERALL_NUMBERS, OVERALL_NUMBERS - 1, sink);
    }
    if (view_int(view, RESPONSE_EASE, &ease) && ease >= 1)
        give_answer(view, QUESTION_EASE, EASE_NUMBERS, ease - 1, sink);
    if (view_int(view, RESPONSE_RECOMMEND, &recommend))
        give_answer(view, QUESTION_RECOMMEND, RECOMMEND_NUMBERS, recommend, sink);
}

static void of_contact(const struct record_view *view, const struct sink *sink)
{
    int64_t opened, due, closed;
    if (!view_int(view, CONTACT_OPENED_AT, &opened))
        return;
    int64_t day = opened / DAY_SECONDS - (opened % DAY_SECONDS < 0 ? 1 : 0);
    if (day < CIVIL_DAY_MIN || day > CIVIL_DAY_MAX)
        return;
    bool has_due = view_int(view, CONTACT_DUE_AT, &due);
    bool has_closed = view_int(view, CONTACT_CLOSED_AT, &closed);
    bool decidable = has_due && has_closed;
    struct cell cell = cell_start(view, CELL_CONTACT, CONTACT_NUMBERS);
    add_u32(&cell, cell_month((int32_t)day));
    cell.numbers[CONTACTS_RECEIVED] = 1;
    cell.numbers[CONTACTS_OPEN] = has_closed ? 0 : 1;
    cell.numbers[CONTACTS_ON_TIME] = decidable && closed <= due ? 1 : 0;
    cell.numbers[CONTACTS_LATE] = decidable && closed > due ? 1 : 0;
    cell.numbers[CONTACTS_UNDECIDABLE] = decidable ? 0 : 1;
    give(sink, &cell);
}

void contribute(const struct record_view *view, const struct rules *rules,
                void (*emit)(void *context, const struct cell *cell), void *context)
{
    assert(emit != NULL);
    const struct sink sink = {.emit = emit, .context = context};
    if (view->deleted)
        return;
    switch (view->kind) {
    case KIND_ASSESSMENT:
        of_assessment(view, &sink);
        break;
    case KIND_EVIDENCE:
        of_evidence(view, &sink);
        break;
    case KIND_COMPLAINT:
        assert(rules != NULL);
        contribute_complaint(view, rules, emit, context);
        break;
    case KIND_RESPONSE:
        of_response(view, &sink);
        break;
    case KIND_ACTION:
        of_action(view, &sink);
        break;
    case KIND_CONTACT:
        of_contact(view, &sink);
        break;
    case KIND_STANDARD:
        contribute_standard(view, emit, context);
        break;
    case KIND_MEASUREMENT:
        contribute_measurement(view, emit, context);
        break;
    default: /* the other kinds give facts; those of a newer version nothing */
        break;
    }
    contribute_facts(view, emit, context);
}
