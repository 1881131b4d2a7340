#include "proto/cse/dates.h"

#include <assert.h>
#include <stddef.h>

/* Adding months never turns the order of two days round, so one bound serves every date. Going back
 * the same number of months lands on it, or a few days early where the month's end was clamped. */
static int32_t oldest_within(int32_t as_of, int months)
{
    int32_t day = civil_add_months(as_of, -months);
    while (civil_add_months(day, months) < as_of)
        day++;
    return day;
}

struct currency_bounds currency_bounds_of(int32_t as_of, const struct settings *settings)
{
    assert(as_of >= CIVIL_DAY_MIN);
    assert(as_of <= CIVIL_DAY_MAX);
    return (struct currency_bounds){
        .as_of = as_of,
        .current_from = oldest_within(as_of, settings->current_months),
        .ageing_from = oldest_within(as_of, settings->ageing_months),
    };
}

enum currency evidence_currency(int32_t date, struct currency_bounds bounds)
{
    if (date > bounds.as_of)
        return EVIDENCE_NOT_YET;
    if (date >= bounds.current_from)
        return EVIDENCE_CURRENT;
    return date >= bounds.ageing_from ? EVIDENCE_AGEING : EVIDENCE_EXPIRED;
}
