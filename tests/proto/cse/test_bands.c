#include "proto/cse/bands.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/cse/elements.h"

static const struct settings standard = {
#define X(number, name, label, value, least, most) .name = (value),
    SETTINGS(X)
#undef X
};

/* n elements, `pc` of them PC, `nc` NC, `u` not assessed, `na` not applicable, the rest C. */
static struct criterion of(uint32_t n, uint32_t pc, uint32_t nc, uint32_t u, uint32_t na)
{
    enum band bands[16];
    for (uint32_t i = 0; i < n; i++)
        bands[i] = i < pc                 ? BAND_PC
                   : i < pc + nc          ? BAND_NC
                   : i < pc + nc + u      ? BAND_U
                   : i < pc + nc + u + na ? BAND_NA
                                          : BAND_C;
    return criterion_of(bands, n, &standard);
}

Test(bands, criterion)
{
    static const struct {
        const char *name;
        uint32_t n, pc, nc, u, na, max;
        enum criterion_state want;
    } rows[] = {
        {"two partials of 11", 11, 2, 0, 0, 0, 2, CRITERION_MET},
        {"three partials of 11", 11, 3, 0, 0, 0, 2, CRITERION_NOT_MET},
        {"two partials of 12", 12, 2, 0, 0, 0, 2, CRITERION_MET},
        {"three partials of 12", 12, 3, 0, 0, 0, 2, CRITERION_NOT_MET},
        {"two partials of 13", 13, 2, 0, 0, 0, 2, CRITERION_MET},
        {"three partials of 13", 13, 3, 0, 0, 0, 2, CRITERION_NOT_MET},
        {"two partials of 10", 10, 2, 0, 0, 0, 2, CRITERION_MET},
        {"three partials of 10", 10, 3, 0, 0, 0, 2, CRITERION_NOT_MET},
        {"nine apply, one partial", 12, 1, 0, 0, 3, 1, CRITERION_MET},
        {"nine apply, two partials", 12, 2, 0, 0, 3, 1, CRITERION_NOT_MET},
        {"nothing applies", 10, 0, 0, 0, 10, 0, CRITERION_NOT_APPLICABLE},
        {"a failure outranks the unknown", 11, 0, 1, 5, 0, 2, CRITERION_NOT_MET},
        {"too many partials outrank the unknown", 11, 3, 0, 4, 0, 2, CRITERION_NOT_MET},
        {"one not assessed", 11, 2, 0, 1, 0, 2, CRITERION_INCOMPLETE},
        {"nothing assessed", 11, 0, 0, 11, 0, 2, CRITERION_INCOMPLETE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct criterion got = of(rows[i].n, rows[i].pc, rows[i].nc, rows[i].u, rows[i].na);
        cr_expect_eq(got.state, rows[i].want, "%s: %s", rows[i].name,
                     criterion_state_text(got.state));
        cr_expect_eq(got.partial_max, rows[i].max, "%s", rows[i].name);
        cr_expect_eq(got.met + got.partial + got.non_compliant + got.not_assessed +
                         got.not_applicable,
                     got.elements, "%s: adds up", rows[i].name);
    }
}

/* met * 100 >= 80 * n and no failure: the published wording, against the arithmetic with a maximum.
 */
Test(bands, criterion_agrees_with_the_published_share)
{
    for (uint32_t n = 1; n <= 13; n++) {
        for (uint32_t pc = 0; pc <= n; pc++) {
            for (uint32_t nc = 0; pc + nc <= n; nc++) {
                bool met = nc == 0 && (n - pc) * 100 >= 80 * n;
                cr_expect_eq(of(n, pc, nc, 0, 0).state == CRITERION_MET, met, "%u/%u/%u", n, pc,
                             nc);
            }
        }
    }
}

Test(bands, award)
{
    static const struct {
        const char *name;
        enum band rest;
        const char *ids;
        enum band band;
        enum award want;
        uint32_t met;
    } rows[] = {
        {"all compliant", BAND_C, "", BAND_C, AWARD_AWARDABLE, 57},
        {"two partials a criterion", BAND_C,
         "1.1.1 1.1.2 2.1.1 2.1.2 3.1.1 3.1.2 4.1.1 4.1.2 5.1.1 5.1.2", BAND_PC, AWARD_AWARDABLE,
         47},
        {"three partials in criterion 5", BAND_C, "5.1.1 5.1.2 5.2.1", BAND_PC, AWARD_NOT_AWARDABLE,
         54},
        {"one failure among the best", BAND_CP, "3.1.2", BAND_NC, AWARD_NOT_AWARDABLE, 56},
        {"partials in 4, 5 and 5", BAND_C, "4.1.2 5.3.1 5.3.2", BAND_PC, AWARD_AWARDABLE, 54},
        {"nothing assessed", BAND_U, "", BAND_U, AWARD_INCOMPLETE, 0},
        {"one missing", BAND_C, "2.2.2", BAND_U, AWARD_INCOMPLETE, 56},
        {"one criterion does not apply", BAND_C,
         "5.1.1 5.1.2 5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 5.3.1 5.3.2 5.3.3", BAND_NA, AWARD_AWARDABLE,
         47},
        {"nothing applies", BAND_NA, "", BAND_NA, AWARD_INCOMPLETE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum band bands[ELEMENTS];
        for (uint8_t place = 1; place <= ELEMENTS; place++)
            bands[place - 1] =
                strstr(rows[i].ids, element_id(place)) != NULL ? rows[i].band : rows[i].rest;
        struct criterion criteria[CRITERIA];
        cr_expect_eq(award_of(bands, &standard, criteria), rows[i].want, "%s", rows[i].name);
        uint32_t met = 0;
        for (int c = 0; c < CRITERIA; c++)
            met += criteria[c].met;
        cr_expect_eq(met, rows[i].met, "%s", rows[i].name);
        cr_expect_eq(criteria[3].elements, 13);
    }
}

static const struct {
    const char *name;
    uint32_t count;
    struct site_band sites[3];
    enum band want, worst;
    bool minor, provisional;
    uint64_t assessed, applicable;
} consolidation_rows[] = {
    {"all C",
     3,
     {{BAND_C, 1, false}, {BAND_C, 1, false}, {BAND_C, 1, false}},
     BAND_C,
     BAND_C,
     false,
     false,
     3,
     3},
    {"two of three CP",
     3,
     {{BAND_CP, 1, false}, {BAND_CP, 1, false}, {BAND_C, 1, false}},
     BAND_CP,
     BAND_C,
     false,
     false,
     3,
     3},
    {"half CP",
     2,
     {{BAND_CP, 50, false}, {BAND_C, 50, false}},
     BAND_CP,
     BAND_C,
     false,
     false,
     100,
     100},
    {"just under half CP",
     2,
     {{BAND_CP, 49, false}, {BAND_C, 51, false}},
     BAND_C,
     BAND_C,
     false,
     false,
     100,
     100},
    {"a small gap with a plan",
     3,
     {{BAND_C, 40, false}, {BAND_C, 45, false}, {BAND_PC, 15, true}},
     BAND_C,
     BAND_PC,
     true,
     false,
     100,
     100},
    {"a small gap without",
     3,
     {{BAND_C, 40, false}, {BAND_C, 45, false}, {BAND_PC, 15, false}},
     BAND_PC,
     BAND_PC,
     false,
     false,
     100,
     100},
    {"two gaps, one plan",
     3,
     {{BAND_C, 90, false}, {BAND_PC, 5, true}, {BAND_PC, 5, false}},
     BAND_PC,
     BAND_PC,
     false,
     false,
     100,
     100},
    {"exactly 80 with a plan",
     2,
     {{BAND_C, 80, false}, {BAND_PC, 20, true}},
     BAND_C,
     BAND_PC,
     true,
     false,
     100,
     100},
    {"79 with a plan",
     2,
     {{BAND_C, 79, false}, {BAND_PC, 21, true}},
     BAND_PC,
     BAND_PC,
     false,
     false,
     100,
     100},
    {"one failing site",
     2,
     {{BAND_C, 90, false}, {BAND_NC, 10, true}},
     BAND_PC,
     BAND_NC,
     false,
     false,
     100,
     100},
    {"a fifth at PC",
     2,
     {{BAND_PC, 20, false}, {BAND_NC, 80, false}},
     BAND_PC,
     BAND_NC,
     false,
     false,
     100,
     100},
    {"a tenth at PC",
     2,
     {{BAND_PC, 10, false}, {BAND_NC, 90, false}},
     BAND_NC,
     BAND_NC,
     false,
     false,
     100,
     100},
    {"half not assessed",
     2,
     {{BAND_C, 50, false}, {BAND_U, 50, false}},
     BAND_C,
     BAND_C,
     false,
     true,
     50,
     100},
    {"mostly not applicable",
     2,
     {{BAND_NA, 99, false}, {BAND_C, 1, false}},
     BAND_C,
     BAND_C,
     false,
     false,
     1,
     1},
    {"nobody assessed", 1, {{BAND_U, 5, false}}, BAND_U, BAND_U, false, true, 0, 5},
    {"nobody there", 0, {{BAND_U, 1, false}}, BAND_U, BAND_U, false, false, 0, 0},
    {"applies nowhere",
     2,
     {{BAND_NA, 5, false}, {BAND_NA, 5, false}},
     BAND_NA,
     BAND_NA,
     false,
     false,
     0,
     0},
};

Test(bands, consolidation)
{
    for (size_t i = 0; i < sizeof(consolidation_rows) / sizeof(consolidation_rows[0]); i++) {
        struct consolidated got =
            consolidate(consolidation_rows[i].sites, consolidation_rows[i].count, &standard);
        cr_expect_eq(got.band, consolidation_rows[i].want, "%s: band %s",
                     consolidation_rows[i].name, band_text(got.band));
        cr_expect_eq(got.worst, consolidation_rows[i].worst, "%s: worst %s",
                     consolidation_rows[i].name, band_text(got.worst));
        cr_expect_eq(got.minor_gaps, consolidation_rows[i].minor, "%s: minor gaps",
                     consolidation_rows[i].name);
        cr_expect_eq(got.provisional, consolidation_rows[i].provisional, "%s: provisional",
                     consolidation_rows[i].name);
        cr_expect_eq(got.weight_assessed, consolidation_rows[i].assessed, "%s: coverage",
                     consolidation_rows[i].name);
        cr_expect_eq(got.weight_applicable, consolidation_rows[i].applicable, "%s: coverage",
                     consolidation_rows[i].name);
    }
}

Test(bands, consolidation_at_the_largest_weights)
{
    static struct site_band sites[16384];
    for (uint32_t i = 0; i < 16384; i++)
        sites[i] = (struct site_band){.band = i < 13107 ? BAND_C : BAND_PC,
                                      .weight = UINT64_C(1000000000000),
                                      .action_open = true};
    cr_expect_eq(consolidate(sites, 16384, &standard).band, BAND_PC,
                 "13107 of 16384 is under 80 %%");
    sites[13107].band = BAND_C;
    cr_expect_eq(consolidate(sites, 16384, &standard).band, BAND_C);
}

Test(bands, titles)
{
    uint32_t covered = 0;
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        const char *title = element_title(place);
        cr_expect(strlen(title) >= 10 && strlen(title) <= 60, "%s", element_id(place));
        const struct sub_criterion *sub = sub_criterion_of(place);
        cr_assert_not_null(sub);
        cr_expect_eq(strncmp(sub->id, element_id(place), 3), 0, "%s in %s", element_id(place),
                     sub->id);
        covered += place == sub->first ? sub->count : 0U;
    }
    cr_expect_eq(covered, ELEMENTS);
    cr_expect_null(element_title(0));
    cr_expect_null(element_title(58));
    cr_expect_null(sub_criterion_of(0));
    cr_expect_null(sub_criterion_of(58));
    cr_expect_null(criterion_title(0));
    cr_expect_null(criterion_title(6));
    cr_expect_str_eq(criterion_title(4), "Delivery");
}
