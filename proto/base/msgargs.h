#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The arguments of a printf-like call, kept as texts, so that the same thing can be said again in
 * another language. */

enum { MSG_ARGS_MAX = 16, MSG_ARGS_BYTES = 640 };

struct msg_args {
    uint16_t used;
    uint8_t count;
    bool incomplete; /* did not fit: only the text as it was first said is left */
    struct {
        uint16_t at;
        bool data; /* a value between quotes, which nobody translates; else it may be a text of ours
                    */
    } list[MSG_ARGS_MAX];
    char bytes[MSG_ARGS_BYTES];
};

/* Say `format` with `values`, as vsnprintf does, and append the arguments to `args`. Conversions:
 * c d i s u x X o % with flags, width, precision, `*`, h l ll z j t, and N$ where every argument is
 * named once and in order. Returns the length of the whole text. */
size_t msg_capture(struct msg_args *args, char *text_out, size_t size, const char *format,
                   va_list values);

/* One conversion of a format: its length with the %, and which argument it stands for. */
struct msg_piece {
    size_t len;     /* of the conversion */
    uint32_t place; /* "%2$s": 2; 0: the next one */
    bool literal;   /* "%%" */
};
struct msg_piece msg_piece_at(const char *percent);
