#pragma once

#include <stdbool.h>

#include "proto/base/err.h"

/* One logfmt line an event on standard error, event first:
 *
 *   ts=2026-11-22T09:05:00.123Z level=info event=sync.pushed site=housing first=1 last=40
 *
 * Under systemd's journal (JOURNAL_STREAM is set) the line starts with its <priority> instead of
 * ts. Log ids, counts and durations, never contents, names or scores. Only the code that handles a
 * failure logs it. */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum { LOG_LINE_BYTES_MAX = 1024 }; /* a longer line is cut and ends in " cut=true" */

/* Events below `level` are dropped; LOG_INFO at start. */
void log_set_level(enum log_level level);

/* "debug", "info", "warn" or "error" as a level. Errors: ERR_INVALID. */
NODISCARD enum err log_level_parse(const char *text, enum log_level *level_out);

/* Where lines go (2 at start) and whether with the journal's prefix; for tests. */
void log_set_output(int fd, bool journal);

/* Log `event` ("noun.verb", a literal) with further k=v pairs after `format`; format "" adds none.
 * Text values that may hold spaces or come from outside go through log_quote. Safe from several
 * threads. */
PRINTF_LIKE(3, 4)
void log_event(enum log_level level, const char *event, const char *format, ...);

/* The failure in `info` as `event`, with code= and error=. */
void log_failure(enum log_level level, const char *event, const struct err_info *info);

struct log_text {
    char text[256];
};

/* `value` as one logfmt value: as it is when it is plain, otherwise quoted with control characters,
 * quotes and bytes that are not UTF-8 escaped; cut with "…" when too long. NULL gives "". The
 * result lives in `buffer`: log_event(LOG_WARN, "config.bad", "path=%s", log_quote(path, &(struct
 * log_text){0})). */
const char *log_quote(const char *value, struct log_text *buffer);
