#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* The two secrets of a data directory, 32 raw bytes each, mode 0600:
 *
 *   keys/transport.key   X25519 secret of the CURVE transport
 *   keys/sign.key        Ed25519 seed this site signs with
 *
 * Public halves are derived at load and are never stored. */

enum {
    KEYS_PUBLIC_BYTES = 32,
    KEYS_SECRET_BYTES = 32,
    KEYS_SIGN_SECRET_BYTES = 64, /* libsodium's form: seed, then public key */
    KEYS_Z85_BYTES = 41,         /* 32 bytes as Z85 text and its NUL */
};

struct keys {
    uint8_t transport_secret[KEYS_SECRET_BYTES];
    uint8_t transport_public[KEYS_PUBLIC_BYTES];
    uint8_t sign_secret[KEYS_SIGN_SECRET_BYTES];
    uint8_t sign_public[KEYS_PUBLIC_BYTES];
};

/* Make both keys in DIR/keys (the folder too); DIR exists. Errors: ERR_EXISTS when either is there;
 * as file_create. */
NODISCARD enum err keys_create(const char *dir, struct keys *keys_out, struct err_info *info);

/* Errors: ERR_NOT_FOUND, ERR_DENIED (others could read one), ERR_CORRUPT (not 32 bytes), ERR_IO. */
NODISCARD enum err keys_load(const char *dir, struct keys *keys_out, struct err_info *info);

/* Overwrite the secrets in memory. */
void keys_wipe(struct keys *keys);

/* A 32-byte key as CURVE and its tools write it; `text_out` holds KEYS_Z85_BYTES. Source: ZeroMQ
 * RFC 32. */
void z85_encode_key(const uint8_t key[32], char *text_out);
/* Exactly 40 characters of the alphabet, no group above 2^32-1; else false and `key_out` untouched.
 */
bool z85_decode_key(const char *text, uint8_t key_out[32]);

/* Bytes of text, with NUL, that token_encode writes for `len` bytes. */
#define TOKEN_TEXT_BYTES(len) (((len)*4 + 2) / 3 + 1)

/* Bytes as one word of A-Z a-z 0-9 - _ (base64url without padding); `text_out` holds
 * TOKEN_TEXT_BYTES(input.len). */
void token_encode(struct bytes input, char *text_out);
/* Errors: ERR_CORRUPT (alphabet, length, stray bits), ERR_TOO_BIG (over `capacity`). */
NODISCARD enum err token_decode(const char *text, uint8_t *out, size_t capacity, size_t *len_out);
