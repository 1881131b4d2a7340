#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/cse/picture.h"

/* Rules that turn dates into states, always as of a given day. */

enum currency {
    EVIDENCE_CURRENT,
    EVIDENCE_AGEING,
    EVIDENCE_EXPIRED,
    EVIDENCE_NOT_YET /* dated later than the day asked */
};

/* The oldest dates that are still current and still ageing on `as_of`: found once, compared often.
 */
struct currency_bounds {
    int32_t as_of, current_from, ageing_from;
};
struct currency_bounds currency_bounds_of(int32_t as_of);
enum currency evidence_currency(int32_t date, struct currency_bounds bounds);

/* When a complaint must be acknowledged and answered. `acknowledged_on` NULL: not (yet)
 * acknowledged, the time to answer then runs from the day the acknowledgement was due. */
struct complaint_due {
    int32_t acknowledge_on, answer_on;
};
struct complaint_due complaint_due_of(int32_t received_on, const int32_t *acknowledged_on,
                                      const struct complaint_profile *profile);
