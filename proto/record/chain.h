#pragma once

#include "proto/record/op.h"

/* The hash chain of an origin and its seals. BLAKE2b-256 and Ed25519 (libsodium). docs/wire.md,
 * "Chain and seal".
 *
 *   leaf   = H(0x00 || public)                    an entry without a personal part
 *          = H(0x02 || C || public)               with one, C = H(0x01 || salt || personal)
 *   head_0 = H(0x04 || site8 || epoch4)
 *   head_n = H(0x03 || head_(n-1) || leaf_n)
 *   seal   = Ed25519("cse-seal-1" || site8 || epoch4 || first8 || last8 || head_last)
 */

enum {
    SEAL_BYTES = 64,
    SIGN_PUBLIC_BYTES = 32,
    SIGN_SECRET_BYTES = 64,
    SIGN_KEYS_MAX = 2 /* may have sealed an epoch: the one of its time and the newest */
};

/* A key a site sealed with, up to and with an epoch. */
struct old_key {
    uint32_t last_epoch;
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
};

void chain_start(struct origin origin, uint8_t head_out[HASH_BYTES]);
/* C of a personal entry. */
void chain_commitment(const struct entry *entry, uint8_t hash_out[HASH_BYTES]);
/* Leaf of any shape of entry. Errors: ERR_CORRUPT. */
NODISCARD enum err chain_leaf(const struct entry *entry, uint8_t leaf_out[HASH_BYTES]);
/* The same of an entry's bytes. Errors: those of entry_decode, ERR_CORRUPT. */
NODISCARD enum err chain_leaf_of(struct bytes stored, uint8_t leaf_out[HASH_BYTES]);
void chain_extend(uint8_t head[HASH_BYTES], const uint8_t leaf[HASH_BYTES]);

/* A contiguous run of one origin's entries with its seal; the unit that is sent, verified and
 * stored. */
struct batch {
    struct origin origin;
    uint64_t first;                      /* sequence of the first entry */
    uint8_t prev_head[HASH_BYTES];       /* chain head before it */
    uint32_t count;                      /* 1..BATCH_OPS_MAX */
    struct bytes entries[BATCH_OPS_MAX]; /* borrowed, each one entry */
    uint8_t seal[SEAL_BYTES];
};

/* Sign a run that ends in `last` with chain head `head`. */
void seal_make(struct origin origin, uint64_t first, uint64_t last, const uint8_t head[HASH_BYTES],
               const uint8_t sign_secret[SIGN_SECRET_BYTES], uint8_t seal_out[SEAL_BYTES]);
bool seal_check(struct origin origin, uint64_t first, uint64_t last, const uint8_t head[HASH_BYTES],
                const uint8_t sign_public[SIGN_PUBLIC_BYTES], const uint8_t seal[SEAL_BYTES]);

/* Wire form of a batch: [site, epoch, first, prev_head, [entry…], seal]. */
void batch_encode(struct mp_buf *buf, const struct batch *batch);
/* Reads one batch at the cursor; entries point into its bytes. Errors: ERR_CORRUPT, ERR_TOO_BIG,
 * ERR_LIMIT. */
NODISCARD enum err batch_read(struct mp_reader *reader, struct batch *batch_out);

/* Recompute the chain over the batch and check every entry's sequence, then the seal. What the
 * operations say inside is not looked at: that is op_decode, operation by operation. redacted_ok: a
 * feed may hold leaves in place of operations; an upload may not. Errors: ERR_CORRUPT (an entry),
 * ERR_GAP (an entry's sequence), ERR_BAD_SEAL. head_out: the head after the last entry. */
NODISCARD enum err batch_verify(const struct batch *batch,
                                const uint8_t sign_public[SIGN_PUBLIC_BYTES], bool redacted_ok,
                                uint8_t head_out[HASH_BYTES]);
