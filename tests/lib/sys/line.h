#pragma once

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

/* argv from one line; words are separated by single spaces. */
struct line {
    char text[1536];
    char *argv[16];
    int argc;
};

static inline void split_line(struct line *line, const char *text)
{
    line->argc = 0;
    snprintf(line->text, sizeof(line->text), "%s", text);
    for (char *at = line->text; at != NULL && line->argc < 15;) {
        line->argv[line->argc++] = at;
        at = strchr(at, ' ');
        if (at != NULL)
            *at++ = '\0';
    }
    line->argv[line->argc] = NULL;
}
