#include "tests/lib/ledger/fixture.h"

/* A site and the centre edit the same record without having seen each other. */

struct pair {
    struct place *node, *broker;
    struct written made;
};

/* A record of the site that the centre knows. */
static struct pair pair_open(void)
{
    struct pair pair = {.node = place_open(LEDGER_NODE, SITE_A),
                        .broker = place_open(LEDGER_BROKER, CENTRE)};
    place_join(pair.node, CENTRE);
    pair.made = make_complaint(pair.node, 20000);
    cr_assert_eq(upload(pair.node, pair.broker, 100), ERR_OK);
    apply_all(pair.broker);
    return pair;
}

static void pair_meet(struct pair *pair, struct dot centre_dot)
{
    cr_assert_eq(upload(pair->node, pair->broker, 100), ERR_OK);
    apply_all(pair->broker);
    cr_assert_eq(feed(pair->broker, pair->node, centre_dot), ERR_OK);
    struct arena arena;
    struct record_view here = see(pair->node, KIND_COMPLAINT, pair->made.rid, &arena);
    struct arena other;
    struct record_view there = see(pair->broker, KIND_COMPLAINT, pair->made.rid, &other);
    cr_expect_eq(here.deleted, there.deleted);
    cr_expect_eq(here.field_count, there.field_count);
    for (uint32_t i = 0; i < here.field_count && i < there.field_count; i++)
        cr_expect(bytes_equal(here.fields[i].value, there.fields[i].value) &&
                  here.fields[i].disputed == there.fields[i].disputed);
    arena_deinit(&arena);
    arena_deinit(&other);
    cr_expect_eq(conflict_count(pair->node), conflict_count(pair->broker));
    expect_sound(pair->node, "node");
    expect_sound(pair->broker, "broker");
}

static void pair_close(struct pair *pair)
{
    place_close(pair->node);
    place_close(pair->broker);
}

static bool keep(void *context, const struct conflict *conflict)
{
    struct conflict *kept = context;
    *kept = *conflict;
    kept->member = bytes_of(NULL, 0);
    return false;
}

static void expect_values(struct place *place, uint16_t field, struct value first,
                          struct value second)
{
    struct conflict conflict = {.kind = 0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct conflict_value *values = NULL;
    uint32_t count = 0;
    struct store_txn *txn = begin_read(place);
    cr_assert_eq(ledger_each_conflict(txn, keep, &conflict), ERR_OK);
    cr_expect_eq(conflict.field, field);
    cr_assert_eq(ledger_conflict_values(txn, &conflict, &arena, &values, &count), ERR_OK);
    store_abort(txn);
    cr_assert_eq(count, 2);
    cr_expect(bytes_equal(values[0].value, value_bytes(&first)), "the displayed one comes first");
    cr_expect(bytes_equal(values[1].value, value_bytes(&second)));
    cr_expect_gt(values[0].author.len, 0);
    arena_deinit(&arena);
}

Test(conflicts, two_values_stand_until_somebody_decides)
{
    struct pair pair = pair_open();
    pair.broker->now_ms += 1000; /* the centre writes later */
    struct written centre =
        edit(pair.broker, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("centre"));
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("site"));
    pair_meet(&pair, centre.dot);
    cr_expect_eq(conflict_count(pair.node), 1);
    struct arena arena;
    struct record_view view = see(pair.node, KIND_COMPLAINT, pair.made.rid, &arena);
    cr_expect(view_disputed(&view, COMPLAINT_REFERENCE));
    cr_expect(shows_text(&view, COMPLAINT_REFERENCE, "centre"));
    arena_deinit(&arena);
    expect_values(pair.node, COMPLAINT_REFERENCE, of_text("centre"), of_text("site"));
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("agreed"));
    cr_expect_eq(conflict_count(pair.node), 0);
    view = see(pair.node, KIND_COMPLAINT, pair.made.rid, &arena);
    cr_expect(shows_text(&view, COMPLAINT_REFERENCE, "agreed"),
              "the later decision ranks above a clock ahead");
    arena_deinit(&arena);
    pair_meet(&pair, centre.dot);
    cr_expect_eq(conflict_count(pair.broker), 0);
    pair_close(&pair);
}

Test(conflicts, equal_values_are_no_conflict)
{
    struct pair pair = pair_open();
    struct written centre =
        edit(pair.broker, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("same"));
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("same"));
    pair_meet(&pair, centre.dot);
    cr_expect_eq(conflict_count(pair.node), 0);
    pair_close(&pair);
}

Test(conflicts, an_edit_the_deleter_had_not_seen_keeps_the_record)
{
    struct pair pair = pair_open();
    struct written centre = erase_record(pair.broker, KIND_COMPLAINT, pair.made.rid);
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("site"));
    pair_meet(&pair, centre.dot);
    struct arena arena;
    struct record_view view = see(pair.node, KIND_COMPLAINT, pair.made.rid, &arena);
    cr_expect(!view.deleted);
    arena_deinit(&arena);
    cr_expect_eq(conflict_count(pair.node), 1);
    expect_values(pair.node, FIELD_DELETED, of_bool(false), of_bool(true));
    /* the site agrees after all: now everything was seen */
    erase_record(pair.node, KIND_COMPLAINT, pair.made.rid);
    cr_expect_eq(conflict_count(pair.node), 0);
    pair_meet(&pair, centre.dot);
    view = see(pair.broker, KIND_COMPLAINT, pair.made.rid, &arena);
    cr_expect(view.deleted);
    arena_deinit(&arena);
    pair_close(&pair);
}

Test(conflicts, keeping_the_record_settles_it_too)
{
    struct pair pair = pair_open();
    struct written centre = erase_record(pair.broker, KIND_COMPLAINT, pair.made.rid);
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("site"));
    pair_meet(&pair, centre.dot);
    edit(pair.node, KIND_COMPLAINT, pair.made.rid, FIELD_DELETED, of_bool(false));
    cr_expect_eq(conflict_count(pair.node), 0);
    pair_meet(&pair, centre.dot);
    cr_expect_eq(conflict_count(pair.broker), 0);
    pair_close(&pair);
}

Test(conflicts, adding_to_a_set_wins_over_taking_out)
{
    struct pair pair = pair_open();
    struct written made = make_evidence(pair.node, "charter", 7);
    cr_assert_eq(upload(pair.node, pair.broker, 100), ERR_OK);
    apply_all(pair.broker);
    struct written centre = edit_member(pair.broker, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS,
                                        of_int(7), of_bool(false));
    edit_member(pair.node, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS, of_int(7), of_bool(true));
    pair_meet(&pair, centre.dot);
    struct arena arena;
    struct record_view view = see(pair.broker, KIND_EVIDENCE, made.rid, &arena);
    cr_expect(shows_member(&view, EVIDENCE_ELEMENTS, of_int(7)));
    arena_deinit(&arena);
    cr_expect_eq(conflict_count(pair.broker), 0);
    pair_close(&pair);
}

Test(conflicts, a_centre_does_not_contradict_itself_before_it_has_applied)
{
    struct pair pair = pair_open();
    edit(pair.broker, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("one"));
    edit(pair.broker, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("two"));
    apply_all(pair.broker);
    cr_expect_eq(conflict_count(pair.broker), 0);
    edit(pair.broker, KIND_COMPLAINT, pair.made.rid, COMPLAINT_REFERENCE, of_text("three"));
    erase_record(pair.broker, KIND_COMPLAINT, pair.made.rid);
    apply_all(pair.broker);
    struct arena arena;
    struct record_view view = see(pair.broker, KIND_COMPLAINT, pair.made.rid, &arena);
    cr_expect(view.deleted);
    arena_deinit(&arena);
    expect_sound(pair.broker, "broker");
    pair_close(&pair);
}

Test(conflicts, a_record_of_the_centre_belongs_to_whom_it_speaks_of)
{
    struct pair pair = pair_open();
    struct value text = of_text("fix the sign"), due = of_int(21000),
                 site = of_site(site_of(SITE_A));
    struct value element = of_int(3);
    struct change_write writes[] = {
        {.field = ACTION_TITLE, .value = value_bytes(&text)},
        {.field = ACTION_DUE_ON, .value = value_bytes(&due)},
        {.field = ACTION_SITE, .value = value_bytes(&site)},
    };
    (void)element;
    struct change change = {
        .kind = KIND_ACTION, .create = true, .author = "hq", .writes = writes, .write_count = 3};
    struct written made = place_write(pair.broker, &change, ERR_OK);
    apply_all(pair.broker);
    cr_assert_eq(feed(pair.broker, pair.node, made.dot), ERR_OK);
    struct arena arena;
    struct record_view view = see(pair.node, KIND_ACTION, made.rid, &arena);
    cr_expect_eq(view.subject, site_of(SITE_A));
    arena_deinit(&arena);
    edit(pair.node, KIND_ACTION, made.rid, ACTION_TITLE, of_text("sign is fixed"));
    struct place *other = place_open(LEDGER_NODE, SITE_B);
    place_join(other, CENTRE);
    cr_assert_eq(feed(pair.broker, other, made.dot), ERR_OK);
    struct change theirs = {.kind = KIND_ACTION, .author = "", .writes = writes, .write_count = 1};
    memcpy(theirs.rid, made.rid, RID_BYTES);
    place_write(other, &theirs, ERR_NOT_YOURS);
    pair_meet(&pair, made.dot);
    place_close(other);
    pair_close(&pair);
}
