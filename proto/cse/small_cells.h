#pragma once

#include <stdbool.h>
#include <stdint.h>

/* R25: counts that could show a person are hidden before anything leaves a site or is published.
 *
 * A row: cells of 1..k-1 are hidden. A total below k hides the whole row and the total. Otherwise,
 * as long as anything is hidden, the smallest remaining cell (zeros last; ties: the first) is
 * hidden too, until at least two are hidden and these add up to k or more: nothing can be worked
 * back from the total. Source: the practice of health statistics; docs/rules.md. */

enum { SMALL_CELLS_MAX = 64 };

/* hidden_out: `count` flags. Returns whether the total is hidden as well. count <= SMALL_CELLS_MAX.
 */
bool small_cells_hide(const uint64_t *counts, uint32_t count, uint64_t k, bool *hidden_out);

/* A table whose rows and columns both have totals: hidden so that neither gives one away.
 * hidden_out: rows * columns flags by row; total flags in row_total_out (rows) and column_total_out
 * (columns). rows, columns <= SMALL_CELLS_MAX. */
void small_cells_hide_table(const uint64_t *counts, uint32_t rows, uint32_t columns, uint64_t k,
                            bool *hidden_out, bool *row_total_out, bool *column_total_out);

/* The rounding scheme of hospital statistics: 0 stays, 1..7 are hidden (-1), others go to the
 * nearest 5. */
int64_t small_cells_round(uint64_t count);
