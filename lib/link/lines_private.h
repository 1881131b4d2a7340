#pragma once

#include "lib/link/lines.h"
#include "proto/base/limits.h"

/* What the files of the watch share: lines.c hears, lines_cut.c measures and cuts. */

struct line {
    bool open, heard, known, cut, parting;
    uint64_t cookie; /* of the socket: a descriptor's number may come to mean another one */
    uint64_t since_ms, heard_ms;
    uint64_t calm_bytes; /* received when nothing of it waited, … */
    uint64_t out_bytes;  /* … and of what came after it, what messages that came out took */
    uint64_t empties;    /* of all lines, at the last look */
    bool moved;          /* a message came out since the last look */
    uint64_t held_bytes; /* at the last look */
    uint8_t key[KEYS_PUBLIC_BYTES];
};

/* lines_cut.c */
struct lines;
void line_abort(struct lines *lines, int fd);

struct lines {
    void *monitor;
    struct line *lines; /* by descriptor */
    int count;          /* of `lines` */
    uint16_t reason;    /* event that the next DISCONNECTED belongs to; 0 none */
    uint64_t refused;   /* by their key, not yet gone */
    uint64_t ready;     /* through the handshake, without a message yet */
    int memory_fd;      /* of /proc/self/statm; -1 when it cannot be read */
    int listener_fd;
    uint64_t empties; /* how often nothing waited to be received */
    uint64_t look_ms, tick_ms, haste_ms, trim_ms;
    uint64_t held_seen;    /* by all together at the last look */
    uint64_t held_max;     /* while memory is short: what all may hold together; else 0 */
    int next_fd;           /* where the last look at the new ones ended */
    uint32_t unheard;      /* open, and no message yet */
    uint64_t memory_bytes; /* at the last look */
    struct lines_counts counts;
};
