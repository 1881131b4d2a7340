#include "proto/record/hlc.h"

#include "proto/base/limits.h"

static const uint64_t ms_max = (UINT64_C(1) << 48) - 1;

uint64_t hlc_pack(uint64_t unix_ms, uint16_t counter)
{
    return (unix_ms < ms_max ? unix_ms : ms_max) << 16 | counter;
}

uint64_t hlc_ms(uint64_t hlc)
{
    return hlc >> 16;
}

uint64_t hlc_next(uint64_t last, uint64_t now_ms)
{
    uint64_t now = hlc_pack(now_ms, 0);
    if (now > last)
        return now;
    /* A full counter carries into the milliseconds. */
    return last == UINT64_MAX ? last : last + 1;
}

uint64_t hlc_observe(uint64_t last, uint64_t seen, uint64_t now_ms)
{
    uint64_t bound_ms = now_ms < ms_max - CLOCK_PULL_MS_MAX ? now_ms + CLOCK_PULL_MS_MAX : ms_max;
    uint64_t bound = hlc_pack(bound_ms, UINT16_MAX);
    uint64_t pulled = seen < bound ? seen : bound;
    return pulled > last ? pulled : last;
}
