#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/record/kinds.h"
#include "proto/record/settings.h"

/* Bands and the award, pure integer rules. Source: the published award rule (80 % of the elements
 * of every criterion, no failure anywhere); R2..R5 of docs/rules.md. */

/* Numbers are those of the assessment kind's `band` field. */
enum band {
    BAND_U = 0 /* not assessed */,
    BAND_NC = 1,
    BAND_PC = 2,
    BAND_C = 3,
    BAND_CP = 4,
    BAND_NA = 5
};

/* "U" "NA" "NC" "PC" "C" "CP" */
const char *band_text(enum band band);

enum criterion_state {
    CRITERION_MET,
    CRITERION_NOT_MET,
    CRITERION_INCOMPLETE,
    CRITERION_NOT_APPLICABLE
};
const char *criterion_state_text(
    enum criterion_state state); /* "met" "not_met" "incomplete" "not_applicable" */

struct criterion {
    uint32_t elements; /* in the standard, 10..13 */
    uint32_t met;      /* C or CP */
    uint32_t partial, non_compliant, not_assessed, not_applicable;
    uint32_t partial_max; /* (elements - not_applicable) * 20 / 100 */
    enum criterion_state state;
};

/* R3: NOT if NC > 0 or PC > partial_max; else INCOMPLETE if U > 0; else MET; no elements left:
 * NOT_APPLICABLE. */
struct criterion criterion_of(const enum band *bands, uint32_t count,
                              const struct settings *settings);

enum award { AWARD_AWARDABLE, AWARD_NOT_AWARDABLE, AWARD_INCOMPLETE };
const char *award_text(enum award award); /* "awardable" "not_awardable" "incomplete" */
/* R4 over the 57 bands in the standard's order; criteria_out holds CRITERIA. All criteria not
 * applicable: INCOMPLETE. */
enum award award_of(const enum band bands[ELEMENTS], const struct settings *settings,
                    struct criterion *criteria_out);

/* One site's standing on one element. */
struct site_band {
    enum band band;
    uint64_t weight;  /* customers served, from 1 */
    bool action_open; /* an open action on this element that is not overdue */
};

struct consolidated {
    enum band band, worst;        /* worst: lowest band of any assessed site; U when none */
    bool minor_gaps, provisional; /* provisional: some applicable site is not assessed */
    uint64_t weight_assessed, weight_applicable;
};

/* R5. Weights are bounded by 1e12 each and 16384 sites, so that the products fit 64 bits. */
struct consolidated consolidate(const struct site_band *sites, uint32_t count,
                                const struct settings *settings);
