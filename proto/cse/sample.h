#pragma once

#include <stdint.h>

/* R15: answers needed for a share to be within `margin_permille` of the truth 95 times in 100.
 *
 *   n0 = 1.96^2 * 0.25 / margin^2,  n = ceil(n0 / (1 + (n0 - 1) / population))
 *
 * n0 is not rounded first: 1000 people need 278, not 279. population 0: unknown, as if without end.
 * margin 1..999; 50 is 5 %. Source: the usual formula with finite-population correction. */
uint64_t sample_needed(uint64_t population, uint32_t margin_permille);
