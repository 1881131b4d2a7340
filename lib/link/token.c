#include "lib/link/token.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* "cse1." then base64url of: broker key 32, secret 32, checksum 4, address; "cse2." has the id of
 * the site whose place is taken, 8, before the address. The checksum tells a typing error from a
 * refusal. */

enum {
    CHECK_BYTES = 4,
    SITE_BYTES = 8,
    FIXED_BYTES = KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES + CHECK_BYTES,
    RAW_BYTES_MAX = FIXED_BYTES + SITE_BYTES + TOKEN_ADDRESS_BYTES,
    CODE_BYTES = SITE_BYTES + KEYS_PUBLIC_BYTES + CHECK_BYTES,
};

static const char prefix[] = "cse1.";
static const char place_prefix[] = "cse2.";
static const char code_prefix[] = "csc1.";

_Static_assert(sizeof("cse1.") + TOKEN_TEXT_BYTES(RAW_BYTES_MAX) <= TOKEN_LINE_BYTES,
               "the longest token fits its line");
_Static_assert(sizeof("csc1.") + TOKEN_TEXT_BYTES(CODE_BYTES) <= CENTRE_CODE_BYTES,
               "a code fits its line");

static void checksum(struct bytes first, struct bytes second, uint8_t check_out[CHECK_BYTES])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    (void)crypto_generichash_update(&state, first.data, first.len);
    if (second.len > 0)
        (void)crypto_generichash_update(&state, second.data, second.len);
    (void)crypto_generichash_final(&state, hash, sizeof(hash));
    memcpy(check_out, hash, CHECK_BYTES);
}

static struct bytes keys_part(const uint8_t *raw)
{
    return bytes_of(raw, KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES);
}

void token_print(const struct token *token, char *line_out)
{
    uint8_t raw[RAW_BYTES_MAX];
    size_t address_len = strlen(token->address);
    size_t site_len = token->site != 0 ? SITE_BYTES : 0;

    assert(address_len > 0);
    assert(address_len <= TOKEN_ADDRESS_BYTES);
    memcpy(raw, token->broker_public, KEYS_PUBLIC_BYTES);
    memcpy(raw + KEYS_PUBLIC_BYTES, token->secret, KEYS_SECRET_BYTES);
    if (site_len > 0)
        put_u64(raw + FIXED_BYTES, token->site);
    memcpy(raw + FIXED_BYTES + site_len, token->address, address_len);
    checksum(keys_part(raw), bytes_of(raw + FIXED_BYTES, site_len + address_len),
             raw + KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES);

    memcpy(line_out, site_len > 0 ? place_prefix : prefix, sizeof(prefix));
    token_encode(bytes_of(raw, FIXED_BYTES + site_len + address_len), line_out + strlen(prefix));
    sodium_memzero(raw, sizeof(raw));
}

static enum err fill(const uint8_t *raw, size_t len, size_t site_len, struct token *token_out,
                     struct err_info *info)
{
    size_t address_len = len - FIXED_BYTES - site_len;
    const uint8_t *address = raw + FIXED_BYTES + site_len;
    uint8_t check[CHECK_BYTES];
    struct token token = {.site = site_len > 0 ? get_u64(raw + FIXED_BYTES) : 0};

    checksum(keys_part(raw), bytes_of(raw + FIXED_BYTES, len - FIXED_BYTES), check);
    if (memcmp(check, raw + KEYS_PUBLIC_BYTES + KEYS_SECRET_BYTES, CHECK_BYTES) != 0 ||
        memchr(address, '\0', address_len) != NULL || (site_len > 0 && token.site == 0))
        return err_set(info, ERR_CORRUPT,
                       "the invitation has a typing error in it: copy the whole line again");
    memcpy(token.broker_public, raw, KEYS_PUBLIC_BYTES);
    memcpy(token.secret, raw + KEYS_PUBLIC_BYTES, KEYS_SECRET_BYTES);
    memcpy(token.address, address, address_len);
    *token_out = token;
    return ERR_OK;
}

enum err token_parse(const char *line, struct token *token_out, struct err_info *info)
{
    uint8_t raw[RAW_BYTES_MAX];
    size_t len = 0;
    bool in_place = strncmp(line, place_prefix, strlen(place_prefix)) == 0;
    size_t site_len = in_place ? SITE_BYTES : 0;

    if (!in_place && strncmp(line, prefix, strlen(prefix)) != 0)
        return err_set(info, ERR_CORRUPT,
                       "this is no invitation of ours: it should start with \"%s\"", prefix);
    enum err err = token_decode(line + strlen(prefix), raw, sizeof(raw), &len);
    if (err == ERR_NO_MEMORY)
        return err_set(info, err, "out of memory");
    if (err != ERR_OK || len <= FIXED_BYTES + site_len ||
        len - FIXED_BYTES - site_len > TOKEN_ADDRESS_BYTES)
        return err_set(info, ERR_CORRUPT,
                       "the invitation is cut off or has a wrong character in it");
    err = fill(raw, len, site_len, token_out, info);
    sodium_memzero(raw, sizeof(raw));
    return err;
}

void centre_code_print(const struct centre_code *code, char *code_out)
{
    uint8_t raw[CODE_BYTES];

    put_u64(raw, code->site);
    memcpy(raw + SITE_BYTES, code->sign_public, KEYS_PUBLIC_BYTES);
    checksum(bytes_of(raw, CODE_BYTES - CHECK_BYTES), bytes_of(NULL, 0),
             raw + CODE_BYTES - CHECK_BYTES);
    memcpy(code_out, code_prefix, sizeof(code_prefix));
    token_encode(bytes_of(raw, sizeof(raw)), code_out + strlen(code_prefix));
}

enum err centre_code_parse(const char *text, struct centre_code *code_out, struct err_info *info)
{
    uint8_t raw[CODE_BYTES], check[CHECK_BYTES];
    size_t len = 0;
    enum err err = ERR_CORRUPT;

    if (strncmp(text, code_prefix, strlen(code_prefix)) == 0)
        err = token_decode(text + strlen(code_prefix), raw, sizeof(raw), &len);
    if (err == ERR_NO_MEMORY)
        return err_set(info, err, "out of memory");
    if (err != ERR_OK || len != sizeof(raw))
        return err_set(info, ERR_CORRUPT,
                       "this is no centre's code; 'cse status' at a site prints it");
    checksum(bytes_of(raw, CODE_BYTES - CHECK_BYTES), bytes_of(NULL, 0), check);
    struct centre_code code = {.site = get_u64(raw)};
    memcpy(code.sign_public, raw + SITE_BYTES, KEYS_PUBLIC_BYTES);
    if (memcmp(check, raw + CODE_BYTES - CHECK_BYTES, CHECK_BYTES) != 0 || code.site == 0)
        return err_set(info, ERR_CORRUPT,
                       "the centre's code has a typing error in it: copy it again");
    *code_out = code;
    return ERR_OK;
}
