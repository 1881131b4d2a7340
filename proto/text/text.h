#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/msgid.h"

/* What people read, in their language. The English text in the source is the key; proto/text/po
 * holds the others, compiled into the program. A text without a translation is shown in English.
 * Nothing here keeps a state: who answers a request says in which language. */

enum language {
    LANGUAGE_PLAIN, /* none asked for: English, dates and numbers as programs write them */
    LANGUAGE_EN,
    LANGUAGE_RO,
    LANGUAGE_RU,
    LANGUAGE_LT,
    LANGUAGE_PL,
    LANGUAGES,
};

#define FORMAT_ARG(n) __attribute__((__format_arg__(n)))

/* "ro"; "en" for LANGUAGE_PLAIN. */
const char *language_code(enum language language);
/* The language of a tag: "ro", "ro-MD", "ro_RO.UTF-8" (RFC 5646, POSIX locale names). False: none
 * of ours. */
bool language_from_tag(const char *tag, enum language *language_out);
/* The best of an Accept-Language header (RFC 9110, 12.5.4); `otherwise` when it names none of ours
 * or is NULL. */
enum language language_accepted(const char *header, enum language otherwise);

/* The translation, or `text` itself. Static. */
FORMAT_ARG(2)
const char *text_in(enum language language, const char *text);
/* The form for `count` of them: text_plural(language, P_("%s site", "%s sites"), count). */
FORMAT_ARG(2)
const char *text_plural(enum language language, const char *one, const char *many, uint64_t count);

/* printf in that language: the format is looked up, and so is each %s that does not stand between
 * quotes. */
PRINTF_LIKE(4, 5)
void text_say(enum language language, char *out, size_t size, const char *format, ...);
void text_vsay(enum language language, char *out, size_t size, const char *format, va_list values);

/* A count with its noun: text_count(language, out, size, P_("%s site", "%s sites"), 3); the form's
 * only argument is the count, written as the language writes numbers. */
void text_count(enum language language, char *out, size_t size, const char *one, const char *many,
                int64_t count);

/* What happened, in that language. */
void err_say(const struct err_info *info, enum language language, char *out, size_t size);

/* ---- dates and numbers (form.c) ---- */

enum { FORM_BYTES = 64 };
struct form {
    char text[FORM_BYTES];
};

/* A civil day: 2026-11-26, "26 Nov 2026", "26.11.2026"; "" for a day that is none. */
const char *form_day(enum language language, int32_t day, struct form *form);
/* 4466 as "4466", "4,466", "4.466", "4 466". */
const char *form_int(enum language language, int64_t value, struct form *form);
/* value / 10^decimals: "85.26", "85,26"; decimals 0 … 9. */
const char *form_fixed(enum language language, int64_t value, unsigned decimals, struct form *form);
