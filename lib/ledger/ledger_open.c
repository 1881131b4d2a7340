#include "lib/ledger/ledger_private.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

enum { RUNNING_BYTES_MAX = STORE_VALUE_BYTES_MAX + STORE_KEY_BYTES_MAX + 16 };

enum err ledger_init(struct store *store, enum ledger_role role, uint64_t site,
                     struct err_info *info)
{
    assert(site != 0);
    struct store_txn *txn = NULL;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    struct bytes stored;
    err = store_get(txn, NS_META, bytes_of_text("self"), &stored);
    if (err == ERR_OK)
        err = ERR_EXISTS;
    if (err == ERR_NOT_FOUND) {
        struct self_row self = {.site = site, .epoch = 1, .role = role, .schema = SCHEMA_FIRST};
        err = self_put(txn, &self);
        struct origin origin = {.site = site, .epoch = 1};
        struct origin_row row;
        if (err == ERR_OK)
            err = origin_get_or_new(txn, origin, &row);
        if (err == ERR_OK)
            err = ledger_put_origin(txn, origin, &row);
    }
    if (err != ERR_OK) {
        store_abort(txn);
        return err_set(info, err,
                       err == ERR_EXISTS ? N_("the store is initialised already")
                                         : N_("initialise the store"));
    }
    return commit_txn(txn, info);
}

enum err ledger_alloc(struct store *store, const struct ledger_options *options,
                      struct ledger **ledger_out)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    if (ledger == NULL)
        return ERR_NO_MEMORY;
    ledger->store = store;
    ledger->options = *options;
    arena_init(&ledger->arena, WORK_BYTES_MAX);
    mp_buf_init(&ledger->state, STORE_VALUE_BYTES_MAX);
    mp_buf_init(&ledger->row, RUNNING_BYTES_MAX);
    mp_buf_init(&ledger->draft.deletion, OP_BYTES_MAX);
    mp_buf_init(&ledger->draft.ext, OP_BYTES_MAX);
    mp_buf_init(&ledger->draft.entry, OP_BYTES_MAX);
    ledger->cells.deltas = malloc(CELLS_PENDING_MAX * sizeof(*ledger->cells.deltas));
    ledger->cells.order = malloc(CELLS_PENDING_MAX * sizeof(*ledger->cells.order));
    ledger->cells.slots = calloc(CELL_SLOTS, sizeof(*ledger->cells.slots));
    for (uint16_t kind = 0; kind < KIND_FACTS_MAX; kind++)
        ledger->facts[kind] = kind_facts_of(kind);
    ledger->rules = malloc(sizeof(*ledger->rules));
    ledger->rules_next = malloc(sizeof(*ledger->rules_next));
    if (ledger->rules == NULL || ledger->rules_next == NULL || ledger->cells.deltas == NULL ||
        ledger->cells.order == NULL || ledger->cells.slots == NULL) {
        ledger_close(ledger);
        return ERR_NO_MEMORY;
    }
    rules_default(ledger->rules);
    *ledger_out = ledger;
    return ERR_OK;
}

const struct kind_facts *ledger_facts(struct ledger *ledger, uint16_t kind,
                                      struct kind_facts *space)
{
    if (kind < KIND_FACTS_MAX)
        return &ledger->facts[kind];
    *space = kind_facts_of(kind);
    return space;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    arena_deinit(&ledger->arena);
    mp_buf_deinit(&ledger->state);
    mp_buf_deinit(&ledger->row);
    mp_buf_deinit(&ledger->draft.deletion);
    mp_buf_deinit(&ledger->draft.ext);
    mp_buf_deinit(&ledger->draft.entry);
    free(ledger->cells.deltas);
    free(ledger->cells.order);
    free(ledger->cells.slots);
    free(ledger->rules);
    free(ledger->rules_next);
    sodium_memzero(ledger->sign_secret, sizeof(ledger->sign_secret));
    free(ledger);
}

/* Who writes here, and must the derived part be made again? The schema is looked at before any row
 * that it may have changed. */
static enum err open_look(struct ledger *ledger, bool *rebuild_out, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = store_begin(ledger->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    struct self_row self;
    err = self_get(txn, &self);
    bool newer = err == ERR_OK && self.schema > LEDGER_SCHEMA;
    if (err == ERR_OK && !newer)
        err = rebuild_needed(txn, rebuild_out);
    if (err == ERR_OK && !newer)
        err = rules_load(ledger, txn);
    store_abort(txn);
    if (err == ERR_NOT_FOUND)
        return err_set(info, err, "the store is not initialised");
    if (err != ERR_OK)
        return err_set(info, err, "read the ledger's own rows");
    if (newer)
        return err_set(info, ERR_VERSION, "the store's schema is %u, this program knows %u",
                       self.schema, (unsigned)LEDGER_SCHEMA);
    if (self.role != ledger->options.role)
        return err_set(info, ERR_INVALID, "the store is a %s's",
                       self.role == LEDGER_NODE ? "node" : "broker");
    ledger->self = (struct identity){.site = self.site, .epoch = self.epoch};
    return ERR_OK;
}

enum err ledger_open(struct store *store, const struct ledger_options *options,
                     const uint8_t sign_secret[SIGN_SECRET_BYTES], struct ledger **ledger_out,
                     struct err_info *info)
{
    struct ledger *ledger = NULL;
    enum err err = ledger_alloc(store, options, &ledger);
    if (err != ERR_OK)
        return err_set(info, err, "open the ledger");
    memcpy(ledger->sign_secret, sign_secret, SIGN_SECRET_BYTES);
    bool rebuild = false;
    err = open_look(ledger, &rebuild, info);
    if (err == ERR_OK && rebuild)
        err = ledger_rebuild(ledger, info);
    if (err != ERR_OK) {
        ledger_close(ledger);
        return err;
    }
    *ledger_out = ledger;
    return ERR_OK;
}

struct store *ledger_store(struct ledger *ledger)
{
    return ledger->store;
}

struct identity ledger_identity(const struct ledger *ledger)
{
    return ledger->self;
}

/* Sequence, head, clock and digest are read in every transaction; only who writes and where a batch
 * ended is kept. */
enum err ledger_forget(struct ledger *ledger)
{
    ledger->taken = (struct dot){.seq = 0};
    ledger->rules_unsure = true;
    ledger->gathering = false;
    struct store_txn *txn = NULL;
    struct err_info info;
    enum err err = store_begin(ledger->store, STORE_READ, &txn, &info);
    if (err != ERR_OK)
        return err;
    struct self_row self;
    err = self_get(txn, &self);
    store_abort(txn);
    if (err == ERR_OK)
        ledger->self = (struct identity){.site = self.site, .epoch = self.epoch};
    return err;
}
