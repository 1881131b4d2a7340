#include "tests/proto/cse/records.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint64_t housing = UINT64_C(0x8000000000000002),
                      revenues = UINT64_C(0x8000000000000001),
                      friends = UINT64_C(0x8000000000000003),
                      stranger = UINT64_C(0x8000000000000009);

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

TestSuite(picture, .init = start, .fini = stop);

static void assess(uint64_t site, const char *element, enum band band, int rank, const char *day)
{
    struct record record;
    record_start(&record, KIND_ASSESSMENT, site);
    record_int(&record, ASSESSMENT_ELEMENT, element_from_id(element));
    record_int(&record, ASSESSMENT_BAND, band);
    if (rank != 0)
        record_int(&record, ASSESSMENT_RANK, rank);
    record_day(&record, ASSESSMENT_ASSESSED_ON, day);
    cells_add(&cells, &record, 1);
}

static void assess_weighed(uint64_t site, const char *element, enum band band, int64_t weight)
{
    struct record record;
    record_start(&record, KIND_ASSESSMENT, site);
    record_int(&record, ASSESSMENT_ELEMENT, element_from_id(element));
    record_int(&record, ASSESSMENT_BAND, band);
    record_int(&record, ASSESSMENT_WEIGHT, weight);
    record_day(&record, ASSESSMENT_ASSESSED_ON, "2026-05-01");
    cells_add(&cells, &record, 1);
}

static void assess_all(uint64_t site, enum band band)
{
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        assess(site, element_id(place), band, 0, "2026-05-01");
}

static struct picture fold(struct picture_site *sites, uint32_t count, const char *as_of)
{
    struct picture picture = {0};
    enum err err = picture_fold(cells_source(&cells), test_rules(), test_day(as_of), sites, count,
                                &arena, &picture);
    cr_assert_eq(err, ERR_OK);
    return picture;
}

static struct picture fold_housing(const char *as_of)
{
    static struct picture_site sites[1];
    sites[0] = (struct picture_site){.site = housing, .slug = "housing"};
    return fold(sites, 1, as_of);
}

static uint32_t at(const char *element)
{
    return (uint32_t)element_from_id(element) - 1;
}

Test(picture, which_assessment_counts)
{
    assess(housing, "1.1.1", BAND_CP, RANK_SELF, "2026-05-01");
    assess(housing, "1.1.1", BAND_PC, RANK_EXTERNAL, "2024-05-01");
    assess(housing, "1.1.1", BAND_C, RANK_MODERATED, "2026-04-01");
    assess(housing, "1.1.2", BAND_PC, RANK_SELF, "2026-01-01");
    assess(housing, "1.1.2", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.1.2", BAND_CP, RANK_SELF, "2026-07-01");
    assess(housing, "1.1.3", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.1.3", BAND_PC, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.1", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.1", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.2", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.2", BAND_PC, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.2", BAND_CP, RANK_SELF, "2026-03-02");
    assess(housing, "1.2.3", BAND_NA, RANK_SELF, "2026-03-01");
    assess(housing, "1.2.3", BAND_C, RANK_SELF, "2026-03-01");
    assess(housing, "1.3.1", BAND_C, 0, "2026-07-01");
    static const struct {
        const char *name, *element;
        enum band want;
        bool disputed;
        const char *on;
    } rows[] = {
        {"the external one outranks newer ones", "1.1.1", BAND_PC, false, "2024-05-01"},
        {"the newest that is not in the future", "1.1.2", BAND_C, false, "2026-03-01"},
        {"two on one day: the lower, disputed", "1.1.3", BAND_PC, true, "2026-03-01"},
        {"two on one day that agree", "1.2.1", BAND_C, false, "2026-03-01"},
        {"a newer one settles it", "1.2.2", BAND_CP, false, "2026-03-02"},
        {"not applicable gives way", "1.2.3", BAND_C, true, "2026-03-01"},
        {"only one in the future", "1.3.1", BAND_U, false, "0001-01-01"},
        {"none", "1.3.2", BAND_U, false, "0001-01-01"},
    };
    struct picture picture = fold_housing("2026-06-30");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct site_standing *standing = &picture.standings[at(rows[i].element)];
        cr_expect_eq(standing->band, rows[i].want, "%s: %s", rows[i].name,
                     band_text(standing->band));
        cr_expect_eq(standing->disputed, rows[i].disputed, "%s: disputed", rows[i].name);
        cr_expect_eq(standing->assessed_on, test_day(rows[i].on), "%s: day", rows[i].name);
        cr_expect_eq(picture.elements[at(rows[i].element)].disputed, rows[i].disputed, "%s",
                     rows[i].name);
    }
    cr_expect_eq(fold_housing("2026-07-01").standings[at("1.3.1")].band, BAND_C,
                 "the next day it is there");
}

Test(picture, a_disputed_band_field_shows)
{
    struct record record;
    record_start(&record, KIND_ASSESSMENT, housing);
    record_int(&record, ASSESSMENT_ELEMENT, 1);
    record_int(&record, ASSESSMENT_BAND, BAND_C);
    record_day(&record, ASSESSMENT_ASSESSED_ON, "2026-03-01");
    record.fields[1].disputed = true;
    cells_add(&cells, &record, 1);
    cr_expect(fold_housing("2026-06-30").standings[0].disputed);
}

Test(picture, evidence_by_age)
{
    static const char *const dates[] = {"2026-06-30", "2025-06-30", "2025-06-29", "2023-06-30",
                                        "2023-06-29", "2026-07-01", NULL};
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        struct record record;
        record_start(&record, KIND_EVIDENCE, i % 2 == 0 ? housing : revenues);
        record_member(&record, EVIDENCE_ELEMENTS, element_from_id("4.3.2"));
        record_member(&record, EVIDENCE_STRONGEST_FOR, element_from_id("5.1.1"));
        if (dates[i] != NULL)
            record_day(&record, EVIDENCE_DATE, dates[i]);
        cells_add(&cells, &record, 1);
    }
    struct picture_site sites[] = {{.site = revenues, .slug = "revenues"},
                                   {.site = housing, .slug = "housing"}};
    struct picture picture = fold(sites, 2, "2026-06-30");
    cr_expect_str_eq(picture.sites[0].slug, "housing", "sorted by short name");
    static const char *const elements[] = {"4.3.2", "5.1.1"};
    for (int i = 0; i < 2; i++) {
        const struct picture_element *element = &picture.elements[at(elements[i])];
        cr_expect_eq(element->evidence_current, 2);
        cr_expect_eq(element->evidence_ageing, 2);
        cr_expect_eq(element->evidence_expired, 2,
                     "one too old, one without a date; the future one is none");
    }
    cr_expect_eq(picture.standings[at("4.3.2")].evidence_current, 1);
    cr_expect_eq(picture.standings[ELEMENTS + at("4.3.2")].evidence_current, 1);
}

Test(picture, an_action_in_time_closes_a_gap)
{
    assess_weighed(housing, "1.1.1", BAND_C, 85);
    assess_weighed(revenues, "1.1.1", BAND_PC, 15);
    struct record record;
    record_start(&record, KIND_ACTION, revenues);
    record_member(&record, ACTION_ELEMENTS, element_from_id("1.1.1"));
    record_day(&record, ACTION_DUE_ON, "2026-09-30");
    cells_add(&cells, &record, 1);
    struct picture_site sites[] = {{.site = housing, .slug = "housing"},
                                   {.site = revenues, .slug = "revenues"}};
    struct consolidated due = fold(sites, 2, "2026-09-30").elements[0].result;
    cr_expect(due.band == BAND_C && due.minor_gaps && due.worst == BAND_PC,
              "due today is not overdue");
    struct consolidated late = fold(sites, 2, "2026-10-01").elements[0].result;
    cr_expect(late.band == BAND_PC && !late.minor_gaps);
    struct consolidated before = fold(sites, 2, "2026-04-30").elements[0].result;
    cr_expect(before.band == BAND_U && before.provisional);
}

Test(picture, coverage_weighs_the_silent)
{
    assess_weighed(housing, "1.1.1", BAND_C, 50);
    assess_weighed(housing, "1.1.2", BAND_C, 50);
    assess_weighed(revenues, "1.1.2", BAND_C, 150);
    struct picture_site sites[] = {{.site = housing, .slug = "housing"},
                                   {.site = revenues, .slug = "revenues"},
                                   {.site = friends, .slug = "friends", .partner = true},
                                   {.site = stranger, .slug = "gone", .revoked = true}};
    struct picture picture = fold(sites, 4, "2026-06-30");
    cr_expect_eq(picture.elements[0].result.weight_assessed, 50);
    cr_expect_eq(picture.elements[0].result.weight_applicable, 200,
                 "revenues weighs what it weighs elsewhere");
    cr_expect(picture.elements[0].result.provisional);
    cr_expect_not(picture.elements[1].result.provisional,
                  "a partner and a revoked site without a word leave no gap");
    assess_weighed(friends, "1.1.2", BAND_NC, 1);
    cr_expect_eq(fold(sites, 4, "2026-06-30").elements[1].result.band, BAND_PC,
                 "what they did say counts");
}

Test(picture, sites_outside_are_left_out)
{
    assess(stranger, "1.1.1", BAND_NC, 0, "2026-05-01");
    assess(housing, "1.1.1", BAND_C, 0, "2026-05-01");
    cr_expect_eq(fold_housing("2026-06-30").elements[0].result.worst, BAND_C);
    struct picture picture = fold(NULL, 0, "2026-06-30");
    cr_expect_eq(picture.award, AWARD_INCOMPLETE);
    cr_expect_eq(picture.elements[0].result.band, BAND_U);
}

static const struct {
    const char *name;
    enum band here, there;
    enum freshness state;
    bool revoked;
    enum award want;
    bool could[3];
} award_rows[] = {
    {"all heard", BAND_C, BAND_C, FRESH_CURRENT, false, AWARD_AWARDABLE, {true, false, false}},
    {"a silent site that agreed",
     BAND_C,
     BAND_C,
     FRESH_SILENT,
     false,
     AWARD_AWARDABLE,
     {true, true, false}},
    {"a late site that failed",
     BAND_C,
     BAND_NC,
     FRESH_LATE,
     false,
     AWARD_NOT_AWARDABLE,
     {true, true, false}},
    {"a current site that failed",
     BAND_C,
     BAND_NC,
     FRESH_CURRENT,
     false,
     AWARD_NOT_AWARDABLE,
     {false, true, false}},
    {"never heard", BAND_C, BAND_U, FRESH_NEVER, false, AWARD_AWARDABLE, {true, true, false}},
    {"a failure elsewhere settles it",
     BAND_NC,
     BAND_C,
     FRESH_SILENT,
     false,
     AWARD_NOT_AWARDABLE,
     {false, true, false}},
    {"nothing assessed here, silent there",
     BAND_U,
     BAND_U,
     FRESH_SILENT,
     false,
     AWARD_INCOMPLETE,
     {true, true, true}},
    {"does not apply there",
     BAND_C,
     BAND_NA,
     FRESH_SILENT,
     false,
     AWARD_AWARDABLE,
     {true, false, false}},
    {"a revoked site can say no more",
     BAND_C,
     BAND_C,
     FRESH_SILENT,
     true,
     AWARD_AWARDABLE,
     {true, false, false}},
};

Test(picture, what_the_award_could_be)
{
    for (size_t i = 0; i < sizeof(award_rows) / sizeof(award_rows[0]); i++) {
        memset(&cells, 0, sizeof(cells));
        if (award_rows[i].here != BAND_U)
            assess_all(housing, award_rows[i].here);
        if (award_rows[i].there != BAND_U)
            assess_all(revenues, award_rows[i].there);
        struct picture_site sites[] = {{.site = housing, .slug = "housing", .state = FRESH_CURRENT},
                                       {.site = revenues,
                                        .slug = "revenues",
                                        .state = award_rows[i].state,
                                        .revoked = award_rows[i].revoked}};
        struct picture picture = fold(sites, 2, "2026-06-30");
        cr_expect_eq(picture.award, award_rows[i].want, "%s: %s", award_rows[i].name,
                     award_text(picture.award));
        for (int award = 0; award < 3; award++)
            cr_expect_eq(picture.could_be[award], award_rows[i].could[award], "%s: could be %s",
                         award_rows[i].name, award_text((enum award)award));
    }
}

Test(picture, texts)
{
    cr_expect_str_eq(freshness_text(FRESH_CURRENT), "current");
    cr_expect_str_eq(freshness_text(FRESH_LATE), "late");
    cr_expect_str_eq(freshness_text(FRESH_SILENT), "silent");
    cr_expect_str_eq(freshness_text(FRESH_NEVER), "never");
}
