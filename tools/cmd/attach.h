#pragma once

#include "proto/record/kinds.h"
#include "tools/cmd/cmd.h"

/* Upload the files of every --attach and name them in `fields`: as the whole set of a new record,
 * or as members to add. Errors: ERR_USAGE (the kind holds no files), ERR_NOT_FOUND, ERR_TOO_BIG,
 * ERR_IO, the daemon's. */
NODISCARD enum err attach_files(struct cmd *cmd, const struct kind *kind, bool change,
                                json_t *fields, struct err_info *info);
