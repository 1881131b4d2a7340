#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "proto/cse/actions.h"
#include "proto/cse/benchmark.h"
#include "proto/cse/cycle.h"
#include "proto/cse/priority.h"
#include "proto/cse/retention.h"
#include "proto/cse/sharing.h"

static const struct settings standard = {
#define X(number, name, label, value, least, most) .name = (value),
    SETTINGS(X)
#undef X
};

static int32_t day(const char *text)
{
    int32_t got = 0;
    cr_assert(civil_parse_day(text, &got), "%s", text);
    return got;
}

static struct holidays england(void)
{
    static int32_t days[24];
    uint32_t count = 0;
    for (int year = 2025; year <= 2027; year++)
        count += civil_holidays_england_wales(year, days + count);
    return (struct holidays){.days = days, .count = count};
}

Test(cycle, reviews_and_expiry)
{
    struct certificate_cycle got = certificate_cycle_of(day("2016-05-31"), &standard);
    cr_expect_eq(got.review1_on, day("2017-05-31"));
    cr_expect_eq(got.review2_on, day("2018-05-31"));
    cr_expect_eq(got.expires_on, day("2019-05-31"));
    got = certificate_cycle_of(day("2024-02-29"), &standard);
    cr_expect_eq(got.review1_on, day("2025-02-28"), "clamped to the month's end");
}

Test(cycle, states)
{
    static const struct {
        const char *name, *as_of;
        bool done;
        enum due_state state;
    } rows[] = {
        {"91 days before", "2017-03-01", false, DUE_LATER},
        {"90 days before", "2017-03-02", false, DUE_SOON},
        {"on the day", "2017-05-31", false, DUE_SOON},
        {"the day after", "2017-06-01", false, DUE_OVERDUE},
        {"done, whenever", "2018-01-01", true, DUE_DONE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(due_state_of(day("2017-05-31"), rows[i].done, day(rows[i].as_of), 90),
                     rows[i].state, "%s", rows[i].name);
}

Test(priority, the_matrix)
{
    static const struct {
        int64_t severity, likelihood;
        bool danger;
        enum priority priority;
    } rows[] = {
        {3, 1, false, PRIORITY_LOW},      {2, 2, false, PRIORITY_MODERATE},
        {2, 3, false, PRIORITY_MODERATE}, {2, 4, false, PRIORITY_HIGH},
        {3, 4, false, PRIORITY_HIGH},     {3, 5, false, PRIORITY_EXTREME},
        {5, 1, false, PRIORITY_MODERATE}, {5, 5, false, PRIORITY_EXTREME},
        {1, 1, true, PRIORITY_HIGH},      {4, 4, true, PRIORITY_EXTREME},
        {0, 3, false, PRIORITY_UNKNOWN},  {6, 1, false, PRIORITY_UNKNOWN},
        {0, 0, true, PRIORITY_HIGH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(priority_of(rows[i].severity, rows[i].likelihood, rows[i].danger),
                     rows[i].priority, "%d x %d", (int)rows[i].severity, (int)rows[i].likelihood);
}

Test(benchmark, ranks_and_quartiles)
{
    static const struct {
        const char *name;
        int64_t own, others[7];
        uint32_t count;
        bool higher;
        uint32_t rank, quartile;
    } rows[] = {
        {"third of eight", 88, {92, 90, 85, 84, 80, 79, 75}, 7, true, 3, 2},
        {"days, fewer are better", 16, {12, 14, 15, 18, 22, 25, 30}, 7, false, 4, 2},
        {"ties share the better rank", 90, {90, 90, 80}, 3, true, 1, 1},
        {"last of eight", 75, {92, 90, 88, 85, 84, 80, 79}, 7, true, 8, 4},
        {"two others are too few", 70, {80, 75}, 2, true, 3, 0},
        {"three others are enough", 70, {80, 75, 60}, 3, true, 3, 3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct benchmark_place got =
            benchmark_place_of(rows[i].own, rows[i].others, rows[i].count, rows[i].higher, 4);
        cr_expect_eq(got.rank, rows[i].rank, "%s", rows[i].name);
        cr_expect_eq(got.quartile, rows[i].quartile, "%s", rows[i].name);
    }
}

Test(retention, how_long_records_are_kept)
{
    int32_t due = 0, closed = day("2020-02-29");
    cr_expect(retention_due(&closed, 72, false, &due));
    cr_expect_eq(due, day("2026-02-28"));
    cr_expect_not(retention_due(&closed, 72, true, &due), "a legal hold stops it");
    cr_expect_not(retention_due(NULL, 72, false, &due), "what is open never expires");
}

Test(retention, requests_of_people)
{
    static const struct {
        const char *received, *due, *extended;
    } rows[] = {
        {"2026-01-31", "2026-03-02", "2026-04-30"},
        {"2026-03-31", "2026-04-30", "2026-06-30"},
        {"2026-04-03", "2026-05-05", "2026-07-03"},
        {"2026-09-03", "2026-10-05", "2026-12-03"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(request_due(day(rows[i].received), false, england()), day(rows[i].due), "%s",
                     rows[i].received);
        cr_expect_eq(request_due(day(rows[i].received), true, england()), day(rows[i].extended),
                     "%s extended", rows[i].received);
    }
    int32_t due = 0;
    cr_expect(privacy_complaint_due(day("2026-07-01"), &due));
    cr_expect_eq(due, day("2026-07-31"));
    cr_expect(privacy_complaint_due(day("2026-06-19"), &due));
    cr_expect_not(privacy_complaint_due(day("2026-06-18"), &due));
}

Test(actions, needed_and_overdue)
{
    cr_expect(action_needed(BAND_PC) && action_needed(BAND_NC));
    cr_expect_not(action_needed(BAND_C) || action_needed(BAND_CP) || action_needed(BAND_U) ||
                  action_needed(BAND_NA));
    cr_expect_eq(action_default_due(day("2026-01-31"), 3), day("2026-04-30"));
    cr_expect_not(action_overdue(false, day("2026-04-30"), day("2026-04-30")));
    cr_expect(action_overdue(false, day("2026-04-30"), day("2026-05-01")));
    cr_expect_not(action_overdue(true, day("2026-04-30"), day("2026-05-01")));
}

Test(sharing, only_what_an_agreement_says)
{
    const struct bytes parties[] = {bytes_of_text("homes")};
    const struct bytes purposes[] = {bytes_of_text("repairs")};
    const struct bytes items[] = {bytes_of_text("complaint.outcome"),
                                  bytes_of_text("complaint.name"),
                                  bytes_of_text("response.ethnicity")};
    static const struct {
        const char *name, *partner, *purpose, *field, *day;
        bool active, condition, personal, special;
        enum share_verdict verdict;
    } rows[] = {
        {"the last day", "homes", "repairs", "complaint.name", "2026-03-31", true, false, true,
         false, SHARE_FIELD},
        {"the day after", "homes", "repairs", "complaint.name", "2026-04-01", true, false, true,
         false, SHARE_REDACT},
        {"the first day", "homes", "repairs", "complaint.name", "2025-04-01", true, false, true,
         false, SHARE_FIELD},
        {"the day before", "homes", "repairs", "complaint.name", "2025-03-31", true, false, true,
         false, SHARE_REDACT},
        {"suspended", "homes", "repairs", "complaint.name", "2025-06-01", false, false, true, false,
         SHARE_REDACT},
        {"field not listed", "homes", "repairs", "complaint.contact", "2025-06-01", true, false,
         true, false, SHARE_REDACT},
        {"another field beside it", "homes", "repairs", "complaint.outcome", "2025-06-01", true,
         false, false, false, SHARE_FIELD},
        {"another purpose", "homes", "marketing", "complaint.outcome", "2025-06-01", true, false,
         false, false, SHARE_AGGREGATE},
        {"another partner", "police", "repairs", "complaint.outcome", "2025-06-01", true, false,
         false, false, SHARE_AGGREGATE},
        {"special without a condition", "homes", "repairs", "response.ethnicity", "2025-06-01",
         true, false, true, true, SHARE_DROP},
        {"special with one", "homes", "repairs", "response.ethnicity", "2025-06-01", true, true,
         true, true, SHARE_FIELD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sharing_agreement agreement = {.active = rows[i].active,
                                              .starts_on = day("2025-04-01"),
                                              .expires_on = day("2026-03-31"),
                                              .special_condition = rows[i].condition,
                                              .parties = parties,
                                              .party_count = 1,
                                              .purposes = purposes,
                                              .purpose_count = 1,
                                              .data_items = items,
                                              .item_count = 3};
        struct share_question asked = {.partner = bytes_of_text(rows[i].partner),
                                       .purpose = bytes_of_text(rows[i].purpose),
                                       .field = bytes_of_text(rows[i].field),
                                       .day = day(rows[i].day),
                                       .personal = rows[i].personal,
                                       .special = rows[i].special};
        enum share_verdict got = sharing_verdict(&agreement, 1, &asked);
        cr_expect_eq(got, rows[i].verdict, "%s: %s", rows[i].name, share_verdict_text(got));
    }
}
