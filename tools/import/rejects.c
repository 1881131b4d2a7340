#include "tools/import/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum err rejects_path(const char *csv_path, char path_out[PATH_BYTES_MAX], struct err_info *info)
{
    size_t len = strlen(csv_path);
    if (len > 4 && strcasecmp(csv_path + len - 4, ".csv") == 0)
        len -= 4;
    char path[PATH_BYTES_MAX];
    int written = snprintf(path, sizeof(path), "%.*s.rejected.csv", (int)len, csv_path);
    if (len >= PATH_BYTES_MAX || written < 0 || (size_t)written >= sizeof(path))
        return err_set(info, ERR_TOO_BIG, "%s: the name is too long", csv_path);
    memcpy(path_out, path, sizeof(path));
    return ERR_OK;
}

enum err rejects_unclear_path(const char *path, char path_out[PATH_BYTES_MAX],
                              struct err_info *info)
{
    static const char ending[] = ".rejected.csv";
    char text[PATH_BYTES_MAX];
    size_t len = strlen(path), end = sizeof(ending) - 1;
    if (len > end && strcmp(path + len - end, ending) == 0)
        len -= end;
    int written = snprintf(text, sizeof(text), "%.*s.unclear.csv", (int)len, path);
    if (len >= PATH_BYTES_MAX || written < 0 || (size_t)written >= sizeof(text))
        return err_set(info, ERR_TOO_BIG, "%s: the name is too long", path);
    memcpy(path_out, text, sizeof(text));
    return ERR_OK;
}

void rejects_init(struct rejects *rejects, const char *path)
{
    *rejects = (struct rejects){0};
    (void)snprintf(rejects->path, sizeof(rejects->path), "%s", path);
}

static enum err failed(const struct rejects *rejects, struct err_info *info)
{
    return err_set(info, err_from_errno(errno), "rejected rows: %s: %s", rejects->path,
                   strerror(errno));
}

static void put_quoted(FILE *file, const char *text)
{
    (void)fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', file);
        (void)fputc(*text, file);
    }
    (void)fputc('"', file);
}

static enum err put_line(const struct rejects *rejects, struct bytes raw, const char *reason,
                         const char *end, struct err_info *info)
{
    FILE *file = rejects->file;
    errno = 0;
    (void)fwrite(raw.data, 1, raw.len, file);
    (void)fputc(',', file);
    put_quoted(file, reason);
    (void)fputs(end, file);
    return ferror(file) ? failed(rejects, info) : ERR_OK;
}

static enum err start(struct rejects *rejects, const struct csv_reader *reader,
                      struct err_info *info)
{
    int len = snprintf(rejects->temporary, sizeof(rejects->temporary), "%s.tmp%ld", rejects->path,
                       (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(rejects->temporary))
        return err_set(info, ERR_TOO_BIG, "%s: the name is too long", rejects->path);
    int fd = open(rejects->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(rejects, info);
    rejects->file = fdopen(fd, "w");
    if (rejects->file == NULL) {
        enum err err = failed(rejects, info);
        (void)close(fd);
        (void)unlink(rejects->temporary);
        return err;
    }
    return put_line(rejects, csv_header(reader)->raw, "reason", csv_line_end(reader), info);
}

enum err rejects_add(struct rejects *rejects, const struct csv_reader *reader,
                     const struct csv_row *row, const char *reason, struct err_info *info)
{
    if (rejects->file == NULL) {
        enum err err = start(rejects, reader, info);
        if (err != ERR_OK)
            return err;
    }
    if (rejects->rows++ >= CSV_REJECTS_MAX)
        return ERR_OK;
    char text[ERR_TEXT_BYTES + 32];
    (void)snprintf(text, sizeof(text), "line %" PRIu64 ": %s", row->line, reason);
    return put_line(rejects, row->raw, text, csv_line_end(reader), info);
}

enum err rejects_finish(struct rejects *rejects, struct err_info *info)
{
    if (rejects->file == NULL)
        return ERR_OK;
    FILE *file = rejects->file;
    rejects->file = NULL;
    if (fclose(file) != 0 || rename(rejects->temporary, rejects->path) != 0) {
        enum err err = failed(rejects, info);
        (void)unlink(rejects->temporary);
        return err;
    }
    return ERR_OK;
}

void rejects_abandon(struct rejects *rejects)
{
    if (rejects->file == NULL)
        return;
    (void)fclose(rejects->file);
    (void)unlink(rejects->temporary);
    rejects->file = NULL;
}
