#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"

/* One sheet of an XLSX file, row by row, in memory that does not grow with it. */

enum xlsx_type { XLSX_TEXT, XLSX_NUMBER, XLSX_DAY };

struct xlsx_column {
    const char *title;
    enum xlsx_type type; /* of the cells below; what cannot be read as such is written as text */
    double width;        /* in characters */
    bool wrap;           /* long texts take several lines */
};

struct xlsx;

/* `columns` are copied. The header row stays in sight and can be filtered by. Errors:
 * ERR_NO_MEMORY, ERR_IO. */
NODISCARD enum err xlsx_new(const char *path, const char *sheet_name,
                            const struct xlsx_column *columns, size_t column_count,
                            struct xlsx **xlsx_out, struct err_info *info);
/* `cells` of the columns, NULL or "" for an empty one. Nothing in them is a formula. Errors:
 * ERR_TOO_BIG (a text over what a cell holds, or too many rows; names the row). */
NODISCARD enum err xlsx_row(struct xlsx *xlsx, const char *const *cells, struct err_info *info);
/* Ends the writer in any case; `err` other than ERR_OK: the file is of no use, only clean up.
 * Errors: ERR_IO. */
NODISCARD enum err xlsx_close(struct xlsx *xlsx, enum err err, struct err_info *info);
