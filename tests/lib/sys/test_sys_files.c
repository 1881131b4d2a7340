#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/sys/files.h"
#include "lib/sys/keys.h"
#include "lib/sys/random.h"

static char folder[64];

static void make_folder(void)
{
    memcpy(folder, "/tmp/cse-files-XXXXXX", sizeof("/tmp/cse-files-XXXXXX"));
    cr_assert(sys_init(NULL) == ERR_OK);
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    static const char *const names[] = {"a",    "b", "keys/transport.key", "keys/sign.key",
                                        "keys", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[PATH_BYTES_MAX];
        cr_assert_eq(path_join(folder, names[i], path, NULL), ERR_OK);
        (void)remove(path);
    }
}

TestSuite(files, .init = make_folder, .fini = remove_folder);
TestSuite(keys, .init = make_folder, .fini = remove_folder);

static const char *in_folder(const char *name)
{
    static char path[PATH_BYTES_MAX];
    cr_assert_eq(path_join(folder, name, path, NULL), ERR_OK);
    return path;
}

static void expect_content(const char *path, const char *content)
{
    uint8_t *data = NULL;
    size_t len = 0;
    cr_assert_eq(file_read(path, 100, &data, &len, NULL), ERR_OK);
    cr_expect_eq(len, strlen(content));
    cr_expect_str_eq((const char *)data, content);
    free(data);
}

static size_t count_entries(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    cr_assert_not_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

Test(files, a_write_replaces_and_leaves_nothing_else)
{
    struct stat status;
    const char *path = in_folder("a");
    cr_assert_eq(file_write_atomic(path, bytes_of_text("one"), 0640, NULL), ERR_OK);
    cr_assert_eq(file_write_atomic(path, bytes_of_text("two, longer"), 0600, NULL), ERR_OK);
    expect_content(path, "two, longer");
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_eq(count_entries(folder), 1);
}

Test(files, create_never_replaces)
{
    struct err_info info = {0};
    const char *path = in_folder("a");
    cr_assert_eq(file_create(path, bytes_of_text("one"), 0600, NULL), ERR_OK);
    cr_expect_eq(file_create(path, bytes_of_text("two"), 0600, &info), ERR_EXISTS);
    expect_content(path, "one");
    cr_expect_eq(count_entries(folder), 1);
}

Test(files, read_errors)
{
    uint8_t *data = NULL;
    size_t len = 7;
    struct err_info info = {0};
    cr_expect_eq(file_read(in_folder("absent"), 10, &data, &len, &info), ERR_NOT_FOUND);
    cr_expect_not_null(strstr(info.text, "absent"));
    cr_expect_eq(file_read(folder, 10, &data, &len, &info), ERR_IO);
    cr_assert_eq(file_write_atomic(in_folder("a"), bytes_of_text("12345678901"), 0600, NULL),
                 ERR_OK);
    cr_expect_eq(file_read(in_folder("a"), 10, &data, &len, &info), ERR_TOO_BIG);
    cr_expect_eq(file_read("/dev/zero", 10, &data, &len, &info), ERR_TOO_BIG);
    cr_expect_null(data);
    cr_expect_eq(len, 7, "untouched after a failure");
    cr_expect_eq(file_write_atomic(in_folder("no/such"), bytes_of_text("x"), 0600, &info),
                 ERR_NOT_FOUND);
}

Test(files, directories)
{
    struct stat status;
    struct err_info info = {0};
    const char *path = in_folder("b");
    cr_assert_eq(dir_make(path, NULL), ERR_OK);
    cr_expect_eq(dir_make(path, NULL), ERR_OK, "there already is fine");
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0700);
    cr_expect(dir_is_empty(path));
    cr_expect_not(dir_is_empty(folder));
    cr_assert_eq(file_create(in_folder("a"), bytes_of_text(""), 0600, NULL), ERR_OK);
    cr_expect_eq(dir_make(in_folder("a"), &info), ERR_EXISTS);
    cr_expect_eq(dir_make(in_folder("no/such"), &info), ERR_NOT_FOUND);
}

Test(files, path_join_bounds)
{
    char out[PATH_BYTES_MAX];
    char longest[PATH_BYTES_MAX];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    cr_expect_eq(path_join("a/", "b", out, NULL), ERR_OK);
    cr_expect_str_eq(out, "a/b");
    cr_expect_eq(path_join("a", longest, out, NULL), ERR_TOO_BIG);
    cr_expect_str_eq(out, "a/b");
}

/* ---- keys ---- */

Test(keys, created_keys_load_again)
{
    struct keys made;
    struct keys loaded;
    struct stat status;
    struct err_info info = {0};
    cr_assert_eq(keys_create(folder, &made, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(keys_load(folder, &loaded, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(memcmp(&made, &loaded, sizeof(made)), 0);
    cr_expect_neq(memcmp(made.transport_public, made.transport_secret, 32), 0);
    cr_assert_eq(stat(in_folder("keys/sign.key"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_eq(keys_create(folder, &made, &info), ERR_EXISTS);
}

Test(keys, files_that_are_not_private_or_whole_are_refused)
{
    struct keys got;
    struct err_info info = {0};
    cr_expect_eq(keys_load(folder, &got, &info), ERR_NOT_FOUND);
    cr_assert_eq(keys_create(folder, &got, &info), ERR_OK);
    for (mode_t mode = 0640; mode >= 0604; mode = mode == 0640 ? 0620 : mode == 0620 ? 0604 : 0) {
        cr_assert_eq(chmod(in_folder("keys/sign.key"), mode), 0);
        cr_expect_eq(keys_load(folder, &got, &info), ERR_DENIED, "mode %o", mode);
        cr_expect_not_null(strstr(info.text, "chmod 600"), "%s", info.text);
    }
    cr_assert_eq(chmod(in_folder("keys/sign.key"), 0600), 0);
    cr_expect_eq(keys_load(folder, &got, &info), ERR_OK);
    cr_assert_eq(file_write_atomic(in_folder("keys/sign.key"), bytes_of_text("short"), 0600, NULL),
                 ERR_OK);
    cr_expect_eq(keys_load(folder, &got, &info), ERR_CORRUPT);
    cr_assert_eq(unlink(in_folder("keys/sign.key")), 0);
    cr_assert_eq(symlink("transport.key", in_folder("keys/sign.key")), 0);
    cr_expect_eq(keys_load(folder, &got, &info), ERR_DENIED, "a link is no regular file");
}

Test(z85, vectors)
{
    /* The client's public key in ZeroMQ's own CURVE tests. */
    static const uint8_t key[32] = {0xBB, 0x88, 0x47, 0x1D, 0x65, 0xE2, 0x65, 0x9B,
                                    0x30, 0xC5, 0x5A, 0x53, 0x21, 0xCE, 0xBB, 0x5A,
                                    0xAB, 0x2B, 0x70, 0xA3, 0x98, 0x64, 0x5C, 0x26,
                                    0xDC, 0xA2, 0xB2, 0xFC, 0xB4, 0x3F, 0xC5, 0x18};
    static const char text[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    char encoded[KEYS_Z85_BYTES];
    uint8_t decoded[32] = {0};
    z85_encode_key(key, encoded);
    cr_expect_str_eq(encoded, text);
    cr_expect(z85_decode_key(text, decoded));
    cr_expect_eq(memcmp(decoded, key, 32), 0);
}

Test(z85, refusals)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"short", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI"},
        {"long", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hIDD"},
        {"not in the alphabet", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI "},
        {"a group over 2^32-1", "#####w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"},
        {"empty", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t decoded[32] = {7};
        cr_expect_not(z85_decode_key(rows[i].text, decoded), "%s", rows[i].name);
        cr_expect_eq(decoded[0], 7, "%s: untouched", rows[i].name);
    }
}

Test(token, round_trip_and_refusals)
{
    uint8_t input[70];
    uint8_t output[70];
    char text[TOKEN_TEXT_BYTES(sizeof(input))];
    size_t len = 0;
    for (size_t size = 0; size <= sizeof(input); size++) {
        random_bytes(input, size);
        token_encode(bytes_of(input, size), text);
        cr_expect_eq(
            strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            strlen(text));
        cr_assert_eq(token_decode(text, output, sizeof(output), &len), ERR_OK, "%zu bytes", size);
        cr_expect(bytes_equal(bytes_of(input, size), bytes_of(output, len)), "%zu bytes", size);
    }
    cr_expect_eq(token_decode("AAAA", output, 2, &len), ERR_TOO_BIG);
    cr_expect_eq(token_decode("AA=", output, 9, &len), ERR_CORRUPT);
    cr_expect_eq(token_decode("A", output, 9, &len), ERR_CORRUPT);
    cr_expect_eq(token_decode("AA+/", output, 9, &len), ERR_CORRUPT);
    cr_expect_eq(token_decode("AB", output, 9, &len), ERR_CORRUPT, "stray bits");
    cr_expect_eq(token_decode("AA\xe2\xe2", output, 9, &len), ERR_CORRUPT, "beyond ASCII");
}
