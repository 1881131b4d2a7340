#include "proto/cse/rates.h"

#include <assert.h>
#include <math.h>

/* Counts stay far below this, so that products of two small factors fit. */
#define COUNT_MAX (UINT64_MAX / 4000)

int64_t share_percent_tenths(struct share share)
{
    if (share.counted == 0 || share.hits > share.counted || share.counted > COUNT_MAX)
        return -1;
    return (int64_t)((2000 * share.hits + share.counted) / (2 * share.counted));
}

bool share_interval(struct share share, double *low_out, double *high_out)
{
    const double z = 1.959963984540054;
    if (share.counted == 0 || share.hits > share.counted)
        return false;
    double n = (double)share.counted;
    double p = (double)share.hits / n;
    double scale = 1 + z * z / n;
    double centre = (p + z * z / (2 * n)) / scale;
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
    *low_out = share.hits == 0 ? 0 : centre - half;
    *high_out = share.hits == share.counted ? 1 : centre + half;
    return true;
}

struct share csat_share(const uint64_t csat[5], bool middle_counts)
{
    struct share share = {.hits = csat[3] + csat[4]};
    share.counted = csat[0] + csat[1] + share.hits + (middle_counts ? csat[2] : 0);
    return share;
}

struct promoters nps_groups(const uint64_t nps[11])
{
    struct promoters groups = {0};
    for (int score = 0; score <= 10; score++) {
        if (score >= 9)
            groups.promoters += nps[score];
        else if (score >= 7)
            groups.passives += nps[score];
        else
            groups.detractors += nps[score];
    }
    return groups;
}

bool nps_tenths(struct promoters groups, int64_t *tenths_out)
{
    uint64_t all = groups.promoters + groups.passives + groups.detractors;
    if (all == 0 || all > COUNT_MAX)
        return false;
    bool negative = groups.detractors > groups.promoters;
    uint64_t lead =
        negative ? groups.detractors - groups.promoters : groups.promoters - groups.detractors;
    int64_t tenths = (int64_t)((2000 * lead + all) / (2 * all));
    *tenths_out = negative ? -tenths : tenths;
    return true;
}

double nps_margin(struct promoters groups)
{
    double all = (double)(groups.promoters + groups.passives + groups.detractors);
    if (all < 1)
        return 0;
    double p = (double)groups.promoters / all, d = (double)groups.detractors / all;
    return 1.96 * sqrt((p + d - (p - d) * (p - d)) / all) * 100;
}

enum attainment attainment_of(struct share share, int target_percent, int near_points)
{
    assert(target_percent >= 0 && target_percent <= 100);
    if (share.counted == 0 || share.counted > COUNT_MAX)
        return ATTAINED_NO_DATA;
    uint64_t nearly = target_percent > near_points ? (uint64_t)(target_percent - near_points) : 0;
    if (share.hits * 100 >= (uint64_t)target_percent * share.counted)
        return ATTAINED;
    return share.hits * 100 >= nearly * share.counted ? ATTAINED_NEARLY : ATTAINED_NOT;
}
