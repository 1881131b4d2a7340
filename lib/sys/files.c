#include "lib/sys/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/sys/random.h"

/* A file is replaced by writing a new one beside it and renaming: after a crash there is the old or
 * the new, never a half. */

enum err err_from_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case EEXIST:
    case EADDRINUSE:
        return ERR_EXISTS;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case EMFILE:
    case ENFILE:
        return ERR_LIMIT;
    case ENAMETOOLONG:
    case EFBIG:
        return ERR_TOO_BIG;
    default:
        return ERR_IO;
    }
}

static enum err fail(struct err_info *info, const char *what, const char *path)
{
    int number = errno;
    return err_set(info, err_from_errno(number), "%s '%s': %s", what, path, strerror(number));
}

static enum err read_all(int fd, uint8_t *data, size_t capacity, size_t *len_out)
{
    size_t len = 0;
    while (len < capacity) {
        ssize_t got = read(fd, data + len, capacity - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *len_out = len;
    return ERR_OK;
}

enum err file_read(const char *path, size_t bytes_max, uint8_t **data_out, size_t *len_out,
                   struct err_info *info)
{
    enum err err = ERR_OK;
    uint8_t *data = NULL;
    size_t len = 0;
    struct stat status;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(info, "read", path);
    if (fstat(fd, &status) != 0) {
        err = fail(info, "read", path);
    } else if (S_ISDIR(status.st_mode)) {
        err = err_set(info, ERR_IO, "read '%s': is a directory", path);
    } else if (status.st_size < 0 || (uint64_t)status.st_size > bytes_max) {
        err = err_set(info, ERR_TOO_BIG, "read '%s': over %zu bytes", path, bytes_max);
    } else {
        /* A pipe or a growing file tells no size: ask for one byte over the limit. */
        size_t capacity = S_ISREG(status.st_mode) ? (size_t)status.st_size : bytes_max;
        data = malloc(capacity + 2);
        if (data == NULL)
            err = err_set(info, ERR_NO_MEMORY, "read '%s': out of memory", path);
        else if (read_all(fd, data, capacity + 1, &len) != ERR_OK)
            err = fail(info, "read", path);
        else if (len > capacity)
            err = err_set(info, ERR_TOO_BIG, "read '%s': over %zu bytes", path, capacity);
    }
    close(fd);
    if (err != ERR_OK) {
        free(data);
        return err;
    }
    data[len] = '\0';
    *data_out = data;
    *len_out = len;
    return ERR_OK;
}

static int write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        content.data += put;
        content.len -= (size_t)put;
    }
    return 0;
}

/* A file of a name nobody else uses beside `path`, complete and synced. */
static enum err write_temporary(const char *path, struct bytes content, mode_t mode,
                                char temporary[PATH_BYTES_MAX + 24], struct err_info *info)
{
    snprintf(temporary, PATH_BYTES_MAX + 24, "%s.%016llx", path, (unsigned long long)random_u64());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(info, "write", path);
    bool good = write_all(fd, content) == 0 && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    if (!good) {
        enum err err = fail(info, "write", path);
        close(fd);
        unlink(temporary);
        return err;
    }
    if (close(fd) != 0) {
        enum err err = fail(info, "write", path);
        unlink(temporary);
        return err;
    }
    return ERR_OK;
}

static enum err sync_parent(const char *path, struct err_info *info)
{
    char parent[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);

    if (slash == NULL) {
        memcpy(parent, ".", 2);
    } else if (len == 0) {
        memcpy(parent, "/", 2);
    } else {
        memcpy(parent, path, len);
        parent[len] = '\0';
    }
    return dir_sync(parent, info);
}

enum err file_write_atomic(const char *path, struct bytes content, mode_t mode,
                           struct err_info *info)
{
    char temporary[PATH_BYTES_MAX + 24];
    if (strlen(path) >= PATH_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "write: the path is over %d bytes", PATH_BYTES_MAX - 1);
    enum err err = write_temporary(path, content, mode, temporary, info);
    if (err != ERR_OK)
        return err;
    if (rename(temporary, path) != 0) {
        err = fail(info, "write", path);
        unlink(temporary);
        return err;
    }
    return sync_parent(path, info);
}

enum err file_create(const char *path, struct bytes content, mode_t mode, struct err_info *info)
{
    char temporary[PATH_BYTES_MAX + 24];
    if (strlen(path) >= PATH_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "create: the path is over %d bytes", PATH_BYTES_MAX - 1);
    enum err err = write_temporary(path, content, mode, temporary, info);
    if (err != ERR_OK)
        return err;
    /* link, unlike rename, refuses to replace. */
    if (link(temporary, path) != 0)
        err = fail(info, "create", path);
    unlink(temporary);
    return err == ERR_OK ? sync_parent(path, info) : err;
}

bool file_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

enum err dir_make(const char *path, struct err_info *info)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return sync_parent(path, info);
    if (errno != EEXIST)
        return fail(info, "make directory", path);
    if (stat(path, &status) != 0)
        return fail(info, "make directory", path);
    if (!S_ISDIR(status.st_mode))
        return err_set(info, ERR_EXISTS, "make directory '%s': something else has this name", path);
    return ERR_OK;
}

bool dir_is_empty(const char *path)
{
    bool empty = true;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    for (struct dirent *entry = readdir(dir); entry != NULL && empty; entry = readdir(dir))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty;
}

enum err dir_sync(const char *path, struct err_info *info)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(info, "sync directory", path);
    enum err err = fsync(fd) == 0 ? ERR_OK : fail(info, "sync directory", path);
    close(fd);
    return err;
}

enum err file_check_private(const char *path, struct err_info *info)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return fail(info, "check", path);
    if (!S_ISREG(status.st_mode))
        return err_set(info, ERR_DENIED, "'%s' is not a regular file", path);
    if (status.st_uid != geteuid())
        return err_set(info, ERR_DENIED, "'%s' belongs to user %u, not to us (%u)", path,
                       (unsigned)status.st_uid, (unsigned)geteuid());
    if ((status.st_mode & 077) != 0)
        return err_set(info, ERR_DENIED, "others can reach the secret in '%s': chmod 600 '%s'",
                       path, path);
    return ERR_OK;
}

enum err path_join(const char *directory, const char *name, char *out, struct err_info *info)
{
    size_t len = strlen(directory);
    const char *between = len > 0 && directory[len - 1] == '/' ? "" : "/";
    if (len + strlen(between) + strlen(name) >= PATH_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "the path of '%s' is over %d bytes", name,
                       PATH_BYTES_MAX - 1);
    snprintf(out, PATH_BYTES_MAX, "%s%s%s", directory, between, name);
    return ERR_OK;
}
