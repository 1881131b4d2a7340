#include <criterion/criterion.h>

#include "proto/cse/elements.h"
#include "proto/cse/forecast.h"
#include "proto/cse/rules.h"

enum { SITES = 2 };

static struct picture_site sites[SITES] = {{.site = 1, .slug = "housing"},
                                           {.site = 2, .slug = "revenues"}};
static struct site_standing standings[SITES * ELEMENTS];
static struct picture picture;
static struct rules rules;
static struct arena arena;

static void start(void)
{
    arena_init(&arena, 1024 * 1024);
    rules_begin(&rules);
    rules_finish(&rules);
    picture = (struct picture){.site_count = SITES, .sites = sites, .standings = standings};
    for (size_t i = 0; i < SITES * (size_t)ELEMENTS; i++)
        standings[i] =
            (struct site_standing){.band = BAND_C, .weight = 1, .ceiling = {.band = BAND_C}};
    for (size_t i = 0; i < ELEMENTS; i++)
        picture.elements[i] =
            (struct picture_element){.result = {.band = BAND_C}, .ceiling = {.band = BAND_C}};
}

static void stop(void)
{
    arena_deinit(&arena);
}

TestSuite(forecast, .init = start, .fini = stop);

static struct site_standing *at(uint32_t site, const char *element)
{
    return &standings[site * (uint32_t)ELEMENTS + element_from_id(element) - 1];
}

static struct forecast forecast(const bool *done)
{
    struct forecast got;
    cr_assert_eq(forecast_of(&picture, &rules.settings, done, &arena, &got), ERR_OK);
    return got;
}

static void both(const char *element, enum band band)
{
    at(0, element)->band = at(1, element)->band = band;
}

Test(forecast, what_passes_needs_nothing)
{
    struct forecast got = forecast(NULL);
    cr_expect_eq(got.award, AWARD_AWARDABLE);
    cr_expect_eq(got.change_count, 0);
}

/* 1.x has 11 elements: 2 may be partial. */
Test(forecast, names_the_fewest_elements_and_of_those_the_fewest_sites)
{
    static const struct {
        const char *label, *both_pc[4], *one_pc, *nc, *u;
        uint32_t changes;
        const char *first;
        enum band to;
    } rows[] = {
        {"as many partial as it bears", {"1.1.1", "1.1.2"}, NULL, NULL, NULL, 0, "", BAND_U},
        {"one too many: the one at one site",
         {"1.1.1", "1.1.2"},
         "1.3.5",
         NULL,
         NULL,
         1,
         "1.3.5",
         BAND_C},
        {"a failure, and room for another partial",
         {"1.1.1"},
         NULL,
         "1.2.2",
         NULL,
         1,
         "1.2.2",
         BAND_PC},
        {"a failure, and no room", {"1.1.1", "1.1.2"}, NULL, "1.2.2", NULL, 1, "1.2.2", BAND_C},
        {"not rated", {NULL}, NULL, NULL, "5.3.3", 1, "5.3.3", BAND_PC},
        {"failure and one too many",
         {"1.1.1", "1.1.2", "1.1.3"},
         NULL,
         "1.2.2",
         NULL,
         2,
         "1.1.1",
         BAND_C},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        for (size_t j = 0; j < 4 && rows[i].both_pc[j] != NULL; j++)
            both(rows[i].both_pc[j], BAND_PC);
        if (rows[i].one_pc != NULL)
            at(1, rows[i].one_pc)->band = BAND_PC;
        if (rows[i].nc != NULL)
            both(rows[i].nc, BAND_NC);
        if (rows[i].u != NULL)
            both(rows[i].u, BAND_U);
        struct forecast got = forecast(NULL);
        cr_expect_eq(got.change_count, rows[i].changes, "%s: %u", rows[i].label, got.change_count);
        if (rows[i].changes > 0) {
            cr_expect_str_eq(element_id(got.changes[0].element), rows[i].first, "%s",
                             rows[i].label);
            cr_expect_eq(got.changes[0].to, rows[i].to, "%s", rows[i].label);
        }
        /* and with them it does pass */
        for (uint32_t j = 0; j < got.change_count; j++)
            both(element_id(got.changes[j].element), got.changes[j].to);
        cr_expect_eq(forecast(NULL).award, AWARD_AWARDABLE, "%s", rows[i].label);
        stop();
    }
}

Test(forecast, a_claim_counts_for_what_its_records_carry)
{
    for (uint32_t i = 0; i < SITES; i++) {
        at(i, "1.1.1")->ceiling.band = BAND_NC;
        at(i, "1.1.1")->challenged = true;
    }
    picture.elements[0].challenged = true;
    picture.elements[0].ceiling.band = BAND_NC;
    struct forecast got = forecast(NULL);
    cr_expect_eq(got.award, AWARD_NOT_AWARDABLE);
    cr_expect_eq(got.bands[0], BAND_NC);
    cr_assert_eq(got.change_count, 1);
    cr_expect(got.changes[0].held);
    cr_expect_eq(got.changes[0].sites, SITES);
}

Test(forecast, planned_actions_close_gaps_only_where_they_are_planned)
{
    static bool done[SITES * ELEMENTS];
    both("1.2.2", BAND_NC);
    uint32_t element = element_from_id("1.2.2") - 1U;
    cr_expect_eq(forecast(done).bands[element], BAND_NC);
    done[element] = true;
    cr_expect_eq(forecast(done).bands[element], BAND_PC, "revenues has planned nothing");
    done[ELEMENTS + element] = true;
    cr_expect_eq(forecast(done).bands[element], BAND_C);
    both("1.2.2", BAND_U);
    cr_expect_eq(forecast(done).change_count, 1, "an action rates nothing");
}
