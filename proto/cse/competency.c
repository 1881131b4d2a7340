#include "proto/cse/competency.h"

const uint8_t level_indicators[LEVELS] = {6, 4, 6, 4, 5};

enum { CAP_NEGATIVES = 3, CAP_LEVEL = 2 };

uint32_t level_reached(const uint8_t shown[LEVELS], int32_t percent)
{
    uint32_t level = 0;
    while (level < LEVELS && shown[level] * 100 >= percent * level_indicators[level])
        level++;
    return level;
}

uint32_t level_capped(uint32_t level, uint32_t confirmed_negatives)
{
    if (confirmed_negatives >= CAP_NEGATIVES)
        return 0;
    return confirmed_negatives > 0 && level > CAP_LEVEL ? CAP_LEVEL : level;
}

/* ---- one person ---- */

struct group {
    int64_t sum, count;
    int32_t weight;
};

static void add_mean(struct competency *got, struct group groups[3],
                     const struct settings *settings)
{
    /* sum of weight * mean / sum of weights, with one denominator for all */
    int64_t weights = 0, common = 1, top = 0;
    for (int i = 0; i < 3; i++) {
        bool used = i == 0 ? groups[i].count > 0 : groups[i].count >= settings->group_min;
        if (!used || groups[i].weight == 0)
            groups[i].count = 0;
        else
            common *= groups[i].count;
    }
    for (int i = 0; i < 3; i++) {
        if (groups[i].count == 0)
            continue;
        weights += groups[i].weight;
        top += groups[i].weight * groups[i].sum * (common / groups[i].count);
    }
    int64_t bottom = weights * common;
    got->mean_hundredths = bottom > 0 ? (200 * top + bottom) / (2 * bottom) : 0;
    got->has_mean = bottom > 0;
}

static void add_negatives(struct competency *got, const struct rating *ratings, uint32_t count)
{
    for (int n = 0; n < NEGATIVES; n++) {
        uint32_t others = 0;
        bool manager = false;
        for (uint32_t i = 0; i < count; i++) {
            bool seen = ratings[i].negative[n] != 0 && ratings[i].rater != RATER_SELF;
            manager = manager || (seen && ratings[i].rater == RATER_MANAGER);
            others += seen && ratings[i].rater != RATER_MANAGER;
        }
        got->confirmed[n] = manager || others >= 2;
        got->negatives += got->confirmed[n];
    }
}

static void add_level(struct competency *got, const struct rating *ratings, uint32_t count,
                      const struct settings *settings)
{
    uint8_t shown[LEVELS] = {0};
    for (int level = 0; level < LEVELS && got->raters > 0; level++) {
        uint32_t sum = 0;
        for (uint32_t i = 0; i < count; i++)
            sum += ratings[i].rater != RATER_SELF ? ratings[i].shown[level] : 0U;
        shown[level] = (uint8_t)((2 * sum + got->raters) / (2 * got->raters));
    }
    got->level = level_capped(level_reached(shown, settings->level_percent), got->negatives);
}

struct competency competency_of(const struct rating *ratings, uint32_t count,
                                const struct settings *settings)
{
    struct competency got = {.raters = 0};
    struct group groups[3] = {{.weight = settings->weight_manager},
                              {.weight = settings->weight_peers},
                              {.weight = settings->weight_customers}};
    int64_t self_count = 0, self_sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        int group = ratings[i].rater == RATER_MANAGER    ? 0
                    : ratings[i].rater == RATER_CUSTOMER ? 2
                                                         : 1;
        if (ratings[i].rater == RATER_SELF) {
            self_sum += ratings[i].score;
            self_count++;
            continue;
        }
        groups[group].sum += ratings[i].score;
        groups[group].count++;
        got.raters++;
    }
    if (groups[0].count > 0 && got.raters >= (uint32_t)settings->raters_min)
        add_mean(&got, groups, settings);
    got.has_self = self_count > 0;
    if (got.has_self)
        got.self_hundredths = (200 * self_sum + self_count) / (2 * self_count);
    if (got.has_self && got.has_mean)
        got.gap_hundredths = got.self_hundredths - got.mean_hundredths;
    add_negatives(&got, ratings, count);
    add_level(&got, ratings, count, settings);
    return got;
}

/* ---- the scored rating ---- */

uint32_t csm_level(const int64_t score[CSM_LEVELS], const int64_t max[CSM_LEVELS], int32_t percent)
{
    uint32_t level = 0;
    while (level < CSM_LEVELS && max[level] > 0 && score[level] * 100 >= percent * max[level])
        level++;
    return level;
}

int32_t csm_overall(const int32_t *levels, uint32_t count)
{
    int32_t lowest = -1;
    for (uint32_t i = 0; i < count; i++) {
        if (levels[i] >= 0 && (lowest < 0 || levels[i] < lowest))
            lowest = levels[i];
    }
    return lowest;
}
