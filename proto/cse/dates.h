#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/civil.h"
#include "proto/record/settings.h"

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
struct currency_bounds currency_bounds_of(int32_t as_of, const struct settings *settings);
enum currency evidence_currency(int32_t date, struct currency_bounds bounds);
