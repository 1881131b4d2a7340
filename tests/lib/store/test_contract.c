#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/store/store_fixture.h"

/* One contract, every engine. Each case gets a fresh store; the loop is at the end. */

enum { ROOM_BYTES = 16 * 1024 * 1024, TIGHT_BYTES = 1024 * 1024 };

static void put_get_del(struct store *store, const char *name)
{
    struct store_txn *txn = begin(store, STORE_WRITE);
    cr_expect(holds(txn, NS_META, "a", NULL), "%s: absent at first", name);
    put(txn, NS_META, "a", "1");
    put(txn, NS_META, "b", "");
    cr_expect(holds(txn, NS_META, "a", "1"), "%s: a transaction sees its own put", name);
    put(txn, NS_META, "a", "a longer value than before");
    cr_expect(holds(txn, NS_META, "a", "a longer value than before"), "%s: overwritten", name);
    cr_expect(holds(txn, NS_LOG, "a", NULL), "%s: namespaces are apart", name);
    commit(txn);

    txn = begin(store, STORE_WRITE);
    cr_expect(holds(txn, NS_META, "b", ""), "%s: an empty value is a value", name);
    cr_expect_eq(store_del(txn, NS_META, text("a")), ERR_OK, "%s: del", name);
    cr_expect_eq(store_del(txn, NS_META, text("never there")), ERR_OK, "%s: del absent", name);
    cr_expect(holds(txn, NS_META, "a", NULL), "%s: gone for its own transaction", name);
    commit(txn);

    txn = begin(store, STORE_READ);
    cr_expect(holds(txn, NS_META, "a", NULL), "%s: gone for others", name);
    cr_expect_eq(store_commit(txn, NULL), STORE_DURABLE, "%s: ending a reader", name);
}

static void bounds(struct store *store, const char *name)
{
    static uint8_t key[STORE_KEY_BYTES_MAX];
    static uint8_t value[STORE_VALUE_BYTES_MAX];
    memset(key, 0xff, sizeof(key));
    memset(value, 0x5a, sizeof(value));
    struct bytes longest = bytes_of(key, sizeof(key));
    struct bytes zero = bytes_of("\0", 1);
    struct store_txn *txn = begin(store, STORE_WRITE);
    cr_assert_eq(store_put(txn, NS_JOB, longest, bytes_of(value, sizeof(value))), ERR_OK);
    cr_assert_eq(store_put(txn, NS_JOB, zero, zero), ERR_OK);
    commit(txn);

    txn = begin(store, STORE_READ);
    struct bytes got = {0};
    cr_expect_eq(store_get(txn, NS_JOB, longest, &got), ERR_OK, "%s: longest key", name);
    cr_expect(bytes_equal(got, bytes_of(value, sizeof(value))), "%s: largest value", name);
    cr_expect_eq(store_get(txn, NS_JOB, zero, &got), ERR_OK, "%s: a key of one zero", name);
    cr_expect(bytes_equal(got, zero), "%s: a value of one zero", name);
    cr_expect_eq(store_last(txn, NS_JOB, (struct bytes){0}, &got, NULL), ERR_OK);
    cr_expect(bytes_equal(got, longest), "%s: 0xff … is the last key", name);
    cr_expect_eq(store_last(txn, NS_JOB, bytes_of(key, 7), &got, NULL), ERR_OK);
    cr_expect(bytes_equal(got, longest), "%s: last below a prefix of 0xff", name);
    store_abort(txn);
}

static const struct {
    const char *prefix, *from;
    enum store_direction direction;
    const char *expected;
} walks[] = {
    {"", "", STORE_FORWARD, "a=1 b=2 ba=3 bb=4 bb\xff=5 c=6 \xff=7 \xff\xff=8 "},
    {"", "", STORE_BACK, "\xff\xff=8 \xff=7 c=6 bb\xff=5 bb=4 ba=3 b=2 a=1 "},
    {"b", "", STORE_FORWARD, "b=2 ba=3 bb=4 bb\xff=5 "},
    {"b", "", STORE_BACK, "bb\xff=5 bb=4 ba=3 b=2 "},
    {"bb", "", STORE_BACK, "bb\xff=5 bb=4 "},
    {"b", "ba", STORE_FORWARD, "ba=3 bb=4 bb\xff=5 "},
    {"b", "ba", STORE_BACK, "ba=3 b=2 "},
    {"b", "b0", STORE_FORWARD, "ba=3 bb=4 bb\xff=5 "},
    {"b", "b0", STORE_BACK, "b=2 "},
    {"b", "bc", STORE_FORWARD, ""},
    {"b", "bc", STORE_BACK, "bb\xff=5 bb=4 ba=3 b=2 "},
    {"b", "a", STORE_FORWARD, "b=2 ba=3 bb=4 bb\xff=5 "},
    {"b", "a", STORE_BACK, ""},
    {"b", "x", STORE_FORWARD, ""},
    {"b", "x", STORE_BACK, "bb\xff=5 bb=4 ba=3 b=2 "},
    {"bb\xff", "", STORE_FORWARD, "bb\xff=5 "},
    {"bb\xff", "", STORE_BACK, "bb\xff=5 "},
    {"\xff", "", STORE_FORWARD, "\xff=7 \xff\xff=8 "},
    {"\xff", "", STORE_BACK, "\xff\xff=8 \xff=7 "},
    {"\xff\xff\xff", "", STORE_BACK, ""},
    {"", "b", STORE_FORWARD, "b=2 ba=3 bb=4 bb\xff=5 c=6 \xff=7 \xff\xff=8 "},
    {"", "bz", STORE_BACK, "bb\xff=5 bb=4 ba=3 b=2 a=1 "},
    {"", "A", STORE_BACK, ""},
    {"d", "", STORE_FORWARD, ""},
    {"d", "", STORE_BACK, ""},
};

static void expect_walks(struct store_txn *txn, const char *name)
{
    char got[512];
    for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
        walk(txn, NS_INDEX, text(walks[i].prefix), text(walks[i].from), walks[i].direction, got);
        cr_expect_str_eq(got, walks[i].expected, "%s: walk %zu gives %s", name, i, got);
    }
}

static void iteration(struct store *store, const char *name)
{
    struct store_txn *txn = begin(store, STORE_WRITE);
    char got[512];
    walk(txn, NS_INDEX, text(""), text(""), STORE_FORWARD, got);
    cr_expect_str_empty(got, "%s: an empty namespace forward", name);
    walk(txn, NS_INDEX, text(""), text(""), STORE_BACK, got);
    cr_expect_str_empty(got, "%s: an empty namespace back", name);
    static const char *const rows[][2] = {{"c", "6"},  {"\xff\xff", "8"}, {"a", "1"},
                                          {"bb", "4"}, {"b", "2"},        {"bb\xff", "5"},
                                          {"ba", "3"}, {"\xff", "7"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        put(txn, NS_INDEX, rows[i][0], rows[i][1]);
    expect_walks(txn, name);
    commit(txn);
    txn = begin(store, STORE_READ);
    expect_walks(txn, name);
    store_abort(txn);
}

static void last(struct store *store, const char *name)
{
    struct store_txn *txn = begin(store, STORE_WRITE);
    struct bytes key = text("untouched");
    struct bytes value = key;
    cr_expect_eq(store_last(txn, NS_LOG, text(""), &key, &value), ERR_NOT_FOUND, "%s", name);
    put(txn, NS_LOG, "s1", "one");
    put(txn, NS_LOG, "s2", "two");
    put(txn, NS_LOG, "t1", "three");
    cr_expect_eq(store_last(txn, NS_LOG, text("u"), &key, &value), ERR_NOT_FOUND, "%s", name);
    cr_expect_eq(store_last(txn, NS_LOG, text("r"), &key, &value), ERR_NOT_FOUND, "%s", name);
    cr_expect(bytes_equal(key, text("untouched")), "%s: outputs untouched on failure", name);
    cr_expect_eq(store_last(txn, NS_LOG, text("s"), &key, &value), ERR_OK, "%s", name);
    cr_expect(bytes_equal(key, text("s2")) && bytes_equal(value, text("two")), "%s", name);
    cr_expect_eq(store_last(txn, NS_LOG, text("s"), NULL, NULL), ERR_OK, "%s", name);
    store_abort(txn);
}

static void snapshots(struct store *store, const char *name)
{
    char got[512];
    struct store_txn *txn = begin(store, STORE_WRITE);
    put(txn, NS_CELL, "k", "old");
    commit(txn);
    struct store_txn *reader = begin(store, STORE_READ);
    txn = begin(store, STORE_WRITE);
    put(txn, NS_CELL, "k", "new");
    put(txn, NS_CELL, "l", "more");
    cr_expect(holds(reader, NS_CELL, "k", "old"), "%s: not before the commit", name);
    commit(txn);
    cr_expect(holds(reader, NS_CELL, "k", "old"), "%s: nor after it", name);
    txn = begin(store, STORE_WRITE);
    cr_expect_eq(store_del(txn, NS_CELL, text("k")), ERR_OK);
    commit(txn);
    walk(reader, NS_CELL, text(""), text(""), STORE_FORWARD, got);
    cr_expect_str_eq(got, "k=old ", "%s: a walk sees the snapshot too", name);
    store_abort(reader);
    reader = begin(store, STORE_READ);
    walk(reader, NS_CELL, text(""), text(""), STORE_FORWARD, got);
    cr_expect_str_eq(got, "l=more ", "%s: a new reader sees the last commit", name);
    store_abort(reader);
}

static void atomicity(struct store *store, const char *name)
{
    struct store_txn *txn = begin(store, STORE_WRITE);
    for (int ns = 0; ns < NS_COUNT; ns++)
        put(txn, (enum store_ns)ns, "k", "kept");
    commit(txn);
    txn = begin(store, STORE_WRITE);
    for (int ns = 0; ns < NS_COUNT; ns++) {
        put(txn, (enum store_ns)ns, "k", "lost");
        put(txn, (enum store_ns)ns, "extra", "lost");
    }
    store_abort(txn);
    txn = begin(store, STORE_READ);
    for (int ns = 0; ns < NS_COUNT; ns++) {
        cr_expect(holds(txn, (enum store_ns)ns, "k", "kept"), "%s: ns %d back", name, ns);
        cr_expect(holds(txn, (enum store_ns)ns, "extra", NULL), "%s: ns %d clean", name, ns);
    }
    store_abort(txn);
    store_abort(NULL);
}

static void counted(struct store *store, const char *name)
{
    struct store_usage before = {0};
    struct store_usage after = {0};
    cr_assert_eq(store_usage_of(store, &before), ERR_OK);
    struct store_txn *txn = begin(store, STORE_WRITE);
    put(txn, NS_SITE, "1", "x");
    put(txn, NS_SITE, "1", "y");
    put(txn, NS_BLOB, "2", "x");
    commit(txn);
    cr_assert_eq(store_usage_of(store, &after), ERR_OK);
    cr_expect_eq(before.entries, 0, "%s: nothing at first", name);
    cr_expect_eq(after.entries, 2, "%s: two keys", name);
    cr_expect_gt(after.used_bytes, before.used_bytes, "%s: room used", name);
    cr_expect_leq(after.used_bytes, after.reserved_bytes, "%s: within what is reserved", name);
    cr_expect(!after.nearly_full, "%s: far from full", name);
}

static const struct {
    const char *name;
    void (*run)(struct store *store, const char *name);
} cases[] = {
    {"put, get, del", put_get_del},
    {"bounds", bounds},
    {"iteration", iteration},
    {"last", last},
    {"snapshots", snapshots},
    {"atomicity", atomicity},
    {"usage", counted},
};

Test(contract, cases)
{
    for (size_t engine = 0; engine < store_fixture_count; engine++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            char path[64];
            char name[96];
            scratch_make(path);
            (void)snprintf(name, sizeof(name), "%s, %s", store_fixtures[engine].name,
                           cases[i].name);
            struct store *store = store_fixtures[engine].open(path, ROOM_BYTES);
            cases[i].run(store, name);
            store_close(store);
            scratch_remove(path);
        }
    }
}

Test(contract, durable_after_close)
{
    for (size_t i = 0; i < store_fixture_count; i++) {
        const struct store_fixture *engine = &store_fixtures[i];
        if (!engine->survives_close)
            continue;
        char path[64];
        scratch_make(path);
        struct store *store = engine->open(path, ROOM_BYTES);
        struct store_txn *txn = begin(store, STORE_WRITE);
        put(txn, NS_LOG, "k", "v");
        commit(txn);
        txn = begin(store, STORE_WRITE);
        put(txn, NS_LOG, "k", "not committed");
        store_abort(txn);
        store_close(store);
        store = engine->open(path, ROOM_BYTES);
        txn = begin(store, STORE_READ);
        cr_expect(holds(txn, NS_LOG, "k", "v"), "%s: there after reopening", engine->name);
        store_abort(txn);
        store_close(store);
        scratch_remove(path);
    }
}

/* Write rows of 2 KB, 16 a transaction, until the store says it is full; how many were committed.
 */
static uint32_t fill(struct store *store, bool stop_when_nearly, const char *name)
{
    static uint8_t value[2048];
    struct store_usage usage = {0};
    for (uint32_t row = 0; row < 4096;) {
        struct store_txn *txn = begin(store, STORE_WRITE);
        enum err rc = ERR_OK;
        for (uint32_t i = 0; i < 16 && rc == ERR_OK; i++) {
            uint8_t key[4];
            put_u32(key, row + i);
            rc = store_put(txn, NS_LOG, bytes_of(key, 4), bytes_of(value, sizeof(value)));
        }
        if (rc != ERR_OK) {
            cr_expect_eq(rc, ERR_FULL, "%s: full has its own code", name);
            cr_expect_eq(store_put(txn, NS_META, text("k"), text("v")), ERR_FULL, "%s: later",
                         name);
            struct err_info info = {0};
            cr_expect_eq(store_commit(txn, &info), STORE_NOT, "%s: a failed one is not kept", name);
            cr_expect_eq(info.code, ERR_FULL, "%s: and says why", name);
            return row;
        }
        if (store_commit(txn, NULL) == STORE_NOT)
            return row;
        row += 16;
        cr_assert_eq(store_usage_of(store, &usage), ERR_OK);
        if (stop_when_nearly && usage.nearly_full)
            return row;
    }
    cr_assert_fail("%s: never full", name);
    return 0;
}

static void expect_rows(struct store *store, uint32_t rows, const char *name)
{
    struct store_usage usage = {0};
    cr_assert_eq(store_usage_of(store, &usage), ERR_OK);
    cr_expect_eq(usage.entries, rows, "%s: %u rows", name, rows);
    struct store_txn *txn = begin(store, STORE_READ);
    struct bytes value = {0};
    for (uint32_t row = 0; row < rows; row++) {
        uint8_t key[4];
        put_u32(key, row);
        cr_assert_eq(store_get(txn, NS_LOG, bytes_of(key, 4), &value), ERR_OK, "%s", name);
        cr_assert_eq(value.len, 2048, "%s: row %u whole", name, row);
    }
    store_abort(txn);
}

Test(contract, full)
{
    for (size_t i = 0; i < store_fixture_count; i++) {
        const char *name = store_fixtures[i].name;
        char path[64];
        scratch_make(path);
        struct store *store = store_fixtures[i].open(path, TIGHT_BYTES);
        uint32_t rows = fill(store, true, name);
        cr_expect_gt(rows, 100, "%s: nearly full after %u rows", name, rows);
        struct store_usage usage = {0};
        for (uint32_t row = 0; row < rows; row++) { /* what the last tenth is kept free for */
            uint8_t key[4];
            put_u32(key, row);
            struct store_txn *txn = begin(store, STORE_WRITE);
            cr_assert_eq(store_del(txn, NS_LOG, bytes_of(key, 4)), ERR_OK, "%s: del", name);
            commit(txn);
        }
        cr_assert_eq(store_usage_of(store, &usage), ERR_OK);
        cr_expect(!usage.nearly_full && usage.entries == 0, "%s: deleting makes room", name);

        rows = fill(store, false, name);
        expect_rows(store, rows, name);
        store_close(store);
        scratch_remove(path);
    }
}
