#include "tools/import/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/sys/progress.h"
#include "tools/cmd/fields.h"
#include "tools/cmd/import_report.h"
#include "tools/cmd/matrix.h"
#include "tools/import/rejects.h"

static const struct cli_option options[] = {
    {.name = "map",
     .letter = 'm',
     .argument = "MAP.yaml",
     .help = N_("which column becomes which field (docs/import.md)")},
    {.name = "check", .letter = 'c', .help = N_("only check the file; nothing is sent")},
    {.name = "skip-rejected", .help = N_("import the good rows although there are bad ones")},
    {.name = "rejects",
     .argument = "FILE",
     .help = N_("where bad rows go (default FILE.rejected.csv beside the input)")},
    {.name = "site",
     .letter = 's',
     .argument = "SITE",
     .help = N_("of an evidence matrix: whose it is (default this site's)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse import",
    .words = "KIND|matrix FILE | undo BATCH | status BATCH",
    .words_min = 2,
    .words_max = 2,
    CMD_OPTIONS(options),
    .summary =
        N_("check every row, then bring all of them in or none; prints the id of the batch")};

enum { POLL_MS_MIN = 20, POLL_MS_MAX = 500 };

/* ---- names of sites ---- */

static bool find_site(void *context, const char *slug, uint64_t *site_out)
{
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(context, "sites"), index, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        const char *site = json_string_value(json_object_get(row, "site"));
        uint8_t bytes[8];
        if (id != NULL && site != NULL && strcmp(id, slug) == 0 &&
            hex_decode(site, bytes, sizeof(bytes))) {
            *site_out = get_u64(bytes);
            return true;
        }
    }
    return false;
}

/* The roster, only when a column names sites: a check needs no daemon otherwise. */
static enum err find_sites(struct cmd *cmd, struct import_job *job, struct err_info *info)
{
    struct csv_reader *reader;
    json_t *roster = NULL;
    const char *data;
    enum err err = csv_open(job->path, &reader, info);
    if (err != ERR_OK)
        return err;
    bool needed = plan_names_sites(job->kind, job->map, csv_header(reader));
    csv_close(reader);
    if (!needed)
        return ERR_OK;
    struct http_url url = cmd_url("sites", NULL, NULL);
    err = cmd_data(cmd, &data, info);
    if (err == ERR_OK)
        err = cmd_client(data, &cmd->client, info);
    if (err == ERR_OK)
        err = cmd_get(cmd, &url, &roster, info);
    if (err == ERR_OK)
        job->sites = (struct site_lookup){.find = find_site, .context = roster};
    return err;
}

/* ---- sending ---- */

struct sender {
    struct import_rows *rows;
    uint8_t buffer[IMPORT_PIECE_BYTES_MIN];
    size_t at, len;
    struct err_info info; /* why reading failed */
};

static enum err read_rows(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct sender *sender = context;
    if (sender->at == sender->len) {
        sender->at = sender->len = 0;
        enum err err = import_rows_read(sender->rows, sender->buffer, sizeof(sender->buffer),
                                        &sender->len, &sender->info);
        if (err != ERR_OK)
            return err;
    }
    size_t len = sender->len - sender->at;
    len = len < capacity ? len : capacity;
    memcpy(buffer, sender->buffer + sender->at, len);
    sender->at += len;
    *len_out = len;
    return ERR_OK;
}

static enum err send_rows(struct cmd *cmd, const struct import_job *job, uint64_t count,
                          json_t **answer_out, struct err_info *info)
{
    char number[24];
    const char *slash = strrchr(job->path, '/');
    struct sender *sender = calloc(1, sizeof(*sender));
    if (sender == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    struct http_source source = {.read = read_rows, .context = sender};
    struct http_call call = {
        .method = "POST", .content_type = "application/vnd.cse.rows", .source = &source};
    struct http_url url = cmd_url("imports", NULL, NULL);
    (void)snprintf(number, sizeof(number), "%" PRIu64, count);
    http_url_query(&url, "kind", job->kind->name);
    http_url_query(&url, "name", slash != NULL ? slash + 1 : job->path);
    http_url_query(&url, "rows", number);
    enum err err = import_rows_open(job, count, &sender->rows, info);
    if (err == ERR_OK)
        err = cmd_call(cmd, &url, &call, answer_out, info);
    if (err != ERR_OK && sender->info.code != ERR_OK)
        err = err_set(info, sender->info.code, "%s", sender->info.text);
    import_rows_close(sender->rows);
    free(sender);
    return err;
}

/* ---- waiting ---- */

static bool is_final(const json_t *job)
{
    const char *state = json_string_value(json_object_get(job, "state"));
    return state == NULL || strcmp(state, "done") == 0 || strcmp(state, "failed") == 0 ||
           strcmp(state, "undone") == 0;
}

/* Poll until the daemon is through; *job_inout is the newest answer, its member `counted` the rows
 * behind us. */
enum err import_wait(struct cmd *cmd, const char *counted, json_t **job_inout,
                     struct err_info *info)
{
    struct progress progress;
    char id[64];
    (void)snprintf(id, sizeof(id), "%s", member_text(*job_inout, "id", &(struct member_text){0}));
    progress_start(&progress, tr(counted), (uint64_t)member_int(*job_inout, "rows"));
    enum err err = ERR_OK;
    long poll_ms = POLL_MS_MIN;
    while (!is_final(*job_inout) && err == ERR_OK) {
        json_t *next = NULL;
        struct http_url url = cmd_url("imports", id, NULL);
        (void)nanosleep(&(struct timespec){.tv_nsec = poll_ms * 1000000L}, NULL);
        err = cmd_get(cmd, &url, &next, info);
        if (err != ERR_OK)
            break;
        poll_ms = poll_ms * 2 < POLL_MS_MAX ? poll_ms * 2 : POLL_MS_MAX;
        json_decref(*job_inout);
        *job_inout = next;
        progress_show(&progress, (uint64_t)member_int(next, counted));
    }
    progress_end(&progress);
    return err;
}

enum err import_outcome(const json_t *job, struct err_info *info)
{
    struct member_text a;
    const char *state = json_string_value(json_object_get(job, "state"));
    if (state == NULL || strcmp(state, "failed") != 0)
        return ERR_OK;
    const char *reason = member_text(job, "error", &a);
    return err_set(info, ERR_INVALID, "the import failed and left nothing behind%s%s",
                   reason[0] != '\0' ? ": " : "", reason);
}

/* ---- the three forms ---- */

static enum err run_batch(struct cmd *cmd, bool undo, struct err_info *info)
{
    json_t *job = NULL;
    struct member_text a, b, c, d;
    const char *data;
    struct http_url url = cmd_url("imports", cmd->args.words[1], NULL);
    enum err err = cmd_data(cmd, &data, info);
    if (err == ERR_OK)
        err = cmd_client(data, &cmd->client, info);
    if (err == ERR_OK)
        err =
            undo ? cmd_send(cmd, "DELETE", &url, NULL, &job, info) : cmd_get(cmd, &url, &job, info);
    if (err == ERR_OK && undo)
        err = import_wait(cmd, "undone", &job, info);
    if (err == ERR_OK && cmd->json)
        print_json_line(job);
    else if (err == ERR_OK)
        say("%s: %s, %s of %s rows\n", member_text(job, "id", &a), member_text(job, "state", &b),
            member_text(job, undo ? "undone" : "done", &c), member_text(job, "rows", &d));
    json_decref(job);
    return err;
}

static void show_bytes(void *context, uint64_t done, uint64_t all)
{
    struct progress *progress = context;
    progress->total = all;
    progress_show(progress, done);
}

static enum err check_file(struct cmd *cmd, struct import_job *job, struct import_summary *summary,
                           struct err_info *info)
{
    struct progress progress;
    struct count_text rows;
    progress_start(&progress, tr(N_("bytes checked")), 0);
    job->progress = show_bytes;
    job->context = &progress;
    enum err err = import_check(job, summary, info);
    progress_end(&progress);
    job->progress = NULL;
    if (err != ERR_OK)
        return err;
    bool checking = cli_given(cmd->command, &cmd->args, "check");
    if (!cmd->json)
        import_tell(summary, job->rejects_path,
                    checking && summary->rejected == 0 ? stdout : stderr);
    if (cmd->json && (checking || summary->rejected > 0)) {
        json_t *report = import_json(summary, job->rejects_path);
        if (checking || !cli_given(cmd->command, &cmd->args, "skip-rejected"))
            print_json_line(report);
        json_decref(report);
    }
    if (summary->rejected > 0 &&
        (checking || !cli_given(cmd->command, &cmd->args, "skip-rejected")))
        return err_set(
            info, ERR_INVALID, "%s rejected%s",
            count_text((int64_t)summary->rejected, P_("%s row", "%s rows"), &rows),
            checking ? "" : N_("; nothing was imported (--skip-rejected takes the good ones)"));
    return summary->taken > 0 ? ERR_OK : err_set(info, ERR_INVALID, "no row is left to import");
}

static enum err bring_in(struct cmd *cmd, const struct import_job *job,
                         const struct import_summary *summary, struct err_info *info)
{
    json_t *batch = NULL;
    struct member_text a;
    const char *data;
    enum err err = cmd_data(cmd, &data, info);
    if (err == ERR_OK)
        err = cmd_client(data, &cmd->client, info);
    if (err == ERR_OK)
        err = send_rows(cmd, job, summary->taken, &batch, info);
    if (err == ERR_OK)
        err = import_wait(cmd, "done", &batch, info);
    if (err == ERR_OK)
        err = import_outcome(batch, info);
    if (err == ERR_OK && cmd->json) {
        json_t *report = import_json(summary, job->rejects_path);
        (void)json_object_set(report, "id", json_object_get(batch, "id"));
        (void)json_object_set(report, "state", json_object_get(batch, "state"));
        print_json_line(report);
        json_decref(report);
    } else if (err == ERR_OK) {
        say("batch %s: %s imported, %" PRIu64 " rejected, %" PRIu64 " repeating an earlier one\n",
            member_text(batch, "id", &a),
            count_text((int64_t)summary->taken, P_("%s row", "%s rows"), &(struct count_text){0}),
            summary->rejected, summary->duplicates.count);
    }
    json_decref(batch);
    return err;
}

static enum err run_import(struct cmd *cmd, struct import_map *map, struct err_info *info)
{
    char beside[PATH_BYTES_MAX], unclear[PATH_BYTES_MAX];
    struct import_summary summary;
    struct import_job job = {.path = cmd->args.words[1],
                             .map = map,
                             .rejects_path = cli_value(cmd->command, &cmd->args, "rejects")};
    enum err err = fields_kind(cmd->args.words[0], &job.kind, info);
    if (err == ERR_OK && job.rejects_path == NULL) {
        err = rejects_path(job.path, beside, info);
        job.rejects_path = beside;
    }
    if (err == ERR_OK)
        err = rejects_unclear_path(job.rejects_path, unclear, info);
    job.unclear_path = unclear;
    if (err == ERR_OK)
        err = find_sites(cmd, &job, info);
    if (err == ERR_OK)
        err = check_file(cmd, &job, &summary, info);
    if (err == ERR_OK && !cli_given(cmd->command, &cmd->args, "check"))
        err = bring_in(cmd, &job, &summary, info);
    json_decref(job.sites.context);
    return err;
}

enum err cmd_import(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct import_map *map = NULL;
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (strcmp(cmd.args.words[0], "undo") == 0 || strcmp(cmd.args.words[0], "status") == 0)
        return run_batch(&cmd, cmd.args.words[0][0] == 'u', info);
    if (strcmp(cmd.args.words[0], "matrix") == 0)
        return matrix_import(&cmd, cmd.args.words[1], info);
    const char *map_path = cli_value(&command, &cmd.args, "map");
    if (map_path != NULL)
        err = map_load(map_path, &map, info);
    if (err == ERR_OK)
        err = run_import(&cmd, map, info);
    map_free(map);
    return err;
}
