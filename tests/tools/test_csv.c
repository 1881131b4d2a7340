#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "tests/tools/temp_file.h"
#include "tools/import/csv.h"

#define TEXT(literal) .text = (literal), .len = sizeof(literal) - 1

/* Rows are joined for comparing: fields by '|', rows by '/'. */
static enum err read_all(const char *path, char *joined, size_t size, struct err_info *info)
{
    struct csv_reader *reader;
    struct csv_row row;
    bool more = true;
    joined[0] = '\0';
    enum err err = csv_open(path, &reader, info);
    if (err != ERR_OK)
        return err;
    while ((err = csv_next(reader, &row, &more, info)) == ERR_OK && more) {
        size_t len = strlen(joined);
        len += (size_t)snprintf(joined + len, size - len, "%" PRIu64 ":", row.line);
        for (uint32_t i = 0; i < row.count; i++)
            len +=
                (size_t)snprintf(joined + len, size - len, "%s%s", i > 0 ? "|" : "", row.fields[i]);
        (void)snprintf(joined + len, size - len, "/");
    }
    csv_close(reader);
    return err;
}

static const struct {
    const char *name, *text;
    size_t len;
    const char *rows;
} good[] = {
    {"plain rows, LF", TEXT("a,b\n1,2\n3,4\n"), "2:1|2/3:3|4/"},
    {"plain rows, CRLF", TEXT("a,b\r\n1,2\r\n"), "2:1|2/"},
    {"no line end after the last row", TEXT("a,b\n1,2"), "2:1|2/"},
    {"a byte order mark",
     TEXT("\xEF\xBB\xBF"
          "a,b\n1,2\n"),
     "2:1|2/"},
    {"empty fields", TEXT("a,b,c\n,,\n\"\",,x\n"), "2:||/3:||x/"},
    {"a comma in quotes", TEXT("a,b\n\"1,5\",2\n"), "2:1,5|2/"},
    {"a doubled quote", TEXT("a,b\n\"say \"\"hi\"\"\",2\n"), "2:say \"hi\"|2/"},
    {"a line end in quotes", TEXT("a,b\n\"1\n2\",3\n4,5\n"), "2:1\n2|3/4:4|5/"},
    {"CRLF in quotes stays", TEXT("a,b\r\n\"1\r\n2\",3\r\n4,5\r\n"), "2:1\r\n2|3/4:4|5/"},
    {"blank lines at the end", TEXT("a,b\n1,2\n\n\n"), "2:1|2/"},
    {"one column: a blank line is an empty field", TEXT("a\n1\n\n2\n"), "2:1/3:/4:2/"},
    {"blanks are kept", TEXT("a,b\n 1 ,\t2\n"), "2: 1 |\t2/"},
    {"UTF-8", TEXT("naïve,b\nș,\xF0\x9F\x99\x82\n"), "2:ș|\xF0\x9F\x99\x82/"},
    {"only a header", TEXT("a,b\n"), ""},
};

Test(csv, good_files)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct temp_file file = temp_file_with(good[i].text, good[i].len);
        struct err_info info = {0};
        char joined[512];
        enum err err = read_all(file.path, joined, sizeof(joined), &info);
        cr_expect(err == ERR_OK, "%s: %s", good[i].name, info.text);
        cr_expect(strcmp(joined, good[i].rows) == 0, "%s: got '%s'", good[i].name, joined);
        unlink(file.path);
    }
}

static const struct {
    const char *name, *text;
    size_t len;
    const char *says;
} bad[] = {
    {"an empty file", TEXT(""), "the file is empty"},
    {"only a byte order mark", TEXT("\xEF\xBB\xBF"), "the file is empty"},
    {"an empty first line", TEXT("\na,b\n"), "line 1 is empty"},
    {"a column name twice", TEXT("a,b,a\n1,2,3\n"), "line 1: two columns are called 'a'"},
    {"a quote inside a field", TEXT("a,b\n1,x\"y\n"), "line 2, column 4: a quote in a field"},
    {"text after the closing quote", TEXT("a,b\n\"1\" x,2\n"),
     "line 2, column 4: text after the closing quote"},
    {"a quote never closed", TEXT("a,b\n1,2\n3,\"4\n5,6\n"),
     "line 3, column 3: the quote opened here is never closed"},
    {"cut off in a row", TEXT("a,b,c\n1,2,3\n4,5"),
     "line 3, column 4: the file ends in the middle of a row: 2 of 3 fields"},
    {"cut off in the quotes of a row", TEXT("a,b\n1,\"x"), "line 2, column 3: the quote opened"},
    {"too few fields", TEXT("a,b,c\n1,2\n3,4,5\n"), "line 2, column 1: this row has 2 fields"},
    {"too many fields", TEXT("a,b\n1,2\n3,4,5\n"), "line 3, column 1: this row has 3 fields"},
    {"too many fields after a row of two lines", TEXT("a,b\n\"1\n\",2\n3,4,5\n"),
     "line 4, column 1: this row has 3 fields"},
    {"a blank line between rows", TEXT("a,b\n1,2\n\n3,4\n"),
     "line 3, column 1: a blank line between rows"},
    {"a byte that is not UTF-8", TEXT("a,b\n1,caf\xE9\n"), "line 2, column 6: byte 0xE9"},
    {"a stray continuation byte", TEXT("a,b\né,x\x80\n"), "line 2, column 4: byte 0x80"},
    {"an overlong form", TEXT("a,b\n\xC0\xAF,1\n"), "line 2, column 1: byte 0xC0"},
    {"a surrogate", TEXT("a,b\n\xED\xA0\x80,1\n"), "line 2, column 1: byte 0xED"},
    {"a NUL", TEXT("a,b\n1\0,2\n"), "line 2, column 2: byte 0x00"},
    {"UTF-16",
     TEXT("\xFF\xFE"
          "a\0,\0"),
     "line 1, column 1: byte 0xFF"},
    {"the file ends in a character", TEXT("a,b\n1,\xC3"), "line 2, column 4: the file ends inside"},
    {"a lone carriage return", TEXT("a,b\r1,2\r"), "line 1, column 5: a carriage return"},
};

Test(csv, faults_name_their_place)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct temp_file file = temp_file_with(bad[i].text, bad[i].len);
        struct err_info info = {0};
        char joined[512];
        enum err err = read_all(file.path, joined, sizeof(joined), &info);
        cr_expect(err == ERR_CORRUPT, "%s: code %d", bad[i].name, err);
        cr_expect(strstr(info.text, bad[i].says) != NULL, "%s: '%s'", bad[i].name, info.text);
        unlink(file.path);
    }
}

/* A row of `fields` fields of `bytes` bytes below a header that fits. */
static enum err read_row_of(size_t fields, size_t bytes, struct err_info *info)
{
    size_t size = fields * (bytes + 16) + 64;
    char *text = malloc(size);
    size_t len = 0;
    for (size_t i = 0; i < fields; i++)
        len += (size_t)snprintf(text + len, size - len, "%sc%zu", i > 0 ? "," : "", i);
    text[len++] = '\n';
    for (size_t i = 0; i < fields; i++) {
        if (i > 0)
            text[len++] = ',';
        memset(text + len, 'x', bytes);
        len += bytes;
    }
    text[len++] = '\n';
    struct temp_file file = temp_file_with(text, len);
    struct csv_reader *reader;
    struct csv_row row;
    bool more;
    enum err err = csv_open(file.path, &reader, info);
    if (err == ERR_OK) {
        err = csv_next(reader, &row, &more, info);
        csv_close(reader);
    }
    unlink(file.path);
    free(text);
    return err;
}

Test(csv, bounds)
{
    struct err_info info = {0};
    cr_expect(read_row_of(2, CSV_FIELD_BYTES_MAX, &info) == ERR_OK, "a longest field: %s",
              info.text);
    cr_expect(read_row_of(2, CSV_FIELD_BYTES_MAX + 1, &info) == ERR_CORRUPT);
    cr_expect(strstr(info.text, "line 2, column 65537: a field of more than") != NULL, "%s",
              info.text);
    cr_expect(read_row_of(CSV_COLUMNS_MAX, 1, &info) == ERR_OK, "most columns: %s", info.text);
    cr_expect(read_row_of(CSV_COLUMNS_MAX + 1, 1, &info) == ERR_CORRUPT);
    cr_expect(strstr(info.text, "more than 512 columns") != NULL, "%s", info.text);
    cr_expect(read_row_of(20, CSV_FIELD_BYTES_MAX, &info) == ERR_CORRUPT);
    cr_expect(strstr(info.text, "a row of more than") != NULL, "%s", info.text);
}

Test(csv, no_file)
{
    struct csv_reader *reader = NULL;
    struct err_info info = {0};
    cr_expect(csv_open("/nonexistent/x.csv", &reader, &info) == ERR_NOT_FOUND);
    cr_expect(csv_open("/tmp", &reader, &info) != ERR_OK);
    cr_expect_null(reader);
    /* A header that is refused leaves nothing behind that could be closed twice. */
    struct temp_file file = temp_file_with("a,b,a\n1,2,3\n", 12);
    cr_expect(csv_open(file.path, &reader, &info) == ERR_CORRUPT);
    cr_expect_null(reader);
    unlink(file.path);
}
