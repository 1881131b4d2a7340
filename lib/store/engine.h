#pragma once

#include <stdatomic.h>

#include "lib/store/store.h"

/* What an engine is made of. store.c checks bounds and the contract's rules once for all engines;
 * an engine embeds the three structs below as the first member of its own and fills one struct
 * store_engine. */

struct store {
    const struct store_engine *engine;
    atomic_uint open_txns;
    atomic_bool writing;
    atomic_bool broken; /* a commit's outcome is unknown: nothing may begin any more */
    _Atomic uint64_t disk_floor_bytes;
    struct err_info trouble; /* of the last write; the writer's thread reads and writes it */
};

struct store_txn {
    struct store *store;
    enum store_mode mode;
    enum err failure; /* of the first write that failed; nothing but an abort is left then */
    bool measured, nearly_full;
    uint32_t iter_count;        /* open iterators */
    uint32_t changes[NS_COUNT]; /* puts and dels so far: an iterator older than the last is a bug */
};

struct store_iter {
    struct store_txn *txn;
    enum store_ns ns;
    enum store_direction direction;
    bool started; /* false: the engine seeks to `start`; true: it takes one step */
    bool done;
    uint32_t changes;
    size_t prefix_len, start_len;
    uint8_t prefix[STORE_KEY_BYTES_MAX], start[STORE_KEY_BYTES_MAX];
};

struct store_engine {
    const char *name;
    void (*close)(struct store *store);
    /* Allocates the engine's transaction, zeroed; store.c fills in struct store_txn. */
    enum err (*begin)(struct store *store, enum store_mode mode, struct store_txn **txn_out,
                      struct err_info *info);
    enum err (*get)(struct store_txn *txn, enum store_ns ns, struct bytes key,
                    struct bytes *value_out);
    enum err (*put)(struct store_txn *txn, enum store_ns ns, struct bytes key, struct bytes value);
    enum err (*del)(struct store_txn *txn, enum store_ns ns, struct bytes key);
    /* Both free the transaction. */
    enum store_outcome (*commit)(struct store_txn *txn, struct err_info *info);
    void (*abort)(struct store_txn *txn);
    /* Allocates the engine's iterator; store.c fills in struct store_iter. */
    enum err (*iter_open)(struct store_txn *txn, enum store_ns ns, struct store_iter **iter_out);
    /* Forward: the smallest key >= start, then the next. Back: the greatest key <= start, then the
     * one before. What comes out is borrowed from the transaction, not from the iterator. Errors:
     * ERR_NOT_FOUND at the end, ERR_IO, ERR_CORRUPT. */
    enum err (*iter_next)(struct store_iter *iter, struct bytes *key_out, struct bytes *value_out);
    void (*iter_close)(struct store_iter *iter);
    uint64_t (*place)(struct store *store); /* NULL: none */
    enum err (*usage)(struct store *store, struct store_usage *usage_out);
    enum err (*readers)(struct store *store, struct store_readers *readers_out); /* NULL: none */
    enum err (*backup)(struct store *store, const char *path, struct err_info *info);
};

/* Set up the common part of a store just allocated. */
void store_init(struct store *store, const struct store_engine *engine);

/* Count one transaction less; for store_mem_crash, which ends transactions behind store.c's back.
 */
void store_txn_ended(struct store *store, enum store_mode mode);
