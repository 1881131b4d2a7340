#include "lib/sys/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/say.h"

/* Cells are kept in one array, row after row, and printed once the widest of each column is known.
 */

struct table {
    const struct table_column *columns;
    size_t column_count;
    char **cells;
    size_t row_count, row_capacity;
    size_t widths[TABLE_COLUMNS_MAX];
};

struct range {
    uint32_t first, last;
};

/* Marks drawn over the letter before them, and joiners. */
static const struct range zero_wide[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};
static const struct range double_wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool within(uint32_t point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    }
    return false;
}

/* One code point off the front; a byte that begins none counts as itself. */
static uint32_t take_point(const unsigned char **text)
{
    const unsigned char *at = *text;
    size_t more = at[0] >= 0xf0 && at[0] < 0xf8 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 0;
    uint32_t point = more == 3 ? at[0] & 0x07U : more == 2 ? at[0] & 0x0fU : at[0] & 0x1fU;
    if (more == 0 || at[0] >= 0xf8) {
        *text = at + 1;
        return at[0] < 0x80 ? at[0] : '?';
    }
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            *text = at + 1;
            return '?';
        }
        point = point << 6 | (at[i] & 0x3fU);
    }
    *text = at + 1 + more;
    return point;
}

size_t text_width(const char *text)
{
    size_t width = 0;
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        uint32_t point = take_point(&at);
        if (within(point, zero_wide, sizeof(zero_wide) / sizeof(zero_wide[0])))
            continue;
        bool wide = within(point, double_wide, sizeof(double_wide) / sizeof(double_wide[0]));
        width += wide ? 2 : 1;
    }
    return width;
}

bool term_has_colour(FILE *to)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no_colour != NULL && no_colour[0] != '\0')
        return false;
    if (term == NULL || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fileno(to)) == 1;
}

enum err table_new(const struct table_column *columns, size_t column_count,
                   struct table **table_out)
{
    assert(column_count >= 1 && column_count <= TABLE_COLUMNS_MAX);
    struct table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return ERR_NO_MEMORY;
    table->columns = columns;
    table->column_count = column_count;
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = text_width(tr(columns[i].title));
    *table_out = table;
    return ERR_OK;
}

void table_free(struct table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->row_count * table->column_count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

static enum err make_room(struct table *table)
{
    if (table->row_count == TABLE_ROWS_MAX)
        return ERR_LIMIT;
    if (table->row_count < table->row_capacity)
        return ERR_OK;
    size_t capacity = table->row_capacity == 0 ? 64 : table->row_capacity * 2;
    char **cells = realloc(table->cells, capacity * table->column_count * sizeof(cells[0]));
    if (cells == NULL)
        return ERR_NO_MEMORY;
    table->cells = cells;
    table->row_capacity = capacity;
    return ERR_OK;
}

/* A copy that cannot move the cursor: control characters become spaces. */
static char *copy_cell(const char *text)
{
    char *copy = strdup(text != NULL ? text : "");
    if (copy == NULL)
        return NULL;
    for (char *at = copy; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    }
    return copy;
}

enum err table_add(struct table *table, const char *const *cells)
{
    enum err err = make_room(table);
    if (err != ERR_OK)
        return err;
    char **row = table->cells + table->row_count * table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        row[i] = copy_cell(cells[i]);
        if (row[i] == NULL) {
            while (i > 0)
                free(row[--i]);
            return ERR_NO_MEMORY;
        }
    }
    table->row_count++;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t width = text_width(row[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    return ERR_OK;
}

size_t table_row_count(const struct table *table)
{
    return table->row_count;
}

static void print_padding(size_t columns, FILE *to)
{
    for (size_t i = 0; i < columns; i++)
        fputc(' ', to);
}

static void print_cell(const struct table *table, size_t column, const char *text, FILE *to)
{
    bool last = column + 1 == table->column_count;
    size_t padding = table->widths[column] - text_width(text);
    if (table->columns[column].right)
        print_padding(padding, to);
    fputs(text, to);
    if (!table->columns[column].right && !last)
        print_padding(padding, to);
    fputs(last ? "\n" : "  ", to);
}

enum err table_print(const struct table *table, FILE *to)
{
    bool colour = term_has_colour(to);
    if (colour)
        fputs("\033[1m", to);
    for (size_t i = 0; i < table->column_count; i++)
        print_cell(table, i, tr(table->columns[i].title), to);
    if (colour)
        fputs("\033[0m", to);
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++)
            print_cell(table, i, table->cells[row * table->column_count + i], to);
    }
    return fflush(to) == 0 && ferror(to) == 0 ? ERR_OK : ERR_IO;
}

void print_wrapped(const char *text, struct wrap wrap, FILE *to)
{
    size_t at = wrap.at, columns = wrap.columns > 0 ? wrap.columns : HELP_COLUMNS;
    bool fresh = true; /* nothing stands on this line yet that a blank must part from */
    if (at == 0) {
        print_padding(wrap.indent, to);
        at = wrap.indent;
    }
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        char word[256];
        size_t len = strcspn(text, " ");
        while (strncmp(text + len, " %", 2) == 0) /* "82.4 %" stays together */
            len += 1 + strcspn(text + len + 1, " ");
        snprintf(word, sizeof(word), "%.*s", (int)len, text);
        size_t width = text_width(word);
        if (!fresh && at + 1 + width > columns) {
            fputc('\n', to);
            print_padding(wrap.indent, to);
            at = wrap.indent;
            fresh = true;
        }
        fprintf(to, "%s%.*s", fresh ? "" : " ", (int)len, text);
        at += width + (fresh ? 0 : 1);
        fresh = false;
        text += len;
    }
    fputc('\n', to);
}
