#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store/store_lmdb.h"
#include "tests/lib/store/store_fixture.h"

/* What only LMDB has: files, locks, half-made things, and being killed. */

enum { MAP_BYTES = 8 * 1024 * 1024, NAME_BYTES = 160 };

static char scratch[64];

static const char *in_scratch(const char *name)
{
    static char paths[4][NAME_BYTES];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, NAME_BYTES, "%s/%s", scratch, name);
    return path;
}

static void setup(void)
{
    scratch_make(scratch);
}

static void teardown(void)
{
    scratch_remove(scratch);
}

TestSuite(store_lmdb, .init = setup, .fini = teardown);

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(content, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static struct store *open_it(const char *path)
{
    struct store *store = NULL;
    struct err_info info = {0};
    cr_assert_eq(store_open_lmdb(path, MAP_BYTES, &store, &info), ERR_OK, "%s", info.text);
    return store;
}

static enum err refusal(const char *path, const char *word)
{
    struct store *store = NULL;
    struct err_info info = {0};
    enum err rc = store_open_lmdb(path, MAP_BYTES, &store, &info);
    cr_expect_null(store, "outputs untouched");
    cr_expect_not_null(strstr(info.text, word), "'%s' in: %s", word, info.text);
    return rc;
}

Test(store_lmdb, made_private_and_whole)
{
    struct stat status;
    struct store *store = open_it(in_scratch("store///"));
    cr_assert_eq(stat(in_scratch("store"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0700);
    cr_assert_eq(stat(in_scratch("store/data.mdb"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect(!exists(in_scratch("store.new")), "the temporary name is gone");
    store_close(store);
    store_close(NULL);
}

Test(store_lmdb, an_interrupted_creation_is_made_anew)
{
    cr_assert_eq(mkdir(in_scratch("store.new"), 0700), 0);
    write_file(in_scratch("store.new/data.mdb"), "half a page");
    write_file(in_scratch("store.new/lock.mdb"), "rubbish");
    struct store *store = open_it(in_scratch("store"));
    struct store_txn *txn = begin(store, STORE_WRITE);
    put(txn, NS_META, "k", "v");
    commit(txn);
    store_close(store);

    cr_assert_eq(mkdir(in_scratch("store.new"), 0700), 0);
    write_file(in_scratch("store.new/data.mdb"), "left over");
    store = open_it(in_scratch("store"));
    cr_expect(!exists(in_scratch("store.new")), "removed beside a whole store");
    txn = begin(store, STORE_READ);
    cr_expect(holds(txn, NS_META, "k", "v"));
    store_abort(txn);
    store_close(store);
}

Test(store_lmdb, one_owner)
{
    struct store *store = open_it(in_scratch("store"));
    char process[32];
    (void)snprintf(process, sizeof(process), "in use by process %ld", (long)getpid());
    cr_expect_eq(refusal(in_scratch("store"), process), ERR_IO, "a second open here");
    pid_t child = fork();
    if (child == 0) {
        struct store *second = NULL;
        _exit(store_open_lmdb(in_scratch("store"), MAP_BYTES, &second, NULL) == ERR_IO ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0, "a second process");
    store_close(store);
    store_close(open_it(in_scratch("store")));
}

Test(store_lmdb, what_is_no_store_is_refused)
{
    cr_assert_eq(mkdir(in_scratch("empty"), 0700), 0);
    store_close(open_it(in_scratch("empty"))); /* an empty directory is filled */

    cr_assert_eq(mkdir(in_scratch("other"), 0700), 0);
    write_file(in_scratch("other/letter.txt"), "dear all");
    cr_expect_eq(refusal(in_scratch("other"), "not empty"), ERR_EXISTS);
    cr_expect(exists(in_scratch("other/letter.txt")));

    cr_assert_eq(mkdir(in_scratch("hollow"), 0700), 0);
    write_file(in_scratch("hollow/data.mdb"), "");
    cr_expect_eq(refusal(in_scratch("hollow"), "no store"), ERR_CORRUPT);
    write_file(in_scratch("hollow/data.mdb"), "not LMDB at all");
    cr_expect_eq(refusal(in_scratch("hollow"), "open store"), ERR_CORRUPT);

    cr_expect_eq(refusal(in_scratch("no/parent"), "No such file"), ERR_NOT_FOUND);
    cr_expect_eq(refusal("", "empty"), ERR_INVALID);
    write_file(in_scratch("file"), "x");
    cr_expect_neq(refusal(in_scratch("file"), "open store"), ERR_OK);
}

Test(store_lmdb, network_file_systems_are_refused)
{
    cr_expect_str_eq(lmdb_refused_file_system(0x6969), "NFS");
    cr_expect_str_eq(lmdb_refused_file_system(0xfe534d42), "SMB");
    cr_expect_str_eq(lmdb_refused_file_system(0xff534d42), "CIFS");
    cr_expect_str_eq(lmdb_refused_file_system(0x65735546), "FUSE");
    cr_expect_null(lmdb_refused_file_system(0xef53), "ext4");
    cr_expect_null(lmdb_refused_file_system(0x01021994), "tmpfs");
}

Test(store_lmdb, a_shortened_file_is_reported_not_fatal)
{
    static uint8_t value[1500];
    struct store *store = open_it(in_scratch("store"));
    struct store_txn *txn = begin(store, STORE_WRITE);
    for (uint32_t i = 0; i < 500; i++) {
        uint8_t key[4];
        put_u32(key, i);
        cr_assert_eq(store_put(txn, NS_LOG, bytes_of(key, 4), bytes_of(value, 1500)), ERR_OK);
    }
    commit(txn);
    store_close(store);
    cr_assert_eq(truncate(in_scratch("store/data.mdb"), 64L * 4096), 0);

    enum err rc = store_open_lmdb(in_scratch("store"), MAP_BYTES, &store, NULL);
    if (rc == ERR_OK) {
        txn = begin(store, STORE_READ);
        struct bytes got = {0};
        uint32_t failures = 0;
        for (uint32_t i = 0; i < 500; i++) {
            uint8_t key[4];
            put_u32(key, i);
            failures += store_get(txn, NS_LOG, bytes_of(key, 4), &got) != ERR_OK;
        }
        cr_expect_gt(failures, 0, "missing pages are noticed");
        store_abort(txn);
        store_close(store);
    } else {
        cr_expect_eq(rc, ERR_CORRUPT);
    }
}

Test(store_lmdb, backup_is_a_store)
{
    struct err_info info = {0};
    struct store *store = open_it(in_scratch("store"));
    struct store_txn *txn = begin(store, STORE_WRITE);
    put(txn, NS_RECORD, "k", "committed");
    commit(txn);
    txn = begin(store, STORE_WRITE);
    put(txn, NS_RECORD, "k", "not yet");
    cr_expect_eq(store_backup(store, in_scratch("copy"), &info), ERR_OK, "%s", info.text);
    store_abort(txn);
    cr_expect_eq(store_backup(store, in_scratch("copy"), &info), ERR_EXISTS, "never over another");
    cr_expect(!exists(in_scratch("copy.new")), "nothing left behind");
    cr_expect_neq(store_backup(store, in_scratch("no/parent"), &info), ERR_OK);
    struct store *copy = open_it(in_scratch("copy"));
    txn = begin(copy, STORE_READ);
    cr_expect(holds(txn, NS_RECORD, "k", "committed"));
    store_abort(txn);
    store_close(copy);
    store_close(store);
}

Test(store_lmdb, disk_floor)
{
    struct store_usage usage = {0};
    struct store *store = open_it(in_scratch("store"));
    store_set_disk_floor(store, UINT64_MAX - 1);
    cr_assert_eq(store_usage_of(store, &usage), ERR_OK);
    cr_expect(usage.nearly_full, "no disk has that much room");
    store_set_disk_floor(store, 0);
    cr_assert_eq(store_usage_of(store, &usage), ERR_OK);
    cr_expect(!usage.nearly_full);
    cr_expect_eq(usage.reserved_bytes, MAP_BYTES);
    store_close(store);
}

Test(store_lmdb, the_oldest_reader_is_seen)
{
    struct store *store = open_it(in_scratch("store"));
    struct store_readers readers = {.count = 9};
    cr_assert_eq(store_readers_of(store, &readers), ERR_OK);
    cr_expect_eq(readers.count, 0);
    cr_expect_eq(readers.lag, 0);
    struct store_txn *old = begin(store, STORE_READ);
    for (int i = 0; i < 3; i++) {
        struct store_txn *txn = begin(store, STORE_WRITE);
        char value[2] = {(char)('a' + i), '\0'};
        cr_assert_eq(store_put(txn, NS_META, bytes_of_text("k"), bytes_of_text(value)), ERR_OK);
        cr_assert_eq(store_commit(txn, NULL), STORE_DURABLE);
    }
    struct store_txn *fresh = begin(store, STORE_READ);
    cr_assert_eq(store_readers_of(store, &readers), ERR_OK);
    cr_expect_eq(readers.count, 2);
    cr_expect_eq(readers.lag, 3);
    store_abort(old);
    cr_assert_eq(store_readers_of(store, &readers), ERR_OK);
    cr_expect_eq(readers.count, 1);
    cr_expect_eq(readers.lag, 0);
    store_abort(fresh);
    store_close(store);
}

Test(store_lmdb, readers_are_bounded)
{
    static struct store_txn *readers[STORE_READERS_MAX];
    struct store_txn *one_more = NULL;
    struct store *store = open_it(in_scratch("store"));
    for (size_t i = 0; i < STORE_READERS_MAX; i++)
        readers[i] = begin(store, STORE_READ);
    cr_expect_eq(store_begin(store, STORE_READ, &one_more, NULL), ERR_LIMIT);
    for (size_t i = 0; i < STORE_READERS_MAX; i++)
        store_abort(readers[i]);
    store_abort(begin(store, STORE_READ));
    store_close(store);
}

/* Write pairs in two namespaces for ever, telling the number of each durable commit through
 * `pipe_fd`. */
static void write_until_killed(uint32_t number, int pipe_fd)
{
    static uint8_t value[700];
    struct store *store = NULL;
    if (store_open_lmdb(in_scratch("store"), MAP_BYTES, &store, NULL) != ERR_OK)
        _exit(1);
    for (;; number++) {
        uint8_t key[4];
        struct store_txn *txn = NULL;
        put_u32(key, number % 1000);
        put_u32(value, number);
        if (store_begin(store, STORE_WRITE, &txn, NULL) != ERR_OK ||
            store_put(txn, NS_LOG, bytes_of(key, 4), bytes_of(value, sizeof(value))) != ERR_OK ||
            store_put(txn, NS_META, text("last"), bytes_of(value, 4)) != ERR_OK ||
            store_commit(txn, NULL) != STORE_DURABLE)
            _exit(2);
        if (write(pipe_fd, &number, sizeof(number)) != sizeof(number))
            _exit(3);
    }
}

/* Fork a writer, kill it after `wait_us`; the last number it was told is durable. */
static uint32_t kill_a_writer(uint32_t number, useconds_t wait_us)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        write_until_killed(number + 1, ends[1]);
    (void)close(ends[1]);
    uint32_t told = number;
    uint32_t got;
    cr_assert_eq(read(ends[0], &told, sizeof(told)), (ssize_t)sizeof(told), "writer never began");
    (void)usleep(wait_us);
    cr_assert_eq(kill(child, SIGKILL), 0);
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status), "the writer failed by itself: %d", status);
    while (read(ends[0], &got, sizeof(got)) == (ssize_t)sizeof(got))
        told = got;
    (void)close(ends[0]);
    return told;
}

Test(store_lmdb, killed_while_writing)
{
    uint32_t number = 0;
    store_close(open_it(in_scratch("store")));
    for (useconds_t round = 0; round < 100; round++) {
        uint32_t told = kill_a_writer(number, round * 37 % 3000);
        struct store *store = open_it(in_scratch("store"));
        struct store_txn *txn = begin(store, STORE_READ);
        struct bytes value = {0};
        cr_assert_eq(store_get(txn, NS_META, text("last"), &value), ERR_OK);
        number = get_u32(value.data);
        cr_assert_geq(number, told, "round %u lost a durable commit", (unsigned)round);
        cr_assert_leq(number, told + 1, "at most the commit in flight besides");
        uint8_t key[4];
        put_u32(key, number % 1000);
        cr_assert_eq(store_get(txn, NS_LOG, bytes_of(key, 4), &value), ERR_OK);
        cr_assert_eq(get_u32(value.data), number, "both namespaces or neither");
        store_abort(txn);
        store_close(store);
    }
}
