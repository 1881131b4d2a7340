#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* A site's end of the line: one DEALER under CURVE that connects once. It never reconnects by
 * itself (libzmq's back-off starts again at every TCP connect, so refused peers hammer the broker);
 * whoever owns it closes it and opens another when it wants to. */

struct dealer;

struct dealer_config {
    const char *address;          /* tcp://host:port */
    const uint8_t *broker_public; /* 32 bytes each */
    const uint8_t *transport_public;
    const uint8_t *transport_secret;
};

enum dealer_state {
    DEALER_CONNECTING,
    DEALER_READY,   /* the handshake is done: frames can be sent */
    DEALER_REFUSED, /* the broker does not admit this key */
    DEALER_LOST,    /* nobody there, or the line was cut */
};

/* `context` is the process's one ZeroMQ context. Errors: ERR_INVALID (address), ERR_IO,
 * ERR_NO_MEMORY. */
NODISCARD enum err dealer_open(void *context, const struct dealer_config *config,
                               struct dealer **dealer_out, struct err_info *info);
void dealer_close(struct dealer *dealer); /* NULL is fine */
/* As dealer_close, but what was sent last may still leave, for a fraction of a second while the
 * context ends. */
void dealer_finish(struct dealer *dealer);

/* The two ZeroMQ sockets to poll for reading. */
void *dealer_socket(struct dealer *dealer);
void *dealer_monitor(struct dealer *dealer);

/* Take in what the monitor has to say; the state after it. REFUSED and LOST are final. */
enum dealer_state dealer_update(struct dealer *dealer);

/* Send one frame. Errors: ERR_BUSY (not now), ERR_UNREACHABLE. */
NODISCARD enum err dealer_send(struct dealer *dealer, struct bytes frame);

/* The next frame, if there is one; borrowed until the next call. Multipart messages are dropped and
 * counted. Errors: ERR_NOT_FOUND (nothing waits), ERR_UNREACHABLE. */
NODISCARD enum err dealer_receive(struct dealer *dealer, struct bytes *frame_out);
