/* One field's value as people and CSV files write it. */
#include "proto/record/kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/base/civil.h"
#include "proto/record/fields_value.h"

enum { QUOTE_BYTES_MAX = 60 };

/* A value for an error text: cut at a character's start, control characters replaced. */
struct quote {
    char text[QUOTE_BYTES_MAX + 4];
};

static struct quote quote_of(const char *text)
{
    struct quote quote;
    size_t len = strnlen(text, QUOTE_BYTES_MAX + 1);
    bool cut = len > QUOTE_BYTES_MAX;
    if (cut) {
        len = QUOTE_BYTES_MAX;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++)
        quote.text[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7F ? ' ' : text[i];
    memcpy(quote.text + len, "...", 4);
    if (!cut)
        quote.text[len] = '\0';
    return quote;
}

/* What is wrong with the text; the text of a personal field is kept out of errors, which are
 * logged. */
static enum err refuse(const struct field *field, const char *text, const char *wanted,
                       struct err_info *info)
{
    if (field->personal)
        return err_set(info, ERR_INVALID, "%s: the value is not %s", field->name, wanted);
    return err_set(info, ERR_INVALID, "%s: '%s' is not %s", field->name, quote_of(text).text,
                   wanted);
}

static bool parse_int(const char *text, int64_t *number_out)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] < '0' || digits[0] > '9')
        return false;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *number_out = number;
    return true;
}

static bool parse_bool(const char *text, int64_t *number_out)
{
    static const char *const words[2][3] = {{"no", "false", "0"}, {"yes", "true", "1"}};
    for (int answer = 0; answer < 2; answer++) {
        for (int i = 0; i < 3; i++) {
            if (strcasecmp(text, words[answer][i]) == 0) {
                *number_out = answer;
                return true;
            }
        }
    }
    return false;
}

static bool parse_enum(const struct field *field, const char *text, int64_t *number_out)
{
    for (const struct enum_value *at = field->values; at != NULL && at->name != NULL; at++) {
        if (strcasecmp(at->name, text) == 0) {
            *number_out = at->number;
            return true;
        }
    }
    return false;
}

static bool parse_site(const char *text, uint64_t *site_out)
{
    uint8_t raw[8];
    if (!hex_decode(text, raw, sizeof(raw)))
        return false;
    *site_out = get_u64(raw);
    return true;
}

static bool parse_counts(const char *text, struct field_value *value)
{
    const char *at = text;
    value->count = 0;
    while (*at != '\0') {
        if (*at < '0' || *at > '9' || value->count == COUNTS_MAX)
            return false;
        char *end;
        errno = 0;
        long long number = strtoll(at, &end, 10);
        if (errno != 0 || (*end != ' ' && *end != '\0'))
            return false;
        value->counts[value->count++] = number;
        at = *end == ' ' ? end + 1 : end;
    }
    return value->count > 0 && at[-1] != ' ';
}

static bool parse_day(const char *text, int64_t *number_out)
{
    int32_t day;
    if (!civil_parse_day(text, &day))
        return false;
    *number_out = day;
    return true;
}

/* "not one of: a, b, c" */
static enum err refuse_enum(const struct field *field, const char *text, struct err_info *info)
{
    char wanted[256] = "one of";
    size_t len = strlen(wanted);
    for (const struct enum_value *at = field->values; at != NULL && at->name != NULL; at++) {
        int added = snprintf(wanted + len, sizeof(wanted) - len, "%s %s",
                             at == field->values ? "" : ",", at->name);
        if (added < 0 || (size_t)added >= sizeof(wanted) - len)
            break;
        len += (size_t)added;
    }
    return refuse(field, text, wanted, info);
}

static enum err parse(const struct field *field, const char *text, struct field_value *value,
                      struct err_info *info)
{
    bool fits = true;
    const char *wanted = N_("");
    switch (field->type) {
    case FIELD_TEXT:
        value->text = bytes_of_text(text);
        break;
    case FIELD_INT:
        fits = parse_int(text, &value->number);
        wanted = N_("a whole number; write digits only");
        break;
    case FIELD_BOOL:
        fits = parse_bool(text, &value->number);
        wanted = N_("yes or no");
        break;
    case FIELD_DATE:
        fits = parse_day(text, &value->number);
        wanted = N_("a date; write YYYY-MM-DD");
        break;
    case FIELD_TIME:
        fits = civil_parse_time(text, &value->number);
        wanted = N_("a time; write YYYY-MM-DDTHH:MM:SS");
        break;
    case FIELD_ENUM:
        return parse_enum(field, text, &value->number) ? ERR_OK : refuse_enum(field, text, info);
    case FIELD_ELEMENT:
        value->number = element_from_id(text);
        fits = value->number != 0;
        wanted = N_("an element; write its id from 1.1.1 to 5.3.3");
        break;
    case FIELD_REF:
        fits = rid_parse(text, value->rid);
        wanted = N_("a record id; write it as cse printed it");
        break;
    case FIELD_SITE:
        fits = parse_site(text, &value->site);
        wanted = N_("a site; write its short name or 16 hex digits");
        break;
    case FIELD_FILE:
        fits = hex_decode(text, value->hash, sizeof(value->hash));
        wanted = N_("a content hash; write 64 hex digits");
        break;
    case FIELD_COUNTS:
        fits = parse_counts(text, value);
        wanted = N_("a list of counts; write up to 16 numbers with a blank between");
        break;
    }
    return fits ? ERR_OK : refuse(field, text, wanted, info);
}

enum err field_from_text(const struct field *field, const char *text, struct mp_buf *value_out,
                         struct err_info *info)
{
    if (text[0] == '\0') {
        if (field->required || field->set)
            return err_set(info, ERR_INVALID, "%s: must not be empty", field->name);
        mp_put_nil(value_out);
    } else {
        struct field_value value = {0};
        enum err err = parse(field, text, &value, info);
        if (err == ERR_OK)
            err = field_value_check(field, &value, info);
        if (err == ERR_OK && field->type == FIELD_TEXT && field->set &&
            value.text.len + 5 > MEMBER_BYTES_MAX)
            err = err_set(info, ERR_INVALID, "%s: %zu bytes; a member has at most %d", field->name,
                          value.text.len, (int)MEMBER_BYTES_MAX - 5);
        if (err != ERR_OK)
            return err;
        field_value_put(field, &value, value_out);
    }
    return value_out->failed
               ? err_set(info, ERR_NO_MEMORY, "%s: no room for the value", field->name)
               : ERR_OK;
}

static bool put_text(struct bytes text, char *text_out, size_t size)
{
    if (text.len >= size)
        return false;
    if (text.len > 0)
        memcpy(text_out, text.data, text.len);
    text_out[text.len] = '\0';
    return true;
}

static bool put_hex(struct bytes data, char *text_out, size_t size)
{
    if (2 * data.len + 1 > size)
        return false;
    hex_encode(data, text_out);
    return true;
}

static bool put_counts(const struct field_value *value, char *text_out, size_t size)
{
    size_t len = 0;
    for (uint32_t i = 0; i < value->count; i++) {
        int added =
            snprintf(text_out + len, size - len, "%s%" PRId64, i == 0 ? "" : " ", value->counts[i]);
        if (added < 0 || (size_t)added >= size - len)
            return false;
        len += (size_t)added;
    }
    return len > 0;
}

bool field_to_text(const struct field *field, struct bytes value, char *text_out, size_t size)
{
    struct mp_reader reader = mp_reader_of(value);
    if (mp_peek(&reader) == MP_NIL && value.len == 1)
        return put_text(bytes_of("", 0), text_out, size);
    struct field_value got;
    if (field_value_read(field, value, &got, NULL) != ERR_OK)
        return false;
    char small[CIVIL_TEXT_BYTES + RID_TEXT_BYTES];
    const char *text = small;
    uint8_t raw[8];
    switch (field->type) {
    case FIELD_TEXT:
        return utf8_valid(got.text) && put_text(got.text, text_out, size);
    case FIELD_FILE:
        return put_hex(bytes_of(got.hash, sizeof(got.hash)), text_out, size);
    case FIELD_SITE:
        put_u64(raw, got.site);
        return put_hex(bytes_of(raw, sizeof(raw)), text_out, size);
    case FIELD_COUNTS:
        return put_counts(&got, text_out, size);
    case FIELD_INT:
        (void)snprintf(small, sizeof(small), "%" PRId64, got.number);
        break;
    case FIELD_BOOL:
        text = got.number != 0 ? "yes" : "no";
        break;
    case FIELD_DATE: /* a number no calendar has is no date: the formatters assert */
    case FIELD_TIME:
        if (field_value_check(field, &got, NULL) != ERR_OK)
            return false;
        if (field->type == FIELD_DATE)
            civil_format_day((int32_t)got.number, small);
        else
            civil_format_time(got.number, small);
        break;
    case FIELD_ENUM:
        text = field_enum_name(field, got.number);
        break;
    case FIELD_ELEMENT:
        text = got.number >= 1 && got.number <= ELEMENTS ? element_id((uint8_t)got.number) : NULL;
        break;
    case FIELD_REF:
        rid_format(got.rid, small);
        break;
    }
    return text != NULL && put_text(bytes_of_text(text), text_out, size);
}
