#include "lib/ledger/ledger_private.h"

#include <inttypes.h>

/* A node whose epoch was taken over moves what the broker never got into its new epoch: same
 * changes, new dots, a new chain. One transaction moves all of them or none, so that there is never
 * a log with half of each. */

struct moving {
    struct ledger *ledger;
    struct store_txn *txn;
    struct origin old, fresh;
    struct origin_row old_row, fresh_row;
    uint64_t kept_seq;
    struct mp_buf entry;
};

static enum err move_one(struct moving *moving, uint64_t seq)
{
    struct dot old = {.origin = moving->old, .seq = seq};
    struct dot fresh = {.origin = moving->fresh, .seq = seq - moving->kept_seq};
    uint8_t old_key[DOT_KEY_BYTES], fresh_key[DOT_KEY_BYTES];
    dot_put_key(old, old_key);
    dot_put_key(fresh, fresh_key);
    struct bytes stored;
    enum err err = store_get(moving->txn, NS_LOG, bytes_of(old_key, sizeof(old_key)), &stored);
    if (err == ERR_OK)
        err = entry_reissue(stored, old, moving->kept_seq, fresh, &moving->entry);
    struct entry entry;
    uint8_t leaf[HASH_BYTES];
    if (err == ERR_OK)
        err = entry_decode(mp_buf_bytes(&moving->entry), &entry);
    if (err == ERR_OK)
        err = chain_leaf(&entry, leaf);
    if (err == ERR_OK)
        err = store_put(moving->txn, NS_LOG, bytes_of(fresh_key, sizeof(fresh_key)),
                        mp_buf_bytes(&moving->entry));
    if (err == ERR_OK)
        err = store_del(moving->txn, NS_LOG, bytes_of(old_key, sizeof(old_key)));
    if (err == ERR_OK)
        err = store_del(moving->txn, NS_QUARANTINE, bytes_of(old_key, sizeof(old_key)));
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    chain_extend(moving->fresh_row.head, leaf);
    moving->fresh_row.stored_seq = fresh.seq;
    return ERR_OK;
}

static enum err drop_marks(struct moving *moving)
{
    for (;;) {
        struct seal_row mark;
        struct dot at = {.origin = moving->old, .seq = moving->kept_seq + 1};
        enum err err = seal_near(moving->txn, at, STORE_FORWARD, &at.seq, &mark);
        if (err != ERR_OK)
            return err == ERR_NOT_FOUND ? ERR_OK : err;
        uint8_t key[DOT_KEY_BYTES];
        dot_put_key(at, key);
        err = store_del(moving->txn, NS_SEAL, bytes_of(key, sizeof(key)));
        if (err != ERR_OK)
            return err;
    }
}

static enum err move_rows(struct moving *moving)
{
    uint8_t kept_head[HASH_BYTES];
    enum err err = ledger_head_at(moving->txn, moving->old, moving->kept_seq, kept_head);
    uint64_t last = moving->old_row.stored_seq;
    for (uint64_t seq = moving->kept_seq + 1; err == ERR_OK && seq <= last; seq++)
        err = move_one(moving, seq);
    if (err == ERR_OK)
        err = drop_marks(moving);
    if (err != ERR_OK)
        return err;
    /* What is kept is kept because the broker has it. */
    moving->old_row.stored_seq = moving->kept_seq;
    moving->old_row.acked_seq = moving->kept_seq;
    memcpy(moving->old_row.head, kept_head, HASH_BYTES);
    memcpy(moving->old_row.acked_head, kept_head, HASH_BYTES);
    memcpy(moving->fresh_row.token, moving->old_row.token, TOKEN_BYTES);
    moving->fresh_row.received_ms = moving->old_row.received_ms;
    err = ledger_put_origin(moving->txn, moving->old, &moving->old_row);
    if (err == ERR_OK)
        err = ledger_put_origin(moving->txn, moving->fresh, &moving->fresh_row);
    struct self_row self;
    if (err == ERR_OK)
        err = self_get(moving->txn, &self);
    self.epoch = moving->fresh.epoch;
    if (err == ERR_OK)
        err = self_put(moving->txn, &self);
    return err == ERR_OK && last > moving->kept_seq ? rebuild_flag_put(moving->txn) : err;
}

static enum err check_move(struct moving *moving, struct err_info *info)
{
    enum err err = origin_get_or_new(moving->txn, moving->old, &moving->old_row);
    if (err == ERR_OK)
        err = origin_get_or_new(moving->txn, moving->fresh, &moving->fresh_row);
    if (err != ERR_OK)
        return err_set(info, err, "read the own origins");
    if (moving->fresh.epoch <= moving->old.epoch)
        return err_set(info, ERR_INVALID, "epoch %" PRIu32 " does not come after %" PRIu32,
                       moving->fresh.epoch, moving->old.epoch);
    if (moving->kept_seq > moving->old_row.stored_seq)
        return err_set(info, ERR_GAP, "operation %" PRIu64 " is not in the log", moving->kept_seq);
    /* What the moved operations say they have seen is counted from the new epoch's start. */
    if (moving->fresh_row.stored_seq > 0)
        return err_set(info, ERR_EXISTS, "epoch %" PRIu32 " has operations already",
                       moving->fresh.epoch);
    if (moving->old_row.stored_seq - moving->kept_seq > REISSUE_OPS_MAX)
        return err_set(info, ERR_LIMIT, "more than %d operations to write again",
                       (int)REISSUE_OPS_MAX);
    return ERR_OK;
}

enum err ledger_reissue(struct ledger *ledger, uint64_t kept_seq, uint32_t new_epoch,
                        uint64_t *moved_out, struct err_info *info)
{
    struct moving moving = {.ledger = ledger, .kept_seq = kept_seq};
    moving.old = (struct origin){.site = ledger->self.site, .epoch = ledger->self.epoch};
    moving.fresh = (struct origin){.site = ledger->self.site, .epoch = new_epoch};
    enum err err = store_begin(ledger->store, STORE_WRITE, &moving.txn, info);
    if (err != ERR_OK)
        return err;
    mp_buf_init(&moving.entry, OP_BYTES_MAX);
    err = check_move(&moving, info);
    uint64_t moved = err == ERR_OK ? moving.old_row.stored_seq - kept_seq : 0;
    if (err == ERR_OK) {
        err = move_rows(&moving);
        if (err != ERR_OK)
            (void)err_set(info, err, "write the own operations again");
    }
    mp_buf_deinit(&moving.entry);
    if (err != ERR_OK) {
        store_abort(moving.txn);
        return err;
    }
    err = commit_txn(moving.txn, info);
    if (err != ERR_OK)
        return err;
    ledger->self.epoch = new_epoch;
    ledger->taken = (struct dot){.seq = 0};
    if (moved > 0)
        err = ledger_rebuild(ledger, info);
    if (err == ERR_OK)
        *moved_out = moved;
    return err;
}
