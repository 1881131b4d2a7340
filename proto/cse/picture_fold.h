#pragma once

#include "proto/cse/dates.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/rules.h"

/* A fold under way: one walk over each view's cells, all sites in one go. */

struct site_place {
    uint64_t site;
    uint32_t index; /* into picture.sites */
};

struct fold {
    struct picture *picture;
    struct arena *arena;
    const struct rules *rules;
    struct site_place *places; /* sorted by site */
    uint32_t last_place;       /* cells of one site follow each other: looked up once */
    uint32_t as_of_key, month_key;
    uint32_t cycle_key; /* first day of the cycle; 0: no cycle has begun */
    struct currency_bounds bounds;
    struct { /* the assessment that counts so far, of the element being walked */
        uint32_t standing;
        uint8_t rank;
        uint32_t day_key;
    } best;
    uint32_t wave_cap;
    bool *judged;    /* sites whose ceilings are known */
    uint64_t centre; /* whose records speak for all */
    enum err err;
};

/* The place of the key's site among the picture's, or NULL. */
const struct site_place *fold_place(struct fold *fold, struct bytes key);

/* Walk one view: of a few sites only their cells and the centre's, in order; of many all of them,
 * since a step is cheaper than a search. Errors: what scan returns. */
NODISCARD enum err fold_scan(const struct fold *fold, struct cell_source source, uint8_t view,
                             bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                          uint32_t count),
                             void *to);

/* Walk all views; fills standings, element evidence, complaints, contacts and satisfaction.
 * Errors: ERR_NO_MEMORY, what scan returns. */
NODISCARD enum err fold_cells(struct fold *fold, struct cell_source source);

/* The counts of one survey wave, made when new; NULL when the list is full (fold->err stays ERR_OK)
 * or memory is out (fold->err is set). */
struct satisfaction_counts *fold_wave(struct fold *fold, struct bytes name);
