/* Values on their way out: MessagePack, which came from other machines, as JSON. A value that does
 * not fit its field's type is shown as what it is rather than hidden. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/sys/clock.h"
#include "proto/base/civil.h"

enum { PLAIN_DEPTH_MAX = SCAN_DEPTH_MAX + 2 };

static void hex_text(struct jsonw *json, struct bytes data)
{
    char text[2 * 64 + 1];
    if (data.len > 64)
        data.len = 64; /* a shape no field has: enough to recognise it */
    hex_encode(data, text);
    jsonw_string(json, text);
}

static void plain(struct jsonw *json, struct mp_reader *reader, unsigned depth);

static void plain_map(struct jsonw *json, struct mp_reader *reader, unsigned depth)
{
    uint32_t count = mp_read_map(reader);
    jsonw_object_begin(json);
    for (uint32_t i = 0; i < count && reader->err == ERR_OK; i++) {
        char key[128] = "";
        enum mp_type type = mp_peek(reader);
        if (type == MP_UINT || type == MP_INT) {
            (void)snprintf(key, sizeof key, "%" PRId64, mp_read_int(reader));
        } else if (type == MP_STR) {
            struct bytes text = mp_read_str(reader);
            (void)snprintf(key, sizeof key, "%.*s", (int)(text.len < 100 ? text.len : 100),
                           (const char *)text.data);
            if (!utf8_valid(bytes_of_text(key)))
                (void)snprintf(key, sizeof key, "key-%" PRIu32, i);
        } else {
            (void)mp_read_any(reader);
            (void)snprintf(key, sizeof key, "key-%" PRIu32, i);
        }
        jsonw_key(json, key);
        plain(json, reader, depth + 1);
    }
    jsonw_object_end(json);
}

/* Any value; a failed reader still writes one JSON value. */
static void plain(struct jsonw *json, struct mp_reader *reader, unsigned depth)
{
    if (depth > PLAIN_DEPTH_MAX)
        reader->err = ERR_CORRUPT;
    switch (mp_peek(reader)) {
    case MP_BOOL:
        jsonw_bool(json, mp_read_bool(reader));
        return;
    case MP_UINT:
        jsonw_uint(json, mp_read_uint(reader));
        return;
    case MP_INT:
        jsonw_int(json, mp_read_int(reader));
        return;
    case MP_STR:
        jsonw_text(json, mp_read_str(reader));
        return;
    case MP_BIN:
        hex_text(json, mp_read_bin(reader));
        return;
    case MP_ARRAY: {
        uint32_t count = mp_read_array(reader);
        jsonw_array_begin(json);
        for (uint32_t i = 0; i < count && reader->err == ERR_OK; i++)
            plain(json, reader, depth + 1);
        jsonw_array_end(json);
        return;
    }
    case MP_MAP:
        plain_map(json, reader, depth);
        return;
    case MP_NIL:
        mp_read_nil(reader);
        break;
    case MP_END:
    case MP_BAD:
        reader->err = ERR_CORRUPT;
        break;
    }
    jsonw_null(json);
}

static void any_to_json(struct jsonw *json, struct bytes value)
{
    struct mp_reader reader = mp_reader_of(value);
    plain(json, &reader, 0);
}

/* Types whose JSON is a text of their own form. */
static void text_form(struct jsonw *json, const struct field *field, struct bytes value)
{
    char text[256];
    if (field_to_text(field, value, text, sizeof text))
        jsonw_string(json, text);
    else
        any_to_json(json, value);
}

void value_to_json(struct jsonw *json, const struct field *field, struct bytes value,
                   struct site_names *names)
{
    struct mp_reader reader = mp_reader_of(value);
    enum mp_type type = mp_peek(&reader);
    if (field == NULL || type == MP_NIL) {
        any_to_json(json, value);
        return;
    }
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_COUNTS:
        any_to_json(json, value);
        return;
    case FIELD_SITE:
        if (type == MP_UINT)
            jsonw_string(json, site_name(names, mp_read_uint(&reader)));
        else
            any_to_json(json, value);
        return;
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_ENUM:
    case FIELD_ELEMENT:
    case FIELD_REF:
    case FIELD_FILE:
        text_form(json, field, value);
        return;
    }
}

void file_to_json(struct jsonw *json, struct bytes member, struct bytes value)
{
    struct mp_reader hash_reader = mp_reader_of(member);
    struct bytes hash = mp_read_bin(&hash_reader);
    struct mp_reader reader = mp_reader_of(value);
    jsonw_object_begin(json);
    put_hex(json, "hash", hash.len == HASH_BYTES ? hash : bytes_of("", 0));
    if (mp_peek(&reader) == MP_ARRAY && mp_read_array(&reader) >= 3) {
        struct bytes name = mp_read_str(&reader), media = mp_read_str(&reader);
        uint64_t size = mp_read_uint(&reader);
        if (reader.err == ERR_OK) {
            jsonw_put_text(json, "name", name);
            jsonw_put_text(json, "media", media);
            jsonw_put_uint(json, "size", size);
        }
    }
    jsonw_object_end(json);
}

/* ---- small things every answer needs ---- */

void put_time(struct jsonw *json, const char *key, uint64_t unix_ms)
{
    char text[CLOCK_TEXT_BYTES];
    if (unix_ms == 0) {
        jsonw_put_null(json, key);
        return;
    }
    clock_format_utc(unix_ms, text);
    jsonw_put_string(json, key, text);
}

void put_hex(struct jsonw *json, const char *key, struct bytes data)
{
    jsonw_key(json, key);
    hex_text(json, data);
}

void put_site_id(struct jsonw *json, const char *key, uint64_t site)
{
    uint8_t id[8];
    put_u64(id, site);
    put_hex(json, key, bytes_of(id, sizeof id));
}

void answer_begin(struct api_call call, struct jsonw *json)
{
    jsonw_init(json, API_ANSWER_BYTES_MAX);
    json->language = call.language;
}

bool answer_reserve(struct api_call call, struct jsonw *json)
{
    answer_begin(call, json);
    if (jsonw_reserve(json, ANSWER_SMALL_BYTES))
        return true;
    http_problem(call.response, ERR_NO_MEMORY, "out of memory");
    return false;
}

void answer_end(struct api_call call, int status, struct jsonw *json)
{
    http_reply_json(call.response, status, json);
    jsonw_deinit(json);
}

enum err page_limit(const struct http_request *request, int64_t *limit_out, struct err_info *info)
{
    int64_t limit = LIST_LIMIT_DEFAULT;
    enum err err = http_query_int(
        request, "limit", (struct http_range){.min = 1, .max = LIST_LIMIT_MAX}, &limit, info);
    if (err == ERR_OK)
        *limit_out = limit;
    return err;
}
