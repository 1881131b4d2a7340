#pragma once

#include <stdint.h>

/* Hybrid logical clock: 48 bits of Unix milliseconds, 16 bits of counter. It only ranks concurrent
 * values for display; correctness never depends on it. */

uint64_t hlc_pack(uint64_t unix_ms, uint16_t counter);
uint64_t hlc_ms(uint64_t hlc);

/* The next value after `last` at wall time `now_ms`: always greater than `last`, never behind
 * `now_ms`. */
uint64_t hlc_next(uint64_t last, uint64_t now_ms);

/* `last` moved up to a value seen from elsewhere, but never further ahead of `now_ms` than
 * CLOCK_PULL_MS_MAX: one site with a wrong clock must not drag the others with it. */
uint64_t hlc_observe(uint64_t last, uint64_t seen, uint64_t now_ms);
