#pragma once

#include "lib/ledger/ledger_private.h"

/* Between the walk over the log (ledger_verify.c), the check of one origin's chain (verify_chain.c)
 * and the comparison of derived rows (verify_compare.c). */

struct chain_check {
    struct origin origin;
    bool chained; /* the log is meant to be without gaps */
    bool broken;  /* the head is not known until the next mark */
    uint64_t seq; /* of the last entry seen */
    uint8_t head[HASH_BYTES];
    uint64_t mark_last; /* the next mark; 0 none */
    struct seal_row mark;
    bool key_known;
    uint8_t key[SIGN_PUBLIC_BYTES];
};

struct key_source {
    bool (*sign_public_of)(void *context, uint64_t site, uint8_t *key_out);
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
