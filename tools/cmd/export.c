#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/files.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"
#include "tools/cmd/picture.h"

static const struct cli_option options[] = {
    {.name = "format", .letter = 'f', .argument = "csv|json", .help = "default csv"},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "into this file, which appears when it is whole"},
    {.name = "site", .letter = 's', .argument = "SITE", .help = "only of this site"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse export",
    .words = "KIND|picture",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        "all records of a kind, or the picture; a CSV comes in again with 'cse import KIND FILE'"};

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
    if (strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        return err_set(info, ERR_USAGE, "--format: csv or json");
    err = open_target(path, &target, info);
    if (err == ERR_OK)
        err = strcmp(cmd.args.words[0], "picture") == 0
                  ? export_picture(&cmd, format, &target, info)
                  : export_records(&cmd, format, &target, info);
    err = close_target(path, &target, err, info);
    if (err != ERR_OK || path == NULL)
        return err;
    if (cmd.json) {
        json_t *report = json_pack("{s:s, s:I}", "file", path, "bytes", (json_int_t)target.bytes);
        print_json_line(report);
        json_decref(report);
    } else {
        (void)printf("%s: %" PRIu64 " bytes\n", path, target.bytes);
    }
    return ERR_OK;
}
