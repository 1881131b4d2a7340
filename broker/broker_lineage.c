#include "broker/broker_private.h"

#include "lib/ledger/copy.h"

/* What an administrator decided about copies of a site, and which incarnation of the broker this
 * is. */

enum { LINE_KEY_BYTES = 16 + 12, EPOCH_CHANCE = 1 << 20 };

static const char LINE[16] = "broker.lineage\0";

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
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = incarnation_get(txn, broker->incarnation);
    if (err == ERR_OK) {
        store_abort(txn);
        return ERR_OK;
    }
    if (err == ERR_CORRUPT || err == ERR_NOT_FOUND) {
        broker->hooks.random(broker->hooks.context, broker->incarnation, INCARNATION_BYTES);
        err = incarnation_put(txn, broker->incarnation);
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
    err = incarnation_settle(txn);
    if (err == ERR_OK)
        return broker_commit_txn(broker, txn, NULL);
    store_abort(txn);
    return err;
}

/* Not the next number: a copy may be restored twice, and what was written after the first time is
 * then out there under an epoch that the copy does not know. The time is past every epoch before;
 * a clock that stands still or went back is made up for by chance. */
static uint32_t epoch_after(const struct broker *broker, uint32_t epoch)
{
    uint64_t seconds = broker->now.unix_ms / 1000;
    uint64_t chance = get_u32(broker->incarnation) % EPOCH_CHANCE;
    uint64_t next = (seconds > epoch ? seconds : (uint64_t)epoch + 1) + chance;
    return next <= UINT32_MAX ? (uint32_t)next : epoch + 1;
}

/* Sites may hold operations of the centre that the copy does not have: under a new epoch their
 * numbers are not given out twice. A crash in between costs one more epoch. */
enum err broker_move_centre(struct broker *broker)
{
    struct store_txn *txn;
    struct origin_row row = {0};
    struct identity self = ledger_identity(broker->ledger);
    uint64_t moved = 0;
    bool renewed = false;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = incarnation_renewed(txn, &renewed);
    if (err == ERR_OK && renewed)
        err = broker_origin(txn, (struct origin){self.site, self.epoch}, &row);
    store_abort(txn);
    if (err != ERR_OK || !renewed)
        return err;
    if (self.epoch == UINT32_MAX)
        return ERR_LIMIT;
    err = ledger_reissue(broker->ledger, row.stored_seq, epoch_after(broker, self.epoch), &moved,
                         NULL);
    return err == ERR_OK ? clear_renewed(broker) : err;
}

void broker_come_back(struct broker *broker)
{
    uint8_t fresh[INCARNATION_BYTES];
    broker->hooks.random(broker->hooks.context, fresh, sizeof(fresh));
    enum err err = copy_adopt(broker->store, fresh, NULL);
    if (err == ERR_OK)
        err = broker_load_incarnation(broker);
    if (err == ERR_OK)
        err = broker_move_centre(broker);
    broker_log(broker, BROKER_LOG_WARN, "broker.went_back", "centre_epoch=%u code=%s",
               ledger_identity(broker->ledger).epoch, err_slug(err));
    if (err == ERR_UNKNOWN_OUTCOME || ledger_forget(broker->ledger) != ERR_OK) {
        broker_fail(broker, ERR_UNKNOWN_OUTCOME);
        return;
    }
    broker->went_back = err != ERR_OK; /* a full disk: tried again with the next turn */
    while (broker->peer_count > 0)
        broker_drop_peer(broker, broker->peers[broker->peer_count - 1]);
}
