#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"

/* Our ZAP handler (ZeroMQ RFC 27): libzmq asks it once per connection whether a CURVE key may come
 * in. It is served by the daemon's own loop, so it sees the same roster as every frame does
 * afterwards. A connection that was let in is asked for again at each frame: ZAP alone would let a
 * revoked key go on for as long as its connection lives. */

struct zap;

struct zap_counts {
    uint64_t admitted, refused, malformed;
};

/* The domain our sockets ask under. */
#define ZAP_DOMAIN_NAME "cse"

/* Bind; must come before any socket with ZAP_DOMAIN. Errors: ERR_IO (a handler is there already),
 * ERR_NO_MEMORY. */
NODISCARD enum err zap_open(void *context, struct zap **zap_out, struct err_info *info);
void zap_close(struct zap *zap); /* NULL is fine */

/* The ZeroMQ socket to poll for reading. */
void *zap_socket(struct zap *zap);

/* Answer what waits. `admits` says whether a transport key (32 bytes) may connect; the User-Id of
 * an admitted connection is its key as Z85 text. A refused key gets status 400: its owner hears at
 * once that it was the key. (300 leaves him waiting for the handshake's time limit. After 400
 * libzmq never tries that socket again; a dealer makes a new one.) */
void zap_serve(struct zap *zap, bool (*admits)(void *context, const uint8_t key[32]),
               void *context);

struct zap_counts zap_counted(const struct zap *zap);
