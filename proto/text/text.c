#include "proto/text/text.h"

#include <stdio.h>
#include <string.h>

#include "proto/text/catalogue.h"

enum { KEY_BYTES = 1024 };

const char *text_in(enum language language, const char *text)
{
    size_t len = 0;
    if (text[0] == '\0') /* the empty key is the catalogue's own header */
        return text;
    const char *found = catalogue_find(&catalogues[language], text, strlen(text), &len);
    return found != NULL && len > 0 ? found : text;
}

/* Which form a number takes (Unicode CLDR, cardinals of whole numbers). */
static unsigned plural_form(enum language language, uint64_t count)
{
    uint64_t tens = count % 10, hundreds = count % 100;
    bool teen = hundreds >= 11 && hundreds <= 19;
    bool few = tens >= 2 && tens <= 4 && !(hundreds >= 12 && hundreds <= 14);
    switch (language) {
    case LANGUAGE_RO:
        return count == 1 ? 0 : count == 0 || (hundreds >= 1 && hundreds <= 19) ? 1 : 2;
    case LANGUAGE_RU:
        return tens == 1 && hundreds != 11 ? 0 : few ? 1 : 2;
    case LANGUAGE_LT:
        return tens == 1 && !teen ? 0 : tens >= 2 && !teen ? 1 : 2;
    case LANGUAGE_PL:
        return count == 1 ? 0 : few ? 1 : 2;
    case LANGUAGE_PLAIN:
    case LANGUAGE_EN:
    case LANGUAGES:
        break;
    }
    return count == 1 ? 0 : 1;
}

const char *text_plural(enum language language, const char *one, const char *many, uint64_t count)
{
    char key[KEY_BYTES];
    size_t one_len = strlen(one), many_len = strlen(many), len = 0;
    const char *found = NULL;
    if (one_len + many_len + 2 <= sizeof key) {
        memcpy(key, one, one_len + 1);
        memcpy(key + one_len + 1, many, many_len + 1);
        found = catalogue_find(&catalogues[language], key, one_len + 1 + many_len, &len);
    }
    if (found == NULL || len == 0)
        return count == 1 ? one : many;
    const char *end = found + len;
    for (unsigned skip = plural_form(language, count); skip > 0; skip--) {
        const char *next = found + strlen(found) + 1;
        if (next > end)
            break;
        found = next;
    }
    return found;
}

/* ---- saying captured arguments again ---- */

struct saying {
    enum language language;
    char *out;
    size_t size, used;
};

static void add(struct saying *saying, const char *text, size_t len)
{
    if (saying->used + 1 >= saying->size)
        return;
    size_t room = saying->size - 1 - saying->used;
    if (len > room) /* not in the middle of a character */
        for (len = room; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80; len--)
            ;
    memcpy(saying->out + saying->used, text, len);
    saying->used += len;
    saying->out[saying->used] = '\0';
}

static void add_argument(struct saying *saying, const struct msg_args *args, uint32_t at)
{
    const char *text = args->bytes + args->list[at].at;
    if (!args->list[at].data)
        text = text_in(saying->language, text);
    add(saying, text, strlen(text));
}

static void say_part(struct saying *saying, const char *format, const struct msg_args *args,
                     uint32_t first, uint32_t count)
{
    uint32_t next = 0;
    for (const char *at = format; *at != '\0';) {
        size_t plain = strcspn(at, "%");
        add(saying, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        struct msg_piece piece = msg_piece_at(at);
        uint32_t place = piece.place > 0 ? piece.place - 1 : next;
        if (piece.literal)
            add(saying, "%", 1);
        else if (place < count)
            add_argument(saying, args, first + place);
        next = place + (piece.literal ? 0 : 1);
        at += piece.len;
    }
}

void text_vsay(enum language language, char *out, size_t size, const char *format, va_list values)
{
    struct msg_args args = {.used = 0};
    struct saying saying = {.language = language, .out = out, .size = size};
    (void)msg_capture(&args, out, size, format, values);
    if (args.incomplete)
        return;
    out[0] = '\0';
    say_part(&saying, text_in(language, format), &args, 0, args.count);
}

void text_say(enum language language, char *out, size_t size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    text_vsay(language, out, size, format, values);
    va_end(values);
}

void text_count(enum language language, char *out, size_t size, const char *one, const char *many,
                int64_t count)
{
    struct msg_args args = {.count = 1};
    struct form form;
    struct saying saying = {.language = language, .out = out, .size = size};
    uint64_t number = count < 0 ? -(uint64_t)count : (uint64_t)count;
    args.list[0].data = true;
    (void)snprintf(args.bytes, sizeof args.bytes, "%s", form_int(language, count, &form));
    out[0] = '\0';
    say_part(&saying, text_plural(language, one, many, number), &args, 0, 1);
}

void err_say(const struct err_info *info, enum language language, char *out, size_t size)
{
    struct saying saying = {.language = language, .out = out, .size = size};
    const char *whole =
        info->text[0] != '\0' ? info->text : text_in(language, err_text(info->code));
    out[0] = '\0';
    if (info->part_count == 0 || info->args.incomplete) {
        add(&saying, whole, strlen(whole));
        return;
    }
    for (uint32_t i = info->part_count; i-- > 0;) {
        say_part(&saying, text_in(language, info->parts[i].format), &info->args,
                 info->parts[i].first, info->parts[i].count);
        if (i > 0)
            add(&saying, ": ", 2);
    }
}
