#include "lib/store/store_lmdb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* LMDB never gives space back to the file system: a page is in use, or in the free list, waiting.
 * Only the first count against the map; without that, deleting would never make room. */

enum { FREE_LIST_DBI = 0 };
static const uint64_t DISK_FLOOR_BYTES_MIN = (uint64_t)1 << 30;

/* Pages in the free list: each of its values is a count followed by page numbers. */
static int count_free_pages(MDB_txn *txn, uint64_t *pages_out)
{
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn, FREE_LIST_DBI, &cursor);
    if (rc != 0)
        return rc;
    uint64_t pages = 0;
    MDB_val key;
    MDB_val value;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t count = 0;
        if (value.mv_size >= sizeof(count))
            memcpy(&count, value.mv_data, sizeof(count));
        pages += count;
    }
    mdb_cursor_close(cursor);
    if (rc != MDB_NOTFOUND)
        return rc;
    *pages_out = pages;
    return 0;
}

/* Is the disk below its floor? Fills in the disk's part of `usage`. */
static bool measure_disk(struct lmdb_store *self, struct store_usage *usage)
{
    uint64_t floor_bytes = atomic_load(&self->base.disk_floor_bytes);
    struct statvfs disk;
    if (self->lock_fd < 0 || fstatvfs(self->lock_fd, &disk) != 0)
        return false;
    if (floor_bytes == STORE_DISK_FLOOR_AUTO) {
        floor_bytes = (uint64_t)disk.f_blocks * disk.f_frsize / 20;
        if (floor_bytes < DISK_FLOOR_BYTES_MIN)
            floor_bytes = DISK_FLOOR_BYTES_MIN;
    }
    usage->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    usage->disk_floor_bytes = floor_bytes;
    return usage->disk_free_bytes < floor_bytes;
}

static int read_usage(struct lmdb_store *self, MDB_txn *txn, struct store_usage *usage)
{
    MDB_envinfo map;
    MDB_stat stat;
    uint64_t free_pages = 0;
    int rc = mdb_env_info(self->env, &map);
    if (rc == 0)
        rc = count_free_pages(txn, &free_pages);
    for (int ns = 0; rc == 0 && ns < NS_COUNT; ns++) {
        rc = mdb_stat(txn, self->dbis[ns], &stat);
        usage->entries += rc == 0 ? stat.ms_entries : 0;
    }
    if (rc != 0)
        return rc;
    uint64_t pages = (uint64_t)map.me_last_pgno + 1;
    usage->used_bytes = (pages > free_pages ? pages - free_pages : 0) * stat.ms_psize;
    usage->reserved_bytes = map.me_mapsize;
    return 0;
}

enum err lmdb_usage(struct store *store, struct store_usage *usage_out)
{
    struct lmdb_store *self = (struct lmdb_store *)store;
    struct store_usage usage = {0};
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(self->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return lmdb_code(rc);
    rc = read_usage(self, txn, &usage);
    mdb_txn_abort(txn);
    if (rc != 0)
        return lmdb_code(rc);
    bool disk_full = measure_disk(self, &usage);
    usage.nearly_full =
        disk_full || usage.used_bytes > usage.reserved_bytes - usage.reserved_bytes / 10;
    *usage_out = usage;
    return ERR_OK;
}

struct oldest {
    uint32_t count;
    uint64_t txnid;
};

/* One line of LMDB's reader table: process, thread, and the snapshot it reads or "-". */
static int look_at_reader(const char *line, void *context)
{
    struct oldest *oldest = context;
    uint64_t txnid = 0;
    if (sscanf(line, "%*d %*x %" SCNu64, &txnid) != 1)
        return 0;
    if (oldest->count++ == 0 || txnid < oldest->txnid)
        oldest->txnid = txnid;
    return 0;
}

enum err lmdb_readers(struct store *store, struct store_readers *readers_out)
{
    struct lmdb_store *self = (struct lmdb_store *)store;
    struct oldest oldest = {.count = 0};
    MDB_envinfo map;
    int rc = mdb_env_info(self->env, &map);
    if (rc == 0 && mdb_reader_list(self->env, look_at_reader, &oldest) < 0)
        rc = EIO;
    if (rc != 0)
        return lmdb_code(rc);
    readers_out->count = oldest.count;
    readers_out->lag =
        oldest.count > 0 && map.me_last_txnid > oldest.txnid ? map.me_last_txnid - oldest.txnid : 0;
    return ERR_OK;
}
