#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/record/settings.h"

/* R26: the customer-orientation competency of one person, of what several raters say. Five levels
 * of 6, 4, 6, 4 and 5 behavioural indicators, and 6 negative ones. */

enum { LEVELS = 5, INDICATORS_MAX = 6, NEGATIVES = 6, RATERS_MAX = 64 };
extern const uint8_t level_indicators[LEVELS]; /* 6 4 6 4 5 */

/* The highest level of which, and of every level below it, shown * 100 >= percent * all. 0: none.
 */
uint32_t level_reached(const uint8_t shown[LEVELS], int32_t percent);
/* Confirmed negative indicators cap it: one or two at 2, three or more at 0. */
uint32_t level_capped(uint32_t level, uint32_t confirmed_negatives);

enum rater { RATER_SELF = 1, RATER_MANAGER, RATER_PEER, RATER_REPORT, RATER_CUSTOMER };

struct rating {
    enum rater rater;
    int64_t score;               /* 1..5 */
    uint8_t shown[LEVELS];       /* indicators shown, a level */
    uint8_t negative[NEGATIVES]; /* 1: seen */
};

struct competency {
    bool has_mean;           /* a manager, and raters_min besides the person */
    int64_t mean_hundredths; /* half up; of the manager, peers and customers by their weights */
    bool has_self;
    int64_t self_hundredths;
    int64_t gap_hundredths; /* self - mean; 100 and more is a blind spot */
    uint32_t raters;        /* besides the person */
    uint32_t level;         /* by the raters besides the person, capped */
    uint32_t negatives;     /* confirmed: by the manager, or by two others */
    bool confirmed[NEGATIVES];
};
/* Groups of fewer than group_min peers, reports or customers are not used, and their weight is
 * shared out; reports count with the peers. An indicator is shown when at least half of the raters
 * besides the person saw it: `shown` of one rater is a count, so the levels are judged by the mean
 * count, rounded half up. At most RATERS_MAX ratings. */
struct competency competency_of(const struct rating *ratings, uint32_t count,
                                const struct settings *settings);
enum { BLIND_SPOT_HUNDREDTHS = 100 };

/* R27: the level of one ISO standard by scores and their maxima a level: level L needs for all up
 * to it score * 100 >= percent * max. A level without questions (max 0) is not reached. */
enum { CSM_LEVELS = 3 };
uint32_t csm_level(const int64_t score[CSM_LEVELS], const int64_t max[CSM_LEVELS], int32_t percent);
/* The lowest of those assessed; -1 marks one that is not. -1 when none is. */
int32_t csm_overall(const int32_t *levels, uint32_t count);
