#pragma once

#include "tools/import/duplicates.h"
#include "tools/import/plan.h"

/* An import reads its file twice: once to check every row, and only then to send them. */

enum {
    IMPORT_REASONS_SHOWN = 10,
    IMPORT_REASON_BYTES = 160,
    IMPORT_ROW_BYTES_MAX = OP_BYTES_MAX - 8 * 1024, /* leaves room for what an operation adds */
    IMPORT_PIECE_BYTES_MIN = OP_BYTES_MAX,          /* import_rows_read: one row always fits */
};

struct import_job {
    const char *path;
    const struct kind *kind;
    const struct import_map *map; /* NULL: columns are named after the fields */
    const char *rejects_path;     /* where refused rows go; NULL: nowhere */
    const char *unclear_path;     /* where rows go that could be read in two ways; NULL: nowhere */
    struct site_lookup sites;
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_all); /* or NULL */
    void *context;
};

struct import_summary {
    uint64_t rows, taken, left_out, rejected, repeated; /* rows is the sum of the others */
    uint64_t unclear; /* taken rows of which something could be read in two ways */
    struct duplicate_list duplicates;
    struct {
        uint64_t line;
        char text[IMPORT_REASON_BYTES];
    } reasons[IMPORT_REASONS_SHOWN]; /* of the first rejected rows */
    enum err rejects_err;            /* the list of rejected rows could not be written */
    struct err_info rejects_info;
};

/* Check the whole file. Bad rows are no failure: they are counted and listed.
 * Errors:  ERR_CORRUPT (the file is damaged: says where), ERR_INVALID (header and map do not fit,
 * no rows), ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err import_check(const struct import_job *job, struct import_summary *summary_out,
                                struct err_info *info);

/* The taken rows as MessagePack values [line, {field: value}], one after another, piece by piece.
 */
struct import_rows;

/* `expected` is what import_check took: a file that was changed meanwhile must not come in half
 * checked. */
NODISCARD enum err import_rows_open(const struct import_job *job, uint64_t expected,
                                    struct import_rows **rows_out, struct err_info *info);
/* At most `capacity` (>= IMPORT_PIECE_BYTES_MIN) bytes of whole values; 0 at the end. Errors:
 * ERR_CONFLICT (the file has changed), those of csv_next. */
NODISCARD enum err import_rows_read(struct import_rows *rows, uint8_t *buffer, size_t capacity,
                                    size_t *len_out, struct err_info *info);
void import_rows_close(struct import_rows *rows); /* NULL is fine */
