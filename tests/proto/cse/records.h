#pragma once

#include "proto/cse/picture.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/rules.h"
#include "proto/record/fields.h"

/* Records made field by field, and a small table of cells that adds up what they contribute. */

enum { RECORD_FIELDS = 96, RECORD_BYTES = 2048, CELLS_MAX = 4096 };

struct record {
    struct record_view view;
    struct view_field fields[RECORD_FIELDS];
    uint8_t bytes[RECORD_BYTES];
    size_t used;
};

void record_start(struct record *record, uint16_t kind, uint64_t site);
void record_int(struct record *record, uint16_t field, int64_t value);
void record_bool(struct record *record, uint16_t field, bool value);
void record_text(struct record *record, uint16_t field, const char *text);
void record_member(struct record *record, uint16_t field, uint8_t element);
void record_ref(struct record *record, uint16_t field, const struct record *to);
void record_counts(struct record *record, uint16_t field, const int64_t *counts, uint32_t count);
void record_day(struct record *record, uint16_t field, const char *date);
void record_unset(struct record *record, uint16_t field);
int32_t test_day(const char *date);

struct cells {
    struct cell rows[CELLS_MAX]; /* sorted by key */
    uint32_t count;
    int64_t sign; /* +1 or -1 for what is emitted next */
    uint32_t emitted;
};

const struct rules *test_rules(void);
void cells_add(struct cells *cells, const struct record *record, int64_t sign);
bool cells_equal(const struct cells *a, const struct cells *b);
struct cell_source cells_source(struct cells *cells);
/* The only cell of a view, or NULL. */
const struct cell *cells_only(const struct cells *cells, uint8_t view);
