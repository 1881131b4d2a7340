#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/link/lines_private.h"
#include "lib/link/tcp.h"

enum {
    GROWTH_BYTES = 8 * 1024 * 1024, /* more resident than at the last look: look at once */
    TICK_MS = 100,                  /* between two looks at the resident memory */
    HASTE_MS = 20,       /* between two looks at those that have not said who they are, … */
    NEW_AT_ONCE = 256,   /* … so many of them each time */
    CUT_AT_ONCE = 16,    /* as often, when all together hold too much */
    LOOKED_AT_A_MS = 5,  /* connections; all are looked at so often that it takes little time */
    TRIM_AFTER_MS = 500, /* libzmq frees what a cut connection held in its own time */
};

struct sweep {
    struct lines *lines;
    uint64_t now_ms;
    struct lines_need need;
    line_cut_hook *hook;
    void *context;
    bool any;
};

/* The memory of the whole process that is in use and no page of a file; 0: not known. */
static uint64_t memory_bytes(const struct lines *lines)
{
    char text[128] = {0};
    unsigned long long resident = 0, of_files = 0;

    if (lines->memory_fd < 0 || pread(lines->memory_fd, text, sizeof(text) - 1, 0) <= 0 ||
        sscanf(text, "%*u %llu %llu", &resident, &of_files) != 2 || of_files > resident)
        return 0;
    return (resident - of_files) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void line_abort(struct lines *lines, int fd)
{
    struct line *line = &lines->lines[fd];

    tcp_abort(fd, line->cookie);
    line->cut = true;
    lines->counts.held_bytes -= line->held_bytes;
    line->held_bytes = 0;
}

static void cut(struct sweep *sweep, int fd, const char *reason, uint64_t *counter)
{
    struct line *line = &sweep->lines->lines[fd];
    struct line_cut told = {.reason = reason, .held_bytes = line->held_bytes, .known = line->known};

    memcpy(told.key, line->key, sizeof(told.key));
    tcp_peer_address(fd, told.address);
    (*counter)++;
    sweep->any = true;
    line_abort(sweep->lines, fd);
    if (sweep->hook != NULL)
        sweep->hook(sweep->context, &told);
}

static void measure(struct lines *lines, int fd)
{
    struct line *line = &lines->lines[fd];
    uint64_t bytes = 0;

    if (!tcp_received_bytes(fd, &bytes))
        return;
    /* Pings come in between messages: what they took is forgotten whenever nothing waits. */
    if ((line->moved && line->empties != lines->empties) || bytes < line->calm_bytes) {
        line->calm_bytes = bytes;
        line->out_bytes = 0;
    }
    line->moved = false;
    line->empties = lines->empties;
    bytes -= line->calm_bytes;
    lines->counts.held_bytes -= line->held_bytes;
    line->held_bytes = bytes > line->out_bytes ? bytes - line->out_bytes : 0;
    lines->counts.held_bytes += line->held_bytes;
}

/* Somebody who works needs the descriptor of one who has said nothing yet. */
static bool is_in_the_way(struct sweep *sweep, uint64_t quiet_ms)
{
    if (sweep->need.missing > 0) {
        sweep->need.missing--;
        return true;
    }
    return sweep->need.few_left && quiet_ms > LINK_UNHEARD_SHORT_MS;
}

static void look_at(struct sweep *sweep, int fd)
{
    struct lines_counts *counts = &sweep->lines->counts;
    struct line *line = &sweep->lines->lines[fd];
    uint64_t quiet_ms = sweep->now_ms - line->heard_ms;

    measure(sweep->lines, fd);
    if (line->held_bytes > (line->heard ? LINK_HELD_BYTES_MAX : LINK_UNHEARD_BYTES_MAX))
        cut(sweep, fd, "flood", &counts->flood);
    else if (quiet_ms > (line->heard ? LINK_SILENT_MS : LINK_UNHEARD_MS))
        cut(sweep, fd, "silent", &counts->silent);
    else if (!line->heard && is_in_the_way(sweep, quiet_ms))
        cut(sweep, fd, "descriptors", &counts->descriptors);
}

static uint64_t memory_bytes_max(const struct lines *lines)
{
    return LINK_MEMORY_BYTES_MAX +
           (uint64_t)(lines->counts.open - lines->unheard) * LINK_MEMORY_SITE_BYTES;
}

/* How much all may hold together. libzmq takes up to five times what was sent (parts of one byte):
 * when memory is short it is half of what they hold, until they do. While what was cut is on its
 * way out the memory says nothing. */
static uint64_t held_bytes_max(struct lines *lines, bool memory_is_short)
{
    uint64_t half = lines->counts.held_bytes / 2;

    if (lines->counts.held_bytes <= lines->held_max)
        lines->held_max = 0;
    if (lines->held_max == 0 && memory_is_short && lines->trim_ms == 0)
        lines->held_max = half > LINK_HELD_FEW_BYTES ? half : LINK_HELD_FEW_BYTES;
    return lines->held_max == 0 || lines->held_max > LINK_HELD_TOTAL_BYTES_MAX
               ? LINK_HELD_TOTAL_BYTES_MAX
               : lines->held_max;
}

/* More than whoever is just coming in. */
static bool holds(const struct line *line)
{
    return line->open && !line->cut && line->held_bytes > LINK_GREETING_BYTES;
}

/* Unless it has been read since the last look. */
static bool let_go(struct sweep *sweep, int fd)
{
    struct lines *lines = sweep->lines;

    measure(lines, fd);
    if (!holds(&lines->lines[fd]))
        return false;
    cut(sweep, fd, "crowded", &lines->counts.crowded);
    return true;
}

/* Until what is left fits: who has not said who he is goes first, then who holds most. */
static void thin_out(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;
    const uint64_t memory = memory_bytes(lines), limit = memory_bytes_max(lines);
    const uint64_t max = held_bytes_max(lines, memory > limit), before = lines->counts.crowded;
    /* libzmq closes one after the other, and nobody else is served meanwhile. */
    int left = memory > limit + limit / 4 ? INT_MAX : CUT_AT_ONCE;

    for (int fd = lines->count - 1; fd >= 0 && lines->counts.held_bytes > max && left > 0; fd--) {
        if (holds(&lines->lines[fd]) && !lines->lines[fd].heard)
            left -= let_go(sweep, fd);
    }
    for (; lines->counts.held_bytes > max && left > 0; left--) {
        int most = -1;
        for (int fd = 0; fd < lines->count; fd++) {
            const struct line *line = &lines->lines[fd];
            if (holds(line) && (most < 0 || line->held_bytes > lines->lines[most].held_bytes))
                most = fd;
        }
        if (most < 0)
            break;
        (void)let_go(sweep, most);
    }
    if (lines->counts.crowded == before) /* there is nobody left to cut */
        lines->held_max = 0;
}

/* Those that have not said who they are sooner: what has come of a flood when it is cut, libzmq
 * throws away at one go, and nobody else is served meanwhile. */
static void look_at_new(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;
    int looked = 0;

    for (int i = 0; i < lines->count && looked < NEW_AT_ONCE; i++) {
        int fd = lines->next_fd = (lines->next_fd + 1) % lines->count;
        struct line *line = &lines->lines[fd];
        if (!line->open || line->cut || line->heard)
            continue;
        looked++;
        measure(lines, fd);
        if (line->held_bytes > LINK_UNHEARD_BYTES_MAX)
            cut(sweep, fd, "flood", &lines->counts.flood);
    }
}

/* When no more is cut, or at once when memory is short. */
static void trim_later(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;

    if (sweep->any && (lines->trim_ms == 0 || lines->memory_bytes < memory_bytes_max(lines)))
        lines->trim_ms = sweep->now_ms + TRIM_AFTER_MS;
}

static bool is_crowded(const struct lines *lines)
{
    return lines->held_max > 0 || lines->counts.held_bytes > LINK_HELD_TOTAL_BYTES_MAX;
}

static uint64_t next_look(const struct lines *lines)
{
    bool haste = lines->unheard > 0 || is_crowded(lines);
    return haste && lines->haste_ms < lines->tick_ms ? lines->haste_ms : lines->tick_ms;
}

/* Between two looks at all. */
static void hurry(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;

    if (sweep->now_ms < lines->haste_ms)
        return;
    lines->haste_ms = sweep->now_ms + HASTE_MS;
    if (lines->unheard > 0)
        look_at_new(sweep);
    if (is_crowded(lines))
        thin_out(sweep);
}

enum look { LOOK_NOT, LOOK_AT_HEARD, LOOK_AT_ALL };

/* All are looked at in turn, and at once when descriptors are short; when memory grows, those that
 * are not looked at in a hurry anyway. */
static enum look look_now(struct lines *lines, uint64_t now_ms, struct lines_need need)
{
    if (now_ms < lines->tick_ms && need.missing == 0)
        return LOOK_NOT;
    lines->tick_ms = now_ms + TICK_MS;
    if (now_ms >= lines->look_ms || need.few_left) {
        lines->look_ms = now_ms + TICK_MS + lines->counts.open / LOOKED_AT_A_MS;
        return LOOK_AT_ALL;
    }
    return memory_bytes(lines) > lines->memory_bytes + GROWTH_BYTES ? LOOK_AT_HEARD : LOOK_NOT;
}

static void look(struct sweep *sweep, enum look look)
{
    struct lines *lines = sweep->lines;

    for (int fd = lines->count - 1; fd >= 0; fd--) { /* the newest have the highest numbers */
        struct line *line = &lines->lines[fd];
        if (line->open && line->cut)
            tcp_abort(fd, line->cookie); /* libzmq has not noticed */
        else if (line->open && (line->heard || look == LOOK_AT_ALL))
            look_at(sweep, fd);
    }
    thin_out(sweep);
    sweep->any = sweep->any || lines->counts.held_bytes + GROWTH_BYTES < lines->held_seen;
    lines->held_seen = lines->counts.held_bytes;
    lines->memory_bytes = memory_bytes(lines);
}

/* What floods left; after it the memory says something. */
static void give_back(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;

    (void)malloc_trim(0);
    lines->trim_ms = 0;
    sweep->any = false;
    thin_out(sweep);
    lines->memory_bytes = memory_bytes(lines);
    trim_later(sweep);
}

uint64_t lines_sweep(struct lines *lines, uint64_t now_ms, struct lines_need need,
                     line_cut_hook *hook, void *context)
{
    struct sweep sweep = {
        .lines = lines, .now_ms = now_ms, .need = need, .hook = hook, .context = context};

    if (lines->counts.open == 0 && lines->held_seen == 0 && !need.few_left && lines->trim_ms == 0)
        return UINT64_MAX;
    hurry(&sweep);
    enum look at = look_now(lines, now_ms, need);
    if (at != LOOK_NOT)
        look(&sweep, at);
    trim_later(&sweep);
    if (lines->trim_ms != 0 && now_ms >= lines->trim_ms)
        give_back(&sweep);
    return next_look(lines);
}

void lines_cut_key(struct lines *lines, const uint8_t key[KEYS_PUBLIC_BYTES])
{
    for (int fd = 0; fd < lines->count; fd++) {
        struct line *line = &lines->lines[fd];
        if (line->open && line->known && !line->cut &&
            memcmp(line->key, key, sizeof(line->key)) == 0)
            line_abort(lines, fd);
    }
}
