#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/bytes.h"

/* R23: may a field go to a partner on a day for a purpose? Only if an agreement with that partner
 * is active, in force that day, names the purpose and the field, and, for special-category data, a
 * condition for it. Source: the contents of a data-sharing agreement. */

enum share_verdict {
    SHARE_FIELD,     /* as it is */
    SHARE_REDACT,    /* identifiers and free text: left out */
    SHARE_DROP,      /* special-category data: left out */
    SHARE_AGGREGATE, /* the rest: as counts only, under R25 */
};
/* "share" "redact" "drop" "aggregate" */
const char *share_verdict_text(enum share_verdict verdict);

struct sharing_agreement {
    bool active; /* status active; suspended, draft and ended are not */
    int32_t starts_on, expires_on;
    bool special_condition;
    const struct bytes *parties, *purposes, *data_items; /* borrowed */
    uint32_t party_count, purpose_count, item_count;
};

struct share_question {
    struct bytes partner, purpose;
    struct bytes field; /* "complaint.outcome", or "complaint" for the whole kind */
    int32_t day;
    bool personal, special;
};

/* Does the agreement cover the question? */
bool sharing_covers(const struct sharing_agreement *agreement, const struct share_question *asked);

/* The best that any of the agreements gives. */
enum share_verdict sharing_verdict(const struct sharing_agreement *agreements, uint32_t count,
                                   const struct share_question *asked);
