#include "lib/link/token.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* "cse1." then base64url of: broker key 32, secret 32, checksum 4, address. The checksum tells a
 * typing error from a refusal. */

enum { CHECK_BYTES = 4, FIXED_BYTES = KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES + CHECK_BYTES };

static const char prefix[] = "cse1.";

_Static_assert(sizeof("cse1.") + TOKEN_TEXT_BYTES(FIXED_BYTES + TOKEN_ADDRESS_BYTES) <=
                   TOKEN_LINE_BYTES,
               "the longest token fits its line");

static void checksum(const uint8_t *raw, size_t address_len, uint8_t check_out[CHECK_BYTES])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    (void)crypto_generichash_update(&state, raw, KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES);
    (void)crypto_generichash_update(&state, raw + FIXED_BYTES, address_len);
    (void)crypto_generichash_final(&state, hash, sizeof(hash));
    memcpy(check_out, hash, CHECK_BYTES);
}

void token_print(const struct token *token, char *line_out)
{
    uint8_t raw[FIXED_BYTES + TOKEN_ADDRESS_BYTES];
    size_t address_len = strlen(token->address);

    assert(address_len > 0);
    assert(address_len <= TOKEN_ADDRESS_BYTES);
    memcpy(raw, token->broker_public, KEYS_PUBLIC_BYTES);
    memcpy(raw + KEYS_PUBLIC_BYTES, token->secret, KEYS_SECRET_BYTES);
    memcpy(raw + FIXED_BYTES, token->address, address_len);
    checksum(raw, address_len, raw + KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES);

    memcpy(line_out, prefix, sizeof(prefix));
    token_encode(bytes_of(raw, FIXED_BYTES + address_len), line_out + strlen(prefix));
    sodium_memzero(raw, sizeof(raw));
}

enum err token_parse(const char *line, struct token *token_out, struct err_info *info)
{
    uint8_t raw[FIXED_BYTES + TOKEN_ADDRESS_BYTES];
    uint8_t check[CHECK_BYTES];
    size_t len = 0;

    if (strncmp(line, prefix, strlen(prefix)) != 0)
        return err_set(info, ERR_CORRUPT,
                       "this is no invitation of ours: it should start with \"%s\"", prefix);
    if (token_decode(line + strlen(prefix), raw, sizeof(raw), &len) != ERR_OK || len <= FIXED_BYTES)
        return err_set(info, ERR_CORRUPT,
                       "the invitation is cut off or has a wrong character in it");

    size_t address_len = len - FIXED_BYTES;
    checksum(raw, address_len, check);
    if (memcmp(check, raw + KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES, CHECK_BYTES) != 0 ||
        memchr(raw + FIXED_BYTES, '\0', address_len) != NULL)
        return err_set(info, ERR_CORRUPT,
                       "the invitation has a typing error in it: copy the whole line again");

    struct token token = {0};
    memcpy(token.broker_public, raw, KEYS_PUBLIC_BYTES);
    memcpy(token.secret, raw + KEYS_PUBLIC_BYTES, KEYS_SECRET_BYTES);
    memcpy(token.address, raw + FIXED_BYTES, address_len);
    *token_out = token;
    sodium_memzero(raw, sizeof(raw));
    return ERR_OK;
}
