#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/cse/picture.h"

/* Shares and scores derived from counts, at the moment they are shown; counts are what is stored,
 * sent and added up. */

/* Per cent in tenths, half up: 54 of 57 gives 947. -1 when nothing was counted (no result, not 0
 * %). */
int64_t share_percent_tenths(struct share share);

/* The 95 % score interval of a share (Wilson), as fractions. false when nothing was counted or hits
 * > counted. */
bool share_interval(struct share share, double *low_out, double *high_out);

/* Satisfied (4 and 5) of all valid answers. `middle_counts`: answer 3 means "neutral" and is valid;
 * else it means "no opinion" and is left out. */
struct share csat_share(const uint64_t csat[5], bool middle_counts);

struct promoters {
    uint64_t promoters, passives, detractors;
};
struct promoters nps_groups(const uint64_t nps[11]);
/* Promoters less detractors in tenths of a per cent of all, half away from zero. false when nobody
 * answered. */
bool nps_tenths(struct promoters groups, int64_t *tenths_out);
/* Half the width of the 95 % interval of that score, in points. 0 when nobody answered. */
double nps_margin(struct promoters groups);

enum attainment { ATTAINED, ATTAINED_NEARLY, ATTAINED_NOT, ATTAINED_NO_DATA };
/* A standard's share within its target: met at `target_percent`, nearly within `near_points` of it.
 */
enum attainment attainment_of(struct share share, int target_percent, int near_points);
