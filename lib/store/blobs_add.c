#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/blobs_engine.h"
#include "lib/sys/files.h"

/* What is attached here goes the same way as what arrives: chunk by chunk into a part, verified,
 * published. A file is read twice: its hash says first whether there is anything to copy, and what
 * the part is called. */

/* An arriving part of the same name is in the way; whoever sends it will be told that the whole is
 * here. */
static enum err start_over(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                           struct err_info *info)
{
    return blobs->engine->part_drop(blobs, hash, info);
}

static enum err add_chunks(struct blobs *blobs, const uint8_t hash[HASH_BYTES], struct bytes data,
                           struct err_info *info)
{
    enum err rc = start_over(blobs, hash, info);
    uint32_t index = 0;
    for (size_t at = 0; rc == ERR_OK && at < data.len; at += BLOB_CHUNK_BYTES, index++) {
        size_t rest = data.len - at;
        struct bytes chunk =
            bytes_of(data.data + at, rest < BLOB_CHUNK_BYTES ? rest : BLOB_CHUNK_BYTES);
        rc = blobs_write(blobs, hash, data.len, index, chunk, info);
    }
    return rc != ERR_OK ? rc : blobs_finish(blobs, hash, data.len, info);
}

enum err blobs_add_bytes(struct blobs *blobs, struct bytes data, uint8_t hash_out[HASH_BYTES],
                         struct err_info *info)
{
    if (data.len > BLOB_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "attachment of %zu bytes", data.len);
    uint8_t hash[HASH_BYTES];
    crypto_generichash(hash, sizeof(hash), data.data, data.len, NULL, 0);
    enum err rc = blobs_have(blobs, hash, NULL) ? ERR_OK : add_chunks(blobs, hash, data, info);
    if (rc == ERR_OK)
        memcpy(hash_out, hash, HASH_BYTES);
    return rc;
}

/* One chunk of the file; shorter only at its end. */
static enum err read_fully(int fd, uint64_t offset, uint8_t *buffer, size_t *len_out)
{
    size_t len = 0;
    while (len < BLOB_CHUNK_BYTES) {
        ssize_t got = pread(fd, buffer + len, BLOB_CHUNK_BYTES - len, (off_t)(offset + len));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *len_out = len;
    return ERR_OK;
}

static enum err hash_file(int fd, uint8_t *buffer, uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    uint64_t size = 0;
    for (size_t len = BLOB_CHUNK_BYTES; len == BLOB_CHUNK_BYTES; size += len) {
        enum err rc = read_fully(fd, size, buffer, &len);
        if (rc != ERR_OK)
            return rc;
        if (size + len > BLOB_BYTES_MAX)
            return ERR_TOO_BIG;
        crypto_generichash_update(&state, buffer, len);
    }
    crypto_generichash_final(&state, hash, HASH_BYTES);
    *size_out = size;
    return ERR_OK;
}

static enum err copy_file(struct blobs *blobs, int fd, uint8_t *buffer,
                          const uint8_t hash[HASH_BYTES], uint64_t size)
{
    enum err rc = start_over(blobs, hash, NULL);
    uint32_t count = blobs_chunk_count(size);
    for (uint32_t i = 0; rc == ERR_OK && i < count; i++) {
        size_t len = 0;
        rc = read_fully(fd, (uint64_t)i * BLOB_CHUNK_BYTES, buffer, &len);
        if (rc == ERR_OK)
            rc = blobs_write(blobs, hash, size, i, bytes_of(buffer, len), NULL);
    }
    if (rc == ERR_OK)
        rc = blobs_finish(blobs, hash, size, NULL);
    return rc == ERR_CORRUPT ? ERR_MISMATCH : rc; /* a chunk shorter than on the first reading */
}

static enum err add_open_file(struct blobs *blobs, int fd, uint8_t hash[HASH_BYTES],
                              uint64_t *size_out)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return ERR_IO;
    if (!S_ISREG(status.st_mode))
        return ERR_INVALID;
    uint8_t *buffer = malloc(BLOB_CHUNK_BYTES);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    uint64_t size = 0;
    enum err rc = hash_file(fd, buffer, hash, &size);
    if (rc == ERR_OK && !blobs_have(blobs, hash, NULL))
        rc = copy_file(blobs, fd, buffer, hash, size);
    free(buffer);
    *size_out = size;
    return rc;
}

enum err blobs_add_file(struct blobs *blobs, const char *path, uint8_t hash_out[HASH_BYTES],
                        uint64_t *size_out, struct err_info *info)
{
    uint8_t hash[HASH_BYTES];
    uint64_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not make us wait */
    if (fd < 0)
        return err_set(info, err_from_errno(errno), "attach '%s': %s", path, strerror(errno));
    enum err rc = add_open_file(blobs, fd, hash, &size);
    (void)close(fd);
    if (rc == ERR_MISMATCH)
        return err_set(info, ERR_CONFLICT, "attach '%s': it changed while it was read", path);
    if (rc != ERR_OK)
        return err_set(info, rc, "attach '%s': %s", path, err_text(rc));
    memcpy(hash_out, hash, HASH_BYTES);
    *size_out = size;
    return ERR_OK;
}
