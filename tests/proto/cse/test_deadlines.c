#include "proto/cse/deadlines.h"

#include <criterion/criterion.h>

static struct holidays england(void)
{
    static int32_t days[32];
    uint32_t count = 0;
    for (int year = 2025; year <= 2028; year++)
        count += civil_holidays_england_wales(year, days + count);
    return (struct holidays){.days = days, .count = count};
}

static int32_t day(const char *text)
{
    int32_t got = DAY_NONE;
    cr_assert(text == NULL || civil_parse_day(text, &got), "%s", text);
    return got;
}

static const struct deadline_profile council = {.type = DAYS_WORKING};
static const struct deadline_profile scottish = {
    .type = DAYS_WORKING, .receipt_counts = true, .from_receipt = true};
static const struct deadline_profile calendar = {.type = DAYS_CALENDAR};

static const struct {
    const char *name;
    const struct deadline_profile *profile;
    const char *started, *acknowledged, *extended;
    int32_t extended_by, acknowledge, answer, extension;
    bool reasoned;
    const char *acknowledge_on, *answer_on;
    uint32_t flags;
} rows[] = {
    {"a week on", &council, "2026-03-02", NULL, NULL, 0, 5, 10, 10, false, "2026-03-09",
     "2026-03-23", 0},
    {"over Easter", &council, "2026-04-02", NULL, NULL, 0, 5, 10, 10, false, "2026-04-13",
     "2026-04-27", 0},
    {"from the acknowledgement", &council, "2026-04-02", "2026-04-08", NULL, 0, 5, 10, 10, false,
     "2026-04-13", "2026-04-22", 0},
    {"extended by ten days", &council, "2026-04-02", "2026-04-08", "2026-04-20", 10, 5, 10, 10,
     true, "2026-04-13", "2026-05-07", 0},
    {"extended on the due day", &council, "2026-04-02", "2026-04-08", "2026-04-22", 10, 5, 10, 10,
     true, "2026-04-13", "2026-05-07", 0},
    {"extended a day too late", &council, "2026-04-02", "2026-04-08", "2026-04-23", 10, 5, 10, 10,
     true, "2026-04-13", "2026-04-22", EXTENSION_TOO_LATE},
    {"extended without a reason", &council, "2026-04-02", "2026-04-08", "2026-04-20", 10, 5, 10, 10,
     false, "2026-04-13", "2026-04-22", EXTENSION_NO_REASON},
    {"extended beyond the cap", &council, "2026-04-02", "2026-04-08", "2026-04-20", 11, 5, 10, 10,
     true, "2026-04-13", "2026-05-08", EXTENSION_OVER_CAP},
    {"received on a Saturday", &council, "2026-04-11", NULL, NULL, 0, 5, 10, 10, false,
     "2026-04-17", "2026-05-01", 0},
    {"on Christmas Eve", &council, "2026-12-24", "2026-12-24", NULL, 0, 5, 10, 10, false,
     "2027-01-05", "2027-01-12", 0},
    {"stage 2 asked for", &council, "2026-05-01", "2026-05-07", NULL, 0, 5, 20, 20, false,
     "2026-05-11", "2026-06-05", 0},
    {"stage 2 extended", &council, "2026-05-01", "2026-05-07", "2026-06-01", 20, 5, 20, 20, true,
     "2026-05-11", "2026-07-03", 0},
    {"receipt is day 1, a Monday", &scottish, "2026-03-02", NULL, NULL, 0, 0, 5, 5, false, NULL,
     "2026-03-06", 0},
    {"receipt is day 1, a Saturday", &scottish, "2026-04-11", NULL, NULL, 0, 0, 5, 5, false, NULL,
     "2026-04-17", 0},
    {"receipt is day 1, before Easter", &scottish, "2026-04-02", NULL, NULL, 0, 0, 5, 5, false,
     NULL, "2026-04-10", 0},
    {"thirty calendar days", &calendar, "2026-07-01", NULL, NULL, 0, 30, 0, 0, false, "2026-07-31",
     NULL, 0},
};

Test(deadlines, of_one_stage)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stage_dates dates = {.started_on = day(rows[i].started),
                                    .acknowledged_on = day(rows[i].acknowledged),
                                    .answered_on = DAY_NONE,
                                    .extended_on = day(rows[i].extended),
                                    .extended_by = rows[i].extended_by,
                                    .extension_reasoned = rows[i].reasoned};
        struct stage_limits limits = {rows[i].acknowledge, rows[i].answer, rows[i].extension};
        struct deadlines got = deadlines_of(&dates, limits, rows[i].profile, england());
        cr_expect_eq(got.acknowledge_on, day(rows[i].acknowledge_on), "%s", rows[i].name);
        cr_expect_eq(got.answer_on, day(rows[i].answer_on), "%s", rows[i].name);
        cr_expect_eq(got.flags, rows[i].flags, "%s", rows[i].name);
        for (uint32_t s = 0; s < got.step_count; s++)
            cr_expect_geq(got.steps[s].due, got.steps[s].from, "%s", rows[i].name);
    }
}

Test(deadlines, steps_name_what_was_passed_over)
{
    struct stage_dates dates = {.started_on = day("2026-04-02"),
                                .acknowledged_on = DAY_NONE,
                                .answered_on = DAY_NONE,
                                .extended_on = DAY_NONE};
    struct deadlines got =
        deadlines_of(&dates, (struct stage_limits){5, 10, 10}, &council, england());
    cr_assert_eq(got.step_count, 2);
    cr_expect_eq(got.steps[0].days, 5);
    cr_expect_eq(got.steps[0].skipped_weekend, 4);
    cr_expect_eq(got.steps[0].skipped_holidays, 2, "Good Friday and Easter Monday");
    cr_expect(got.steps[1].from_due, "never acknowledged");
    cr_expect_eq(got.steps[1].from, got.steps[0].due);
}
