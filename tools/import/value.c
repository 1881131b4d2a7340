#include "tools/import/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/civil.h"

enum { VALUE_BYTES = CSV_FIELD_BYTES_MAX + 1 };

void value_context_init(struct value_context *context)
{
    mp_buf_init(&context->scratch, OP_BYTES_MAX);
    mp_buf_init(&context->members, OP_BYTES_MAX);
}

void value_context_deinit(struct value_context *context)
{
    mp_buf_deinit(&context->scratch);
    mp_buf_deinit(&context->members);
}

static int64_t floor_days(int64_t seconds)
{
    int64_t days = seconds / 86400;
    return seconds % 86400 < 0 ? days - 1 : days;
}

/* A text that could be two days: say both, and do what the map says. True: `seconds` stands. */
static bool settle(struct value_context *context, const struct map_column *column, const char *text,
                   int64_t first, int64_t other)
{
    char one[CIVIL_TEXT_BYTES], two[CIVIL_TEXT_BYTES];
    civil_format_day((int32_t)floor_days(first), one);
    civil_format_day((int32_t)floor_days(other), two);
    (void)snprintf(context->note, sizeof(context->note), "%s: '%.32s' may be %s or %s%s",
                   column->field->name, text, one, two,
                   column->ambiguous == AMBIGUOUS_LEAVE   ? N_("; left empty")
                   : column->ambiguous == AMBIGUOUS_FIRST ? N_("; the first was taken")
                                                          : "");
    return column->ambiguous == AMBIGUOUS_FIRST;
}

/* The value by the map's pattern, into `scratch`. */
static enum err put_by_pattern(struct value_context *context, const struct map_column *column,
                               const char *text, struct mp_buf *scratch, struct err_info *info)
{
    int64_t seconds, other;
    bool read = civil_parse_pattern(column->pattern, text, &seconds);
    bool read_other =
        column->other_pattern != NULL && civil_parse_pattern(column->other_pattern, text, &other);
    if (!read && !read_other)
        return err_set(info, ERR_INVALID, "%s: '%s' is not a %s of the form %s",
                       column->field->name, text,
                       column->field->type == FIELD_DATE ? "date" : "time", column->pattern);
    if (!read)
        seconds = other;
    if (read && read_other && seconds != other && !settle(context, column, text, seconds, other)) {
        if (column->ambiguous == AMBIGUOUS_REFUSE)
            return err_set(info, ERR_INVALID, "%s", context->note);
        mp_put_nil(scratch);
        return ERR_OK;
    }
    mp_put_int(scratch, column->field->type == FIELD_DATE ? floor_days(seconds) : seconds);
    return field_check(column->field, mp_buf_bytes(scratch), info);
}

/* "1.0455967742" with 6 decimals is 1045597: exact in whole numbers, half up (away from zero). */
static bool parse_decimal(const char *text, int64_t decimals, int64_t *value_out)
{
    const int64_t value_max = INT64_MAX / 100;
    bool negative = text[0] == '-';
    const char *at = text + (negative ? 1 : 0);
    int64_t value = 0, places = -1, round = 0;
    bool digits = false;
    for (; *at != '\0'; at++) {
        if (*at == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (*at < '0' || *at > '9' || value > value_max)
            return false;
        digits = true;
        if (places == decimals) {
            round = *at >= '5';
            break;
        }
        value = value * 10 + (*at - '0');
        places += places >= 0 ? 1 : 0;
    }
    for (const char *rest = at; *rest != '\0'; rest++) {
        if (*rest < '0' || *rest > '9')
            return false;
    }
    for (places = places < 0 ? 0 : places; places < decimals; places++) {
        if (value > value_max)
            return false;
        value *= 10;
    }
    value += round;
    *value_out = negative ? -value : value;
    return digits;
}

static enum err put_decimal(const struct map_column *column, const char *text,
                            struct mp_buf *scratch, struct err_info *info)
{
    int64_t value;
    if (!parse_decimal(text, column->decimals, &value))
        return err_set(info, ERR_INVALID, "%s: '%s' is not a number", column->field->name, text);
    mp_put_int(scratch, value);
    return field_check(column->field, mp_buf_bytes(scratch), info);
}

static enum err put_site(const struct value_context *context, const struct field *field,
                         const char *text, struct mp_buf *scratch, struct err_info *info)
{
    uint64_t site;
    if (context->sites.find == NULL || !context->sites.find(context->sites.context, text, &site))
        return field_from_text(field, text, scratch, info);
    mp_put_uint(scratch, site);
    return field_check(field, mp_buf_bytes(scratch), info);
}

/* One value or one member into the emptied scratch buffer. */
static enum err put_one(struct value_context *context, const struct map_column *column,
                        const char *text, struct err_info *info)
{
    struct mp_buf *scratch = &context->scratch;
    mp_buf_reset(scratch);
    enum err err;
    if (column->pattern != NULL)
        err = put_by_pattern(context, column, text, scratch, info);
    else if (column->decimals >= 0)
        err = put_decimal(column, text, scratch, info);
    else if (column->field->type == FIELD_SITE)
        err = put_site(context, column->field, text, scratch, info);
    else
        err = field_from_text(column->field, text, scratch, info);
    if (err == ERR_OK)
        err = mp_buf_err(scratch);
    return err;
}

static bool has_member(const struct mp_buf *members, struct bytes member)
{
    struct mp_reader reader = mp_reader_of(mp_buf_bytes(members));
    while (!mp_at_end(&reader)) {
        if (bytes_equal(mp_read_any(&reader), member))
            return true;
    }
    return false;
}

static enum err put_members(struct value_context *context, const struct map_column *column,
                            const char *text, struct mp_buf *out, struct err_info *info)
{
    char part[VALUE_BYTES];
    uint32_t count = 0;
    mp_buf_reset(&context->members);
    for (const char *at = text; at != NULL;) {
        const char *end = strstr(at, column->split);
        size_t len = end != NULL ? (size_t)(end - at) : strlen(at);
        while (len > 0 && at[0] == ' ') {
            at++;
            len--;
        }
        while (len > 0 && at[len - 1] == ' ')
            len--;
        memcpy(part, at, len);
        part[len] = '\0';
        at = end != NULL ? end + strlen(column->split) : NULL;
        if (len == 0)
            continue;
        enum err err = put_one(context, column, part, info);
        if (err != ERR_OK)
            return err;
        struct bytes member = mp_buf_bytes(&context->scratch);
        if (has_member(&context->members, member))
            continue;
        mp_put_raw(&context->members, member);
        count++;
    }
    if (count == 0) {
        mp_put_nil(out);
        return mp_buf_err(out);
    }
    mp_put_array(out, count);
    mp_put_raw(out, mp_buf_bytes(&context->members));
    enum err err = mp_buf_err(&context->members);
    return err != ERR_OK ? err : mp_buf_err(out);
}

/* Blanks cut off, the map's words for "nothing" made nothing, listed values replaced. */
static const char *translate(const struct value_context *context, const struct map_column *column,
                             const char *text, char *buffer)
{
    if (column->trim) {
        size_t len = strlen(text + strspn(text, " \t"));
        memmove(buffer, text + strspn(text, " \t"), len + 1);
        while (len > 0 && (buffer[len - 1] == ' ' || buffer[len - 1] == '\t'))
            buffer[--len] = '\0';
        text = buffer;
    }
    if (map_lists(context->missing, text) || map_lists(column->empty, text))
        return "";
    if (column->values != NULL) {
        const struct yaml_node *to = yaml_get(column->values, text);
        if (to != NULL)
            return to->text;
    }
    return column->otherwise != NULL ? column->otherwise : text;
}

enum err value_put(struct value_context *context, const struct map_column *column, const char *text,
                   struct mp_buf *out, struct err_info *info)
{
    char buffer[VALUE_BYTES], whole[VALUE_BYTES];
    text = translate(context, column, text, buffer);
    if (text[0] == '\0') {
        if (column->required)
            return err_set(info, ERR_INVALID, "the cell is empty, and it may not be");
        mp_put_nil(out);
        return mp_buf_err(out);
    }
    if (column->prefix[0] != '\0' || column->suffix[0] != '\0') {
        int len = snprintf(whole, sizeof(whole), "%s%s%s", column->prefix, text, column->suffix);
        if (len < 0 || (size_t)len >= sizeof(whole))
            return err_set(info, ERR_INVALID, "%s: the text is too long", column->field->name);
        text = whole;
    }
    if (column->field->set)
        return put_members(context, column, text, out, info);
    enum err err = put_one(context, column, text, info);
    if (err != ERR_OK)
        return err;
    mp_put_raw(out, mp_buf_bytes(&context->scratch));
    return mp_buf_err(out);
}
