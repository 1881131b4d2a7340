#include <criterion/criterion.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/blobs.h"
#include "tests/lib/store/store_fixture.h"

/* One suite, both engines; then what only the directory has. */

enum { CHUNK = BLOB_CHUNK_BYTES, FILE_BYTES = 3 * CHUNK + 1000, NAME_BYTES = 200 };

static char scratch[64];
static uint8_t content[FILE_BYTES];
static uint8_t content_hash[HASH_BYTES];

static void setup(void)
{
    scratch_make(scratch);
    cr_assert_geq(sodium_init(), 0);
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)(i * 31 + i / 251);
    crypto_generichash(content_hash, HASH_BYTES, content, sizeof(content), NULL, 0);
}

static void teardown(void)
{
    scratch_remove(scratch);
}

TestSuite(blobs, .init = setup, .fini = teardown);

static struct blobs *open_dir(void)
{
    char path[NAME_BYTES];
    struct blobs *blobs = NULL;
    struct err_info info = {0};
    (void)snprintf(path, sizeof(path), "%s/attachments", scratch);
    cr_assert_eq(blobs_open_dir(path, &blobs, &info), ERR_OK, "%s", info.text);
    return blobs;
}

static struct blobs *open_mem(void)
{
    struct blobs *blobs = NULL;
    cr_assert_eq(blobs_open_mem(&blobs), ERR_OK);
    return blobs;
}

static enum err send_chunk(struct blobs *blobs, uint32_t index)
{
    size_t at = (size_t)index * CHUNK;
    size_t rest = at < sizeof(content) ? sizeof(content) - at : 0;
    struct bytes chunk = bytes_of(content + (rest > 0 ? at : 0), rest < CHUNK ? rest : CHUNK);
    return blobs_write(blobs, content_hash, sizeof(content), index, chunk, NULL);
}

static void expect_content(struct blobs *blobs, const char *name)
{
    static uint8_t buffer[CHUNK];
    uint64_t size = 0;
    cr_expect(blobs_have(blobs, content_hash, &size), "%s: here", name);
    cr_expect_eq(size, sizeof(content), "%s: size", name);
    for (uint32_t i = 0; i < 4; i++) {
        size_t len = 0;
        cr_expect_eq(blobs_read(blobs, content_hash, i, buffer, &len), ERR_OK, "%s: %u", name, i);
        cr_expect(bytes_equal(bytes_of(buffer, len),
                              bytes_of(content + (size_t)i * CHUNK, i < 3 ? CHUNK : 1000)),
                  "%s: chunk %u", name, i);
    }
    size_t len = 77;
    cr_expect_eq(blobs_read(blobs, content_hash, 4, buffer, &len), ERR_NOT_FOUND, "%s", name);
    cr_expect_eq(len, 77, "%s: outputs untouched", name);
}

static void resumed(struct blobs *blobs, const char *name)
{
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 0, "%s: nothing yet", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_GAP, "%s", name);
    cr_expect_eq(send_chunk(blobs, 1), ERR_GAP, "%s: not the first", name);
    cr_expect_eq(send_chunk(blobs, 0), ERR_OK, "%s", name);
    cr_expect_eq(send_chunk(blobs, 0), ERR_GAP, "%s: sent twice", name);
    cr_expect_eq(send_chunk(blobs, 1), ERR_OK, "%s", name);
    cr_expect_eq(send_chunk(blobs, 3), ERR_GAP, "%s: one left out", name);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 2, "%s: resume here", name);
    cr_expect(!blobs_have(blobs, content_hash, NULL), "%s: a part is not a file", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_GAP, "%s", name);
    cr_expect_eq(send_chunk(blobs, 2), ERR_OK, "%s", name);
    cr_expect_eq(send_chunk(blobs, 3), ERR_OK, "%s", name);
    cr_expect_eq(send_chunk(blobs, 4), ERR_GAP, "%s: beyond the end", name);
    cr_expect_eq(send_chunk(blobs, 3), ERR_OK, "%s: the short last one may come again", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_OK, "%s", name);
    expect_content(blobs, name);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 0, "%s: no part is left", name);
    cr_expect_eq(send_chunk(blobs, 0), ERR_OK, "%s: what is here already is dropped", name);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 0, "%s: and makes no part", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_OK, "%s", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, 5, NULL), ERR_MISMATCH, "%s: size", name);
    expect_content(blobs, name);
}

static void wrong_bytes(struct blobs *blobs, const char *name)
{
    uint8_t claim[HASH_BYTES] = {0xaa};
    struct bytes chunk = bytes_of(content, 10);
    struct err_info info = {0};
    cr_expect_eq(blobs_write(blobs, claim, CHUNK, 0, chunk, NULL), ERR_CORRUPT, "%s: short", name);
    cr_expect_eq(blobs_write(blobs, claim, 9, 0, chunk, NULL), ERR_CORRUPT, "%s: long", name);
    cr_expect_eq(blobs_write(blobs, claim, (uint64_t)BLOB_BYTES_MAX + 1, 0, chunk, NULL),
                 ERR_TOO_BIG, "%s", name);
    cr_expect_eq(blobs_write(blobs, claim, 10, 0, chunk, NULL), ERR_OK, "%s", name);
    cr_expect_eq(blobs_finish(blobs, claim, 10, &info), ERR_MISMATCH, "%s: other hash", name);
    cr_expect_str_not_empty(info.text, "%s", name);
    cr_expect(!blobs_have(blobs, claim, NULL), "%s: not kept", name);
    cr_expect_eq(blobs_finish(blobs, claim, 10, NULL), ERR_GAP, "%s: thrown away", name);

    for (uint32_t i = 0; i < 4; i++)
        cr_expect_eq(send_chunk(blobs, i), ERR_OK, "%s", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content) - 1, NULL), ERR_MISMATCH,
                 "%s: longer than said", name);
    cr_expect(!blobs_have(blobs, content_hash, NULL), "%s", name);
}

static void nothing(struct blobs *blobs, const char *name)
{
    static uint8_t buffer[CHUNK];
    uint8_t hash[HASH_BYTES];
    uint64_t size = 9;
    size_t len = 9;
    crypto_generichash(hash, HASH_BYTES, NULL, 0, NULL, 0);
    cr_expect_eq(blobs_finish(blobs, hash, 0, NULL), ERR_OK, "%s: an empty file", name);
    cr_expect(blobs_have(blobs, hash, &size) && size == 0, "%s", name);
    cr_expect_eq(blobs_read(blobs, hash, 0, buffer, &len), ERR_OK, "%s", name);
    cr_expect_eq(len, 0, "%s", name);
    cr_expect_eq(blobs_read(blobs, hash, 1, buffer, &len), ERR_NOT_FOUND, "%s", name);
    cr_expect_eq(blobs_finish(blobs, content_hash, 0, NULL), ERR_MISMATCH, "%s: not this", name);
    cr_expect(!blobs_have(blobs, content_hash, NULL), "%s", name);
    cr_expect_eq(blobs_read(blobs, content_hash, 0, buffer, &len), ERR_NOT_FOUND, "%s", name);
}

static void count_bad(void *context, const uint8_t hash[HASH_BYTES])
{
    (void)hash;
    ++*(uint32_t *)context;
}

static void added(struct blobs *blobs, const char *name)
{
    uint8_t hash[HASH_BYTES] = {0};
    uint64_t checked = 0;
    uint32_t bad = 0;
    uint8_t rubbish[CHUNK] = {1};
    cr_expect_eq(
        blobs_write(blobs, content_hash, sizeof(content), 0, bytes_of(rubbish, CHUNK), NULL),
        ERR_OK, "%s: a wrong part is in the way", name);
    for (int twice = 0; twice < 2; twice++) {
        cr_expect_eq(blobs_add_bytes(blobs, bytes_of(content, sizeof(content)), hash, NULL), ERR_OK,
                     "%s", name);
        cr_expect_arr_eq(hash, content_hash, HASH_BYTES, "%s", name);
    }
    cr_expect_eq(blobs_add_bytes(blobs, bytes_of(content, 2 * CHUNK), hash, NULL), ERR_OK);
    cr_expect_eq(blobs_add_bytes(blobs, bytes_of(NULL, 0), hash, NULL), ERR_OK);
    expect_content(blobs, name);
    cr_expect_eq(blobs_verify(blobs, count_bad, &bad, &checked), ERR_OK, "%s", name);
    cr_expect_eq(checked, 3, "%s: the same bytes are stored once", name);
    cr_expect_eq(bad, 0, "%s", name);

    cr_expect_eq(blobs_remove(blobs, content_hash, NULL), ERR_OK, "%s", name);
    cr_expect_eq(blobs_remove(blobs, content_hash, NULL), ERR_OK, "%s: absent is fine", name);
    cr_expect(!blobs_have(blobs, content_hash, NULL), "%s: erased", name);
    cr_expect_eq(blobs_verify(blobs, count_bad, &bad, &checked), ERR_OK, "%s", name);
    cr_expect_eq(checked, 2, "%s", name);
}

static void write_file(const char *path, struct bytes bytes)
{
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    cr_assert_eq(fclose(file), 0);
}

static void added_files(struct blobs *blobs, const char *name)
{
    char path[NAME_BYTES];
    uint8_t hash[HASH_BYTES] = {0};
    uint64_t size = 0;
    struct err_info info = {0};
    (void)snprintf(path, sizeof(path), "%s/letter.pdf", scratch);
    cr_expect_eq(blobs_add_file(blobs, path, hash, &size, &info), ERR_NOT_FOUND, "%s", name);
    cr_expect_eq(blobs_add_file(blobs, scratch, hash, &size, &info), ERR_INVALID, "%s", name);
    write_file(path, bytes_of(content, sizeof(content)));
    for (int twice = 0; twice < 2; twice++) {
        cr_expect_eq(blobs_add_file(blobs, path, hash, &size, &info), ERR_OK, "%s", info.text);
        cr_expect_arr_eq(hash, content_hash, HASH_BYTES, "%s", name);
        cr_expect_eq(size, sizeof(content), "%s", name);
    }
    expect_content(blobs, name);
    write_file(path, bytes_of(content, 2 * CHUNK));
    cr_expect_eq(blobs_add_file(blobs, path, hash, &size, &info), ERR_OK, "%s: whole chunks", name);
    cr_expect_eq(size, 2 * CHUNK, "%s", name);
    cr_assert_eq(truncate(path, (off_t)BLOB_BYTES_MAX + 1), 0);
    cr_expect_eq(blobs_add_file(blobs, path, hash, &size, &info), ERR_TOO_BIG, "%s", name);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(blobs_add_file(blobs, path, hash, &size, &info), ERR_INVALID, "%s: pipe", name);
    cr_assert_eq(unlink(path), 0);
}

static const struct {
    const char *name;
    void (*run)(struct blobs *blobs, const char *name);
} cases[] = {
    {"resumed", resumed}, {"wrong bytes", wrong_bytes}, {"nothing", nothing},
    {"added", added},     {"added files", added_files},
};

Test(blobs, cases)
{
    static struct blobs *(*const engines[])(void) = {open_dir, open_mem};
    for (size_t engine = 0; engine < 2; engine++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            char name[64];
            (void)snprintf(name, sizeof(name), "%s, %s", engine == 0 ? "dir" : "mem",
                           cases[i].name);
            struct blobs *blobs = engines[engine]();
            cases[i].run(blobs, name);
            blobs_close(blobs);
            scratch_remove(scratch);
            scratch_make(scratch);
        }
    }
    blobs_close(NULL);
}

/* Path of the content's part or whole file. */
static void content_path(bool whole, char path[NAME_BYTES])
{
    char hex[2 * HASH_BYTES + 1];
    hex_encode(bytes_of(content_hash, HASH_BYTES), hex);
    if (whole)
        (void)snprintf(path, NAME_BYTES, "%s/attachments/blobs/%.2s/%s", scratch, hex, hex + 2);
    else
        (void)snprintf(path, NAME_BYTES, "%s/attachments/partial/%s", scratch, hex);
}

Test(blobs, a_crash_leaves_a_ragged_part)
{
    char path[NAME_BYTES];
    struct blobs *blobs = open_dir();
    cr_assert_eq(send_chunk(blobs, 0), ERR_OK);
    cr_assert_eq(send_chunk(blobs, 1), ERR_OK);
    blobs_close(blobs);
    content_path(false, path);
    cr_assert_eq(truncate(path, CHUNK + 4711), 0);
    blobs = open_dir();
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 1, "only whole chunks count");
    cr_assert_eq(send_chunk(blobs, 1), ERR_OK);
    cr_assert_eq(send_chunk(blobs, 2), ERR_OK);
    cr_assert_eq(truncate(path, 3 * CHUNK + 4711), 0); /* longer than the last chunk */
    cr_assert_eq(send_chunk(blobs, 3), ERR_OK);
    cr_assert_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_OK);
    expect_content(blobs, "dir");
    blobs_close(blobs);

    blobs = open_mem();
    for (uint32_t i = 0; i < 4; i++)
        cr_assert_eq(send_chunk(blobs, i), ERR_OK);
    blobs_mem_crash(blobs);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 3);
    cr_expect_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_GAP);
    cr_assert_eq(send_chunk(blobs, 3), ERR_OK);
    cr_assert_eq(blobs_finish(blobs, content_hash, sizeof(content), NULL), ERR_OK);
    blobs_mem_crash(blobs);
    expect_content(blobs, "mem");
    blobs_close(blobs);
}

Test(blobs, private_files_that_survive)
{
    char path[NAME_BYTES];
    struct stat status;
    uint8_t hash[HASH_BYTES];
    struct blobs *blobs = open_dir();
    cr_assert_eq(blobs_add_bytes(blobs, bytes_of(content, sizeof(content)), hash, NULL), ERR_OK);
    blobs_close(blobs);
    content_path(true, path);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    (void)snprintf(path, sizeof(path), "%s/attachments/blobs", scratch);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0700);
    blobs = open_dir();
    expect_content(blobs, "reopened");
    blobs_close(blobs);
}

static void note_bad(void *context, const uint8_t hash[HASH_BYTES])
{
    memcpy(context, hash, HASH_BYTES);
}

Test(blobs, verify_finds_a_flipped_byte)
{
    char path[NAME_BYTES];
    uint8_t hash[HASH_BYTES];
    uint8_t found[HASH_BYTES] = {0};
    uint64_t checked = 0;
    struct blobs *blobs = open_dir();
    cr_assert_eq(blobs_add_bytes(blobs, bytes_of(content, 100), hash, NULL), ERR_OK);
    cr_assert_eq(blobs_add_bytes(blobs, bytes_of(content, sizeof(content)), hash, NULL), ERR_OK);
    content_path(true, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t flipped = content[2 * CHUNK + 5] ^ 0x10;
    cr_assert_eq(pwrite(fd, &flipped, 1, 2 * CHUNK + 5), 1);
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "%s/attachments/blobs/notes.txt", scratch);
    write_file(path, text("not ours"));
    cr_expect_eq(blobs_verify(blobs, note_bad, found, &checked), ERR_OK);
    cr_expect_eq(checked, 2);
    cr_expect_arr_eq(found, content_hash, HASH_BYTES);
    blobs_close(blobs);
}

Test(blobs, old_parts_are_swept)
{
    char path[NAME_BYTES];
    struct stat status;
    uint32_t removed = 9;
    struct blobs *blobs = open_dir();
    cr_assert_eq(send_chunk(blobs, 0), ERR_OK);
    content_path(false, path);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(blobs_sweep(blobs, status.st_mtime + BLOB_PARTIAL_S_MAX, &removed), ERR_OK);
    cr_expect_eq(removed, 0, "a day is allowed");
    cr_expect_eq(blobs_sweep(blobs, status.st_mtime + BLOB_PARTIAL_S_MAX + 1, &removed), ERR_OK);
    cr_expect_eq(removed, 1);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 0);
    blobs_close(blobs);

    blobs = open_mem();
    cr_assert_eq(send_chunk(blobs, 0), ERR_OK);
    cr_expect_eq(blobs_sweep(blobs, 1000, &removed), ERR_OK);
    cr_assert_eq(send_chunk(blobs, 1), ERR_OK);
    cr_expect_eq(blobs_sweep(blobs, 1000 + 2 * BLOB_PARTIAL_S_MAX, &removed), ERR_OK);
    cr_expect_eq(removed, 0, "a chunk came meanwhile");
    cr_expect_eq(blobs_sweep(blobs, 1001 + 3 * BLOB_PARTIAL_S_MAX, NULL), ERR_OK);
    cr_expect_eq(blobs_partial_chunks(blobs, content_hash), 0);
    blobs_close(blobs);
}
