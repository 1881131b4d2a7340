/* A spreadsheet from outside, XLSX or CSV: read within the bounds or refused, and the cells of an
 * evidence matrix taken apart never run past their end. */
#include "tests/fuzz/fuzz.h"

#include "tools/sheet/evidence_cell.h"
#include "tools/sheet/sheet.h"

static void read_evidence(const char *cell)
{
    struct evidence_line line;
    const char *at = cell, *end = cell + strlen(cell);
    for (int i = 0; evidence_line_next(&at, &line); i++) {
        assert(at > cell && at <= end && i <= (int)(end - cell));
        assert(line.title_len == 0 || (line.title >= cell && line.title + line.title_len <= end));
        assert(strnlen(line.number, EVIDENCE_NUMBER_BYTES) < EVIDENCE_NUMBER_BYTES);
        assert(line.number[0] != '\0' || line.title_len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sheet *sheet = NULL;
    struct err_info info;
    struct memory_file file = memory_file_of(data, size);
    enum err err = sheet_load(file.path, &sheet, &info);
    memory_file_close(file);
    if (err != ERR_OK) {
        assert(err == ERR_CORRUPT || err == ERR_TOO_BIG || err == ERR_IO);
        return 0;
    }
    assert(sheet->row_count <= SHEET_ROWS_MAX);
    for (uint32_t r = 0; r < sheet->row_count; r++) {
        const struct sheet_row *row = &sheet->rows[r];
        assert(row->count <= SHEET_COLUMNS_MAX && row->line >= 1);
        for (uint32_t c = 0; c < row->count; c++) {
            assert(strlen(row->cells[c]) <= SHEET_CELL_BYTES_MAX);
            assert(utf8_valid(bytes_of_text(row->cells[c])));
            read_evidence(row->cells[c]);
        }
    }
    sheet_free(sheet);
    return 0;
}
