/* The first sheet of an XLSX: a zip of XML parts. libzip unpacks, expat parses; here is what the
 * elements mean. Whatever is no text, number or truth value is left out: formulas count by the
 * value the spreadsheet kept of them. */
#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "tools/sheet/sheet.h"

enum { PART_NAME_BYTES = 256, CHUNK_BYTES = 64 * 1024, DEPTH_MAX = 64 };

enum { ZLIB_MEMORY = -4 }; /* its Z_MEM_ERROR */

struct text {
    char *data;
    size_t len, room;
};

struct parse {
    XML_Parser parser;
    const char *part;
    struct err_info *info;
    enum err err;
    struct text text; /* characters of the element that is being read */
    bool keep;        /* they count */
    int depth;
    /* workbook and its relations */
    char sheet_id[PART_NAME_BYTES], target[PART_NAME_BYTES];
    /* shared texts */
    char **shared;
    uint32_t shared_count, shared_room;
    size_t shared_bytes;
    /* the sheet */
    struct sheet_builder *builder;
    uint64_t line;
    uint32_t column;
    char type[16];
    bool phonetic;
};

static void fail(struct parse *parse, enum err err, const char *what)
{
    if (parse->err == ERR_OK)
        parse->err = err_set(parse->info, err, "%s: %s", parse->part, what);
    (void)XML_StopParser(parse->parser, XML_FALSE);
}

/* The name without its namespace prefix. */
static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static const char *attribute(const char **list, const char *name)
{
    for (size_t i = 0; list[i] != NULL; i += 2) {
        if (strcmp(list[i], name) == 0)
            return list[i + 1];
    }
    return "";
}

static void on_text(void *context, const char *data, int len)
{
    struct parse *parse = context;
    struct text *text = &parse->text;
    if (!parse->keep || parse->phonetic || len <= 0)
        return;
    if (text->len + (size_t)len > SHEET_CELL_BYTES_MAX) {
        fail(parse, ERR_TOO_BIG, N_("a cell is too long"));
        return;
    }
    if (text->len + (size_t)len + 1 > text->room) {
        size_t room = text->room == 0 ? 256 : text->room * 2;
        while (room < text->len + (size_t)len + 1)
            room *= 2;
        char *more = realloc(text->data, room);
        if (more == NULL) {
            fail(parse, ERR_NO_MEMORY, N_("out of memory"));
            return;
        }
        text->data = more;
        text->room = room;
    }
    memcpy(text->data + text->len, data, (size_t)len);
    text->len += (size_t)len;
    text->data[text->len] = '\0';
}

static void on_doctype(void *context, const char *name, const char *system_id,
                       const char *public_id, int has_internal)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal;
    fail(context, ERR_CORRUPT, N_("a document type has no place in a spreadsheet"));
}

/* ---- where the first sheet is ---- */

static void workbook_start(void *context, const char *name, const char **list)
{
    struct parse *parse = context;
    if (strcmp(local(name), "sheet") != 0 || parse->sheet_id[0] != '\0')
        return;
    for (size_t i = 0; list[i] != NULL; i += 2) {
        if (strcmp(local(list[i]), "id") == 0 && strchr(list[i], ':') != NULL)
            (void)snprintf(parse->sheet_id, sizeof parse->sheet_id, "%s", list[i + 1]);
    }
}

static void relations_start(void *context, const char *name, const char **list)
{
    struct parse *parse = context;
    if (strcmp(local(name), "Relationship") != 0 ||
        strcmp(attribute(list, "Id"), parse->sheet_id) != 0)
        return;
    const char *target = attribute(list, "Target");
    (void)snprintf(parse->target, sizeof parse->target, "%s%s", target[0] == '/' ? "" : "xl/",
                   target[0] == '/' ? target + 1 : target);
}

/* ---- shared texts ---- */

static void shared_start(void *context, const char *name, const char **list)
{
    struct parse *parse = context;
    (void)list;
    name = local(name);
    if (strcmp(name, "si") == 0)
        parse->text.len = 0;
    if (strcmp(name, "rPh") == 0)
        parse->phonetic = true;
    parse->keep = strcmp(name, "t") == 0;
}

static void shared_end(void *context, const char *name)
{
    struct parse *parse = context;
    name = local(name);
    parse->keep = false;
    if (strcmp(name, "rPh") == 0)
        parse->phonetic = false;
    if (strcmp(name, "si") != 0)
        return;
    if (parse->shared_count == parse->shared_room) {
        uint32_t room = parse->shared_room == 0 ? 256 : parse->shared_room * 2;
        char **shared = realloc(parse->shared, room * sizeof *shared);
        if (shared == NULL) {
            fail(parse, ERR_NO_MEMORY, N_("out of memory"));
            return;
        }
        parse->shared = shared;
        parse->shared_room = room;
    }
    parse->shared_bytes += parse->text.len + 1;
    if (parse->shared_bytes > SHEET_TEXT_BYTES_MAX) {
        fail(parse, ERR_TOO_BIG, N_("the texts are too long"));
        return;
    }
    char *copy = strndup(parse->text.len > 0 ? parse->text.data : "", parse->text.len);
    if (copy == NULL)
        fail(parse, ERR_NO_MEMORY, N_("out of memory"));
    else
        parse->shared[parse->shared_count++] = copy;
}

/* ---- the sheet ---- */

/* "AB12" as column 27. */
static uint32_t column_of(const char *reference, uint32_t otherwise)
{
    uint32_t column = 0;
    const char *at = reference;
    for (; *at >= 'A' && *at <= 'Z' && column <= SHEET_COLUMNS_MAX; at++)
        column = column * 26 + (uint32_t)(*at - 'A') + 1;
    return at == reference ? otherwise : column - 1;
}

static void begin_row(struct parse *parse, const char **list)
{
    const char *number = attribute(list, "r");
    parse->line = number[0] != '\0' ? strtoull(number, NULL, 10) : parse->line + 1;
    parse->column = UINT32_MAX; /* the one before the first */
    enum err err = sheet_builder_row(parse->builder, parse->line, parse->info);
    if (err != ERR_OK) {
        parse->err = err;
        (void)XML_StopParser(parse->parser, XML_FALSE);
    }
}

static void sheet_start(void *context, const char *name, const char **list)
{
    struct parse *parse = context;
    name = local(name);
    if (++parse->depth > DEPTH_MAX)
        fail(parse, ERR_CORRUPT, N_("nested too deeply"));
    if (strcmp(name, "row") == 0) {
        begin_row(parse, list);
    } else if (strcmp(name, "c") == 0) {
        parse->column = column_of(attribute(list, "r"), parse->column + 1);
        parse->text.len = 0;
        (void)snprintf(parse->type, sizeof parse->type, "%s", attribute(list, "t"));
    }
    if (strcmp(name, "rPh") == 0)
        parse->phonetic = true;
    parse->keep = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
}

static void end_cell(struct parse *parse)
{
    const char *text = parse->text.len > 0 ? parse->text.data : "";
    size_t len = parse->text.len;
    if (strcmp(parse->type, "s") == 0 && len > 0) {
        char *end;
        unsigned long place = strtoul(text, &end, 10);
        if (*end != '\0' || place >= parse->shared_count) {
            fail(parse, ERR_CORRUPT, N_("a cell names a text that is not there"));
            return;
        }
        text = parse->shared[place];
        len = strlen(text);
    } else if (strcmp(parse->type, "e") == 0) {
        len = 0; /* "#REF!" */
    }
    if (parse->line == 0 || len == 0)
        return;
    enum err err = sheet_builder_cell(parse->builder, parse->column, text, len, parse->info);
    if (err != ERR_OK) {
        parse->err = err;
        (void)XML_StopParser(parse->parser, XML_FALSE);
    }
}

static void sheet_end(void *context, const char *name)
{
    struct parse *parse = context;
    name = local(name);
    parse->depth--;
    parse->keep = false;
    if (strcmp(name, "rPh") == 0)
        parse->phonetic = false;
    if (strcmp(name, "c") == 0)
        end_cell(parse);
}

/* ---- parts ---- */

struct handlers {
    XML_StartElementHandler start;
    XML_EndElementHandler end;
};

static enum err parse_failed(struct parse *parse)
{
    if (parse->err != ERR_OK)
        return parse->err;
    if (XML_GetErrorCode(parse->parser) == XML_ERROR_NO_MEMORY)
        return err_set(parse->info, ERR_NO_MEMORY, "out of memory");
    return err_set(parse->info, ERR_CORRUPT, "%s: line %lu: %s", parse->part,
                   (unsigned long)XML_GetCurrentLineNumber(parse->parser),
                   XML_ErrorString(XML_GetErrorCode(parse->parser)));
}

static bool lacks_memory(const zip_error_t *error)
{
    return zip_error_code_zip(error) == ZIP_ER_MEMORY ||
           (zip_error_system_type(error) == ZIP_ET_ZLIB &&
            zip_error_code_system(error) == ZLIB_MEMORY);
}

static enum err feed(struct parse *parse, zip_file_t *file)
{
    zip_uint64_t all = 0;
    for (;;) {
        void *buffer = XML_GetBuffer(parse->parser, CHUNK_BYTES);
        if (buffer == NULL)
            return err_set(parse->info, ERR_NO_MEMORY, "out of memory");
        zip_int64_t got = zip_fread(file, buffer, CHUNK_BYTES);
        if (got < 0 && lacks_memory(zip_file_get_error(file)))
            return err_set(parse->info, ERR_NO_MEMORY, "out of memory");
        if (got < 0)
            return err_set(parse->info, ERR_CORRUPT, "%s: cannot be unpacked", parse->part);
        all += (zip_uint64_t)got;
        if (all > SHEET_PART_BYTES_MAX)
            return err_set(parse->info, ERR_TOO_BIG, "%s: over %d bytes", parse->part,
                           SHEET_PART_BYTES_MAX);
        if (XML_ParseBuffer(parse->parser, (int)got, got == 0) != XML_STATUS_OK)
            return parse_failed(parse);
        if (got == 0)
            return parse->err;
    }
}

/* Is the part absent, that is ERR_NOT_FOUND. */
static enum err parse_part(struct parse *parse, zip_t *archive, const char *part,
                           struct handlers handlers)
{
    zip_file_t *file = zip_fopen(archive, part, 0);
    if (file == NULL && lacks_memory(zip_get_error(archive)))
        return err_set(parse->info, ERR_NO_MEMORY, "out of memory");
    if (file == NULL)
        return err_set(parse->info, ERR_NOT_FOUND, "%s: is missing or cannot be unpacked", part);
    parse->part = part;
    parse->text.len = 0;
    parse->keep = parse->phonetic = false;
    parse->parser = XML_ParserCreate(NULL);
    enum err err =
        parse->parser != NULL ? ERR_OK : err_set(parse->info, ERR_NO_MEMORY, "out of memory");
    if (err == ERR_OK) {
        XML_SetUserData(parse->parser, parse);
        XML_SetElementHandler(parse->parser, handlers.start, handlers.end);
        XML_SetCharacterDataHandler(parse->parser, on_text);
        XML_SetStartDoctypeDeclHandler(parse->parser, on_doctype);
        err = feed(parse, file);
        XML_ParserFree(parse->parser);
    }
    (void)zip_fclose(file);
    return err;
}

static enum err parse_all(struct parse *parse, zip_t *archive)
{
    enum err err =
        parse_part(parse, archive, "xl/workbook.xml", (struct handlers){workbook_start, NULL});
    if (err == ERR_OK)
        err = parse_part(parse, archive, "xl/_rels/workbook.xml.rels",
                         (struct handlers){relations_start, NULL});
    if (err == ERR_OK && parse->target[0] == '\0')
        err = err_set(parse->info, ERR_CORRUPT, "it has no sheet");
    if (err == ERR_OK && zip_name_locate(archive, "xl/sharedStrings.xml", 0) >= 0)
        err = parse_part(parse, archive, "xl/sharedStrings.xml",
                         (struct handlers){shared_start, shared_end});
    if (err == ERR_OK)
        err = parse_part(parse, archive, parse->target, (struct handlers){sheet_start, sheet_end});
    return err;
}

enum err xlsx_load(const char *path, struct sheet **sheet_out, struct err_info *info)
{
    int fault = 0;
    struct err_info inner = {0};
    errno = 0;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &fault);
    if (archive == NULL && (fault == ZIP_ER_MEMORY || errno == ENOMEM)) /* it forgets on the way */
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", path);
    if (archive == NULL)
        return err_set(info, ERR_CORRUPT, "%s: is damaged, or no spreadsheet", path);
    struct parse *parse = calloc(1, sizeof *parse);
    struct sheet_builder *builder = sheet_builder_new();
    enum err err = ERR_NO_MEMORY;
    if (parse != NULL && builder != NULL) {
        parse->info = &inner;
        parse->builder = builder;
        err = parse_all(parse, archive);
        for (uint32_t i = 0; i < parse->shared_count; i++)
            free(parse->shared[i]);
        free(parse->shared);
        free(parse->text.data);
    }
    free(parse);
    zip_discard(archive);
    sheet_builder_finish(builder, err == ERR_OK ? sheet_out : NULL);
    if (err == ERR_OK)
        return ERR_OK;
    *info = inner;
    return err_wrap(info, err == ERR_NOT_FOUND ? ERR_CORRUPT : err, "%s", path);
}
