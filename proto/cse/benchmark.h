#pragma once

#include <stdbool.h>
#include <stdint.h>

/* R22: rank = 1 + others strictly better; quartile = ceil(4 * rank / n), n = others + 1. Ties share
 * the better rank. */
struct benchmark_place {
    uint32_t rank, count;
    uint32_t quartile; /* 1..4; 0: too few to say (n < n_min) */
};
struct benchmark_place benchmark_place_of(int64_t own, const int64_t *others, uint32_t other_count,
                                          bool higher_is_better, uint32_t n_min);
