#pragma once

#include "proto/record/op.h"

/* A context in memory: dots sorted by origin, one an origin, each the highest sequence seen of it.
 */

static inline int origin_compare(struct origin a, struct origin b)
{
    if (a.site != b.site)
        return a.site < b.site ? -1 : 1;
    return (a.epoch > b.epoch) - (a.epoch < b.epoch);
}

/* The place of `origin`, or where it would go. */
uint32_t vv_place(const struct dot *dots, uint32_t count, struct origin origin);
/* The highest sequence seen of `origin`; 0 when none. */
uint64_t vv_get(const struct dot *dots, uint32_t count, struct origin origin);
bool vv_equal(const struct dot *a, uint32_t a_count, const struct dot *b, uint32_t b_count);
/* Raise the entry of `dot.origin` to at least `dot.seq`. `dots` holds VV_ENTRIES_MAX. Errors:
 * ERR_LIMIT when full. */
NODISCARD enum err vv_raise(struct dot *dots, uint32_t *count, struct dot dot);
