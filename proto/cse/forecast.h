#pragma once

#include "proto/cse/picture.h"

/* Would the organisation pass on the picture's day? Claims count for what their records carry on
 * that day, so evidence that will have expired lowers them; then the shortest list of elements
 * that have to rise (R30 of docs/rules.md). */

enum forecast_reason {
    FORECAST_NOT_RATED,
    FORECAST_FAILED,  /* a failure anywhere bars the award */
    FORECAST_PARTIAL, /* more partial ones than the criterion bears */
};
const char *forecast_reason_text(enum forecast_reason reason); /* "not-rated" "failed" "partial" */

struct forecast_change {
    uint8_t element; /* place, from 1 */
    enum band from, to;
    enum forecast_reason reason;
    bool held;      /* rated higher, held down by the ceiling */
    uint32_t sites; /* below `to`, or not rated where nobody is */
};

struct forecast {
    enum award award;
    enum band bands[ELEMENTS]; /* of the organisation, as forecast */
    enum band *sites;          /* site_count x ELEMENTS, as forecast */
    uint32_t change_count;
    struct forecast_change changes[ELEMENTS]; /* by place; with all of them it is awardable */
};

/* `done`: site_count x ELEMENTS, true where the site's gap is taken as closed by its planned
 * actions: NC and PC count as C there; NULL: none. Of several ways of the same length the one that
 * asks the fewest sites is taken. Memory comes from `arena`. Errors: ERR_NO_MEMORY. */
NODISCARD enum err forecast_of(const struct picture *picture, const struct settings *settings,
                               const bool *done, struct arena *arena,
                               struct forecast *forecast_out);

/* Is the site one of those that keep the element below `to`? `element` from 0. */
bool forecast_site_below(const struct picture *picture, const struct forecast *forecast,
                         uint32_t site, uint32_t element, enum band to);
