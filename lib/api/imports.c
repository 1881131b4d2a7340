/* Imports as people see them: one, all, taken back. */
#include "lib/api/jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void reply_job(struct api_call call, struct jsonw *json, const struct job *job, int status)
{
    char id[API_ID_TEXT_BYTES], location[64];
    hex_encode(bytes_of(job->id, sizeof job->id), id);
    (void)snprintf(location, sizeof location, "/api/v1/imports/%s", id);
    job_to_json(json, job);
    if (status == 202)
        http_set_header(call.response, "Location", location);
    answer_end(call, status, json);
}

void api_import_get(struct api_call call)
{
    const char *text = http_param(call.request, "id");
    uint8_t id[API_ID_BYTES];
    struct store_txn *txn;
    struct job job;
    if (!id_parse(text, id)) {
        http_problem(call.response, ERR_NOT_FOUND, "an import is named by 32 hex digits");
        return;
    }
    if (!api_read(call, &txn))
        return;
    enum err err = job_get(txn, id, &job);
    store_abort(txn);
    if (err == ERR_NOT_FOUND) {
        http_problem(call.response, err, "there is no import %s", text);
    } else if (err != ERR_OK) {
        http_problem(call.response, err, "the imports could not be read: %s", err_text(err));
    } else {
        struct jsonw json;
        answer_begin(call, &json);
        reply_job(call, &json, &job, 200);
    }
}

/* ---- the list, newest first ---- */

struct job_rank {
    uint64_t created_ms;
    uint8_t id[API_ID_BYTES];
};

struct job_ranks {
    struct job_rank *rows;
    size_t count;
};

static bool add_rank(void *context, const struct job *job)
{
    struct job_ranks *ranks = context;
    ranks->rows[ranks->count].created_ms = job->created_ms;
    memcpy(ranks->rows[ranks->count].id, job->id, API_ID_BYTES);
    return ++ranks->count < API_JOBS_MAX;
}

static int newer_first(const void *a, const void *b)
{
    const struct job_rank *left = a, *right = b;
    if (left->created_ms != right->created_ms)
        return left->created_ms > right->created_ms ? -1 : 1;
    return memcmp(right->id, left->id, API_ID_BYTES);
}

static enum err list_jobs(struct jsonw *json, struct store_txn *txn, size_t start, size_t limit,
                          bool *more_out)
{
    struct job_ranks ranks = {.rows = malloc(API_JOBS_MAX * sizeof *ranks.rows)};
    if (ranks.rows == NULL)
        return ERR_NO_MEMORY;
    enum err err = job_each(txn, add_rank, &ranks);
    if (err == ERR_OK)
        qsort(ranks.rows, ranks.count, sizeof *ranks.rows, newer_first);
    size_t i = start;
    for (; err == ERR_OK && i < ranks.count && i < start + limit; i++) {
        struct job job;
        err = job_get(txn, ranks.rows[i].id, &job);
        if (err == ERR_OK)
            job_to_json(json, &job);
    }
    *more_out = i < ranks.count;
    free(ranks.rows);
    return err;
}

void api_imports(struct api_call call)
{
    struct err_info info = {0};
    struct store_txn *txn;
    struct jsonw json;
    int64_t limit = 0, start = 0;
    bool more = false;
    enum err err = page_limit(call.request, &limit, &info);
    if (err == ERR_OK)
        err = http_query_int(call.request, "cursor",
                             (struct http_range){.min = 0, .max = API_JOBS_MAX}, &start, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    if (!api_read(call, &txn))
        return;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    jsonw_key(&json, "imports");
    jsonw_array_begin(&json);
    err = list_jobs(&json, txn, (size_t)start, (size_t)limit, &more);
    if (err == ERR_OK) {
        char next[24];
        (void)snprintf(next, sizeof next, "%" PRId64, start + limit);
        jsonw_array_end(&json);
        jsonw_put_string(&json, "next", more ? next : NULL);
        jsonw_object_end(&json);
        http_reply_json(call.response, 200, &json);
    } else {
        http_problem(call.response, err, "the imports could not be read: %s", err_text(err));
    }
    jsonw_deinit(&json);
    store_abort(txn);
}

/* ---- taking back ---- */

static enum err begin_undo(struct api *api, struct job *job, const char *author,
                           struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = job_get(txn, job->id, job);
    if (err == ERR_OK && (job->state == JOB_RUNNING || job->state == JOB_DONE)) {
        job->state = JOB_UNDOING;
        job->changed_ms = api_now_ms(api);
        memcpy(job->author, author, strlen(author) + 1);
        err = job_put(txn, job);
        if (err == ERR_OK)
            err = api_commit(api, txn, info);
        else
            store_abort(txn);
        if (err == ERR_OK) {
            job_remove_file(api, job->id);
            api->jobs_waiting = true;
        }
    } else {
        store_abort(txn); /* under way or over: asking twice is fine */
    }
    return err == ERR_OK || info->code == err
               ? err
               : err_set(info, err, "no such import, or it could not be read");
}

void api_import_delete(struct api_call call)
{
    struct job job = {0};
    struct err_info info = {0};
    struct jsonw json;
    char author[AUTHOR_BYTES_MAX + 1];
    if (!id_parse(http_param(call.request, "id"), job.id)) {
        http_problem(call.response, ERR_NOT_FOUND, "an import is named by 32 hex digits");
        return;
    }
    if (!answer_reserve(call, &json))
        return;
    api_author(call.request, author);
    enum err err = call.api->stopped
                       ? err_set(&info, ERR_UNKNOWN_OUTCOME, "the program is stopping")
                       : begin_undo(call.api, &job, author, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_job(call, &json, &job, 202);
    jsonw_deinit(&json);
}
