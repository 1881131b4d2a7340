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

void line_abort(struct line *line, int fd)
{
    tcp_abort(fd, line->cookie);
    line->cut = true;
}

static void cut(struct sweep *sweep, int fd, const char *reason, uint64_t *counter)
{
    struct line *line = &sweep->lines->lines[fd];
    struct line_cut told = {.reason = reason, .held_bytes = line->held_bytes, .known = line->known};

    memcpy(told.key, line->key, sizeof(told.key));
    tcp_peer_address(fd, told.address);
    (*counter)++;
    sweep->any = true;
    line_abort(line, fd);
    if (sweep->hook != NULL)
        sweep->hook(sweep->context, &told);
}

static void measure(struct line *line, int fd)
{
    uint64_t bytes = 0;

    if (!tcp_received_bytes(fd, &bytes))
        return;
    if (line->moved || bytes < line->calm_bytes)
        line->calm_bytes = bytes;
    line->moved = false;
    line->held_bytes = bytes - line->calm_bytes;
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

    measure(line, fd);
    if (line->held_bytes > (line->heard ? LINK_HELD_BYTES_MAX : LINK_UNHEARD_BYTES_MAX))
        cut(sweep, fd, "flood", &counts->flood);
    else if (quiet_ms > (line->heard ? LINK_SILENT_MS : LINK_UNHEARD_MS))
        cut(sweep, fd, "silent", &counts->silent);
    else if (!line->heard && is_in_the_way(sweep, quiet_ms))
        cut(sweep, fd, "descriptors", &counts->descriptors);
    else
        counts->held_bytes += line->held_bytes;
}

/* libzmq takes up to five times what was sent: parts of one byte. While what was cut is on its way
 * out the memory says nothing. */
static uint64_t held_bytes_max(const struct lines *lines)
{
    bool costly = lines->trim_ms == 0 && memory_bytes(lines) > LINK_MEMORY_BYTES_MAX;
    uint64_t half = lines->counts.held_bytes / 2;

    if (!costly || half > LINK_HELD_TOTAL_BYTES_MAX)
        return LINK_HELD_TOTAL_BYTES_MAX;
    return half > LINK_HELD_FEW_BYTES ? half : LINK_HELD_FEW_BYTES;
}

static void let_go(struct sweep *sweep, int fd)
{
    struct lines_counts *counts = &sweep->lines->counts;

    counts->held_bytes -= sweep->lines->lines[fd].held_bytes;
    cut(sweep, fd, "crowded", &counts->crowded);
}

/* More than whoever is just coming in. */
static bool holds(const struct line *line)
{
    return line->open && !line->cut && line->held_bytes > LINK_GREETING_BYTES;
}

/* Until what is left fits: who has not said who he is goes first, then who holds most. */
static void thin_out(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;
    const uint64_t max = held_bytes_max(lines);

    for (int fd = lines->count - 1; fd >= 0 && lines->counts.held_bytes > max; fd--) {
        if (holds(&lines->lines[fd]) && !lines->lines[fd].heard)
            let_go(sweep, fd);
    }
    while (lines->counts.held_bytes > max) {
        int most = -1;
        for (int fd = 0; fd < lines->count; fd++) {
            const struct line *line = &lines->lines[fd];
            if (holds(line) && (most < 0 || line->held_bytes > lines->lines[most].held_bytes))
                most = fd;
        }
        if (most < 0)
            return;
        let_go(sweep, most);
    }
}

/* Those that have not said who they are sooner: what has come of a flood when it is cut, libzmq
 * throws away at one go, and nobody else is served meanwhile. */
static void look_at_new(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;
    int looked = 0;

    if (sweep->now_ms < lines->haste_ms)
        return;
    lines->haste_ms = sweep->now_ms + HASTE_MS;
    for (int i = 0; i < lines->count && looked < NEW_AT_ONCE; i++) {
        int fd = lines->next_fd = (lines->next_fd + 1) % lines->count;
        struct line *line = &lines->lines[fd];
        if (!line->open || line->cut || line->heard)
            continue;
        looked++;
        measure(line, fd);
        if (line->held_bytes > LINK_UNHEARD_BYTES_MAX)
            cut(sweep, fd, "flood", &lines->counts.flood);
    }
}

/* When no more is cut, or at once when memory is short. */
static void trim_later(struct sweep *sweep)
{
    struct lines *lines = sweep->lines;

    if (sweep->any && (lines->trim_ms == 0 || lines->memory_bytes < LINK_MEMORY_BYTES_MAX))
        lines->trim_ms = sweep->now_ms + TRIM_AFTER_MS;
}

static uint64_t next_look(const struct lines *lines)
{
    return lines->unheard > 0 && lines->haste_ms < lines->tick_ms ? lines->haste_ms
                                                                  : lines->tick_ms;
}

/* All are looked at in turn, and at once when memory grows. */
static bool is_time(struct lines *lines, uint64_t now_ms, struct lines_need need)
{
    if (now_ms < lines->tick_ms && need.missing == 0)
        return false;
    lines->tick_ms = now_ms + TICK_MS;
    return now_ms >= lines->look_ms || need.few_left ||
           memory_bytes(lines) > lines->memory_bytes + GROWTH_BYTES;
}

uint64_t lines_sweep(struct lines *lines, uint64_t now_ms, struct lines_need need,
                     line_cut_hook *hook, void *context)
{
    struct sweep sweep = {
        .lines = lines, .now_ms = now_ms, .need = need, .hook = hook, .context = context};

    if (lines->counts.open == 0 && lines->counts.held_bytes == 0 && !need.few_left &&
        lines->trim_ms == 0)
        return UINT64_MAX;
    if (lines->unheard > 0)
        look_at_new(&sweep);
    if (!is_time(lines, now_ms, need)) {
        trim_later(&sweep);
        return next_look(lines);
    }
    uint64_t held_before = lines->counts.held_bytes;
    lines->look_ms = now_ms + TICK_MS + lines->counts.open / LOOKED_AT_A_MS;
    lines->counts.held_bytes = 0;
    for (int fd = lines->count - 1; fd >= 0; fd--) { /* the newest have the highest numbers */
        struct line *line = &lines->lines[fd];
        if (line->open && line->cut)
            tcp_abort(fd, line->cookie); /* libzmq has not noticed */
        else if (line->open)
            look_at(&sweep, fd);
    }
    thin_out(&sweep);
    sweep.any = sweep.any || lines->counts.held_bytes + GROWTH_BYTES < held_before;
    trim_later(&sweep);
    if (lines->trim_ms != 0 && now_ms >= lines->trim_ms) { /* what floods left goes back */
        (void)malloc_trim(0);
        lines->trim_ms = 0;
    }
    lines->memory_bytes = memory_bytes(lines);
    return next_look(lines);
}

void lines_cut_key(struct lines *lines, const uint8_t key[KEYS_PUBLIC_BYTES])
{
    for (int fd = 0; fd < lines->count; fd++) {
        struct line *line = &lines->lines[fd];
        if (line->open && line->known && !line->cut &&
            memcmp(line->key, key, sizeof(line->key)) == 0)
            line_abort(line, fd);
    }
}
