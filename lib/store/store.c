#include "lib/store/engine.h"

#include <assert.h>

/* The contract, once: bounds, one writer, no write after a failed one, no begin after an unknown
 * commit, and the walk's prefix. The engines below only keep sorted keys. */

static bool valid_ns(enum store_ns ns)
{
    return (unsigned)ns < NS_COUNT;
}

static bool valid_key(struct bytes key)
{
    return key.data != NULL && key.len >= 1 && key.len <= STORE_KEY_BYTES_MAX;
}

void store_init(struct store *store, const struct store_engine *engine)
{
    store->engine = engine;
    atomic_init(&store->open_txns, 0);
    atomic_init(&store->writing, false);
    atomic_init(&store->broken, false);
    atomic_init(&store->disk_floor_bytes, STORE_DISK_FLOOR_AUTO);
}

void store_set_disk_floor(struct store *store, uint64_t bytes)
{
    atomic_store(&store->disk_floor_bytes, bytes);
}

const struct err_info *store_trouble(const struct store *store)
{
    return store->trouble.code == ERR_OK ? NULL : &store->trouble;
}

/* A put or del that failed; returns `rc`. */
static enum err note_write(struct store_txn *txn, enum err rc)
{
    txn->failure = rc;
    if (rc != ERR_OK)
        (void)err_set(&txn->store->trouble, rc, "write to the store: %s", err_text(rc));
    return rc;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    assert(atomic_load(&store->open_txns) == 0);
    store->engine->close(store);
}

enum err store_begin(struct store *store, enum store_mode mode, struct store_txn **txn_out,
                     struct err_info *info)
{
    assert(store != NULL);
    if (atomic_load(&store->broken))
        return err_set(
            info, ERR_IO,
            "the outcome of an earlier commit is unknown: the store must be opened again");
    if (mode == STORE_WRITE) {
        bool was_writing = atomic_exchange(&store->writing, true);
        assert(!was_writing);
    }
    struct store_txn *txn = NULL;
    enum err rc = store->engine->begin(store, mode, &txn, info);
    if (rc != ERR_OK) {
        if (mode == STORE_WRITE) {
            atomic_store(&store->writing, false);
            (void)err_set(&store->trouble, rc, "write to the store: %s", err_text(rc));
        }
        return rc;
    }
    txn->store = store;
    txn->mode = mode;
    atomic_fetch_add(&store->open_txns, 1);
    *txn_out = txn;
    return ERR_OK;
}

void store_txn_ended(struct store *store, enum store_mode mode)
{
    unsigned before = atomic_fetch_sub(&store->open_txns, 1);
    assert(before > 0);
    if (mode == STORE_WRITE)
        atomic_store(&store->writing, false);
}

enum err store_get(struct store_txn *txn, enum store_ns ns, struct bytes key,
                   struct bytes *value_out)
{
    assert(valid_ns(ns));
    assert(valid_key(key));
    if (txn->failure != ERR_OK)
        return txn->failure;
    return txn->store->engine->get(txn, ns, key, value_out);
}

enum err store_put(struct store_txn *txn, enum store_ns ns, struct bytes key, struct bytes value)
{
    assert(txn->mode == STORE_WRITE);
    assert(valid_ns(ns) && valid_key(key));
    assert(value.len <= STORE_VALUE_BYTES_MAX && (value.data != NULL || value.len == 0));
    if (txn->failure != ERR_OK)
        return txn->failure;
    txn->changes[ns]++;
    return note_write(txn, txn->store->engine->put(txn, ns, key, value));
}

enum err store_del(struct store_txn *txn, enum store_ns ns, struct bytes key)
{
    assert(txn->mode == STORE_WRITE);
    assert(valid_ns(ns) && valid_key(key));
    if (txn->failure != ERR_OK)
        return txn->failure;
    txn->changes[ns]++;
    return note_write(txn, txn->store->engine->del(txn, ns, key));
}

enum store_outcome store_commit(struct store_txn *txn, struct err_info *info)
{
    assert(txn->iter_count == 0);
    if (txn->failure != ERR_OK) {
        (void)err_set(info, txn->failure, "a write in this transaction failed: %s",
                      err_text(txn->failure));
        store_abort(txn);
        return STORE_NOT;
    }
    struct store *store = txn->store;
    enum store_mode mode = txn->mode;
    struct err_info failure = {.code = ERR_OK};
    enum store_outcome outcome = store->engine->commit(txn, &failure);
    if (mode == STORE_WRITE)
        store->trouble = failure;
    if (outcome != STORE_DURABLE && info != NULL)
        *info = failure;
    if (outcome == STORE_UNKNOWN)
        atomic_store(&store->broken, true);
    store_txn_ended(store, mode);
    return outcome;
}

void store_abort(struct store_txn *txn)
{
    if (txn == NULL)
        return;
    assert(txn->iter_count == 0);
    struct store *store = txn->store;
    enum store_mode mode = txn->mode;
    store->engine->abort(txn);
    store_txn_ended(store, mode);
}

static void copy_into(uint8_t *to, size_t *len_out, struct bytes from)
{
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    *len_out = from.len;
}

/* Forward from max(prefix, from). Back from min(from, the greatest possible key with this prefix),
 * which is the prefix filled up with 0xff to the longest key there can be. */
static void choose_start(struct store_iter *iter, struct bytes prefix, struct bytes from)
{
    if (iter->direction == STORE_FORWARD) {
        struct bytes start = bytes_compare(from, prefix) > 0 ? from : prefix;
        copy_into(iter->start, &iter->start_len, start);
        return;
    }
    memset(iter->start, 0xff, sizeof(iter->start));
    copy_into(iter->start, &iter->start_len, prefix);
    iter->start_len = sizeof(iter->start);
    if (from.len > 0 && bytes_compare(from, bytes_of(iter->start, iter->start_len)) < 0)
        copy_into(iter->start, &iter->start_len, from);
}

enum err store_iter_open(struct store_txn *txn, enum store_ns ns, struct bytes prefix,
                         struct bytes from, enum store_direction direction,
                         struct store_iter **iter_out)
{
    assert(valid_ns(ns));
    assert(prefix.len <= STORE_KEY_BYTES_MAX && from.len <= STORE_KEY_BYTES_MAX);
    if (txn->failure != ERR_OK)
        return txn->failure;
    struct store_iter *iter = NULL;
    enum err rc = txn->store->engine->iter_open(txn, ns, &iter);
    if (rc != ERR_OK)
        return rc;
    iter->txn = txn;
    iter->ns = ns;
    iter->direction = direction;
    iter->started = false;
    iter->done = false;
    iter->changes = txn->changes[ns];
    copy_into(iter->prefix, &iter->prefix_len, prefix);
    choose_start(iter, prefix, from);
    txn->iter_count++;
    *iter_out = iter;
    return ERR_OK;
}

bool store_iter_next(struct store_iter *iter, struct bytes *key_out, struct bytes *value_out,
                     enum err *err_out)
{
    assert(iter->changes == iter->txn->changes[iter->ns]); /* collect first, then write */
    *err_out = ERR_OK;
    if (iter->done)
        return false;
    struct bytes key = {0};
    struct bytes value = {0};
    enum err rc = iter->txn->store->engine->iter_next(iter, &key, &value);
    iter->started = true;
    /* Part by part, as they were written: a copy of both at once would wait for the parts. */
    const uint8_t *key_data = key.data, *value_data = value.data;
    size_t key_len = key.len, value_len = value.len;
    bool inside = rc == ERR_OK && key_len >= iter->prefix_len &&
                  memcmp(key_data, iter->prefix, iter->prefix_len) == 0;
    if (!inside) {
        iter->done = true;
        *err_out = rc == ERR_NOT_FOUND ? ERR_OK : rc;
        return false;
    }
    *key_out = bytes_of(key_data, key_len);
    *value_out = bytes_of(value_data, value_len);
    return true;
}

void store_iter_close(struct store_iter *iter)
{
    if (iter == NULL)
        return;
    struct store_txn *txn = iter->txn;
    assert(txn->iter_count > 0);
    txn->iter_count--;
    txn->store->engine->iter_close(iter);
}

enum err store_last(struct store_txn *txn, enum store_ns ns, struct bytes prefix,
                    struct bytes *key_out, struct bytes *value_out)
{
    struct store_iter *iter = NULL;
    enum err rc = store_iter_open(txn, ns, prefix, (struct bytes){0}, STORE_BACK, &iter);
    if (rc != ERR_OK)
        return rc;
    struct bytes key = {0};
    struct bytes value = {0};
    bool found = store_iter_next(iter, &key, &value, &rc);
    store_iter_close(iter);
    if (!found)
        return rc == ERR_OK ? ERR_NOT_FOUND : rc;
    if (key_out != NULL)
        *key_out = key;
    if (value_out != NULL)
        *value_out = value;
    return ERR_OK;
}

enum err store_usage_of(struct store *store, struct store_usage *usage_out)
{
    return store->engine->usage(store, usage_out);
}

enum err store_nearly_full(struct store_txn *txn, bool *full_out)
{
    struct store_usage usage;
    if (!txn->measured) {
        enum err rc = store_usage_of(txn->store, &usage);
        if (rc != ERR_OK)
            return rc;
        txn->measured = true;
        txn->nearly_full = usage.nearly_full;
    }
    *full_out = txn->nearly_full;
    return ERR_OK;
}

enum err store_readers_of(struct store *store, struct store_readers *readers_out)
{
    *readers_out = (struct store_readers){.count = 0};
    return store->engine->readers != NULL ? store->engine->readers(store, readers_out) : ERR_OK;
}

uint64_t store_place(struct store *store)
{
    return store->engine->place != NULL ? store->engine->place(store) : 0;
}

enum err store_backup(struct store *store, const char *path, struct err_info *info)
{
    return store->engine->backup(store, path, info);
}
