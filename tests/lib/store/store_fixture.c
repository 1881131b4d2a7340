#include "tests/lib/store/store_fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static struct store *open_lmdb(const char *path, size_t bytes_max)
{
    char name[128];
    struct store *store = NULL;
    struct err_info info = {0};
    (void)snprintf(name, sizeof(name), "%s/store", path);
    enum err rc = store_open_lmdb(name, bytes_max, &store, &info);
    cr_assert_eq(rc, ERR_OK, "%s", info.text);
    store_set_disk_floor(store, 0);
    return store;
}

static struct store *open_mem(const char *path, size_t bytes_max)
{
    (void)path;
    struct store *store = NULL;
    cr_assert_eq(store_open_mem(&store), ERR_OK);
    store_mem_set_capacity(store, bytes_max);
    return store;
}

const struct store_fixture store_fixtures[] = {
    {.name = "lmdb", .survives_close = true, .open = open_lmdb},
    {.name = "memory", .survives_close = false, .open = open_mem},
};
const size_t store_fixture_count = sizeof(store_fixtures) / sizeof(store_fixtures[0]);

void scratch_make(char path_out[64])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(path_out, 64, "%.40s/cse-store-XXXXXX", base != NULL ? base : "/tmp");
    cr_assert_not_null(mkdtemp(path_out));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void scratch_remove(const char *path)
{
    cr_expect_eq(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

struct bytes text(const char *text)
{
    return bytes_of_text(text);
}

struct store_txn *begin(struct store *store, enum store_mode mode)
{
    struct store_txn *txn = NULL;
    struct err_info info = {0};
    enum err rc = store_begin(store, mode, &txn, &info);
    cr_assert_eq(rc, ERR_OK, "%s", info.text);
    return txn;
}

void put(struct store_txn *txn, enum store_ns ns, const char *key, const char *value)
{
    cr_assert_eq(store_put(txn, ns, text(key), text(value)), ERR_OK);
}

void commit(struct store_txn *txn)
{
    struct err_info info = {0};
    cr_assert_eq(store_commit(txn, &info), STORE_DURABLE, "%s", info.text);
}

bool holds(struct store_txn *txn, enum store_ns ns, const char *key, const char *value)
{
    struct bytes got = {0};
    enum err rc = store_get(txn, ns, text(key), &got);
    if (value == NULL)
        return rc == ERR_NOT_FOUND;
    return rc == ERR_OK && bytes_equal(got, text(value));
}

void walk(struct store_txn *txn, enum store_ns ns, struct bytes prefix, struct bytes from,
          enum store_direction direction, char out[512])
{
    struct store_iter *iter = NULL;
    struct bytes key;
    struct bytes value;
    enum err rc = ERR_INTERNAL;
    size_t len = 0;
    out[0] = '\0';
    cr_assert_eq(store_iter_open(txn, ns, prefix, from, direction, &iter), ERR_OK);
    while (store_iter_next(iter, &key, &value, &rc)) {
        int wrote = snprintf(out + len, 512 - len, "%.*s=%.*s ", (int)key.len,
                             (const char *)key.data, (int)value.len, (const char *)value.data);
        len += (size_t)wrote;
        cr_assert_lt(len, 512);
    }
    cr_assert_eq(rc, ERR_OK);
    cr_assert(!store_iter_next(iter, &key, &value, &rc), "an ended walk stays ended");
    store_iter_close(iter);
}
