#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"

/* A spreadsheet's first sheet as rows of text, out of a CSV or an XLSX file (ECMA-376). It is small
 * by nature, so it is read whole, within bounds. */

enum {
    SHEET_ROWS_MAX = 20 * 1000,
    SHEET_COLUMNS_MAX = 64,
    SHEET_CELL_BYTES_MAX = 32 * 1024,
    SHEET_TEXT_BYTES_MAX = 32 * 1024 * 1024, /* of all cells */
    SHEET_PART_BYTES_MAX = 64 * 1024 * 1024, /* one file inside an XLSX, unpacked */
};

struct sheet_row {
    uint64_t line; /* as the spreadsheet numbers it, from 1 */
    uint32_t count;
    const char **cells; /* `count` of them, never NULL; beyond is empty */
};

struct sheet {
    uint32_t row_count;
    struct sheet_row *rows; /* the header too, when the file has one */
};

/* By the file's content, whatever its name. An XLSX's dates are numbers, as it stores them.
 * Owns:    the caller ends *sheet_out with sheet_free.
 * Errors:  ERR_NOT_FOUND, ERR_DENIED, ERR_IO; ERR_CORRUPT (no CSV and no XLSX, or damaged: says
 * where), ERR_TOO_BIG (a bound above), ERR_NO_MEMORY. */
NODISCARD enum err sheet_load(const char *path, struct sheet **sheet_out, struct err_info *info);
void sheet_free(struct sheet *sheet); /* NULL is fine */

/* A row's cell; "" beyond its end. */
const char *sheet_cell(const struct sheet_row *row, uint32_t column);

/* ---- while reading ---- */

struct sheet_builder;

struct sheet_builder *sheet_builder_new(void); /* NULL: out of memory */
/* The next cell of the row that is being built; rows come in order. Errors: ERR_TOO_BIG,
 * ERR_NO_MEMORY. */
NODISCARD enum err sheet_builder_row(struct sheet_builder *builder, uint64_t line,
                                     struct err_info *info);
NODISCARD enum err sheet_builder_cell(struct sheet_builder *builder, uint32_t column,
                                      const char *text, size_t len, struct err_info *info);
/* Ends the builder. NULL: throw away what was built. */
void sheet_builder_finish(struct sheet_builder *builder, struct sheet **sheet_out);

/* The part of sheet_load that reads XLSX. */
NODISCARD enum err xlsx_load(const char *path, struct sheet **sheet_out, struct err_info *info);
