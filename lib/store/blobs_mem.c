#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "lib/store/blobs_engine.h"

/* Attachments in memory, for the simulator: a list for each first byte of the hash. There is no
 * clock here, so a part's age counts from the first sweep after its last chunk. */

enum { SHELVES = 256 };

struct mem_blob {
    struct mem_blob *next;
    uint8_t hash[HASH_BYTES];
    bool whole;
    int64_t untouched_since_s; /* parts; 0: touched after the last sweep */
    uint64_t size, capacity;
    uint8_t *data;
};

struct mem_blobs {
    struct blobs base;
    struct mem_blob *shelves[SHELVES];
};

static struct mem_blobs *self_of(struct blobs *blobs)
{
    return (struct mem_blobs *)blobs;
}

/* Where the blob's pointer stands, or where it would (then NULL). */
static struct mem_blob **slot_of(struct blobs *blobs, const uint8_t hash[HASH_BYTES], bool whole)
{
    struct mem_blob **slot = &self_of(blobs)->shelves[hash[0]];
    while (*slot != NULL &&
           ((*slot)->whole != whole || memcmp((*slot)->hash, hash, HASH_BYTES) != 0))
        slot = &(*slot)->next;
    return slot;
}

static void drop(struct mem_blob **slot)
{
    struct mem_blob *gone = *slot;
    *slot = gone->next;
    free(gone->data);
    free(gone);
}

static void mem_close(struct blobs *blobs)
{
    for (size_t i = 0; i < SHELVES; i++)
        while (self_of(blobs)->shelves[i] != NULL)
            drop(&self_of(blobs)->shelves[i]);
    free(blobs);
}

static bool size_of(struct blobs *blobs, const uint8_t hash[HASH_BYTES], bool whole,
                    uint64_t *size_out)
{
    const struct mem_blob *blob = *slot_of(blobs, hash, whole);
    if (blob == NULL)
        return false;
    *size_out = blob->size;
    return true;
}

static bool mem_whole_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    return size_of(blobs, hash, true, size_out);
}

static bool mem_part_size(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out)
{
    return size_of(blobs, hash, false, size_out);
}

static enum err mem_part_append(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                                uint64_t offset, struct bytes chunk, struct err_info *info)
{
    struct mem_blob **slot = slot_of(blobs, hash, false);
    if (*slot == NULL) {
        struct mem_blob *fresh = calloc(1, sizeof(*fresh));
        if (fresh == NULL)
            return err_set(info, ERR_NO_MEMORY, "attachment: out of memory");
        memcpy(fresh->hash, hash, HASH_BYTES);
        *slot = fresh;
    }
    struct mem_blob *blob = *slot;
    assert(offset <= blob->size);
    if (offset + chunk.len > blob->capacity) {
        uint64_t capacity = 2 * (offset + chunk.len);
        uint8_t *grown = realloc(blob->data, capacity);
        if (grown == NULL)
            return err_set(info, ERR_NO_MEMORY, "attachment: out of memory");
        blob->data = grown;
        blob->capacity = capacity;
    }
    if (chunk.len > 0)
        memcpy(blob->data + offset, chunk.data, chunk.len);
    blob->size = offset + chunk.len;
    blob->untouched_since_s = 0;
    return ERR_OK;
}

static enum err read_at(const struct mem_blob *blob, uint64_t offset, uint8_t *buffer,
                        size_t *len_out)
{
    if (blob == NULL)
        return ERR_NOT_FOUND;
    uint64_t rest = offset < blob->size ? blob->size - offset : 0;
    size_t len = rest < BLOB_CHUNK_BYTES ? (size_t)rest : BLOB_CHUNK_BYTES;
    if (len > 0)
        memcpy(buffer, blob->data + offset, len);
    *len_out = len;
    return ERR_OK;
}

static enum err mem_part_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                              uint8_t *buffer, size_t *len_out)
{
    return read_at(*slot_of(blobs, hash, false), offset, buffer, len_out);
}

static enum err mem_whole_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                               uint8_t *buffer, size_t *len_out)
{
    return read_at(*slot_of(blobs, hash, true), offset, buffer, len_out);
}

static enum err mem_publish(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                            struct err_info *info)
{
    (void)info;
    struct mem_blob *part = *slot_of(blobs, hash, false);
    assert(part != NULL);
    part->whole = true;
    return ERR_OK;
}

static enum err mem_part_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                              struct err_info *info)
{
    (void)info;
    struct mem_blob **slot = slot_of(blobs, hash, false);
    if (*slot != NULL)
        drop(slot);
    return ERR_OK;
}

static enum err mem_whole_drop(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                               struct err_info *info)
{
    (void)info;
    struct mem_blob **slot = slot_of(blobs, hash, true);
    if (*slot != NULL)
        drop(slot);
    return ERR_OK;
}

static enum err mem_each_whole(struct blobs *blobs,
                               void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                               void *context)
{
    for (size_t i = 0; i < SHELVES; i++)
        for (const struct mem_blob *at = self_of(blobs)->shelves[i]; at != NULL; at = at->next)
            if (at->whole)
                visit(context, at->hash);
    return ERR_OK;
}

/* Is it a part nobody added to for too long? Starts its age when it is new to the sweep. */
static bool is_stale(struct mem_blob *blob, int64_t now_s)
{
    if (blob->whole)
        return false;
    if (blob->untouched_since_s == 0)
        blob->untouched_since_s = now_s;
    return now_s - blob->untouched_since_s > BLOB_PARTIAL_S_MAX;
}

static enum err mem_sweep(struct blobs *blobs, int64_t now_s, uint32_t *removed_out)
{
    uint32_t removed = 0;
    for (size_t i = 0; i < SHELVES; i++) {
        struct mem_blob **slot = &self_of(blobs)->shelves[i];
        while (*slot != NULL) {
            bool stale = is_stale(*slot, now_s);
            removed += stale;
            if (stale)
                drop(slot);
            else
                slot = &(*slot)->next;
        }
    }
    *removed_out = removed;
    return ERR_OK;
}

static const struct blobs_engine mem_engine = {
    .close = mem_close,
    .whole_size = mem_whole_size,
    .part_size = mem_part_size,
    .part_append = mem_part_append,
    .part_read = mem_part_read,
    .whole_read = mem_whole_read,
    .publish = mem_publish,
    .part_drop = mem_part_drop,
    .whole_drop = mem_whole_drop,
    .each_whole = mem_each_whole,
    .sweep = mem_sweep,
};

enum err blobs_open_mem(struct blobs **blobs_out)
{
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    struct mem_blobs *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return ERR_NO_MEMORY;
    self->base.engine = &mem_engine;
    *blobs_out = &self->base;
    return ERR_OK;
}

void blobs_mem_crash(struct blobs *blobs)
{
    assert(blobs->engine == &mem_engine);
    for (size_t i = 0; i < SHELVES; i++)
        for (struct mem_blob *at = self_of(blobs)->shelves[i]; at != NULL; at = at->next)
            if (!at->whole)
                at->size -= at->size % BLOB_CHUNK_BYTES;
}
