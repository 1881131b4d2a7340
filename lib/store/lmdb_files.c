#include "lib/store/store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/store/durable.h"

/* The files around an environment: a new one is built beside its place and renamed into it, so a
 * power cut leaves none or a whole one; a lock makes sure that one process, once, has it open. */

static const char *const namespace_names[NS_COUNT] = {
    [NS_META] = "meta",       [NS_SITE] = "site",
    [NS_KEY] = "key",         [NS_ORIGIN] = "origin",
    [NS_LOG] = "log",         [NS_SEAL] = "seal",
    [NS_ARRIVAL] = "arrival", [NS_RECORD] = "record",
    [NS_INDEX] = "index",     [NS_CELL] = "cell",
    [NS_FEED] = "feed",       [NS_BLOB] = "blob",
    [NS_ERASE] = "erase",     [NS_QUARANTINE] = "quarantine",
    [NS_JOB] = "job",         [NS_PAST] = "past",
};

static const char data_name[] = "/data.mdb";
static const char *const file_names[] = {"/data.mdb", "/lock.mdb", "/lock.own"};

const char *lmdb_refused_file_system(uint64_t type)
{
    static const struct {
        uint64_t type;
        const char *name;
    } refused[] = {
        {0x6969, "NFS"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},
        {0x517b, "SMB"}, {0x65735546, "FUSE"},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (refused[i].type == type)
            return refused[i].name;
    return NULL;
}

static enum err check_file_system(const char *path, struct err_info *info)
{
    char parent[PATH_BYTES_MAX];
    struct statfs found;
    if (statfs(path, &found) != 0) {
        enum err rc = durable_parent(path, parent, info);
        if (rc != ERR_OK)
            return rc;
        if (statfs(parent, &found) != 0)
            return err_set(info, err_from_errno(errno), "'%s': %s", parent, strerror(errno));
    }
    /* f_type is signed, and 32 bits of it count */
    const char *name = lmdb_refused_file_system((uint64_t)found.f_type & 0xffffffffU);
    if (name != NULL)
        return err_set(info, ERR_IO, "a store cannot be kept on %s: use a local file system", name);
    return ERR_OK;
}

/* Take the directory for this process, for as long as lock_fd is open. */
static enum err take_lock(struct lmdb_store *self, const char *path, struct err_info *info)
{
    char name[PATH_BYTES_MAX];
    enum err rc = durable_path(path, "/lock.own", name, info);
    if (rc != ERR_OK)
        return rc;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(info, err_from_errno(errno), "'%s': %s", name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char owner[16] = "";
        ssize_t got = pread(fd, owner, sizeof(owner) - 1, 0);
        (void)close(fd);
        return err_set(info, ERR_IO, "already in use by process %.*s", got > 0 ? (int)got : 1,
                       got > 0 ? owner : "?");
    }
    char owner[16];
    int len = snprintf(owner, sizeof(owner), "%ld", (long)getpid());
    /* Only a help for people: the lock holds whatever the file says. */
    bool named = ftruncate(fd, 0) == 0 && pwrite(fd, owner, (size_t)len, 0) == len;
    (void)named;
    self->lock_fd = fd;
    return ERR_OK;
}

static void remove_files(const char *path, size_t count)
{
    char name[PATH_BYTES_MAX];
    for (size_t i = 0; i < count; i++)
        if (durable_path(path, file_names[i], name, NULL) == ERR_OK)
            (void)unlink(name);
}

static void remove_leftover(const char *path)
{
    remove_files(path, sizeof(file_names) / sizeof(file_names[0]));
    (void)rmdir(path);
}

int lmdb_open_namespaces(struct lmdb_store *self, unsigned flags)
{
    MDB_txn *txn = NULL;
    unsigned create = (flags & MDB_RDONLY) != 0 ? 0 : MDB_CREATE;
    int rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc != 0)
        return rc;
    for (int ns = 0; rc == 0 && ns < NS_COUNT; ns++)
        rc = mdb_dbi_open(txn, namespace_names[ns], create, &self->dbis[ns]);
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

/* Reading a mapped page past the end of a file that was cut short would kill the process.
 * Stretched, such a page is zeros, which LMDB reports. (Freed pages at the end may never have been
 * written: a shorter file alone proves nothing.) */
static int stretch(struct lmdb_store *self)
{
    MDB_envinfo map;
    MDB_stat stat;
    struct stat file;
    int fd = -1;
    int rc = mdb_env_info(self->env, &map);
    if (rc == 0)
        rc = mdb_env_stat(self->env, &stat);
    if (rc == 0)
        rc = mdb_env_get_fd(self->env, &fd);
    if (rc == 0 && fstat(fd, &file) != 0)
        rc = errno;
    if (rc != 0)
        return rc;
    off_t whole_bytes = (off_t)((map.me_last_pgno + 1) * stat.ms_psize);
    return file.st_size >= whole_bytes || ftruncate(fd, whole_bytes) == 0 ? 0 : errno;
}

static enum err open_env(struct lmdb_store *self, const char *path, struct err_info *info)
{
    int dead_readers = 0;
    int rc = mdb_env_create(&self->env);
    if (rc == 0)
        rc = mdb_env_set_mapsize(self->env, self->map_bytes);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(self->env, STORE_READERS_MAX);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(self->env, NS_COUNT);
    if (rc == 0)
        rc = mdb_env_open(self->env, path, MDB_NOTLS, 0600);
    if (rc == 0)
        rc = mdb_reader_check(self->env, &dead_readers);
    if (rc == 0)
        rc = stretch(self);
    if (rc == 0)
        rc = lmdb_open_namespaces(self, 0);
    if (rc != 0)
        return err_set(info, lmdb_code(rc) == ERR_NOT_FOUND ? ERR_IO : lmdb_code(rc), "%s",
                       mdb_strerror(rc));
    return ERR_OK;
}

static void close_env(struct lmdb_store *self)
{
    if (self->env != NULL)
        mdb_env_close(self->env);
    self->env = NULL;
}

/* Sync what stands in `fresh` and give it its name. */
static enum err publish(const char *fresh, const char *path, struct err_info *info)
{
    char data[PATH_BYTES_MAX];
    enum err rc = durable_path(fresh, data_name, data, info);
    if (rc == ERR_OK && chmod(data, 0600) != 0)
        rc = err_set(info, ERR_IO, "'%s': %s", data, strerror(errno));
    if (rc == ERR_OK)
        rc = durable_sync_file(data, info);
    if (rc == ERR_OK)
        rc = dir_sync(fresh, info);
    if (rc == ERR_OK)
        rc = durable_rename(fresh, path, info);
    return rc;
}

/* The lock taken on the unfinished directory stays ours through the rename. */
static enum err create(struct lmdb_store *self, const char *fresh, const char *path,
                       struct err_info *info)
{
    enum err rc = dir_make(fresh, info);
    if (rc == ERR_OK)
        rc = take_lock(self, fresh, info);
    if (rc != ERR_OK)
        return rc;
    remove_files(fresh, 2); /* what an interrupted creation left; not our lock */
    rc = open_env(self, fresh, info);
    close_env(self);
    return rc != ERR_OK ? rc : publish(fresh, path, info);
}

/* Is there a store? An empty data file would be filled by LMDB as a new one: refuse it instead. */
static enum err look(const char *path, bool *there_out, struct err_info *info)
{
    char data[PATH_BYTES_MAX];
    struct stat file;
    enum err rc = durable_path(path, data_name, data, info);
    if (rc != ERR_OK)
        return rc;
    if (stat(data, &file) != 0) {
        if (errno != ENOENT)
            return err_set(info, err_from_errno(errno), "'%s': %s", data, strerror(errno));
        *there_out = false;
        return ERR_OK;
    }
    if (!S_ISREG(file.st_mode) || file.st_size == 0)
        return err_set(info, ERR_CORRUPT, "'%s' is no store", data);
    *there_out = true;
    return ERR_OK;
}

static enum err open_files(struct lmdb_store *self, const char *given, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    char fresh[PATH_BYTES_MAX];
    bool there = false;
    enum err rc = durable_path(given, "", path, info);
    if (rc == ERR_OK)
        rc = durable_path(given, ".new", fresh, info);
    if (rc == ERR_OK)
        rc = check_file_system(path, info);
    if (rc == ERR_OK)
        rc = look(path, &there, info);
    if (rc != ERR_OK)
        return rc;
    rc = there ? take_lock(self, path, info) : create(self, fresh, path, info);
    if (rc == ERR_OK && there)
        remove_leftover(fresh);
    return rc != ERR_OK ? rc : open_env(self, path, info);
}

void lmdb_close(struct store *store)
{
    struct lmdb_store *self = (struct lmdb_store *)store;
    close_env(self);
    if (self->lock_fd >= 0)
        (void)close(self->lock_fd);
    free(self);
}

uint64_t lmdb_place(struct store *store)
{
    struct lmdb_store *self = (struct lmdb_store *)store;
    struct stat file;
    int fd = -1;
    if (mdb_env_get_fd(self->env, &fd) != 0 || fstat(fd, &file) != 0)
        return 0;
    return file.st_ino;
}

enum err store_open_lmdb(const char *path, size_t map_bytes, struct store **store_out,
                         struct err_info *info)
{
    struct lmdb_store *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return err_set(info, ERR_NO_MEMORY, "open store '%s': out of memory", path);
    store_init(&self->base, &lmdb_engine);
    self->lock_fd = -1;
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    self->map_bytes = (map_bytes + page_bytes - 1) / page_bytes * page_bytes;
    enum err rc = open_files(self, path, info);
    if (rc != ERR_OK) {
        lmdb_close(&self->base);
        return err_wrap(info, rc, "open store '%s'", path);
    }
    *store_out = &self->base;
    return ERR_OK;
}

enum err lmdb_backup(struct store *store, const char *path, struct err_info *info)
{
    struct lmdb_store *self = (struct lmdb_store *)store;
    char fresh[PATH_BYTES_MAX];
    enum err rc = durable_path(path, ".new", fresh, info);
    if (rc == ERR_OK)
        rc = dir_make(fresh, info);
    if (rc != ERR_OK)
        return err_wrap(info, rc, "back up to '%s'", path);
    remove_files(fresh, sizeof(file_names) / sizeof(file_names[0]));
    int copied = mdb_env_copy2(self->env, fresh, MDB_CP_COMPACT);
    if (copied == MDB_INCOMPATIBLE) { /* pages leaked: only a plain copy carries them */
        remove_files(fresh, 1);
        copied = mdb_env_copy2(self->env, fresh, 0);
    }
    if (copied != 0)
        rc = err_set(info, lmdb_code(copied), "%s", mdb_strerror(copied));
    if (rc == ERR_OK)
        rc = publish(fresh, path, info);
    if (rc == ERR_OK)
        return ERR_OK;
    remove_leftover(fresh);
    return err_wrap(info, rc, "back up to '%s'", path);
}
