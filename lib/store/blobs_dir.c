#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/blobs_engine.h"
#include "lib/sys/files.h"

/* Attachments in a directory: blobs/ab/<62 hex> and partial/<64 hex>. Names come from hashes alone;
 * no name from outside ever reaches the file system. */

enum { NAME_BYTES = 2 * HASH_BYTES + 2 }; /* 64 hex digits, a slash, NUL */

struct dir_blobs {
    struct blobs base;
    int whole_fd, part_fd;
};

static struct dir_blobs *self_of(struct blobs *blobs)
{
    return (struct dir_blobs *)blobs;
}

static void part_name(const uint8_t hash[HASH_BYTES], char name_out[NAME_BYTES])
{
    hex_encode(bytes_of(hash, HASH_BYTES), name_out);
}

static void whole_name(const uint8_t hash[HASH_BYTES], char name_out[NAME_BYTES])
{
    hex_encode(bytes_of(hash, 1), name_out);
    name_out[2] = '/';
    hex_encode(bytes_of(hash + 1, HASH_BYTES - 1), name_out + 3);
}

static enum err fail(struct err_info *info, const char *what)
{
    int number = errno;
    enum err code = err_from_errno(number) == ERR_FULL ? ERR_FULL : ERR_IO;
    return err_set(info, code, "attachment: %s: %s", what, strerror(number));
}

static void dir_close(struct blobs *blobs)
{
    struct dir_blobs *self = self_of(blobs);
    if (self->whole_fd >= 0)
        (void)close(self->whole_fd);
    if (self->part_fd >= 0)
        (void)close(self->part_fd);
    free(self);
}

static bool size_at(int dir_fd, const char *name, uint64_t *size_out)
{
    struct stat status;
    if (fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
        return false;
    *size_out = (uint64_t)status.st_size;
    return true;
}

static bool dir_whole_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    char name[NAME_BYTES];
    whole_name(hash, name);
    return size_at(self_of(blobs)->whole_fd, name, size_out);
}

static bool dir_part_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    char name[NAME_BYTES];
    part_name(hash, name);
    return size_at(self_of(blobs)->part_fd, name, size_out);
}

static bool write_fully(int fd, uint64_t offset, struct bytes chunk)
{
    size_t done = 0;
    while (done < chunk.len) {
        ssize_t wrote = pwrite(fd, chunk.data + done, chunk.len - done, (off_t)(offset + done));
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

static enum err dir_part_append(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                                uint64_t offset, struct bytes chunk, struct err_info *info)
{
    char name[NAME_BYTES];
    part_name(hash, name);
    int fd =
        openat(self_of(blobs)->part_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(info, "open the part");
    enum err rc = ERR_OK;
    if (ftruncate(fd, (off_t)offset) != 0 || !write_fully(fd, offset, chunk))
        rc = fail(info, "write the part");
    if (close(fd) != 0 && rc == ERR_OK)
        rc = fail(info, "write the part");
    return rc;
}

static enum err read_at(int dir_fd, const char *name, uint64_t offset, uint8_t *buffer,
                        size_t *len_out)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    size_t len = 0;
    ssize_t got = 1;
    while (len < BLOB_CHUNK_BYTES && got > 0) {
        do
            got = pread(fd, buffer + len, BLOB_CHUNK_BYTES - len, (off_t)(offset + len));
        while (got < 0 && errno == EINTR);
        len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    if (got < 0)
        return ERR_IO;
    *len_out = len;
    return ERR_OK;
}

static enum err dir_part_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                              uint8_t *buffer, size_t *len_out)
{
    char name[NAME_BYTES];
    part_name(hash, name);
    return read_at(self_of(blobs)->part_fd, name, offset, buffer, len_out);
}

static enum err dir_whole_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                               uint8_t *buffer, size_t *len_out)
{
    char name[NAME_BYTES];
    whole_name(hash, name);
    return read_at(self_of(blobs)->whole_fd, name, offset, buffer, len_out);
}

/* Sync a file or directory below `dir_fd`. */
static bool sync_at(int dir_fd, const char *name, int flags)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    int number = errno;
    (void)close(fd);
    errno = number;
    return synced;
}

/* The directory blobs/ab, there and durable. One that is there may come from an attempt that was
 * cut off, or whose sync failed: each makes sure for itself. */
static bool make_shelf(int whole_fd, const char shelf[3])
{
    bool made = mkdirat(whole_fd, shelf, 0700) == 0;
    if (!made && errno != EEXIST)
        return false;
    if (fsync(whole_fd) == 0)
        return true;
    int number = errno;
    (void)unlinkat(whole_fd, shelf, AT_REMOVEDIR); /* unless something is in it */
    errno = number;
    return false;
}

static enum err dir_publish(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                            struct err_info *info)
{
    struct dir_blobs *self = self_of(blobs);
    char part[NAME_BYTES];
    char whole[NAME_BYTES];
    part_name(hash, part);
    whole_name(hash, whole);
    char shelf[3] = {whole[0], whole[1], '\0'};
    if (!sync_at(self->part_fd, part, 0)) {
        /* what did not reach the disk may look clean from now on: not to be trusted again */
        enum err rc = fail(info, "sync");
        (void)unlinkat(self->part_fd, part, 0);
        return rc;
    }
    if (!make_shelf(self->whole_fd, shelf))
        return fail(info, "make its directory");
    if (renameat(self->part_fd, part, self->whole_fd, whole) != 0)
        return fail(info, "rename");
    if (!sync_at(self->whole_fd, shelf, O_DIRECTORY) || fsync(self->part_fd) != 0) {
        enum err rc = fail(info, "sync its directory");
        (void)unlinkat(self->whole_fd, whole, 0); /* not here until it is certain to stay */
        return rc;
    }
    return ERR_OK;
}

static enum err dir_part_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                              struct err_info *info)
{
    char name[NAME_BYTES];
    part_name(hash, name);
    if (unlinkat(self_of(blobs)->part_fd, name, 0) != 0 && errno != ENOENT)
        return fail(info, "remove the part");
    return ERR_OK;
}

static enum err dir_whole_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                               struct err_info *info)
{
    struct dir_blobs *self = self_of(blobs);
    char name[NAME_BYTES];
    whole_name(hash, name);
    char shelf[3] = {name[0], name[1], '\0'};
    if (unlinkat(self->whole_fd, name, 0) != 0)
        return errno == ENOENT ? ERR_OK : fail(info, "remove");
    return sync_at(self->whole_fd, shelf, O_DIRECTORY) ? ERR_OK : fail(info, "sync its directory");
}

/* A stream of its own: dir_fd itself keeps its place. NULL when it cannot be read. */
static DIR *list(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL && fd >= 0)
        (void)close(fd);
    return stream;
}

static enum err visit_shelf(int whole_fd, uint8_t first,
                            void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                            void *context)
{
    char shelf[3];
    uint8_t hash[HASH_BYTES] = {first};
    hex_encode(bytes_of(&first, 1), shelf);
    DIR *stream = list(whole_fd, shelf);
    if (stream == NULL)
        return errno == ENOENT ? ERR_OK : ERR_IO;
    errno = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (hex_decode(entry->d_name, hash + 1, HASH_BYTES - 1))
            visit(context, hash);
        errno = 0; /* else what `visit` met would look like readdir's own */
    }
    enum err rc = errno == 0 ? ERR_OK : ERR_IO;
    (void)closedir(stream);
    return rc;
}

static enum err dir_each_whole(struct blobs *blobs,
                               void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                               void *context)
{
    enum err rc = ERR_OK;
    for (unsigned first = 0; rc == ERR_OK && first < 256; first++)
        rc = visit_shelf(self_of(blobs)->whole_fd, (uint8_t)first, visit, context);
    return rc;
}

static enum err dir_sweep(struct blobs *blobs, int64_t now_s, uint32_t *removed_out)
{
    int part_fd = self_of(blobs)->part_fd;
    DIR *stream = list(part_fd, ".");
    if (stream == NULL)
        return ERR_IO;
    uint32_t removed = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        struct stat status;
        uint8_t hash[HASH_BYTES];
        if (hex_decode(entry->d_name, hash, HASH_BYTES) &&
            fstatat(part_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            now_s - (int64_t)status.st_mtime > BLOB_PARTIAL_S_MAX)
            removed += unlinkat(part_fd, entry->d_name, 0) == 0;
    }
    (void)closedir(stream);
    *removed_out = removed;
    return ERR_OK;
}

static const struct blobs_engine dir_engine = {
    .close = dir_close,
    .whole_size = dir_whole_size,
    .part_size = dir_part_size,
    .part_append = dir_part_append,
    .part_read = dir_part_read,
    .whole_read = dir_whole_read,
    .publish = dir_publish,
    .part_drop = dir_part_drop,
    .whole_drop = dir_whole_drop,
    .each_whole = dir_each_whole,
    .sweep = dir_sweep,
};

static enum err open_below(const char *path, const char *name, int *fd_out, struct err_info *info)
{
    char full[PATH_BYTES_MAX];
    enum err rc = path_join(path, name, full, info);
    if (rc == ERR_OK)
        rc = dir_make(full, info);
    if (rc != ERR_OK)
        return rc;
    *fd_out = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd_out >= 0 ? ERR_OK : err_set(info, ERR_IO, "'%s': %s", full, strerror(errno));
}

enum err blobs_open_dir(const char *path, struct blobs **blobs_out, struct err_info *info)
{
    if (sodium_init() < 0)
        return err_set(info, ERR_INTERNAL, "libsodium cannot be used");
    struct dir_blobs *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return err_set(info, ERR_NO_MEMORY, "open attachments '%s'", path);
    *self = (struct dir_blobs){.base = {&dir_engine}, .whole_fd = -1, .part_fd = -1};
    enum err rc = dir_make(path, info);
    if (rc == ERR_OK)
        rc = open_below(path, "blobs", &self->whole_fd, info);
    if (rc == ERR_OK)
        rc = open_below(path, "partial", &self->part_fd, info);
    if (rc != ERR_OK) {
        dir_close(&self->base);
        return err_wrap(info, rc, "open attachments '%s'", path);
    }
    *blobs_out = &self->base;
    return ERR_OK;
}
