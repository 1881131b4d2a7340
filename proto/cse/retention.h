#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/civil.h"

/* R24: how long records are kept, and by when a person's request is answered. */

/* The day a record may go: `months` after it ended, clamped to the month's end. false: never yet,
 * because it has not ended or a legal hold stands. */
bool retention_due(const int32_t *ended_on, int months, bool legal_hold, int32_t *due_out);

/* Erasure and access: the same day next month, clamped to the month's end, then the next working
 * day. Extended: three months from receipt, which is not moved. Source: the one-month rule. */
int32_t request_due(int32_t received_on, bool extended, struct holidays holidays);

/* A complaint about data protection is acknowledged within 30 calendar days; the rule holds for
 * what is received from 19 June 2026 on. false: received before. */
bool privacy_complaint_due(int32_t received_on, int32_t *due_out);
