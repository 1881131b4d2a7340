#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zip.h>

#include "proto/text/text.h"
#include "tests/tools/temp_file.h"
#include "tools/sheet/matrix.h"
#include "tools/sheet/xlsx_write.h"

static struct temp_file temp_file_with_text(const char *text)
{
    return temp_file_with(text, strlen(text));
}

/* ---- one cell ---- */

static const struct {
    const char *cell;
    const char *said; /* "number|title|*" of each piece, with ; between */
} cells[] = {
    {"", ""},
    {"  \n \r\n", ""},
    {"Customer profile", "|Customer profile|"},
    {"12. Customer profile", "12|Customer profile|"},
    {"12) Customer profile", "12|Customer profile|"},
    {"12: Customer profile", "12|Customer profile|"},
    {"[12] Customer profile", "12|Customer profile|"},
    {"#12 Customer profile", "12|Customer profile|"},
    {"E12 Customer profile", "E12|Customer profile|"},
    {"Ev12 - Customer profile", "Ev12|Customer profile|"},
    {"E12", "E12||"},
    {"12", "12||"},
    {"12, 14;E7", "12||;14||;E7||"},
    {"12, 14 (Strongest)", "12||;14||*"},
    {"12 (strongest)", "12||*"},
    {"E12 Customer profile [STRONGEST]", "E12|Customer profile|*"},
    {"• Profile (strongest)\n• Survey\n", "|Profile|*;|Survey|"},
    {"- Profile,\r\n- Survey;", "|Profile|;|Survey|"},
    {"2025 customer survey", "|2025 customer survey|"},
    {"360 degree feedback", "|360 degree feedback|"},
    {"1.5 hours of training", "|1.5 hours of training|"},
    {"10:30 meeting", "|10:30 meeting|"},
    {"1234567. Too long for a number", "|1234567. Too long for a number|"},
    {"Files 12, 14", "|Files 12, 14|"},
    {"Profile (strongest evidence)", "|Profile (strongest evidence)|"},
    {"-\n*\n12. Survey", "12|Survey|"},
};

static void say_all(const char *cell, char *out, size_t size)
{
    struct evidence_line line;
    size_t used = 0;
    out[0] = '\0';
    while (evidence_line_next(&cell, &line))
        used += (size_t)snprintf(out + used, size - used, "%s%s|%.*s|%s", used > 0 ? ";" : "",
                                 line.number, (int)line.title_len, line.title,
                                 line.strongest ? "*" : "");
}

Test(sheet, evidence_cells)
{
    char said[512];
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        say_all(cells[i].cell, said, sizeof said);
        cr_expect_str_eq(said, cells[i].said, "'%s': %s", cells[i].cell, said);
    }
}

/* What is written in any language is read again in any. */
Test(sheet, evidence_cells_in_five_languages)
{
    for (int language = LANGUAGE_EN; language < LANGUAGES; language++) {
        char cell[256], said[256];
        (void)evidence_line_write("E3", "Profile", text_in((enum language)language, "Strongest"),
                                  cell, sizeof cell);
        say_all(cell, said, sizeof said);
        cr_expect_str_eq(said, "E3|Profile|*", "%s", cell);
        (void)evidence_line_write("", "Profile", NULL, cell, sizeof cell);
        cr_expect_str_eq(cell, "Profile");
    }
}

Test(sheet, numbers_in_their_order)
{
    static const char *const sorted[] = {"2", "10", "E2", "E10", "F1", ""};
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++)
        for (size_t j = 0; j < sizeof sorted / sizeof sorted[0]; j++) {
            int order = matrix_number_order(sorted[i], sorted[j]);
            cr_expect(i < j   ? order < 0
                      : i > j ? order > 0
                              : order == 0,
                      "%s %s", sorted[i], sorted[j]);
        }
}

/* ---- the matrix ---- */

static const struct {
    const char *name, *csv;
    const char
        *items; /* "number|title|elements|strongest|owner|notes" with ; between; NULL: fails */
    const char *fault; /* part of the first fault; NULL: none */
    uint32_t hints;
} matrices[] = {
    {"one row", "Ref,Element,Evidence,Owner,Notes\n1.1.1,x,1. A,Ana,n\n", "1|A|1.1.1||Ana|n", NULL,
     0},
    {"shared over elements",
     "Ref,Element,Evidence,Owner,Notes\n1.1.1,x,1. A (Strongest),Ana,\n5.3.3,y,1,,\n1.1.2,,\"1 "
     "(strongest)\n2. B\",,\n",
     "1|A|1.1.1 1.1.2 5.3.3|1.1.1 1.1.2|Ana|;2|B|1.1.2|||", NULL, 0},
    {"a title above", "Our matrix,,\n,,\nEvidence,Ref.,Owner\nA,1.1.1.,\nB,,Ana\n",
     "|A|1.1.1|||;|B|1.1.1||Ana|", NULL, 0},
    {"headings and merged cells", "Evidence,Ref.\n,1\n,1.1\nA,1.1.1.\nB,\n",
     "|A|1.1.1|||;|B|1.1.1|||", NULL, 0},
    {"named before it is described", "Ref,Evidence\n1.1.1,7\n1.1.2,7. A\n", "7|A|1.1.1 1.1.2|||",
     NULL, 0},
    {"the same title without a number", "Ref,Evidence\n1.1.1,A\n1.1.2,A\n", "|A|1.1.1 1.1.2|||",
     NULL, 0},
    {"another owner is a note", "Ref,Evidence,Owner\n1.1.1,1. A,Ana\n1.1.2,1,Ion\n",
     "1|A|1.1.1 1.1.2||Ana|owner 'Ion'", NULL, 1},
    {"notes are gathered once", "Ref,Evidence,Notes\n1.1.1,1. A,x\n1.1.2,1,y\n1.1.3,1,x\n",
     "1|A|1.1.1 1.1.2 1.1.3|||x\n1.1.2: y", NULL, 0},
    {"guarded against formulas", "Ref,Evidence,Notes\n1.1.1,1. A,'=SUM(A1)\n",
     "1|A|1.1.1|||=SUM(A1)", NULL, 0},
    {"owner without evidence", "Ref,Evidence,Owner\n1.1.1,,Ana\n", "", NULL, 1},
    {"two strongest", "Ref,Evidence\n1.1.1,1. A (Strongest)\n1.1.1,2. B (Strongest)\n",
     "1|A|1.1.1|1.1.1||;2|B|1.1.1|||", "1.1.1: two pieces", 0},
    {"two titles for a number", "Ref,Evidence\n1.1.1,1. A\n1.1.2,1. B\n", "1|A|1.1.1 1.1.2|||",
     "evidence 1 is 'B' here and 'A' in row 2", 0},
    {"an element there is not", "Ref,Evidence\n1.9.1,1. A\n", "", "no element '1.9.1'", 0},
    {"evidence without an element", "Ref,Evidence\n,1. A\n", "", "Ref is empty", 0},
    {"evidence in a heading", "Ref,Evidence\n1.1,1. A\n", "", "no element '1.1'", 0},
    {"no header", "a,b\n1.1.1,x\n", NULL, NULL, 0},
    {"no evidence column", "Ref,Owner\n1.1.1,x\n", NULL, NULL, 0},
    {"Romanian header", "Ref,Dovadă\n1.1.1,x\n", "|x|1.1.1|||", NULL, 0},
};

static void put_elements(char *out, size_t size, uint64_t bits)
{
    size_t used = strlen(out);
    bool any = false;
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        if ((bits >> (place - 1) & 1) != 0) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", any ? " " : "",
                                     element_id(place));
            any = true;
        }
    }
}

static void say_matrix(const struct matrix *matrix, char *out, size_t size)
{
    out[0] = '\0';
    for (uint32_t i = 0; i < matrix->item_count; i++) {
        const struct matrix_item *item = &matrix->items[i];
        size_t used = strlen(out);
        used += (size_t)snprintf(out + used, size - used, "%s%s|%s|", i > 0 ? ";" : "",
                                 item->number, item->title);
        put_elements(out, size, item->elements);
        (void)strncat(out, "|", size - strlen(out) - 1);
        put_elements(out, size, item->strongest);
        used = strlen(out);
        (void)snprintf(out + used, size - used, "|%s|%s", item->owner,
                       item->notes != NULL ? item->notes : "");
    }
}

static void check_matrix(const char *name, const struct sheet *sheet, const char *items,
                         const char *fault, uint32_t hints)
{
    struct matrix *matrix = NULL;
    struct err_info info = {0};
    char said[2048];
    enum err err = matrix_read(sheet, &matrix, &info);
    cr_expect_eq(err, items != NULL ? ERR_OK : ERR_INVALID, "%s: %s", name, info.text);
    if (err != ERR_OK)
        return;
    say_matrix(matrix, said, sizeof said);
    cr_expect(items != NULL && strcmp(said, items) == 0, "%s: %s", name, said);
    cr_expect_eq(matrix->faults.count, fault != NULL ? 1 : 0, "%s: %s", name,
                 matrix->faults.list[0].text);
    cr_expect(fault == NULL || strstr(matrix->faults.list[0].text, fault) != NULL, "%s: %s", name,
              matrix->faults.list[0].text);
    cr_expect_eq(matrix->hints.count, hints, "%s", name);
    matrix_free(matrix);
}

Test(sheet, matrices)
{
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++) {
        struct temp_file file = temp_file_with_text(matrices[i].csv);
        struct sheet *sheet = NULL;
        struct err_info info = {0};
        enum err err = sheet_load(file.path, &sheet, &info);
        cr_expect_eq(err, ERR_OK, "%s: %s", matrices[i].name, info.text);
        if (err == ERR_OK)
            check_matrix(matrices[i].name, sheet, matrices[i].items, matrices[i].fault,
                         matrices[i].hints);
        sheet_free(sheet);
        (void)unlink(file.path);
    }
}

Test(sheet, long_texts_are_kept_whole)
{
    char csv[4096] = "Ref,Evidence\n1.1.1,3. ";
    for (int i = 0; i < 60; i++)
        (void)strcat(csv, "word ș ");
    (void)strcat(csv, "\n");
    struct temp_file file = temp_file_with_text(csv);
    struct sheet *sheet = NULL;
    struct matrix *matrix = NULL;
    struct err_info info = {0};
    cr_assert_eq(sheet_load(file.path, &sheet, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(matrix_read(sheet, &matrix, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(matrix->item_count, 1);
    cr_expect(strlen(matrix->items[0].title) <= MATRIX_TITLE_BYTES);
    cr_expect(utf8_valid(bytes_of_text(matrix->items[0].title)));
    cr_assert_not_null(matrix->items[0].whole);
    cr_expect_eq(strlen(matrix->items[0].whole), 60 * strlen("word ș ") - 1);
    matrix_free(matrix);
    sheet_free(sheet);
    (void)unlink(file.path);
}

/* ---- XLSX ---- */

/* As spreadsheet programs write it: texts in a list of their own, shared by cells. */
Test(sheet, xlsx_with_shared_texts)
{
    struct temp_file file = temp_file_with_text("");
    lxw_workbook *book = workbook_new(file.path);
    lxw_worksheet *sheet_out = workbook_add_worksheet(book, "Matrix");
    lxw_worksheet *other = workbook_add_worksheet(book, "Other");
    (void)worksheet_write_string(other, 0, 0, "not this", NULL);
    (void)worksheet_write_string(sheet_out, 0, 1, "Our matrix", NULL);
    static const char *const header[] = {"Ref", "Element", "Evidence", "Owner", "Notes"};
    for (lxw_col_t i = 0; i < 5; i++)
        (void)worksheet_write_string(sheet_out, 2, i, header[i], NULL);
    (void)worksheet_write_string(sheet_out, 3, 0, "1.1.1", NULL);
    (void)worksheet_write_string(sheet_out, 3, 2, "1. Profil & șanse <x>\n2. B", NULL);
    (void)worksheet_write_number(sheet_out, 4, 2, 1, NULL);
    (void)worksheet_write_string(sheet_out, 4, 0, "1.1.2", NULL);
    (void)worksheet_write_formula(sheet_out, 4, 4, "=1+1", NULL);
    cr_assert_eq(workbook_close(book), LXW_NO_ERROR);
    struct sheet *sheet = NULL;
    struct err_info info = {0};
    cr_assert_eq(sheet_load(file.path, &sheet, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(sheet->rows[sheet->row_count - 1].line, 5);
    check_matrix("xlsx", sheet, "1|Profil & șanse <x>|1.1.1 1.1.2|||0;2|B|1.1.1|||", NULL, 0);
    sheet_free(sheet);
    (void)unlink(file.path);
}

Test(sheet, xlsx_written_and_read)
{
    static const struct xlsx_column columns[] = {{.title = "text"},
                                                 {.title = "number", .type = XLSX_NUMBER},
                                                 {.title = "day", .type = XLSX_DAY}};
    static const char *const rows[][3] = {{"=1+1", "42", "2026-11-26"},
                                          {NULL, "", "soon"},
                                          {" ș\n", "1234567890123456", "1900-01-01"}};
    static const char *const read[][3] = {
        {"=1+1", "42", "46352"}, {"", "", "soon"}, {" ș\n", "1234567890123456", "1900-01-01"}};
    struct temp_file file = temp_file_with_text("");
    struct xlsx *xlsx = NULL;
    struct sheet *sheet = NULL;
    struct err_info info = {0};
    cr_assert_eq(xlsx_new(file.path, "t", columns, 3, &xlsx, &info), ERR_OK, "%s", info.text);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(xlsx_row(xlsx, rows[i], &info), ERR_OK, "%s", info.text);
    cr_assert_eq(xlsx_close(xlsx, ERR_OK, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(sheet_load(file.path, &sheet, &info), ERR_OK, "%s", info.text);
    cr_expect_str_eq(sheet_cell(&sheet->rows[0], 1), "number");
    uint32_t at = 1;
    for (int i = 0; i < 3; i++, at++) {
        for (uint32_t c = 0; c < 3 && at < sheet->row_count; c++)
            cr_expect_str_eq(sheet_cell(&sheet->rows[at], c), read[i][c]);
    }
    sheet_free(sheet);
    (void)unlink(file.path);
}

Test(sheet, xlsx_text_that_no_cell_holds)
{
    static const struct xlsx_column columns[] = {{.title = "text"}};
    struct temp_file file = temp_file_with_text("");
    struct xlsx *xlsx = NULL;
    struct err_info info = {0};
    char *text = calloc(1, 40000);
    const char *cells_of[] = {text};
    memset(text, 'x', 39999);
    cr_assert_eq(xlsx_new(file.path, "t", columns, 1, &xlsx, &info), ERR_OK, "%s", info.text);
    enum err err = xlsx_row(xlsx, cells_of, &info);
    cr_expect_eq(err, ERR_TOO_BIG);
    cr_expect(strstr(info.text, "row 2") != NULL, "%s", info.text);
    cr_expect_eq(xlsx_close(xlsx, err, &info), ERR_TOO_BIG);
    free(text);
    (void)unlink(file.path);
}

/* Parts of a hostile or damaged file. */
#define WORKBOOK \
    "<workbook xmlns:r='x'><sheets><sheet name='a' sheetId='1' r:id='rId1'/></sheets></workbook>"
#define RELATIONS \
    "<Relationships><Relationship Id='rId1' Target='worksheets/s.xml'/></Relationships>"
static const struct {
    const char *name, *workbook, *relations, *sheet;
    enum err err;
    const char *says;
} bad_files[] = {
    {"good", WORKBOOK, RELATIONS,
     "<worksheet><sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>x</t></is></c></row>"
     "</sheetData></worksheet>",
     ERR_OK, ""},
    {"no workbook", NULL, RELATIONS, "<worksheet/>", ERR_CORRUPT, "xl/workbook.xml"},
    {"no relations", WORKBOOK, NULL, "<worksheet/>", ERR_CORRUPT, "workbook.xml.rels"},
    {"no such sheet", WORKBOOK, "<Relationships/>", "<worksheet/>", ERR_CORRUPT, "no sheet"},
    {"no sheet part", WORKBOOK, RELATIONS, NULL, ERR_CORRUPT, "worksheets/s.xml"},
    {"cut short", WORKBOOK, RELATIONS, "<worksheet><sheetData><row r='1'>", ERR_CORRUPT, "line 1"},
    {"a shared text that is not there", WORKBOOK, RELATIONS,
     "<worksheet><row r='1'><c r='A1' t='s'><v>7</v></c></row></worksheet>", ERR_CORRUPT,
     "not there"},
    {"entities that grow", WORKBOOK, RELATIONS,
     "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><worksheet>&b;</worksheet>", ERR_CORRUPT,
     "document type"},
    {"far to the right", WORKBOOK, RELATIONS,
     "<worksheet><row r='1'><c r='XFD1' t='str'><v>x</v></c></row></worksheet>", ERR_TOO_BIG,
     "columns"},
    {"not UTF-8", WORKBOOK, RELATIONS,
     "<worksheet><row r='1'><c r='A1' t='str'><v>\xff</v></c></row></worksheet>", ERR_CORRUPT, ""},
    {"a cell outside a row", WORKBOOK, RELATIONS,
     "<worksheet><c r='A1' t='str'><v>x</v></c></worksheet>", ERR_OK, ""},
};

static void add_part(zip_t *archive, const char *name, const char *text)
{
    if (text == NULL)
        return;
    zip_source_t *source = zip_source_buffer(archive, text, strlen(text), 0);
    cr_assert(zip_file_add(archive, name, source, ZIP_FL_OVERWRITE) >= 0);
}

Test(sheet, hostile_xlsx)
{
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        struct temp_file file = temp_file_with_text("");
        struct sheet *sheet = NULL;
        struct err_info info = {0};
        zip_t *archive = zip_open(file.path, ZIP_TRUNCATE, NULL);
        cr_assert_not_null(archive);
        add_part(archive, "xl/workbook.xml", bad_files[i].workbook);
        add_part(archive, "xl/_rels/workbook.xml.rels", bad_files[i].relations);
        add_part(archive, "xl/worksheets/s.xml", bad_files[i].sheet);
        cr_assert_eq(zip_close(archive), 0);
        enum err err = sheet_load(file.path, &sheet, &info);
        cr_expect_eq(err, bad_files[i].err, "%s: %s", bad_files[i].name, info.text);
        cr_expect(strstr(info.text, bad_files[i].says) != NULL, "%s: %s", bad_files[i].name,
                  info.text);
        sheet_free(sheet);
        (void)unlink(file.path);
    }
}

Test(sheet, a_zip_that_unpacks_without_end)
{
    struct temp_file file = temp_file_with_text("");
    struct sheet *sheet = NULL;
    struct err_info info = {0};
    size_t len = (size_t)SHEET_PART_BYTES_MAX + 1024;
    char *blanks = malloc(len);
    cr_assert_not_null(blanks);
    memset(blanks, ' ', len);
    memcpy(blanks, "<worksheet>", strlen("<worksheet>"));
    zip_t *archive = zip_open(file.path, ZIP_TRUNCATE, NULL);
    add_part(archive, "xl/workbook.xml", WORKBOOK);
    add_part(archive, "xl/_rels/workbook.xml.rels", RELATIONS);
    zip_source_t *source = zip_source_buffer(archive, blanks, len, 0);
    cr_assert(zip_file_add(archive, "xl/worksheets/s.xml", source, 0) >= 0);
    cr_assert_eq(zip_close(archive), 0);
    cr_expect_eq(sheet_load(file.path, &sheet, &info), ERR_TOO_BIG, "%s", info.text);
    free(blanks);
    (void)unlink(file.path);
}

Test(sheet, half_a_file)
{
    struct temp_file file = temp_file_with_text("PK\3\4 and no more");
    struct sheet *sheet = NULL;
    struct err_info info = {0};
    cr_expect_eq(sheet_load(file.path, &sheet, &info), ERR_CORRUPT, "%s", info.text);
    (void)unlink(file.path);
    cr_expect_eq(sheet_load("/nonexistent/x.xlsx", &sheet, &info), ERR_NOT_FOUND, "%s", info.text);
}
