#pragma once

#include <stdbool.h>
#include <stdint.h>

/* R10: severity (1..5) x likelihood (1..5): up to 3 low, 4 to 6 moderate, 7 to 12 high, above
 * extreme. Safety, safeguarding or a person at risk make it at least high. Source: the 5 x 5 risk
 * matrix of the public sector. */
enum priority {
    PRIORITY_UNKNOWN,
    PRIORITY_LOW,
    PRIORITY_MODERATE,
    PRIORITY_HIGH,
    PRIORITY_EXTREME
};
/* "unknown" "low" "moderate" "high" "extreme" */
const char *priority_text(enum priority priority);

/* 0 or out of 1..5: not stated; then only `danger` can say something. */
enum priority priority_of(int64_t severity, int64_t likelihood, bool danger);
