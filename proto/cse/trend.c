#include "proto/cse/trend.h"

#include <math.h>

#define Z_SIGNIFICANT 1.96

const char *trend_text(enum trend trend)
{
    static const char *const names[] = {N_("too-few"), N_("no-change"), N_("up"), N_("down")};
    return names[trend];
}

bool trend_z(struct share before, struct share now, double *z_out)
{
    if (before.counted == 0 || now.counted == 0 || before.hits > before.counted ||
        now.hits > now.counted)
        return false;
    double n0 = (double)before.counted, n1 = (double)now.counted;
    double p0 = (double)before.hits / n0, p1 = (double)now.hits / n1;
    double p = ((double)before.hits + (double)now.hits) / (n0 + n1);
    double spread = sqrt(p * (1 - p) * (1 / n0 + 1 / n1));
    *z_out = spread > 0 ? (p1 - p0) / spread : 0;
    return true;
}

enum trend trend_of(struct share before, struct share now, uint32_t n_min)
{
    double z;
    if (before.counted < n_min || now.counted < n_min || !trend_z(before, now, &z))
        return TREND_TOO_FEW;
    if (z >= Z_SIGNIFICANT)
        return TREND_UP;
    return z <= -Z_SIGNIFICANT ? TREND_DOWN : TREND_NO_CHANGE;
}
