#pragma once

#include "lib/ledger/ledger.h"
#include "lib/ledger/roster.h"

/* When a machine is gone for good. Everything here is one transaction of the caller's, while no
 * daemon runs. docs/wire.md, "In another's place". */

/* Rows of the node's engine (node/node_rows.c) that are written here. */
#define NODE_ROW_MOVE  "node.move"  /* [epoch granted] */
#define NODE_ROW_FETCH "node.fetch" /* [epoch, …] */

/* What a broker gives a machine that takes a site's place. */
struct takeover {
    uint32_t epoch; /* to write under; 0: nobody's place is taken */
    uint32_t key_count;
    struct old_key keys[OLD_KEYS_MAX];
};

/* May this node take a site's place? Errors: ERR_EXISTS (it has records, or is a site already). */
NODISCARD enum err takeover_check(struct store_txn *txn, struct err_info *info);
/* The node becomes `site`; its engine fetches all former epochs from the broker. Errors: as
 * takeover_check, ERR_LIMIT, store errors. */
NODISCARD enum err takeover_site(struct store_txn *txn, const struct membership *membership,
                                 uint64_t site, const struct takeover *takeover,
                                 struct err_info *info);

/* `site` was the centre, and what it sealed counts as the centre's. */
NODISCARD enum err takeover_centre(struct store_txn *txn, uint64_t site,
                                   const uint8_t sign_public[SIGN_PUBLIC_BYTES]);
/* A node's broker was lost with all its copies: it belongs to another one from now on, and gives it
 * everything it has. The derived part is made again at the next open. Errors: store errors. */
NODISCARD enum err takeover_membership(struct store_txn *txn, const struct membership *membership,
                                       uint64_t self_site, struct err_info *info);
