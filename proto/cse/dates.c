#include "proto/cse/dates.h"

#include <assert.h>
#include <stddef.h>

enum { CURRENT_MONTHS = 12, AGEING_MONTHS = 36 };

/* Adding months never turns the order of two days round, so one bound serves every date. Going back
 * the same number of months lands on it, or a few days early where the month's end was clamped. */
static int32_t oldest_within(int32_t as_of, int months)
{
    int32_t day = civil_add_months(as_of, -months);
    while (civil_add_months(day, months) < as_of)
        day++;
    return day;
}

struct currency_bounds currency_bounds_of(int32_t as_of)
{
    assert(as_of >= CIVIL_DAY_MIN);
    assert(as_of <= CIVIL_DAY_MAX);
    return (struct currency_bounds){
        .as_of = as_of,
        .current_from = oldest_within(as_of, CURRENT_MONTHS),
        .ageing_from = oldest_within(as_of, AGEING_MONTHS),
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

struct complaint_due complaint_due_of(int32_t received_on, const int32_t *acknowledged_on,
                                      const struct complaint_profile *profile)
{
    struct complaint_due due;
    due.acknowledge_on =
        civil_add_working_days(received_on, profile->acknowledge_days, profile->holidays);
    int32_t start = acknowledged_on != NULL ? *acknowledged_on : due.acknowledge_on;
    due.answer_on = civil_add_working_days(start, profile->answer_days, profile->holidays);
    return due;
}
