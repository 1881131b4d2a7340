#include "tools/sheet/evidence_cell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/text/text.h"

enum { LETTERS_MAX = 3, DIGITS_MAX = 6, BULLETS = 6 };

struct span {
    const char *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The length of one of the marks that lists are written with, or 0. */
static size_t bullet(const char *at)
{
    static const char *const marks[BULLETS] = {"•", "–", "—", "▪", "*", "-"};
    for (size_t i = 0; i < BULLETS; i++) {
        if (strncmp(at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    }
    return 0;
}

static struct span trimmed(struct span span)
{
    while (span.at < span.end) {
        size_t skip = is_blank(*span.at) ? 1 : bullet(span.at);
        if (skip == 0)
            break;
        span.at += skip;
    }
    while (span.at < span.end && (is_blank(span.end[-1]) || strchr(",;", span.end[-1]) != NULL))
        span.end--;
    return span;
}

/* ---- the mark ---- */

static bool ends_with(struct span span, const char *word, size_t *len_out)
{
    char text[64];
    int len = snprintf(text, sizeof text, "(%s)", word);
    if (len < 0 || (size_t)len >= sizeof text || span.end - span.at < len)
        return false;
    *len_out = (size_t)len;
    const char *tail = span.end - len;
    return (tail[0] == '(' || tail[0] == '[') && (span.end[-1] == ')' || span.end[-1] == ']') &&
           strncasecmp(tail + 1, text + 1, (size_t)len - 2) == 0;
}

static struct span take_mark(struct span span, bool *strongest_out)
{
    for (int language = LANGUAGE_EN; language < LANGUAGES; language++) {
        size_t len;
        if (ends_with(span, text_in((enum language)language, N_("Strongest")), &len)) {
            *strongest_out = true;
            span.end -= len;
            return trimmed(span);
        }
    }
    *strongest_out = false;
    return span;
}

/* ---- the number ---- */

/* The length of the number at the front with what marks it as one; 0: it is none. */
static size_t take_number(struct span span, char number_out[EVIDENCE_NUMBER_BYTES])
{
    const char *at = span.at;
    size_t letters = 0, digits = 0, used = 0;
    bool marked = at < span.end && (*at == '#' || *at == '[');
    at += marked ? 1 : 0;
    const char *begin = at;
    while (at < span.end && letters < LETTERS_MAX && isalpha((unsigned char)*at)) {
        letters++;
        at++;
    }
    while (at < span.end && digits < DIGITS_MAX && isdigit((unsigned char)*at)) {
        digits++;
        at++;
    }
    if (digits == 0)
        return 0;
    used = (size_t)(at - begin);
    bool alone = at == span.end || *at == ',' || *at == ';';
    bool closed = at < span.end && strchr(".):]", *at) != NULL;
    bool apart = at < span.end && is_blank(*at);
    bool decimal = closed && at + 1 < span.end && !is_blank(at[1]); /* "1.5 hours", "10:30" */
    if (!alone && !(closed && !decimal) && !(apart && (marked || letters > 0)))
        return 0;
    memcpy(number_out, begin, used);
    number_out[used] = '\0';
    return (size_t)(at - span.at) + (closed ? 1 : 0);
}

/* "12, 14": the place after the comma, when only numbers stand on the line. */
static bool only_numbers(struct span span)
{
    char number[EVIDENCE_NUMBER_BYTES];
    while (span.at < span.end) {
        size_t len = take_number(span, number);
        if (len == 0)
            return false;
        span.at += len;
        while (span.at < span.end && is_blank(*span.at))
            span.at++;
        if (span.at < span.end && *span.at != ',' && *span.at != ';')
            return false;
        while (span.at < span.end && (is_blank(*span.at) || strchr(",;", *span.at) != NULL))
            span.at++;
    }
    return true;
}

bool evidence_line_next(const char **text_inout, struct evidence_line *line_out)
{
    const char *at = *text_inout;
    *line_out = (struct evidence_line){.title = ""};
    for (;;) {
        while (is_blank(*at) || *at == '\n' || *at == ',' || *at == ';')
            at++;
        if (*at == '\0') {
            *text_inout = at;
            return false;
        }
        struct span line = {at, at + strcspn(at, "\n")};
        *text_inout = *line.end == '\n' ? line.end + 1 : line.end;
        struct span rest = take_mark(trimmed(line), &line_out->strongest);
        if (rest.at < rest.end && only_numbers(rest)) {
            size_t len = take_number(rest, line_out->number);
            const char *comma = rest.at + len;
            if (comma < rest.end) { /* more of them: the mark belongs to the last */
                line_out->strongest = false;
                *text_inout = comma;
            }
            return true;
        }
        rest.at += take_number(rest, line_out->number);
        rest = trimmed(rest);
        line_out->title = rest.at;
        line_out->title_len = (size_t)(rest.end - rest.at);
        if (line_out->title_len > 0 || line_out->number[0] != '\0')
            return true;
        at = *text_inout; /* a bullet and nothing else */
    }
}

size_t evidence_line_write(const char *number, const char *title, const char *mark, char *out,
                           size_t size)
{
    int len = snprintf(out, size, "%s%s%s%s%s%s", number, number[0] != '\0' ? ". " : "", title,
                       mark != NULL ? " (" : "", mark != NULL ? mark : "", mark != NULL ? ")" : "");
    return len < 0 ? 0 : (size_t)len;
}
