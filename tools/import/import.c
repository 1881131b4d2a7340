#include "tools/import/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/import/rejects.h"

enum { PROGRESS_ROWS = 256 };

/* ---- first pass ---- */

struct check {
    const struct import_job *job;
    struct csv_reader *reader;
    struct plan *plan;
    struct duplicates *duplicates;
    struct rejects rejects, unclear;
    struct mp_buf fields;
    struct import_summary summary;
};

static void note_bad_row(struct check *check, const struct csv_row *row, const char *reason)
{
    struct import_summary *summary = &check->summary;
    if (summary->rejected < IMPORT_REASONS_SHOWN) {
        summary->reasons[summary->rejected].line = row->line;
        (void)snprintf(summary->reasons[summary->rejected].text, IMPORT_REASON_BYTES, "%s", reason);
    }
    summary->rejected++;
    if (check->job->rejects_path == NULL || summary->rejects_err != ERR_OK)
        return;
    /* A folder that cannot be written must not hide what is wrong with the rows. */
    summary->rejects_err =
        rejects_add(&check->rejects, check->reader, row, reason, &summary->rejects_info);
}

/* Taken or repeated, but not clear: listed with both readings, so that a person can settle it. */
static void note_unclear_row(struct check *check, const struct csv_row *row, const char *reason)
{
    struct import_summary *summary = &check->summary;
    summary->unclear++;
    if (check->job->unclear_path == NULL || summary->rejects_err != ERR_OK)
        return;
    summary->rejects_err =
        rejects_add(&check->unclear, check->reader, row, reason, &summary->rejects_info);
}

static enum err check_row(struct check *check, const struct csv_row *row, struct err_info *info)
{
    enum row_verdict verdict;
    char reason[ERR_TEXT_BYTES] = "";
    enum err err = plan_convert(check->plan, row, &check->fields, &verdict, reason);
    if (err != ERR_OK)
        return err_set(info, err, "line %" PRIu64 ": %s", row->line, err_text(err));
    check->summary.rows++;
    if (verdict == ROW_BAD)
        note_bad_row(check, row, reason);
    else if (reason[0] != '\0' && verdict != ROW_LEFT_OUT)
        note_unclear_row(check, row, reason);
    check->summary.taken += verdict == ROW_TAKEN ? 1 : 0;
    check->summary.repeated += verdict == ROW_REPEATED ? 1 : 0;
    check->summary.left_out += verdict == ROW_LEFT_OUT ? 1 : 0;
    return duplicates_add(check->duplicates, row->raw, row->line, info);
}

static enum err check_rows(struct check *check, struct err_info *info)
{
    struct csv_row row;
    bool more = true;
    while (more) {
        enum err err = csv_next(check->reader, &row, &more, info);
        if (err == ERR_OK && more)
            err = check_row(check, &row, info);
        if (err != ERR_OK)
            return err;
        if (check->job->progress != NULL && check->summary.rows % PROGRESS_ROWS == 0)
            check->job->progress(check->job->context, csv_bytes_read(check->reader),
                                 csv_bytes_all(check->reader));
    }
    if (check->summary.rows == 0)
        return err_set(info, ERR_INVALID, "%s: there are no rows below the header",
                       check->job->path);
    return duplicates_find(check->duplicates, &check->summary.duplicates, info);
}

static enum err open_plan(const struct import_job *job, struct csv_reader **reader_out,
                          struct plan **plan_out, struct err_info *info)
{
    enum err err = csv_open(job->path, reader_out, info);
    if (err != ERR_OK)
        return err;
    err = plan_new(job->kind, job->map, csv_header(*reader_out), job->sites, plan_out, info);
    return err == ERR_OK ? ERR_OK : err_wrap(info, err, "%s", job->path);
}

enum err import_check(const struct import_job *job, struct import_summary *summary_out,
                      struct err_info *info)
{
    struct check *check = calloc(1, sizeof(*check));
    if (check == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    check->job = job;
    mp_buf_init(&check->fields, IMPORT_ROW_BYTES_MAX);
    rejects_init(&check->rejects, job->rejects_path != NULL ? job->rejects_path : "");
    rejects_init(&check->unclear, job->unclear_path != NULL ? job->unclear_path : "");
    enum err err = open_plan(job, &check->reader, &check->plan, info);
    if (err == ERR_OK)
        err = duplicates_new(&check->duplicates, info);
    if (err == ERR_OK)
        err = check_rows(check, info);
    if (err == ERR_OK && check->summary.rejects_err == ERR_OK)
        check->summary.rejects_err = rejects_finish(&check->rejects, &check->summary.rejects_info);
    if (err == ERR_OK && check->summary.rejects_err == ERR_OK)
        check->summary.rejects_err = rejects_finish(&check->unclear, &check->summary.rejects_info);
    if (err == ERR_OK)
        *summary_out = check->summary;
    rejects_abandon(&check->rejects);
    rejects_abandon(&check->unclear);
    mp_buf_deinit(&check->fields);
    duplicates_free(check->duplicates);
    plan_free(check->plan);
    csv_close(check->reader);
    free(check);
    return err;
}

/* ---- second pass ---- */

struct import_rows {
    const struct import_job *job;
    struct csv_reader *reader;
    struct plan *plan;
    struct mp_buf fields, encoded; /* encoded: a row that did not fit any more */
    uint64_t expected, sent;
    bool ended;
};

enum err import_rows_open(const struct import_job *job, uint64_t expected,
                          struct import_rows **rows_out, struct err_info *info)
{
    struct import_rows *rows = calloc(1, sizeof(*rows));
    if (rows == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    rows->job = job;
    rows->expected = expected;
    mp_buf_init(&rows->fields, IMPORT_ROW_BYTES_MAX);
    mp_buf_init(&rows->encoded, IMPORT_ROW_BYTES_MAX + 16);
    enum err err = open_plan(job, &rows->reader, &rows->plan, info);
    if (err != ERR_OK) {
        import_rows_close(rows);
        return err;
    }
    *rows_out = rows;
    return ERR_OK;
}

void import_rows_close(struct import_rows *rows)
{
    if (rows == NULL)
        return;
    mp_buf_deinit(&rows->fields);
    mp_buf_deinit(&rows->encoded);
    plan_free(rows->plan);
    csv_close(rows->reader);
    free(rows);
}

static enum err changed(const struct import_rows *rows, struct err_info *info)
{
    return err_set(info, ERR_CONFLICT, "%s has changed since it was checked; import it again",
                   rows->job->path);
}

/* The next taken row into `encoded`; `ended` after the last. */
static enum err next_row(struct import_rows *rows, struct err_info *info)
{
    struct csv_row row;
    enum row_verdict verdict = ROW_LEFT_OUT;
    char reason[ERR_TEXT_BYTES];
    while (verdict != ROW_TAKEN) {
        bool more;
        enum err err = csv_next(rows->reader, &row, &more, info);
        if (err == ERR_OK && !more) {
            rows->ended = true;
            return rows->sent == rows->expected ? ERR_OK : changed(rows, info);
        }
        if (err == ERR_OK)
            err = plan_convert(rows->plan, &row, &rows->fields, &verdict, reason);
        if (err != ERR_OK)
            return err;
    }
    if (rows->sent++ == rows->expected)
        return changed(rows, info);
    mp_buf_reset(&rows->encoded);
    mp_put_array(&rows->encoded, 2);
    mp_put_uint(&rows->encoded, row.line);
    mp_put_raw(&rows->encoded, mp_buf_bytes(&rows->fields));
    return mp_buf_err(&rows->encoded);
}

enum err import_rows_read(struct import_rows *rows, uint8_t *buffer, size_t capacity,
                          size_t *len_out, struct err_info *info)
{
    size_t len = 0;
    while (!rows->ended) {
        if (rows->encoded.len == 0) {
            enum err err = next_row(rows, info);
            if (err != ERR_OK)
                return err;
        }
        struct bytes encoded = mp_buf_bytes(&rows->encoded);
        if (rows->ended || encoded.len > capacity - len)
            break;
        memcpy(buffer + len, encoded.data, encoded.len);
        len += encoded.len;
        mp_buf_reset(&rows->encoded);
    }
    if (rows->job->progress != NULL)
        rows->job->progress(rows->job->context, csv_bytes_read(rows->reader),
                            csv_bytes_all(rows->reader));
    *len_out = len;
    return ERR_OK;
}
