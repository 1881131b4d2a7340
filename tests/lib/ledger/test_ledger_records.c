#include "tests/lib/ledger/fixture.h"

/* One node by itself: what is written is seen, checked and remembered. */

Test(records, a_change_is_seen_at_once)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    struct arena arena;
    struct record_view view = see(node, KIND_COMPLAINT, made.rid, &arena);
    cr_expect_eq(view.subject, node->site);
    cr_expect(!view.deleted);
    cr_expect(shows_int(&view, COMPLAINT_RECEIVED_ON, 20000));
    cr_expect(shows_text(&view, COMPLAINT_DESCRIPTION, "the form was lost"));
    cr_expect_eq(made.dot.seq, 1);
    arena_deinit(&arena);
    uint16_t kind = 0;
    struct store_txn *txn = begin_read(node);
    cr_expect_eq(ledger_find_kind(txn, made.rid, &kind), ERR_OK);
    cr_expect_eq(kind, KIND_COMPLAINT);
    uint8_t other[RID_BYTES] = {1};
    cr_expect_eq(ledger_find_kind(txn, other, &kind), ERR_NOT_FOUND);
    store_abort(txn);
    expect_sound(node, "one record");
    place_close(node);
}

Test(records, edit_clear_delete_and_undelete)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    edit(node, KIND_COMPLAINT, made.rid, COMPLAINT_REFERENCE, of_text("C-1"));
    edit(node, KIND_COMPLAINT, made.rid, COMPLAINT_REFERENCE, of_text("C-2"));
    struct arena arena;
    struct record_view view = see(node, KIND_COMPLAINT, made.rid, &arena);
    cr_expect(shows_text(&view, COMPLAINT_REFERENCE, "C-2"));
    arena_deinit(&arena);
    edit(node, KIND_COMPLAINT, made.rid, COMPLAINT_REFERENCE, of_nil());
    view = see(node, KIND_COMPLAINT, made.rid, &arena);
    cr_expect_eq(view_get(&view, COMPLAINT_REFERENCE).len, 0);
    arena_deinit(&arena);
    uint64_t cells = rows_of(node, NS_CELL);
    cr_expect_gt(cells, 0);
    erase_record(node, KIND_COMPLAINT, made.rid);
    view = see(node, KIND_COMPLAINT, made.rid, &arena);
    cr_expect(view.deleted);
    arena_deinit(&arena);
    cr_expect_eq(rows_of(node, NS_CELL), 0, "a deleted record leaves no cells");
    struct value text = of_text("x");
    struct change_write write = {.field = COMPLAINT_REFERENCE, .value = value_bytes(&text)};
    struct change late = {.kind = KIND_COMPLAINT, .author = "", .writes = &write, .write_count = 1};
    memcpy(late.rid, made.rid, RID_BYTES);
    place_write(node, &late, ERR_NOT_FOUND);
    edit(node, KIND_COMPLAINT, made.rid, FIELD_DELETED, of_bool(false));
    view = see(node, KIND_COMPLAINT, made.rid, &arena);
    cr_expect(!view.deleted);
    cr_expect(shows_text(&view, COMPLAINT_DESCRIPTION, "the form was lost"));
    arena_deinit(&arena);
    cr_expect_eq(rows_of(node, NS_CELL), cells);
    cr_expect_eq(conflict_count(node), 0);
    expect_sound(node, "after undelete");
    place_close(node);
}

static bool count_rid(void *context, const uint8_t rid[RID_BYTES])
{
    (void)rid;
    uint32_t *count = context;
    (*count)++;
    return true;
}

static uint32_t of_element(struct place *place, uint8_t element)
{
    uint32_t count = 0;
    struct store_txn *txn = begin_read(place);
    cr_assert_eq(ledger_each_of_element(txn, element, KIND_EVIDENCE, NULL, count_rid, &count),
                 ERR_OK);
    store_abort(txn);
    return count;
}

Test(records, sets_and_the_element_index)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_evidence(node, "charter", 7);
    cr_expect_eq(of_element(node, 7), 1);
    edit_member(node, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS, of_int(9), of_bool(true));
    edit_member(node, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS, of_int(7), of_bool(false));
    cr_expect_eq(of_element(node, 7), 0);
    cr_expect_eq(of_element(node, 9), 1);
    struct arena arena;
    struct record_view view = see(node, KIND_EVIDENCE, made.rid, &arena);
    cr_expect(shows_member(&view, EVIDENCE_ELEMENTS, of_int(9)));
    cr_expect(!shows_member(&view, EVIDENCE_ELEMENTS, of_int(7)));
    arena_deinit(&arena);
    edit_member(node, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS, of_int(7), of_bool(true));
    cr_expect_eq(of_element(node, 7), 1);
    erase_record(node, KIND_EVIDENCE, made.rid);
    cr_expect_eq(of_element(node, 9), 0);
    expect_sound(node, "sets");
    place_close(node);
}

Test(records, what_breaks_a_rule_is_refused_and_leaves_nothing)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    uint64_t before = derived_hash(node);
    struct value day = of_int(20000), early = of_int(19999), text = of_text("x"),
                 yes = of_bool(true), nil = of_nil();
    struct value element = of_int(3), band_na = of_int(5), broken = {.data = {0xc1}, .len = 1};
    struct change_write writes[][3] = {
        {{.field = COMPLAINT_REFERENCE, .value = value_bytes(&text)}},
        {{.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&text)}},
        {{.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)},
         {.field = COMPLAINT_CLOSED_ON, .value = value_bytes(&early)}},
        {{.field = 900, .value = value_bytes(&day)}},
        {{.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)},
         {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)}},
        {{.field = ASSESSMENT_ELEMENT, .value = value_bytes(&element)},
         {.field = ASSESSMENT_BAND, .value = value_bytes(&band_na)},
         {.field = ASSESSMENT_ASSESSED_ON, .value = value_bytes(&day)}},
        {{.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&broken)}},
        {{.field = FIELD_DELETED, .value = value_bytes(&yes)}},
    };
    const struct {
        const char *name;
        uint16_t kind;
        uint32_t count, row;
        bool edit;
        enum err code;
    } rows[] = {
        {"a required field is missing", KIND_COMPLAINT, 1, 0, false, ERR_INVALID},
        {"the value is of another type", KIND_COMPLAINT, 1, 1, false, ERR_INVALID},
        {"the kind's rule", KIND_COMPLAINT, 2, 2, false, ERR_INVALID},
        {"an unknown field", KIND_COMPLAINT, 1, 3, true, ERR_INVALID},
        {"a field twice", KIND_COMPLAINT, 2, 4, false, ERR_INVALID},
        {"NA without a reason", KIND_ASSESSMENT, 3, 5, false, ERR_INVALID},
        {"malformed", KIND_COMPLAINT, 1, 6, true, ERR_INVALID},
        {"the mark set by a write", KIND_COMPLAINT, 1, 7, true, ERR_INVALID},
        {"an unknown kind", 999, 1, 0, false, ERR_INVALID},
        {"nothing", KIND_COMPLAINT, 0, 0, true, ERR_INVALID},
        {"too many", KIND_COMPLAINT, OP_WRITES_MAX + 1, 0, true, ERR_TOO_BIG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct change change = {.kind = rows[i].kind,
                                .create = !rows[i].edit,
                                .author = "",
                                .writes = writes[rows[i].row],
                                .write_count = rows[i].count};
        memcpy(change.rid, made.rid, RID_BYTES);
        cr_log_info("%s", rows[i].name);
        place_write(node, &change, rows[i].code);
        cr_expect_eq(derived_hash(node), before, "%s: left something behind", rows[i].name);
    }
    struct change_write clear = {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&nil)};
    struct change change = {
        .kind = KIND_COMPLAINT, .author = "", .writes = &clear, .write_count = 1};
    memcpy(change.rid, made.rid, RID_BYTES);
    place_write(node, &change, ERR_INVALID);
    change.rid[0] ^= 1;
    place_write(node, &change, ERR_NOT_FOUND);
    place_close(node);
}

Test(records, a_version_seen_can_be_asked_for)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct record_view view;
    char version[VERSION_TEXT_BYTES];
    struct store_txn *txn = begin_read(node);
    cr_assert_eq(ledger_view(txn, KIND_COMPLAINT, made.rid, &arena, &view, version), ERR_OK);
    store_abort(txn);
    struct value text = of_text("C-1");
    struct change_write write = {.field = COMPLAINT_REFERENCE, .value = value_bytes(&text)};
    struct change change = {.kind = KIND_COMPLAINT,
                            .author = "",
                            .expect_version = version,
                            .writes = &write,
                            .write_count = 1};
    memcpy(change.rid, made.rid, RID_BYTES);
    place_write(node, &change, ERR_OK);
    place_write(node, &change, ERR_CONFLICT);
    arena_deinit(&arena);
    place_close(node);
}

struct told {
    uint64_t seqs[8];
    uint32_t count;
};

static bool tell(void *context, const struct op *op)
{
    struct told *told = context;
    told->seqs[told->count++] = op->dot.seq;
    return told->count < 8;
}

Test(records, history_of_one_and_of_many)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct told told = {.count = 0};
    struct store_txn *txn = begin_read(node);
    cr_assert_eq(ledger_history(txn, KIND_COMPLAINT, made.rid, &arena, tell, &told), ERR_OK);
    store_abort(txn);
    cr_expect_eq(told.count, 1);
    cr_expect_eq(told.seqs[0], 1);
    make_complaint(node, 20001);
    edit(node, KIND_COMPLAINT, made.rid, COMPLAINT_REFERENCE, of_text("C-1"));
    edit(node, KIND_COMPLAINT, made.rid, COMPLAINT_REFERENCE, of_text("C-2"));
    told.count = 0;
    txn = begin_read(node);
    cr_assert_eq(ledger_history(txn, KIND_COMPLAINT, made.rid, &arena, tell, &told), ERR_OK);
    store_abort(txn);
    cr_expect_eq(told.count, 3);
    cr_expect(told.seqs[0] == 1 && told.seqs[1] == 3 && told.seqs[2] == 4);
    arena_deinit(&arena);
    place_close(node);
}

static bool count_kind_rid(void *context, uint16_t kind, const uint8_t rid[RID_BYTES])
{
    (void)kind;
    return count_rid(context, rid);
}

Test(records, walks_go_on_after_a_record)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    uint8_t batch[16] = "import number 1";
    struct written made[3];
    struct value day = of_int(20000);
    struct change_write write = {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)};
    struct change change = {.kind = KIND_COMPLAINT,
                            .create = true,
                            .author = "",
                            .batch = batch,
                            .writes = &write,
                            .write_count = 1};
    for (int i = 0; i < 3; i++)
        made[i] = place_write(node, &change, ERR_OK);
    make_evidence(node, "charter", 4);
    struct store_txn *txn = begin_read(node);
    uint32_t all = 0, rest = 0, back = 0, in_batch = 0, rest_of_batch = 0;
    cr_expect_eq(ledger_each_record(txn, KIND_COMPLAINT, NULL, STORE_FORWARD, count_rid, &all),
                 ERR_OK);
    cr_expect_eq(
        ledger_each_record(txn, KIND_COMPLAINT, made[0].rid, STORE_FORWARD, count_rid, &rest),
        ERR_OK);
    cr_expect_eq(ledger_each_record(txn, KIND_COMPLAINT, NULL, STORE_BACK, count_rid, &back),
                 ERR_OK);
    cr_expect_eq(ledger_each_of_batch(txn, batch, NULL, count_kind_rid, &in_batch), ERR_OK);
    cr_expect_eq(ledger_each_of_batch(txn, batch, made[1].rid, count_kind_rid, &rest_of_batch),
                 ERR_OK);
    store_abort(txn);
    cr_expect(all == 3 && rest == 2 && back == 3, "all %u rest %u back %u", all, rest, back);
    cr_expect(in_batch == 3 && rest_of_batch == 1, "batch %u rest %u", in_batch, rest_of_batch);
    place_close(node);
}

Test(records, an_aborted_change_never_was)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    make_complaint(node, 20000);
    uint64_t before = derived_hash(node);
    store_mem_fail_commits(node->store, 1, STORE_NOT, false);
    struct value day = of_int(20000);
    struct change_write write = {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)};
    struct change change = {
        .kind = KIND_COMPLAINT, .create = true, .author = "", .writes = &write, .write_count = 1};
    uint8_t random[48] = {0};
    struct written written;
    struct err_info info;
    struct store_txn *txn = begin_write(node);
    cr_assert_eq(ledger_write(node->ledger, txn, &change, ++node->now_ms, random, &written, &info),
                 ERR_OK);
    cr_assert_eq(store_commit(txn, &info), STORE_NOT);
    cr_assert_eq(ledger_forget(node->ledger), ERR_OK);
    cr_expect_eq(derived_hash(node), before);
    struct written again = place_write(node, &change, ERR_OK);
    cr_expect_eq(again.dot.seq, 2);
    expect_sound(node, "after an abort");
    place_close(node);
}
