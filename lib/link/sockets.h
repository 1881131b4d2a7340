#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/err.h"

/* What every socket of ours is set to before it connects or binds (docs/wire.md, "Transport"). */

enum {
    LINK_HEARTBEAT_MS = 20 * 1000,
    LINK_HEARTBEAT_TIMEOUT_MS = 60 * 1000,
    LINK_HEARTBEAT_TTL_MS = 60 * 1000, /* above 65.5 s it overflows sixteen bits on the wire and
                                          cuts the line at every ping */
    LINK_HANDSHAKE_MS = 10 * 1000,
    LINK_SEAL_BYTES = 33, /* what CURVE adds to a frame, which libzmq counts with it */
    LINK_RECEIVE_BUFFER_BYTES = 128 * 1024,
};

_Static_assert(LINK_HEARTBEAT_TTL_MS < 65500, "the heartbeat's time to live fits its field");

/* A context for the sockets of a process, to be ended with zmq_ctx_term. ERR_NO_MEMORY,
 * ERR_UNSUPPORTED (a libzmq that cannot be told to copy what comes in). */
NODISCARD enum err socket_context(void **context_out, struct err_info *info);

/* True when every option was taken. */
bool socket_set_common(void *socket);
bool socket_set_int(void *socket, int option, int value);
bool socket_set_key(void *socket, int option, const unsigned char key[32]);

/* An address inside of this process that no socket has, nor has had: the name of a closed one is
 * free only later, in another thread. `prefix` <= 16 bytes. */
enum { SOCKET_INPROC_BYTES = 64 };
void socket_name_inproc(const char *prefix, char out[SOCKET_INPROC_BYTES]);

/* Drop the remaining parts of a message whose first part was read; the bytes they took on the wire,
 * or a little less. */
uint64_t socket_drain_parts(void *socket);
