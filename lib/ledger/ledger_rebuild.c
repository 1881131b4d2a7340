#include "lib/ledger/ledger_private.h"

#include <assert.h>

/* The derived part made again from the log, in transactions of bounded size. A flag stands from the
 * first of them to the last: a store that is opened with it begins anew, so an interruption costs
 * time and nothing else. */

/* What the derived rows depend on besides the log. */
static void derived_version(struct mp_buf *buf)
{
    mp_put_array(buf, 2);
    mp_put_uint(buf, PICTURE_VERSION);
    mp_put_uint(buf, LEDGER_VERSION);
}

static enum err derived_put(struct store_txn *txn)
{
    struct mp_buf buf;
    mp_buf_init(&buf, STORE_VALUE_BYTES_MAX);
    derived_version(&buf);
    return row_put(txn, NS_META, bytes_of_text("derived"), &buf);
}

enum err rebuild_flag_put(struct store_txn *txn)
{
    return meta_put_uint(txn, "rebuild", 1);
}

enum err rebuild_needed(struct store_txn *txn, bool *needed_out)
{
    uint64_t flag = 0;
    enum err err = meta_get_uint(txn, "rebuild", &flag);
    if (err != ERR_OK)
        return err;
    struct mp_buf now;
    mp_buf_init(&now, STORE_VALUE_BYTES_MAX);
    derived_version(&now);
    struct bytes stored;
    err = mp_buf_err(&now);
    if (err == ERR_OK)
        err = store_get(txn, NS_META, bytes_of_text("derived"), &stored);
    if (err == ERR_OK)
        *needed_out = flag != 0 || !bytes_equal(stored, mp_buf_bytes(&now));
    if (err == ERR_NOT_FOUND) {
        *needed_out = true;
        err = ERR_OK;
    }
    mp_buf_deinit(&now);
    return err;
}

static enum err commit(struct store_txn *txn, enum err err, struct err_info *info)
{
    if (err != ERR_OK) {
        store_abort(txn);
        return err_set(info, err, "rebuild");
    }
    return commit_txn(txn, info);
}

/* ---- away with the old ---- */

struct found_key {
    uint8_t data[STORE_KEY_BYTES_MAX];
    size_t len;
};

static enum err delete_some(struct store_txn *txn, enum store_ns ns, bool *more_out)
{
    enum { KEYS = 512 };
    struct found_key keys[KEYS];
    struct store_iter *iter = NULL;
    enum err err =
        store_iter_open(txn, ns, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD, &iter);
    struct bytes key, value;
    uint32_t count = 0;
    while (err == ERR_OK && count < KEYS && store_iter_next(iter, &key, &value, &err)) {
        memcpy(keys[count].data, key.data, key.len);
        keys[count++].len = key.len;
    }
    store_iter_close(iter);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++)
        err = store_del(txn, ns, bytes_of(keys[i].data, keys[i].len));
    *more_out = count == KEYS;
    return err;
}

static enum err delete_all(struct ledger *ledger, enum store_ns ns, struct err_info *info)
{
    bool more = true;
    while (more) {
        struct store_txn *txn = NULL;
        enum err err = store_begin(ledger->store, STORE_WRITE, &txn, info);
        if (err != ERR_OK)
            return err;
        err = rebuild_flag_put(txn);
        if (err == ERR_OK)
            err = store_del(txn, NS_META, bytes_of_text("digest"));
        if (err == ERR_OK)
            err = delete_some(txn, ns, &more);
        err = commit(txn, err, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* ---- and again ---- */

struct replay {
    struct ledger *ledger;
    struct store_txn *txn;
    uint8_t next[DOT_KEY_BYTES]; /* where the next transaction goes on */
    struct counted counted;
    bool more;
};

enum err log_counts(const struct ledger *ledger, struct store_txn *txn, struct dot dot,
                    struct counted *counted, bool *counts_out)
{
    bool broker = ledger->options.role == LEDGER_BROKER;
    if (broker && !origin_equal(dot.origin, counted->origin)) {
        struct origin_row row;
        enum err err = ledger_get_origin(txn, dot.origin, &row);
        if (err != ERR_OK)
            return err;
        *counted = (struct counted){
            .origin = dot.origin, .applied_seq = row.applied_seq, .stored_seq = row.stored_seq};
    }
    if (broker && dot.seq > counted->applied_seq && dot.seq <= counted->stored_seq) {
        *counts_out = false;
        return ERR_OK;
    }
    struct aside_row aside;
    enum err err = aside_get(txn, dot, &aside);
    *counts_out = err == ERR_NOT_FOUND || (err == ERR_OK && aside.merged);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err replay_some(struct replay *replay)
{
    struct store_iter *iter = NULL;
    enum err err = work_begin(replay->ledger, replay->txn);
    if (err == ERR_OK)
        err = store_iter_open(replay->txn, NS_LOG, bytes_of(NULL, 0),
                              bytes_of(replay->next, DOT_KEY_BYTES), STORE_FORWARD, &iter);
    struct bytes key, value;
    uint32_t done = 0;
    replay->more = false;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (key.len != DOT_KEY_BYTES) {
            err = ERR_CORRUPT;
            break;
        }
        if (done++ == APPLY_OPS_MAX) {
            memcpy(replay->next, key.data, DOT_KEY_BYTES);
            replay->more = true;
            break;
        }
        struct dot dot = dot_get_key(key.data);
        bool wanted = false;
        err = log_counts(replay->ledger, replay->txn, dot, &replay->counted, &wanted);
        if (err == ERR_OK && wanted)
            err = merge_entry(replay->ledger, replay->txn, dot, value, 0);
    }
    store_iter_close(iter);
    return err == ERR_OK ? work_end(replay->ledger, replay->txn) : err;
}

static enum err replay_all(struct ledger *ledger, struct err_info *info)
{
    ledger->arrived_ms = 0;
    struct replay replay = {.ledger = ledger, .more = true};
    while (replay.more) {
        enum err err = store_begin(ledger->store, STORE_WRITE, &replay.txn, info);
        if (err != ERR_OK)
            return err;
        err = replay_some(&replay);
        if (err == ERR_OK && !replay.more)
            err = past_restart(replay.txn, ledger->options.today);
        if (err == ERR_OK && !replay.more)
            err = derived_put(replay.txn);
        if (err == ERR_OK && !replay.more)
            err = store_del(replay.txn, NS_META, bytes_of_text("rebuild"));
        err = commit(replay.txn, err, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

enum err ledger_rebuild(struct ledger *ledger, struct err_info *info)
{
    static const enum store_ns derived[] = {NS_RECORD, NS_INDEX, NS_CELL, NS_PAST};
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < sizeof(derived) / sizeof(derived[0]); i++)
        err = delete_all(ledger, derived[i], info);
    ledger->rebuilding = true;
    ledger->rules_unsure = true; /* whatever they were, the records they come from are gone */
    if (err == ERR_OK)
        err = replay_all(ledger, info);
    ledger->rebuilding = false;
    return err;
}
