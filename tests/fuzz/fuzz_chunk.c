/* Chunks of attachments in any order, length and repetition: what is published has its hash, what
 * is half there says so, and nothing of one file ends in another. */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include "lib/store/blobs.h"

enum { FILES = 3, STEPS_MAX = 24 };

struct file {
    uint8_t *data, hash[HASH_BYTES];
    uint64_t size;
};

/* Sizes around the edges of a chunk; the contents follow from the first byte. */
static struct file make(uint8_t seed)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     BLOB_CHUNK_BYTES - 1,
                                     BLOB_CHUNK_BYTES,
                                     BLOB_CHUNK_BYTES + 1,
                                     3 * (uint64_t)BLOB_CHUNK_BYTES};
    struct file file = {.size = sizes[seed % (sizeof(sizes) / sizeof(sizes[0]))]};
    file.data = malloc(file.size + 1);
    assert(file.data != NULL);
    memset(file.data, seed, file.size);
    (void)crypto_generichash(file.hash, HASH_BYTES, file.data, file.size, NULL, 0);
    return file;
}

static void step(struct blobs *blobs, const struct file *file, const uint8_t input[3])
{
    uint32_t index = input[1] % 5, chunks = blobs_chunk_count(file->size);
    uint64_t at = (uint64_t)index * BLOB_CHUNK_BYTES;
    size_t len = at < file->size ? (size_t)(file->size - at) : 0;
    if (len > BLOB_CHUNK_BYTES)
        len = BLOB_CHUNK_BYTES;
    uint32_t before = blobs_partial_chunks(blobs, file->hash);
    bool had = blobs_have(blobs, file->hash, NULL);
    static uint8_t wrong[BLOB_CHUNK_BYTES + 1];
    enum err err = ERR_OK;
    switch (input[0] >> 5) {
    case 0: /* any length, other bytes */
        err = blobs_write(blobs, file->hash, file->size, index,
                          bytes_of(wrong, (size_t)input[2] * 257 % sizeof(wrong)), NULL);
        assert(err == ERR_OK || err == ERR_GAP || err == ERR_CORRUPT);
        break;
    case 1: /* a size that is no file's */
        err =
            blobs_write(blobs, file->hash, UINT64_MAX - input[2], index, bytes_of(wrong, 1), NULL);
        assert(err == ERR_TOO_BIG);
        break;
    case 2:
        err = blobs_finish(blobs, file->hash, file->size, NULL);
        assert(err == ERR_OK || err == ERR_GAP || err == ERR_MISMATCH);
        assert((err == ERR_OK) == blobs_have(blobs, file->hash, NULL));
        break;
    case 3:
        assert(blobs_remove(blobs, file->hash, NULL) == ERR_OK);
        assert(!blobs_have(blobs, file->hash, NULL));
        break;
    default:
        err =
            blobs_write(blobs, file->hash, file->size, index, bytes_of(file->data + at, len), NULL);
        assert((err == ERR_OK) == (had || (index == before && index < chunks)));
        break;
    }
}

static void check(struct blobs *blobs, const struct file *file)
{
    uint8_t buffer[BLOB_CHUNK_BYTES];
    uint64_t size = 0;
    if (!blobs_have(blobs, file->hash, &size))
        return;
    assert(size == file->size);
    for (uint32_t i = 0; i < blobs_chunk_count(size); i++) {
        size_t len = 0;
        assert(blobs_read(blobs, file->hash, i, buffer, &len) == ERR_OK);
        assert(memcmp(buffer, file->data + (size_t)i * BLOB_CHUNK_BYTES, len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blobs *blobs = NULL;
    struct file files[FILES];
    if (size < FILES)
        return 0;
    assert(blobs_open_mem(&blobs) == ERR_OK);
    for (int i = 0; i < FILES; i++)
        files[i] = make(data[i]);
    size_t at = FILES;
    for (int steps = 0; at + 3 <= size && steps < STEPS_MAX; steps++, at += 3)
        step(blobs, &files[data[at] % FILES], data + at);
    for (int i = 0; i < FILES; i++) {
        check(blobs, &files[i]);
        free(files[i].data);
    }
    blobs_close(blobs);
    return 0;
}
