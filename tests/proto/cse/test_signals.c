#include "proto/cse/signals.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/cse/records.h"

static const uint64_t housing = UINT64_C(0x8000000000000002),
                      revenues = UINT64_C(0x8000000000000001),
                      centre = UINT64_C(0x8000000000000007);

static struct cells cells;
static struct arena arena;

static void start(void)
{
    memset(&cells, 0, sizeof(cells));
    arena_init(&arena, 64 * 1024 * 1024);
}

static void stop(void)
{
    arena_deinit(&arena);
}

TestSuite(signals, .init = start, .fini = stop);

static struct picture fold(const char *as_of)
{
    static struct picture_site sites[2];
    struct picture picture = {0};
    struct cell_source source = cells_source(&cells);
    sites[0] = (struct picture_site){.site = housing, .slug = "housing"};
    sites[1] = (struct picture_site){.site = revenues, .slug = "revenues"};
    source.centre = centre;
    cr_assert_eq(picture_fold(source, test_rules(), test_day(as_of), sites, 2, &arena, &picture),
                 ERR_OK);
    return picture;
}

static void assess(uint64_t site, const char *element, enum band band, int rank)
{
    struct record record;
    record_start(&record, KIND_ASSESSMENT, site);
    record_int(&record, ASSESSMENT_ELEMENT, element_from_id(element));
    record_int(&record, ASSESSMENT_BAND, band);
    record_int(&record, ASSESSMENT_RANK, rank);
    record_day(&record, ASSESSMENT_ASSESSED_ON, "2026-05-01");
    cells_add(&cells, &record, 1);
}

/* A standard and its measurements; numbered, so that each has an id of its own. */
static struct record standard(uint64_t site, uint8_t number, int type, int target)
{
    struct record record;
    record_start(&record, KIND_STANDARD, site);
    memset(record.view.rid, number, RID_BYTES);
    record_int(&record, STANDARD_TYPE, type);
    record_int(&record, STANDARD_TARGET_SHARE, target);
    record_day(&record, STANDARD_STARTS_ON, "2025-01-01");
    cells_add(&cells, &record, 1);
    return record;
}

static void measure(uint64_t site, const struct record *standard, const char *to, int within,
                    int total, bool explained)
{
    struct record record;
    record_start(&record, KIND_MEASUREMENT, site);
    record_ref(&record, MEASUREMENT_STANDARD, standard);
    record_day(&record, MEASUREMENT_PERIOD_TO, to);
    record_int(&record, MEASUREMENT_TOTAL, total);
    record_int(&record, MEASUREMENT_WITHIN, within);
    if (explained)
        record_text(&record, MEASUREMENT_EXPLANATION, "Two lines were down");
    cells_add(&cells, &record, 1);
}

static const struct site_standing *of_site(const struct picture *picture, uint32_t site,
                                           const char *element)
{
    return &picture->standings[site * (uint32_t)ELEMENTS + element_from_id(element) - 1U];
}

static const struct picture_element *of_all(const struct picture *picture, const char *element)
{
    return &picture->elements[element_from_id(element) - 1];
}

static void publish(uint64_t site, int type, const char *on)
{
    struct record record;
    record_start(&record, KIND_PUBLICATION, site);
    record_int(&record, PUBLICATION_TYPE, type);
    record_day(&record, PUBLICATION_PUBLISHED_ON, on);
    cells_add(&cells, &record, 1);
}

/* The rule's own example: rated C, one of four standards missed, results published. */
Test(signals, one_missed_standard_of_four_challenges_full_compliance)
{
    for (uint8_t i = 1; i <= 4; i++) {
        struct record record = standard(housing, i, STANDARD_TIMELINESS, 80);
        measure(housing, &record, "2026-03-31", i == 4 ? 1499 : 1600, 2000, false);
    }
    publish(housing, PUBLICATION_TYPE_PERFORMANCE, "2026-04-10");
    assess(housing, "5.3.2", BAND_C, RANK_SELF);
    struct picture picture = fold("2026-06-30");
    const struct site_standing *at = of_site(&picture, 0, "5.3.2");
    cr_expect_eq(at->ceiling.band, BAND_PC);
    cr_expect_eq(at->ceiling.reason, CEILING_SIGNAL);
    cr_expect_eq(at->ceiling.hits, 3);
    cr_expect_eq(at->ceiling.counted, 4);
    cr_expect(at->challenged);
    cr_expect(of_all(&picture, "5.3.2")->challenged);
    cr_expect_eq(of_all(&picture, "5.3.2")->challenged_sites, 1);
    cr_expect_not(of_site(&picture, 1, "5.3.2")->challenged, "the other site claims nothing");
    uint32_t count;
    cr_expect_eq(signals_all(&count)[at->ceiling.signal].element, element_from_id("5.3.2"));
}

Test(signals, a_lower_rating_and_an_assessors_are_not_challenged)
{
    struct record record;
    record_start(&record, KIND_SURVEY, housing);
    record_day(&record, SURVEY_ENDED_ON, "2026-04-30");
    record_text(&record, SURVEY_METHOD, "post");
    cells_add(&cells, &record, 1);
    assess(housing, "1.3.1", BAND_PC, RANK_SELF);
    assess(housing, "1.3.2", BAND_C, RANK_EXTERNAL);
    assess(housing, "1.3.3", BAND_C, RANK_MODERATED);
    struct picture picture = fold("2026-06-30");
    cr_expect_eq(of_site(&picture, 0, "1.3.1")->ceiling.band, BAND_C);
    cr_expect_not(of_site(&picture, 0, "1.3.1")->challenged);
    cr_expect_eq(of_site(&picture, 0, "1.3.2")->ceiling.reason, CEILING_EMPTY);
    cr_expect_not(of_all(&picture, "1.3.2")->challenged, "an assessor from outside outranks");
    cr_expect(of_all(&picture, "1.3.3")->challenged);
}

Test(signals, measurements_of_sites_are_added_before_they_are_judged)
{
    struct record record = standard(centre, 9, STANDARD_QUALITY, 70);
    measure(housing, &record, "2026-03-31", 90, 100, false);
    measure(revenues, &record, "2026-03-31", 300, 500, false);
    struct picture picture = fold("2026-06-30");
    cr_assert_eq(picture.standard_count, 1);
    cr_expect_eq(picture.standards[0].periods[0].within, 390);
    cr_expect_eq(picture.standards[0].periods[0].total, 600);
    cr_expect_eq(picture.standards[0].periods[0].measurements, 2);
    cr_expect_eq(picture.tallies[STANDARDS_TIMELY].nearly, 1, "65 of 100, not the mean of 75");
    cr_expect_eq(of_site(&picture, 0, "5.3.2")->ceiling.band, BAND_C);
    cr_expect_eq(of_site(&picture, 1, "5.3.2")->ceiling.band, BAND_PC);
    cr_expect_eq(of_all(&picture, "5.3.2")->ceiling.band, BAND_PC);
}

Test(signals, only_standards_in_force_and_periods_that_have_ended_count)
{
    static const struct {
        const char *name, *ends, *measured, *as_of;
        uint32_t measured_count, missed;
    } rows[] = {
        {"in force, missed", NULL, "2026-03-31", "2026-03-31", 1, 1},
        {"a day before the period ends", NULL, "2026-03-31", "2026-03-30", 0, 0},
        {"its last day", "2026-06-30", "2026-03-31", "2026-06-30", 1, 1},
        {"the day after", "2026-06-30", "2026-03-31", "2026-07-01", 0, 0},
        {"twelve months later", NULL, "2025-03-31", "2026-03-31", 1, 1},
        {"a day more", NULL, "2025-03-31", "2026-04-01", 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct record record;
        memset(&cells, 0, sizeof(cells));
        record_start(&record, KIND_STANDARD, housing);
        record.view.rid[0] = 1;
        record_int(&record, STANDARD_TARGET_SHARE, 80);
        record_day(&record, STANDARD_STARTS_ON, "2025-01-01");
        if (rows[i].ends != NULL)
            record_day(&record, STANDARD_ENDS_ON, rows[i].ends);
        cells_add(&cells, &record, 1);
        measure(housing, &record, rows[i].measured, 1, 100, false);
        struct picture picture = fold(rows[i].as_of);
        cr_expect_eq(picture.tallies[STANDARDS_ALL].measured, rows[i].measured_count, "%s",
                     rows[i].name);
        cr_expect_eq(picture.tallies[STANDARDS_ALL].missed, rows[i].missed, "%s", rows[i].name);
    }
}

Test(signals, the_last_four_periods_are_judged)
{
    struct record record = standard(housing, 3, STANDARD_TIMELINESS, 80);
    static const char *const quarters[] = {"2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31",
                                           "2026-03-31"};
    for (int i = 0; i < 5; i++)
        measure(housing, &record, quarters[i], i == 0 || i == 2 ? 10 : 90, 100, i == 2);
    struct picture picture = fold("2026-04-30");
    const struct standard_tally *tally = &picture.tallies[STANDARDS_ALL];
    cr_expect_eq(tally->periods, 4);
    cr_expect_eq(tally->periods_met, 3, "the oldest, missed, has left the window");
    cr_expect_eq(tally->missed_periods, 1);
    cr_expect_eq(tally->missed_explained, 1);
    cr_expect_eq(tally->missed_acted, 0);
    cr_expect_eq(of_site(&picture, 0, "4.1.2")->ceiling.band, BAND_PC, "3 of 4 are under 80 %%");
    cr_expect_eq(of_site(&picture, 0, "4.3.1")->ceiling.band, BAND_PC, "no corrective action");
    cr_expect_eq(of_site(&picture, 0, "5.3.2")->ceiling.band, BAND_C, "the newest is met");
}

/* One record of a kind, dated `on`, and how the first signal of the element with its fact judges.
 */
static const struct {
    const char *name;
    uint16_t kind, day;
    const char *on;
    struct {
        uint16_t field;
        int64_t value;
    } ints[3];
    const char *element;
    enum fact fact;
    enum signal_state state;
} single_rows[] = {
    {"trained 80 of 100",
     KIND_TRAINING,
     TRAINING_HELD_ON,
     "2026-01-10",
     {{TRAINING_TYPE, TRAINING_TYPE_CUSTOMER_CARE}, {TRAINING_STAFF, 100}, {TRAINING_TRAINED, 80}},
     "2.2.1",
     FACT_TRAINED_CUSTOMER_CARE,
     SIGNAL_GOOD},
    {"trained 79 of 100",
     KIND_TRAINING,
     TRAINING_HELD_ON,
     "2026-01-10",
     {{TRAINING_TYPE, TRAINING_TYPE_CUSTOMER_CARE}, {TRAINING_STAFF, 100}, {TRAINING_TRAINED, 79}},
     "2.2.1",
     FACT_TRAINED_CUSTOMER_CARE,
     SIGNAL_FAILED},
    {"trained a year and a day ago",
     KIND_TRAINING,
     TRAINING_HELD_ON,
     "2025-06-29",
     {{TRAINING_TYPE, TRAINING_TYPE_CUSTOMER_CARE}, {TRAINING_STAFF, 100}, {TRAINING_TRAINED, 10}},
     "2.2.1",
     FACT_TRAINED_CUSTOMER_CARE,
     SIGNAL_OLD},
    {"trained in something else",
     KIND_TRAINING,
     TRAINING_HELD_ON,
     "2026-01-10",
     {{TRAINING_TYPE, TRAINING_TYPE_EQUALITY}, {TRAINING_STAFF, 100}, {TRAINING_TRAINED, 1}},
     "2.2.1",
     FACT_TRAINED_CUSTOMER_CARE,
     SIGNAL_NO_DATA},
    {"more positive than not",
     KIND_OUTCOME,
     OUTCOME_PERIOD_TO,
     "2026-03-31",
     {{OUTCOME_CASES, 100}, {OUTCOME_POSITIVE, 51}},
     "4.2.2",
     FACT_POSITIVE_OUTCOME,
     SIGNAL_GOOD},
    {"half of them positive",
     KIND_OUTCOME,
     OUTCOME_PERIOD_TO,
     "2026-03-31",
     {{OUTCOME_CASES, 100}, {OUTCOME_POSITIVE, 50}},
     "4.2.2",
     FACT_POSITIVE_OUTCOME,
     SIGNAL_FAILED},
    {"policy in force",
     KIND_POLICY,
     POLICY_ADOPTED_ON,
     "2021-01-01",
     {{POLICY_TYPE, POLICY_TYPE_COMPLAINTS}},
     "4.3.2",
     FACT_COMPLAINTS_POLICY,
     SIGNAL_GOOD},
    {"policy that ended today",
     KIND_POLICY,
     POLICY_ADOPTED_ON,
     "2021-01-01",
     {{POLICY_TYPE, POLICY_TYPE_COMPLAINTS}, {POLICY_ENDS_ON, 20634 /* 2026-06-30 */}},
     "4.3.2",
     FACT_COMPLAINTS_POLICY,
     SIGNAL_GOOD},
    {"policy that ended yesterday",
     KIND_POLICY,
     POLICY_ADOPTED_ON,
     "2021-01-01",
     {{POLICY_TYPE, POLICY_TYPE_COMPLAINTS}, {POLICY_ENDS_ON, 20633}},
     "4.3.2",
     FACT_COMPLAINTS_POLICY,
     SIGNAL_OLD},
    {"reviewed with all three",
     KIND_PROCEDURE_REVIEW,
     PROCEDURE_REVIEW_REVIEWED_ON,
     "2026-02-01",
     {{PROCEDURE_REVIEW_WITH_CUSTOMERS, 1},
      {PROCEDURE_REVIEW_WITH_COMPLAINANTS, 1},
      {PROCEDURE_REVIEW_WITH_STAFF, 1}},
     "4.3.5",
     FACT_PROCEDURE_REVIEWED,
     SIGNAL_GOOD},
    {"reviewed without staff",
     KIND_PROCEDURE_REVIEW,
     PROCEDURE_REVIEW_REVIEWED_ON,
     "2026-02-01",
     {{PROCEDURE_REVIEW_WITH_CUSTOMERS, 1}, {PROCEDURE_REVIEW_WITH_COMPLAINANTS, 1}},
     "4.3.5",
     FACT_PROCEDURE_REVIEWED,
     SIGNAL_SHORT},
    {"two of four channels",
     KIND_CHANNEL,
     CHANNEL_PERIOD_TO,
     "2026-03-31",
     {{CHANNEL_CHANNEL, CHANNEL_WEB}, {CHANNEL_VOLUME, 900}},
     "3.3.1",
     FACT_CHANNEL_TELEPHONE,
     SIGNAL_SHORT},
};

Test(signals, facts_of_single_records)
{
    for (size_t i = 0; i < sizeof(single_rows) / sizeof(single_rows[0]); i++) {
        struct record record;
        memset(&cells, 0, sizeof(cells));
        record_start(&record, single_rows[i].kind, housing);
        record_day(&record, single_rows[i].day, single_rows[i].on);
        for (int f = 0; f < 3 && single_rows[i].ints[f].field != 0; f++)
            record_int(&record, single_rows[i].ints[f].field, single_rows[i].ints[f].value);
        cells_add(&cells, &record, 1);
        struct picture picture = fold("2026-06-30");
        struct signal_input input = {
            .facts = picture.facts, .tallies = picture.tallies, .settings = picture.settings};
        uint32_t count;
        const struct signal *signals = signals_all(&count);
        bool found = false;
        for (uint32_t s = 0; s < count && !found; s++) {
            found = signals[s].element == element_from_id(single_rows[i].element) &&
                    signals[s].fact == single_rows[i].fact;
            if (found)
                cr_expect_eq(signal_judge(&signals[s], &input).state, single_rows[i].state,
                             "%s: %s", single_rows[i].name,
                             signal_state_text(signal_judge(&signals[s], &input).state));
        }
        cr_expect(found, "%s", single_rows[i].name);
        cells_add(&cells, &record, -1);
        cr_expect_eq(cells.count, 0, "%s: taken away whole", single_rows[i].name);
    }
}

Test(signals, what_the_centre_records_speaks_for_every_site)
{
    struct record record;
    record_start(&record, KIND_POLICY, centre);
    record_day(&record, POLICY_ADOPTED_ON, "2024-01-01");
    record_int(&record, POLICY_TYPE, POLICY_TYPE_COMPLAINTS);
    cells_add(&cells, &record, 1);
    struct picture picture = fold("2026-06-30");
    cr_expect_eq(of_site(&picture, 0, "4.3.2")->ceiling.band, BAND_C);
    cr_expect_eq(of_site(&picture, 1, "4.3.2")->ceiling.band, BAND_C);
    cr_expect_eq(of_all(&picture, "4.3.2")->ceiling.band, BAND_C);
    cr_expect_eq(picture.facts[FACT_COMPLAINTS_POLICY].in_force, 1, "counted once for all");
}

Test(signals, every_element_has_a_signal_and_every_signal_its_words)
{
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    bool seen[ELEMENTS + 1] = {false};
    cr_assert_leq(count, 256, "a ceiling names its signal in a byte");
    for (uint32_t i = 0; i < count; i++) {
        cr_assert(signals[i].element >= 1 && signals[i].element <= ELEMENTS);
        cr_expect(i == 0 || signals[i - 1].element <= signals[i].element, "%s: in order",
                  signals[i].label);
        cr_expect_gt(strlen(signals[i].label), 8);
        cr_expect(!signal_is_figure(signals[i].op) || signals[i].op >= SIGNAL_SHARE);
        seen[signals[i].element] = true;
    }
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        cr_expect(seen[place], "%s", element_id(place));
}
