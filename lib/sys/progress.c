#include "lib/sys/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/sys/clock.h"

enum { SHOW_EVERY_MS = 200 };

void progress_start(struct progress *progress, const char *label, uint64_t total)
{
    *progress = (struct progress){
        .label = label,
        .total = total,
        .started_ms = clock_mono_ms(),
        .visible = isatty(STDERR_FILENO) == 1,
    };
}

static void format_left(uint64_t seconds, char *text, size_t size)
{
    if (seconds < 100)
        snprintf(text, size, "%" PRIu64 " s left", seconds);
    else if (seconds < 100 * 60)
        snprintf(text, size, "%" PRIu64 " min left", (seconds + 30) / 60);
    else
        snprintf(text, size, "%" PRIu64 " h left", (seconds + 1800) / 3600);
}

void progress_format(const struct progress *progress, uint64_t done, uint64_t now_ms, char *line,
                     size_t size)
{
    char left[32] = "";
    uint64_t elapsed_ms = now_ms > progress->started_ms ? now_ms - progress->started_ms : 0;
    double rate = elapsed_ms > 0 ? (double)done * 1000.0 / (double)elapsed_ms : 0.0;

    if (progress->total == 0) {
        snprintf(line, size, "%s %" PRIu64 " %.0f/s", progress->label, done, rate);
        return;
    }
    uint64_t shown = done < progress->total ? done : progress->total;
    unsigned percent = (unsigned)((double)shown * 100.0 / (double)progress->total);
    if (rate > 0.0)
        format_left((uint64_t)((double)(progress->total - shown) / rate), left, sizeof(left));
    snprintf(line, size, "%s %" PRIu64 "/%" PRIu64 " %u %% %.0f/s %s", progress->label, done,
             progress->total, percent, rate, left);
}

void progress_show(struct progress *progress, uint64_t done)
{
    char line[128];
    if (!progress->visible)
        return;
    uint64_t now_ms = clock_mono_ms();
    if (progress->shown_ms != 0 && now_ms - progress->shown_ms < SHOW_EVERY_MS)
        return;
    progress->shown_ms = now_ms;
    progress_format(progress, done, now_ms, line, sizeof(line));
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->visible && progress->shown_ms != 0) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    progress->visible = false;
}
