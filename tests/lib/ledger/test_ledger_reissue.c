#include "tests/lib/ledger/fixture.h"

/* A new epoch takes along what the broker never got. */

static uint64_t own_log(struct place *place, uint32_t epoch)
{
    struct origin_row row = {.stored_seq = 0};
    struct store_txn *txn = begin_read(place);
    enum err err =
        ledger_get_origin(txn, (struct origin){.site = place->site, .epoch = epoch}, &row);
    store_abort(txn);
    cr_assert(err == ERR_OK || err == ERR_NOT_FOUND);
    return row.stored_seq;
}

Test(reissue, everything_is_kept)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    place_join(node, CENTRE);
    struct written first = make_complaint(node, 20000);
    struct written second = make_complaint(node, 20001);
    cr_assert_eq(upload(node, broker, 10), ERR_OK);
    edit(node, KIND_COMPLAINT, first.rid, COMPLAINT_REFERENCE, of_text("C-1"));
    edit(node, KIND_COMPLAINT, first.rid, COMPLAINT_REFERENCE, of_text("C-2"));
    struct written third = make_complaint(node, 20002);
    erase_record(node, KIND_COMPLAINT, second.rid);
    edit(node, KIND_COMPLAINT, third.rid, COMPLAINT_REFERENCE, of_text("C-3"));
    erase_record(node, KIND_COMPLAINT, third.rid);
    uint64_t cells = rows_of(node, NS_CELL);
    uint64_t moved = 0;
    struct err_info info = {.text = ""};
    cr_expect_eq(ledger_reissue(node->ledger, 9, 2, &moved, &info), ERR_GAP);
    cr_expect_eq(ledger_reissue(node->ledger, 2, 1, &moved, &info), ERR_INVALID);
    cr_assert_eq(ledger_reissue(node->ledger, 2, 2, &moved, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(moved, 6);
    cr_expect_eq(ledger_identity(node->ledger).epoch, 2);
    cr_expect_eq(own_log(node, 1), 2);
    cr_expect_eq(own_log(node, 2), 6);
    cr_expect_eq(rows_of(node, NS_CELL), cells);
    cr_expect_eq(conflict_count(node), 0);
    struct arena arena;
    struct record_view view = see(node, KIND_COMPLAINT, first.rid, &arena);
    cr_expect(shows_text(&view, COMPLAINT_REFERENCE, "C-2"));
    cr_expect(!view_disputed(&view, COMPLAINT_REFERENCE));
    arena_deinit(&arena);
    view = see(node, KIND_COMPLAINT, second.rid, &arena);
    cr_expect(view.deleted, "a deletion still covers what was kept");
    arena_deinit(&arena);
    view = see(node, KIND_COMPLAINT, third.rid, &arena);
    cr_expect(view.deleted, "and what has moved with it");
    arena_deinit(&arena);
    expect_sound(node, "moved");
    place_reopen(node);
    cr_expect_eq(ledger_identity(node->ledger).epoch, 2);
    struct written next = make_complaint(node, 20003);
    cr_expect(next.dot.origin.epoch == 2 && next.dot.seq == 7);
    cr_assert_eq(upload(node, broker, 10), ERR_OK);
    apply_all(broker);
    cr_expect_eq(rows_of(broker, NS_QUARANTINE), 0);
    cr_expect_eq(derived_hash(broker), derived_hash(node));
    expect_sound(broker, "broker");
    place_close(node);
    place_close(broker);
}

Test(reissue, nothing_to_move)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    make_complaint(node, 20000);
    uint64_t before = derived_hash(node);
    uint64_t moved = 9;
    struct err_info info;
    cr_assert_eq(ledger_reissue(node->ledger, 1, 5, &moved, &info), ERR_OK);
    cr_expect_eq(moved, 0);
    cr_expect_eq(derived_hash(node), before);
    cr_expect_eq(make_complaint(node, 1).dot.origin.epoch, 5);
    place_close(node);
}

Test(reissue, a_failed_commit_moves_nothing)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    make_complaint(node, 20000);
    make_complaint(node, 20001);
    uint64_t before = derived_hash(node);
    uint64_t moved = 9;
    struct err_info info;
    store_mem_fail_commits(node->store, 1, STORE_NOT, false);
    cr_expect_eq(ledger_reissue(node->ledger, 1, 2, &moved, &info), ERR_FULL);
    cr_assert_eq(ledger_forget(node->ledger), ERR_OK);
    cr_expect_eq(ledger_identity(node->ledger).epoch, 1);
    cr_expect_eq(derived_hash(node), before);
    cr_expect_eq(own_log(node, 1), 2);
    expect_sound(node, "not moved");
    place_close(node);
}

Test(reissue, a_cut_in_the_rebuild_is_made_good_at_the_next_start)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    make_complaint(node, 20000);
    make_complaint(node, 20001);
    uint64_t moved = 0;
    struct err_info info;
    cr_assert_eq(ledger_reissue(node->ledger, 1, 2, &moved, &info), ERR_OK);
    uint64_t expected = derived_hash(node);
    /* what a power cut leaves in the middle: the flag, and only some of the rows */
    struct store_txn *txn = begin_write(node);
    struct bytes key;
    uint8_t name[STORE_KEY_BYTES_MAX];
    cr_assert_eq(store_last(txn, NS_RECORD, bytes_of(NULL, 0), &key, NULL), ERR_OK);
    memcpy(name, key.data, key.len);
    cr_assert_eq(store_del(txn, NS_RECORD, bytes_of(name, key.len)), ERR_OK);
    cr_assert_eq(store_del(txn, NS_META, bytes_of_text("digest")), ERR_OK);
    cr_assert_eq(store_put(txn, NS_META, bytes_of_text("rebuild"), bytes_of("\x01", 1)), ERR_OK);
    commit(txn);
    place_reopen(node);
    cr_expect_eq(derived_hash(node), expected);
    expect_sound(node, "rebuilt");
    place_close(node);
}
