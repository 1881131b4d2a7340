#include <dlfcn.h>
#include <stdio.h>

#include "lib/store/blobs_engine.h"
#include "lib/store/engine.h"
#include "tests/sim/sim.h"

/* Engines of another revision, loaded, and what they reach of a place: its disk, its files, the
 * network, chance. See other/other.h. */

static bool refuse(char *why, size_t size, const char *file, const char *reason)
{
    (void)snprintf(why, size, "%s cannot be used: %s", file, reason);
    return false;
}

static bool fits(const struct other_software *other, char *why, size_t size, const char *file)
{
    static const int namespaces[OTHER_NS_COUNT] = {
        NS_META,  NS_SITE, NS_KEY,  NS_ORIGIN, NS_LOG,        NS_SEAL,  NS_ARRIVAL, NS_RECORD,
        NS_INDEX, NS_CELL, NS_FEED, NS_BLOB,   NS_QUARANTINE, NS_ERASE, NS_JOB};

    if (other->version != OTHER_VERSION || other->bytes != sizeof(*other))
        return refuse(why, size, file,
                      "its wrapper (tests/sim/other) is of another version than this simulator's");
    for (int i = 0; i < OTHER_NS_COUNT; i++)
        if (other->namespaces[i] != namespaces[i])
            return refuse(why, size, file, "its store numbers its namespaces differently");
    return true;
}

const struct other_software *other_load(const char *file, char *why, size_t size)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        (void)refuse(why, size, file, dlerror());
        return NULL;
    }
    const struct other_software *other = dlsym(library, OTHER_SYMBOL);
    if (other == NULL)
        (void)refuse(why, size, file, "it exports no " OTHER_SYMBOL);
    return other != NULL && fits(other, why, size, file) ? other : NULL; /* stays loaded */
}

static struct bytes in(struct other_bytes bytes)
{
    return bytes_of(bytes.data, bytes.len);
}

static struct other_bytes out(struct bytes bytes)
{
    return (struct other_bytes){.data = bytes.data, .len = bytes.len};
}

/* ---- disk ---- */

static int disk_begin(void *context, bool write, void **txn_out)
{
    const struct sim_place *place = context;
    struct store_txn *txn = NULL;
    struct err_info info;

    enum err err = store_begin(place->store, write ? STORE_WRITE : STORE_READ, &txn, &info);
    *txn_out = txn;
    return (int)err;
}

static int disk_get(void *txn, int ns, struct other_bytes key, struct other_bytes *value_out)
{
    struct bytes value = {0};

    enum err err = store_get(txn, (enum store_ns)ns, in(key), &value);
    *value_out = out(value);
    return (int)err;
}

static int disk_put(void *txn, int ns, struct other_bytes key, struct other_bytes value)
{
    return (int)store_put(txn, (enum store_ns)ns, in(key), in(value));
}

static int disk_del(void *txn, int ns, struct other_bytes key)
{
    return (int)store_del(txn, (enum store_ns)ns, in(key));
}

static int disk_commit(void *txn)
{
    return (int)store_commit(txn, NULL);
}

static void disk_abort(void *txn)
{
    store_abort(txn);
}

static int disk_seek(void *txn, int ns, struct other_bytes from, bool back, void **iter_out)
{
    struct store_iter *iter = NULL;

    enum err err = store_iter_open(txn, (enum store_ns)ns, (struct bytes){0}, in(from),
                                   back ? STORE_BACK : STORE_FORWARD, &iter);
    *iter_out = iter;
    return (int)err;
}

static int disk_next(void *iter, struct other_bytes *key_out, struct other_bytes *value_out)
{
    struct bytes key = {0}, value = {0};
    enum err err = ERR_OK;

    if (!store_iter_next(iter, &key, &value, &err))
        return err != ERR_OK ? (int)err : ERR_NOT_FOUND;
    *key_out = out(key);
    *value_out = out(value);
    return ERR_OK;
}

static void disk_close_iter(void *iter)
{
    store_iter_close(iter);
}

static void disk_usage(void *context, struct other_usage *usage_out)
{
    const struct sim_place *place = context;
    struct store_usage usage = {0};

    if (store_usage_of(place->store, &usage) != ERR_OK)
        return;
    *usage_out = (struct other_usage){.used_bytes = usage.used_bytes,
                                      .reserved_bytes = usage.reserved_bytes,
                                      .entries = usage.entries,
                                      .nearly_full = usage.nearly_full};
}

/* ---- files ---- */

static struct blobs *files_of(void *context)
{
    return ((const struct sim_place *)context)->blobs;
}

static bool files_size(void *context, const uint8_t *hash, bool whole, uint64_t *size_out)
{
    struct blobs *blobs = files_of(context);
    return whole ? blobs->engine->whole_size(blobs, hash, size_out)
                 : blobs->engine->part_size(blobs, hash, size_out);
}

static int files_append(void *context, const uint8_t *hash, uint64_t offset,
                        struct other_bytes chunk)
{
    struct blobs *blobs = files_of(context);
    return (int)blobs->engine->part_append(blobs, hash, offset, in(chunk), NULL);
}

static int files_read(void *context, const uint8_t *hash, bool whole, uint64_t offset,
                      uint8_t *buffer, size_t *len_out)
{
    struct blobs *blobs = files_of(context);
    enum err err = whole ? blobs->engine->whole_read(blobs, hash, offset, buffer, len_out)
                         : blobs->engine->part_read(blobs, hash, offset, buffer, len_out);
    return (int)err;
}

static int files_publish(void *context, const uint8_t *hash)
{
    struct blobs *blobs = files_of(context);
    return (int)blobs->engine->publish(blobs, hash, NULL);
}

static int files_drop(void *context, const uint8_t *hash, bool whole)
{
    struct blobs *blobs = files_of(context);
    enum err err = whole ? blobs->engine->whole_drop(blobs, hash, NULL)
                         : blobs->engine->part_drop(blobs, hash, NULL);
    return (int)err;
}

static int files_each(void *context, void (*visit)(void *context, const uint8_t *hash), void *what)
{
    return (int)blobs_each(files_of(context), visit, what);
}

static int files_sweep(void *context, int64_t now_s, uint32_t *removed_out)
{
    return (int)blobs_sweep(files_of(context), now_s, removed_out);
}

/* ---- network and chance: the hooks that our own engines have ---- */

static int link_open(void *context)
{
    return (int)net_node_hooks(context).link_open(context, NULL);
}

static void link_close(void *context)
{
    net_node_hooks(context).link_close(context);
}

static int link_send(void *context, struct other_bytes frame)
{
    return (int)net_node_hooks(context).link_send(context, in(frame));
}

static int send_to(void *context, struct other_bytes peer, struct other_bytes frame)
{
    return (int)net_broker_hooks(context).send(context, in(peer), in(frame));
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    net_node_hooks(context).random(context, out, len);
}

static void say(void *context, const char *event, const char *pairs)
{
    const struct sim_place *place = context;
    sim_say(place->sim, "place %d, %s: %s %s", place->index, place->sim->other->called, event,
            pairs);
}

struct other_world other_world_of(struct sim_place *place)
{
    return (struct other_world){.place = place,
                                .disk = {.begin = disk_begin,
                                         .get = disk_get,
                                         .put = disk_put,
                                         .del = disk_del,
                                         .commit = disk_commit,
                                         .abort = disk_abort,
                                         .seek = disk_seek,
                                         .next = disk_next,
                                         .close_iter = disk_close_iter,
                                         .usage = disk_usage},
                                .files = {.size = files_size,
                                          .append = files_append,
                                          .read = files_read,
                                          .publish = files_publish,
                                          .drop = files_drop,
                                          .each = files_each,
                                          .sweep = files_sweep},
                                .hooks = {.link_open = link_open,
                                          .link_close = link_close,
                                          .link_send = link_send,
                                          .send = send_to,
                                          .random = fill_random,
                                          .log = say}};
}
