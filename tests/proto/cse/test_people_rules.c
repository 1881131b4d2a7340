#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "proto/cse/answers.h"
#include "proto/cse/competency.h"
#include "proto/cse/small_cells.h"

static const struct settings standard = {
#define X(number, name, label, value, least, most) .name = (value),
    SETTINGS(X)
#undef X
};

Test(competency, levels)
{
    static const struct {
        uint8_t shown[LEVELS];
        uint32_t level;
    } rows[] = {{{6, 4, 5, 3, 5}, 3},
                {{5, 3, 6, 4, 5}, 1},
                {{4, 4, 6, 4, 5}, 0},
                {{6, 4, 6, 4, 4}, 5},
                {{6, 4, 6, 4, 3}, 4}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(level_reached(rows[i].shown, 80), rows[i].level, "row %zu", i);
    cr_expect_eq(level_capped(5, 0), 5);
    cr_expect_eq(level_capped(5, 1), 2);
    cr_expect_eq(level_capped(1, 2), 1);
    cr_expect_eq(level_capped(5, 3), 0);
}

/* Scores by group: m manager, p peers, c customers, s self. */
static struct competency of(const char *raters, const char *scores)
{
    struct rating ratings[RATERS_MAX] = {{.score = 0}};
    uint32_t count = (uint32_t)strlen(raters);
    for (uint32_t i = 0; i < count; i++) {
        ratings[i].rater = raters[i] == 'm'   ? RATER_MANAGER
                           : raters[i] == 'p' ? RATER_PEER
                           : raters[i] == 'c' ? RATER_CUSTOMER
                                              : RATER_SELF;
        ratings[i].score = scores[i] - '0';
    }
    return competency_of(ratings, count, &standard);
}

Test(competency, means)
{
    static const struct {
        const char *name, *raters, *scores;
        int64_t mean;
    } rows[] = {
        {"all three groups", "mpppccc", "4334543", 380},
        {"no customers", "mppp", "4333", 363},
        {"too few peers are hidden", "mppccc", "433543", 400},
        {"three raters", "mpp", "433", -1},
        {"no manager", "pppc", "3333", -1},
        {"the person does not count", "mpps", "4335", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct competency got = of(rows[i].raters, rows[i].scores);
        cr_expect_eq(got.has_mean ? got.mean_hundredths : -1, rows[i].mean, "%s: %d", rows[i].name,
                     (int)got.mean_hundredths);
    }
    cr_expect_eq(of("mppps", "33335").gap_hundredths, 200);
    cr_expect_geq(of("mppps", "33334").gap_hundredths, BLIND_SPOT_HUNDREDTHS);
}

Test(competency, negative_indicators_are_confirmed)
{
    struct rating ratings[4] = {{.rater = RATER_MANAGER, .score = 4, .shown = {6, 4, 6, 4, 5}},
                                {.rater = RATER_PEER, .score = 4, .shown = {6, 4, 6, 4, 5}},
                                {.rater = RATER_PEER, .score = 4, .shown = {6, 4, 6, 4, 5}},
                                {.rater = RATER_PEER, .score = 4, .shown = {6, 4, 6, 4, 5}}};
    cr_expect_eq(competency_of(ratings, 4, &standard).level, 5);
    ratings[1].negative[0] = 1;
    cr_expect_eq(competency_of(ratings, 4, &standard).level, 5, "one peer alone confirms nothing");
    ratings[2].negative[0] = 1;
    cr_expect_eq(competency_of(ratings, 4, &standard).level, 2, "two do");
    ratings[0].negative[3] = 1;
    ratings[0].negative[4] = 1;
    cr_expect_eq(competency_of(ratings, 4, &standard).level, 0, "the manager's alone count");
}

Test(csm, levels)
{
    const int64_t max[] = {20, 20, 20};
    cr_expect_eq(csm_level((int64_t[]){18, 15, 10}, max, 75), 2);
    cr_expect_eq(csm_level((int64_t[]){14, 20, 20}, max, 75), 0);
    cr_expect_eq(csm_level((int64_t[]){20, 14, 20}, max, 75), 1);
    cr_expect_eq(csm_level((int64_t[]){15, 15, 15}, max, 75), 3);
    cr_expect_eq(csm_overall((int32_t[]){2, -1, 1, 3}, 4), 1);
    cr_expect_eq(csm_overall((int32_t[]){-1, -1}, 2), -1);
}

Test(small_cells, a_row_and_its_total)
{
    static const struct {
        uint64_t counts[4];
        uint32_t count;
        const char *hidden; /* * hidden, . shown; then the total */
    } rows[] = {
        {{12, 3, 40}, 3, "**.."},     {{2, 3, 30}, 3, "**.."},     {{1, 1, 30}, 3, "***."},
        {{5, 6, 7}, 3, "...."},       {{0, 4, 0}, 3, "****"},      {{0, 3, 9}, 3, ".**."},
        {{0, 4, 20, 20}, 4, ".**.."}, {{0, 4, 0, 30}, 4, ".*.*."}, {{0, 0, 0}, 3, "...."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool hidden[4];
        char got[8] = "";
        bool total = small_cells_hide(rows[i].counts, rows[i].count, 5, hidden);
        for (uint32_t c = 0; c < rows[i].count; c++)
            got[c] = hidden[c] ? '*' : '.';
        got[rows[i].count] = total ? '*' : '.';
        cr_expect_str_eq(got, rows[i].hidden, "row %zu: %s", i, got);
    }
}

Test(small_cells, no_total_gives_a_cell_of_a_table_away)
{
    enum { SIDE = 4 };
    uint32_t seed = 7, hidden_some = 0;
    for (int round = 0; round < 2000; round++) {
        uint64_t counts[SIDE * SIDE];
        bool hidden[SIDE * SIDE], rows[SIDE], columns[SIDE];
        for (int i = 0; i < SIDE * SIDE; i++) {
            seed = seed * 1664525 + 1013904223;
            counts[i] = (seed >> 16) % 12;
        }
        small_cells_hide_table(counts, SIDE, SIDE, 5, hidden, rows, columns);
        for (int i = 0; i < SIDE * SIDE; i++) {
            int in_row = 0, in_column = 0;
            for (int j = 0; j < SIDE; j++) {
                in_row += hidden[i / SIDE * SIDE + j];
                in_column += hidden[j * SIDE + i % SIDE];
            }
            cr_assert(hidden[i] || counts[i] == 0 || counts[i] >= 5);
            cr_assert(!hidden[i] || (in_row >= 2 && in_column >= 2), "round %d", round);
            hidden_some += hidden[i];
        }
    }
    cr_expect_gt(hidden_some, 1000);
}

Test(small_cells, rounding)
{
    static const int64_t rows[][2] = {{0, 0},   {1, -1},  {7, -1},  {8, 10}, {12, 10},
                                      {13, 15}, {17, 15}, {18, 20}, {38, 40}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(small_cells_round((uint64_t)rows[i][0]), rows[i][1], "%d", (int)rows[i][0]);
}

Test(answers, means_and_nets)
{
    const uint64_t ces[] = {2, 1, 3, 4, 10, 18, 12}, nobody[7] = {0};
    const uint64_t panel[] = {3, 9, 81, 62, 39};
    int64_t got = 0, net = 0;
    cr_expect(answers_mean_hundredths(ces, 7, &got));
    cr_expect_eq(got, 542);
    cr_expect(net_easy_tenths(ces, &got));
    cr_expect_eq(got, 680);
    cr_expect_not(answers_mean_hundredths(nobody, 7, &got));
    cr_expect_not(net_easy_tenths(nobody, &got));
    cr_expect(weighted_satisfaction(panel, &got, &net));
    cr_expect_eq(got, 9032);
    cr_expect_eq(net, 8065);
    cr_expect_not(weighted_satisfaction(nobody, &got, &net));
}

Test(answers, gaps)
{
    cr_expect_eq(gap_of((struct share){30, 60}, (struct share){402, 450}, 30), GAP_FOUND);
    cr_expect_eq(gap_of((struct share){45, 50}, (struct share){402, 450}, 30), GAP_NONE);
    cr_expect_eq(gap_of((struct share){1, 29}, (struct share){402, 450}, 30), GAP_TOO_FEW);
    cr_expect_eq(gap_of((struct share){1, 30}, (struct share){402, 450}, 30), GAP_FOUND);
    cr_expect_eq(gap_of((struct share){15, 30}, (struct share){29, 29}, 30), GAP_TOO_FEW);
}

static struct pair_sums sums_of(const int *x, const int *y, int n)
{
    struct pair_sums sums = {.n = n};
    for (int i = 0; i < n; i++) {
        sums.x += x[i];
        sums.y += y[i];
        sums.xx += x[i] * x[i];
        sums.yy += y[i] * y[i];
        sums.xy += x[i] * y[i];
    }
    return sums;
}

Test(answers, drivers)
{
    static const int overall[] = {5, 4, 4, 3, 2, 5, 3, 1, 4, 2};
    static const int timeliness[] = {5, 4, 3, 3, 2, 5, 3, 1, 4, 1};
    static const int courtesy[] = {4, 5, 4, 4, 5, 4, 4, 5, 5, 4};
    static const int same[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct pair_sums first = sums_of(timeliness, overall, 10);
    struct pair_sums second = sums_of(courtesy, overall, 10);
    struct pair_sums third = sums_of(same, overall, 10);
    double r1 = 0, r2 = 0, none = 0;
    cr_expect(pair_correlation(&first, 1, &r1));
    cr_expect(pair_correlation(&second, 1, &r2));
    cr_expect_lt(fabs(r1 - 0.9574), 0.00005, "%f", r1);
    cr_expect_lt(fabs(r2 + 0.3539), 0.00005, "%f", r2);
    cr_expect_not(pair_correlation(&third, 1, &none), "it never varies");
    cr_expect_not(pair_correlation(&first, 30, &none), "too few");
    cr_expect_eq(quadrant_of(r1, 3.1, (r1 + r2) / 2, 3.75), QUADRANT_FOCUS);
    cr_expect_eq(quadrant_of(r2, 4.4, (r1 + r2) / 2, 3.75), QUADRANT_MAINTAIN);
}
