#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"

/* ZMTP 3 with CURVE spoken by hand over a plain socket, so that every byte can be wrong: what
 * libzmq would never send. Any failure of our own ends the program; the broker hanging up does
 * not. */

enum { ZMTP_METADATA_BYTES_MAX = 64 * 1024 };

struct zmtp {
    int fd; /* -1: the other end hung up */
    uint8_t transient_public[32], transient_secret[32];
    uint8_t key[32]; /* of the session, precomputed */
    uint8_t server_transient[32], cookie[96];
    uint64_t nonce;
};

struct zmtp_keys {
    const uint8_t *server_public, *public, *secret; /* 32 bytes each */
};

/* Connect; false when nobody takes the connection within `wait_ms`. */
bool zmtp_connect(struct zmtp *zmtp, uint16_t port, uint32_t wait_ms);
void zmtp_close(struct zmtp *zmtp);

/* Bytes as they are; false when the broker hung up. Waits while its window is closed, at most
 * `wait_ms`. */
bool zmtp_put(struct zmtp *zmtp, struct bytes bytes);
/* Exactly `len` bytes within `wait_ms`. */
bool zmtp_take(struct zmtp *zmtp, uint8_t *out, size_t len, uint32_t wait_ms);
/* Wait until the broker hangs up; false when it has not within `wait_ms`. */
bool zmtp_wait_end(struct zmtp *zmtp, uint32_t wait_ms);

/* The 64 bytes of the greeting, and reading the broker's. */
bool zmtp_greet(struct zmtp *zmtp);
/* The head of a frame: `flags` bit 2 command, bit 0 more; lengths over 255 in eight bytes. */
bool zmtp_put_head(struct zmtp *zmtp, uint8_t flags, uint64_t len, bool as_long);

/* CURVE's HELLO, answered by WELCOME. */
bool zmtp_hello(struct zmtp *zmtp, const struct zmtp_keys *keys);
/* INITIATE with `metadata` in place of the usual (empty: the usual), answered by READY. */
bool zmtp_initiate(struct zmtp *zmtp, const struct zmtp_keys *keys, struct bytes metadata);
/* One property in ZMTP's form appended at `at`; the new length. */
size_t zmtp_property(uint8_t *out, size_t at, const char *name, struct bytes value);
/* Greeting, HELLO, INITIATE. */
bool zmtp_open(struct zmtp *zmtp, const struct zmtp_keys *keys, uint16_t port);

/* One part of a message, sealed; at most 300 KiB. */
bool zmtp_send(struct zmtp *zmtp, struct bytes payload, bool more);
