#include "lib/ledger/identity.h"

#include "lib/ledger/ledger_private.h"

enum err identity_read(struct store_txn *txn, enum ledger_role *role_out,
                       struct identity *identity_out)
{
    struct self_row self;
    enum err err = self_get(txn, &self);

    if (err != ERR_OK)
        return err;
    if (self.schema > LEDGER_SCHEMA)
        return ERR_VERSION;
    *role_out = self.role;
    *identity_out = (struct identity){.site = self.site, .epoch = self.epoch};
    return ERR_OK;
}
