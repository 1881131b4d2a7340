#include "proto/cse/retention.h"

#include <stddef.h>

enum {
    REQUEST_MONTHS = 1,
    REQUEST_MONTHS_EXTENDED = 3,
    PRIVACY_COMPLAINT_DAYS = 30,
    PRIVACY_COMPLAINT_FROM = 20623, /* 2026-06-19 */
};

bool retention_due(const int32_t *ended_on, int months, bool legal_hold, int32_t *due_out)
{
    if (ended_on == NULL || legal_hold)
        return false;
    *due_out = civil_add_months(*ended_on, months);
    return true;
}

int32_t request_due(int32_t received_on, bool extended, struct holidays holidays)
{
    if (extended)
        return civil_add_months(received_on, REQUEST_MONTHS_EXTENDED);
    int32_t due = civil_add_months(received_on, REQUEST_MONTHS);
    while (!civil_is_working_day(due, holidays) && due < CIVIL_DAY_MAX)
        due++;
    return due;
}

bool privacy_complaint_due(int32_t received_on, int32_t *due_out)
{
    if (received_on < PRIVACY_COMPLAINT_FROM)
        return false;
    *due_out = received_on + PRIVACY_COMPLAINT_DAYS;
    return true;
}
