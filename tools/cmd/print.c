#include <inttypes.h>
#include <string.h>

#include "lib/sys/clock.h"
#include "proto/base/civil.h"
#include "tools/cmd/cmd.h"

void print_json_line(const json_t *value)
{
    (void)json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    (void)putchar('\n');
}

void print_json_items(const json_t *object, const char *key)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(object, key), index, item) print_json_line(item);
}

void print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        (void)putchar(byte < 0x20 || byte == 0x7F ? ' ' : byte);
    }
}

static const char *list_text(const json_t *list, struct member_text *buffer)
{
    size_t index, len = 0;
    json_t *item;
    buffer->text[0] = '\0';
    json_array_foreach(list, index, item)
    {
        struct member_text inner;
        const json_t *name = json_object_get(item, "name"); /* a file */
        const char *text = value_text(name != NULL ? name : item, &inner);
        int more = snprintf(buffer->text + len, sizeof(buffer->text) - len, "%s%s",
                            index > 0 ? ", " : "", text);
        if (more < 0 || (size_t)more >= sizeof(buffer->text) - len) {
            (void)snprintf(buffer->text, sizeof(buffer->text), N_("(see --json)"));
            break;
        }
        len += (size_t)more;
    }
    return buffer->text;
}

const char *value_text(const json_t *value, struct member_text *buffer)
{
    if (value == NULL || json_is_null(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? N_("yes") : N_("no");
    if (json_is_array(value))
        return list_text(value, buffer);
    size_t len = json_dumpb(value, buffer->text, sizeof(buffer->text) - 1,
                            JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
    if (len >= sizeof(buffer->text)) {
        (void)snprintf(buffer->text, sizeof(buffer->text), N_("(see --json)"));
        return buffer->text;
    }
    buffer->text[len] = '\0';
    return buffer->text;
}

const char *member_text(const json_t *object, const char *key, struct member_text *buffer)
{
    return value_text(json_object_get(object, key), buffer);
}

int64_t member_int(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

const char *age_text(const json_t *instant, struct member_text *buffer)
{
    const char *text = json_string_value(instant);
    char second[20];
    int64_t then;
    if (text == NULL)
        return N_("never");
    (void)snprintf(second, sizeof(second), "%.19s", text);
    if (!civil_parse_time(second, &then))
        return text;
    int64_t age = (int64_t)(clock_unix_ms() / 1000) - then;
    if (age < 60)
        say_in(buffer->text, sizeof(buffer->text), "just now");
    else if (age < 3600)
        say_in(buffer->text, sizeof(buffer->text), "%" PRId64 " min ago", age / 60);
    else if (age < 48 * 3600)
        say_in(buffer->text, sizeof(buffer->text), "%" PRId64 " h ago", age / 3600);
    else
        text_count(say_language(), buffer->text, sizeof(buffer->text),
                   P_("%s day ago", "%s days ago"), age / 86400);
    return buffer->text;
}

const char *day_text(const char *text, struct form *form)
{
    int32_t day;
    return civil_parse_day(text, &day) ? form_day(say_language(), day, form) : text;
}

const char *time_text(const json_t *instant, struct member_text *buffer)
{
    const char *text = json_string_value(instant);
    if (text == NULL)
        return "";
    if (strlen(text) < 19 || text[10] != 'T')
        return text;
    char day[CIVIL_TEXT_BYTES];
    struct form form;
    (void)snprintf(day, sizeof(day), "%.10s", text);
    (void)snprintf(buffer->text, sizeof(buffer->text), "%s %.8s UTC", day_text(day, &form),
                   text + 11);
    return buffer->text;
}

const char *site_text(const json_t *object, const char *key, struct member_text *buffer)
{
    const char *text = member_text(object, key, buffer);
    bool nameless = strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
    return nameless ? N_("(this site)") : text;
}

const char *count_text(int64_t count, const char *one, const char *many, struct count_text *buffer)
{
    text_count(say_language(), buffer->text, sizeof(buffer->text), one, many, count);
    return buffer->text;
}

const char *percent_text(int64_t hits, int64_t counted, struct member_text *buffer)
{
    if (counted <= 0)
        return "–";
    int64_t scaled = hits * 2000 + counted;
    int64_t tenths = scaled / (2 * counted);
    if (scaled < 0 && scaled % (2 * counted) != 0)
        tenths--; /* half up below zero too */
    struct form form;
    (void)snprintf(buffer->text, sizeof(buffer->text), "%s %%",
                   form_fixed(say_language(), tenths, 1, &form));
    return buffer->text;
}
