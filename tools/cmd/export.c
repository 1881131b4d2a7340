#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/sys/files.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"
#include "tools/cmd/matrix.h"
#include "tools/cmd/picture.h"
#include "tools/import/csv.h"
#include "tools/sheet/xlsx_write.h"

static const struct cli_option options[] = {
    {.name = "format", .letter = 'f', .argument = "csv|json|xlsx", .help = N_("default csv")},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = N_("into this file, which appears when it is whole")},
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only of this site")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse export",
    .words = "KIND|picture|matrix",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("all records of a kind, the picture, or the evidence matrix; a CSV comes in "
                  "again with 'cse import KIND FILE', a matrix with 'cse import matrix FILE'")};

/* One subject into a target. */
struct target;
typedef enum err export_run(struct cmd *cmd, const char *format, struct target *target,
                            struct err_info *info);

struct target {
    FILE *file;
    uint64_t bytes;
    char temporary[PATH_BYTES_MAX];
};

static enum err write_piece(void *context, struct bytes piece)
{
    struct target *target = context;
    target->bytes += piece.len;
    return fwrite(piece.data, 1, piece.len, target->file) == piece.len ? ERR_OK
                                                                       : err_from_errno(errno);
}

/* Records may speak of people: the file is for its owner. */
static enum err open_target(const char *path, struct target *target, struct err_info *info)
{
    *target = (struct target){.file = stdout};
    if (path == NULL)
        return ERR_OK;
    int len =
        snprintf(target->temporary, sizeof(target->temporary), "%s.tmp%ld", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(target->temporary))
        return err_set(info, ERR_TOO_BIG, "%s: the name is too long", path);
    int fd = open(target->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    target->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    return target->file != NULL
               ? ERR_OK
               : err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
}

static enum err close_target(const char *path, struct target *target, enum err err,
                             struct err_info *info)
{
    if (path == NULL)
        return err;
    errno = 0;
    if (target->file != NULL &&
        (fclose(target->file) != 0 || (err == ERR_OK && rename(target->temporary, path) != 0)) &&
        err == ERR_OK)
        err = err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    if (err != ERR_OK)
        (void)unlink(target->temporary);
    return err;
}

static enum err export_records(struct cmd *cmd, const char *format, struct target *target,
                               struct err_info *info)
{
    const struct kind *kind = NULL;
    const char *site = cli_value(cmd->command, &cmd->args, "site");
    struct http_sink sink = {.write = write_piece, .context = target};
    struct http_call call = {.method = "GET", .sink = &sink};
    enum err err = fields_kind(cmd->args.words[0], &kind, info);
    if (err != ERR_OK)
        return err;
    struct http_url url = cmd_url("exports", kind->name, NULL);
    http_url_query(&url, "format", format);
    if (site != NULL)
        http_url_query(&url, "site", site);
    return cmd_call(cmd, &url, &call, NULL, info);
}

/* ---- XLSX ---- */

static enum xlsx_type type_of(const struct kind *kind, const char *column)
{
    const struct field *field = kind != NULL ? field_by_name(kind, column) : NULL;
    if (field == NULL || field->set)
        return XLSX_TEXT;
    return field->type == FIELD_INT    ? XLSX_NUMBER
           : field->type == FIELD_DATE ? XLSX_DAY
                                       : XLSX_TEXT;
}

static enum err write_sheet(struct csv_reader *reader, const struct kind *kind, const char *name,
                            const char *path, struct err_info *info)
{
    struct xlsx_column columns[CSV_COLUMNS_MAX];
    struct xlsx *xlsx = NULL;
    struct csv_row row;
    bool more = true;
    const struct csv_row *header = csv_header(reader);
    for (uint32_t i = 0; i < header->count; i++)
        columns[i] = (struct xlsx_column){
            .title = header->fields[i], .type = type_of(kind, header->fields[i]), .width = 16};
    enum err err = xlsx_new(path, name, columns, header->count, &xlsx, info);
    if (err != ERR_OK)
        return err;
    while (err == ERR_OK && more) {
        err = csv_next(reader, &row, &more, info);
        if (err == ERR_OK && more)
            err = xlsx_row(xlsx, row.fields, info);
    }
    return xlsx_close(xlsx, err, info);
}

/* The CSV goes to a file beside its place first: one list of fields for all formats. */
static enum err export_sheet(struct cmd *cmd, export_run *run, struct target *target,
                             struct err_info *info)
{
    char path[PATH_BYTES_MAX + 8];
    struct csv_reader *reader = NULL;
    const struct kind *kind = kind_by_name(cmd->args.words[0]);
    (void)snprintf(path, sizeof(path), "%s.csv", target->temporary);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct target csv = {.file = fd >= 0 ? fdopen(fd, "w") : NULL};
    if (csv.file == NULL)
        return err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    enum err err = run(cmd, "csv", &csv, info);
    if (fclose(csv.file) != 0 && err == ERR_OK)
        err = err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    if (err == ERR_OK)
        err = csv_open(path, &reader, info);
    if (err == ERR_OK)
        err = write_sheet(reader, kind, cmd->args.words[0], target->temporary, info);
    csv_close(reader);
    (void)unlink(path);
    return err;
}

static enum err export_picture(struct cmd *cmd, const char *format, struct target *target,
                               struct err_info *info)
{
    json_t *picture = NULL;
    const char *site = cli_value(cmd->command, &cmd->args, "site");
    struct http_url url = cmd_url("picture", NULL, NULL);
    if (site != NULL)
        http_url_query(&url, "site", site);
    enum err err = cmd_get(cmd, &url, &picture, info);
    if (err != ERR_OK)
        return err;
    if (strcmp(format, "csv") == 0)
        picture_write_csv(picture, target->file);
    else
        (void)(json_dumpf(picture, target->file, JSON_INDENT(2)) == 0 && fputc('\n', target->file));
    json_decref(picture);
    long at = target->file != stdout ? ftell(target->file) : 0;
    target->bytes = at > 0 ? (uint64_t)at : 0;
    return ferror(target->file) ? err_set(info, ERR_IO, "the export could not be written") : ERR_OK;
}

static enum err export_matrix(struct cmd *cmd, const char *format, struct target *target,
                              struct err_info *info)
{
    enum err err = matrix_export(cmd, format, target->file, target->temporary, info);
    if (err == ERR_OK && ferror(target->file))
        err = err_set(info, ERR_IO, "the export could not be written");
    return err;
}

enum err cmd_export(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct target target;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    const char *format = cli_value(&command, &cmd.args, "format");
    const char *path = cli_value(&command, &cmd.args, "output");
    format = format != NULL ? format : cmd.json ? "json" : "csv";
    bool sheet = strcmp(format, "xlsx") == 0, matrix = strcmp(cmd.args.words[0], "matrix") == 0;
    if (strcmp(format, "csv") != 0 && !sheet && (matrix || strcmp(format, "json") != 0))
        return err_set(info, ERR_USAGE,
                       matrix ? N_("--format: csv or xlsx") : N_("--format: csv, json or xlsx"));
    if (sheet && path == NULL)
        return err_set(info, ERR_USAGE, "an XLSX is no text: give --output FILE");
    export_run *run = matrix                                      ? export_matrix
                      : strcmp(cmd.args.words[0], "picture") == 0 ? export_picture
                                                                  : export_records;
    err = open_target(path, &target, info);
    if (err == ERR_OK)
        err = sheet && !matrix ? export_sheet(&cmd, run, &target, info)
                               : run(&cmd, format, &target, info);
    err = close_target(path, &target, err, info);
    if (err != ERR_OK || path == NULL)
        return err;
    struct stat written;
    if (stat(path, &written) == 0)
        target.bytes = (uint64_t)written.st_size;
    if (cmd.json) {
        json_t *report = json_pack("{s:s, s:I}", "file", path, "bytes", (json_int_t)target.bytes);
        print_json_line(report);
        json_decref(report);
    } else {
        say("%s: %" PRIu64 " bytes\n", path, target.bytes);
    }
    return ERR_OK;
}
