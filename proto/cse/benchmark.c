#include "proto/cse/benchmark.h"

struct benchmark_place benchmark_place_of(int64_t own, const int64_t *others, uint32_t other_count,
                                          bool higher_is_better, uint32_t n_min)
{
    struct benchmark_place place = {.rank = 1, .count = other_count + 1};
    for (uint32_t i = 0; i < other_count; i++)
        place.rank += higher_is_better ? others[i] > own : others[i] < own;
    if (place.count >= n_min)
        place.quartile = (4 * place.rank + place.count - 1) / place.count;
    return place;
}
