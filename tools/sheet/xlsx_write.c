#include "tools/sheet/xlsx_write.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "proto/base/civil.h"
#include "tools/sheet/sheet.h"

enum { DIGITS_EXACT = 15 }; /* a cell's number is a double */

struct xlsx {
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *day, *wrapped;
    size_t column_count;
    struct xlsx_column *columns;
    lxw_row_t next;
};

static enum err fail(struct err_info *info, lxw_error fault)
{
    return err_set(info,
                   fault == LXW_ERROR_MEMORY_MALLOC_FAILED ? ERR_NO_MEMORY
                   : fault == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED ||
                           fault == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE
                       ? ERR_TOO_BIG
                       : ERR_IO,
                   "write the spreadsheet: %s", lxw_strerror(fault));
}

static void free_all(struct xlsx *xlsx)
{
    for (size_t i = 0; xlsx->columns != NULL && i < xlsx->column_count; i++)
        free((void *)(uintptr_t)xlsx->columns[i].title);
    free(xlsx->columns);
    free(xlsx);
}

static void write_header(struct xlsx *xlsx)
{
    lxw_format *bold = workbook_add_format(xlsx->workbook);
    format_set_bold(bold);
    format_set_bottom(bold, LXW_BORDER_THIN);
    for (size_t i = 0; i < xlsx->column_count; i++) {
        lxw_col_t at = (lxw_col_t)i;
        (void)worksheet_set_column(xlsx->sheet, at, at, xlsx->columns[i].width, NULL);
        (void)worksheet_write_string(xlsx->sheet, 0, at, xlsx->columns[i].title, bold);
    }
    worksheet_freeze_panes(xlsx->sheet, 1, 0);
    xlsx->next = 1;
}

enum err xlsx_new(const char *path, const char *sheet_name, const struct xlsx_column *columns,
                  size_t column_count, struct xlsx **xlsx_out, struct err_info *info)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    if (xlsx == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    xlsx->column_count = column_count;
    xlsx->columns = calloc(column_count, sizeof *xlsx->columns);
    for (size_t i = 0; xlsx->columns != NULL && i < column_count; i++) {
        xlsx->columns[i] = columns[i];
        xlsx->columns[i].title = strdup(columns[i].title);
        if (xlsx->columns[i].title == NULL)
            xlsx->column_count = i;
    }
    if (xlsx->columns == NULL || xlsx->column_count < column_count) {
        free_all(xlsx);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    xlsx->workbook = workbook_new_opt(path, &options);
    xlsx->sheet =
        xlsx->workbook != NULL ? workbook_add_worksheet(xlsx->workbook, sheet_name) : NULL;
    if (xlsx->sheet == NULL) {
        if (xlsx->workbook != NULL)
            lxw_workbook_free(xlsx->workbook);
        free_all(xlsx);
        return err_set(info, ERR_IO, "%s: cannot be written", path);
    }
    xlsx->day = workbook_add_format(xlsx->workbook);
    format_set_num_format(xlsx->day, "yyyy-mm-dd");
    format_set_align(xlsx->day, LXW_ALIGN_VERTICAL_TOP);
    xlsx->wrapped = workbook_add_format(xlsx->workbook);
    format_set_text_wrap(xlsx->wrapped);
    format_set_align(xlsx->wrapped, LXW_ALIGN_VERTICAL_TOP);
    write_header(xlsx);
    *xlsx_out = xlsx;
    return ERR_OK;
}

static bool is_number(const char *text)
{
    size_t digits = strspn(text + (text[0] == '-'), "0123456789");
    return digits >= 1 && digits <= DIGITS_EXACT && text[(text[0] == '-') + digits] == '\0';
}

static lxw_error write_cell(struct xlsx *xlsx, size_t column, const char *text)
{
    lxw_col_t at = (lxw_col_t)column;
    int32_t day;
    if (xlsx->columns[column].type == XLSX_NUMBER && is_number(text))
        return worksheet_write_number(xlsx->sheet, xlsx->next, at, strtod(text, NULL), NULL);
    if (xlsx->columns[column].type == XLSX_DAY && civil_parse_day(text, &day) &&
        civil_from_day(day).year >= 1901) {
        struct civil date = civil_from_day(day);
        lxw_datetime when = {.year = date.year, .month = date.month, .day = date.day};
        return worksheet_write_datetime(xlsx->sheet, xlsx->next, at, &when, xlsx->day);
    }
    return worksheet_write_string(xlsx->sheet, xlsx->next, at, text,
                                  xlsx->columns[column].wrap ? xlsx->wrapped : NULL);
}

enum err xlsx_row(struct xlsx *xlsx, const char *const *cells, struct err_info *info)
{
    for (size_t i = 0; i < xlsx->column_count; i++) {
        if (cells[i] == NULL || cells[i][0] == '\0')
            continue;
        lxw_error fault = write_cell(xlsx, i, cells[i]);
        if (fault != LXW_NO_ERROR) {
            (void)fail(info, fault);
            return err_wrap(info, info != NULL ? info->code : ERR_IO, "row %lu",
                            (unsigned long)xlsx->next + 1);
        }
    }
    xlsx->next++;
    return ERR_OK;
}

enum err xlsx_close(struct xlsx *xlsx, enum err err, struct err_info *info)
{
    if (err == ERR_OK && xlsx->next > 1)
        (void)worksheet_autofilter(xlsx->sheet, 0, 0, xlsx->next - 1,
                                   (lxw_col_t)(xlsx->column_count - 1));
    lxw_error fault = workbook_close(xlsx->workbook); /* frees it, whatever comes */
    if (err == ERR_OK && fault != LXW_NO_ERROR)
        err = fail(info, fault);
    free_all(xlsx);
    return err;
}
