#include "lib/store/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/store/mem_tree.h"

/* The store in memory: one persistent tree a namespace. A transaction holds the roots it began
 * with, a commit swaps them in, an abort or a crash lets them go. It can be told to fail, which is
 * what the simulator wants of it. A store and its copies belong to one thread. */

struct mem_txn {
    struct store_txn base;
    struct mem_node *roots[NS_COUNT];
    uint64_t owner;
    uint64_t used_bytes, entries;
};

struct mem_store {
    struct store base;
    struct mem_node *roots[NS_COUNT];
    uint64_t last_owner;
    uint64_t used_bytes, entries;
    uint64_t capacity_bytes; /* 0: no bound */
    struct mem_txn *writer;
    uint32_t failing_commits;
    enum store_outcome failing_outcome;
    bool failing_keeps;
};

struct mem_iter {
    struct store_iter base;
    const struct mem_item *at;
};

static struct mem_store *mem_store_of(struct store *store)
{
    return (struct mem_store *)store;
}

static struct mem_txn *mem_txn_of(struct store_txn *txn)
{
    return (struct mem_txn *)txn;
}

static void drop_roots(struct mem_node *roots[NS_COUNT])
{
    for (int ns = 0; ns < NS_COUNT; ns++)
        mem_tree_drop(roots[ns]);
}

static void mem_close(struct store *store)
{
    drop_roots(mem_store_of(store)->roots);
    free(store);
}

static enum err mem_begin(struct store *store, enum store_mode mode, struct store_txn **txn_out,
                          struct err_info *info)
{
    struct mem_store *self = mem_store_of(store);
    struct mem_txn *txn = calloc(1, sizeof(*txn));
    if (txn == NULL)
        return err_set(info, ERR_NO_MEMORY, "begin a transaction: out of memory");
    for (int ns = 0; ns < NS_COUNT; ns++)
        txn->roots[ns] = mem_tree_hold(self->roots[ns]);
    txn->used_bytes = self->used_bytes;
    txn->entries = self->entries;
    if (mode == STORE_WRITE) {
        txn->owner = ++self->last_owner;
        self->writer = txn;
    }
    *txn_out = &txn->base;
    return ERR_OK;
}

static enum err mem_get(struct store_txn *base, enum store_ns ns, struct bytes key,
                        struct bytes *value_out)
{
    const struct mem_item *item = mem_tree_find(mem_txn_of(base)->roots[ns], key);
    if (item == NULL)
        return ERR_NOT_FOUND;
    *value_out = mem_item_value(item);
    return ERR_OK;
}

static enum err mem_put(struct store_txn *base, enum store_ns ns, struct bytes key,
                        struct bytes value)
{
    struct mem_txn *txn = mem_txn_of(base);
    const struct mem_item *old = mem_tree_find(txn->roots[ns], key);
    uint64_t capacity_bytes = mem_store_of(base->store)->capacity_bytes;
    uint64_t gone_bytes = old == NULL ? 0 : old->key_len + old->value_len;
    uint64_t used_bytes = txn->used_bytes - gone_bytes + key.len + value.len;
    if (capacity_bytes != 0 && used_bytes > capacity_bytes)
        return ERR_FULL;
    enum err rc = old == NULL ? mem_tree_insert(&txn->roots[ns], txn->owner, key, value)
                              : mem_tree_replace(&txn->roots[ns], txn->owner, key, value);
    if (rc != ERR_OK)
        return rc;
    txn->used_bytes = used_bytes;
    txn->entries += old == NULL;
    return ERR_OK;
}

static enum err mem_del(struct store_txn *base, enum store_ns ns, struct bytes key)
{
    struct mem_txn *txn = mem_txn_of(base);
    const struct mem_item *old = mem_tree_find(txn->roots[ns], key);
    if (old == NULL)
        return ERR_OK;
    uint64_t gone_bytes = old->key_len + old->value_len;
    enum err rc = mem_tree_remove(&txn->roots[ns], txn->owner, key);
    if (rc != ERR_OK)
        return rc;
    txn->used_bytes -= gone_bytes;
    txn->entries--;
    return ERR_OK;
}

static void mem_abort(struct store_txn *base)
{
    struct mem_store *self = mem_store_of(base->store);
    if (self->writer == mem_txn_of(base))
        self->writer = NULL;
    drop_roots(mem_txn_of(base)->roots);
    free(base);
}

static void adopt(struct mem_store *self, struct mem_txn *txn)
{
    for (int ns = 0; ns < NS_COUNT; ns++) {
        struct mem_node *old = self->roots[ns];
        self->roots[ns] = txn->roots[ns];
        txn->roots[ns] = old;
    }
    self->used_bytes = txn->used_bytes;
    self->entries = txn->entries;
}

static enum store_outcome mem_commit(struct store_txn *base, struct err_info *info)
{
    struct mem_store *self = mem_store_of(base->store);
    enum store_outcome outcome = STORE_DURABLE;
    if (base->mode == STORE_WRITE) {
        bool keep = true;
        if (self->failing_commits > 0) {
            self->failing_commits--;
            outcome = self->failing_outcome;
            keep = outcome == STORE_UNKNOWN && self->failing_keeps;
        }
        if (keep)
            adopt(self, mem_txn_of(base));
    }
    mem_abort(base); /* frees the roots that are not the store's */
    if (outcome == STORE_NOT)
        (void)err_set(info, ERR_FULL, "commit: refused");
    if (outcome == STORE_UNKNOWN)
        (void)err_set(info, ERR_UNKNOWN_OUTCOME, "commit: outcome unknown");
    return outcome;
}

static enum err mem_iter_open(struct store_txn *txn, enum store_ns ns, struct store_iter **iter_out)
{
    (void)txn;
    (void)ns;
    struct mem_iter *iter = malloc(sizeof(*iter));
    if (iter == NULL)
        return ERR_NO_MEMORY;
    iter->at = NULL;
    *iter_out = &iter->base;
    return ERR_OK;
}

static enum err mem_iter_next(struct store_iter *base, struct bytes *key_out,
                              struct bytes *value_out)
{
    struct mem_iter *iter = (struct mem_iter *)base;
    struct bytes from =
        base->started ? mem_item_key(iter->at) : bytes_of(base->start, base->start_len);
    const struct mem_node *root = mem_txn_of(base->txn)->roots[base->ns];
    const struct mem_item *item = mem_tree_seek(root, from, base->direction, !base->started);
    if (item == NULL)
        return ERR_NOT_FOUND;
    iter->at = item;
    *key_out = mem_item_key(item);
    *value_out = mem_item_value(item);
    return ERR_OK;
}

static void mem_iter_close(struct store_iter *iter)
{
    free(iter);
}

static enum err mem_usage(struct store *store, struct store_usage *usage_out)
{
    const struct mem_store *self = mem_store_of(store);
    *usage_out = (struct store_usage){
        .used_bytes = self->used_bytes,
        .reserved_bytes = self->capacity_bytes != 0 ? self->capacity_bytes : self->used_bytes,
        .entries = self->entries,
        .nearly_full = self->capacity_bytes != 0 &&
                       self->used_bytes > self->capacity_bytes - self->capacity_bytes / 10,
    };
    return ERR_OK;
}

static enum err mem_backup(struct store *store, const char *path, struct err_info *info)
{
    (void)store;
    return err_set(info, ERR_UNSUPPORTED, "back up to '%s': the store is in memory", path);
}

static const struct store_engine mem_engine = {
    .name = "memory",
    .close = mem_close,
    .begin = mem_begin,
    .get = mem_get,
    .put = mem_put,
    .del = mem_del,
    .commit = mem_commit,
    .abort = mem_abort,
    .iter_open = mem_iter_open,
    .iter_next = mem_iter_next,
    .iter_close = mem_iter_close,
    .usage = mem_usage,
    .backup = mem_backup,
};

enum err store_open_mem(struct store **store_out)
{
    struct mem_store *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return ERR_NO_MEMORY;
    store_init(&self->base, &mem_engine);
    *store_out = &self->base;
    return ERR_OK;
}

void store_mem_crash(struct store *store)
{
    assert(store->engine == &mem_engine);
    struct mem_txn *writer = mem_store_of(store)->writer;
    if (writer != NULL) {
        assert(writer->base.iter_count == 0);
        mem_abort(&writer->base);
        store_txn_ended(store, STORE_WRITE);
    }
    assert(atomic_load(&store->open_txns) == 0);
    atomic_store(&store->broken, false);
}

void store_mem_fail_commits(struct store *store, uint32_t count, enum store_outcome outcome,
                            bool keep)
{
    assert(store->engine == &mem_engine && outcome != STORE_DURABLE);
    struct mem_store *self = mem_store_of(store);
    self->failing_commits = count;
    self->failing_outcome = outcome;
    self->failing_keeps = keep;
}

void store_mem_set_capacity(struct store *store, size_t bytes)
{
    assert(store->engine == &mem_engine);
    mem_store_of(store)->capacity_bytes = bytes;
}

enum err store_mem_copy(const struct store *store, struct store **copy_out)
{
    assert(store->engine == &mem_engine);
    const struct mem_store *self = (const struct mem_store *)store;
    struct store *copy = NULL;
    enum err rc = store_open_mem(&copy);
    if (rc != ERR_OK)
        return rc;
    struct mem_store *other = mem_store_of(copy);
    for (int ns = 0; ns < NS_COUNT; ns++)
        other->roots[ns] = mem_tree_hold(self->roots[ns]);
    other->last_owner = self->last_owner;
    other->used_bytes = self->used_bytes;
    other->entries = self->entries;
    other->capacity_bytes = self->capacity_bytes;
    *copy_out = copy;
    return ERR_OK;
}
