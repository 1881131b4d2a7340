#include "broker/broker_private.h"

/* What an administrator decided about copies of a site, and which incarnation of the broker this
 * is. */

enum { LINE_KEY_BYTES = 16 + 12 };

static const char LINE[16] = "broker.lineage\0";
static const char INCARNATION[] = "broker.incarnation";
static const char RENEWED[] = "broker.renewed"; /* the centre has yet to move to a new epoch */

static void line_key(struct origin origin, uint8_t key_out[LINE_KEY_BYTES])
{
    memcpy(key_out, LINE, sizeof(LINE));
    put_u64(key_out + sizeof(LINE), origin.site);
    put_u32(key_out + sizeof(LINE) + 8, origin.epoch);
}

enum err broker_get_lineage(struct store_txn *txn, struct origin origin, enum lineage *lineage_out)
{
    uint8_t key[LINE_KEY_BYTES];
    struct bytes value;
    line_key(origin, key);
    *lineage_out = LINEAGE_FREE;
    enum err err = store_get(txn, NS_META, bytes_of(key, sizeof(key)), &value);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return err;
    if (value.len != 1 || value.data[0] > LINEAGE_RELEASED)
        return ERR_CORRUPT;
    *lineage_out = (enum lineage)value.data[0];
    return ERR_OK;
}

enum err broker_put_lineage(struct store_txn *txn, struct origin origin, enum lineage lineage)
{
    uint8_t key[LINE_KEY_BYTES];
    uint8_t value = (uint8_t)lineage;
    line_key(origin, key);
    return store_put(txn, NS_META, bytes_of(key, sizeof(key)), bytes_of(&value, 1));
}

enum err broker_any_held(struct store_txn *txn, uint64_t site, bool *held_out)
{
    uint8_t key[LINE_KEY_BYTES];
    line_key((struct origin){.site = site}, key);
    struct bytes prefix = bytes_of(key, sizeof(LINE) + 8), row_key, value;
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_META, prefix, prefix, STORE_FORWARD, &iter);
    *held_out = false;
    while (err == ERR_OK && store_iter_next(iter, &row_key, &value, &err))
        *held_out = *held_out || (value.len == 1 && value.data[0] == LINEAGE_HELD);
    store_iter_close(iter);
    return err;
}

enum err broker_origin(struct store_txn *txn, struct origin origin, struct origin_row *row_out)
{
    enum err err = ledger_get_origin(txn, origin, row_out);
    if (err != ERR_NOT_FOUND)
        return err;
    *row_out = (struct origin_row){0};
    chain_start(origin, row_out->head);
    return ERR_OK;
}

enum err broker_load_incarnation(struct broker *broker)
{
    struct store_txn *txn;
    struct bytes value;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = store_get(txn, NS_META, bytes_of_text(INCARNATION), &value);
    if (err == ERR_OK && value.len == BROKER_INCARNATION_BYTES) {
        memcpy(broker->incarnation, value.data, BROKER_INCARNATION_BYTES);
        store_abort(txn);
        return ERR_OK;
    }
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        broker->hooks.random(broker->hooks.context, broker->incarnation, BROKER_INCARNATION_BYTES);
        err = store_put(txn, NS_META, bytes_of_text(INCARNATION),
                        bytes_of(broker->incarnation, BROKER_INCARNATION_BYTES));
    }
    if (err != ERR_OK) {
        store_abort(txn);
        return err;
    }
    return broker_commit_txn(broker, txn, NULL);
}

static enum err clear_renewed(struct broker *broker)
{
    struct store_txn *txn;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = store_del(txn, NS_META, bytes_of_text(RENEWED));
    if (err == ERR_OK)
        return broker_commit_txn(broker, txn, NULL);
    store_abort(txn);
    return err;
}

/* Sites may hold operations of the centre that the copy does not have: under a new epoch their
 * numbers are not given out twice. A crash in between costs one more epoch. */
enum err broker_move_centre(struct broker *broker)
{
    struct store_txn *txn;
    struct bytes value;
    struct origin_row row;
    struct identity self = ledger_identity(broker->ledger);
    uint64_t moved = 0;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    enum err marked = store_get(txn, NS_META, bytes_of_text(RENEWED), &value);
    if (marked == ERR_OK)
        err = broker_origin(txn, (struct origin){self.site, self.epoch}, &row);
    store_abort(txn);
    if (marked != ERR_OK || err != ERR_OK)
        return marked == ERR_NOT_FOUND ? ERR_OK : marked != ERR_OK ? marked : err;
    if (self.epoch == UINT32_MAX)
        return ERR_LIMIT;
    err = ledger_reissue(broker->ledger, row.stored_seq, self.epoch + 1, &moved, NULL);
    return err == ERR_OK ? clear_renewed(broker) : err;
}

enum err broker_renew_incarnation(struct store *store, const uint8_t incarnation[16],
                                  struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = store_put(txn, NS_META, bytes_of_text(INCARNATION),
                    bytes_of(incarnation, BROKER_INCARNATION_BYTES));
    if (err == ERR_OK)
        err = store_put(txn, NS_META, bytes_of_text(RENEWED), bytes_of_text("1"));
    if (err != ERR_OK) {
        store_abort(txn);
        return err_set(info, err, "write the broker's incarnation");
    }
    switch (store_commit(txn, info)) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        return ERR_IO;
    case STORE_UNKNOWN:
        break;
    }
    return ERR_UNKNOWN_OUTCOME;
}
