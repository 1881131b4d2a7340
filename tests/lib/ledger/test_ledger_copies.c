#include "lib/ledger/copy.h"
#include "lib/ledger/ledger_compare.h"
#include "tests/lib/ledger/fixture.h"

/* Which of several copies may run, and what tells two of them apart. */

static struct ledger_comparison compare(struct place *here, struct place *there)
{
    struct ledger_comparison found;
    struct store_txn *left = begin_read(here), *right = begin_read(there);
    cr_assert_eq(ledger_compare(left, right, &found, NULL), ERR_OK);
    store_abort(left);
    store_abort(right);
    return found;
}

struct pair {
    struct place *node, *broker;
    struct written first;
};

static struct pair in_step(void)
{
    struct pair pair = {.node = place_open(LEDGER_NODE, SITE_A),
                        .broker = place_open(LEDGER_BROKER, CENTRE)};
    pair.first = make_evidence(pair.node, "charter", 1);
    (void)make_evidence(pair.node, "survey", 2);
    cr_assert_eq(upload(pair.node, pair.broker, 10), ERR_OK);
    apply_all(pair.broker);
    return pair;
}

static void pair_close(struct pair pair)
{
    place_close(pair.node);
    place_close(pair.broker);
}

Test(ledger_copies, a_site_and_its_broker_are_equal_when_in_step)
{
    struct pair pair = in_step();
    struct ledger_comparison found = compare(pair.node, pair.broker);
    cr_expect(ledger_compare_equal(&found));
    cr_expect_eq(found.site, site_of(SITE_A));
    cr_expect_eq(found.operations, 2);
    cr_expect_eq(found.records_same, 2);
    cr_expect_eq(found.logs_same, 1);
    /* what another site or the centre has is not the site's affair */
    (void)make_evidence(pair.broker, "of the centre", 3);
    found = compare(pair.broker, pair.node);
    cr_expect(ledger_compare_equal(&found));
    pair_close(pair);
}

Test(ledger_copies, what_one_end_lacks_is_counted)
{
    struct pair pair = in_step();
    (void)make_evidence(pair.node, "not sent yet", 4);
    struct ledger_comparison found = compare(pair.node, pair.broker);
    cr_expect_not(ledger_compare_equal(&found));
    cr_expect_eq(found.logs_ahead_here, 1);
    cr_expect_eq(found.operations_only_here, 1);
    cr_expect_eq(found.records_only_here, 1);
    found = compare(pair.broker, pair.node);
    cr_expect_eq(found.logs_ahead_there, 1);
    cr_expect_eq(found.operations_only_there, 1);
    cr_expect_eq(found.records_only_there, 1);
    struct place *empty = place_open(LEDGER_NODE, SITE_A);
    found = compare(empty, pair.broker);
    cr_expect_eq(found.operations_only_there, 2);
    cr_expect_eq(found.logs_ahead_there, 1);
    cr_expect_eq(found.records_only_there, 2);
    place_close(empty);
    pair_close(pair);
}

Test(ledger_copies, a_history_that_contradicts_is_a_fork)
{
    struct pair pair = in_step();
    struct place *other = place_open(LEDGER_NODE, SITE_A);
    for (int i = 0; i < 3; i++)
        (void)make_evidence(other, "another history", 5);
    struct ledger_comparison found = compare(other, pair.broker);
    cr_expect_eq(found.forks, 1);
    cr_expect_not(ledger_compare_equal(&found));
    place_close(other);
    pair_close(pair);
}

Test(ledger_copies, a_record_with_other_bytes_differs)
{
    struct pair pair = in_step();
    struct store *copy;
    cr_assert_eq(store_mem_copy(pair.broker->store, &copy), ERR_OK);
    struct place *twin = place_over(copy, LEDGER_BROKER, CENTRE);
    struct ledger_comparison found = compare(pair.broker, twin);
    cr_expect(ledger_compare_equal(&found));
    cr_expect_eq(found.site, 0);
    (void)edit(pair.node, KIND_EVIDENCE, pair.first.rid, EVIDENCE_TITLE, of_text("renamed"));
    cr_assert_eq(upload(pair.node, twin, 10), ERR_OK);
    apply_all(twin);
    found = compare(pair.broker, twin);
    cr_expect_eq(found.records_differ, 1);
    cr_expect_eq(found.records_same, 1);
    cr_expect_eq(found.logs_ahead_there, 1);
    place_close(twin);
    pair_close(pair);
}

Test(ledger_copies, two_sites_are_not_compared)
{
    struct place *left = place_open(LEDGER_NODE, SITE_A), *right = place_open(LEDGER_NODE, SITE_B);
    struct ledger_comparison found;
    struct store_txn *here = begin_read(left), *there = begin_read(right);
    cr_expect_eq(ledger_compare(here, there, &found, NULL), ERR_INVALID);
    store_abort(here);
    store_abort(there);
    place_close(left);
    place_close(right);
}

Test(ledger_copies, a_backup_is_not_run_until_it_is_adopted)
{
    static const enum ledger_role roles[] = {LEDGER_NODE, LEDGER_BROKER};
    const uint8_t fresh[INCARNATION_BYTES] = "a fresh one....";
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        struct place *place = place_open(roles[i], CENTRE);
        uint64_t made_ms = 0;
        uint8_t found[INCARNATION_BYTES] = {0};
        bool renewed = false;
        cr_expect_eq(copy_check(place->store, NULL), ERR_OK);
        cr_assert_eq(copy_mark(place->store, 1234567, NULL), ERR_OK);
        cr_expect_eq(copy_check(place->store, NULL), ERR_DENIED);
        struct store_txn *txn = begin_read(place);
        cr_expect_eq(copy_made(txn, &made_ms), ERR_OK);
        cr_expect_eq(made_ms, 1234567);
        store_abort(txn);
        cr_assert_eq(copy_adopt(place->store, fresh, NULL), ERR_OK);
        cr_expect_eq(copy_check(place->store, NULL), ERR_OK);
        txn = begin_read(place);
        cr_expect_eq(copy_made(txn, &made_ms), ERR_NOT_FOUND);
        cr_expect_eq(incarnation_renewed(txn, &renewed), ERR_OK);
        cr_expect_eq(renewed, roles[i] == LEDGER_BROKER, "only a broker has an incarnation");
        cr_expect_eq(incarnation_get(txn, found),
                     roles[i] == LEDGER_BROKER ? ERR_OK : ERR_NOT_FOUND);
        cr_expect_eq(memcmp(found, fresh, sizeof(found)) == 0, roles[i] == LEDGER_BROKER);
        store_abort(txn);
        place_close(place);
    }
}
