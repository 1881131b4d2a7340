#include "lib/store/store_lmdb.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

/* LMDB with its default, synchronous commit: what a commit called durable is on the disk. A commit
 * that found no room, or a disk that takes no writes, did not happen; any other error leaves open
 * what reached the disk, so the store then refuses to go on. */

enum { ROOM_BYTES_MIN = 64 * 1024 }; /* less is a full disk */

struct lmdb_txn {
    struct store_txn base;
    MDB_txn *handle;
    /* Of a writing transaction, and ended with it: what is near the last key is found from there,
     * not from the root. */
    MDB_cursor *cursors[NS_COUNT];
};

struct lmdb_iter {
    struct store_iter base;
    MDB_cursor *cursor;
};

static MDB_txn *handle_of(struct store_txn *txn)
{
    return ((struct lmdb_txn *)txn)->handle;
}

static MDB_dbi dbi_of(struct store_txn *txn, enum store_ns ns)
{
    return ((struct lmdb_store *)txn->store)->dbis[ns];
}

/* MDB_val is not const, though LMDB writes through none of those it is given. */
static MDB_val val_of(struct bytes bytes)
{
    union {
        const uint8_t *from;
        void *to;
    } data = {.from = bytes.data};
    return (MDB_val){.mv_size = bytes.len, .mv_data = data.to};
}

enum err lmdb_code(int rc)
{
    switch (rc) {
    case 0:
        return ERR_OK;
    case MDB_NOTFOUND:
        return ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case MDB_READERS_FULL:
        return ERR_LIMIT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PAGE_FULL:
    case MDB_CURSOR_FULL:
    case MDB_INVALID:
        return ERR_CORRUPT;
    default:
        return ERR_IO;
    }
}

static enum err lmdb_begin(struct store *store, enum store_mode mode, struct store_txn **txn_out,
                           struct err_info *info)
{
    struct lmdb_txn *txn = calloc(1, sizeof(*txn));
    if (txn == NULL)
        return err_set(info, ERR_NO_MEMORY, "begin a transaction: out of memory");
    unsigned flags = mode == STORE_READ ? MDB_RDONLY : 0;
    int rc = mdb_txn_begin(((struct lmdb_store *)store)->env, NULL, flags, &txn->handle);
    if (rc != 0) {
        free(txn);
        return err_set(info, lmdb_code(rc), "begin a transaction: %s", mdb_strerror(rc));
    }
    *txn_out = &txn->base;
    return ERR_OK;
}

static int cursor_of(struct store_txn *base, enum store_ns ns, MDB_cursor **cursor_out)
{
    struct lmdb_txn *txn = (struct lmdb_txn *)base;
    int rc = 0;
    if (txn->cursors[ns] == NULL)
        rc = mdb_cursor_open(txn->handle, dbi_of(base, ns), &txn->cursors[ns]);
    *cursor_out = txn->cursors[ns];
    return rc;
}

static enum err lmdb_get(struct store_txn *txn, enum store_ns ns, struct bytes key,
                         struct bytes *value_out)
{
    MDB_val name = val_of(key);
    MDB_val value;
    MDB_cursor *cursor = NULL;
    int rc = txn->mode == STORE_WRITE ? cursor_of(txn, ns, &cursor) : 0;
    if (rc == 0)
        rc = cursor != NULL ? mdb_cursor_get(cursor, &name, &value, MDB_SET)
                            : mdb_get(handle_of(txn), dbi_of(txn, ns), &name, &value);
    if (rc != 0)
        return lmdb_code(rc);
    *value_out = bytes_of(value.mv_data, value.mv_size);
    return ERR_OK;
}

static enum err lmdb_put(struct store_txn *txn, enum store_ns ns, struct bytes key,
                         struct bytes value)
{
    MDB_val name = val_of(key);
    MDB_val data = val_of(value);
    MDB_cursor *cursor;
    int rc = cursor_of(txn, ns, &cursor);
    return lmdb_code(rc == 0 ? mdb_cursor_put(cursor, &name, &data, 0) : rc);
}

static enum err lmdb_del(struct store_txn *txn, enum store_ns ns, struct bytes key)
{
    MDB_val name = val_of(key);
    int rc = mdb_del(handle_of(txn), dbi_of(txn, ns), &name, NULL);
    return rc == MDB_NOTFOUND ? ERR_OK : lmdb_code(rc);
}

static void lmdb_abort(struct store_txn *txn)
{
    mdb_txn_abort(handle_of(txn));
    free(txn);
}

/* After a failed commit: is the page that makes it count as it was? LMDB writes that one last, and
 * takes nothing any more once it has failed on it. */
static bool untouched(struct lmdb_store *self)
{
    MDB_txn *txn = NULL;
    if (mdb_txn_begin(self->env, NULL, MDB_RDONLY, &txn) != 0)
        return false;
    mdb_txn_abort(txn);
    return true;
}

/* LMDB calls a write that was cut short for want of room an I/O error. */
static bool refused_for_room(struct lmdb_store *self, int rc)
{
    struct statvfs disk;
    if (rc == ENOSPC || rc == EDQUOT)
        return true;
    return rc == EIO && self->lock_fd >= 0 && fstatvfs(self->lock_fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_BYTES_MIN;
}

static enum store_outcome lmdb_commit(struct store_txn *txn, struct err_info *info)
{
    if (txn->mode == STORE_READ) {
        lmdb_abort(txn);
        return STORE_DURABLE;
    }
    struct lmdb_store *self = (struct lmdb_store *)txn->store;
    int rc = mdb_txn_commit(handle_of(txn)); /* frees the handle, also on failure */
    free(txn);
    if (rc == 0)
        return STORE_DURABLE;
    if (rc == MDB_MAP_FULL || rc == MDB_TXN_FULL) {
        (void)err_set(info, ERR_FULL, "commit: %s", mdb_strerror(rc));
        return STORE_NOT; /* found while the free list was laid out: no page had been written */
    }
    if (untouched(self) && refused_for_room(self, rc)) {
        (void)err_set(info, ERR_FULL, "the disk is full: %s", mdb_strerror(rc));
        return STORE_NOT;
    }
    if (untouched(self) && rc == EROFS) {
        (void)err_set(info, ERR_IO, "the disk can only be read: %s", mdb_strerror(rc));
        return STORE_NOT;
    }
    if (rc == ENOMEM && untouched(self)) {
        (void)err_set(info, ERR_NO_MEMORY, "commit: %s", mdb_strerror(rc));
        return STORE_NOT;
    }
    (void)err_set(info, ERR_UNKNOWN_OUTCOME, "commit: %s", mdb_strerror(rc));
    return STORE_UNKNOWN;
}

static enum err lmdb_iter_open(struct store_txn *txn, enum store_ns ns,
                               struct store_iter **iter_out)
{
    struct lmdb_iter *iter = malloc(sizeof(*iter));
    if (iter == NULL)
        return ERR_NO_MEMORY;
    int rc = mdb_cursor_open(handle_of(txn), dbi_of(txn, ns), &iter->cursor);
    if (rc != 0) {
        free(iter);
        return lmdb_code(rc);
    }
    *iter_out = &iter->base;
    return ERR_OK;
}

/* Put the cursor on the greatest key <= start: the first key >= start, unless equal the one before.
 */
static int seek_back(struct lmdb_iter *iter, MDB_val *key, MDB_val *value)
{
    struct bytes start = bytes_of(iter->base.start, iter->base.start_len);
    *key = val_of(start);
    int rc = mdb_cursor_get(iter->cursor, key, value, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(iter->cursor, key, value, MDB_LAST);
    if (rc != 0 || bytes_equal(bytes_of(key->mv_data, key->mv_size), start))
        return rc;
    return mdb_cursor_get(iter->cursor, key, value, MDB_PREV);
}

static int seek_forward(struct lmdb_iter *iter, MDB_val *key, MDB_val *value)
{
    if (iter->base.start_len == 0) /* LMDB has no empty key */
        return mdb_cursor_get(iter->cursor, key, value, MDB_FIRST);
    *key = val_of(bytes_of(iter->base.start, iter->base.start_len));
    return mdb_cursor_get(iter->cursor, key, value, MDB_SET_RANGE);
}

static enum err lmdb_iter_next(struct store_iter *base, struct bytes *key_out,
                               struct bytes *value_out)
{
    struct lmdb_iter *iter = (struct lmdb_iter *)base;
    bool forward = base->direction == STORE_FORWARD;
    MDB_val key = {0};
    MDB_val value = {0};
    int rc;
    if (base->started)
        rc = mdb_cursor_get(iter->cursor, &key, &value, forward ? MDB_NEXT : MDB_PREV);
    else
        rc = forward ? seek_forward(iter, &key, &value) : seek_back(iter, &key, &value);
    if (rc != 0)
        return lmdb_code(rc);
    *key_out = bytes_of(key.mv_data, key.mv_size);
    *value_out = bytes_of(value.mv_data, value.mv_size);
    return ERR_OK;
}

static void lmdb_iter_close(struct store_iter *iter)
{
    mdb_cursor_close(((struct lmdb_iter *)iter)->cursor);
    free(iter);
}

const struct store_engine lmdb_engine = {
    .name = "lmdb",
    .close = lmdb_close,
    .begin = lmdb_begin,
    .get = lmdb_get,
    .put = lmdb_put,
    .del = lmdb_del,
    .commit = lmdb_commit,
    .abort = lmdb_abort,
    .iter_open = lmdb_iter_open,
    .iter_next = lmdb_iter_next,
    .iter_close = lmdb_iter_close,
    .place = lmdb_place,
    .usage = lmdb_usage,
    .readers = lmdb_readers,
    .backup = lmdb_backup,
};
