#include "tools/cmd/new_dir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/text/text.h"

enum { TREE_FDS_MAX = 16, SUFFIX_BYTES = 16 };

static const struct new_dir *unfinished;

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *ftw)
{
    (void)about;
    (void)type;
    (void)ftw;
    return remove(path);
}

enum err new_dir_begin(struct new_dir *dir, const char *target, struct err_info *info)
{
    size_t len = strlen(target);
    while (len > 1 && target[len - 1] == '/')
        len--;
    if (len == 0 || len + SUFFIX_BYTES > sizeof(dir->target))
        return err_set(info, ERR_USAGE, "'%s' is no name for a directory", target);
    (void)snprintf(dir->target, sizeof(dir->target), "%.*s", (int)len, target);
    if (file_exists(dir->target) && !dir_is_empty(dir->target))
        return err_set(info, ERR_EXISTS,
                       "'%s' is there already and not empty; choose another directory",
                       dir->target);
    int wrote =
        snprintf(dir->temporary, sizeof(dir->temporary), "%.*s.new-XXXXXX", (int)len, target);
    if (wrote < 0 || (size_t)wrote >= sizeof(dir->temporary))
        return err_set(info, ERR_TOO_BIG, "%s: the name is too long", dir->target);
    if (mkdtemp(dir->temporary) == NULL) /* mode 0700 */
        return err_set(info, err_from_errno(errno), "%s: %s", dir->target,
                       errno == ENOENT ? N_("the directory above it does not exist; make it first")
                                       : strerror(errno));
    unfinished = dir;
    return ERR_OK;
}

enum err new_dir_publish(const struct new_dir *dir, struct err_info *info)
{
    char parent[PATH_BYTES_MAX];
    enum err err = dir_sync(dir->temporary, info);
    if (err != ERR_OK)
        return err;
    (void)snprintf(parent, sizeof(parent), "%s", dir->target);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        (void)snprintf(parent, sizeof(parent), ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    if (rename(dir->temporary, dir->target) != 0)
        return err_set(info,
                       errno == ENOTEMPTY || errno == EEXIST ? ERR_EXISTS : err_from_errno(errno),
                       "%s: %s", dir->target, strerror(errno));
    unfinished = NULL;
    return dir_sync(parent, info);
}

void new_dir_drop(const struct new_dir *dir)
{
    (void)nftw(dir->temporary, remove_one, TREE_FDS_MAX, FTW_DEPTH | FTW_PHYS);
    unfinished = NULL;
}

void new_dir_drop_unfinished(void)
{
    if (unfinished != NULL)
        new_dir_drop(unfinished);
}
