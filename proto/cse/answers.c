#include "proto/cse/answers.h"

#include <math.h>

static int64_t half_up(int64_t top, int64_t bottom)
{
    int64_t size = ((top < 0 ? -top : top) * 2 + bottom) / (2 * bottom);
    return top < 0 ? -size : size;
}

bool answers_mean_hundredths(const uint64_t *counts, uint32_t answers, int64_t *hundredths_out)
{
    int64_t n = 0, sum = 0;
    for (uint32_t i = 0; i < answers; i++) {
        n += (int64_t)counts[i];
        sum += (int64_t)counts[i] * (i + 1);
    }
    if (n == 0)
        return false;
    *hundredths_out = half_up(100 * sum, n);
    return true;
}

bool net_easy_tenths(const uint64_t ces[7], int64_t *tenths_out)
{
    int64_t n = 0, net = 0;
    for (int i = 0; i < 7; i++) {
        n += (int64_t)ces[i];
        net += i >= 4 ? (int64_t)ces[i] : i <= 2 ? -(int64_t)ces[i] : 0;
    }
    if (n == 0)
        return false;
    *tenths_out = half_up(1000 * net, n);
    return true;
}

bool weighted_satisfaction(const uint64_t csat[5], int64_t *positive_out, int64_t *net_out)
{
    int64_t positive = (int64_t)(2 * csat[4] + csat[3]),
            negative = (int64_t)(2 * csat[0] + csat[1]);
    int64_t all = positive + negative;
    if (all == 0)
        return false;
    *positive_out = half_up(10000 * positive, all);
    *net_out = half_up(10000 * (positive - negative), all);
    return true;
}

const char *gap_text(enum gap gap)
{
    static const char *const names[] = {N_("too-few"), N_("none"), N_("gap")};
    return names[gap];
}

enum gap gap_of(struct share group, struct share others, uint32_t n_min)
{
    double low, high, others_low, others_high;
    if (group.counted < n_min || others.counted < n_min || !share_interval(group, &low, &high) ||
        !share_interval(others, &others_low, &others_high))
        return GAP_TOO_FEW;
    return high < others_low || others_high < low ? GAP_FOUND : GAP_NONE;
}

bool pair_correlation(const struct pair_sums *sums, int64_t n_min, double *r_out)
{
    double n = (double)sums->n;
    double vx = n * (double)sums->xx - (double)sums->x * (double)sums->x;
    double vy = n * (double)sums->yy - (double)sums->y * (double)sums->y;
    if (sums->n < n_min || vx <= 0 || vy <= 0)
        return false;
    *r_out = (n * (double)sums->xy - (double)sums->x * (double)sums->y) / sqrt(vx * vy);
    return true;
}

const char *quadrant_text(enum quadrant quadrant)
{
    static const char *const names[] = {N_("focus"), N_("keep"), N_("watch"), N_("maintain")};
    return names[quadrant];
}

enum quadrant quadrant_of(double r, double mean, double mean_r, double mean_of_means)
{
    bool strong = r >= mean_r, high = mean >= mean_of_means;
    if (strong)
        return high ? QUADRANT_KEEP : QUADRANT_FOCUS;
    return high ? QUADRANT_MAINTAIN : QUADRANT_WATCH;
}
