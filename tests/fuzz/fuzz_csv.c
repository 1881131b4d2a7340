/* Rows that were read can be written down and read again: quoted anew field by field, and as they
 * stood in the file, which is how rejected rows are handed back. */
#include "tests/fuzz/fuzz.h"

#include "tools/import/csv.h"

struct written {
    char *quoted, *raw;
    size_t quoted_len, raw_len;
    bool opened;
};

static void put_quoted(FILE *to, const struct csv_row *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        (void)fputs(i == 0 ? "\"" : ",\"", to);
        for (const char *at = row->fields[i]; *at != '\0'; at++) {
            if (*at == '"')
                (void)fputc('"', to);
            (void)fputc(*at, to);
        }
        (void)fputc('"', to);
    }
    (void)fputc('\n', to);
}

static void put_raw(FILE *to, const struct csv_row *row, const char *line_end)
{
    (void)fwrite(row->raw.data, 1, row->raw.len, to);
    (void)fputs(line_end, to);
}

static void write_rows(struct csv_reader *reader, FILE *quoted, FILE *raw)
{
    const struct csv_row *header = csv_header(reader);
    struct csv_row row;
    struct err_info info;
    uint64_t line = header->line;
    bool more = false;
    (void)fputs("\xEF\xBB\xBF",
                raw); /* or a second mark at the start of the header would be taken for the first */
    put_quoted(quoted, header);
    put_raw(raw, header, csv_line_end(reader));
    assert(header->count >= 1 && header->count <= CSV_COLUMNS_MAX);
    while (csv_next(reader, &row, &more, &info) == ERR_OK && more) {
        assert(row.count == header->count && row.line > line);
        line = row.line;
        for (uint32_t i = 0; i < row.count; i++)
            assert(strlen(row.fields[i]) <= CSV_FIELD_BYTES_MAX &&
                   utf8_valid(bytes_of_text(row.fields[i])));
        put_quoted(quoted, &row);
        put_raw(raw, &row, csv_line_end(reader));
    }
    assert(csv_bytes_read(reader) <= csv_bytes_all(reader));
}

static struct written read_and_write(const void *data, size_t size)
{
    struct memory_file file = memory_file_of(data, size);
    struct csv_reader *reader = NULL;
    struct written written = {0};
    struct err_info info;
    FILE *quoted = open_memstream(&written.quoted, &written.quoted_len);
    FILE *raw = open_memstream(&written.raw, &written.raw_len);
    assert(quoted != NULL && raw != NULL);
    if (csv_open(file.path, &reader, &info) == ERR_OK) {
        written.opened = true;
        write_rows(reader, quoted, raw);
    }
    csv_close(reader);
    (void)fclose(quoted);
    (void)fclose(raw);
    memory_file_close(file);
    return written;
}

static void drop(struct written *written)
{
    free(written->quoted);
    free(written->raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct written first = read_and_write(data, size);
    if (first.opened) {
        struct bytes rows = bytes_of(first.quoted, first.quoted_len);
        struct written again = read_and_write(first.quoted, first.quoted_len);
        assert(bytes_equal(bytes_of(again.quoted, again.quoted_len), rows));
        drop(&again);
        again = read_and_write(first.raw, first.raw_len);
        assert(bytes_equal(bytes_of(again.quoted, again.quoted_len), rows));
        drop(&again);
    }
    drop(&first);
    return 0;
}
