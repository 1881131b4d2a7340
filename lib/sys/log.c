#include "lib/sys/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/clock.h"
#include "proto/base/bytes.h"

/* A line is put together in one buffer and written by one call, so that lines of several threads
 * never mix. */

static struct {
    enum log_level level;
    int fd;
    enum { PREFIX_UNKNOWN, PREFIX_TIME, PREFIX_JOURNAL } prefix;
} out = {.level = LOG_INFO, .fd = STDERR_FILENO};

static const struct {
    const char *name;
    int priority; /* syslog's */
} levels[] = {
    [LOG_DEBUG] = {"debug", 7},
    [LOG_INFO] = {"info", 6},
    [LOG_WARN] = {"warn", 4},
    [LOG_ERROR] = {"error", 3},
};

void log_set_level(enum log_level level)
{
    out.level = level;
}

enum err log_level_parse(const char *text, enum log_level *level_out)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level_out = (enum log_level)i;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

void log_set_output(int fd, bool journal)
{
    out.fd = fd;
    out.prefix = journal ? PREFIX_JOURNAL : PREFIX_TIME;
}

static size_t write_prefix(enum log_level level, const char *event, char *line, size_t size)
{
    int len = 0;
    bool journal = out.prefix == PREFIX_JOURNAL ||
                   (out.prefix == PREFIX_UNKNOWN && getenv("JOURNAL_STREAM") != NULL);
    if (journal) {
        len = snprintf(line, size, "<%d>level=%s event=%s", levels[level].priority,
                       levels[level].name, event);
    } else {
        char now[CLOCK_TEXT_BYTES];
        clock_format_utc(clock_unix_ms(), now);
        len = snprintf(line, size, "ts=%s level=%s event=%s", now, levels[level].name, event);
    }
    assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    static const char cut[] = " cut=true\n";
    char line[LOG_LINE_BYTES_MAX + sizeof(cut)];

    if (level < out.level)
        return;
    size_t len = write_prefix(level, event, line, LOG_LINE_BYTES_MAX);
    if (format[0] != '\0' && len + 1 < LOG_LINE_BYTES_MAX) {
        line[len++] = ' ';
        va_list args;
        va_start(args, format);
        int more = vsnprintf(line + len, LOG_LINE_BYTES_MAX - len, format, args);
        va_end(args);
        len += more < 0 ? 0 : (size_t)more;
    }
    if (len >= LOG_LINE_BYTES_MAX) {
        len = LOG_LINE_BYTES_MAX - 1;
        memcpy(line + len, cut, sizeof(cut) - 1);
        len += sizeof(cut) - 1;
    } else {
        line[len++] = '\n';
    }
    for (size_t i = 0; i + 1 < len; i++) {
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' '; /* one event, one line, also when a caller forgot log_quote */
    }
    if (write(out.fd, line, len) < 0)
        return; /* nowhere left to complain to */
}

void log_failure(enum log_level level, const char *event, const struct err_info *info)
{
    log_event(level, event, "code=%s error=%s", err_slug(info->code),
              log_quote(info->text, &(struct log_text){{0}}));
}

static bool is_plain(const char *value)
{
    if (value[0] == '\0')
        return false;
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
        if (*at <= ' ' || *at == '"' || *at == '=' || *at == '\\' || *at >= 0x7f)
            return false;
    }
    return true;
}

/* Length of the valid UTF-8 sequence at `at`, 0 when there is none. */
static size_t sequence_len(const char *at)
{
    size_t left = strnlen(at, 4);
    for (size_t len = 1; len <= left; len++) {
        if (utf8_valid(bytes_of(at, len)))
            return len;
    }
    return 0;
}

const char *log_quote(const char *value, struct log_text *buffer)
{
    enum { TAIL_BYTES = 8 }; /* room for an escape or a mark, the quote and the NUL */
    char *to = buffer->text;
    size_t size = sizeof(buffer->text);
    size_t len = 0;

    if (value == NULL)
        value = "";
    if (is_plain(value) && strlen(value) < size) {
        memcpy(to, value, strlen(value) + 1);
        return to;
    }
    to[len++] = '"';
    while (*value != '\0' && len + TAIL_BYTES < size) {
        size_t sequence = sequence_len(value);
        unsigned char c = (unsigned char)*value;
        if (sequence > 1) {
            memcpy(to + len, value, sequence);
            len += sequence;
        } else if (c == '"' || c == '\\') {
            to[len++] = '\\';
            to[len++] = (char)c;
        } else if (sequence == 0 || c < ' ' || c == 0x7f) {
            len += (size_t)snprintf(to + len, size - len, "\\x%02x", c);
        } else {
            to[len++] = (char)c;
        }
        value += sequence > 1 ? sequence : 1;
    }
    if (*value != '\0') {
        memcpy(to + len, "…", strlen("…"));
        len += strlen("…");
    }
    to[len++] = '"';
    to[len] = '\0';
    return to;
}
