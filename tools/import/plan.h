#pragma once

#include "tools/import/csv.h"
#include "tools/import/map.h"

/* A map bound to one file's header: turns a row into a record's fields, or says why it cannot. */

/* Short names of sites, for fields that name one; `find` may be NULL: then only ids are taken. */
struct site_lookup {
    bool (*find)(void *context, const char *slug, uint64_t *site_out);
    void *context;
};

struct plan;

/* `map` NULL: the columns are named after the kind's fields, as an export writes them.
 * Owns:    `map` is borrowed and outlives the plan; the header's names too.
 * Errors:  ERR_INVALID: a column is missing (names it and those there are), or is no field; kind
 * and map disagree; no column gives a required field. ERR_NO_MEMORY. */
NODISCARD enum err plan_new(const struct kind *kind, const struct import_map *map,
                            const struct csv_row *header, struct site_lookup sites,
                            struct plan **plan_out, struct err_info *info);
void plan_free(struct plan *plan); /* NULL is fine */

/* Does a column or constant fill a field that names a site? */
bool plan_names_sites(const struct kind *kind, const struct import_map *map,
                      const struct csv_row *header);

enum row_verdict { ROW_TAKEN, ROW_LEFT_OUT, ROW_BAD, ROW_REPEATED /* one_per: it is there */ };

/* ROW_TAKEN: *fields_out (reset first) is a MessagePack map of field number to value. ROW_BAD:
 * `reason_out` (ERR_TEXT_BYTES) says why; of other rows it says what was not clear, or is empty.
 * Errors: ERR_NO_MEMORY only. */
NODISCARD enum err plan_convert(struct plan *plan, const struct csv_row *row,
                                struct mp_buf *fields_out, enum row_verdict *verdict_out,
                                char *reason_out);
