#pragma once

#include "proto/cse/rates.h"

/* What answers come to beyond the share that is satisfied: all from counts or sums, which sites add
 * up before anything is divided. */

/* R14. Mean of answers 1..n in hundredths, half up; false when nobody answered. */
bool answers_mean_hundredths(const uint64_t *counts, uint32_t answers, int64_t *hundredths_out);
/* Net easy in tenths of a per cent: share of 5..7 less share of 1..3. false when nobody answered.
 */
bool net_easy_tenths(const uint64_t ces[7], int64_t *tenths_out);

/* R12, weighted: +2 +1 0 -1 -2 from very satisfied down, neutral left out. positive: of all weight
 * the positive part; net: positive less negative; in hundredths of a per cent, half up. false when
 * nobody took a side. */
bool weighted_satisfaction(const uint64_t csat[5], int64_t *positive_out, int64_t *net_out);

/* R19: does a group differ from all others? */
enum gap { GAP_TOO_FEW, GAP_NONE, GAP_FOUND };
/* "too-few" "none" "gap" */
const char *gap_text(enum gap gap);
/* Both of at least n_min, and their 95 % intervals do not touch. */
enum gap gap_of(struct share group, struct share others, uint32_t n_min);

/* R28: how strongly a driver goes with overall satisfaction, from sums of pairs (x the driver, y
 * overall), which sites add. r = (n Sxy - Sx Sy) / sqrt((n Sxx - Sx^2)(n Syy - Sy^2)). */
struct pair_sums {
    int64_t n, x, y, xx, yy, xy;
};
/* false: fewer than n_min pairs, or one of the two never varies. */
bool pair_correlation(const struct pair_sums *sums, int64_t n_min, double *r_out);

enum quadrant { QUADRANT_FOCUS, QUADRANT_KEEP, QUADRANT_WATCH, QUADRANT_MAINTAIN };
/* focus: strong and low; keep: strong and high; watch: weak and low; maintain: weak and high.
 * "focus" "keep" "watch" "maintain" */
const char *quadrant_text(enum quadrant quadrant);
/* Strong and high: at or above the means of all drivers. */
enum quadrant quadrant_of(double r, double mean, double mean_r, double mean_of_means);
