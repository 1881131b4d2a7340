#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"

/* Rows of a CSV file (RFC 4180), one at a time, in memory that does not grow with the file.
 *
 * Shape:   UTF-8, with or without a byte order mark; rows end in CRLF or LF; commas; quotes doubled
 * inside quotes; line ends inside quotes. The first row names the columns. Blank lines at the end
 * are nothing. Errors:  ERR_CORRUPT "FILE: line 3, column 17: …" for anything else; a column is
 * counted in characters from 1. */

struct csv_reader;

struct csv_row {
    uint64_t line;             /* where it begins, from 1 */
    uint32_t count;            /* as many as the header has */
    const char *const *fields; /* NUL-terminated, hold no other NUL; borrowed until the next row */
    struct bytes raw;          /* as it stands in the file, without its line end */
};

/* Open and read the header. Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_NO_MEMORY; ERR_CORRUPT
 * also for an empty file, a column name twice, over CSV_COLUMNS_MAX or CSV_FIELD_BYTES_MAX. */
NODISCARD enum err csv_open(const char *path, struct csv_reader **reader_out,
                            struct err_info *info);
/* The same for a file whose first row is a row like others. */
NODISCARD enum err csv_open_rows(const char *path, struct csv_reader **reader_out,
                                 struct err_info *info);
void csv_close(struct csv_reader *reader); /* NULL is fine */

/* The header, valid until csv_close. */
const struct csv_row *csv_header(const struct csv_reader *reader);

/* *more_out false at the end of the file; then *row_out is untouched. */
NODISCARD enum err csv_next(struct csv_reader *reader, struct csv_row *row_out, bool *more_out,
                            struct err_info *info);

uint64_t csv_bytes_read(const struct csv_reader *reader);
uint64_t csv_bytes_all(const struct csv_reader *reader); /* the file's size when it was opened */
/* "\r\n" or "\n": how the header ends. */
const char *csv_line_end(const struct csv_reader *reader);
