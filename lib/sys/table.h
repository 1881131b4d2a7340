#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/err.h"

/* Aligned columns of UTF-8 text for people. Cells are copied; widths are counted in screen columns.
 */

enum {
    TABLE_COLUMNS_MAX = 32,
    TABLE_ROWS_MAX = 100 * 1000,
};

struct table_column {
    const char *title;
    bool right; /* numbers */
};

struct table;

/* `columns` is kept, not copied. Errors: ERR_NO_MEMORY. */
NODISCARD enum err table_new(const struct table_column *columns, size_t column_count,
                             struct table **table_out);
void table_free(struct table *table);

/* One row, one cell a column; NULL is an empty cell. Control characters print as spaces. Errors:
 * ERR_LIMIT, ERR_NO_MEMORY. */
NODISCARD enum err table_add(struct table *table, const char *const *cells);

size_t table_row_count(const struct table *table);

/* Titles (bold when `to` is a terminal that may have colour), then the rows. Errors: ERR_IO. */
NODISCARD enum err table_print(const struct table *table, FILE *to);

/* Screen columns of a UTF-8 text: combining marks 0, East Asian wide characters and emoji 2, bytes
 * that are not UTF-8 1. */
size_t text_width(const char *text);

/* A paragraph broken at blanks so that no line is longer than `columns` (0: HELP_COLUMNS), each
 * line after the first starting at `indent`; the first starts at column `at` of the screen, or at
 * `indent` when that is 0. A word longer than a line has one of its own. */
enum { HELP_COLUMNS = 79 };
struct wrap {
    size_t indent, at, columns;
};
void print_wrapped(const char *text, struct wrap wrap, FILE *to);

/* May escape sequences go there? Only to a terminal, when NO_COLOR is unset and TERM is not "dumb".
 */
bool term_has_colour(FILE *to);
