#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

enum { PATH_BYTES_MAX = 1024 }; /* with the final NUL */

/* Whole content of a small file.
 * Owns:    the caller frees *data_out, which has a NUL after its last byte (not counted in
 * *len_out). Errors:  ERR_NOT_FOUND, ERR_DENIED, ERR_TOO_BIG (over bytes_max), ERR_NO_MEMORY,
 * ERR_IO. */
NODISCARD enum err file_read(const char *path, size_t bytes_max, uint8_t **data_out,
                             size_t *len_out, struct err_info *info);

/* Put a file in place whole or not at all: temporary file beside it, sync, rename, sync of the
 * directory. An existing file is replaced; the new one has exactly `mode`. Errors:  ERR_FULL,
 * ERR_DENIED, ERR_IO; the old file is as it was. */
NODISCARD enum err file_write_atomic(const char *path, struct bytes content, mode_t mode,
                                     struct err_info *info);

/* As file_write_atomic, but never over an existing file. Errors: ERR_EXISTS besides. */
NODISCARD enum err file_create(const char *path, struct bytes content, mode_t mode,
                               struct err_info *info);

/* Copy a regular file of any size to a name that is free; its bytes are synced, its name is not
 * (dir_sync). Errors: ERR_NOT_FOUND, ERR_EXISTS, ERR_DENIED, ERR_FULL, ERR_IO; nothing is left
 * then. */
NODISCARD enum err file_copy(const char *from, const char *to, mode_t mode, struct err_info *info);

bool file_exists(const char *path);

/* A directory of mode 0700; one that is there already is fine whatever its mode. Parents are not
 * made. Errors:  ERR_NOT_FOUND (no parent), ERR_EXISTS (something else has the name), ERR_DENIED,
 * ERR_FULL, ERR_IO. */
NODISCARD enum err dir_make(const char *path, struct err_info *info);

/* Nothing in it but "." and ".."? False also when it cannot be read. */
bool dir_is_empty(const char *path);

/* Make renames and new names in a directory durable. Errors: ERR_IO. */
NODISCARD enum err dir_sync(const char *path, struct err_info *info);

/* A secret's file is a regular file, ours, and nobody else may touch it (mode & 077 is 0).
 * Errors:  ERR_NOT_FOUND, ERR_DENIED with the command that repairs it, ERR_IO. */
NODISCARD enum err file_check_private(const char *path, struct err_info *info);

/* "directory/name" into `out` of PATH_BYTES_MAX. Errors: ERR_TOO_BIG. */
NODISCARD enum err path_join(const char *directory, const char *name, char *out,
                             struct err_info *info);

/* The error code that tells errno best: ENOENT ERR_NOT_FOUND, EACCES ERR_DENIED, ENOSPC ERR_FULL,
 * …, else ERR_IO. */
enum err err_from_errno(int number);
