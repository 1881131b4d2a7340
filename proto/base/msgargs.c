#include "proto/base/msgargs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { SPEC_BYTES = 32, VALUE_BYTES = 512 };

struct msg_piece msg_piece_at(const char *percent)
{
    const char *at = percent + 1;
    struct msg_piece piece = {0};
    uint32_t number = 0;
    while (*at >= '0' && *at <= '9' && number < MSG_ARGS_MAX * 100)
        number = number * 10 + (uint32_t)(*at++ - '0');
    if (*at == '$') {
        piece.place = number;
        at++;
    }
    at += strspn(at, "-+ #0123456789.*hlzjt");
    piece.literal = *at == '%';
    piece.len = (size_t)(at - percent) + (*at != '\0' ? 1 : 0);
    return piece;
}

/* The conversion without "N$", its "*" filled in from the arguments. */
struct spec {
    char text[SPEC_BYTES];
    char how, size; /* 'd'; 0, 'l', 'L' for ll, 'z', 'j', 't' */
};

static struct spec spec_read(const char *at, size_t len, va_list *values)
{
    struct spec spec = {.how = at[len - 1]};
    size_t used = 0, begin = 0;
    const char *dollar = memchr(at, '$', len);
    if (dollar != NULL) { /* "%2$s" is "%s" here */
        spec.text[used++] = '%';
        begin = (size_t)(dollar - at) + 1;
    }
    for (size_t i = begin; i < len && used + 12 < SPEC_BYTES; i++) {
        if (at[i] == '*') {
            used +=
                (size_t)snprintf(spec.text + used, SPEC_BYTES - used, "%d", va_arg(*values, int));
            continue;
        }
        if (at[i] == 'l')
            spec.size = spec.size == 'l' ? 'L' : 'l';
        else if (at[i] == 'z' || at[i] == 'j' || at[i] == 't')
            spec.size = at[i];
        spec.text[used++] = at[i];
    }
    spec.text[used] = '\0';
    return spec;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* pieces of a format the compiler checked */

static int say_number(const struct spec *spec, char *out, va_list *values)
{
    switch (spec->size) {
    case 'l':
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, long));
    case 'L':
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, long long));
    case 'z':
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, size_t));
    case 'j':
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, intmax_t));
    case 't':
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, ptrdiff_t));
    default:
        return snprintf(out, VALUE_BYTES, spec->text, va_arg(*values, int));
    }
}

static size_t say_one(const struct spec *spec, char *out, va_list *values)
{
    int len;
    if (spec->how == 's') {
        const char *text = va_arg(*values, char *);
        /* Nothing of it may be read then: it may end where it begins. */
        bool none = strstr(spec->text, ".0s") != NULL;
        len = snprintf(out, VALUE_BYTES, spec->text, none ? "" : text);
    } else {
        len = say_number(spec, out, values);
    }
    if (len < 0)
        out[0] = '\0';
    return strlen(out);
}

#pragma GCC diagnostic pop

static void keep(struct msg_args *args, const char *value, size_t len, bool data)
{
    if (args->count == MSG_ARGS_MAX || args->used + len + 1 > MSG_ARGS_BYTES) {
        args->incomplete = true;
        return;
    }
    args->list[args->count].at = args->used;
    args->list[args->count++].data = data;
    memcpy(args->bytes + args->used, value, len + 1);
    args->used = (uint16_t)(args->used + len + 1);
}

static size_t add(char *out, size_t size, size_t used, const char *text, size_t len)
{
    if (used + 1 < size) {
        size_t room = size - 1 - used, part = len < room ? len : room;
        memcpy(out + used, text, part);
        out[used + part] = '\0';
    }
    return used + len;
}

size_t msg_capture(struct msg_args *args, char *text_out, size_t size, const char *format,
                   va_list values)
{
    size_t used = 0;
    uint32_t place = 0;
    va_list copy;
    va_copy(copy, values);
    if (size > 0)
        text_out[0] = '\0';
    for (const char *at = format; *at != '\0';) {
        char value[VALUE_BYTES];
        size_t plain = strcspn(at, "%");
        used = add(text_out, size, used, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        struct msg_piece piece = msg_piece_at(at);
        if (piece.literal) {
            used = add(text_out, size, used, "%", 1);
        } else {
            assert(piece.place == 0 || piece.place == ++place);
            struct spec spec = spec_read(at, piece.len, &copy);
            bool data = spec.how != 's' || (at > format && (at[-1] == '\'' || at[-1] == '"'));
            size_t len = say_one(&spec, value, &copy);
            keep(args, value, len, data);
            used = add(text_out, size, used, value, len);
        }
        at += piece.len;
    }
    va_end(copy);
    return used;
}
