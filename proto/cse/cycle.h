#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/record/settings.h"

/* R7: a certificate has a first and a second review and an end; the ISO 10002 one is audited in the
 * same rhythm. Source: councils' published cycles; docs/rules.md. */

enum due_state { DUE_LATER, DUE_SOON, DUE_OVERDUE, DUE_DONE };
/* "later" "soon" "overdue" "done" */
const char *due_state_text(enum due_state state);

/* On `as_of`: soon from `soon_days` before the day it is due, overdue the day after it. */
enum due_state due_state_of(int32_t due_on, bool done, int32_t as_of, int32_t soon_days);

struct certificate_cycle {
    int32_t review1_on, review2_on, expires_on;
};
struct certificate_cycle certificate_cycle_of(int32_t certified_on,
                                              const struct settings *settings);
