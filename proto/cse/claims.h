#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/cse/bands.h"

/* R20: how high a self-rating the element's own evidence can carry. A rating above it is
 * challenged, never changed. */

struct evidence_counts {
    uint64_t current, ageing, expired;
};

/* C with current evidence, PC with only ageing, NC with none or only expired. CP is never
 * suggested: that step a person takes, so a rating of CP is not challenged where C would not be. */
enum band claim_ceiling(struct evidence_counts evidence);

/* Is the rating above what the ceiling carries? Never for U and NA. */
bool claim_challenged(enum band rated, enum band ceiling);
