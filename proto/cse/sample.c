#include "proto/cse/sample.h"

#include <assert.h>
#include <math.h>

uint64_t sample_needed(uint64_t population, uint32_t margin_permille)
{
    assert(margin_permille >= 1 && margin_permille <= 999);
    const double z = 1.96, nearly = 1e-9; /* what rounding may have left over a whole number */
    double margin = margin_permille / 1000.0;
    double n0 = z * z * 0.25 / (margin * margin);
    double n = population == 0 ? n0 : n0 / (1 + (n0 - 1) / (double)population);
    return (uint64_t)ceil(n - nearly);
}
