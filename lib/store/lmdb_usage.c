#include "lib/store/store_lmdb.h"

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

static bool disk_nearly_full(struct lmdb_store *self)
{
    uint64_t floor_bytes = atomic_load(&self->base.disk_floor_bytes);
    struct statvfs disk;
    if (floor_bytes == 0 || fstatvfs(self->lock_fd, &disk) != 0)
        return false;
    if (floor_bytes == STORE_DISK_FLOOR_AUTO) {
        floor_bytes = (uint64_t)disk.f_blocks * disk.f_frsize / 20;
        if (floor_bytes < DISK_FLOOR_BYTES_MIN)
            floor_bytes = DISK_FLOOR_BYTES_MIN;
    }
    return (uint64_t)disk.f_bavail * disk.f_frsize < floor_bytes;
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
    usage.nearly_full = usage.used_bytes > usage.reserved_bytes - usage.reserved_bytes / 10 ||
                        disk_nearly_full(self);
    *usage_out = usage;
    return ERR_OK;
}
