#pragma once

#include "lib/sys/files.h"

/* A directory that appears whole under its name or not at all: it is filled beside its place under
 * another name and renamed. */

struct new_dir {
    char target[PATH_BYTES_MAX]; /* without a slash at its end */
    char temporary[PATH_BYTES_MAX];
};

/* Make the temporary directory, mode 0700, for `target`, which is absent or empty. Errors:
 * ERR_USAGE (no name for a directory), ERR_EXISTS (not empty), ERR_TOO_BIG, ERR_NOT_FOUND (the
 * directory above it), else as err_from_errno. */
NODISCARD enum err new_dir_begin(struct new_dir *dir, const char *target, struct err_info *info);
/* Give it its name, durably; what is in it is synced by who wrote it. Errors: ERR_EXISTS, ERR_IO …;
 * the caller then drops it. */
NODISCARD enum err new_dir_publish(const struct new_dir *dir, struct err_info *info);
/* Remove it with all that is in it. */
void new_dir_drop(const struct new_dir *dir);
/* The one that was begun and neither published nor dropped, if any: the process ends. */
void new_dir_drop_unfinished(void);
