#include "lib/store/blobs_engine.h"

#include <sodium.h>
#include <stdlib.h>

/* Chunks come in order, so the length of a part is all there is to remember of a transfer. Only a
 * part whose hash is its name becomes a file; anything else is thrown away and the sender starts
 * again. */

typedef enum err read_chunk(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                            uint8_t *buffer, size_t *len_out);

void blobs_close(struct blobs *blobs)
{
    if (blobs != NULL)
        blobs->engine->close(blobs);
}

bool blobs_have(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    uint64_t size = 0;
    if (!blobs->engine->whole_size(blobs, hash, &size))
        return false;
    if (size_out != NULL)
        *size_out = size;
    return true;
}

uint32_t blobs_partial_chunks(struct blobs *blobs, const uint8_t hash[HASH_BYTES])
{
    uint64_t size = 0;
    if (!blobs->engine->part_size(blobs, hash, &size) || size > BLOB_BYTES_MAX)
        return 0;
    return (uint32_t)(size / BLOB_CHUNK_BYTES);
}

static size_t chunk_len(uint64_t size, uint32_t index)
{
    uint64_t rest = size - (uint64_t)index * BLOB_CHUNK_BYTES;
    return rest < BLOB_CHUNK_BYTES ? (size_t)rest : BLOB_CHUNK_BYTES;
}

enum err blobs_write(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t size,
                     uint32_t index, struct bytes chunk, struct err_info *info)
{
    if (size > BLOB_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "attachment of %llu bytes", (unsigned long long)size);
    if (blobs_have(blobs, hash, NULL))
        return ERR_OK;
    uint32_t next = blobs_partial_chunks(blobs, hash);
    if (index != next || index >= blobs_chunk_count(size))
        return err_set(info, ERR_GAP, "chunk %u, where %u of %u is next", index, next,
                       blobs_chunk_count(size));
    if (chunk.len != chunk_len(size, index))
        return err_set(info, ERR_CORRUPT, "chunk %u of %zu bytes", index, chunk.len);
    return blobs->engine->part_append(blobs, hash, (uint64_t)index * BLOB_CHUNK_BYTES, chunk, info);
}

/* Hash a whole file or part, chunk by chunk. */
static enum err hash_of(struct blobs *blobs, read_chunk *read, const uint8_t name[HASH_BYTES],
                        uint8_t hash_out[HASH_BYTES])
{
    uint8_t *buffer = malloc(BLOB_CHUNK_BYTES);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    enum err rc = ERR_OK;
    size_t len = 1;
    for (uint64_t offset = 0; rc == ERR_OK && len > 0; offset += len) {
        len = 0;
        rc = read(blobs, name, offset, buffer, &len);
        crypto_generichash_update(&state, buffer, rc == ERR_OK ? len : 0);
    }
    if (rc == ERR_OK)
        crypto_generichash_final(&state, hash_out, HASH_BYTES);
    free(buffer);
    return rc;
}

/* Give up a part that cannot become the file; `code` stays what it is. */
static enum err throw_away(struct blobs *blobs, const uint8_t hash[HASH_BYTES], enum err code)
{
    (void)blobs->engine->part_drop(blobs, hash, NULL);
    return code;
}

enum err blobs_finish(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t size,
                      struct err_info *info)
{
    uint64_t have = 0;
    if (blobs_have(blobs, hash, &have))
        return have == size ? ERR_OK
                            : err_set(info, ERR_MISMATCH, "attachment: here with another size");
    bool begun = blobs->engine->part_size(blobs, hash, &have);
    if (!begun && size == 0) { /* no chunk ever comes for nothing */
        enum err rc = blobs->engine->part_append(blobs, hash, 0, (struct bytes){0}, info);
        if (rc != ERR_OK)
            return rc;
        have = 0;
    } else if (!begun || have < size) {
        return err_set(info, ERR_GAP, "attachment: %llu of %llu bytes are here",
                       (unsigned long long)have, (unsigned long long)size);
    }
    uint8_t found[HASH_BYTES];
    enum err rc = hash_of(blobs, blobs->engine->part_read, hash, found);
    if (rc != ERR_OK)
        return err_set(info, rc == ERR_NO_MEMORY ? rc : ERR_IO, "attachment: read it back");
    if (have != size || memcmp(found, hash, HASH_BYTES) != 0)
        return throw_away(blobs, hash,
                          err_set(info, ERR_MISMATCH, "attachment: its bytes have another hash"));
    return blobs->engine->publish(blobs, hash, info);
}

enum err blobs_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint32_t index,
                    uint8_t *buffer, size_t *len_out)
{
    uint64_t size = 0;
    if (!blobs_have(blobs, hash, &size) || (index > 0 && index >= blobs_chunk_count(size)))
        return ERR_NOT_FOUND;
    size_t len = 0;
    enum err rc =
        blobs->engine->whole_read(blobs, hash, (uint64_t)index * BLOB_CHUNK_BYTES, buffer, &len);
    if (rc == ERR_OK && len != chunk_len(size, index))
        rc = ERR_IO;
    if (rc == ERR_OK)
        *len_out = len;
    return rc;
}

enum err blobs_remove(struct blobs *blobs, const uint8_t hash[HASH_BYTES], struct err_info *info)
{
    enum err rc = blobs->engine->part_drop(blobs, hash, info);
    return rc != ERR_OK ? rc : blobs->engine->whole_drop(blobs, hash, info);
}

enum err blobs_sweep(struct blobs *blobs, int64_t now_s, uint32_t *removed_out)
{
    uint32_t removed = 0;
    enum err rc = blobs->engine->sweep(blobs, now_s, &removed);
    if (removed_out != NULL && rc == ERR_OK)
        *removed_out = removed;
    return rc;
}

enum err blobs_each(struct blobs *blobs,
                    void (*visit)(void *context, const uint8_t hash[HASH_BYTES]), void *context)
{
    return blobs->engine->each_whole(blobs, visit, context);
}

enum err blobs_copy(struct blobs *from, struct blobs *to, const uint8_t hash[HASH_BYTES],
                    uint64_t *size_out, struct err_info *info)
{
    uint64_t size = 0;
    if (!blobs_have(from, hash, &size))
        return err_set(info, ERR_NOT_FOUND, "attachment: it is not here");
    uint8_t *buffer = malloc(BLOB_CHUNK_BYTES);
    if (buffer == NULL)
        return err_set(info, ERR_NO_MEMORY, "attachment: out of memory");
    enum err rc = ERR_OK;
    uint32_t chunks = blobs_have(to, hash, NULL) ? 0 : blobs_chunk_count(size);
    for (uint32_t i = blobs_partial_chunks(to, hash); rc == ERR_OK && i < chunks; i++) {
        size_t len = 0;
        rc = blobs_read(from, hash, i, buffer, &len);
        rc = rc == ERR_OK ? blobs_write(to, hash, size, i, bytes_of(buffer, len), info)
                          : err_set(info, rc, "attachment: read it");
    }
    free(buffer);
    if (rc == ERR_OK)
        rc = blobs_finish(to, hash, size, info);
    if (rc == ERR_OK && size_out != NULL)
        *size_out = size;
    return rc;
}

struct verification {
    struct blobs *blobs;
    void (*bad)(void *context, const uint8_t hash[HASH_BYTES]);
    void *context;
    uint64_t checked;
    enum err rc;
};

static void verify_one(void *context, const uint8_t hash[HASH_BYTES])
{
    struct verification *run = context;
    uint8_t found[HASH_BYTES];
    enum err rc = hash_of(run->blobs, run->blobs->engine->whole_read, hash, found);
    if (rc == ERR_NOT_FOUND) /* removed meanwhile */
        return;
    if (rc == ERR_NO_MEMORY)
        run->rc = rc;
    else if (rc != ERR_OK || memcmp(found, hash, HASH_BYTES) != 0)
        run->bad(run->context, hash); /* unreadable is as bad as changed */
    run->checked++;
}

enum err blobs_verify(struct blobs *blobs,
                      void (*bad)(void *context, const uint8_t hash[HASH_BYTES]), void *context,
                      uint64_t *checked_out)
{
    struct verification run = {.blobs = blobs, .bad = bad, .context = context};
    enum err rc = blobs->engine->each_whole(blobs, verify_one, &run);
    if (rc == ERR_OK)
        rc = run.rc;
    if (rc == ERR_OK)
        *checked_out = run.checked;
    return rc;
}
