#include <string.h>

#include "broker/daemon.h"
#include "lib/sys/clock.h"
#include "lib/sys/descriptors.h"
#include "lib/sys/log.h"

/* Connections of sites that break a bound: who floods is put off, and all is told, but no faster
 * than somebody reads. */

enum { TELL_MS = 10 * 1000 };

static void tell_cut(struct daemon *daemon, const struct line_cut *cut, const char *slug)
{
    struct daemon_lines *lines = &daemon->lines;
    uint64_t now_ms = clock_mono_ms();

    if (lines->told_ms != 0 && now_ms - lines->told_ms < TELL_MS) {
        lines->untold++;
        return;
    }
    log_event(LOG_WARN, "connection.cut", "reason=%s site=%s address=%s held_bytes=%llu more=%llu",
              cut->reason, slug[0] != '\0' ? slug : "-", cut->address,
              (unsigned long long)cut->held_bytes, (unsigned long long)lines->untold);
    lines->told_ms = now_ms;
    lines->untold = 0;
}

static void on_cut(void *context, const struct line_cut *cut)
{
    struct daemon *daemon = context;
    char slug[SLUG_BYTES_MAX + 1] = "";

    if (cut->known)
        broker_slug_of_key(daemon->broker, cut->key, slug);
    tell_cut(daemon, cut, slug);
    if (cut->known && strcmp(cut->reason, "flood") == 0)
        broker_put_off(daemon->broker, cut->key, cut->reason, daemon_now());
}

void daemon_cut_key(void *context, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    struct daemon *daemon = context;
    router_cut_key(daemon->router, key);
}

uint64_t daemon_tend_lines(struct daemon *daemon)
{
    uint64_t wake_ms = router_tend(daemon->router, clock_mono_ms(), on_cut, daemon);
    bool closed = router_state(daemon->router).closed;

    if (closed != daemon->lines.closed) {
        log_event(closed ? LOG_WARN : LOG_INFO, closed ? "descriptors.short" : "descriptors.enough",
                  "left=%d limit=%d new_connections=%s", descriptors_left(), descriptors_max(),
                  closed ? "none" : "taken");
        daemon->lines.closed = closed;
    }
    return wake_ms;
}
