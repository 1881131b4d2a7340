/* An import's row in NS_JOB and its staged file. The row says how far the file has been taken in
 * and changes in the same transaction as the records, so a stop at any moment loses and doubles
 * nothing. */
#include "lib/api/jobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sys/random.h"

enum { JOB_FORMAT = 1, JOB_ROW_ITEMS = 16, JOB_ROW_BYTES_MAX = 2048 };
#define ROWS_SUFFIX ".rows"

bool job_active(const struct job *job)
{
    return job->state == JOB_RUNNING || job->state == JOB_UNDOING || job->state == JOB_FAILING;
}

const char *job_state_text(enum job_state state)
{
    switch (state) {
    case JOB_RUNNING:
        return N_("running");
    case JOB_DONE:
        return N_("done");
    case JOB_UNDOING:
        return N_("undoing");
    case JOB_UNDONE:
        return N_("undone");
    case JOB_FAILING:
        return N_("failing");
    case JOB_FAILED:
        return N_("failed");
    }
    return N_("unknown");
}

enum err job_put(struct store_txn *txn, const struct job *job)
{
    struct mp_buf buf;
    mp_buf_init(&buf, JOB_ROW_BYTES_MAX);
    mp_put_array(&buf, JOB_ROW_ITEMS);
    mp_put_uint(&buf, JOB_FORMAT);
    mp_put_uint(&buf, job->state);
    mp_put_uint(&buf, job->kind);
    mp_put_str(&buf, bytes_of_text(job->name));
    mp_put_str(&buf, bytes_of_text(job->author));
    mp_put_uint(&buf, job->rows);
    mp_put_uint(&buf, job->done);
    mp_put_uint(&buf, job->undone);
    mp_put_uint(&buf, job->file_bytes);
    mp_put_uint(&buf, job->offset);
    mp_put_bin(&buf, bytes_of(job->file_hash, sizeof job->file_hash));
    mp_put_uint(&buf, job->created_ms);
    mp_put_uint(&buf, job->changed_ms);
    mp_put_bin(&buf, bytes_of(job->after, sizeof job->after));
    mp_put_bool(&buf, job->after_set);
    mp_put_str(&buf, bytes_of_text(job->error));
    enum err err = mp_buf_err(&buf);
    if (err == ERR_OK)
        err = store_put(txn, NS_JOB, bytes_of(job->id, sizeof job->id), mp_buf_bytes(&buf));
    mp_buf_deinit(&buf);
    return err;
}

static void read_text(struct mp_reader *reader, char *out, size_t size)
{
    struct bytes text = mp_read_str(reader);
    if (text.len >= size) {
        reader->err = ERR_CORRUPT;
        return;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static enum err job_decode(struct bytes id, struct bytes row, struct job *job_out)
{
    struct job job = {0};
    struct mp_reader reader = mp_reader_of(row);
    if (id.len != sizeof job.id || mp_read_array(&reader) != JOB_ROW_ITEMS ||
        mp_read_uint(&reader) != JOB_FORMAT)
        return ERR_CORRUPT;
    memcpy(job.id, id.data, id.len);
    uint64_t state = mp_read_uint(&reader), kind = mp_read_uint(&reader);
    read_text(&reader, job.name, sizeof job.name);
    read_text(&reader, job.author, sizeof job.author);
    job.rows = mp_read_uint(&reader);
    job.done = mp_read_uint(&reader);
    job.undone = mp_read_uint(&reader);
    job.file_bytes = mp_read_uint(&reader);
    job.offset = mp_read_uint(&reader);
    mp_read_bin_exact(&reader, job.file_hash, sizeof job.file_hash);
    job.created_ms = mp_read_uint(&reader);
    job.changed_ms = mp_read_uint(&reader);
    mp_read_bin_exact(&reader, job.after, sizeof job.after);
    job.after_set = mp_read_bool(&reader);
    read_text(&reader, job.error, sizeof job.error);
    if (reader.err != ERR_OK || state < JOB_RUNNING || state > JOB_FAILED || kind == 0 ||
        kind > UINT16_MAX)
        return ERR_CORRUPT;
    job.state = (enum job_state)state;
    job.kind = (uint16_t)kind;
    *job_out = job;
    return ERR_OK;
}

enum err job_get(struct store_txn *txn, const uint8_t id[API_ID_BYTES], struct job *job_out)
{
    struct bytes row, key = bytes_of(id, API_ID_BYTES);
    enum err err = store_get(txn, NS_JOB, key, &row);
    return err == ERR_OK ? job_decode(key, row, job_out) : err;
}

enum err job_each(struct store_txn *txn, bool (*each)(void *context, const struct job *job),
                  void *context)
{
    struct store_iter *iter;
    struct bytes key, row, all = bytes_of("", 0);
    enum err err = store_iter_open(txn, NS_JOB, all, all, STORE_FORWARD, &iter);
    if (err != ERR_OK)
        return err;
    while (store_iter_next(iter, &key, &row, &err)) {
        struct job job;
        err = job_decode(key, row, &job);
        if (err != ERR_OK || !each(context, &job))
            break;
    }
    store_iter_close(iter);
    return err;
}

void job_to_json(struct jsonw *json, const struct job *job)
{
    jsonw_object_begin(json);
    put_hex(json, "id", bytes_of(job->id, sizeof job->id));
    jsonw_put_string(json, "state", job_state_text(job->state));
    kind_name_to_json(json, job->kind);
    jsonw_put_string(json, "name", job->name);
    jsonw_put_string(json, "author", job->author);
    jsonw_put_uint(json, "rows", job->rows);
    jsonw_put_uint(json, "done", job->done);
    jsonw_put_uint(json, "undone", job->undone);
    put_time(json, "created_at", job->created_ms);
    put_time(json, "changed_at", job->changed_ms);
    if (job->error[0] != '\0')
        jsonw_put_string(json, "error", job->error);
    jsonw_object_end(json);
}

/* ---- staged files ---- */

static enum err staged_path(const struct api *api, const uint8_t id[API_ID_BYTES],
                            const char *suffix, char *path_out, struct err_info *info)
{
    char hex[API_ID_TEXT_BYTES], name[API_ID_TEXT_BYTES + 16];
    hex_encode(bytes_of(id, API_ID_BYTES), hex);
    (void)snprintf(name, sizeof name, "%s%s", hex, suffix);
    return path_join(api->imports_dir, name, path_out, info);
}

enum err job_path(const struct api *api, const uint8_t id[API_ID_BYTES], char *path_out,
                  struct err_info *info)
{
    return staged_path(api, id, ROWS_SUFFIX, path_out, info);
}

void job_remove_file(const struct api *api, const uint8_t id[API_ID_BYTES])
{
    char path[PATH_BYTES_MAX];
    struct err_info info = {0};
    if (job_path(api, id, path, &info) == ERR_OK)
        (void)unlink(path);
}

int staging_open(const struct api *api, const char *suffix, char *path_out, struct err_info *info)
{
    uint8_t id[API_ID_BYTES];
    random_bytes(id, sizeof id);
    if (staged_path(api, id, suffix, path_out, info) != ERR_OK)
        return -1;
    int fd = open(path_out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        (void)err_set(info, err_from_errno(errno), "make '%s': %s", path_out, strerror(errno));
    return fd;
}

/* Does a job that still needs its file own this name? */
static bool wanted(struct store_txn *txn, const char *name)
{
    uint8_t id[API_ID_BYTES];
    char hex[API_ID_TEXT_BYTES];
    struct job job;
    if (strlen(name) != sizeof hex - 1 + strlen(ROWS_SUFFIX) ||
        strcmp(name + sizeof hex - 1, ROWS_SUFFIX) != 0)
        return false;
    memcpy(hex, name, sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    if (!id_parse(hex, id))
        return false;
    enum err err = job_get(txn, id, &job); /* whose row cannot be read keeps its file */
    return err == ERR_OK ? job.state == JOB_RUNNING : err != ERR_NOT_FOUND;
}

enum err jobs_open(struct api *api, struct err_info *info)
{
    enum err err = dir_make(api->imports_dir, info);
    if (err != ERR_OK)
        return err;
    DIR *dir = opendir(api->imports_dir);
    if (dir == NULL)
        return err_set(info, err_from_errno(errno), "open '%s': %s", api->imports_dir,
                       strerror(errno));
    struct store_txn *txn;
    err = store_begin(api->store, STORE_READ, &txn, info);
    for (struct dirent *at; err == ERR_OK && (at = readdir(dir)) != NULL;) {
        if (at->d_name[0] != '.' && !wanted(txn, at->d_name))
            (void)unlinkat(dirfd(dir), at->d_name, 0);
    }
    (void)closedir(dir);
    if (err == ERR_OK)
        store_abort(txn);
    return err;
}
