#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/link/lines.h"
#include "lib/link/zap.h"
#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* The broker's end of the line: one ROUTER under CURVE that asks our ZAP handler and fails closed
 * without one. Who a frame is from is the key that the connection proved (User-Id), never the
 * routing id, which any peer may choose. */

struct router;

struct router_config {
    const char *address;             /* tcp://interface:port; port * lets the system choose */
    const uint8_t *transport_secret; /* 32 bytes */
    int spare_descriptors;           /* with fewer left no connection is taken; 0: taken always */
};

/* Errors: ERR_INVALID (address), ERR_EXISTS (in use), ERR_UNSUPPORTED (this libzmq cannot fail
 * closed), ERR_IO. */
NODISCARD enum err router_open(void *context, const struct router_config *config,
                               struct router **router_out, struct err_info *info);
void router_close(struct router *router); /* NULL is fine */
void *router_socket(struct router *router);
/* Where it listens, with the port in numbers. */
const char *router_address(const struct router *router);

/* To poll for reading besides the socket itself. */
void *router_monitor(struct router *router);
/* After every wait and before receiving: cut connections past a bound (`hook` hears of each), take
 * new ones only while descriptors are left. Returns the steady time to call again by. */
uint64_t router_tend(struct router *router, uint64_t now_ms, line_cut_hook *hook, void *context);
/* End every connection that has proven this key. */
void router_cut_key(struct router *router, const uint8_t key[32]);

struct router_state {
    struct lines_counts lines;
    bool closed;           /* takes no new connection: descriptors are short */
    uint64_t closed_count; /* how often that came */
    uint64_t turned_away;  /* connections closed unseen because of it */
};
struct router_state router_state(const struct router *router);

struct router_frame {
    struct bytes peer; /* routing id, opaque */
    uint8_t key[32];   /* the transport key its connection proved */
    struct bytes payload;
    bool multipart; /* of several parts, dropped: there is no payload */
};

/* The next frame; borrowed until the next call. Messages of several parts are dropped, counted and
 * told without their content; frames without a proven key are dropped and counted. Errors:
 * ERR_NOT_FOUND (nothing waits). */
NODISCARD enum err router_receive(struct router *router, uint64_t now_ms,
                                  struct router_frame *frame_out);

/* Errors: ERR_BUSY (its queue is full), ERR_UNREACHABLE (gone). */
NODISCARD enum err router_send(struct router *router, struct bytes peer, struct bytes payload);

uint64_t router_multipart_count(const struct router *router);
uint64_t router_nameless_count(const struct router *router);

/* Prove, over loopback and before anyone is served, that a stranger stays outside: once with no ZAP
 * handler in the context (fails closed), once with ours (refuses an unknown key). Takes well under
 * a second. The context's handler must not be open yet. Errors: ERR_DENIED (a stranger got in: do
 * not serve), ERR_IO. */
NODISCARD enum err router_self_test(void *context, struct err_info *info);
