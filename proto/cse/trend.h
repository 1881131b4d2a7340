#pragma once

#include "proto/cse/picture.h"

/* R17: did a share change between two times, or may chance have done it?
 *
 *   z = (p1 - p0) / sqrt(p * (1 - p) * (1 / n0 + 1 / n1)),  p = all hits / all counted
 *
 * Significant when |z| >= 1.96 (95 %). Source: the two-proportion z-test; docs/rules.md. */
enum trend { TREND_TOO_FEW, TREND_NO_CHANGE, TREND_UP, TREND_DOWN };
/* "too-few" "no-change" "up" "down" */
const char *trend_text(enum trend trend);

/* `n_min`: fewer counted in either give no result. A share with hits > counted is TOO_FEW. */
enum trend trend_of(struct share before, struct share now, uint32_t n_min);
/* The z itself, for those who show it; false as for TREND_TOO_FEW with n_min 1. */
bool trend_z(struct share before, struct share now, double *z_out);
