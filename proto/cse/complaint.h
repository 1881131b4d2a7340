#pragma once

#include "proto/cse/deadlines.h"
#include "proto/cse/picture.h"
#include "proto/cse/priority.h"
#include "proto/cse/rules.h"

/* What the dates of one complaint say, by the profile and holidays that hold for it. R8 to R11 of
 * docs/rules.md; the stages are those of ISO 10002, clause 7. */

enum complaint_step { /* the furthest stage reached */
                      COMPLAINT_RECEIPT,
                      COMPLAINT_ACKNOWLEDGEMENT,
                      COMPLAINT_ASSESSMENT,
                      COMPLAINT_INVESTIGATION,
                      COMPLAINT_RESPONSE,
                      COMPLAINT_DECISION_TOLD,
                      COMPLAINT_CLOSING,
                      COMPLAINT_STEPS,
};
/* "receipt" "acknowledgement" … "closing" */
const char *complaint_step_text(enum complaint_step step);
/* For people: a key for translation. */
const char *complaint_step_label(enum complaint_step step);

/* One stage (1, or 2 after escalation). */
struct complaint_stage_state {
    bool started;
    struct stage_dates dates;
    struct deadlines due;
    bool acknowledged, acknowledged_known, acknowledged_on_time; /* known: it counts in the share */
    bool answered, answered_known, answered_on_time;
    int32_t acknowledged_on, answered_on; /* DAY_NONE: not, or not known which day */
};

struct complaint_state {
    bool is_comment;
    bool handed_over; /* received elsewhere first: counted there */
    int32_t received_on;
    const struct deadline_profile *profile;
    struct holidays holidays;
    struct complaint_stage_state stages[2];
    bool due_stated; /* due_on replaces the day computed */
    enum complaint_step step;
    bool open;            /* no outcome, not closed */
    bool decided, upheld; /* by the last stage that decided */
    bool finished;        /* answered and its actions completed, or nothing to do */
    int64_t outcome, stage2_outcome, topic; /* 0: not stated */
    enum priority priority;
};

/* false: there is no day of receipt. */
bool complaint_state_of(const struct record_view *view, const struct rules *rules,
                        struct complaint_state *state_out);

/* By when the next thing is to happen, as of a day. */
struct complaint_next {
    enum complaint_step step; /* what is to happen next */
    int32_t due_on;           /* DAY_NONE: no limit */
    bool stage2;
};
/* false: nothing is left to do. */
bool complaint_next_of(const struct complaint_state *state, struct complaint_next *next_out);

/* Its cells. */
void contribute_complaint(const struct record_view *view, const struct rules *rules,
                          void (*emit)(void *context, const struct cell *cell), void *context);
