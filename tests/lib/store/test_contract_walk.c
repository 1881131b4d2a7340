#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/lib/store/store_fixture.h"

/* A random walk against the simplest model there is: a sorted array with a copy of its last commit.
 */

enum { STEPS = 40000, MODEL_ROWS_MAX = 1024, KEYS = 800 };

struct row {
    uint8_t key[8];
    size_t key_len;
    uint32_t value; /* seed and length of the value's bytes */
};

struct model {
    struct row rows[MODEL_ROWS_MAX];
    size_t count;
};

struct run {
    const struct store_fixture *engine;
    char path[64];
    struct store *store;
    struct store_txn *txn; /* always an open write transaction between steps */
    struct model now, committed;
    uint64_t random;
};

static uint32_t draw(struct run *run, uint32_t below)
{
    run->random = run->random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(run->random >> 33) % below;
}

/* Keys of 1..8 bytes, mostly over four values, so that many are prefixes of others; 0x00 and 0xff
 * among them. */
static struct row draw_key(struct run *run)
{
    static const uint8_t alphabet[] = {0x00, 0x61, 0xfe, 0xff};
    struct row row = {.key_len = 1 + draw(run, 8)};
    for (size_t i = 0; i < row.key_len; i++)
        row.key[i] = draw(run, 3) == 0 ? (uint8_t)draw(run, 256) : alphabet[draw(run, 4)];
    return row;
}

static struct bytes value_of(uint32_t value, uint8_t buffer[8192])
{
    size_t len = value % 13 == 0 ? value % 8192 : value % 40; /* some on overflow pages */
    for (size_t i = 0; i < len; i++)
        buffer[i] = (uint8_t)(value + i);
    return bytes_of(buffer, len);
}

/* Where `key` is or belongs. */
static size_t lower_bound(const struct model *model, struct bytes key)
{
    size_t at = 0;
    while (at < model->count &&
           bytes_compare(bytes_of(model->rows[at].key, model->rows[at].key_len), key) < 0)
        at++;
    return at;
}

static bool at_key(const struct model *model, size_t at, struct bytes key)
{
    return at < model->count &&
           bytes_equal(bytes_of(model->rows[at].key, model->rows[at].key_len), key);
}

static void step_put(struct run *run)
{
    uint8_t buffer[8192];
    struct row row = draw_key(run);
    if (run->now.count > KEYS && draw(run, 4) != 0) /* mostly overwrite once there are enough */
        row = run->now.rows[draw(run, (uint32_t)run->now.count)];
    row.value = draw(run, 1u << 30);
    struct bytes key = bytes_of(row.key, row.key_len);
    size_t at = lower_bound(&run->now, key);
    if (!at_key(&run->now, at, key)) {
        if (run->now.count == MODEL_ROWS_MAX)
            return;
        memmove(&run->now.rows[at + 1], &run->now.rows[at],
                (run->now.count - at) * sizeof(run->now.rows[0]));
        run->now.count++;
    }
    run->now.rows[at] = row;
    cr_assert_eq(store_put(run->txn, NS_RECORD, key, value_of(row.value, buffer)), ERR_OK);
}

static void step_del(struct run *run)
{
    struct row row = draw_key(run);
    if (run->now.count > 0 && draw(run, 3) != 0)
        row = run->now.rows[draw(run, (uint32_t)run->now.count)];
    struct bytes key = bytes_of(row.key, row.key_len);
    size_t at = lower_bound(&run->now, key);
    if (at_key(&run->now, at, key)) {
        run->now.count--;
        memmove(&run->now.rows[at], &run->now.rows[at + 1],
                (run->now.count - at) * sizeof(run->now.rows[0]));
    }
    cr_assert_eq(store_del(run->txn, NS_RECORD, key), ERR_OK);
}

static void step_get(struct run *run)
{
    uint8_t buffer[8192];
    struct row row = draw_key(run);
    struct bytes key = bytes_of(row.key, row.key_len);
    size_t at = lower_bound(&run->now, key);
    struct bytes got = {0};
    enum err rc = store_get(run->txn, NS_RECORD, key, &got);
    cr_assert_eq(rc, at_key(&run->now, at, key) ? ERR_OK : ERR_NOT_FOUND);
    if (rc == ERR_OK)
        cr_assert(bytes_equal(got, value_of(run->now.rows[at].value, buffer)));
}

/* The rows a walk must give, by looking at every row: in prefix, on the right side of `from`. */
static bool belongs(const struct row *row, struct bytes prefix, struct bytes from, bool forward)
{
    struct bytes key = bytes_of(row->key, row->key_len);
    if (key.len < prefix.len || !bytes_equal(bytes_of(key.data, prefix.len), prefix))
        return false;
    if (from.len == 0)
        return true;
    int order = bytes_compare(key, from);
    return forward ? order >= 0 : order <= 0;
}

static void step_walk(struct run *run)
{
    uint8_t buffer[8192];
    struct row some = draw_key(run);
    struct row other = draw_key(run);
    struct bytes prefix = bytes_of(some.key, draw(run, 3) % (uint32_t)(some.key_len + 1));
    struct bytes from = bytes_of(other.key, draw(run, 2) * other.key_len);
    bool forward = draw(run, 2) == 0;
    struct store_iter *iter = NULL;
    enum err rc = ERR_OK;
    struct bytes key = {0};
    struct bytes value = {0};
    cr_assert_eq(store_iter_open(run->txn, NS_RECORD, prefix, from,
                                 forward ? STORE_FORWARD : STORE_BACK, &iter),
                 ERR_OK);
    for (size_t i = 0; i < run->now.count; i++) {
        const struct row *row = &run->now.rows[forward ? i : run->now.count - 1 - i];
        if (!belongs(row, prefix, from, forward))
            continue;
        cr_assert(store_iter_next(iter, &key, &value, &rc), "%s: too short", run->engine->name);
        cr_assert(bytes_equal(key, bytes_of(row->key, row->key_len)), "%s: key", run->engine->name);
        cr_assert(bytes_equal(value, value_of(row->value, buffer)), "%s", run->engine->name);
    }
    cr_assert(!store_iter_next(iter, &key, &value, &rc), "%s: too long", run->engine->name);
    cr_assert_eq(rc, ERR_OK);
    store_iter_close(iter);
}

/* Leave the transaction one way or another and begin the next. */
static void step_end(struct run *run)
{
    uint32_t way = draw(run, 10);
    if (way < 7) {
        commit(run->txn);
        run->committed = run->now;
    } else {
        store_abort(run->txn);
        run->now = run->committed;
    }
    if (way == 9 && run->engine->survives_close) {
        store_close(run->store);
        run->store = run->engine->open(run->path, 64u << 20);
    }
    run->txn = begin(run->store, STORE_WRITE);
}

static void walk_randomly(struct run *run)
{
    for (int step = 0; step < STEPS; step++) {
        uint32_t what = draw(run, 1000);
        if (what < 500)
            step_put(run);
        else if (what < 750)
            step_del(run);
        else if (what < 960)
            step_get(run);
        else if (what < 990)
            step_walk(run);
        else
            step_end(run);
    }
}

Test(contract_walk, engines_agree_with_a_sorted_array)
{
    static struct run run;
    for (size_t i = 0; i < store_fixture_count; i++) {
        memset(&run, 0, sizeof(run));
        run.engine = &store_fixtures[i];
        run.random = 20240611;
        scratch_make(run.path);
        run.store = run.engine->open(run.path, 64u << 20);
        run.txn = begin(run.store, STORE_WRITE);
        walk_randomly(&run);
        store_abort(run.txn);
        store_close(run.store);
        scratch_remove(run.path);
    }
}

/* Memory: old snapshots and copies stay what they were while the store moves on and crashes. */
Test(contract_walk, memory_snapshots_never_move)
{
    static struct run run;
    static struct model frozen[8];
    static struct store *copies[8];
    memset(&run, 0, sizeof(run));
    run.engine = &store_fixtures[1];
    run.random = 7;
    cr_assert_eq(store_open_mem(&run.store), ERR_OK);
    run.txn = begin(run.store, STORE_WRITE);
    for (int round = 0; round < 8; round++) {
        for (int step = 0; step < 400; step++) {
            step_put(&run);
            step_del(&run);
        }
        if (draw(&run, 3) == 0) {
            store_mem_crash(run.store);
            run.now = run.committed;
        } else {
            commit(run.txn);
            run.committed = run.now;
        }
        frozen[round] = run.committed;
        cr_assert_eq(store_mem_copy(run.store, &copies[round]), ERR_OK);
        run.txn = begin(run.store, STORE_WRITE);
    }
    store_abort(run.txn);
    store_close(run.store);
    for (int round = 0; round < 8; round++) {
        run.store = copies[round];
        run.now = frozen[round];
        run.txn = begin(run.store, STORE_WRITE);
        for (int i = 0; i < 50; i++) {
            step_walk(&run);
            step_get(&run);
        }
        store_abort(run.txn);
        store_close(run.store);
    }
}
