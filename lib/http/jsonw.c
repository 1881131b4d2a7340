#include "lib/http/jsonw.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The buffer doubles up to its bound; after a failure everything else is dropped, so that callers
 * check once at the end. */

void jsonw_init(struct jsonw *json, size_t bytes_max)
{
    assert(bytes_max > 0);
    *json = (struct jsonw){.bytes_max = bytes_max};
}

void jsonw_deinit(struct jsonw *json)
{
    free(json->data);
    *json = (struct jsonw){.bytes_max = json->bytes_max};
}

void jsonw_reset(struct jsonw *json)
{
    json->len = 0;
    json->depth = 0;
    json->need_comma = json->after_key = false;
    json->failed = ERR_OK;
}

static bool make_room(struct jsonw *json, size_t more)
{
    if (json->failed != ERR_OK)
        return false;
    if (json->capacity - json->len >= more)
        return true;
    if (more > json->bytes_max - json->len) {
        json->failed = ERR_TOO_BIG;
        return false;
    }
    size_t capacity = json->capacity == 0 ? 1024 : json->capacity;
    while (capacity - json->len < more)
        capacity *= 2;
    if (capacity > json->bytes_max)
        capacity = json->bytes_max;
    uint8_t *data = realloc(json->data, capacity);
    if (data == NULL) {
        json->failed = ERR_NO_MEMORY;
        return false;
    }
    json->data = data;
    json->capacity = capacity;
    return true;
}

bool jsonw_reserve(struct jsonw *json, size_t bytes)
{
    return make_room(json, bytes);
}

static void append(struct jsonw *json, const void *bytes, size_t len)
{
    if (len == 0 || !make_room(json, len))
        return;
    memcpy(json->data + json->len, bytes, len);
    json->len += len;
}

static void append_char(struct jsonw *json, char c)
{
    append(json, &c, 1);
}

/* Before every value: its comma, and that a value may stand here. */
static void begin_value(struct jsonw *json)
{
    bool in_object = json->depth > 0 && json->open[json->depth - 1] == '{';
    assert(in_object == json->after_key); /* a member needs its key */
    if (!json->after_key && json->need_comma) {
        assert(json->depth > 0); /* one value at the top, or jsonw_newline between */
        append_char(json, ',');
    }
    json->after_key = false;
    json->need_comma = true;
}

static void open_nested(struct jsonw *json, char c)
{
    begin_value(json);
    assert(json->depth < JSONW_DEPTH_MAX);
    json->open[json->depth++] = (uint8_t)c;
    json->need_comma = false;
    append_char(json, c);
}

static void close_nested(struct jsonw *json, char opened, char c)
{
    assert(json->depth > 0 && json->open[json->depth - 1] == (uint8_t)opened);
    assert(!json->after_key);
    json->depth--;
    json->need_comma = true;
    append_char(json, c);
}

void jsonw_object_begin(struct jsonw *json)
{
    open_nested(json, '{');
}

void jsonw_object_end(struct jsonw *json)
{
    close_nested(json, '{', '}');
}

void jsonw_array_begin(struct jsonw *json)
{
    open_nested(json, '[');
}

void jsonw_array_end(struct jsonw *json)
{
    close_nested(json, '[', ']');
}

/* ---- texts ---- */

/* Bytes of the valid UTF-8 sequence at `at`; 0 when there is none. */
static size_t sequence_len(const uint8_t *at, size_t left)
{
    size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc0 ? 2 : 1;
    if (len > left || !utf8_valid(bytes_of(at, len)))
        return 0;
    return len;
}

static void append_escape(struct jsonw *json, uint8_t c)
{
    char escape[8];
    switch (c) {
    case '"':
        append(json, "\\\"", 2);
        return;
    case '\\':
        append(json, "\\\\", 2);
        return;
    case '\n':
        append(json, "\\n", 2);
        return;
    case '\r':
        append(json, "\\r", 2);
        return;
    case '\t':
        append(json, "\\t", 2);
        return;
    default:
        snprintf(escape, sizeof(escape), "\\u%04x", c);
        append(json, escape, 6);
        return;
    }
}

static void append_quoted(struct jsonw *json, struct bytes text)
{
    bool valid = utf8_valid(text); /* one quick look saves a look at every letter */
    size_t from = 0;
    append_char(json, '"');
    for (size_t i = 0; i < text.len;) {
        uint8_t c = text.data[i];
        size_t len = c < 0x80 || valid ? 1 : sequence_len(text.data + i, text.len - i);
        if (len > 0 && c >= ' ' && c != '"' && c != '\\') {
            i += len;
            continue;
        }
        append(json, text.data + from, i - from);
        if (len == 0)
            append(json, "\xef\xbf\xbd", 3);
        else
            append_escape(json, c);
        from = ++i;
    }
    append(json, text.data + from, text.len - from);
    append_char(json, '"');
}

void jsonw_key(struct jsonw *json, const char *key)
{
    assert(json->depth > 0 && json->open[json->depth - 1] == '{');
    assert(!json->after_key);
    if (json->need_comma)
        append_char(json, ',');
    append_quoted(json, bytes_of_text(key));
    append_char(json, ':');
    json->after_key = true;
}

void jsonw_text(struct jsonw *json, struct bytes text)
{
    begin_value(json);
    append_quoted(json, text);
}

void jsonw_string(struct jsonw *json, const char *text)
{
    if (text == NULL)
        jsonw_null(json);
    else
        jsonw_text(json, bytes_of_text(text));
}

/* ---- other values ---- */

static void append_word(struct jsonw *json, const char *word)
{
    begin_value(json);
    append(json, word, strlen(word));
}

void jsonw_uint(struct jsonw *json, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    begin_value(json);
    append(json, digits + at, sizeof(digits) - at);
}

void jsonw_int(struct jsonw *json, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRId64, value);
    append_word(json, digits);
}

void jsonw_bool(struct jsonw *json, bool value)
{
    append_word(json, value ? "true" : "false");
}

void jsonw_null(struct jsonw *json)
{
    append_word(json, "null");
}

void jsonw_fixed(struct jsonw *json, int64_t value, unsigned decimals)
{
    char number[48];
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t scale = 1;
    assert(decimals <= 18);
    for (unsigned i = 0; i < decimals; i++)
        scale *= 10;
    if (decimals == 0)
        snprintf(number, sizeof(number), "%s%" PRIu64, value < 0 ? "-" : "", size);
    else
        snprintf(number, sizeof(number), "%s%" PRIu64 ".%0*" PRIu64, value < 0 ? "-" : "",
                 size / scale, (int)decimals, size % scale);
    append_word(json, number);
}

void jsonw_raw(struct jsonw *json, struct bytes value)
{
    assert(value.len > 0);
    begin_value(json);
    append(json, value.data, value.len);
}

void jsonw_newline(struct jsonw *json)
{
    assert(json->depth == 0);
    append_char(json, '\n');
    json->need_comma = false;
}

void jsonw_put_string(struct jsonw *json, const char *key, const char *text)
{
    jsonw_key(json, key);
    jsonw_string(json, text);
}

void jsonw_put_said(struct jsonw *json, const char *key, const char *text)
{
    jsonw_put_string(json, key, text != NULL ? text_in(json->language, text) : NULL);
}

void jsonw_put_text(struct jsonw *json, const char *key, struct bytes text)
{
    jsonw_key(json, key);
    jsonw_text(json, text);
}

void jsonw_put_int(struct jsonw *json, const char *key, int64_t value)
{
    jsonw_key(json, key);
    jsonw_int(json, value);
}

void jsonw_put_uint(struct jsonw *json, const char *key, uint64_t value)
{
    jsonw_key(json, key);
    jsonw_uint(json, value);
}

void jsonw_put_bool(struct jsonw *json, const char *key, bool value)
{
    jsonw_key(json, key);
    jsonw_bool(json, value);
}

void jsonw_put_null(struct jsonw *json, const char *key)
{
    jsonw_key(json, key);
    jsonw_null(json);
}

enum err jsonw_finish(struct jsonw *json, struct bytes *text_out)
{
    assert(json->depth == 0 && !json->after_key);
    if (json->failed != ERR_OK)
        return json->failed;
    *text_out = bytes_of(json->data, json->len);
    return ERR_OK;
}
