#pragma once

#include <stdbool.h>
#include <stdint.h>

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
};

/* Errors: ERR_INVALID (address), ERR_EXISTS (in use), ERR_UNSUPPORTED (this libzmq cannot fail
 * closed), ERR_IO. */
NODISCARD enum err router_open(void *context, const struct router_config *config,
                               struct router **router_out, struct err_info *info);
void router_close(struct router *router); /* NULL is fine */
void *router_socket(struct router *router);
/* Where it listens, with the port in numbers. */
const char *router_address(const struct router *router);

struct router_frame {
    struct bytes peer; /* routing id, opaque */
    uint8_t key[32];   /* the transport key its connection proved */
    struct bytes payload;
};

/* The next frame; borrowed until the next call. Multipart messages and frames without a proven key
 * are dropped and counted. Errors: ERR_NOT_FOUND (nothing waits). */
NODISCARD enum err router_receive(struct router *router, struct router_frame *frame_out);

/* Errors: ERR_BUSY (its queue is full), ERR_UNREACHABLE (gone). */
NODISCARD enum err router_send(struct router *router, struct bytes peer, struct bytes payload);

uint64_t router_multipart_count(const struct router *router);
uint64_t router_nameless_count(const struct router *router);

/* Prove, over loopback and before anyone is served, that a stranger stays outside: once with no ZAP
 * handler in the context (fails closed), once with ours (refuses an unknown key). Takes well under
 * a second. The context's handler must not be open yet. Errors: ERR_DENIED (a stranger got in: do
 * not serve), ERR_IO. */
NODISCARD enum err router_self_test(void *context, struct err_info *info);
