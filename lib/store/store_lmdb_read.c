/* A second look at an environment that its owner may have open: read only, without the owner's
 * lock. */
#include "lib/store/store_lmdb.h"

#include <errno.h>
#include <stdlib.h>

static int open_read(struct lmdb_store *self, const char *path)
{
    int rc = mdb_env_create(&self->env);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(self->env, STORE_READERS_MAX);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(self->env, NS_COUNT);
    if (rc == 0) /* the map's size comes out of the file */
        rc = mdb_env_open(self->env, path, MDB_RDONLY | MDB_NOTLS, 0600);
    return rc == 0 ? lmdb_open_namespaces(self, MDB_RDONLY) : rc;
}

enum err store_open_lmdb_read(const char *path, struct store **store_out, struct err_info *info)
{
    struct lmdb_store *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return err_set(info, ERR_NO_MEMORY, "open store '%s': out of memory", path);
    store_init(&self->base, &lmdb_engine);
    self->lock_fd = -1;
    int rc = open_read(self, path);
    if (rc != 0) {
        enum err err = rc == ENOENT ? ERR_NOT_FOUND : lmdb_code(rc);
        lmdb_close(&self->base);
        return err_set(info, err, "open store '%s' for reading: %s", path, mdb_strerror(rc));
    }
    *store_out = &self->base;
    return ERR_OK;
}
