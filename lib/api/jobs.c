/* api_tick: imports and undos move on, one bounded transaction a call. The rows' operations and the
 * job's new place in its file are committed together. A row that turns out to be impossible takes
 * the whole import back. */
#include "lib/api/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sys/log.h"
#include "lib/sys/random.h"

static bool oldest_active(void *context, const struct job *job)
{
    struct job *oldest = context;
    if (job_active(job) && (oldest->state == 0 || job->created_ms < oldest->created_ms))
        *oldest = *job;
    return true;
}

/* The job to move on; false when there is none. */
static bool next_job(struct api *api, struct job *job_out)
{
    struct store_txn *txn;
    struct err_info info = {0};
    struct job job = {0};
    if (store_begin(api->store, STORE_READ, &txn, &info) != ERR_OK)
        return false;
    enum err err = job_each(txn, oldest_active, &job);
    store_abort(txn);
    if (err != ERR_OK) {
        log_event(LOG_ERROR, "imports.unreadable", "code=%s", err_slug(err));
        return false;
    }
    if (job.state == 0) {
        api->jobs_waiting = false;
        return false;
    }
    *job_out = job;
    return true;
}

/* ---- a slice of an import ---- */

/* Bytes of the staged file from the job's place on. */
static enum err read_rows(struct api *api, const struct job *job, struct bytes *rows_out,
                          struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum err err = job_path(api, job->id, path, info);
    if (err != ERR_OK)
        return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set(info, err_from_errno(errno), "open '%s': %s", path, strerror(errno));
    size_t len = 0;
    while (len < API_ROW_BUFFER_BYTES) {
        ssize_t got = pread(fd, api->row_buffer + len, API_ROW_BUFFER_BYTES - len,
                            (off_t)(job->offset + len));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            err = err_set(info, err_from_errno(errno), "read '%s': %s", path, strerror(errno));
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    (void)close(fd);
    if (err == ERR_OK)
        *rows_out = bytes_of(api->row_buffer, len);
    return err;
}

static enum err write_row(struct api *api, struct store_txn *txn, const struct job *job,
                          const struct write_list *list, struct err_info *info)
{
    struct change change = {.kind = job->kind,
                            .create = true,
                            .author = job->author,
                            .batch = job->id,
                            .writes = list->writes,
                            .write_count = list->count};
    struct written written;
    uint8_t random[48];
    random_bytes(random, sizeof random);
    return ledger_write(api->config.ledger, txn, &change, api_now_ms(api), random, &written, info);
}

/* Rows into the transaction until the slice is full; job->done and offset move with them. */
static enum err write_rows(struct api *api, struct store_txn *txn, struct job *job,
                           struct bytes input, struct write_list *list, struct err_info *info)
{
    const struct kind *kind = kind_by_number(job->kind);
    if (kind == NULL)
        return err_set(info, ERR_UNSUPPORTED, "this program does not know kind %u",
                       (unsigned)job->kind);
    enum err err = ERR_OK;
    for (int i = 0; i < JOB_ROWS_PER_COMMIT && job->done < job->rows; i++) {
        struct bytes row;
        uint64_t line = job->done + 1;
        size_t before = input.len;
        err = row_take(&input, &row);
        if (err == ERR_BUSY && i > 0)
            return ERR_OK; /* the buffer ends inside a row: the next slice begins with it */
        if (err == ERR_BUSY)
            err = ERR_CORRUPT;
        if (err != ERR_OK)
            return err_set(info, err, "line %" PRIu64 ": the staged file has been damaged", line);
        err = row_read(row, kind, list, &line, info);
        if (err == ERR_OK)
            err = write_row(api, txn, job, list, info);
        if (err != ERR_OK)
            return err_wrap(info, err, "line %" PRIu64, line);
        job->done++;
        job->offset += before - input.len;
    }
    return ERR_OK;
}

static bool is_machine_error(enum err err)
{
    return err == ERR_FULL || err == ERR_IO || err == ERR_NO_MEMORY || err == ERR_UNKNOWN_OUTCOME ||
           err == ERR_BUSY;
}

/* Commit the job's row with what the transaction holds. */
static enum err end_slice(struct api *api, struct store_txn *txn, struct job *job,
                          struct err_info *info)
{
    job->changed_ms = api_now_ms(api);
    enum err err = job_put(txn, job);
    if (err != ERR_OK) {
        api_abort(api, txn);
        return err_set(info, err, "the import's place could not be stored: %s", err_text(err));
    }
    err = api_commit(api, txn, info);
    if (err == ERR_OK)
        api_committed(api);
    return err;
}

/* Nothing of this slice was recorded; what earlier slices recorded is taken back from the next tick
 * on. */
static enum err fail_job(struct api *api, struct job *job, const struct err_info *why,
                         struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = job_get(txn, job->id, job);
    if (err != ERR_OK) {
        store_abort(txn);
        return err_set(info, err, "the import could not be read");
    }
    (void)snprintf(job->error, sizeof job->error, "%s", why->text);
    job->state = JOB_FAILING;
    log_event(LOG_WARN, "import.failed", "kind=%u done=%" PRIu64 " code=%s next=undo",
              (unsigned)job->kind, job->done, err_slug(why->code));
    err = end_slice(api, txn, job, info);
    if (err == ERR_OK)
        job_remove_file(api, job->id);
    return err;
}

static enum err import_slice(struct api *api, struct job *job, struct err_info *info)
{
    struct bytes input;
    struct store_txn *txn;
    struct err_info why = {0};
    enum err err = api_check_room(api, info);
    if (err != ERR_OK)
        return err;
    err = read_rows(api, job, &input, &why);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? fail_job(api, job, &why, info)
                                    : err_set(info, err, "%s", why.text);
    struct write_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK) {
        free(list);
        return err;
    }
    write_list_init(list, api, txn);
    err = ledger_write_begin(api->config.ledger, txn, &why);
    if (err == ERR_OK)
        err = write_rows(api, txn, job, input, list, &why);
    if (err == ERR_OK)
        err = ledger_write_end(api->config.ledger, txn, &why);
    write_list_deinit(list);
    free(list);
    if (err != ERR_OK) {
        api_abort(api, txn);
        return is_machine_error(err) ? err_set(info, err, "%s", why.text)
                                     : fail_job(api, job, &why, info);
    }
    if (job->done == job->rows)
        job->state = JOB_DONE;
    err = end_slice(api, txn, job, info);
    if (err == ERR_OK && job->state == JOB_DONE) {
        job_remove_file(api, job->id);
        log_event(LOG_INFO, "import.done", "kind=%u rows=%" PRIu64, (unsigned)job->kind, job->rows);
    }
    return err;
}

/* ---- a slice of an undo ---- */

struct undo {
    uint32_t count;
    struct {
        uint16_t kind;
        uint8_t rid[RID_BYTES];
    } rows[JOB_ROWS_PER_COMMIT];
};

static bool collect(void *context, uint16_t kind, const uint8_t rid[RID_BYTES])
{
    struct undo *undo = context;
    undo->rows[undo->count].kind = kind;
    memcpy(undo->rows[undo->count].rid, rid, RID_BYTES);
    return ++undo->count < JOB_ROWS_PER_COMMIT;
}

/* Mark one record deleted, unless it is already. */
static enum err undo_row(struct api *api, struct store_txn *txn, struct job *job, uint16_t kind,
                         const uint8_t rid[RID_BYTES], struct arena *arena, struct err_info *info)
{
    struct record_view view;
    arena_reset(arena);
    enum err err = ledger_view(txn, kind, rid, arena, &view, NULL);
    if (err == ERR_OK && !view.deleted) {
        struct change change = {.kind = kind, .remove = true, .author = job->author};
        struct written written;
        uint8_t random[48];
        memcpy(change.rid, rid, RID_BYTES);
        random_bytes(random, sizeof random);
        err =
            ledger_write(api->config.ledger, txn, &change, api_now_ms(api), random, &written, info);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return info->code == err
                   ? err
                   : err_set(info, err, "a record could not be read: %s", err_text(err));
    job->undone++;
    memcpy(job->after, rid, RID_BYTES);
    job->after_set = true;
    return ERR_OK;
}

/* At the broker the import's records must be merged before they can be found. */
static bool all_applied(struct api *api, struct err_info *info)
{
    uint32_t applied = 0;
    bool caught_up = true;
    if (api->config.role == LEDGER_BROKER &&
        ledger_apply(api->config.ledger, API_APPLY_OPS_MAX, &applied, &caught_up, info) != ERR_OK)
        return false;
    return caught_up;
}

static enum err undo_slice(struct api *api, struct job *job, struct err_info *info)
{
    struct store_txn *txn;
    struct arena arena;
    if (!all_applied(api, info))
        return info->code;
    struct undo *undo = calloc(1, sizeof *undo);
    if (undo == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    enum err err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK) {
        free(undo);
        return err;
    }
    arena_init(&arena, API_VIEW_BYTES_MAX);
    err = ledger_each_of_batch(txn, job->id, job->after_set ? job->after : NULL, collect, undo);
    if (err != ERR_OK)
        (void)err_set(info, err, "the import's records could not be read: %s", err_text(err));
    if (err == ERR_OK)
        err = ledger_write_begin(api->config.ledger, txn, info);
    for (uint32_t i = 0; i < undo->count && err == ERR_OK; i++)
        err = undo_row(api, txn, job, undo->rows[i].kind, undo->rows[i].rid, &arena, info);
    if (err == ERR_OK)
        err = ledger_write_end(api->config.ledger, txn, info);
    if (err == ERR_OK && undo->count < JOB_ROWS_PER_COMMIT)
        job->state = job->state == JOB_FAILING ? JOB_FAILED : JOB_UNDONE;
    arena_deinit(&arena);
    free(undo);
    if (err != ERR_OK) {
        api_abort(api, txn);
        return err;
    }
    return end_slice(api, txn, job, info);
}

bool api_tick(struct api *api, uint64_t unix_ms)
{
    struct job job;
    struct err_info info = {0};
    if (!api->stopped)
        periods_tick(api);
    if (!api->jobs_waiting || api->stopped ||
        (unix_ms < api->retry_ms && api->retry_ms - unix_ms <= API_PROBE_MS) ||
        !next_job(api, &job))
        return false;
    enum err err =
        job.state == JOB_RUNNING ? import_slice(api, &job, &info) : undo_slice(api, &job, &info);
    if (err == ERR_OK)
        return true;
    api->retry_ms = unix_ms + API_PROBE_MS;
    log_event(LOG_WARN, "import.delayed", "code=%s retry_in_ms=%d", err_slug(err),
              (int)API_PROBE_MS);
    return false;
}
