#include "proto/base/err.h"

#include <stdio.h>
#include <string.h>

struct err_row {
    enum err code;
    int http;
    const char *name;
    const char *text;
};

static const struct err_row rows[] = {
#define X(name, number, http, text) {name, http, #name, text},
    ERR_TABLE(X)
#undef X
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), SLUG_TEXT_BYTES = 32 };

/* The number is the place in the table, so that a look-up is an index; a new row goes to the end.
 */
static const struct err_row *row_of(enum err code)
{
    size_t at = (size_t)code;
    if (at < ROWS && rows[at].code == code)
        return &rows[at];
    return &rows[ERR_INTERNAL];
}

const char *err_text(enum err code)
{
    return row_of(code)->text;
}

static void slug_make(const char *name, char *slug_out)
{
    const char *from = name + strlen("ERR_");
    size_t len = 0;
    for (; *from != '\0' && len + 1 < SLUG_TEXT_BYTES; from++) {
        char c = *from;
        slug_out[len++] = c == '_' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    slug_out[len] = '\0';
}

const char *err_slug(enum err code)
{
    /* One buffer a thread and code: a caller may hold several slugs at once. */
    static _Thread_local char slugs[ROWS][SLUG_TEXT_BYTES];
    const struct err_row *row = row_of(code);
    char *slug = slugs[row - rows];
    if (slug[0] == '\0')
        slug_make(row->name, slug);
    return slug;
}

int err_http_status(enum err code)
{
    return row_of(code)->http;
}

enum err err_from_number(uint64_t number)
{
    return number < ROWS ? rows[number].code : ERR_INTERNAL;
}

static void add_part(struct err_info *info, const char *format, uint8_t first)
{
    if (info->part_count == ERR_PARTS_MAX) {
        info->args.incomplete = true;
        return;
    }
    info->parts[info->part_count].format = format;
    info->parts[info->part_count].first = first;
    info->parts[info->part_count++].count = (uint8_t)(info->args.count - first);
}

enum err err_vset(struct err_info *info, enum err code, const char *format, va_list values)
{
    if (info == NULL)
        return code;
    /* Said aside first: an argument may be the text that is replaced. */
    struct err_info fresh;
    fresh.code = code;
    fresh.part_count = 0;
    fresh.args.used = 0;
    fresh.args.count = 0;
    fresh.args.incomplete = false;
    (void)msg_capture(&fresh.args, fresh.text, sizeof(fresh.text), format, values);
    add_part(&fresh, format, 0);
    *info = fresh;
    return code;
}

bool err_of_sender(enum err code)
{
    return code == ERR_CORRUPT || code == ERR_FORK || code == ERR_GAP || code == ERR_BAD_SEAL ||
           code == ERR_UNKNOWN_KEY || code == ERR_NOT_YOURS || code == ERR_TOO_BIG ||
           code == ERR_LIMIT || code == ERR_VERSION || code == ERR_INVALID;
}

enum err err_set(struct err_info *info, enum err code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)err_vset(info, code, format, values);
    va_end(values);
    return code;
}

enum err err_wrap(struct err_info *info, enum err code, const char *format, ...)
{
    if (info == NULL)
        return code;
    char doing[ERR_TEXT_BYTES], inner[ERR_TEXT_BYTES];
    va_list values;
    if (info->text[0] == '\0')
        (void)err_set(info, code, "%s", err_text(code));
    uint8_t first = info->args.count;
    va_start(values, format);
    (void)msg_capture(&info->args, doing, sizeof(doing), format, values);
    va_end(values);
    add_part(info, format, first);
    memcpy(inner, info->text, sizeof(inner));
    info->code = code;
    (void)snprintf(info->text, sizeof(info->text), "%s: %s", doing, inner);
    return code;
}
