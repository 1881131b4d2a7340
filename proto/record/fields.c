/* One field's value as MessagePack: reading by type, bounds, writing. */
#include "proto/record/kinds.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/civil.h"
#include "proto/record/fields_value.h"

enum { DAY_SECONDS = 86400 };
#define TIME_MIN ((int64_t)CIVIL_DAY_MIN * DAY_SECONDS)
#define TIME_MAX (((int64_t)CIVIL_DAY_MAX + 1) * DAY_SECONDS - 1)

static const char *type_words(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
        return N_("a text");
    case FIELD_INT:
        return N_("a whole number");
    case FIELD_BOOL:
        return N_("yes or no");
    case FIELD_DATE:
        return N_("a date");
    case FIELD_TIME:
        return N_("a time");
    case FIELD_ENUM:
        return N_("one of the listed values");
    case FIELD_ELEMENT:
        return N_("an element");
    case FIELD_REF:
        return N_("a record id of 16 bytes");
    case FIELD_SITE:
        return N_("a site id");
    case FIELD_FILE:
        return N_("a content hash of 32 bytes");
    case FIELD_COUNTS:
        return N_("a list of counts");
    }
    return N_("a value");
}

static void read_counts(struct mp_reader *reader, struct field_value *value)
{
    uint32_t count = mp_read_array(reader);
    if (count > COUNTS_MAX)
        reader->err = ERR_CORRUPT;
    for (uint32_t i = 0; i < count && reader->err == ERR_OK; i++)
        value->counts[i] = mp_read_int(reader);
    value->count = count;
}

enum err field_value_read(const struct field *field, struct bytes value,
                          struct field_value *value_out, struct err_info *info)
{
    struct field_value got = {0};
    struct mp_reader reader = mp_reader_of(value);
    switch (field->type) {
    case FIELD_TEXT:
        got.text = mp_read_str(&reader);
        break;
    case FIELD_BOOL:
        got.number = mp_read_bool(&reader) ? 1 : 0;
        break;
    case FIELD_INT:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_ENUM:
    case FIELD_ELEMENT:
        got.number = mp_read_int(&reader);
        break;
    case FIELD_SITE:
        got.site = mp_read_uint(&reader);
        break;
    case FIELD_REF:
        mp_read_bin_exact(&reader, got.rid, sizeof(got.rid));
        break;
    case FIELD_FILE:
        mp_read_bin_exact(&reader, got.hash, sizeof(got.hash));
        break;
    case FIELD_COUNTS:
        read_counts(&reader, &got);
        break;
    }
    if (reader.err != ERR_OK || !mp_at_end(&reader))
        return err_set(info, ERR_INVALID, "%s: the value is not %s", field->name,
                       type_words(field->type));
    *value_out = got;
    return ERR_OK;
}

void field_value_put(const struct field *field, const struct field_value *value, struct mp_buf *buf)
{
    switch (field->type) {
    case FIELD_TEXT:
        mp_put_str(buf, value->text);
        break;
    case FIELD_BOOL:
        mp_put_bool(buf, value->number != 0);
        break;
    case FIELD_INT:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_ENUM:
    case FIELD_ELEMENT:
        mp_put_int(buf, value->number);
        break;
    case FIELD_SITE:
        mp_put_uint(buf, value->site);
        break;
    case FIELD_REF:
        mp_put_bin(buf, bytes_of(value->rid, sizeof(value->rid)));
        break;
    case FIELD_FILE:
        mp_put_bin(buf, bytes_of(value->hash, sizeof(value->hash)));
        break;
    case FIELD_COUNTS:
        mp_put_array(buf, value->count);
        for (uint32_t i = 0; i < value->count; i++)
            mp_put_int(buf, value->counts[i]);
        break;
    }
}

const char *field_enum_name(const struct field *field, int64_t number)
{
    for (const struct enum_value *at = field->values; at != NULL && at->name != NULL; at++) {
        if (at->number == number)
            return at->name;
    }
    return NULL;
}

static enum err check_range(const struct field *field, int64_t number, int64_t min, int64_t max,
                            struct err_info *info)
{
    if (number >= min && number <= max)
        return ERR_OK;
    return err_set(info, ERR_INVALID,
                   "%s: %" PRId64 " is out of bounds; from %" PRId64 " to %" PRId64, field->name,
                   number, min, max);
}

static enum err check_text(const struct field *field, struct bytes text, struct err_info *info)
{
    int64_t max = field->max == 0 ? TEXT_BYTES_MAX : field->max;
    if ((int64_t)text.len < field->min || (int64_t)text.len > max)
        return err_set(info, ERR_INVALID,
                       "%s: %zu bytes of text; from %" PRId64 " to %" PRId64 " are allowed",
                       field->name, text.len, field->min, max);
    if (!utf8_valid(text))
        return err_set(info, ERR_INVALID, "%s: the text is not valid UTF-8", field->name);
    return ERR_OK;
}

static enum err check_counts(const struct field *field, const struct field_value *value,
                             struct err_info *info)
{
    if (value->count < 1)
        return err_set(info, ERR_INVALID, "%s: no counts; from 1 to %d are allowed", field->name,
                       (int)COUNTS_MAX);
    for (uint32_t i = 0; i < value->count; i++) {
        enum err err = check_range(field, value->counts[i], 0, INT64_MAX, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

enum err field_value_check(const struct field *field, const struct field_value *value,
                           struct err_info *info)
{
    bool bounded = field->min != 0 || field->max != 0;
    switch (field->type) {
    case FIELD_TEXT:
        return check_text(field, value->text, info);
    case FIELD_INT:
        return bounded ? check_range(field, value->number, field->min, field->max, info) : ERR_OK;
    case FIELD_DATE:
        return check_range(field, value->number, bounded ? field->min : CIVIL_DAY_MIN,
                           bounded ? field->max : CIVIL_DAY_MAX, info);
    case FIELD_TIME:
        return check_range(field, value->number, bounded ? field->min : TIME_MIN,
                           bounded ? field->max : TIME_MAX, info);
    case FIELD_ENUM:
        if (field_enum_name(field, value->number) == NULL)
            return err_set(info, ERR_INVALID, "%s: %" PRId64 " is none of its values", field->name,
                           value->number);
        return ERR_OK;
    case FIELD_ELEMENT:
        return check_range(field, value->number, 1, ELEMENTS, info);
    case FIELD_SITE:
        if (value->site >> 62 != 2)
            return err_set(info, ERR_INVALID,
                           "%s: %016" PRIx64 " is not a site id; its first two bits are 1 and 0",
                           field->name, value->site);
        return ERR_OK;
    case FIELD_COUNTS:
        return check_counts(field, value, info);
    case FIELD_REF:
        if (!rid_valid(value->rid))
            return err_set(info, ERR_INVALID, "%s: the value is not a record id", field->name);
        return ERR_OK;
    case FIELD_BOOL:
    case FIELD_FILE:
        return ERR_OK;
    }
    return ERR_OK;
}

enum err field_check(const struct field *field, struct bytes value, struct err_info *info)
{
    struct mp_reader reader = mp_reader_of(value);
    if (mp_peek(&reader) == MP_NIL && value.len == 1) {
        if (!field->required && !field->set)
            return ERR_OK;
        return err_set(info, ERR_INVALID, "%s: must not be empty", field->name);
    }
    struct field_value got;
    enum err err = field_value_read(field, value, &got, info);
    if (err == ERR_OK)
        err = field_value_check(field, &got, info);
    if (err == ERR_OK && field->set && value.len > MEMBER_BYTES_MAX)
        err = err_set(info, ERR_INVALID, "%s: %zu bytes; a member has at most %d", field->name,
                      value.len, (int)MEMBER_BYTES_MAX);
    return err;
}
