#include "proto/cse/trend.h"

#include <criterion/criterion.h>
#include <math.h>

#include "proto/cse/sample.h"

Test(trend, significant_changes)
{
    static const struct {
        const char *name;
        struct share before, now;
        enum trend trend;
        double z;
    } rows[] = {
        {"380 of 450, then 402", {380, 450}, {402, 450}, TREND_UP, 2.17},
        {"402 of 450, then 380", {402, 450}, {380, 450}, TREND_DOWN, -2.17},
        {"395 of 450, then 402", {395, 450}, {402, 450}, TREND_NO_CHANGE, 0.73},
        {"thirty each", {15, 30}, {30, 30}, TREND_UP, 4.47},
        {"29 before", {14, 29}, {30, 30}, TREND_TOO_FEW, 0},
        {"29 now", {15, 30}, {29, 29}, TREND_TOO_FEW, 0},
        {"all satisfied twice", {40, 40}, {50, 50}, TREND_NO_CHANGE, 0},
        {"more hits than counted", {50, 40}, {50, 50}, TREND_TOO_FEW, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double z = 0;
        cr_expect_eq(trend_of(rows[i].before, rows[i].now, 30), rows[i].trend, "%s: %s",
                     rows[i].name, trend_text(trend_of(rows[i].before, rows[i].now, 30)));
        if (rows[i].trend != TREND_TOO_FEW && trend_z(rows[i].before, rows[i].now, &z))
            cr_expect_lt(fabs(z - rows[i].z), 0.01, "%s: %f", rows[i].name, z);
    }
}

Test(sample, answers_needed_for_five_per_cent)
{
    static const uint64_t rows[][2] = {{50, 45},    {100, 80},   {200, 132},   {500, 218},
                                       {1000, 278}, {2000, 323}, {10000, 370}, {1000000000, 385},
                                       {0, 385},    {1, 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(sample_needed(rows[i][0], 50), rows[i][1], "of %llu: %llu",
                     (unsigned long long)rows[i][0],
                     (unsigned long long)sample_needed(rows[i][0], 50));
}
