#include "tools/sheet/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/files.h"
#include "tools/import/csv.h"

struct sheet_builder {
    struct sheet *sheet;
    uint32_t row_room, cell_room;
    size_t bytes;
};

const char *sheet_cell(const struct sheet_row *row, uint32_t column)
{
    return column < row->count ? row->cells[column] : "";
}

static void row_free(struct sheet_row *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->cells[i][0] != '\0')
            free((void *)(uintptr_t)row->cells[i]);
    }
    free(row->cells);
}

void sheet_free(struct sheet *sheet)
{
    if (sheet == NULL)
        return;
    for (uint32_t i = 0; i < sheet->row_count; i++)
        row_free(&sheet->rows[i]);
    free(sheet->rows);
    free(sheet);
}

struct sheet_builder *sheet_builder_new(void)
{
    struct sheet_builder *builder = calloc(1, sizeof *builder);
    if (builder != NULL)
        builder->sheet = calloc(1, sizeof *builder->sheet);
    if (builder != NULL && builder->sheet == NULL) {
        free(builder);
        return NULL;
    }
    return builder;
}

void sheet_builder_finish(struct sheet_builder *builder, struct sheet **sheet_out)
{
    if (builder == NULL)
        return;
    if (sheet_out != NULL)
        *sheet_out = builder->sheet;
    else
        sheet_free(builder->sheet);
    free(builder);
}

enum err sheet_builder_row(struct sheet_builder *builder, uint64_t line, struct err_info *info)
{
    struct sheet *sheet = builder->sheet;
    if (sheet->row_count == SHEET_ROWS_MAX)
        return err_set(info, ERR_TOO_BIG, "over %d rows", SHEET_ROWS_MAX);
    if (sheet->row_count == builder->row_room) {
        uint32_t room = builder->row_room == 0 ? 64 : builder->row_room * 2;
        struct sheet_row *rows = realloc(sheet->rows, room * sizeof *rows);
        if (rows == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        sheet->rows = rows;
        builder->row_room = room;
    }
    sheet->rows[sheet->row_count++] = (struct sheet_row){.line = line};
    builder->cell_room = 0;
    return ERR_OK;
}

static enum err widen(struct sheet_builder *builder, struct sheet_row *row, uint32_t count,
                      struct err_info *info)
{
    if (count > builder->cell_room) {
        uint32_t room = count < 8 ? 8 : SHEET_COLUMNS_MAX;
        const char **cells = realloc(row->cells, room * sizeof *cells);
        if (cells == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        row->cells = cells;
        builder->cell_room = room;
    }
    while (row->count < count)
        row->cells[row->count++] = "";
    return ERR_OK;
}

enum err sheet_builder_cell(struct sheet_builder *builder, uint32_t column, const char *text,
                            size_t len, struct err_info *info)
{
    struct sheet_row *row = &builder->sheet->rows[builder->sheet->row_count - 1];
    if (len == 0)
        return ERR_OK;
    if (column >= SHEET_COLUMNS_MAX)
        return err_set(info, ERR_TOO_BIG, "row %llu: over %d columns",
                       (unsigned long long)row->line, SHEET_COLUMNS_MAX);
    builder->bytes += len;
    if (len > SHEET_CELL_BYTES_MAX || builder->bytes > SHEET_TEXT_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "row %llu: a cell over %d bytes, or all cells over %d",
                       (unsigned long long)row->line, SHEET_CELL_BYTES_MAX, SHEET_TEXT_BYTES_MAX);
    if (memchr(text, '\0', len) != NULL || !utf8_valid(bytes_of(text, len)))
        return err_set(info, ERR_CORRUPT, "row %llu: not a valid text",
                       (unsigned long long)row->line);
    enum err err = column < row->count ? ERR_OK : widen(builder, row, column + 1, info);
    if (err != ERR_OK)
        return err;
    char *copy = malloc(len + 1);
    if (copy == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (row->cells[column][0] != '\0')
        free((void *)(uintptr_t)row->cells[column]); /* named twice: the last counts */
    row->cells[column] = copy;
    return ERR_OK;
}

/* ---- CSV ---- */

static enum err take_row(struct sheet_builder *builder, const struct csv_row *row,
                         struct err_info *info)
{
    enum err err = sheet_builder_row(builder, builder->sheet->row_count + 1, info);
    for (uint32_t i = 0; i < row->count && err == ERR_OK; i++)
        err = sheet_builder_cell(builder, i, row->fields[i], strlen(row->fields[i]), info);
    return err;
}

static enum err csv_load(const char *path, struct sheet **sheet_out, struct err_info *info)
{
    struct csv_reader *reader = NULL;
    struct csv_row row;
    bool more = true;
    enum err err = csv_open_rows(path, &reader, info);
    if (err != ERR_OK)
        return err;
    struct sheet_builder *builder = sheet_builder_new();
    err = builder == NULL ? err_set(info, ERR_NO_MEMORY, "out of memory")
                          : take_row(builder, csv_header(reader), info);
    while (err == ERR_OK && more) {
        err = csv_next(reader, &row, &more, info);
        if (err == ERR_OK && more)
            err = take_row(builder, &row, info);
    }
    csv_close(reader);
    sheet_builder_finish(builder, err == ERR_OK ? sheet_out : NULL);
    return err;
}

enum err sheet_load(const char *path, struct sheet **sheet_out, struct err_info *info)
{
    uint8_t magic[4] = {0};
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    size_t got = fread(magic, 1, sizeof magic, file);
    (void)fclose(file);
    bool zip = got == sizeof magic && memcmp(magic, "PK\3\4", sizeof magic) == 0;
    return zip ? xlsx_load(path, sheet_out, info) : csv_load(path, sheet_out, info);
}
