#pragma once

#include "lib/ledger/ledger.h"

/* Whose store is it? Read without opening the ledger, which may set out to make the derived part
 * again. Errors: ERR_NOT_FOUND (not initialised), ERR_VERSION (newer schema), ERR_CORRUPT, store
 * errors. */
NODISCARD enum err identity_read(struct store_txn *txn, enum ledger_role *role_out,
                                 struct identity *identity_out);
