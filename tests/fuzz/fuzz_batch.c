/* A batch that was read is written as the same bytes. One whose entries stand in sequence verifies
 * as soon as the owner seals it, and with no other seal. */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include "proto/record/chain.h"

struct signer {
    uint8_t sign_public[SIGN_PUBLIC_BYTES], sign_secret[SIGN_SECRET_BYTES];
};

static struct signer signer_of_seed(void)
{
    static const uint8_t seed[crypto_sign_SEEDBYTES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                        11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                        22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    struct signer signer;
    int sound = sodium_init();
    assert(sound >= 0);
    sound = crypto_sign_seed_keypair(signer.sign_public, signer.sign_secret, seed);
    assert(sound == 0);
    return signer;
}

static void check_resealed(struct batch *batch, const struct signer *signer)
{
    uint8_t head[HASH_BYTES], verified[HASH_BYTES], leaf[HASH_BYTES];
    uint64_t last = batch->first + batch->count - 1;
    memcpy(head, batch->prev_head, HASH_BYTES);
    for (uint32_t i = 0; i < batch->count; i++) {
        struct entry entry;
        assert(entry_decode(batch->entries[i], &entry) == ERR_OK);
        assert(chain_leaf(&entry, leaf) == ERR_OK);
        chain_extend(head, leaf);
    }
    seal_make(batch->origin, batch->first, last, head, signer->sign_secret, batch->seal);
    assert(batch_verify(batch, signer->sign_public, true, verified) == ERR_OK);
    assert(memcmp(head, verified, HASH_BYTES) == 0);
    batch->seal[0] ^= 1;
    assert(batch_verify(batch, signer->sign_public, true, verified) == ERR_BAD_SEAL);
}

static void check_batch(struct bytes taken, struct batch *batch, const struct signer *signer)
{
    uint8_t head[HASH_BYTES];
    struct mp_buf buf;
    assert(batch->count >= 1 && batch->count <= BATCH_OPS_MAX && origin_valid(batch->origin));
    for (uint32_t i = 0; i < batch->count; i++)
        assert(bytes_inside(batch->entries[i], taken));
    mp_buf_init(&buf, taken.len);
    batch_encode(&buf, batch);
    assert(mp_buf_err(&buf) == ERR_OK);
    assert(bytes_equal(mp_buf_bytes(&buf), taken));
    mp_buf_deinit(&buf);

    if (batch_verify(batch, signer->sign_public, false, head) == ERR_OK)
        assert(batch_verify(batch, signer->sign_public, true, head) == ERR_OK);
    enum err err = batch_verify(batch, signer->sign_public, true, head);
    assert(err == ERR_OK || err == ERR_CORRUPT || err == ERR_GAP || err == ERR_BAD_SEAL);
    if (err == ERR_OK || err == ERR_BAD_SEAL)
        check_resealed(batch, signer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct batch batch;
    struct signer signer = signer_of_seed();
    struct mp_reader reader = mp_reader_of(bytes_of(data, size));
    while (!mp_at_end(&reader)) {
        const uint8_t *from = reader.at;
        if (batch_read(&reader, &batch) != ERR_OK)
            break;
        check_batch(bytes_of(from, (size_t)(reader.at - from)), &batch, &signer);
    }
    return 0;
}
