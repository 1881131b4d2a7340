#include "lib/ledger/identity.h"
#include "lib/sys/clock.h"
#include "lib/sys/keys.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/data_copy.h"

static enum err role_of(struct store *store, enum ledger_role *role_out, struct err_info *info)
{
    struct store_txn *txn = NULL;
    struct identity self;
    enum err err = store_begin(store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = identity_read(txn, role_out, &self);
    store_abort(txn);
    if (err == ERR_OK || err == ERR_VERSION) /* of that the ledger has more to say */
        return ERR_OK;
    return err_set(info, err, "read whose store this is: %s", err_text(err));
}

enum err data_renew(const char *data, struct err_info *info)
{
    struct ledger_options options = {.today = clock_today_day()};
    struct keys keys = {0};
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    enum err err = keys_load(data, &keys, info);
    if (err == ERR_OK)
        err = data_store_open(data, &store, info);
    if (err == ERR_OK)
        err = role_of(store, &options.role, info);
    if (err == ERR_OK)
        err = ledger_open(store, &options, keys.sign_secret, &ledger, info);
    ledger_close(ledger);
    store_close(store);
    keys_wipe(&keys);
    return err;
}
