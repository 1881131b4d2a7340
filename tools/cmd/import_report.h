#pragma once

#include "tools/cmd/cmd.h"
#include "tools/import/import.h"

/* What the check of a file found, for people and for programs. */
void import_tell(const struct import_summary *summary, const char *rejects_path, FILE *to);
/* Poll until the daemon is through with a batch; *job_inout is the newest answer, its member
 * `counted` the rows behind us. */
NODISCARD enum err import_wait(struct cmd *cmd, const char *counted, json_t **job_inout,
                               struct err_info *info);
/* ERR_INVALID when the batch failed, with why. */
NODISCARD enum err import_outcome(const json_t *job, struct err_info *info);
json_t *import_json(const struct import_summary *summary, const char *rejects_path);
