#include "proto/cse/actions.h"

#include "proto/base/civil.h"

bool action_needed(enum band band)
{
    return band == BAND_PC || band == BAND_NC;
}

int32_t action_default_due(int32_t assessed_on, int months)
{
    return civil_add_months(assessed_on, months);
}

bool action_overdue(bool done, int32_t due_on, int32_t as_of)
{
    return !done && due_on < as_of;
}
