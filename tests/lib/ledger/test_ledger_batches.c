#include "tests/lib/ledger/fixture.h"

/* Runs of operations on their way: sealed, stored, refused, absorbed. */

static struct batch batch;
static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 1 << 24);
}

static void tear_down(void)
{
    arena_deinit(&arena);
}

TestSuite(batches, .init = set_up, .fini = tear_down);

static struct origin origin_of(const struct place *place)
{
    return (struct origin){.site = place->site, .epoch = 1};
}

static enum err take(struct place *place, struct origin origin, uint64_t first, uint32_t count,
                     size_t bytes)
{
    struct store_txn *txn = begin_read(place);
    enum err err =
        ledger_take_batch(place->ledger, txn, origin, first, count, bytes, &arena, &batch);
    store_abort(txn);
    return err;
}

static enum err store(struct place *broker, const uint8_t head[HASH_BYTES])
{
    struct store_txn *txn = begin_write(broker);
    enum err err = ledger_store_batch(broker->ledger, txn, &batch, head, 5);
    if (err == ERR_OK)
        commit(txn);
    else
        store_abort(txn);
    return err;
}

static struct place *node_with(uint32_t records)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    for (uint32_t i = 0; i < records; i++)
        make_complaint(node, 20000 + (int32_t)i);
    return node;
}

Test(batches, what_is_taken_verifies_and_is_bounded)
{
    struct place *node = node_with(5);
    uint8_t head[HASH_BYTES];
    cr_assert_eq(take(node, origin_of(node), 2, 3, BATCH_BYTES_MAX), ERR_OK);
    cr_expect(batch.first == 2 && batch.count == 3);
    cr_expect_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
    cr_assert_eq(take(node, origin_of(node), 5, 100, BATCH_BYTES_MAX), ERR_OK);
    cr_expect_eq(batch.count, 1);
    cr_expect_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
    cr_assert_eq(take(node, origin_of(node), 1, 100, 1), ERR_OK);
    cr_expect_eq(batch.count, 1, "at least one, however small the bound");
    cr_expect_eq(take(node, origin_of(node), 6, 1, 1), ERR_NOT_FOUND);
    place_close(node);
}

Test(batches, only_what_comes_next_is_stored)
{
    struct place *node = node_with(6);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    uint8_t head[HASH_BYTES];
    cr_assert_eq(take(node, origin_of(node), 3, 2, BATCH_BYTES_MAX), ERR_OK);
    cr_assert_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
    cr_expect_eq(store(broker, head), ERR_GAP);
    cr_assert_eq(take(node, origin_of(node), 1, 2, BATCH_BYTES_MAX), ERR_OK);
    cr_assert_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
    cr_expect_eq(store(broker, head), ERR_OK);
    cr_expect_eq(store(broker, head), ERR_GAP, "again");
    cr_assert_eq(take(node, origin_of(node), 3, 2, BATCH_BYTES_MAX), ERR_OK);
    batch.prev_head[0] ^= 1;
    cr_expect_eq(store(broker, head), ERR_FORK);
    struct store_txn *txn = begin_read(broker);
    uint64_t waiting = 0, position = 9;
    cr_assert_eq(ledger_backlog(broker->ledger, txn, &waiting, &position), ERR_OK);
    store_abort(txn);
    cr_expect(waiting == 2 && position == 0);
    apply_all(broker);
    txn = begin_read(broker);
    cr_assert_eq(ledger_backlog(broker->ledger, txn, &waiting, &position), ERR_OK);
    store_abort(txn);
    cr_expect(waiting == 0 && position == 1);
    place_close(node);
    place_close(broker);
}

Test(batches, heads_and_acknowledgements)
{
    struct place *node = node_with(5);
    uint8_t at3[HASH_BYTES], start[HASH_BYTES], at0[HASH_BYTES], again[HASH_BYTES];
    struct origin origin = origin_of(node);
    struct store_txn *txn = begin_write(node);
    cr_assert_eq(ledger_head_at(txn, origin, 3, at3), ERR_OK);
    cr_assert_eq(ledger_head_at(txn, origin, 0, at0), ERR_OK);
    chain_start(origin, start);
    cr_expect_arr_eq(at0, start, HASH_BYTES);
    cr_expect_eq(ledger_head_at(txn, origin, 6, again), ERR_NOT_FOUND);
    uint64_t pending = 0;
    cr_assert_eq(ledger_count_pending(node->ledger, txn, &pending), ERR_OK);
    cr_expect_eq(pending, 5);
    cr_expect_eq(ledger_mark_acked(txn, (struct dot){.origin = origin, .seq = 3}, start, 1),
                 ERR_FORK);
    cr_expect_eq(ledger_mark_acked(txn, (struct dot){.origin = origin, .seq = 6}, at3, 1), ERR_GAP);
    cr_assert_eq(ledger_mark_acked(txn, (struct dot){.origin = origin, .seq = 3}, at3, 1), ERR_OK);
    cr_assert_eq(ledger_count_pending(node->ledger, txn, &pending), ERR_OK);
    cr_expect_eq(pending, 2);
    cr_assert_eq(ledger_head_at(txn, origin, 3, again), ERR_OK);
    cr_expect_arr_eq(again, at3, HASH_BYTES);
    commit(txn);
    uint8_t head[HASH_BYTES];
    cr_assert_eq(take(node, origin, 4, 9, BATCH_BYTES_MAX), ERR_OK);
    cr_expect_arr_eq(batch.prev_head, at3, HASH_BYTES);
    cr_expect_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
    expect_sound(node, "with a mark");
    place_close(node);
}

Test(batches, a_lost_log_comes_back)
{
    struct place *node = node_with(7);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    cr_assert_eq(upload(node, broker, 3), ERR_OK);
    apply_all(broker);
    struct place *again = place_open(LEDGER_NODE, SITE_A); /* an empty disk, the same site */
    for (uint64_t next = 1; next <= 7; next = batch.first + batch.count) {
        uint8_t head[HASH_BYTES];
        cr_assert_eq(take(broker, origin_of(node), next, 100, BATCH_BYTES_MAX), ERR_OK);
        cr_expect_leq(batch.count, 3, "as it was sealed");
        cr_assert_eq(batch_verify(&batch, node->sign_public, false, head), ERR_OK);
        for (int round = 0; round < 2; round++) { /* the second is a duplicate */
            struct store_txn *txn = begin_write(again);
            cr_assert_eq(ledger_absorb_batch(again->ledger, txn, &batch, head, 9), ERR_OK);
            commit(txn);
        }
    }
    cr_expect_eq(derived_hash(again), derived_hash(node));
    struct store_txn *txn = begin_read(again);
    uint64_t pending = 9;
    cr_assert_eq(ledger_count_pending(again->ledger, txn, &pending), ERR_OK);
    store_abort(txn);
    cr_expect_eq(pending, 0);
    expect_sound(again, "restored");
    struct written next = make_complaint(again, 1);
    cr_expect_eq(next.dot.seq, 8);
    /* the same numbers with other content */
    struct place *fork = node_with(0);
    fork->random = 99;
    make_complaint(fork, 5);
    uint8_t head[HASH_BYTES];
    cr_assert_eq(take(fork, origin_of(fork), 1, 1, BATCH_BYTES_MAX), ERR_OK);
    cr_assert_eq(batch_verify(&batch, fork->sign_public, false, head), ERR_OK);
    txn = begin_write(again);
    cr_expect_eq(ledger_absorb_batch(again->ledger, txn, &batch, head, 9), ERR_FORK);
    store_abort(txn);
    cr_assert_eq(ledger_forget(again->ledger), ERR_OK);
    place_close(fork);
    place_close(again);
    place_close(node);
    place_close(broker);
}

Test(batches, a_feed_shows_only_what_it_is_for)
{
    struct place *node = node_with(4);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    cr_assert_eq(upload(node, broker, 4), ERR_OK);
    struct dot dots[] = {{.origin = origin_of(node), .seq = 2},
                         {.origin = origin_of(node), .seq = 4}};
    struct store_txn *txn = begin_read(broker);
    cr_assert_eq(ledger_take_redacted(broker->ledger, txn, dots, 2, &arena, &batch), ERR_OK);
    store_abort(txn);
    cr_expect(batch.first == 1 && batch.count == 4);
    uint8_t head[HASH_BYTES];
    cr_expect_eq(batch_verify(&batch, node->sign_public, false, head), ERR_CORRUPT,
                 "an upload may not be redacted");
    cr_expect_eq(batch_verify(&batch, node->sign_public, true, head), ERR_OK);
    struct place *other = place_open(LEDGER_NODE, SITE_B);
    txn = begin_write(other);
    cr_assert_eq(ledger_absorb_batch(other->ledger, txn, &batch, head, 9), ERR_OK);
    commit(txn);
    cr_expect_eq(rows_of(other, NS_LOG), 2);
    cr_expect_eq(rows_of(other, NS_RECORD), 2);
    expect_sound(other, "with gaps");
    place_close(other);
    place_close(node);
    place_close(broker);
}
