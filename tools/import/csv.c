/* A strict reader of RFC 4180. libcsv was tried for this: even in strict mode it takes a lone CR
 * for a row's end, skips blank rows, knows neither line nor column, and tells a file that was cut
 * off from a whole one only when the cut falls inside quotes. Here every byte has a position, and
 * what is odd stops the import. */
#include "tools/import/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/sys/files.h"
#include "tools/import/utf8_scan.h"

enum { INPUT_BYTES = 64 * 1024 };

enum state { ROW_START, FIELD_START, PLAIN, QUOTED, QUOTE_SEEN, CR_SEEN, ROW_DONE };

struct row_buffer {
    uint8_t *raw; /* CSV_ROW_BYTES_MAX */
    char *text;   /* the same, and a NUL for each field */
    size_t raw_len, text_len, field_start;
    size_t offsets[CSV_COLUMNS_MAX];
    const char *fields[CSV_COLUMNS_MAX];
    uint32_t count;
};

struct place {
    uint64_t line, column;
};

struct csv_reader {
    FILE *file;
    char name[PATH_BYTES_MAX];
    uint8_t input[INPUT_BYTES];
    size_t input_at, input_len;
    uint64_t bytes_read, bytes_all;
    struct place at, quote, blank; /* blank.line 0: none seen */
    struct place character;        /* where the one being read began, */
    uint8_t first_byte;            /* and with which byte */
    struct utf8_scan utf8;
    struct row_buffer header_buffer, buffer;
    struct csv_row header;
    bool crlf, cr_in_row;
};

PRINTF_LIKE(4, 5)
static enum err fail_at(const struct csv_reader *reader, struct place at, struct err_info *info,
                        const char *format, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return err_set(info, ERR_CORRUPT, "%s: line %" PRIu64 ", column %" PRIu64 ": %s", reader->name,
                   at.line, at.column, text);
}

static enum err buffer_init(struct row_buffer *buffer)
{
    buffer->raw = malloc(CSV_ROW_BYTES_MAX);
    buffer->text = malloc(CSV_ROW_BYTES_MAX + CSV_COLUMNS_MAX);
    return buffer->raw == NULL || buffer->text == NULL ? ERR_NO_MEMORY : ERR_OK;
}

static void buffer_reset(struct row_buffer *buffer)
{
    buffer->raw_len = buffer->text_len = buffer->field_start = 0;
    buffer->count = 0;
}

static enum err add_text(struct csv_reader *reader, struct row_buffer *buffer, uint8_t byte,
                         struct err_info *info)
{
    if (buffer->text_len - buffer->field_start >= CSV_FIELD_BYTES_MAX)
        return fail_at(reader, reader->at, info, "a field of more than %d bytes%s",
                       CSV_FIELD_BYTES_MAX,
                       reader->quote.line != 0 ? N_("; is a quote missing?") : "");
    buffer->text[buffer->text_len++] = (char)byte;
    return ERR_OK;
}

static enum err end_field(struct csv_reader *reader, struct row_buffer *buffer,
                          struct err_info *info)
{
    if (buffer->count == CSV_COLUMNS_MAX)
        return fail_at(reader, reader->at, info, "more than %d columns", CSV_COLUMNS_MAX);
    buffer->text[buffer->text_len++] = '\0';
    buffer->offsets[buffer->count++] = buffer->field_start;
    buffer->field_start = buffer->text_len;
    reader->quote = (struct place){0};
    return ERR_OK;
}

/* What ends a field outside quotes: comma, LF, the CR of a CRLF. */
static enum err on_separator(struct csv_reader *reader, struct row_buffer *buffer, uint8_t byte,
                             enum state *state, struct err_info *info)
{
    if (byte == '\r') {
        *state = CR_SEEN;
        return ERR_OK;
    }
    *state = byte == ',' ? FIELD_START : ROW_DONE;
    return end_field(reader, buffer, info);
}

static enum err on_plain(struct csv_reader *reader, struct row_buffer *buffer, uint8_t byte,
                         enum state *state, struct err_info *info)
{
    if (byte == ',' || byte == '\n' || byte == '\r')
        return on_separator(reader, buffer, byte, state, info);
    if (byte == '"' && *state != PLAIN) {
        reader->quote = reader->at;
        *state = QUOTED;
        return ERR_OK;
    }
    if (byte == '"')
        return fail_at(reader, reader->at, info,
                       "a quote in a field that does not begin with one; write the field in "
                       "quotes and the quote twice");
    *state = PLAIN;
    return add_text(reader, buffer, byte, info);
}

static enum err step(struct csv_reader *reader, struct row_buffer *buffer, uint8_t byte,
                     enum state *state, struct err_info *info)
{
    switch (*state) {
    case ROW_START:
    case FIELD_START:
    case PLAIN:
        return on_plain(reader, buffer, byte, state, info);
    case QUOTED:
        if (byte != '"')
            return add_text(reader, buffer, byte, info);
        *state = QUOTE_SEEN;
        return ERR_OK;
    case QUOTE_SEEN:
        if (byte == '"') {
            *state = QUOTED;
            return add_text(reader, buffer, byte, info);
        }
        if (byte == ',' || byte == '\n' || byte == '\r')
            return on_separator(reader, buffer, byte, state, info);
        return fail_at(reader, reader->at, info, "text after the closing quote");
    case CR_SEEN:
        if (byte != '\n')
            return fail_at(reader, reader->at, info, "a carriage return without a line feed");
        reader->cr_in_row = true;
        *state = ROW_DONE;
        return end_field(reader, buffer, info);
    case ROW_DONE:
        break;
    }
    return err_set(info, ERR_INTERNAL, "a byte after the row's end");
}

/* -1: end of the file; -2: it cannot be read. */
static int take(struct csv_reader *reader)
{
    if (reader->input_at == reader->input_len) {
        reader->input_at = 0;
        reader->input_len = fread(reader->input, 1, INPUT_BYTES, reader->file);
        if (reader->input_len == 0)
            return ferror(reader->file) ? -2 : -1;
    }
    reader->bytes_read++;
    return reader->input[reader->input_at++];
}

static void advance(struct place *at, uint8_t byte)
{
    if (byte == '\n') {
        at->line++;
        at->column = 1;
    } else if ((byte & 0xC0) != 0x80) {
        at->column++;
    }
}

/* ASCII that ends nothing goes into the field as it is; the rest is looked at byte by byte. */
static void take_run(struct csv_reader *reader, struct row_buffer *buffer, enum state state)
{
    if ((state != PLAIN && state != QUOTED) || !utf8_scan_done(&reader->utf8))
        return;
    const uint8_t *bytes = reader->input + reader->input_at;
    size_t room = CSV_FIELD_BYTES_MAX - (buffer->text_len - buffer->field_start), run = 0;
    size_t in_row = CSV_ROW_BYTES_MAX - buffer->raw_len, in = reader->input_len - reader->input_at;
    room = room < in_row ? room : in_row;
    room = room < in ? room : in;
    while (run < room && bytes[run] >= ' ' && bytes[run] < 0x7F && bytes[run] != '"' &&
           (state == QUOTED || bytes[run] != ','))
        run++;
    memcpy(buffer->raw + buffer->raw_len, bytes, run);
    memcpy(buffer->text + buffer->text_len, bytes, run);
    buffer->raw_len += run;
    buffer->text_len += run;
    reader->input_at += run;
    reader->bytes_read += run;
    reader->at.column += run;
}

/* The file ended without a line end: fine when the row is whole, as its count tells. */
static enum err on_end(struct csv_reader *reader, struct row_buffer *buffer, enum state state,
                       struct err_info *info)
{
    if (!utf8_scan_done(&reader->utf8))
        return fail_at(reader, reader->at, info, "the file ends inside a character");
    if (state == QUOTED)
        return fail_at(reader, reader->quote, info,
                       "the quote opened here is never closed: the file was cut off, or a quote "
                       "is missing");
    if (state == CR_SEEN)
        return fail_at(reader, reader->at, info, "a carriage return without a line feed");
    return state == ROW_START ? ERR_OK : end_field(reader, buffer, info);
}

/* One row, of whatever count. *cut_out: no line end followed it; count 0: nothing was left. */
static enum err read_row(struct csv_reader *reader, struct row_buffer *buffer, bool *cut_out,
                         struct err_info *info)
{
    enum state state = ROW_START;
    enum err err = ERR_OK;
    buffer_reset(buffer);
    reader->quote = (struct place){0};
    reader->cr_in_row = false;
    *cut_out = false;
    while (state != ROW_DONE) {
        take_run(reader, buffer, state);
        int next = take(reader);
        if (next == -2)
            return err_set(info, ERR_IO, "%s: cannot be read: %s", reader->name, strerror(errno));
        if (next == -1) {
            *cut_out = true;
            return on_end(reader, buffer, state, info);
        }
        uint8_t byte = (uint8_t)next;
        if (utf8_scan_done(&reader->utf8)) {
            reader->character = reader->at;
            reader->first_byte = byte;
        }
        if (!utf8_scan_take(&reader->utf8, byte))
            return fail_at(reader, reader->character, info,
                           "byte 0x%02X is not UTF-8; save the file as UTF-8", reader->first_byte);
        if (buffer->raw_len == CSV_ROW_BYTES_MAX)
            return fail_at(reader, reader->at, info, "a row of more than %d bytes",
                           CSV_ROW_BYTES_MAX);
        buffer->raw[buffer->raw_len++] = byte;
        err = step(reader, buffer, byte, &state, info);
        if (err != ERR_OK)
            return err;
        advance(&reader->at, byte);
    }
    buffer->raw_len -= reader->cr_in_row ? 2 : 1;
    return ERR_OK;
}

static struct csv_row row_of(struct row_buffer *buffer, uint64_t line)
{
    for (uint32_t i = 0; i < buffer->count; i++)
        buffer->fields[i] = buffer->text + buffer->offsets[i];
    return (struct csv_row){.line = line,
                            .count = buffer->count,
                            .fields = buffer->fields,
                            .raw = bytes_of(buffer->raw, buffer->raw_len)};
}

static void skip_mark(struct csv_reader *reader)
{
    reader->input_len = fread(reader->input, 1, INPUT_BYTES, reader->file);
    if (reader->input_len >= 3 && memcmp(reader->input, "\xEF\xBB\xBF", 3) == 0)
        reader->input_at = 3;
    reader->bytes_read = reader->input_at;
}

static enum err read_header(struct csv_reader *reader, struct err_info *info)
{
    bool cut;
    skip_mark(reader);
    uint64_t line = reader->at.line;
    enum err err = read_row(reader, &reader->header_buffer, &cut, info);
    if (err != ERR_OK)
        return err;
    if (reader->header_buffer.raw_len == 0)
        return err_set(info, ERR_CORRUPT, "%s: %s", reader->name,
                       cut ? N_("the file is empty")
                           : N_("line 1 is empty; it must name the columns"));
    reader->header = row_of(&reader->header_buffer, line);
    reader->crlf = reader->cr_in_row;
    return ERR_OK;
}

enum err csv_open_rows(const char *path, struct csv_reader **reader_out, struct err_info *info)
{
    struct csv_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", path);
    (void)snprintf(reader->name, sizeof(reader->name), "%s", path);
    reader->at = (struct place){1, 1};
    enum err err = ERR_OK;
    struct stat about;
    reader->file = fopen(path, "rbe");
    if (reader->file == NULL || fstat(fileno(reader->file), &about) != 0)
        err = err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    else if (!S_ISREG(about.st_mode))
        err = err_set(info, ERR_UNSUPPORTED, "%s: not a file (it is read twice)", path);
    else if (buffer_init(&reader->header_buffer) != ERR_OK ||
             buffer_init(&reader->buffer) != ERR_OK)
        err = err_set(info, ERR_NO_MEMORY, "%s: out of memory", path);
    if (err == ERR_OK) {
        reader->bytes_all = (uint64_t)about.st_size;
        err = read_header(reader, info);
    }
    if (err != ERR_OK) {
        csv_close(reader);
        return err;
    }
    *reader_out = reader;
    return ERR_OK;
}

void csv_close(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->file != NULL)
        (void)fclose(reader->file);
    free(reader->header_buffer.raw);
    free(reader->header_buffer.text);
    free(reader->buffer.raw);
    free(reader->buffer.text);
    free(reader);
}

const struct csv_row *csv_header(const struct csv_reader *reader)
{
    return &reader->header;
}

/* Nothing at the end, damage before that; with one column a row with an empty field. */
static bool is_blank(struct csv_reader *reader, struct place start)
{
    if (reader->buffer.raw_len != 0 || reader->header.count == 1)
        return false;
    if (reader->blank.line == 0)
        reader->blank = start;
    return true;
}

enum err csv_next(struct csv_reader *reader, struct csv_row *row_out, bool *more_out,
                  struct err_info *info)
{
    struct place start;
    bool cut;
    do {
        start = reader->at;
        enum err err = read_row(reader, &reader->buffer, &cut, info);
        if (err != ERR_OK)
            return err;
        if (cut && reader->buffer.count == 0) {
            *more_out = false;
            return ERR_OK;
        }
    } while (is_blank(reader, start));
    if (reader->blank.line != 0)
        return fail_at(reader, reader->blank, info, "a blank line between rows");
    uint32_t count = reader->buffer.count;
    if (cut && count < reader->header.count)
        return fail_at(reader, reader->at, info,
                       "the file ends in the middle of a row: %" PRIu32 " of %" PRIu32
                       " fields; it was cut off",
                       count, reader->header.count);
    if (count != reader->header.count)
        return fail_at(reader, start, info,
                       "this row has %" PRIu32 " fields, the header has %" PRIu32, count,
                       reader->header.count);
    *row_out = row_of(&reader->buffer, start.line);
    *more_out = true;
    return ERR_OK;
}

uint64_t csv_bytes_read(const struct csv_reader *reader)
{
    return reader->bytes_read;
}

uint64_t csv_bytes_all(const struct csv_reader *reader)
{
    return reader->bytes_all;
}

const char *csv_line_end(const struct csv_reader *reader)
{
    return reader->crlf ? "\r\n" : "\n";
}
