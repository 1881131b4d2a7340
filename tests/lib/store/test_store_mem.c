#include <criterion/criterion.h>

#include "tests/lib/store/store_fixture.h"

/* What only the memory engine has: commits that fail as told, crashes, clones. */

Test(store_mem, commit_outcomes)
{
    for (int keep = 0; keep <= 1; keep++) {
        struct store *store = NULL;
        struct store_txn *txn = NULL;
        struct err_info info = {0};
        cr_assert_eq(store_open_mem(&store), ERR_OK);
        store_mem_fail_commits(store, 1, STORE_NOT, false);
        txn = begin(store, STORE_WRITE);
        put(txn, NS_META, "k", "refused");
        cr_expect_null(store_trouble(store));
        cr_expect_eq(store_commit(txn, &info), STORE_NOT);
        cr_assert_not_null(store_trouble(store), "a commit that failed is remembered");
        cr_expect_eq(store_trouble(store)->code, ERR_FULL);
        txn = begin(store, STORE_READ);
        cr_expect(holds(txn, NS_META, "k", NULL), "after STORE_NOT nothing happened");
        store_abort(txn);
        cr_expect_not_null(store_trouble(store), "reading does not end it");
        txn = begin(store, STORE_WRITE);
        put(txn, NS_META, "other", "saved");
        cr_expect_eq(store_commit(txn, &info), STORE_DURABLE);
        cr_expect_null(store_trouble(store), "… a durable commit does");

        store_mem_fail_commits(store, 1, STORE_UNKNOWN, keep == 1);
        txn = begin(store, STORE_WRITE);
        put(txn, NS_META, "k", "perhaps");
        cr_expect_eq(store_commit(txn, &info), STORE_UNKNOWN);
        cr_expect_eq(info.code, ERR_UNKNOWN_OUTCOME);
        cr_expect_eq(store_begin(store, STORE_READ, &txn, &info), ERR_IO, "no reader any more");
        cr_expect_eq(store_begin(store, STORE_WRITE, &txn, &info), ERR_IO, "no writer any more");
        store_mem_crash(store);
        txn = begin(store, STORE_WRITE);
        cr_expect(holds(txn, NS_META, "k", keep == 1 ? "perhaps" : NULL), "kept or lost as told");
        put(txn, NS_META, "k", "in flight");
        store_mem_crash(store); /* frees txn */
        txn = begin(store, STORE_READ);
        cr_expect(!holds(txn, NS_META, "k", "in flight"), "a crash loses what is not committed");
        store_abort(txn);
        store_close(store);
    }
}

Test(store_mem, copy_is_independent)
{
    struct store *store = NULL;
    struct store *copy = NULL;
    cr_assert_eq(store_open_mem(&store), ERR_OK);
    struct store_txn *txn = begin(store, STORE_WRITE);
    put(txn, NS_META, "a", "1");
    put(txn, NS_META, "b", "1");
    commit(txn);
    txn = begin(store, STORE_WRITE);
    put(txn, NS_META, "a", "open, so not copied");
    cr_assert_eq(store_mem_copy(store, &copy), ERR_OK);
    struct store_txn *other = begin(copy, STORE_WRITE);
    cr_expect(holds(other, NS_META, "a", "1"), "the committed state");
    put(other, NS_META, "a", "copy");
    cr_expect_eq(store_del(other, NS_META, text("b")), ERR_OK);
    put(txn, NS_META, "a", "original");
    commit(other);
    commit(txn);
    txn = begin(store, STORE_READ);
    cr_expect(holds(txn, NS_META, "a", "original") && holds(txn, NS_META, "b", "1"));
    store_abort(txn);
    store_close(store);
    txn = begin(copy, STORE_READ);
    cr_expect(holds(txn, NS_META, "a", "copy") && holds(txn, NS_META, "b", NULL));
    store_abort(txn);
    struct err_info info = {0};
    cr_expect_eq(store_backup(copy, "/nowhere", &info), ERR_UNSUPPORTED);
    store_close(copy);
}
