#pragma once

#include "proto/cse/competency.h"

/* The model of customer orientation: what people at each level do, and what speaks against it.
 * Texts are keys for translation. */

const char *competency_level_title(uint32_t level); /* 1..LEVELS */
/* 0..level_indicators[level - 1] - 1; NULL past the last. */
const char *competency_indicator(uint32_t level, uint32_t number);
const char *competency_negative(uint32_t number); /* 0..NEGATIVES - 1 */
/* The level a role asks for (enum role). */
int32_t competency_target(int64_t role, const struct settings *settings);
