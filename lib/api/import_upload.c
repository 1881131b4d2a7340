/* POST imports: the rows are written to a file of the data directory and checked one by one as they
 * come, so that memory stays small and a bad row refuses the whole before anything is recorded.
 * Only a durable job row makes the import exist. */
#include "lib/api/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sys/random.h"

struct import_upload {
    struct api *api;
    const struct kind *kind;
    int fd;
    bool taken; /* the job has the file now */
    struct job job;
    char path[PATH_BYTES_MAX];
    crypto_generichash_state hash;
    struct write_list *list;
    uint8_t *rest; /* the beginning of a row whose end has not come yet; 2 * API_ROW_BYTES_MAX */
    size_t rest_len;
    uint64_t line;
};

static void import_close(void *upload)
{
    struct import_upload *import = upload;
    if (import->fd >= 0)
        (void)close(import->fd);
    if (!import->taken && import->path[0] != '\0')
        (void)unlink(import->path);
    if (import->list != NULL)
        write_list_deinit(import->list);
    free(import->list);
    free(import->rest);
    import->api->uploads--;
    free(import);
}

static enum err parse_query(struct import_upload *import, const struct http_request *request,
                            struct err_info *info)
{
    const char *kind = http_query(request, "kind"), *name = http_query(request, "name");
    int64_t rows = 0;
    if (kind == NULL)
        return err_set(info, ERR_INVALID, "kind: which kind of record the rows are");
    import->kind = kind_by_name(kind);
    if (import->kind == NULL) {
        struct kind_choice choice;
        enum err err = kind_choose(kind, &choice, info);
        return err == ERR_OK
                   ? err_set(info, ERR_INVALID, "kind: this program cannot write kind %s", kind)
                   : err;
    }
    import->job.kind = import->kind->number;
    if (name != NULL && strlen(name) > NAME_BYTES_MAX)
        return err_set(info, ERR_INVALID, "name: at most %d bytes", (int)NAME_BYTES_MAX);
    if (name != NULL)
        memcpy(import->job.name, name, strlen(name) + 1);
    enum err err = http_query_int(request, "rows", (struct http_range){.min = 1, .max = INT64_MAX},
                                  &rows, info);
    import->job.rows = (uint64_t)rows; /* what the sender means to send; 0: it did not say */
    api_author(request, import->job.author);
    return err;
}

static enum err make_file(struct import_upload *import, struct err_info *info)
{
    random_bytes(import->job.id, sizeof import->job.id);
    enum err err = job_path(import->api, import->job.id, import->path, info);
    if (err != ERR_OK)
        return err;
    import->fd = open(import->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (import->fd >= 0)
        return ERR_OK;
    err = err_set(info, err_from_errno(errno), "make '%s': %s", import->path, strerror(errno));
    import->path[0] = '\0';
    return err;
}

static enum err import_begin(void *context, const struct http_request *request, void **upload_out,
                             struct err_info *info)
{
    struct api *api = context;
    enum err err = api_check_room(api, info);
    if (err != ERR_OK)
        return err;
    if (api->uploads >= API_JOBS_ACTIVE_MAX)
        return err_set(info, ERR_LIMIT, "%d imports are being received already",
                       (int)API_JOBS_ACTIVE_MAX);
    struct import_upload *import = calloc(1, sizeof *import);
    if (import == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    api->uploads++;
    import->api = api;
    import->fd = -1;
    import->list = calloc(1, sizeof *import->list);
    import->rest = malloc(2 * (size_t)API_ROW_BYTES_MAX);
    if (import->list != NULL)
        write_list_init(import->list, api, NULL);
    err = import->list == NULL || import->rest == NULL
              ? err_set(info, ERR_NO_MEMORY, "out of memory")
              : parse_query(import, request, info);
    if (err == ERR_OK)
        err = make_file(import, info);
    if (err != ERR_OK) {
        import_close(import);
        return err;
    }
    (void)crypto_generichash_init(&import->hash, NULL, 0, HASH_BYTES);
    *upload_out = import;
    return ERR_OK;
}

/* Check all whole rows at the front; what is left stays in *input. */
static enum err check_rows(struct import_upload *import, struct bytes *input, struct err_info *info)
{
    struct bytes row;
    enum err err;
    while ((err = row_take(input, &row)) == ERR_OK) {
        import->line++;
        import->job.done++; /* counts what has come; set to 0 when the job begins */
        err = row_read(row, import->kind, import->list, &import->line, info);
        if (err != ERR_OK)
            return err_wrap(info, err == ERR_CORRUPT || err == ERR_NO_MEMORY ? err : ERR_INVALID,
                            "line %" PRIu64, import->line);
    }
    if (err == ERR_BUSY)
        return ERR_OK;
    return err_set(info, err, "line %" PRIu64 ": %s", import->line + 1,
                   err == ERR_TOO_BIG ? N_("the row is too long or not MessagePack")
                                      : N_("not a row: [line, {field number: value, …}]"));
}

static enum err import_chunk(void *upload, struct bytes chunk, struct err_info *info)
{
    struct import_upload *import = upload;
    struct bytes all = chunk;
    import->job.file_bytes += chunk.len;
    enum err err = upload_check_room(import->api, import->job.file_bytes, chunk.len, info);
    if (err == ERR_OK)
        err = write_whole(import->fd, chunk, info);
    if (err != ERR_OK)
        return err;
    (void)crypto_generichash_update(&import->hash, chunk.data, chunk.len);
    while (chunk.len > 0) {
        size_t room = 2 * (size_t)API_ROW_BYTES_MAX - import->rest_len;
        size_t len = chunk.len < room ? chunk.len : room;
        memcpy(import->rest + import->rest_len, chunk.data, len);
        import->rest_len += len;
        chunk = bytes_of(chunk.data + len, chunk.len - len);
        all = bytes_of(import->rest, import->rest_len);
        err = check_rows(import, &all, info);
        if (err != ERR_OK)
            return err;
        memmove(import->rest, all.data, all.len);
        import->rest_len = all.len;
    }
    return ERR_OK;
}

const struct http_upload api_import_upload = {
    .begin = import_begin, .chunk = import_chunk, .close = import_close};

struct job_count {
    uint64_t all, active;
};

static bool count_job(void *context, const struct job *job)
{
    struct job_count *count = context;
    count->all++;
    count->active += job_active(job) ? 1 : 0;
    return true;
}

/* All rows were good: make the file durable, then the job. */
static enum err begin_job(struct import_upload *import, struct err_info *info)
{
    struct api *api = import->api;
    struct store_txn *txn;
    struct job_count count = {0};
    if (fsync(import->fd) != 0)
        return err_set(info, err_from_errno(errno), "sync '%s': %s", import->path, strerror(errno));
    enum err err = dir_sync(api->imports_dir, info);
    if (err == ERR_OK)
        err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = job_each(txn, count_job, &count);
    if (err == ERR_OK && (count.all >= API_JOBS_MAX || count.active >= API_JOBS_ACTIVE_MAX))
        err = err_set(info, ERR_LIMIT,
                      "%" PRIu64 " imports are remembered and %" PRIu64
                      " under way; at most %d and %d",
                      count.all, count.active, (int)API_JOBS_MAX, (int)API_JOBS_ACTIVE_MAX);
    else if (err == ERR_OK && (err = job_put(txn, &import->job)) != ERR_OK)
        (void)err_set(info, err, "the import could not be stored: %s", err_text(err));
    if (err != ERR_OK) {
        store_abort(txn);
        return info->code == err
                   ? err
                   : err_set(info, err, "the imports could not be read: %s", err_text(err));
    }
    err = api_commit(api, txn, info);
    import->taken = err == ERR_OK || err == ERR_UNKNOWN_OUTCOME;
    api->jobs_waiting = true;
    return err;
}

void api_import_post(struct api_call call)
{
    struct import_upload *import = call.request->upload;
    struct job *job = &import->job;
    struct err_info info = {0};
    struct jsonw json;
    enum err err = ERR_OK;
    if (!answer_reserve(call, &json))
        return;
    if (call.api->stopped)
        err = err_set(&info, ERR_UNKNOWN_OUTCOME, "the program is stopping");
    else if (import->rest_len > 0)
        err =
            err_set(&info, ERR_CORRUPT, "line %" PRIu64 ": the row is cut short", import->line + 1);
    else if (job->done == 0)
        err = err_set(&info, ERR_INVALID, "there are no rows");
    else if (job->rows != 0 && job->rows != job->done)
        err = err_set(&info, ERR_INVALID, "%" PRIu64 " rows were announced and %" PRIu64 " came",
                      job->rows, job->done);
    if (err == ERR_OK) {
        job->rows = job->done;
        job->done = 0;
        job->state = JOB_RUNNING;
        job->created_ms = job->changed_ms = api_now_ms(call.api);
        (void)crypto_generichash_final(&import->hash, job->file_hash, sizeof job->file_hash);
        err = begin_job(import, &info);
    }
    if (err == ERR_OK)
        reply_job(call, &json, job, 202);
    else
        http_problem_info(call.response, &info);
    jsonw_deinit(&json);
}
