#include "proto/record/chain.h"

#include <assert.h>
#include <sodium.h>

_Static_assert(HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(SEAL_BYTES == crypto_sign_BYTES, "Ed25519");

/* The first byte of everything hashed, so that no input of one purpose is one of another. */
enum hash_purpose {
    HASH_PUBLIC = 0,
    HASH_PERSONAL = 1,
    HASH_BOTH = 2,
    HASH_CHAIN = 3,
    HASH_START = 4
};

static void hash_two(enum hash_purpose purpose, struct bytes first, struct bytes second,
                     uint8_t hash_out[HASH_BYTES])
{
    crypto_generichash_state state;
    uint8_t lead = (uint8_t)purpose;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    crypto_generichash_update(&state, &lead, 1);
    if (first.len > 0)
        crypto_generichash_update(&state, first.data, first.len);
    if (second.len > 0)
        crypto_generichash_update(&state, second.data, second.len);
    crypto_generichash_final(&state, hash_out, HASH_BYTES);
}

void chain_start(struct origin origin, uint8_t head_out[HASH_BYTES])
{
    uint8_t text[12];
    put_u64(text, origin.site);
    put_u32(text + 8, origin.epoch);
    hash_two(HASH_START, bytes_of(text, sizeof(text)), bytes_of(NULL, 0), head_out);
}

void chain_commitment(const struct entry *entry, uint8_t hash_out[HASH_BYTES])
{
    assert(entry->shape == ENTRY_PERSONAL);
    hash_two(HASH_PERSONAL, entry->salt, entry->personal_part, hash_out);
}

enum err chain_leaf(const struct entry *entry, uint8_t leaf_out[HASH_BYTES])
{
    uint8_t commitment[HASH_BYTES];
    struct bytes hash = entry->hash;
    switch (entry->shape) {
    case ENTRY_PLAIN:
        hash_two(HASH_PUBLIC, entry->public_part, bytes_of(NULL, 0), leaf_out);
        return ERR_OK;
    case ENTRY_PERSONAL:
        if (entry->salt.len != SALT_BYTES)
            return ERR_CORRUPT;
        chain_commitment(entry, commitment);
        hash = bytes_of(commitment, HASH_BYTES);
        break;
    case ENTRY_ERASED:
    case ENTRY_REDACTED:
        if (hash.len != HASH_BYTES)
            return ERR_CORRUPT;
        break;
    }
    if (entry->shape == ENTRY_REDACTED)
        memcpy(leaf_out, hash.data, HASH_BYTES);
    else
        hash_two(HASH_BOTH, hash, entry->public_part, leaf_out);
    return ERR_OK;
}

enum err chain_leaf_of(struct bytes stored, uint8_t leaf_out[HASH_BYTES])
{
    struct entry entry;
    enum err err = entry_decode(stored, &entry);
    return err == ERR_OK ? chain_leaf(&entry, leaf_out) : err;
}

void chain_extend(uint8_t head[HASH_BYTES], const uint8_t leaf[HASH_BYTES])
{
    hash_two(HASH_CHAIN, bytes_of(head, HASH_BYTES), bytes_of(leaf, HASH_BYTES), head);
}

static const char seal_label[] = "cse-seal-1";

enum {
    SEAL_LABEL_BYTES = sizeof(seal_label) - 1,
    SEALED_BYTES = SEAL_LABEL_BYTES + 8 + 4 + 8 + 8 + HASH_BYTES
};

struct seal_range {
    struct origin origin;
    uint64_t first;
    uint64_t last;
};

static void sealed_text(struct seal_range range, const uint8_t *head,
                        uint8_t text_out[SEALED_BYTES])
{
    uint8_t *to = text_out;
    memcpy(to, seal_label, SEAL_LABEL_BYTES);
    to += SEAL_LABEL_BYTES;
    put_u64(to, range.origin.site);
    put_u32(to + 8, range.origin.epoch);
    put_u64(to + 12, range.first);
    put_u64(to + 20, range.last);
    memcpy(to + 28, head, HASH_BYTES);
}

void seal_make(struct origin origin, uint64_t first, uint64_t last, const uint8_t head[HASH_BYTES],
               const uint8_t sign_secret[SIGN_SECRET_BYTES], uint8_t seal_out[SEAL_BYTES])
{
    uint8_t text[SEALED_BYTES];
    sealed_text((struct seal_range){origin, first, last}, head, text);
    int failed = crypto_sign_detached(seal_out, NULL, text, sizeof(text), sign_secret);
    assert(failed == 0);
    (void)failed;
}

bool seal_check(struct origin origin, uint64_t first, uint64_t last, const uint8_t head[HASH_BYTES],
                const uint8_t sign_public[SIGN_PUBLIC_BYTES], const uint8_t seal[SEAL_BYTES])
{
    uint8_t text[SEALED_BYTES];
    sealed_text((struct seal_range){origin, first, last}, head, text);
    return crypto_sign_verify_detached(seal, text, sizeof(text), sign_public) == 0;
}
