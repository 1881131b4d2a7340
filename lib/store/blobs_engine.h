#pragma once

#include "lib/store/blobs.h"

/* What an engine of attachments is made of. blobs.c keeps the rules (order and length of chunks,
 * hashing) once; an engine only keeps bytes: unfinished parts that grow at the end, and whole files
 * that never change. Each embeds struct blobs as its first member. */

struct blobs {
    const struct blobs_engine *engine;
};

struct blobs_engine {
    void (*close)(struct blobs *blobs);
    /* Is there a whole file, or a part, and how long is it? */
    bool (*whole_size)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out);
    bool (*part_size)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out);
    /* Cut the part (made when absent) to `offset`, then add `chunk`. */
    enum err (*part_append)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                            struct bytes chunk, struct err_info *info);
    /* Up to BLOB_CHUNK_BYTES from `offset`; *len_out is 0 at the end. Errors: ERR_NOT_FOUND,
     * ERR_IO. */
    enum err (*part_read)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                          uint8_t *buffer, size_t *len_out);
    enum err (*whole_read)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t offset,
                           uint8_t *buffer, size_t *len_out);
    /* Turn the part into a whole file that a power cut cannot take away. */
    enum err (*publish)(struct blobs *blobs, const uint8_t hash[HASH_BYTES], struct err_info *info);
    /* Absent is fine for both. */
    enum err (*part_drop)(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                          struct err_info *info);
    enum err (*whole_drop)(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                           struct err_info *info);
    /* Call `visit` for each whole file, in no order. Errors: ERR_IO, ERR_NO_MEMORY. */
    enum err (*each_whole)(struct blobs *blobs,
                           void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                           void *context);
    enum err (*sweep)(struct blobs *blobs, int64_t now_s, uint32_t *removed_out);
};
