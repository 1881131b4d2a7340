#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store/store.h"

enum { MAP_BYTES = 16 * 1024 * 1024 };

/* In a process of its own, as LMDB asks: look at the store and leave. 0: all as it should be. */
static int look(const char *path)
{
    struct store *store;
    struct store_txn *txn;
    struct bytes value;
    struct err_info info = {0};
    if (store_open_lmdb_read(path, &store, &info) != ERR_OK) {
        (void)fprintf(stderr, "%s\n", info.text);
        return 1;
    }
    if (store_begin(store, STORE_READ, &txn, NULL) != ERR_OK)
        return 2;
    if (store_get(txn, NS_META, bytes_of_text("key"), &value) != ERR_OK ||
        !bytes_equal(value, bytes_of_text("value")))
        return 3;
    store_abort(txn);
    if (store_begin(store, STORE_WRITE, &txn, NULL) == ERR_OK)
        return 4;
    store_close(store);
    return 0;
}

static int look_apart(const char *path)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(look(path));
    cr_assert(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(store_read, beside_its_owner)
{
    char dir[] = "/tmp/cse-test-XXXXXX", path[64], command[96];
    struct store *store;
    struct store_txn *txn;
    struct err_info info = {0};
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/store", dir);
    cr_expect(store_open_lmdb_read(path, &store, &info) == ERR_NOT_FOUND, "%s", info.text);
    cr_assert(store_open_lmdb(path, MAP_BYTES, &store, &info) == ERR_OK, "%s", info.text);
    cr_assert(store_begin(store, STORE_WRITE, &txn, NULL) == ERR_OK);
    cr_assert(store_put(txn, NS_META, bytes_of_text("key"), bytes_of_text("value")) == ERR_OK);
    cr_assert(store_commit(txn, NULL) == STORE_DURABLE);
    cr_expect(look_apart(path) == 0, "while the owner has it open");
    store_close(store);
    cr_expect(look_apart(path) == 0, "after the owner has left");
    for (size_t i = 0; i < 3; i++) {
        static const char *const files[] = {"data.mdb", "lock.mdb", "lock.own"};
        (void)snprintf(command, sizeof(command), "%s/%s", path, files[i]);
        (void)unlink(command);
    }
    (void)rmdir(path);
    (void)rmdir(dir);
}
