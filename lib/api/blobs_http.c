/* Attachments over HTTP. The hash is known only when the last byte is in, so an upload goes to a
 * file of its own first. */
#include "lib/api/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct blob_upload {
    struct api *api;
    int fd;
    uint64_t size;
    char path[PATH_BYTES_MAX];
};

static void blob_close(void *upload)
{
    struct blob_upload *blob = upload;
    if (blob->fd >= 0)
        (void)close(blob->fd);
    (void)unlink(blob->path);
    free(blob);
}

static enum err blob_begin(void *context, const struct http_request *request, void **upload_out,
                           struct err_info *info)
{
    struct api *api = context;
    (void)request;
    enum err err = api_check_room(api, info);
    if (err != ERR_OK)
        return err;
    struct blob_upload *blob = calloc(1, sizeof *blob);
    if (blob == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    blob->api = api;
    blob->fd = staging_open(api, ".part", blob->path, info);
    if (blob->fd < 0) {
        free(blob);
        return info->code;
    }
    *upload_out = blob;
    return ERR_OK;
}

enum err write_whole(int fd, struct bytes data, struct err_info *info)
{
    while (data.len > 0) {
        ssize_t put = write(fd, data.data, data.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_set(info, err_from_errno(errno), "the upload could not be written: %s",
                           strerror(errno));
        data.data += put;
        data.len -= (size_t)put;
    }
    return ERR_OK;
}

enum err upload_check_room(struct api *api, uint64_t size, size_t len, struct err_info *info)
{
    enum { STEP_BYTES = 4 * 1024 * 1024 };
    return size / STEP_BYTES != (size - len) / STEP_BYTES ? api_check_room(api, info) : ERR_OK;
}

static enum err blob_chunk(void *upload, struct bytes chunk, struct err_info *info)
{
    struct blob_upload *blob = upload;
    blob->size += chunk.len;
    if (blob->size > BLOB_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "an attachment has at most %d bytes",
                       (int)BLOB_BYTES_MAX);
    enum err err = upload_check_room(blob->api, blob->size, chunk.len, info);
    return err == ERR_OK ? write_whole(blob->fd, chunk, info) : err;
}

const struct http_upload api_blob_upload = {
    .begin = blob_begin, .chunk = blob_chunk, .close = blob_close};

void api_blob_post(struct api_call call)
{
    struct blob_upload *blob = call.request->upload;
    struct err_info info = {0};
    uint8_t hash[HASH_BYTES];
    uint64_t size = 0;
    if (blob->size == 0) {
        http_problem(call.response, ERR_INVALID, "an attachment has at least one byte");
        return;
    }
    enum err err = blobs_add_file(call.api->config.blobs, blob->path, hash, &size, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    struct jsonw json;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    put_hex(&json, "hash", bytes_of(hash, sizeof hash));
    jsonw_put_uint(&json, "size", size);
    jsonw_object_end(&json);
    answer_end(call, 201, &json);
}

/* ---- reading ---- */

struct blob_reading {
    struct blobs *blobs;
    uint8_t hash[HASH_BYTES];
    uint64_t size;
    uint32_t next_chunk;
    size_t at, len;
    uint8_t chunk[BLOB_CHUNK_BYTES];
};

static enum err blob_read(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct blob_reading *reading = context;
    if (reading->at == reading->len && reading->next_chunk < blobs_chunk_count(reading->size)) {
        reading->at = reading->len = 0;
        enum err err = blobs_read(reading->blobs, reading->hash, reading->next_chunk,
                                  reading->chunk, &reading->len);
        if (err != ERR_OK)
            return err;
        reading->next_chunk++;
    }
    size_t len = reading->len - reading->at < capacity ? reading->len - reading->at : capacity;
    memcpy(buffer, reading->chunk + reading->at, len);
    reading->at += len;
    *len_out = len;
    return ERR_OK;
}

void api_blob_get(struct api_call call)
{
    const char *text = http_param(call.request, "hash");
    uint8_t hash[HASH_BYTES];
    uint64_t size = 0;
    if (!hex_decode(text, hash, sizeof hash)) {
        http_problem(call.response, ERR_NOT_FOUND, "a file is named by 64 hex digits");
        return;
    }
    if (!blobs_have(call.api->config.blobs, hash, &size)) {
        http_problem(call.response, ERR_NOT_FOUND, "the file %.16s… is not here (yet)", text);
        return;
    }
    struct blob_reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    reading->blobs = call.api->config.blobs;
    reading->size = size;
    memcpy(reading->hash, hash, sizeof hash);
    char tag[2 * HASH_BYTES + 3];
    (void)snprintf(tag, sizeof tag, "\"%s\"", text);
    http_set_header(call.response, "ETag", tag);
    http_set_header(call.response, "Content-Disposition", "attachment");
    http_reply_stream(call.response, 200, "application/octet-stream",
                      (struct http_source){.read = blob_read, .close = free, .context = reading});
}
