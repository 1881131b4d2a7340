/* Facts that depend on more than a row of the table can say. */
#include "proto/cse/facts_table.h"
#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

enum { DAY_SECONDS = 86400, COMPARATORS_MIN = 3, SATISFIED_FROM = 4 };

static bool there(const struct record_view *view, uint16_t field)
{
    return view_get(view, field).len > 0;
}

/* ---- complaints ---- */

/* What the last stage decided: upheld, wholly or in part? */
static bool upheld(const struct record_view *view)
{
    int64_t outcome;
    uint16_t field =
        there(view, COMPLAINT_STAGE2_OUTCOME) ? COMPLAINT_STAGE2_OUTCOME : COMPLAINT_OUTCOME;
    return view_int(view, field, &outcome) &&
           (outcome == OUTCOME_UPHELD || outcome == OUTCOME_PARTLY_UPHELD);
}

static bool upheld_with(const struct record_view *view, uint16_t field, struct fact_pair *pair_out)
{
    if (!upheld(view))
        return false;
    *pair_out = (struct fact_pair){.hits = there(view, field), .counted = 1};
    return true;
}

bool fact_of_upheld_cause(const struct record_view *view, struct fact_pair *pair_out)
{
    return upheld_with(view, COMPLAINT_ROOT_CAUSE, pair_out);
}

bool fact_of_upheld_remedy(const struct record_view *view, struct fact_pair *pair_out)
{
    return upheld_with(view, COMPLAINT_ACTIONS_COMPLETED_ON, pair_out);
}

bool fact_of_upheld_satisfied(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t answer;
    if (!upheld(view) || !view_int(view, COMPLAINT_HANDLING_SATISFACTION, &answer))
        return false;
    *pair_out = (struct fact_pair){.hits = answer >= SATISFIED_FROM, .counted = 1};
    return true;
}

/* Two names that are known: not who they are counts, only whether they are one. */
bool fact_of_investigator(const struct record_view *view, struct fact_pair *pair_out)
{
    struct bytes by = view_get(view, COMPLAINT_INVESTIGATOR);
    struct bytes of = view_get(view, COMPLAINT_COMPLAINED_OF);
    if (by.len == 0 || of.len == 0)
        return false;
    *pair_out = (struct fact_pair){.hits = !bytes_equal(by, of), .counted = 1};
    return true;
}

/* ---- contacts ---- */

/* The first answer, or for want of one the end, against its due time. */
bool fact_of_first_response(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t at, due;
    bool first = view_int(view, CONTACT_FIRST_RESPONSE_DUE_AT, &due);
    if (!first && !view_int(view, CONTACT_DUE_AT, &due))
        return false;
    if (!view_int(view, first ? CONTACT_FIRST_RESPONSE_AT : CONTACT_CLOSED_AT, &at))
        return false;
    *pair_out = (struct fact_pair){.hits = at <= due, .counted = 1};
    return true;
}

/* Closed late: was the customer told on or before the day it was due? */
bool fact_of_delay_notice(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t due, closed, told;
    if (!view_int(view, CONTACT_DUE_AT, &due) || !view_int(view, CONTACT_CLOSED_AT, &closed) ||
        closed <= due)
        return false;
    bool in_time = view_int(view, CONTACT_DELAY_NOTIFIED_ON, &told) && told <= due / DAY_SECONDS;
    *pair_out = (struct fact_pair){.hits = in_time, .counted = 1};
    return true;
}

/* ---- people ---- */

bool fact_of_managers(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t role;
    struct fact_pair pair;
    if (!view_int(view, COMPETENCY_SUMMARY_ROLE, &role) ||
        (role != ROLE_MANAGER && role != ROLE_DIRECTOR) ||
        !view_int(view, COMPETENCY_SUMMARY_AT_TARGET, &pair.hits) ||
        !view_int(view, COMPETENCY_SUMMARY_PEOPLE, &pair.counted))
        return false;
    *pair_out = pair;
    return true;
}

/* ---- benchmarks ---- */

static uint32_t peers_of(const struct record_view *view, int64_t peers_out[COUNTS_MAX])
{
    struct mp_reader reader = mp_reader_of(view_get(view, BENCHMARK_PEERS));
    if (mp_peek(&reader) != MP_ARRAY)
        return 0;
    uint32_t count = mp_read_array(&reader);
    for (uint32_t i = 0; i < count && i < COUNTS_MAX; i++)
        peers_out[i] = mp_read_int(&reader);
    return reader.err == ERR_OK && count <= COUNTS_MAX ? count : 0;
}

bool fact_of_comparators(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t peers[COUNTS_MAX];
    if (peers_of(view, peers) < COMPARATORS_MIN)
        return false;
    *pair_out = (struct fact_pair){.hits = there(view, BENCHMARK_LESSONS), .counted = 1};
    return true;
}

bool fact_of_quartile(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t peers[COUNTS_MAX], own, direction;
    uint32_t count = peers_of(view, peers), better = 0;
    if (count < COMPARATORS_MIN || !view_int(view, BENCHMARK_OWN, &own) ||
        !view_int(view, BENCHMARK_DIRECTION, &direction))
        return false;
    for (uint32_t i = 0; i < count; i++)
        better += direction == BENCHMARK_DIRECTION_HIGHER ? peers[i] > own : peers[i] < own;
    /* quartile = ceil(4 * rank / n), with rank = 1 + those strictly better */
    uint32_t n = count + 1, quartile = (4 * (better + 1) + n - 1) / n;
    *pair_out = (struct fact_pair){.hits = quartile <= 2, .counted = 1};
    return true;
}

/* ---- surveys ---- */

bool fact_of_survey_target(const struct record_view *view, struct fact_pair *pair_out)
{
    struct fact_pair pair = {.counted = 1};
    if (!view_int(view, SURVEY_TARGET_PERCENT, &pair.hits))
        return false;
    *pair_out = pair;
    return true;
}

bool fact_of_population(const struct record_view *view, struct fact_pair *pair_out)
{
    int64_t census;
    struct fact_pair pair = {.hits = 0};
    if (!view_int(view, SURVEY_POPULATION, &pair.counted))
        return false;
    if (view_int(view, SURVEY_CENSUS, &census) && census != 0)
        pair.hits = pair.counted;
    *pair_out = pair;
    return true;
}

/* Five counts from the lowest answer up: the upper two are the satisfied. */
bool fact_of_counts(const struct record_view *view, struct fact_pair *pair_out)
{
    struct mp_reader reader = mp_reader_of(view_get(view, SURVEY_RESULT_COUNTS));
    struct fact_pair pair = {.hits = 0};
    if (mp_peek(&reader) != MP_ARRAY || mp_read_array(&reader) != 5)
        return false;
    for (int answer = 1; answer <= 5; answer++) {
        int64_t count = mp_read_int(&reader);
        pair.counted += count;
        pair.hits += answer >= SATISFIED_FROM ? count : 0;
    }
    if (reader.err != ERR_OK)
        return false;
    *pair_out = pair;
    return true;
}
