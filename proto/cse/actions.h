#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/cse/bands.h"

/* R29: every element rated partly or not compliant needs an open action with an owner and a day.
 * Closing one changes no band; it asks for a new rating. */

/* Does the rating need an action? */
bool action_needed(enum band band);
/* The day an action is due when nobody says otherwise: `months` after the assessment. */
int32_t action_default_due(int32_t assessed_on, int months);
/* Not done, and its day is past: due on `as_of` is in time. */
bool action_overdue(bool done, int32_t due_on, int32_t as_of);
