#pragma once

#include "proto/base/err.h"

/* Files and directories that must be there after a power cut. */

enum { DURABLE_PATH_BYTES = 3072 };

/* Copy `path` without trailing slashes, followed by `suffix`. Errors: ERR_INVALID (empty, too long). */
NODISCARD enum err durable_path(const char *path, const char *suffix,
                                char path_out[DURABLE_PATH_BYTES], struct err_info *info);
/* The directory that holds `path`. Errors: ERR_INVALID. */
NODISCARD enum err durable_parent(const char *path, char path_out[DURABLE_PATH_BYTES],
                                  struct err_info *info);
/* Make a directory, mode 0700; one that is there already is fine. Errors: ERR_IO, ERR_FULL. */
NODISCARD enum err durable_make_dir(const char *path, struct err_info *info);
/* Wait until a file's bytes, or a directory's names, are on the disk. Errors: ERR_IO, ERR_FULL. */
NODISCARD enum err durable_sync(const char *path, struct err_info *info);
/* Rename and wait until the name is on the disk. Errors: ERR_EXISTS (a directory in use), ERR_IO. */
NODISCARD enum err durable_rename(const char *from, const char *to, struct err_info *info);

/* The code for a failed system call. */
enum err durable_code(int number);
