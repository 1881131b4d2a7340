#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line on standard error that is written over, at most five times a second, and only when that
 * is a terminal. */

struct progress {
    const char *label; /* "rows" */
    uint64_t total;    /* 0: not known */
    uint64_t started_ms, shown_ms;
    bool visible;
};

void progress_start(struct progress *progress, const char *label, uint64_t total);
void progress_show(struct progress *progress, uint64_t done);
/* Clear the line. */
void progress_end(struct progress *progress);

/* The line for a state: "rows 500/1000 50 % 250/s 2 s left". */
void progress_format(const struct progress *progress, uint64_t done, uint64_t now_ms, char *line,
                     size_t size);
