#pragma once

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/record/op.h"

/* Attachments: immutable files named by the BLAKE2b-256 of their bytes, in blobs/ab/cdef….
 *
 * Arriving chunks are appended to partial/<hash> in order, so the part's length says where to
 * resume. A whole file is hashed, synced, renamed and its directories synced before blobs_finish
 * returns: only then may anyone be told that it is here. */

struct blobs;

/* Directory engine; `path` is made when absent. Errors: ERR_IO, ERR_NO_MEMORY, and those of
 * dir_make. Different attachments may be used by different threads at a time; one attachment is
 * written by one. */
NODISCARD enum err blobs_open_dir(const char *path, struct blobs **blobs_out,
                                  struct err_info *info);
/* In memory, for the simulator; what is not finished survives a crash only up to a multiple of the
 * chunk size. */
NODISCARD enum err blobs_open_mem(struct blobs **blobs_out);
/* Memory engine only: what a power cut leaves. */
void blobs_mem_crash(struct blobs *blobs);
void blobs_close(struct blobs *blobs); /* NULL is fine */

/* Is the whole, verified file here? size_out may be NULL. */
bool blobs_have(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t *size_out);
/* Whole chunks already received of an unfinished file; 0 when none. */
uint32_t blobs_partial_chunks(struct blobs *blobs, const uint8_t hash[HASH_BYTES]);
/* Append chunk `index`; it must be the next one (else ERR_GAP) and BLOB_CHUNK_BYTES long unless it
 * is the last of `size`. A chunk of a file that is here already is taken and dropped. What a crash
 * left beyond a whole chunk is written over. Errors: ERR_GAP, ERR_CORRUPT (length), ERR_TOO_BIG,
 * ERR_FULL, ERR_IO. */
NODISCARD enum err blobs_write(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t size,
                               uint32_t index, struct bytes chunk, struct err_info *info);
/* Verify and publish; fine when it is here already. Errors: ERR_GAP (not whole), ERR_MISMATCH (the
 * part is thrown away, the sender starts again), ERR_IO. */
NODISCARD enum err blobs_finish(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint64_t size,
                                struct err_info *info);
/* Read one chunk of a whole file; `buffer` holds BLOB_CHUNK_BYTES. Chunk 0 of an empty file is
 * empty. Errors: ERR_NOT_FOUND (no such file or chunk), ERR_IO. */
NODISCARD enum err blobs_read(struct blobs *blobs, const uint8_t hash[HASH_BYTES], uint32_t index,
                              uint8_t *buffer, size_t *len_out);
/* Take in a local file (copied, hashed, synced); one that is here already is not stored again.
 * Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_INVALID (no regular file), ERR_TOO_BIG, ERR_CONFLICT (it
 * changed meanwhile), ERR_FULL, ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err blobs_add_file(struct blobs *blobs, const char *path,
                                  uint8_t hash_out[HASH_BYTES], uint64_t *size_out,
                                  struct err_info *info);
/* Take in bytes (memory engine, uploads already held). */
NODISCARD enum err blobs_add_bytes(struct blobs *blobs, struct bytes data,
                                   uint8_t hash_out[HASH_BYTES], struct err_info *info);
/* Erase a file, and its part. Absent is fine. Errors: ERR_IO. */
NODISCARD enum err blobs_remove(struct blobs *blobs, const uint8_t hash[HASH_BYTES],
                                struct err_info *info);
/* Throw away parts that nobody added to for BLOB_PARTIAL_S_MAX; at start and once a day.
 * removed_out may be NULL. Errors: ERR_IO. */
NODISCARD enum err blobs_sweep(struct blobs *blobs, int64_t now_s, uint32_t *removed_out);
/* Call `visit` for every whole file, in no order. Errors: ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err blobs_each(struct blobs *blobs,
                              void (*visit)(void *context, const uint8_t hash[HASH_BYTES]),
                              void *context);
/* Copy a whole file into `to`, checked against its name there. Fine when it is there already.
 * size_out may be NULL. Errors: ERR_NOT_FOUND, ERR_MISMATCH (its bytes do not have its hash),
 * ERR_FULL, ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err blobs_copy(struct blobs *from, struct blobs *to, const uint8_t hash[HASH_BYTES],
                              uint64_t *size_out, struct err_info *info);
/* Re-hash every whole file; calls `bad` for each that does not match or
 * cannot be read. Errors: ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err blobs_verify(struct blobs *blobs,
                                void (*bad)(void *context, const uint8_t hash[HASH_BYTES]),
                                void *context, uint64_t *checked_out);
static inline uint32_t blobs_chunk_count(uint64_t size)
{
    return (uint32_t)((size + BLOB_CHUNK_BYTES - 1) / BLOB_CHUNK_BYTES);
}
