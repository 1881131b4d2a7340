#pragma once

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"

/* Storage behind one interface: ordered keys in namespaces, one writer, snapshot readers, an honest
 * commit.
 *
 * Contract (tests/lib/store/test_contract.c runs it against every engine):
 *   - a write transaction is exclusive and atomic over all namespaces; readers see the last commit
 * made before they began;
 *   - store_commit says STORE_DURABLE only when an acknowledgement may be sent; after STORE_NOT
 * nothing happened; after STORE_UNKNOWN the store must be closed and opened again, and nothing may
 * be acknowledged;
 *   - ranges are in byte order of keys; keys <= STORE_KEY_BYTES_MAX, values <=
 * STORE_VALUE_BYTES_MAX;
 *   - a value borrowed from a transaction is valid until that transaction writes or ends.
 *   - bytes given to put and del are not borrowed from the same transaction: copy them first.
 * The engines: LMDB (store_lmdb.c) and memory (store_mem.c). A third needs the functions of struct
 * store_engine (engine.h). Threads: LMDB allows one write transaction and any number of read
 * transactions at a time, each used by one thread at a time, the write transaction by the thread
 * that began it; a memory store and its copies belong to one thread. */

enum store_ns {
    NS_META,       /* name -> value */
    NS_SITE,       /* site8 -> roster row */
    NS_KEY,        /* transport key 32 -> whose */
    NS_ORIGIN,     /* site8 epoch4 -> sequence, head, token … */
    NS_LOG,        /* site8 epoch4 seq8 -> entry */
    NS_SEAL,       /* site8 epoch4 last8 -> first, head, seal, received */
    NS_ARRIVAL,    /* number8 -> what was stored, in order of arrival */
    NS_RECORD,     /* kind2 rid16 -> merged state */
    NS_INDEX,      /* tag1 … -> "" */
    NS_CELL,       /* view1 site8 dims -> integers */
    NS_FEED,       /* site8 number8 -> dot */
    NS_BLOB,       /* hash32 -> size, state */
    NS_QUARANTINE, /* site8 epoch4 seq8 -> code, reason */
    NS_ERASE,      /* rid16 -> erasing dot */
    NS_JOB,        /* job16 -> import or undo in progress */
    NS_PAST,       /* cell… day4 -> when the day's changes were written; the cell before them */
    NS_COUNT,
};

struct store;
struct store_txn;

enum store_mode { STORE_READ, STORE_WRITE };
enum store_outcome { STORE_DURABLE, STORE_NOT, STORE_UNKNOWN };

/* Open the LMDB engine in directory `path` (made when absent, mode 0700), `map_bytes` the upper
 * bound of its file. A new file is made under a temporary name and renamed, so that a power cut
 * leaves none or a whole one. Errors: ERR_IO (also: network file system, already open), ERR_CORRUPT
 * (a file that is no store), ERR_EXISTS (the directory holds other files), ERR_FULL, ERR_NO_MEMORY,
 * ERR_INVALID (path too long), ERR_NOT_FOUND (no parent), ERR_DENIED. */
NODISCARD enum err store_open_lmdb(const char *path, size_t map_bytes, struct store **store_out,
                                   struct err_info *info);

/* LMDB engine only: free disk space below which store_usage_of says nearly_full. 0: none.
 * STORE_DISK_FLOOR_AUTO, as at open: 5 % of the disk, at least 1 GiB. */
#define STORE_DISK_FLOOR_AUTO UINT64_MAX
void store_set_disk_floor(struct store *store, uint64_t bytes);

/* The same environment for reading only, also while its owner has it open in another process (it
 * takes no lock). Beginning a write transaction fails. Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_IO,
 * ERR_CORRUPT, ERR_NO_MEMORY. */
NODISCARD enum err store_open_lmdb_read(const char *path, struct store **store_out,
                                        struct err_info *info);

/* A store in memory, for the simulator and tests. */
NODISCARD enum err store_open_mem(struct store **store_out);
/* Memory engine only: what a power cut leaves (an open write transaction is gone) and the start
 * after it: a commit's unknown outcome no longer stands in the way. The transaction handle is
 * freed; asserts that no iterator and no reader is open. */
void store_mem_crash(struct store *store);
/* Memory engine only: the next `count` commits end with `outcome` (STORE_NOT or STORE_UNKNOWN; an
 * unknown commit is kept or lost as `keep` says). */
void store_mem_fail_commits(struct store *store, uint32_t count, enum store_outcome outcome,
                            bool keep);
/* Memory engine only: puts that leave more than `bytes` of keys and values fail with ERR_FULL (0 =
 * no bound). */
void store_mem_set_capacity(struct store *store, size_t bytes);
/* Memory engine only: an independent store with the same committed content (a restored backup, a
 * cloned machine). */
NODISCARD enum err store_mem_copy(const struct store *store, struct store **copy_out);

void store_close(struct store *store); /* NULL is fine; asserts that no transaction is open */

/* Errors: ERR_NO_MEMORY, ERR_IO, ERR_LIMIT (readers); asserts that no write transaction is open
 * already (for STORE_WRITE). */
NODISCARD enum err store_begin(struct store *store, enum store_mode mode,
                               struct store_txn **txn_out, struct err_info *info);
/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT. */
NODISCARD enum err store_get(struct store_txn *txn, enum store_ns ns, struct bytes key,
                             struct bytes *value_out);
/* Errors: ERR_FULL, ERR_IO, ERR_NO_MEMORY; asserts the key and value bounds (a key is never empty).
 * After an error the transaction must be aborted: all that follows in it fails alike, and
 * committing it is STORE_NOT. */
NODISCARD enum err store_put(struct store_txn *txn, enum store_ns ns, struct bytes key,
                             struct bytes value);
/* Deleting what is absent is fine. Errors: as store_put. */
NODISCARD enum err store_del(struct store_txn *txn, enum store_ns ns, struct bytes key);
/* Ends the transaction whatever comes out. Read transactions: STORE_DURABLE. */
NODISCARD enum store_outcome store_commit(struct store_txn *txn, struct err_info *info);
void store_abort(struct store_txn *txn); /* NULL is fine */

/* Walk the keys that start with `prefix`, from `from` (inclusive; for STORE_BACK the greatest key
 * <= from). An empty `from`, or one before (STORE_BACK: after) all such keys, means their beginning
 * (STORE_BACK: their end). The iterator lives inside its transaction and must be closed before it
 * ends. A put or del in the same namespace ends the walk's validity (asserted): collect first, then
 * write. What comes out is borrowed from the transaction and outlives the iterator. */
enum store_direction { STORE_FORWARD, STORE_BACK };
struct store_iter;
NODISCARD enum err store_iter_open(struct store_txn *txn, enum store_ns ns, struct bytes prefix,
                                   struct bytes from, enum store_direction direction,
                                   struct store_iter **iter_out);
/* false at the end; *err_out tells an end from a failure. */
bool store_iter_next(struct store_iter *iter, struct bytes *key_out, struct bytes *value_out,
                     enum err *err_out);
void store_iter_close(struct store_iter *iter); /* NULL is fine */

/* The greatest key that starts with `prefix`. Errors: ERR_NOT_FOUND, ERR_IO. key_out, value_out may
 * be NULL. */
NODISCARD enum err store_last(struct store_txn *txn, enum store_ns ns, struct bytes prefix,
                              struct bytes *key_out, struct bytes *value_out);

struct store_usage {
    uint64_t used_bytes, reserved_bytes, entries;
    uint64_t disk_free_bytes, disk_floor_bytes; /* 0 in memory, or when it cannot be told */
    bool nearly_full; /* past 90 % of the map, or the disk's floor: new records are refused,
                         deletions still work */
};
/* Tells this store's file from a copy of it: its inode number; 0 in memory. Copying the file
 * changes it, renaming and restarting do not. */
uint64_t store_place(struct store *store);

/* What stood in the way of the last write that failed for the machine's sake (full, broken,
 * read-only, no memory); NULL: nothing has since the last durable commit. Borrowed until the next
 * write. */
const struct err_info *store_trouble(const struct store *store);

NODISCARD enum err store_usage_of(struct store *store, struct store_usage *usage_out);
/* usage.nearly_full, measured once a transaction: measuring walks the free list. */
NODISCARD enum err store_nearly_full(struct store_txn *txn, bool *full_out);

/* Who reads, in this process and others. A page freed since the oldest began cannot be used again.
 */
struct store_readers {
    uint32_t count;
    uint64_t lag; /* commits since the oldest of them began */
};
NODISCARD enum err store_readers_of(struct store *store, struct store_readers *readers_out);

/* A consistent copy of the last commit into directory `path` (LMDB: compacted). Errors:
 * ERR_UNSUPPORTED (memory), ERR_EXISTS (the directory holds something), ERR_FULL, ERR_IO. */
NODISCARD enum err store_backup(struct store *store, const char *path, struct err_info *info);
