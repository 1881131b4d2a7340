#include "proto/record/vv.h"

uint32_t vv_place(const struct dot *dots, uint32_t count, struct origin origin)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (origin_compare(dots[middle].origin, origin) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t vv_get(const struct dot *dots, uint32_t count, struct origin origin)
{
    uint32_t at = vv_place(dots, count, origin);
    return at < count && origin_equal(dots[at].origin, origin) ? dots[at].seq : 0;
}

enum err vv_raise(struct dot *dots, uint32_t *count, struct dot dot)
{
    uint32_t at = vv_place(dots, *count, dot.origin);
    if (at < *count && origin_equal(dots[at].origin, dot.origin)) {
        if (dots[at].seq < dot.seq)
            dots[at].seq = dot.seq;
        return ERR_OK;
    }
    if (*count == VV_ENTRIES_MAX)
        return ERR_LIMIT;
    memmove(&dots[at + 1], &dots[at], (*count - at) * sizeof(*dots));
    dots[at] = dot;
    (*count)++;
    return ERR_OK;
}

bool vv_equal(const struct dot *a, uint32_t a_count, const struct dot *b, uint32_t b_count)
{
    if (a_count != b_count)
        return false;
    for (uint32_t i = 0; i < a_count; i++) {
        if (dot_compare(a[i], b[i]) != 0)
            return false;
    }
    return true;
}
