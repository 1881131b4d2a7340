#include "proto/cse/rates.h"

#include <criterion/criterion.h>
#include <math.h>

#include "proto/cse/dates.h"

static const struct settings standard = {
#define X(number, name, label, value, least, most) .name = (value),
    SETTINGS(X)
#undef X
};

Test(rates, per_cent)
{
    static const struct {
        uint64_t hits, counted;
        int64_t tenths;
    } rows[] = {
        {54, 57, 947},   {50, 57, 877},  {1599, 2000, 800}, {1600, 2000, 800}, {47, 57, 825},
        {7, 9, 778},     {85, 102, 833}, {68, 76, 895},     {33, 76, 434},     {59, 102, 578},
        {8, 16, 500},    {9, 12, 750},   {390, 600, 650},   {1150, 5000, 230}, {101, 194, 521},
        {101, 113, 894}, {0, 5, 0},      {5, 5, 1000},      {0, 0, -1},        {3, 2, -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct share share = {.hits = rows[i].hits, .counted = rows[i].counted};
        cr_expect_eq(share_percent_tenths(share), rows[i].tenths, "%d of %d", (int)rows[i].hits,
                     (int)rows[i].counted);
    }
}

Test(rates, interval)
{
    static const struct {
        uint64_t hits, counted;
        double low, high;
    } rows[] = {
        {45, 50, 0.7864, 0.9565}, {0, 50, 0, 0.0713},         {50, 50, 0.9287, 1},
        {15, 50, 0.1910, 0.4375}, {101, 113, 0.8235, 0.9382}, {1, 1, 0.2065, 1},
        {30, 60, 0.3774, 0.6226}, {402, 450, 0.8614, 0.9186},
    };
    double low, high;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert(share_interval((struct share){rows[i].hits, rows[i].counted}, &low, &high));
        cr_expect(fabs(low - rows[i].low) < 0.00006 && fabs(high - rows[i].high) < 0.00006,
                  "%d of %d: %f %f", (int)rows[i].hits, (int)rows[i].counted, low, high);
    }
    cr_expect_not(share_interval((struct share){0, 0}, &low, &high));
    cr_expect_not(share_interval((struct share){3, 2}, &low, &high));
}

Test(rates, satisfaction)
{
    const uint64_t panel[5] = {3, 9, 81, 62, 39};
    struct share neutral = csat_share(panel, true), opinions = csat_share(panel, false);
    cr_expect(neutral.hits == 101 && neutral.counted == 194);
    cr_expect(opinions.hits == 101 && opinions.counted == 113);
    const uint64_t none[5] = {0}, middle[5] = {0, 0, 4, 0, 0};
    cr_expect_eq(share_percent_tenths(csat_share(none, true)), -1, "no answers are no result");
    cr_expect_eq(share_percent_tenths(csat_share(middle, false)), -1);
    cr_expect_eq(share_percent_tenths(csat_share(middle, true)), 0);
}

Test(rates, promoters)
{
    static const struct {
        struct promoters groups;
        bool result;
        int64_t tenths;
    } rows[] = {
        {{110, 60, 30}, true, 400}, {{0, 0, 5}, true, -1000},  {{1, 1, 1}, true, 0},
        {{0, 0, 0}, false, 0},      {{45, 35, 20}, true, 250}, {{1, 0, 2}, true, -333},
        {{2, 0, 1}, true, 333},     {{0, 15, 1}, true, -63},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t tenths = 0;
        cr_expect_eq(nps_tenths(rows[i].groups, &tenths), rows[i].result);
        cr_expect_eq(tenths, rows[i].tenths, "row %zu: %d", i, (int)tenths);
    }
    const uint64_t scores[11] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
    struct promoters groups = nps_groups(scores);
    cr_expect(groups.detractors == 127 && groups.passives == 384 && groups.promoters == 1536);
    cr_expect(fabs(nps_margin((struct promoters){110, 60, 30}) - 10.2) < 0.05);
    cr_expect(nps_margin((struct promoters){0, 0, 0}) <= 0);
}

Test(rates, attainment)
{
    static const struct {
        uint64_t within, total;
        int target;
        enum attainment want;
    } rows[] = {
        {1600, 2000, 80, ATTAINED},        {1599, 2000, 80, ATTAINED_NEARLY},
        {1500, 2000, 80, ATTAINED_NEARLY}, {1499, 2000, 80, ATTAINED_NOT},
        {0, 0, 80, ATTAINED_NO_DATA},      {0, 10, 0, ATTAINED},
        {0, 10, 3, ATTAINED_NEARLY},       {390, 600, 75, ATTAINED_NOT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(
            attainment_of((struct share){rows[i].within, rows[i].total}, rows[i].target, 5),
            rows[i].want, "row %zu", i);
}

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    cr_assert(civil_parse_day(text, &day), "%s", text);
    return day;
}

Test(dates, currency)
{
    static const struct {
        const char *date, *as_of;
        enum currency want;
    } rows[] = {
        {"2025-01-31", "2026-01-31", EVIDENCE_CURRENT},
        {"2025-01-31", "2026-02-01", EVIDENCE_AGEING},
        {"2025-01-31", "2028-01-31", EVIDENCE_AGEING},
        {"2025-01-31", "2028-02-01", EVIDENCE_EXPIRED},
        {"2024-02-29", "2025-02-28", EVIDENCE_CURRENT},
        {"2024-02-29", "2025-03-01", EVIDENCE_AGEING},
        {"2025-01-31", "2025-01-31", EVIDENCE_CURRENT},
        {"2025-01-31", "2025-01-30", EVIDENCE_NOT_YET},
        {"0001-01-01", "9999-12-31", EVIDENCE_EXPIRED},
        {"0001-01-01", "0001-01-01", EVIDENCE_CURRENT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(evidence_currency(day_of(rows[i].date),
                                       currency_bounds_of(day_of(rows[i].as_of), &standard)),
                     rows[i].want, "%s as of %s", rows[i].date, rows[i].as_of);
}

/* The bound found once against the rule as it is worded, day by day over leap years and month ends.
 */
Test(dates, currency_bounds_agree_with_the_rule)
{
    for (int32_t as_of = day_of("2024-01-15"); as_of < day_of("2025-04-15"); as_of++) {
        struct currency_bounds bounds = currency_bounds_of(as_of, &standard);
        for (int32_t date = as_of - 1200; date <= as_of; date++) {
            enum currency want = as_of <= civil_add_months(date, 12)   ? EVIDENCE_CURRENT
                                 : as_of <= civil_add_months(date, 36) ? EVIDENCE_AGEING
                                                                       : EVIDENCE_EXPIRED;
            if (evidence_currency(date, bounds) != want)
                cr_assert_fail("date %d as of %d", (int)date, (int)as_of);
        }
    }
}
