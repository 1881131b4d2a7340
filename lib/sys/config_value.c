#include "lib/sys/config_value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/bytes.h"

/* One text becomes one typed value within its bounds, the same way for the file and for flags. */

struct unit {
    const char *suffix;
    int64_t factor;
};

/* Largest first, so that formatting picks the largest that divides. */
static const struct unit durations[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000},
                                        {"s", 1000},     {"ms", 1},      {NULL, 0}};
static const struct unit sizes[] = {
    {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}, {NULL, 0}};

/* Digits from `*text` on, at least one. */
static bool take_digits(const char **text, int64_t *value_out)
{
    int64_t value = 0;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *at - '0', &value))
            return false;
    }
    if (at == *text)
        return false;
    *text = at;
    *value_out = value;
    return true;
}

static enum err parse_with_unit(const char *text, const struct unit *units, int64_t *value_out)
{
    int64_t value = 0;
    if (!take_digits(&text, &value))
        return ERR_INVALID;
    for (const struct unit *unit = units; unit->suffix != NULL; unit++) {
        if (strcmp(text, unit->suffix) != 0)
            continue;
        if (__builtin_mul_overflow(value, unit->factor, &value))
            return ERR_INVALID;
        *value_out = value;
        return ERR_OK;
    }
    if (text[0] == '\0' && value == 0) {
        *value_out = 0;
        return ERR_OK;
    }
    return ERR_INVALID;
}

enum err config_parse_duration(const char *text, int64_t *ms_out)
{
    return parse_with_unit(text, durations, ms_out);
}

enum err config_parse_size(const char *text, int64_t *bytes_out)
{
    return parse_with_unit(text, sizes, bytes_out);
}

enum err config_parse_int(const char *text, int64_t *value_out)
{
    int64_t value = 0;
    bool negative = text[0] == '-';
    if (negative)
        text++;
    if (!take_digits(&text, &value) || *text != '\0')
        return ERR_INVALID;
    *value_out = negative ? -value : value;
    return ERR_OK;
}

static void format_with_unit(int64_t value, const struct unit *units, char *text, size_t size)
{
    for (const struct unit *unit = units; unit->suffix != NULL; unit++) {
        if (value % unit->factor == 0 && (value != 0 || unit[1].suffix == NULL)) {
            snprintf(text, size, "%" PRId64 "%s", value / unit->factor, unit->suffix);
            return;
        }
    }
    snprintf(text, size, "%" PRId64, value);
}

static void format_number(const struct config_key *key, int64_t value, char *text, size_t size)
{
    if (key->type == CONFIG_DURATION)
        format_with_unit(value, durations, text, size);
    else if (key->type == CONFIG_SIZE)
        format_with_unit(value, sizes, text, size);
    else
        snprintf(text, size, "%" PRId64, value);
}

void config_describe(const struct config_key *key, char text_out[CONFIG_ALLOWED_BYTES])
{
    static const char *const kinds[] = {
        [CONFIG_TEXT] = "a text",
        [CONFIG_INT] = "a whole number",
        [CONFIG_BOOL] = "true or false",
        [CONFIG_DURATION] = "a duration such as 500ms, 15s, 10m, 2h or 7d",
        [CONFIG_SIZE] = "a size such as 4096, 64KiB, 1MiB or 2GiB",
        [CONFIG_LIST] = "a list of texts",
    };
    char min[32];
    char max[32];
    if (key->type == CONFIG_TEXT || key->type == CONFIG_LIST) {
        int64_t most = key->max > 0 ? key->max : CONFIG_TEXT_BYTES - 1;
        snprintf(text_out, CONFIG_ALLOWED_BYTES, "%s of %" PRId64 " to %" PRId64 " bytes%s",
                 kinds[key->type], key->min, most, key->type == CONFIG_LIST ? N_(" each") : "");
    } else if (key->type == CONFIG_BOOL || (key->min == 0 && key->max == 0)) {
        snprintf(text_out, CONFIG_ALLOWED_BYTES, "%s", kinds[key->type]);
    } else if (key->max == INT64_MAX) {
        format_number(key, key->min, min, sizeof(min));
        snprintf(text_out, CONFIG_ALLOWED_BYTES, "%s, at least %s", kinds[key->type], min);
    } else {
        format_number(key, key->min, min, sizeof(min));
        format_number(key, key->max, max, sizeof(max));
        snprintf(text_out, CONFIG_ALLOWED_BYTES, "%s, from %s to %s", kinds[key->type], min, max);
    }
}

static enum err refuse(const struct config_key *key, const char *text, const char *what,
                       struct err_info *info)
{
    char allowed[CONFIG_ALLOWED_BYTES];
    config_describe(key, allowed);
    return err_set(info, ERR_INVALID, "%s: '%.100s' %s; allowed: %s", key->name, text, what,
                   allowed);
}

static enum err set_text(const struct config_key *key, const char *text, char *to,
                         struct err_info *info)
{
    size_t len = strlen(text);
    size_t max = key->max > 0 ? (size_t)key->max : CONFIG_TEXT_BYTES - 1;
    assert(max < CONFIG_TEXT_BYTES);
    if (len < (size_t)key->min)
        return refuse(key, text, "is too short", info);
    if (len > max)
        return refuse(key, text, "is too long", info);
    if (!utf8_valid(bytes_of(text, len)))
        return refuse(key, "…", "is not UTF-8", info);
    memcpy(to, text, len + 1);
    return ERR_OK;
}

static enum err set_number(const struct config_key *key, const char *text, int64_t *to,
                           struct err_info *info)
{
    int64_t value = 0;
    enum err err = key->type == CONFIG_DURATION ? config_parse_duration(text, &value)
                   : key->type == CONFIG_SIZE   ? config_parse_size(text, &value)
                                                : config_parse_int(text, &value);
    if (err != ERR_OK)
        return refuse(key, text, "has the wrong form", info);
    if ((key->min != 0 || key->max != 0) && (value < key->min || value > key->max))
        return refuse(key, text, "is out of range", info);
    *to = value;
    return ERR_OK;
}

static void *slot(const struct config_key *key, void *values)
{
    return (char *)values + key->offset;
}

static enum err add_to_list(const struct config_key *key, const char *text,
                            struct config_list *list, struct err_info *info)
{
    if (list->count == CONFIG_LIST_MAX)
        return err_set(info, ERR_INVALID, "%s: more than %d entries", key->name, CONFIG_LIST_MAX);
    enum err err = set_text(key, text, list->items[list->count], info);
    if (err == ERR_OK)
        list->count++;
    return err;
}

enum err config_set(const struct config_key *key, const char *text, void *values,
                    struct err_info *info)
{
    switch (key->type) {
    case CONFIG_TEXT:
        return set_text(key, text, slot(key, values), info);
    case CONFIG_LIST:
        return add_to_list(key, text, slot(key, values), info);
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        return set_number(key, text, slot(key, values), info);
    case CONFIG_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return refuse(key, text, "has the wrong form", info);
        *(bool *)slot(key, values) = text[0] == 't';
        return ERR_OK;
    }
    return err_set(info, ERR_INTERNAL, "%s: unknown type", key->name);
}

void config_clear_list(const struct config_key *key, void *values)
{
    assert(key->type == CONFIG_LIST);
    ((struct config_list *)slot(key, values))->count = 0;
}

static void format_list(const struct config_list *list, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < list->count && len < size; i++) {
        int more = snprintf(text + len, size - len, "%s%s", i > 0 ? ", " : "", list->items[i]);
        len += more < 0 ? 0 : (size_t)more;
    }
}

void config_format(const struct config_key *key, const void *values, char *text, size_t size)
{
    const void *from = (const char *)values + key->offset;
    switch (key->type) {
    case CONFIG_TEXT:
        snprintf(text, size, "%s", (const char *)from);
        return;
    case CONFIG_BOOL:
        snprintf(text, size, "%s", *(const bool *)from ? "true" : "false");
        return;
    case CONFIG_LIST:
        format_list(from, text, size);
        return;
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        format_number(key, *(const int64_t *)from, text, size);
        return;
    }
}
