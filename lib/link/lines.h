#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/link/tcp.h"
#include "lib/sys/keys.h"
#include "proto/base/err.h"

/* The TCP connections behind a listening ZeroMQ socket. libzmq itself bounds neither what it holds
 * of a message whose parts never end, nor how long an admitted connection says nothing, and it
 * names none of them. Its monitor tells the descriptor of each; what the kernel received on it less
 * what came out as whole messages is what libzmq holds of it. A connection past a bound is aborted,
 * and libzmq frees what it held. */

struct lines;

struct lines_counts {
    uint64_t handshake;      /* ended inside of the handshake: broken, or given up by the other */
    uint64_t slow_handshake; /* … by its time limit */
    uint64_t unspoken;       /* ended after the handshake, before a message was whole: one of more
                                than a message may have, or a line that was lost */
    uint64_t broken_off;  /* ended after that, not cut by us, and no parting word was read before:
                             a frame over the limit, a line that was lost, a program that was
                             killed, a site that hung up because it was sent away */
    uint64_t silent;      /* cut: no message for LINK_SILENT_MS */
    uint64_t flood;       /* cut: held more than LINK_HELD_BYTES_MAX, or LINK_UNHEARD_… */
    uint64_t many;        /* cut: the quietest of more than LINK_SAME_KEY_MAX of one key */
    uint64_t crowded;     /* cut: the most of all when all together held too much */
    uint64_t descriptors; /* cut while descriptors were short, having said nothing yet */
    uint32_t open;        /* now */
    uint64_t held_bytes;  /* now, of all together */
};

/* A connection that is to be cut, to whoever wants to know. */
struct line_cut {
    const char *reason; /* "flood", "crowded", "silent", "descriptors" */
    uint64_t held_bytes;
    bool known; /* it has proven `key` with a message before */
    uint8_t key[KEYS_PUBLIC_BYTES];
    char address[TCP_ADDRESS_BYTES]; /* of the other end */
};
typedef void line_cut_hook(void *context, const struct line_cut *cut);

/* Watch `socket`, before it is bound. Errors: ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err lines_open(void *context, void *socket, struct lines **lines_out,
                              struct err_info *info);
/* After the watched socket is closed. NULL is fine. */
void lines_close(struct lines *lines);

/* To poll for reading. */
void *lines_socket(struct lines *lines);
/* The listening socket's descriptor, which libzmq owns; -1 before it listens. */
int lines_listener(const struct lines *lines);
/* Take in what the monitor said. */
void lines_update(struct lines *lines, uint64_t now_ms);
/* A whole message came from descriptor `fd`. */
struct line_heard {
    const uint8_t *key; /* that its connection proved; NULL: none */
    bool parting;       /* its sender may hang up now */
    uint64_t bytes;     /* it took on the wire, or a little less */
};
void lines_heard(struct lines *lines, int fd, struct line_heard heard, uint64_t now_ms);
/* Nothing waits to be received. */
void lines_emptied(struct lines *lines);

struct lines_need {
    bool few_left; /* descriptors are short: who has said nothing yet goes sooner */
    int missing;   /* they are very short: so many of those go at once, the newest first */
};

/* Look at every connection when it is time and cut those past a bound. Returns the steady time to
 * call again by; UINT64_MAX: nothing to watch. */
uint64_t lines_sweep(struct lines *lines, uint64_t now_ms, struct lines_need need,
                     line_cut_hook *hook, void *context);

/* Abort every connection that has proven this key. */
void lines_cut_key(struct lines *lines, const uint8_t key[KEYS_PUBLIC_BYTES]);

struct lines_counts lines_counted(const struct lines *lines);
