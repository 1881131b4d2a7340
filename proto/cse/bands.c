/* Whole numbers all the way: shares are compared by multiplying out, so that no rounding can lift
 * 1599 of 2000 to 80 %. */
#include "proto/cse/bands.h"

#include <assert.h>

#include "proto/base/limits.h"

const char *band_text(enum band band)
{
    switch (band) {
    case BAND_U:
        return "U";
    case BAND_NC:
        return "NC";
    case BAND_PC:
        return "PC";
    case BAND_C:
        return "C";
    case BAND_CP:
        return "CP";
    case BAND_NA:
        return "NA";
    }
    return "U";
}

const char *criterion_state_text(enum criterion_state state)
{
    switch (state) {
    case CRITERION_MET:
        return N_("met");
    case CRITERION_NOT_MET:
        return N_("not_met");
    case CRITERION_INCOMPLETE:
        return N_("incomplete");
    case CRITERION_NOT_APPLICABLE:
        return N_("not_applicable");
    }
    return N_("incomplete");
}

const char *award_text(enum award award)
{
    switch (award) {
    case AWARD_AWARDABLE:
        return N_("awardable");
    case AWARD_NOT_AWARDABLE:
        return N_("not_awardable");
    case AWARD_INCOMPLETE:
        return N_("incomplete");
    }
    return N_("incomplete");
}

struct criterion criterion_of(const enum band *bands, uint32_t count,
                              const struct settings *settings)
{
    struct criterion got = {.elements = count};
    for (uint32_t i = 0; i < count; i++) {
        switch (bands[i]) {
        case BAND_U:
            got.not_assessed++;
            break;
        case BAND_NC:
            got.non_compliant++;
            break;
        case BAND_PC:
            got.partial++;
            break;
        case BAND_C:
        case BAND_CP:
            got.met++;
            break;
        case BAND_NA:
            got.not_applicable++;
            break;
        }
    }
    uint32_t applicable = count - got.not_applicable;
    got.partial_max = applicable * (uint32_t)settings->partial_percent / 100;
    if (applicable == 0)
        got.state = CRITERION_NOT_APPLICABLE;
    else if (got.non_compliant > 0 || got.partial > got.partial_max)
        got.state = CRITERION_NOT_MET;
    else if (got.not_assessed > 0)
        got.state = CRITERION_INCOMPLETE;
    else
        got.state = CRITERION_MET;
    return got;
}

enum award award_of(const enum band bands[ELEMENTS], const struct settings *settings,
                    struct criterion *criteria_out)
{
    uint32_t met = 0, not_met = 0, incomplete = 0, first = 0;
    for (uint8_t criterion = 1; criterion <= CRITERIA; criterion++) {
        uint32_t end = first;
        while (end < ELEMENTS && element_criterion((uint8_t)(end + 1)) == criterion)
            end++;
        struct criterion got = criterion_of(bands + first, end - first, settings);
        met += got.state == CRITERION_MET ? 1 : 0;
        not_met += got.state == CRITERION_NOT_MET ? 1 : 0;
        incomplete += got.state == CRITERION_INCOMPLETE ? 1 : 0;
        criteria_out[criterion - 1] = got;
        first = end;
    }
    assert(first == ELEMENTS);
    if (not_met > 0)
        return AWARD_NOT_AWARDABLE;
    return incomplete > 0 || met == 0 ? AWARD_INCOMPLETE : AWARD_AWARDABLE;
}

/* Weights of the assessed sites by the band they reach. */
struct weights {
    uint64_t assessed, partial_up, compliant_up, plus;
    bool any_fails;       /* a site at NC */
    bool gaps_have_plans; /* every site at PC has an open action in time */
};

static void weigh(struct weights *weights, const struct site_band *site)
{
    weights->assessed += site->weight;
    if (site->band >= BAND_PC)
        weights->partial_up += site->weight;
    else
        weights->any_fails = true;
    if (site->band >= BAND_C)
        weights->compliant_up += site->weight;
    if (site->band == BAND_CP)
        weights->plus += site->weight;
    if (site->band == BAND_PC && !site->action_open)
        weights->gaps_have_plans = false;
}

struct consolidated consolidate(const struct site_band *sites, uint32_t count,
                                const struct settings *settings)
{
    struct consolidated got = {.band = BAND_U, .worst = BAND_U};
    struct weights weights = {.gaps_have_plans = true};
    for (uint32_t i = 0; i < count; i++) {
        if (sites[i].band == BAND_NA)
            continue;
        assert(sites[i].weight >= 1);
        got.weight_applicable += sites[i].weight;
        if (sites[i].band == BAND_U) {
            got.provisional = true;
            continue;
        }
        weigh(&weights, &sites[i]);
        if (got.worst == BAND_U || sites[i].band < got.worst)
            got.worst = sites[i].band;
    }
    got.weight_assessed = weights.assessed;
    if (weights.assessed == 0) {
        /* nobody left who could answer: the element does not apply anywhere */
        if (count > 0 && got.weight_applicable == 0)
            got.band = got.worst = BAND_NA;
    } else if (weights.partial_up * 100 <
               (uint64_t)settings->small_part_percent * weights.assessed) {
        got.band = BAND_NC;
    } else if (weights.any_fails || weights.compliant_up * 100 <
                                        (uint64_t)settings->throughout_percent * weights.assessed) {
        got.band = BAND_PC;
    } else if (weights.compliant_up < weights.assessed) {
        got.minor_gaps = weights.gaps_have_plans;
        got.band = weights.gaps_have_plans ? BAND_C : BAND_PC;
    } else {
        got.band = weights.plus * 100 >= (uint64_t)settings->plus_percent * weights.assessed
                       ? BAND_CP
                       : BAND_C;
    }
    return got;
}
