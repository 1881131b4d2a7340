#include "tools/cmd/data_copy.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/store/blobs.h"
#include "lib/sys/files.h"
#include "lib/sys/progress.h"
#include "tools/cmd/cmd.h"

enum { CONFIG_BYTES_MAX = 1 << 20 };

struct copying {
    const char *from, *to;
    struct blobs *from_blobs, *to_blobs;
    struct progress progress;
    struct data_copied copied;
    enum err err; /* of a file */
    struct err_info *info;
};

/* The same name below both. */
static enum err both(const struct copying *copying, const char *name, char *from_out, char *to_out)
{
    enum err err = path_join(copying->from, name, from_out, copying->info);
    return err == ERR_OK ? path_join(copying->to, name, to_out, copying->info) : err;
}

static enum err copy_file(const struct copying *copying, const char *name)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    enum err err = both(copying, name, from, to);
    return err == ERR_OK ? file_copy(from, to, 0600, copying->info) : err;
}

static enum err copy_keys(struct copying *copying)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    enum err err = both(copying, "keys", from, to);
    if (err == ERR_OK && !file_exists(from))
        err = err_set(copying->info, ERR_NOT_FOUND, "'%s' is no data directory", copying->from);
    if (err == ERR_OK)
        err = dir_make(to, copying->info);
    if (err == ERR_OK)
        err = copy_file(copying, "keys/transport.key");
    if (err == ERR_OK)
        err = copy_file(copying, "keys/sign.key");
    return err == ERR_OK ? dir_sync(to, copying->info) : err;
}

static enum err copy_settings(struct copying *copying)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    enum err err = both(copying, "cse.yaml", from, to);
    return err == ERR_OK && file_exists(from) ? copy_file(copying, "cse.yaml") : err;
}

static enum err copy_store(struct copying *copying)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_usage usage;
    enum err err = both(copying, "store", from, to);
    if (err == ERR_OK)
        err = store_open_lmdb_read(from, &store, copying->info);
    if (err != ERR_OK)
        return err;
    err = store_usage_of(store, &usage);
    if (err == ERR_OK) {
        char size[32];
        data_size_text(usage.used_bytes, size, sizeof(size));
        if (isatty(STDERR_FILENO) == 1)
            say_to(stderr, "copying the store, %s …\n", size);
        copying->copied.store_bytes = usage.used_bytes;
        err = store_backup(store, to, copying->info);
    } else {
        (void)err_set(copying->info, err, "read the store's size: %s", err_text(err));
    }
    store_close(store);
    return err;
}

static void copy_blob(void *context, const uint8_t hash[HASH_BYTES])
{
    struct copying *copying = context;
    uint64_t size = 0;
    if (copying->err != ERR_OK)
        return;
    enum err err = blobs_copy(copying->from_blobs, copying->to_blobs, hash, &size, copying->info);
    if (err == ERR_NOT_FOUND) /* removed meanwhile */
        return;
    if (err != ERR_OK) {
        char hex[2 * HASH_BYTES + 1];
        hex_encode(bytes_of(hash, HASH_BYTES), hex);
        copying->err = err_wrap(copying->info, err, "copy file %s", hex);
        return;
    }
    copying->copied.files++;
    copying->copied.file_bytes += size;
    progress_show(&copying->progress, copying->copied.files);
}

static enum err copy_blobs(struct copying *copying)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    enum err err = both(copying, "blobs", from, to);
    if (err != ERR_OK || !file_exists(from))
        return err;
    err = blobs_open_dir(from, &copying->from_blobs, copying->info);
    if (err == ERR_OK)
        err = blobs_open_dir(to, &copying->to_blobs, copying->info);
    if (err == ERR_OK) {
        progress_start(&copying->progress, tr(N_("files")), 0);
        err = blobs_each(copying->from_blobs, copy_blob, copying);
        progress_end(&copying->progress);
        if (err != ERR_OK)
            (void)err_set(copying->info, err, "list the files: %s", err_text(err));
    }
    blobs_close(copying->from_blobs);
    blobs_close(copying->to_blobs);
    return err == ERR_OK ? copying->err : err;
}

/* Rows of imports that are under way. One that is gone by now belongs to an import that has ended
 * since the store was read; the copy's import then tells that its file is missing. */
static enum err copy_imports(struct copying *copying)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
    enum err err = both(copying, "imports", from, to);
    DIR *dir = err == ERR_OK ? opendir(from) : NULL;
    if (dir == NULL)
        return err;
    err = dir_make(to, copying->info);
    for (struct dirent *entry = readdir(dir); err == ERR_OK && entry != NULL;
         entry = readdir(dir)) {
        if (entry->d_name[0] == '.')
            continue;
        err = path_join("imports", entry->d_name, name, copying->info);
        if (err == ERR_OK)
            err = copy_file(copying, name);
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
    }
    (void)closedir(dir);
    return err == ERR_OK ? dir_sync(to, copying->info) : err;
}

enum err data_copy(const char *from, const char *to, struct data_copied *copied_out,
                   struct err_info *info)
{
    struct copying copying = {.from = from, .to = to, .info = info};
    enum err err = copy_keys(&copying);
    if (err == ERR_OK)
        err = copy_settings(&copying);
    if (err == ERR_OK)
        err = copy_store(&copying);
    if (err == ERR_OK)
        err = copy_blobs(&copying);
    if (err == ERR_OK)
        err = copy_imports(&copying);
    if (err == ERR_OK)
        *copied_out = copying.copied;
    return err;
}

enum err data_store_open(const char *data, struct store **store_out, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_usage usage = {0};
    enum err err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb_read(path, &store, info);
    if (err != ERR_OK)
        return err;
    err = store_usage_of(store, &usage);
    store_close(store);
    if (err != ERR_OK)
        return err_set(info, err, "read the store's size: %s", err_text(err));
    return store_open_lmdb(path, (size_t)usage.reserved_bytes, store_out, info);
}

void data_size_text(uint64_t bytes, char *text_out, size_t size)
{
    if (bytes >= (uint64_t)10 << 20)
        (void)snprintf(text_out, size, "%" PRIu64 " MiB", bytes >> 20);
    else
        (void)snprintf(text_out, size, "%" PRIu64 " KiB", (bytes + 1023) >> 10);
}
