#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/civil.h"

/* R8 in full: every date by which something must happen to a complaint, with how it was computed,
 * so that the computation can be told on the telephone. Sources: the complaint-handling codes named
 * in docs/rules.md; profiles are data (proto/cse/profiles.h). */

enum day_type { DAYS_WORKING, DAYS_CALENDAR };

struct deadline_profile {
    char code[24];
    char name[64];
    enum day_type type;
    bool receipt_counts; /* the day of receipt, or the next working day, is day 1 */
    bool from_receipt;   /* the answer is due from receipt, not from the acknowledgement */
    int32_t acknowledge_days, answer_days; /* 0: no limit of its own */
    int32_t extension_days;                /* at most; 0: none foreseen */
    int32_t stage2_acknowledge_days, stage2_answer_days, stage2_extension_days;
    int32_t
        escalation_days; /* how long after the answer stage 2 can be asked for; 0: not limited */
};

/* One stage's dates; CIVIL_DAY_MIN - 1 (DAY_NONE) where there is none. */
#define DAY_NONE (CIVIL_DAY_MIN - 1)
struct stage_dates {
    int32_t started_on; /* received, or stage 2 asked for */
    int32_t acknowledged_on, answered_on;
    int32_t extended_on, extended_by; /* extended_by: days, 0: none */
    bool extension_reasoned;
};

struct stage_limits {
    int32_t acknowledge, answer, extension; /* days */
};

enum deadline_step_kind {
    STEP_ACKNOWLEDGE,
    STEP_ANSWER,
    STEP_EXTENDED, /* counted on from the day it was due before */
};
struct deadline_step {
    enum deadline_step_kind kind;
    int32_t from, days, due;
    int32_t skipped_weekend, skipped_holidays; /* days passed over */
    bool from_due;                             /* never acknowledged: from the day that was due */
};

enum { DEADLINE_STEPS_MAX = 3 };
enum {
    EXTENSION_OVER_CAP = 1,  /* accepted, and told */
    EXTENSION_TOO_LATE = 2,  /* recorded after the due day: does not repair lateness */
    EXTENSION_NO_REASON = 4, /* is none */
};

struct deadlines {
    int32_t acknowledge_on, answer_on; /* DAY_NONE: no limit; answer_on with a valid extension */
    int32_t answer_before_on;          /* … without it */
    uint32_t flags;
    uint32_t step_count;
    struct deadline_step steps[DEADLINE_STEPS_MAX];
};

/* The deadlines of one stage. */
struct deadlines deadlines_of(const struct stage_dates *dates, struct stage_limits limits,
                              const struct deadline_profile *profile, struct holidays holidays);

/* `days` after `from` by the profile's way of counting; the skipped days may be NULL. */
int32_t deadline_add(int32_t from, int32_t days, const struct deadline_profile *profile,
                     bool from_receipt, struct holidays holidays, struct deadline_step *step);
