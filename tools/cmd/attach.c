#include "tools/cmd/attach.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/sys/files.h"
#include "lib/sys/progress.h"
#include "proto/base/limits.h"

struct upload {
    FILE *file;
    uint64_t done;
    struct progress progress;
};

static enum err read_piece(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct upload *upload = context;
    *len_out = fread(buffer, 1, capacity, upload->file);
    upload->done += *len_out;
    progress_show(&upload->progress, upload->done);
    return ferror(upload->file) ? ERR_IO : ERR_OK;
}

/* What a browser needs to show the file; anything else is offered for saving. */
static const char *media_type(const char *name)
{
    static const struct {
        const char *ending, *media;
    } known[] = {
        {".pdf", "application/pdf"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".txt", "text/plain"},
        {".csv", "text/csv"},
        {".html", "text/html"},
        {".json", "application/json"},
        {".eml", "message/rfc822"},
        {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        {".odt", "application/vnd.oasis.opendocument.text"},
        {".ods", "application/vnd.oasis.opendocument.spreadsheet"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasecmp(known[i].ending, dot) == 0)
            return known[i].media;
    }
    return "application/octet-stream";
}

static enum err check_file(FILE *file, const char *path, uint64_t *size_out, struct err_info *info)
{
    struct stat about;
    if (file == NULL || fstat(fileno(file), &about) != 0)
        return err_set(info, err_from_errno(errno), "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return err_set(info, ERR_UNSUPPORTED, "%s: not a file", path);
    if (about.st_size > BLOB_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "%s: over %d MiB", path, BLOB_BYTES_MAX / 1024 / 1024);
    *size_out = (uint64_t)about.st_size;
    return ERR_OK;
}

static enum err upload_file(struct cmd *cmd, const char *path, json_t **member_out,
                            struct err_info *info)
{
    struct upload upload = {.file = fopen(path, "rbe")};
    struct http_source source = {.read = read_piece, .context = &upload};
    struct http_call call = {
        .method = "POST", .content_type = "application/octet-stream", .source = &source};
    struct http_url url = cmd_url("blobs", NULL, NULL);
    json_t *answer = NULL;
    uint64_t size = 0;
    enum err err = check_file(upload.file, path, &size, info);
    if (err == ERR_OK) {
        progress_start(&upload.progress, "bytes", size);
        err = cmd_call(cmd, &url, &call, &answer, info);
        progress_end(&upload.progress);
    }
    if (upload.file != NULL)
        (void)fclose(upload.file);
    if (err != ERR_OK)
        return err;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    json_t *hash = json_object_get(answer, "hash");
    json_t *bytes = json_object_get(answer, "size");
    *member_out = json_pack("{s:O, s:s, s:s, s:O}", "hash", hash, "name", name, "media",
                            media_type(name), "size", bytes);
    json_decref(answer);
    return *member_out != NULL ? ERR_OK
                               : err_set(info, ERR_CORRUPT,
                                         "%s: the daemon's answer has no hash and size, or the "
                                         "file's name is not UTF-8",
                                         path);
}

static const struct field *file_field(const struct kind *kind)
{
    for (uint32_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].type == FIELD_FILE && kind->fields[i].set)
            return &kind->fields[i];
    }
    return NULL;
}

enum err attach_files(struct cmd *cmd, const struct kind *kind, bool change, json_t *fields,
                      struct err_info *info)
{
    size_t cursor = 0;
    const char *path = cli_next(cmd->command, &cmd->args, "attach", &cursor);
    if (path == NULL)
        return ERR_OK;
    const struct field *field = file_field(kind);
    if (field == NULL)
        return err_set(info, ERR_USAGE, "a %s holds no files", kind->name);
    json_t *list = json_array();
    for (; path != NULL; path = cli_next(cmd->command, &cmd->args, "attach", &cursor)) {
        json_t *member = NULL;
        enum err err = upload_file(cmd, path, &member, info);
        if (err != ERR_OK) {
            json_decref(list);
            return err;
        }
        (void)json_array_append_new(list, member);
    }
    (void)json_object_set_new(fields, field->name, change ? json_pack("{s:o}", "add", list) : list);
    return ERR_OK;
}
