#include "lib/ledger/copy.h"

#include "lib/ledger/identity.h"
#include "lib/ledger/ledger_private.h"

static const char MADE[] = "copy.made";   /* [Unix ms]: a backup */
static const char PLACE[] = "copy.place"; /* [number of the store's file] */
static const char INCARNATION[] = "broker.incarnation";
static const char RENEWED[] = "broker.renewed"; /* the centre has yet to move to a new epoch */

static enum err number_get(struct store_txn *txn, const char *name, uint64_t *number_out)
{
    struct bytes value;
    enum err err = store_get(txn, NS_META, bytes_of_text(name), &value);
    if (err != ERR_OK)
        return err;
    if (value.len != sizeof(uint64_t))
        return ERR_CORRUPT;
    *number_out = get_u64(value.data);
    return ERR_OK;
}

static enum err number_put(struct store_txn *txn, const char *name, uint64_t number)
{
    uint8_t value[sizeof(number)];
    put_u64(value, number);
    return store_put(txn, NS_META, bytes_of_text(name), bytes_of(value, sizeof(value)));
}

enum err copy_made(struct store_txn *txn, uint64_t *made_ms_out)
{
    return number_get(txn, MADE, made_ms_out);
}

enum err incarnation_get(struct store_txn *txn, uint8_t incarnation_out[INCARNATION_BYTES])
{
    struct bytes value;
    enum err err = store_get(txn, NS_META, bytes_of_text(INCARNATION), &value);
    if (err == ERR_OK && value.len != INCARNATION_BYTES)
        err = ERR_CORRUPT;
    if (err == ERR_OK)
        memcpy(incarnation_out, value.data, INCARNATION_BYTES);
    return err;
}

enum err incarnation_put(struct store_txn *txn, const uint8_t incarnation[INCARNATION_BYTES])
{
    return store_put(txn, NS_META, bytes_of_text(INCARNATION),
                     bytes_of(incarnation, INCARNATION_BYTES));
}

enum err incarnation_renewed(struct store_txn *txn, bool *renewed_out)
{
    struct bytes value;
    enum err err = store_get(txn, NS_META, bytes_of_text(RENEWED), &value);
    *renewed_out = err == ERR_OK;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err incarnation_settle(struct store_txn *txn)
{
    return store_del(txn, NS_META, bytes_of_text(RENEWED));
}

enum err copy_mark(struct store *store, uint64_t made_ms, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = number_put(txn, MADE, made_ms);
    if (err == ERR_OK)
        return commit_txn(txn, info);
    store_abort(txn);
    return err_set(info, err, "mark the copy as a backup");
}

enum err copy_adopt(struct store *store, const uint8_t incarnation[INCARNATION_BYTES],
                    struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum ledger_role role = LEDGER_NODE;
    struct identity self;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = identity_read(txn, &role, &self);
    if (err == ERR_OK)
        err = store_del(txn, NS_META, bytes_of_text(MADE));
    if (err == ERR_OK)
        err = store_del(txn, NS_META, bytes_of_text(PLACE));
    if (err == ERR_OK && role == LEDGER_BROKER)
        err = incarnation_put(txn, incarnation);
    if (err == ERR_OK && role == LEDGER_BROKER)
        err = store_put(txn, NS_META, bytes_of_text(RENEWED), bytes_of_text("1"));
    if (err == ERR_OK)
        return commit_txn(txn, info);
    store_abort(txn);
    return err_set(info, err, "make the copy the one that runs");
}

/* What the store says of itself. */
struct papers {
    enum ledger_role role;
    bool ledger, marked, placed;
    uint64_t made_ms, place;
};

static enum err read_papers(struct store *store, struct papers *papers, struct err_info *info)
{
    struct store_txn *txn = NULL;
    struct identity self;
    *papers = (struct papers){.role = LEDGER_NODE};
    enum err err = store_begin(store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = identity_read(txn, &papers->role, &self);
    papers->ledger = err == ERR_OK;
    if (papers->ledger)
        err = copy_made(txn, &papers->made_ms);
    papers->marked = papers->ledger && err == ERR_OK;
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        err = papers->ledger ? number_get(txn, PLACE, &papers->place) : err;
    papers->placed = papers->ledger && err == ERR_OK;
    store_abort(txn);
    /* an unknown version is for the ledger to tell */
    return err == ERR_NOT_FOUND || err == ERR_VERSION ? ERR_OK : err;
}

static enum err note_place(struct store *store, uint64_t place, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = number_put(txn, PLACE, place);
    if (err == ERR_OK)
        return commit_txn(txn, info);
    store_abort(txn);
    return err_set(info, err, "note which file the store is");
}

enum err copy_check(struct store *store, struct err_info *info)
{
    struct papers papers;
    enum err err = read_papers(store, &papers, info);
    if (err != ERR_OK)
        return err_set(info, err, "read whose store this is");
    if (papers.marked)
        return err_set(info, ERR_DENIED,
                       "it is a backup; 'cse restore BACKUP DIR' makes a data directory of it");
    uint64_t place = store_place(store);
    if (!papers.ledger || papers.role != LEDGER_BROKER || place == 0)
        return ERR_OK;
    if (!papers.placed) {
        err = note_place(store, place, info);
        return err == ERR_FULL ? ERR_OK : err; /* the next start notes it */
    }
    return papers.place == place
               ? ERR_OK
               : err_set(info, ERR_DENIED,
                         "its store was copied from elsewhere; when the original will not run "
                         "again, say so with 'cse restore --in-place DIR'");
}
