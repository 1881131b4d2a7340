#include "proto/cse/small_cells.h"

#include <assert.h>

/* A line of cells in a table: a row or a column. */
struct line {
    const uint64_t *counts;
    bool *hidden;
    uint32_t count, step;
};

static uint64_t at(const struct line *line, uint32_t i)
{
    return line->counts[i * line->step];
}

/* The smallest that still shows; zeros only when nothing else does. count: none. */
static uint32_t next_to_hide(const struct line *line)
{
    uint32_t best = line->count, zero = line->count;
    for (uint32_t i = 0; i < line->count; i++) {
        if (line->hidden[i * line->step])
            continue;
        if (at(line, i) == 0)
            zero = zero == line->count ? i : zero;
        else if (best == line->count || at(line, i) < at(line, best))
            best = i;
    }
    return best < line->count ? best : zero;
}

/* Protect what is hidden in the line. Did it hide more? */
static bool protect(const struct line *line, uint64_t k)
{
    bool more = false;
    for (;;) {
        uint32_t hidden = 0, next = next_to_hide(line);
        uint64_t sum = 0;
        for (uint32_t i = 0; i < line->count; i++) {
            hidden += line->hidden[i * line->step];
            sum += line->hidden[i * line->step] ? at(line, i) : 0;
        }
        if (hidden == 0 || (hidden >= 2 && sum >= k) || next == line->count)
            return more;
        line->hidden[next * line->step] = true;
        more = true;
    }
}

static uint64_t total_of(const struct line *line)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < line->count; i++)
        total += at(line, i);
    return total;
}

static void hide_all(const struct line *line)
{
    for (uint32_t i = 0; i < line->count; i++)
        line->hidden[i * line->step] = true;
}

bool small_cells_hide(const uint64_t *counts, uint32_t count, uint64_t k, bool *hidden_out)
{
    assert(count <= SMALL_CELLS_MAX);
    struct line line = {.counts = counts, .hidden = hidden_out, .count = count, .step = 1};
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        hidden_out[i] = counts[i] > 0 && counts[i] < k;
        any = any || hidden_out[i];
    }
    if (any && total_of(&line) < k) {
        hide_all(&line);
        return true;
    }
    (void)protect(&line, k);
    return false;
}

static struct line row_of(const uint64_t *counts, bool *hidden, uint32_t columns, uint32_t row)
{
    return (struct line){.counts = counts + row * columns,
                         .hidden = hidden + row * columns,
                         .count = columns,
                         .step = 1};
}

static struct line column_of(const uint64_t *counts, bool *hidden, uint32_t rows, uint32_t columns,
                             uint32_t column)
{
    return (struct line){
        .counts = counts + column, .hidden = hidden + column, .count = rows, .step = columns};
}

void small_cells_hide_table(const uint64_t *counts, uint32_t rows, uint32_t columns, uint64_t k,
                            bool *hidden_out, bool *row_total_out, bool *column_total_out)
{
    assert(rows <= SMALL_CELLS_MAX && columns <= SMALL_CELLS_MAX);
    uint64_t row_totals[SMALL_CELLS_MAX], column_totals[SMALL_CELLS_MAX];
    for (uint32_t i = 0; i < rows * columns; i++)
        hidden_out[i] = counts[i] > 0 && counts[i] < k;
    for (uint32_t r = 0; r < rows; r++) {
        struct line row = row_of(counts, hidden_out, columns, r);
        row_totals[r] = total_of(&row);
        if (row_totals[r] > 0 && row_totals[r] < k)
            hide_all(&row);
    }
    for (uint32_t c = 0; c < columns; c++) {
        struct line column = column_of(counts, hidden_out, rows, columns, c);
        column_totals[c] = total_of(&column);
        if (column_totals[c] > 0 && column_totals[c] < k)
            hide_all(&column);
    }
    bool more = true;
    while (more) { /* each turn hides at least one cell, so it ends */
        more = false;
        for (uint32_t r = 0; r < rows; r++) {
            struct line row = row_of(counts, hidden_out, columns, r);
            more = protect(&row, k) || more;
        }
        for (uint32_t c = 0; c < columns; c++) {
            struct line column = column_of(counts, hidden_out, rows, columns, c);
            more = protect(&column, k) || more;
        }
    }
    (void)small_cells_hide(row_totals, rows, k, row_total_out);
    (void)small_cells_hide(column_totals, columns, k, column_total_out);
}

int64_t small_cells_round(uint64_t count)
{
    if (count == 0)
        return 0;
    return count <= 7 ? -1 : (int64_t)((count + 2) / 5 * 5);
}
