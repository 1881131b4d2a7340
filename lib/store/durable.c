#include "lib/store/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err fail(struct err_info *info, const char *what, const char *path)
{
    int number = errno;
    return err_set(info, err_from_errno(number), "%s '%s': %s", what, path, strerror(number));
}

enum err durable_path(const char *path, const char *suffix, char *path_out, struct err_info *info)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t suffix_len = strlen(suffix);
    if (len == 0 || len + suffix_len >= PATH_BYTES_MAX)
        return err_set(info, ERR_INVALID, "path '%.64s': empty or too long", path);
    memcpy(path_out, path, len);
    memcpy(path_out + len, suffix, suffix_len + 1);
    return ERR_OK;
}

enum err durable_parent(const char *path, char *path_out, struct err_info *info)
{
    char clean[PATH_BYTES_MAX];
    enum err rc = durable_path(path, "", clean, info);
    if (rc != ERR_OK)
        return rc;
    char *slash = strrchr(clean, '/');
    if (slash == NULL)
        return durable_path(".", "", path_out, info);
    slash[slash == clean ? 1 : 0] = '\0';
    return durable_path(clean, "", path_out, info);
}

enum err durable_sync_file(const char *path, struct err_info *info)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(info, "open", path);
    enum err rc = fsync(fd) == 0 ? ERR_OK : fail(info, "sync", path);
    (void)close(fd);
    return rc;
}

enum err durable_rename(const char *from, const char *to, struct err_info *info)
{
    if (rename(from, to) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
            return err_set(info, ERR_EXISTS, "'%s' is there already and is not empty", to);
        return fail(info, "rename to", to);
    }
    char parent[PATH_BYTES_MAX];
    enum err rc = durable_parent(to, parent, info);
    return rc != ERR_OK ? rc : dir_sync(parent, info);
}
