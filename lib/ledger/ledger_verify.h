#pragma once

#include "lib/ledger/ledger_private.h"

/* Between the walk over the log (ledger_verify.c), the check of one origin's chain (verify_chain.c)
 * and the comparison of derived rows (verify_compare.c). */

struct chain_check {
    struct origin origin;
    uint64_t whole_to; /* the log is meant to be without gaps up to here */
    bool gapped;       /* the last entry seen lies beyond */
    bool broken;       /* the head is not known until the next mark */
    uint64_t seq;      /* of the last entry seen */
    uint8_t head[HASH_BYTES];
    uint64_t whole_seen; /* of the last one within; what was found there */
    uint8_t whole_head[HASH_BYTES];
    bool whole_broken;
    uint64_t mark_last; /* the next mark; 0 none */
    struct seal_row mark;
    uint32_t key_count;
    uint8_t keys[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES];
};

struct key_source {
    uint32_t (*sign_keys_of)(void *context, struct origin origin,
                             uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES]);
    void *context;
};

NODISCARD enum err chain_check_begin(struct chain_check *check, struct store_txn *txn,
                                     struct origin origin, struct key_source keys,
                                     struct verify_report *report);
NODISCARD enum err chain_check_entry(struct chain_check *check, struct store_txn *txn, uint64_t seq,
                                     struct bytes stored, struct verify_report *report);
NODISCARD enum err chain_check_end(const struct chain_check *check, struct store_txn *txn,
                                   struct verify_report *report);

/* Rows that differ, are missing or are too many in `ns`; all of `here` are counted. */
NODISCARD enum err compare_rows(struct store_txn *here, struct store_txn *there, enum store_ns ns,
                                uint64_t *rows, uint64_t *bad);
