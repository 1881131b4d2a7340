#include "disk.h"

#include <stdlib.h>

#include "lib/store/blobs_engine.h"
#include "lib/store/engine.h"

/* Engines for this revision's store and attachments that keep nothing themselves: every call goes
 * to the simulator. The rules that store.c and blobs.c keep are thus this revision's. */

struct disk {
    struct store base;
    const struct other_world *world;
};

struct disk_txn {
    struct store_txn base;
    const struct other_disk *disk;
    void *txn;
};

struct disk_iter {
    struct store_iter base;
    void *iter; /* NULL: not begun */
};

struct files {
    struct blobs base;
    const struct other_world *world;
};

struct other_bytes out_of(struct bytes bytes)
{
    return (struct other_bytes){.data = bytes.data, .len = bytes.len};
}

struct bytes into(struct other_bytes bytes)
{
    return (struct bytes){.data = bytes.data, .len = bytes.len};
}

static const struct other_world *world_of(struct store *store)
{
    return ((struct disk *)store)->world;
}

static struct disk_txn *txn_of(struct store_txn *txn)
{
    return (struct disk_txn *)txn;
}

static void disk_close(struct store *store)
{
    free(store);
}

static enum err disk_begin(struct store *store, enum store_mode mode, struct store_txn **txn_out,
                           struct err_info *info)
{
    const struct other_world *world = world_of(store);
    struct disk_txn *txn = calloc(1, sizeof(*txn));

    if (txn == NULL)
        return err_set(info, ERR_NO_MEMORY, "begin a transaction: out of memory");
    txn->disk = &world->disk;
    enum err err = (enum err)world->disk.begin(world->place, mode == STORE_WRITE, &txn->txn);
    if (err != ERR_OK) {
        free(txn);
        return err_set(info, err, "begin a transaction: %s", err_text(err));
    }
    *txn_out = &txn->base;
    return ERR_OK;
}

static enum err disk_get(struct store_txn *base, enum store_ns ns, struct bytes key,
                         struct bytes *value_out)
{
    struct disk_txn *txn = txn_of(base);
    struct other_bytes value = {0};

    enum err err = (enum err)txn->disk->get(txn->txn, (int)ns, out_of(key), &value);
    if (err == ERR_OK)
        *value_out = into(value);
    return err;
}

static enum err disk_put(struct store_txn *base, enum store_ns ns, struct bytes key,
                         struct bytes value)
{
    struct disk_txn *txn = txn_of(base);
    return (enum err)txn->disk->put(txn->txn, (int)ns, out_of(key), out_of(value));
}

static enum err disk_del(struct store_txn *base, enum store_ns ns, struct bytes key)
{
    struct disk_txn *txn = txn_of(base);
    return (enum err)txn->disk->del(txn->txn, (int)ns, out_of(key));
}

static enum store_outcome disk_commit(struct store_txn *base, struct err_info *info)
{
    struct disk_txn *txn = txn_of(base);

    enum store_outcome outcome = (enum store_outcome)txn->disk->commit(txn->txn);
    free(txn);
    if (outcome == STORE_NOT)
        (void)err_set(info, ERR_FULL, "commit: refused");
    if (outcome == STORE_UNKNOWN)
        (void)err_set(info, ERR_UNKNOWN_OUTCOME, "commit: outcome unknown");
    return outcome;
}

static void disk_abort(struct store_txn *base)
{
    struct disk_txn *txn = txn_of(base);

    txn->disk->abort(txn->txn);
    free(txn);
}

static enum err disk_iter_open(struct store_txn *txn, enum store_ns ns,
                               struct store_iter **iter_out)
{
    struct disk_iter *iter = calloc(1, sizeof(*iter));

    (void)txn;
    (void)ns;
    if (iter == NULL)
        return ERR_NO_MEMORY;
    *iter_out = &iter->base;
    return ERR_OK;
}

static enum err disk_iter_next(struct store_iter *base, struct bytes *key_out,
                               struct bytes *value_out)
{
    struct disk_iter *iter = (struct disk_iter *)base;
    struct disk_txn *txn = txn_of(base->txn);
    struct other_bytes key = {0}, value = {0};
    enum err err = ERR_OK;

    if (!base->started)
        err = (enum err)txn->disk->seek(txn->txn, (int)base->ns,
                                        out_of(bytes_of(base->start, base->start_len)),
                                        base->direction == STORE_BACK, &iter->iter);
    if (err == ERR_OK)
        err = (enum err)txn->disk->next(iter->iter, &key, &value);
    if (err == ERR_OK) {
        *key_out = into(key);
        *value_out = into(value);
    }
    return err;
}

static void disk_iter_close(struct store_iter *base)
{
    struct disk_iter *iter = (struct disk_iter *)base;

    if (iter->iter != NULL)
        txn_of(base->txn)->disk->close_iter(iter->iter);
    free(iter);
}

static enum err disk_usage(struct store *store, struct store_usage *usage_out)
{
    const struct other_world *world = world_of(store);
    struct other_usage usage = {0};

    world->disk.usage(world->place, &usage);
    *usage_out = (struct store_usage){.used_bytes = usage.used_bytes,
                                      .reserved_bytes = usage.reserved_bytes,
                                      .entries = usage.entries,
                                      .nearly_full = usage.nearly_full};
    return ERR_OK;
}

static enum err disk_backup(struct store *store, const char *path, struct err_info *info)
{
    (void)store;
    return err_set(info, ERR_UNSUPPORTED, "back up to '%s': the store is simulated", path);
}

struct store *disk_open(const struct other_world *world)
{
    static const struct store_engine engine = {.name = "simulated",
                                               .close = disk_close,
                                               .begin = disk_begin,
                                               .get = disk_get,
                                               .put = disk_put,
                                               .del = disk_del,
                                               .commit = disk_commit,
                                               .abort = disk_abort,
                                               .iter_open = disk_iter_open,
                                               .iter_next = disk_iter_next,
                                               .iter_close = disk_iter_close,
                                               .usage = disk_usage,
                                               .backup = disk_backup};
    struct disk *disk = calloc(1, sizeof(*disk));

    if (disk == NULL)
        return NULL;
    store_init(&disk->base, &engine);
    disk->world = world;
    return &disk->base;
}

static const struct other_world *files_world(struct blobs *blobs)
{
    return ((struct files *)blobs)->world;
}

static void files_close(struct blobs *blobs)
{
    free(blobs);
}

static bool whole_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    const struct other_world *world = files_world(blobs);
    return world->files.size(world->place, hash, true, size_out);
}

static bool part_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    const struct other_world *world = files_world(blobs);
    return world->files.size(world->place, hash, false, size_out);
}

static enum err part_append(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                            struct bytes chunk, struct err_info *info)
{
    const struct other_world *world = files_world(blobs);

    enum err err = (enum err)world->files.append(world->place, hash, offset, out_of(chunk));
    return err == ERR_OK ? err : err_set(info, err, "attachment: %s", err_text(err));
}

static enum err part_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                          uint8_t *buffer, size_t *len_out)
{
    const struct other_world *world = files_world(blobs);
    return (enum err)world->files.read(world->place, hash, false, offset, buffer, len_out);
}

static enum err whole_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                           uint8_t *buffer, size_t *len_out)
{
    const struct other_world *world = files_world(blobs);
    return (enum err)world->files.read(world->place, hash, true, offset, buffer, len_out);
}

static enum err publish(struct blobs *blobs, const uint8_t hash[HASH_BYTES], struct err_info *info)
{
    const struct other_world *world = files_world(blobs);

    enum err err = (enum err)world->files.publish(world->place, hash);
    return err == ERR_OK ? err : err_set(info, err, "attachment: %s", err_text(err));
}

static enum err part_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                          struct err_info *info)
{
    const struct other_world *world = files_world(blobs);

    (void)info;
    return (enum err)world->files.drop(world->place, hash, false);
}

static enum err whole_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                           struct err_info *info)
{
    const struct other_world *world = files_world(blobs);

    (void)info;
    return (enum err)world->files.drop(world->place, hash, true);
}

static enum err each_whole(struct blobs *blobs,
                           void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                           void *context)
{
    const struct other_world *world = files_world(blobs);
    return (enum err)world->files.each(world->place, visit, context);
}

static enum err sweep(struct blobs *blobs, int64_t now_s, uint32_t *removed_out)
{
    const struct other_world *world = files_world(blobs);
    return (enum err)world->files.sweep(world->place, now_s, removed_out);
}

struct blobs *files_open(const struct other_world *world)
{
    static const struct blobs_engine engine = {.close = files_close,
                                               .whole_size = whole_size,
                                               .part_size = part_size,
                                               .part_append = part_append,
                                               .part_read = part_read,
                                               .whole_read = whole_read,
                                               .publish = publish,
                                               .part_drop = part_drop,
                                               .whole_drop = whole_drop,
                                               .each_whole = each_whole,
                                               .sweep = sweep};
    struct files *files = calloc(1, sizeof(*files));

    if (files == NULL)
        return NULL;
    files->base.engine = &engine;
    files->world = world;
    return &files->base;
}
