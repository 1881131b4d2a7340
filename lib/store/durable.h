#pragma once

#include "lib/sys/files.h"

/* Names that must be there after a power cut. Paths hold PATH_BYTES_MAX. */

/* Copy `path` without trailing slashes, followed by `suffix`. Errors: ERR_INVALID (empty, too
 * long). */
NODISCARD enum err durable_path(const char *path, const char *suffix, char *path_out,
                                struct err_info *info);
/* The directory that holds `path`. Errors: ERR_INVALID. */
NODISCARD enum err durable_parent(const char *path, char *path_out, struct err_info *info);
/* Wait until a file's bytes are on the disk. Errors: as err_from_errno. */
NODISCARD enum err durable_sync_file(const char *path, struct err_info *info);
/* Rename a directory and wait until its name is on the disk.
 * Errors: ERR_EXISTS (something other than an empty directory has the name), else as
 * err_from_errno. */
NODISCARD enum err durable_rename(const char *from, const char *to, struct err_info *info);
