#include "lib/sys/say.h"

#include <stdlib.h>

#include "lib/sys/table.h"

enum { SAID_BYTES = 8 * 1024 };

static enum language current = LANGUAGE_PLAIN;

void say_use(enum language language)
{
    current = language;
}

enum language say_language(void)
{
    return current;
}

enum language say_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum language language = LANGUAGE_PLAIN;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        (void)language_from_tag(value, &language);
        break;
    }
    return language;
}

const char *tr(const char *text)
{
    return text_in(current, text);
}

static void say_values(FILE *to, const char *format, va_list values)
{
    char text[SAID_BYTES];
    text_vsay(current, text, sizeof text, format, values);
    (void)fputs(text, to);
}

void say(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say_values(stdout, format, values);
    va_end(values);
}

void say_to(FILE *to, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say_values(to, format, values);
    va_end(values);
}

void say_in(char *out, size_t size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    text_vsay(current, out, size, format, values);
    va_end(values);
}

void say_padded(FILE *to, const char *text, int width)
{
    int pad = width - (int)text_width(text);
    (void)fprintf(to, "%s%*s", text, pad > 0 ? pad : 0, "");
}
