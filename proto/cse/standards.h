#pragma once

#include "proto/cse/picture.h"

/* Service standards and the measurements against them: joined when the picture is folded, because a
 * contribution looks at one record. Counts are added over sites before anything is judged: 90 of
 * 100 and 300 of 500 are 390 of 600. R18 of docs/rules.md. */

/* Cells of one standard (each record has a cell of its own) and of measurements. */
void contribute_standard(const struct record_view *view,
                         void (*emit)(void *context, const struct cell *cell), void *context);
void contribute_measurement(const struct record_view *view,
                            void (*emit)(void *context, const struct cell *cell), void *context);

/* How the standards of a site, or of all, fare. Period: one a measurement was made for, of the last
 * four of its standard. */
struct standard_tally {
    uint32_t in_force; /* standards of the site itself that are in force */
    uint32_t measured; /* of those in force, with a period that ended in the last 12 months */
    uint32_t met, nearly, missed; /* by the latest period */
    uint32_t periods, periods_met;
    uint32_t missed_periods, missed_acted, missed_explained;
};
enum standard_scope {
    STANDARDS_ALL,
    STANDARDS_TIMELY,
    STANDARD_SCOPES
}; /* timeliness and quality */

struct fold;
/* Walk both views. tallies_out: STANDARD_SCOPES for each site of the picture, in its order; the
 * organisation's go into the picture. Errors: ERR_NO_MEMORY, ERR_LIMIT (PICTURE_STANDARDS_MAX),
 * what scan returns. */
NODISCARD enum err fold_standards(struct fold *fold, struct cell_source source,
                                  struct standard_tally **tallies_out);
