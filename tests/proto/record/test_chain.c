#include "proto/record/chain.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>
#include <sodium.h>

enum { ENTRIES = 4, FIRST = 3 };

static const struct origin self = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 1};
static uint8_t sign_public[SIGN_PUBLIC_BYTES];
static uint8_t sign_secret[SIGN_SECRET_BYTES];
static struct mp_buf entries[ENTRIES];
static struct mp_buf wire;
static struct batch batch;

static void make_entry(uint32_t number, bool personal, uint64_t seq)
{
    static const uint8_t salt[SALT_BYTES] = {5};
    struct op_draft_write write = {.field = 2, .personal = personal, .value = RAW("\xa1v")};
    struct op_draft draft = {.kind = 3, .writes = &write, .write_count = 1};
    make_rid(draft.rid);
    struct dot dot = {.origin = self, .seq = seq};
    cr_assert_eq(entry_encode(&draft, dot, seq, salt, &entries[number]), ERR_OK);
    batch.entries[number] = mp_buf_bytes(&entries[number]);
}

static void seal(void)
{
    uint8_t head[HASH_BYTES];
    memcpy(head, batch.prev_head, HASH_BYTES);
    for (uint32_t i = 0; i < batch.count; i++) {
        struct entry entry;
        uint8_t leaf[HASH_BYTES];
        cr_assert_eq(entry_decode(batch.entries[i], &entry), ERR_OK);
        cr_assert_eq(chain_leaf(&entry, leaf), ERR_OK);
        chain_extend(head, leaf);
    }
    seal_make(self, batch.first, batch.first + batch.count - 1, head, sign_secret, batch.seal);
}

/* Plain, personal, erased, plain; the last one may be redacted by a test. */
static void init(void)
{
    static const uint8_t seed[crypto_sign_SEEDBYTES] = {1};
    cr_assert_geq(sodium_init(), 0);
    (void)crypto_sign_seed_keypair(sign_public, sign_secret, seed);
    for (uint32_t i = 0; i < ENTRIES; i++)
        mp_buf_init(&entries[i], OP_BYTES_MAX);
    mp_buf_init(&wire, FRAME_BYTES_MAX);
    batch.origin = self;
    batch.first = FIRST;
    batch.count = ENTRIES;
    chain_start(self, batch.prev_head);
    for (uint32_t i = 0; i < ENTRIES; i++)
        make_entry(i, i == 1 || i == 2, FIRST + i);
    struct mp_buf erased;
    mp_buf_init(&erased, OP_BYTES_MAX);
    cr_assert_eq(entry_erase(batch.entries[2], &erased), ERR_OK);
    mp_buf_deinit(&entries[2]);
    entries[2] = erased;
    batch.entries[2] = mp_buf_bytes(&erased);
    seal();
    batch_encode(&wire, &batch);
}

static void deinit(void)
{
    for (uint32_t i = 0; i < ENTRIES; i++)
        mp_buf_deinit(&entries[i]);
    mp_buf_deinit(&wire);
}

TestSuite(chain, .init = init, .fini = deinit);

static enum err read_and_verify(struct bytes bytes, bool redacted_ok)
{
    static struct batch read;
    uint8_t head[HASH_BYTES];
    struct mp_reader reader = mp_reader_of(bytes);
    enum err err = batch_read(&reader, &read);
    if (err == ERR_OK && !mp_at_end(&reader))
        err = ERR_CORRUPT;
    return err == ERR_OK ? batch_verify(&read, sign_public, redacted_ok, head) : err;
}

Test(chain, there_and_back)
{
    static struct batch read;
    struct mp_reader reader = mp_reader_of(mp_buf_bytes(&wire));
    cr_assert_eq(mp_scan(mp_buf_bytes(&wire)), ERR_OK);
    cr_assert_eq(batch_read(&reader, &read), ERR_OK);
    cr_expect(mp_at_end(&reader));
    cr_expect_eq(read.count, ENTRIES);
    cr_expect_eq(read.first, FIRST);
    for (uint32_t i = 0; i < ENTRIES; i++)
        cr_expect(bytes_equal(read.entries[i], batch.entries[i]), "entry %u", i);
    uint8_t head[HASH_BYTES];
    cr_expect_eq(batch_verify(&read, sign_public, false, head), ERR_OK);
    struct mp_buf again;
    mp_buf_init(&again, FRAME_BYTES_MAX);
    batch_encode(&again, &read);
    cr_expect(bytes_equal(mp_buf_bytes(&again), mp_buf_bytes(&wire)));
    mp_buf_deinit(&again);
}

Test(chain, every_flipped_bit_is_refused)
{
    for (int redacted = 0; redacted < 2; redacted++) {
        for (size_t at = 0; at < wire.len; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                wire.data[at] = (uint8_t)(wire.data[at] ^ 1u << bit);
                cr_expect_neq(read_and_verify(mp_buf_bytes(&wire), redacted), ERR_OK,
                              "bit %u of byte %zu", bit, at);
                wire.data[at] = (uint8_t)(wire.data[at] ^ 1u << bit);
            }
        }
    }
    cr_expect_eq(read_and_verify(mp_buf_bytes(&wire), false), ERR_OK, "as it was");
    for (size_t len = 0; len < wire.len; len++)
        cr_expect_neq(read_and_verify(bytes_of(wire.data, len), false), ERR_OK, "cut at %zu", len);
}

Test(chain, redacted_only_where_allowed)
{
    struct mp_buf redacted;
    mp_buf_init(&redacted, OP_BYTES_MAX);
    cr_assert_eq(entry_redact(batch.entries[3], &redacted), ERR_OK);
    batch.entries[3] = mp_buf_bytes(&redacted);
    uint8_t head[HASH_BYTES];
    cr_expect_eq(batch_verify(&batch, sign_public, true, head), ERR_OK);
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_CORRUPT);
    mp_buf_deinit(&redacted);
}

Test(chain, faults_have_their_codes)
{
    uint8_t head[HASH_BYTES] = {9};
    make_entry(1, true, FIRST + 7);
    seal();
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_GAP,
                 "sealed, but out of sequence");
    make_entry(1, true, FIRST + 1);
    seal();
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_OK);
    memset(head, 9, sizeof(head));
    batch.prev_head[0] ^= 1;
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_BAD_SEAL, "another past");
    batch.prev_head[0] ^= 1;
    batch.origin.epoch = 2;
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_BAD_SEAL, "another epoch");
    batch.origin.epoch = 1;
    batch.count--;
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_BAD_SEAL, "the tail left out");
    batch.count++;
    sign_public[0] ^= 1;
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_BAD_SEAL, "another key");
    sign_public[0] ^= 1;
    batch.entries[0] = RAW("\x91\xc0");
    cr_expect_eq(batch_verify(&batch, sign_public, false, head), ERR_CORRUPT, "no entry");
    cr_expect_eq(head[0], 9, "the output is untouched by failures");
}

static enum err read_err(uint64_t site, uint64_t epoch, uint64_t first, uint32_t count)
{
    static struct batch read;
    mp_buf_reset(&wire);
    mp_put_array(&wire, 6);
    mp_put_uint(&wire, site);
    mp_put_uint(&wire, epoch);
    mp_put_uint(&wire, first);
    mp_put_bin(&wire, bytes_of(batch.prev_head, HASH_BYTES));
    mp_put_array(&wire, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_raw(&wire, batch.entries[0]);
    mp_put_bin(&wire, bytes_of(batch.seal, SEAL_BYTES));
    struct mp_reader reader = mp_reader_of(mp_buf_bytes(&wire));
    return batch_read(&reader, &read);
}

Test(chain, read_bounds)
{
    cr_expect_eq(read_err(self.site, 1, 1, 1), ERR_OK);
    cr_expect_eq(read_err(self.site, 1, 1, BATCH_OPS_MAX), ERR_OK);
    cr_expect_eq(read_err(self.site, 1, 1, BATCH_OPS_MAX + 1), ERR_LIMIT);
    cr_expect_eq(read_err(self.site, 1, 1, 0), ERR_CORRUPT);
    cr_expect_eq(read_err(self.site, 1, 0, 1), ERR_CORRUPT);
    cr_expect_eq(read_err(self.site, 1, UINT64_MAX, 2), ERR_CORRUPT, "the sequence would wrap");
    cr_expect_eq(read_err(self.site, 0, 1, 1), ERR_CORRUPT);
    cr_expect_eq(read_err(self.site, UINT64_C(1) << 32, 1, 1), ERR_CORRUPT);
    cr_expect_eq(read_err(SITE_LOW, 1, 1, 1), ERR_CORRUPT);
    static uint8_t big[OP_BYTES_MAX + 8];
    mp_buf_deinit(&entries[0]);
    mp_buf_init(&entries[0], sizeof(big) + 8);
    mp_put_bin(&entries[0], bytes_of(big, sizeof(big)));
    batch.entries[0] = mp_buf_bytes(&entries[0]);
    cr_expect_eq(read_err(self.site, 1, 1, 1), ERR_TOO_BIG, "one entry");
    mp_buf_reset(&entries[0]);
    mp_put_bin(&entries[0], bytes_of(big, OP_BYTES_MAX - 8));
    batch.entries[0] = mp_buf_bytes(&entries[0]);
    mp_buf_deinit(&wire);
    mp_buf_init(&wire, 2 * FRAME_BYTES_MAX);
    cr_expect_eq(read_err(self.site, 1, 1, 4), ERR_OK);
    cr_expect_eq(read_err(self.site, 1, 1, 5), ERR_TOO_BIG, "all entries");
}
