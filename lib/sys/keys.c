#include "lib/sys/keys.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/files.h"

_Static_assert(KEYS_SIGN_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "libsodium's secret fits");
_Static_assert(KEYS_SECRET_BYTES == crypto_sign_SEEDBYTES, "a seed is what is stored");
_Static_assert(KEYS_SECRET_BYTES == crypto_scalarmult_SCALARBYTES, "a CURVE secret is a scalar");

static enum err key_path(const char *dir, const char *name, char *out, struct err_info *info)
{
    char folder[PATH_BYTES_MAX];
    enum err err = path_join(dir, "keys", folder, info);
    return err == ERR_OK ? path_join(folder, name, out, info) : err;
}

static enum err read_secret(const char *path, uint8_t secret_out[KEYS_SECRET_BYTES],
                            struct err_info *info)
{
    uint8_t *data = NULL;
    size_t len = 0;
    enum err err = file_check_private(path, info);
    if (err == ERR_OK)
        err = file_read(path, 4096, &data, &len, info);
    if (err != ERR_OK)
        return err;
    if (len == KEYS_SECRET_BYTES)
        memcpy(secret_out, data, len);
    else
        err = err_set(info, ERR_CORRUPT, "key file '%s' has %zu bytes instead of %d", path, len,
                      KEYS_SECRET_BYTES);
    sodium_memzero(data, len);
    free(data);
    return err;
}

static enum err derive(const uint8_t *transport, const uint8_t *seed, struct keys *keys_out,
                       struct err_info *info)
{
    memcpy(keys_out->transport_secret, transport, KEYS_SECRET_BYTES);
    if (crypto_scalarmult_base(keys_out->transport_public, transport) != 0 ||
        crypto_sign_seed_keypair(keys_out->sign_public, keys_out->sign_secret, seed) != 0)
        return err_set(info, ERR_INTERNAL, "deriving the public keys failed");
    return ERR_OK;
}

enum err keys_create(const char *dir, struct keys *keys_out, struct err_info *info)
{
    char folder[PATH_BYTES_MAX];
    char transport_path[PATH_BYTES_MAX];
    char sign_path[PATH_BYTES_MAX];
    uint8_t transport[KEYS_SECRET_BYTES];
    uint8_t seed[KEYS_SECRET_BYTES];
    struct keys keys;

    enum err err = path_join(dir, "keys", folder, info);
    if (err == ERR_OK)
        err = key_path(dir, "transport.key", transport_path, info);
    if (err == ERR_OK)
        err = key_path(dir, "sign.key", sign_path, info);
    if (err == ERR_OK)
        err = dir_make(folder, info);
    if (err != ERR_OK)
        return err;
    /* Both or neither: a lone new key beside an old one would be a different site to everybody
     * else. */
    if (file_exists(transport_path) || file_exists(sign_path))
        return err_set(info, ERR_EXISTS, "'%s' holds keys already", folder);

    randombytes_buf(transport, sizeof(transport));
    randombytes_buf(seed, sizeof(seed));
    err = derive(transport, seed, &keys, info);
    if (err == ERR_OK)
        err = file_create(transport_path, bytes_of(transport, sizeof(transport)), 0600, info);
    if (err == ERR_OK)
        err = file_create(sign_path, bytes_of(seed, sizeof(seed)), 0600, info);
    if (err == ERR_OK)
        *keys_out = keys;
    sodium_memzero(transport, sizeof(transport));
    sodium_memzero(seed, sizeof(seed));
    keys_wipe(&keys);
    return err;
}

enum err keys_load(const char *dir, struct keys *keys_out, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    uint8_t transport[KEYS_SECRET_BYTES] = {0};
    uint8_t seed[KEYS_SECRET_BYTES] = {0};
    struct keys keys;

    enum err err = key_path(dir, "transport.key", path, info);
    if (err == ERR_OK)
        err = read_secret(path, transport, info);
    if (err == ERR_OK)
        err = key_path(dir, "sign.key", path, info);
    if (err == ERR_OK)
        err = read_secret(path, seed, info);
    if (err == ERR_OK)
        err = derive(transport, seed, &keys, info);
    if (err == ERR_OK)
        *keys_out = keys;
    sodium_memzero(transport, sizeof(transport));
    sodium_memzero(seed, sizeof(seed));
    keys_wipe(&keys);
    return err;
}

void keys_wipe(struct keys *keys)
{
    sodium_memzero(keys, sizeof(*keys));
}

void token_encode(struct bytes input, char *text_out)
{
    sodium_bin2base64(
        text_out, sodium_base64_ENCODED_LEN(input.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
        input.data, input.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum err token_decode(const char *text, uint8_t *out, size_t capacity, size_t *len_out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t text_len = strlen(text);
    size_t len = 0;
    const char *end = NULL;

    /* libsodium takes some bytes beyond ASCII for letters. */
    if (strspn(text, alphabet) != text_len)
        return ERR_CORRUPT;
    if (text_len / 4 * 3 > capacity)
        return ERR_TOO_BIG;
    uint8_t *decoded = malloc(text_len + 1);
    if (decoded == NULL)
        return ERR_NO_MEMORY;
    enum err err = ERR_OK;
    if (sodium_base642bin(decoded, text_len + 1, text, text_len, NULL, &len, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != text + text_len)
        err = ERR_CORRUPT;
    else if (len > capacity)
        err = ERR_TOO_BIG;
    if (err == ERR_OK) {
        memcpy(out, decoded, len);
        *len_out = len;
    }
    sodium_memzero(decoded, text_len + 1);
    free(decoded);
    return err;
}
