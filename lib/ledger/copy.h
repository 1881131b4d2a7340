#pragma once

#include "lib/ledger/ledger.h"

/* Which of several copies of a store may run.
 *
 * A backup carries a mark and is never run; a restore takes the mark away and, for a broker, gives
 * the store a new incarnation: sites then send again what it lacks and take the feed from the
 * start, and the centre writes under a new epoch. A broker's store also remembers which file it is,
 * so that one copied by other means is noticed. (A node's copy is noticed by its broker:
 * docs/wire.md.) */

enum { INCARNATION_BYTES = 16 };

/* May a daemon run this store? Notes which file it is when nothing is noted yet. Stores that hold
 * no ledger pass. Errors: ERR_DENIED (a backup, or a broker's store that was copied; the text says
 * what to do), store errors. */
NODISCARD enum err copy_check(struct store *store, struct err_info *info);

/* When a backup was made, Unix ms. Errors: ERR_NOT_FOUND (not a backup), ERR_CORRUPT. */
NODISCARD enum err copy_made(struct store_txn *txn, uint64_t *made_ms_out);

/* Make it a backup. One commit. Errors: store errors. */
NODISCARD enum err copy_mark(struct store *store, uint64_t made_ms, struct err_info *info);

/* Make it the one that runs. One commit. Errors: store errors. */
NODISCARD enum err copy_adopt(struct store *store, const uint8_t incarnation[INCARNATION_BYTES],
                              struct err_info *info);

/* The broker's incarnation; `incarnation_out` untouched with ERR_NOT_FOUND. */
NODISCARD enum err incarnation_get(struct store_txn *txn,
                                   uint8_t incarnation_out[INCARNATION_BYTES]);
NODISCARD enum err incarnation_put(struct store_txn *txn,
                                   const uint8_t incarnation[INCARNATION_BYTES]);
/* Has it changed since the centre last moved to a new epoch? */
NODISCARD enum err incarnation_renewed(struct store_txn *txn, bool *renewed_out);
NODISCARD enum err incarnation_settle(struct store_txn *txn); /* it has moved */
