#pragma once

#include "lib/api/internal.h"

/* Imports and their taking back: the job row (job_store.c), the rows of a file (import_rows.c), the
 * upload (import_upload.c), the progress (jobs.c), what people see (imports.c). */

enum job_state { JOB_RUNNING = 1, JOB_DONE, JOB_UNDOING, JOB_UNDONE, JOB_FAILING, JOB_FAILED };

struct job {
    uint8_t id[API_ID_BYTES];
    enum job_state state;
    uint16_t kind;
    char name[NAME_BYTES_MAX + 1];
    char author[AUTHOR_BYTES_MAX + 1];
    uint64_t rows, done, undone;
    uint64_t file_bytes, offset;
    uint8_t file_hash[HASH_BYTES];
    uint64_t created_ms, changed_ms;
    uint8_t after[RID_BYTES]; /* undo: last record taken back */
    bool after_set;
    char error[ERR_TEXT_BYTES]; /* failing, failed */
};
bool job_active(const struct job *job);
const char *job_state_text(enum job_state state);
NODISCARD enum err job_get(struct store_txn *txn, const uint8_t id[API_ID_BYTES],
                           struct job *job_out); /* ERR_NOT_FOUND */
NODISCARD enum err job_put(struct store_txn *txn, const struct job *job);
/* Walk all jobs; `each` returns false to stop. */
NODISCARD enum err job_each(struct store_txn *txn,
                            bool (*each)(void *context, const struct job *job), void *context);
void job_to_json(struct jsonw *json, const struct job *job);
/* DIR/imports/<id>.rows; `path_out` holds PATH_BYTES_MAX. */
NODISCARD enum err job_path(const struct api *api, const uint8_t id[API_ID_BYTES], char *path_out,
                            struct err_info *info);
void job_remove_file(const struct api *api, const uint8_t id[API_ID_BYTES]);
/* Into `json`, which is begun; 202 adds Location. */
void reply_job(struct api_call call, struct jsonw *json, const struct job *job, int status);
/* A new file DIR/imports/<random><suffix> (0600) to write to; -1 with `info` on a failure.
 * `path_out` holds PATH_BYTES_MAX. */
int staging_open(const struct api *api, const char *suffix, char *path_out, struct err_info *info);
NODISCARD enum err write_whole(int fd, struct bytes data, struct err_info *info);
/* Is there still room, now that an upload has grown by `len` to `size` bytes? The disk is asked
 * again once every few megabytes. Errors: ERR_FULL. */
NODISCARD enum err upload_check_room(struct api *api, uint64_t size, size_t len,
                                     struct err_info *info);
/* Make DIR/imports, remove files no job needs. */
NODISCARD enum err jobs_open(struct api *api, struct err_info *info);

/* Take one whole row off the front of `input`. Errors: ERR_BUSY (not whole yet), ERR_CORRUPT. */
NODISCARD enum err row_take(struct bytes *input, struct bytes *row_out);
/* One row's values as writes, each checked against the kind, all required fields there, the kind's
 * rule kept. line_out is set as soon as it is known. Errors: ERR_CORRUPT, ERR_INVALID,
 * ERR_NOT_FOUND (a file), ERR_LIMIT. */
NODISCARD enum err row_read(struct bytes row, const struct kind *kind, struct write_list *list,
                            uint64_t *line_out, struct err_info *info);
