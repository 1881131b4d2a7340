#include "tools/sheet/matrix.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/sys/say.h"

enum { HEADER_ROWS_MAX = 20, COLUMNS = 5 };
enum column { COLUMN_REF, COLUMN_ELEMENT, COLUMN_EVIDENCE, COLUMN_OWNER, COLUMN_NOTES };

static const char *const column_names[COLUMNS] = {N_("Ref"), N_("Element"), N_("Evidence"),
                                                  N_("Owner"), N_("Notes")};

struct reading {
    struct matrix *matrix;
    uint32_t room;
    uint32_t columns[COLUMNS]; /* UINT32_MAX: the file has none */
    uint8_t place;             /* the element of this row, or of the rows above; 0: none yet */
    struct err_info *info;
};

void matrix_remark(struct matrix_remarks *remarks, uint64_t line, const char *format, ...)
{
    va_list values;
    uint32_t at = remarks->count++;
    if (at >= MATRIX_REMARKS_MAX)
        return;
    remarks->list[at].line = line;
    va_start(values, format);
    text_vsay(say_language(), remarks->list[at].text, MATRIX_REMARK_BYTES, format, values);
    va_end(values);
}

int matrix_number_order(const char *a, const char *b)
{
    if (a[0] == '\0' || b[0] == '\0')
        return (a[0] == '\0') - (b[0] == '\0');
    size_t first = strcspn(a, "0123456789"), second = strcspn(b, "0123456789");
    int order = strncasecmp(a, b, first > second ? first : second);
    if (order != 0)
        return order;
    unsigned long left = strtoul(a + first, NULL, 10), right = strtoul(b + second, NULL, 10);
    return left != right ? (left < right ? -1 : 1) : strcasecmp(a, b);
}

/* ---- the header ---- */

static void trim(const char *text, char *out, size_t size)
{
    while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
        text++;
    (void)snprintf(out, size, "%s", text);
    size_t len = strlen(out);
    while (len > 0 && strchr(" \t\r\n", out[len - 1]) != NULL)
        out[--len] = '\0';
}

/* "1.1.1." and "Ref:" are written too. */
static void trim_stop(const char *text, char *out, size_t size)
{
    trim(text, out, size);
    size_t len = strlen(out);
    if (len > 0 && strchr(".:", out[len - 1]) != NULL)
        out[len - 1] = '\0';
}

static bool is_column(const char *cell, enum column column)
{
    char name[64];
    trim_stop(cell, name, sizeof name);
    for (int language = LANGUAGE_EN; language < LANGUAGES; language++) {
        if (strcasecmp(name, text_in((enum language)language, column_names[column])) == 0)
            return true;
    }
    return false;
}

static bool is_header(const struct sheet_row *row, uint32_t columns_out[COLUMNS])
{
    for (int column = 0; column < COLUMNS; column++) {
        columns_out[column] = UINT32_MAX;
        for (uint32_t i = row->count; i-- > 0;) {
            if (is_column(row->cells[i], (enum column)column))
                columns_out[column] = i;
        }
    }
    return columns_out[COLUMN_REF] != UINT32_MAX && columns_out[COLUMN_EVIDENCE] != UINT32_MAX;
}

static const char *cell(const struct reading *reading, const struct sheet_row *row,
                        enum column column)
{
    const char *text =
        reading->columns[column] == UINT32_MAX ? "" : sheet_cell(row, reading->columns[column]);
    /* a CSV for spreadsheets guards what would be taken for a formula with an apostrophe */
    bool guarded = text[0] == '\'' && text[1] != '\0' && strchr("=+-@\t\r'", text[1]) != NULL;
    return guarded ? text + 1 : text;
}

/* ---- items ---- */

static struct matrix_item *find_item(const struct matrix *matrix, const char *number,
                                     const char *title)
{
    for (uint32_t i = 0; i < matrix->item_count; i++) {
        struct matrix_item *item = &matrix->items[i];
        if (number[0] != '\0' ? strcasecmp(item->number, number) == 0
                              : item->number[0] == '\0' && strcmp(item->title, title) == 0)
            return item;
    }
    return NULL;
}

static enum err add_item(struct reading *reading, const char *number, const char *title,
                         uint64_t line, struct matrix_item **item_out)
{
    struct matrix *matrix = reading->matrix;
    if (matrix->item_count == MATRIX_ITEMS_MAX)
        return err_set(reading->info, ERR_TOO_BIG, "over %d pieces of evidence", MATRIX_ITEMS_MAX);
    if (matrix->item_count == reading->room) {
        uint32_t room = reading->room == 0 ? 64 : reading->room * 2;
        struct matrix_item *items = realloc(matrix->items, room * sizeof *items);
        if (items == NULL)
            return err_set(reading->info, ERR_NO_MEMORY, "out of memory");
        matrix->items = items;
        reading->room = room;
    }
    *item_out = &matrix->items[matrix->item_count++];
    **item_out = (struct matrix_item){.line = line};
    (void)snprintf((*item_out)->number, sizeof(*item_out)->number, "%s", number);
    (void)snprintf((*item_out)->title, sizeof(*item_out)->title, "%s", title);
    return ERR_OK;
}

/* A title has a bound: what is longer is cut at a word, and kept whole beside it. */
static bool cut_title(const char *text, size_t len, char title_out[MATRIX_TITLE_BYTES + 1])
{
    if (len <= MATRIX_TITLE_BYTES) {
        (void)snprintf(title_out, MATRIX_TITLE_BYTES + 1, "%.*s", (int)len, text);
        return false;
    }
    size_t end = MATRIX_TITLE_BYTES - strlen("…");
    while (end > 0 && text[end] != ' ')
        end--;
    if (end == 0) /* one long word */
        for (end = MATRIX_TITLE_BYTES - strlen("…"); ((unsigned char)text[end] & 0xC0) == 0x80;)
            end--;
    (void)snprintf(title_out, MATRIX_TITLE_BYTES + 1, "%.*s…", (int)end, text);
    return true;
}

static enum err add_note(struct reading *reading, struct matrix_item *item, const char *text,
                         uint64_t line)
{
    size_t before = item->notes != NULL ? strlen(item->notes) : 0, len = strlen(text);
    if (item->notes != NULL && strstr(item->notes, text) != NULL)
        return ERR_OK;
    if (before + len + 16 > MATRIX_NOTES_BYTES) {
        matrix_remark(&reading->matrix->faults, line,
                      "the notes of one piece of evidence are over %d bytes", MATRIX_NOTES_BYTES);
        return ERR_OK;
    }
    char *notes = realloc(item->notes, before + len + 16);
    if (notes == NULL)
        return err_set(reading->info, ERR_NO_MEMORY, "out of memory");
    if (before == 0) {
        memcpy(notes, text, len + 1);
    } else {
        (void)snprintf(notes + before, len + 16, "\n%s: %s", element_id(reading->place), text);
    }
    item->notes = notes;
    return ERR_OK;
}

/* Whose it is: the first row says; what others say is kept as a note. */
static enum err take_owner(struct reading *reading, struct matrix_item *item, const char *owner,
                           uint64_t line)
{
    char note[MATRIX_OWNER_BYTES + 64];
    if (owner[0] == '\0' || strcmp(item->owner, owner) == 0)
        return ERR_OK;
    if (item->owner[0] == '\0') {
        (void)snprintf(item->owner, sizeof item->owner, "%s", owner);
        return ERR_OK;
    }
    say_in(note, sizeof note, "owner '%s'", owner);
    matrix_remark(&reading->matrix->hints, line,
                  "'%s' has the owner '%s' already; '%s' was kept as a note",
                  item->number[0] != '\0' ? item->number : item->title, item->owner, owner);
    return add_note(reading, item, note, line);
}

static void take_mark(struct reading *reading, struct matrix_item *item, uint64_t line)
{
    uint64_t bit = (uint64_t)1 << (reading->place - 1);
    for (uint32_t i = 0; i < reading->matrix->item_count; i++) {
        const struct matrix_item *other = &reading->matrix->items[i];
        if (other != item && (other->strongest & bit) != 0) {
            matrix_remark(&reading->matrix->faults, line,
                          "%s: two pieces of evidence are marked strongest; leave the mark on one",
                          element_id(reading->place));
            return;
        }
    }
    item->strongest |= bit;
}

/* The record of this line: a new one, or the one that an earlier line has begun. */
static enum err item_of(struct reading *reading, const struct evidence_line *said, uint64_t line,
                        struct matrix_item **item_out)
{
    char title[MATRIX_TITLE_BYTES + 1];
    struct matrix *matrix = reading->matrix;
    bool cut = cut_title(said->title, said->title_len, title);
    *item_out = find_item(matrix, said->number, title);
    if (said->title_len > MATRIX_LONG_BYTES) {
        matrix_remark(&matrix->faults, line, "a piece of evidence is described in over %d bytes",
                      MATRIX_LONG_BYTES);
        cut = false;
    }
    if (*item_out == NULL) {
        enum err err = add_item(reading, said->number, title, line, item_out);
        if (err != ERR_OK)
            return err;
    } else if ((*item_out)->title[0] == '\0') {
        (void)snprintf((*item_out)->title, sizeof(*item_out)->title, "%s", title);
    } else if (title[0] != '\0' && strcmp((*item_out)->title, title) != 0) {
        matrix_remark(&matrix->faults, line, "evidence %s is '%.60s' here and '%.60s' in row %llu",
                      said->number, title, (*item_out)->title,
                      (unsigned long long)(*item_out)->line);
    }
    if (cut && (*item_out)->whole == NULL) {
        (*item_out)->whole = strndup(said->title, said->title_len);
        if ((*item_out)->whole == NULL)
            return err_set(reading->info, ERR_NO_MEMORY, "out of memory");
    }
    return ERR_OK;
}

/* ---- rows ---- */

/* Is it "1" or "1.1", which heads a block of elements? */
static bool is_heading(const char *reference)
{
    unsigned criterion = 0, sub = 0;
    char rest;
    int got = sscanf(reference, "%1u.%1u%c", &criterion, &sub, &rest);
    return (got == 1 && strlen(reference) == 1) || got == 2;
}

/* False: the row says nothing about an element, or something wrong. */
static bool take_reference(struct reading *reading, const struct sheet_row *row)
{
    char reference[32];
    const char *evidence = cell(reading, row, COLUMN_EVIDENCE);
    trim_stop(cell(reading, row, COLUMN_REF), reference, sizeof reference);
    if (reference[0] == '\0') {
        if (reading->place == 0 && evidence[0] != '\0')
            matrix_remark(&reading->matrix->faults, row->line, "no element: Ref is empty");
        return reading->place != 0;
    }
    reading->place = element_from_id(reference);
    if (reading->place != 0)
        return true;
    if (is_heading(reference) && evidence[0] == '\0')
        return false;
    matrix_remark(&reading->matrix->faults, row->line,
                  "Ref: there is no element '%s'; ids go from 1.1.1 to 5.3.3", reference);
    return false;
}

static enum err take_row(struct reading *reading, const struct sheet_row *row)
{
    char owner[MATRIX_OWNER_BYTES + 1], notes[MATRIX_NOTES_BYTES + 1];
    struct evidence_line said;
    struct matrix_item *item;
    enum err err = ERR_OK;
    const char *text = cell(reading, row, COLUMN_EVIDENCE);
    if (!take_reference(reading, row))
        return ERR_OK;
    if (strlen(cell(reading, row, COLUMN_OWNER)) > MATRIX_OWNER_BYTES ||
        strlen(cell(reading, row, COLUMN_NOTES)) > MATRIX_NOTES_BYTES) {
        matrix_remark(&reading->matrix->faults, row->line,
                      "Owner has over %d bytes, or Notes over %d", MATRIX_OWNER_BYTES,
                      MATRIX_NOTES_BYTES);
        return ERR_OK;
    }
    trim(cell(reading, row, COLUMN_OWNER), owner, sizeof owner);
    (void)snprintf(notes, sizeof notes, "%s", cell(reading, row, COLUMN_NOTES));
    bool any = false;
    while (err == ERR_OK && evidence_line_next(&text, &said)) {
        any = true;
        err = item_of(reading, &said, row->line, &item);
        if (err == ERR_OK) {
            item->elements |= (uint64_t)1 << (reading->place - 1);
            err = take_owner(reading, item, owner, row->line);
        }
        if (err == ERR_OK && said.strongest)
            take_mark(reading, item, row->line);
        if (err == ERR_OK && notes[0] != '\0')
            err = add_note(reading, item, notes, row->line);
    }
    if (err == ERR_OK && !any && (owner[0] != '\0' || notes[0] != '\0'))
        matrix_remark(&reading->matrix->hints, row->line,
                      "%s: Owner and Notes without evidence are left out",
                      element_id(reading->place));
    return err;
}

static enum err no_header(struct err_info *info)
{
    return err_set(info, ERR_INVALID,
                   "no row names the columns; they are: Ref, Element, Evidence, Owner, Notes");
}

enum err matrix_read(const struct sheet *sheet, struct matrix **matrix_out, struct err_info *info)
{
    struct reading reading = {.info = info};
    uint32_t header = 0;
    while (header < sheet->row_count && header < HEADER_ROWS_MAX &&
           !is_header(&sheet->rows[header], reading.columns))
        header++;
    if (header == sheet->row_count || header == HEADER_ROWS_MAX)
        return no_header(info);
    reading.matrix = calloc(1, sizeof *reading.matrix);
    if (reading.matrix == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    enum err err = ERR_OK;
    for (uint32_t i = header + 1; i < sheet->row_count && err == ERR_OK; i++) {
        reading.matrix->rows++;
        err = take_row(&reading, &sheet->rows[i]);
    }
    if (err != ERR_OK) {
        matrix_free(reading.matrix);
        return err;
    }
    *matrix_out = reading.matrix;
    return ERR_OK;
}

void matrix_free(struct matrix *matrix)
{
    if (matrix == NULL)
        return;
    for (uint32_t i = 0; i < matrix->item_count; i++) {
        free(matrix->items[i].whole);
        free(matrix->items[i].notes);
    }
    free(matrix->items);
    free(matrix);
}
