#pragma once

#include <stdio.h>

#include "proto/text/text.h"

/* Printing for people in the language of this process. It is chosen once, when a program starts, as
 * with setlocale; a daemon's answers have a language of their own each. */

void say_use(enum language language);
enum language say_language(void);

/* From the environment: LC_ALL, LC_MESSAGES, LANG, the first that is set, as POSIX has it.
 * LANGUAGE_PLAIN when it names none of ours. */
enum language say_environment(void);

/* The text in the process's language. */
FORMAT_ARG(1)
const char *tr(const char *text);

/* text_say to standard output, to a file, into a buffer; at most 8 KiB. */
PRINTF_LIKE(1, 2)
void say(const char *format, ...);
PRINTF_LIKE(2, 3)
void say_to(FILE *to, const char *format, ...);
PRINTF_LIKE(3, 4)
void say_in(char *out, size_t size, const char *format, ...);

/* A text with blanks after it up to `width` columns. */
void say_padded(FILE *to, const char *text, int width);
