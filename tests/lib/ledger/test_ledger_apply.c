#include "tests/lib/ledger/fixture.h"

/* A broker judges what arrives. Operations are forged here, as a site with a fault or a newer
 * version would write them. */

struct forger {
    struct place *broker;
    struct origin origin;
    uint64_t seq;
    uint8_t head[HASH_BYTES];
    uint8_t rid[RID_BYTES];
};

static struct forger forger_of(struct place *broker, uint32_t site)
{
    struct forger forger = {.broker = broker, .origin = {.site = site_of(site), .epoch = 1}};
    chain_start(forger.origin, forger.head);
    rid_make(UINT64_C(1790000000000), 1, forger.origin.site, forger.rid);
    return forger;
}

/* Store one entry as a batch. */
static struct dot send_entry(struct forger *forger, struct bytes bytes)
{
    static struct batch batch;
    struct dot dot = {.origin = forger->origin, .seq = ++forger->seq};
    batch = (struct batch){.origin = forger->origin, .first = dot.seq, .count = 1};
    batch.entries[0] = bytes;
    memcpy(batch.prev_head, forger->head, HASH_BYTES);
    struct entry entry;
    uint8_t leaf[HASH_BYTES];
    cr_assert_eq(entry_decode(bytes, &entry), ERR_OK);
    cr_assert_eq(chain_leaf(&entry, leaf), ERR_OK);
    chain_extend(forger->head, leaf);
    struct place *signer = place_open(LEDGER_NODE, (uint32_t)(forger->origin.site & 0xff));
    seal_make(forger->origin, dot.seq, dot.seq, forger->head, signer->sign_secret, batch.seal);
    place_close(signer);
    struct store_txn *txn = begin_write(forger->broker);
    cr_assert_eq(ledger_store_batch(forger->broker->ledger, txn, &batch, forger->head, 42), ERR_OK);
    commit(txn);
    return dot;
}

static struct dot send_writes(struct forger *forger, uint16_t kind,
                              const struct op_draft_write *writes, uint32_t count)
{
    struct op_draft draft = {
        .kind = kind, .author = bytes_of_text("zoe"), .writes = writes, .write_count = count};
    memcpy(draft.rid, forger->rid, RID_BYTES);
    struct mp_buf entry;
    mp_buf_init(&entry, OP_BYTES_MAX);
    static const uint8_t salt[SALT_BYTES] = {7};
    struct dot dot = {.origin = forger->origin, .seq = forger->seq + 1};
    cr_assert_eq(entry_encode(&draft, dot, 1000 + dot.seq, salt, &entry), ERR_OK);
    dot = send_entry(forger, mp_buf_bytes(&entry));
    mp_buf_deinit(&entry);
    return dot;
}

static struct dot send_one(struct forger *forger, uint16_t kind, uint16_t field, struct value value)
{
    struct op_draft_write write = {.field = field, .value = value_bytes(&value)};
    return send_writes(forger, kind, &write, 1);
}

static enum err verdict(struct place *broker, struct dot dot)
{
    enum err code = ERR_OK;
    char text[ERR_TEXT_BYTES] = "";
    struct store_txn *txn = begin_read(broker);
    enum err err = ledger_set_aside_reason(txn, dot, &code, text);
    store_abort(txn);
    cr_expect(err == ERR_NOT_FOUND || text[0] != '\0');
    return err == ERR_OK ? code : ERR_OK;
}

struct said {
    uint32_t applied, aside;
    struct dot aside_dot;
    enum err aside_code;
    bool hold;
};

static enum err say_applied(void *context, struct store_txn *txn, const struct op *op,
                            const struct record_view *before, const struct record_view *after)
{
    (void)txn;
    struct said *said = context;
    said->applied++;
    cr_expect(memcmp(before->rid, op->rid, RID_BYTES) == 0 &&
              memcmp(after->rid, op->rid, RID_BYTES) == 0);
    return ERR_OK;
}

static enum err say_aside(void *context, struct store_txn *txn, struct dot dot, enum err code)
{
    (void)txn;
    struct said *said = context;
    said->aside++;
    said->aside_dot = dot;
    said->aside_code = code;
    return ERR_OK;
}

static bool say_held(void *context, struct store_txn *txn, struct origin origin)
{
    (void)txn;
    const struct said *said = context;
    return said->hold && origin.site == site_of(SITE_B);
}

static struct place *broker_that_tells(struct said *said)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    broker->options.applied = say_applied;
    broker->options.set_aside = say_aside;
    broker->options.held = say_held;
    broker->options.context = said;
    place_reopen(broker);
    return broker;
}

Test(apply, what_breaks_a_rule_is_set_aside_and_the_rest_goes_on)
{
    struct said said = {.applied = 0};
    struct place *broker = broker_that_tells(&said);
    struct forger a = forger_of(broker, SITE_A), b = forger_of(broker, SITE_B);
    struct dot made = send_one(&a, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20000));
    struct dot wrong_type = send_one(&a, KIND_COMPLAINT, COMPLAINT_CLOSED_ON, of_text("soon"));
    struct dot good = send_one(&a, KIND_COMPLAINT, COMPLAINT_CLOSED_ON, of_int(20005));
    memcpy(b.rid, a.rid, RID_BYTES);
    struct dot theirs = send_one(&b, KIND_COMPLAINT, COMPLAINT_REFERENCE, of_text("mine now"));
    rid_make(UINT64_C(1790000000000), 2, b.origin.site, b.rid);
    struct dot bare = send_one(&b, KIND_COMPLAINT, COMPLAINT_REFERENCE, of_text("no date"));
    static const uint8_t newer[] = {0x91, 0xc4, 0x03, 0x92, 0x63, 0x01};
    struct dot future = send_entry(&b, bytes_of(newer, sizeof(newer)));
    static const uint8_t garbage[] = {0x91, 0xc4, 0x01, 0x05};
    struct dot broken = send_entry(&b, bytes_of(garbage, sizeof(garbage)));
    struct dot last = send_one(&b, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20001));
    apply_all(broker);
    cr_expect_eq(verdict(broker, made), ERR_OK);
    cr_expect_eq(verdict(broker, wrong_type), ERR_INVALID);
    cr_expect_eq(verdict(broker, good), ERR_OK);
    cr_expect_eq(verdict(broker, theirs), ERR_NOT_YOURS);
    cr_expect_eq(verdict(broker, bare), ERR_INVALID);
    cr_expect_eq(verdict(broker, future), ERR_VERSION);
    cr_expect_eq(verdict(broker, broken), ERR_CORRUPT);
    cr_expect_eq(verdict(broker, last), ERR_OK);
    cr_expect(said.applied == 3 && said.aside == 5);
    cr_expect(dot_compare(said.aside_dot, broken) == 0 && said.aside_code == ERR_CORRUPT);
    cr_expect_eq(rows_of(broker, NS_LOG), 8, "the log keeps them all");
    uint64_t before = derived_hash(broker);
    struct err_info info;
    cr_assert_eq(ledger_rebuild(broker->ledger, &info), ERR_OK);
    cr_expect_eq(derived_hash(broker), before);
    cr_expect(said.applied == 3 && said.aside == 5, "nobody is told again");
    expect_sound(broker, "with some set aside");
    place_close(broker);
}

Test(apply, what_a_newer_version_knows_is_merged)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct forger a = forger_of(broker, SITE_A);
    struct dot kind = send_one(&a, 4242, 7, of_text("what is this"));
    rid_make(UINT64_C(1790000000000), 3, a.origin.site, a.rid);
    struct value day = of_int(20000), odd = of_text("odd");
    struct op_draft_write writes[] = {{.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)},
                                      {.field = 900, .value = value_bytes(&odd)}};
    struct dot field = send_writes(&a, KIND_COMPLAINT, writes, 2);
    apply_all(broker);
    cr_expect_eq(verdict(broker, kind), ERR_OK);
    cr_expect_eq(verdict(broker, field), ERR_OK);
    struct arena arena;
    struct record_view view = see(broker, KIND_COMPLAINT, a.rid, &arena);
    cr_expect(shows_text(&view, 900, "odd"));
    arena_deinit(&arena);
    cr_expect_eq(rows_of(broker, NS_RECORD), 2);
    expect_sound(broker, "unknown kinds");
    place_close(broker);
}

/* Every merge reads the whole record: without a bound in bytes, some hundred operations of one site
 * would take all the memory there is for one merge, and nobody's would be applied any more. */
Test(apply, a_record_of_many_bytes_holds_up_nobody)
{
    enum { OPS = 600, BYTES = 60 * 1024, OTHER_KIND = 4242 };
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct forger a = forger_of(broker, SITE_A), b = forger_of(broker, SITE_B);
    struct mp_buf value;
    mp_buf_init(&value, OP_BYTES_MAX);
    uint8_t *bytes = calloc(1, BYTES);
    mp_put_bin(&value, bytes_of(bytes, BYTES));
    struct dot first = {.seq = 0}, last = {.seq = 0};
    for (uint16_t i = 0; i < OPS; i++) {
        struct op_draft_write write = {.field = (uint16_t)(i + 1), .value = mp_buf_bytes(&value)};
        last = send_writes(&a, OTHER_KIND, &write, 1);
        first = i == 0 ? last : first;
    }
    struct dot other = send_one(&b, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20001));
    struct dot small = send_one(&a, OTHER_KIND, 1, of_int(1));
    apply_all(broker);
    cr_expect_eq(verdict(broker, first), ERR_OK);
    cr_expect_eq(verdict(broker, last), ERR_LIMIT);
    cr_expect_eq(verdict(broker, other), ERR_OK);
    cr_expect_eq(verdict(broker, small), ERR_OK, "what makes it smaller is taken");
    expect_sound(broker, "at its bound of bytes");
    free(bytes);
    mp_buf_deinit(&value);
    place_close(broker);
}

Test(apply, an_edit_may_come_before_what_it_edits)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct forger centre = forger_of(broker, CENTRE), a = forger_of(broker, SITE_A);
    memcpy(centre.rid, a.rid, RID_BYTES);
    struct dot early = send_one(&centre, KIND_COMPLAINT, COMPLAINT_REFERENCE, of_text("HQ-1"));
    apply_all(broker);
    cr_expect_eq(verdict(broker, early), ERR_OK);
    send_one(&a, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20000));
    apply_all(broker);
    struct arena arena;
    struct record_view view = see(broker, KIND_COMPLAINT, a.rid, &arena);
    cr_expect(shows_text(&view, COMPLAINT_REFERENCE, "HQ-1"));
    cr_expect(shows_int(&view, COMPLAINT_RECEIVED_ON, 20000));
    cr_expect_eq(view.subject, a.origin.site);
    arena_deinit(&arena);
    place_close(broker);
}

Test(apply, what_is_held_waits_for_a_decision)
{
    struct said said = {.hold = true};
    struct place *broker = broker_that_tells(&said);
    struct forger a = forger_of(broker, SITE_A), b = forger_of(broker, SITE_B);
    send_one(&a, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20000));
    struct dot held = send_one(&b, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20001));
    struct dot bad = send_one(&b, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_text("x"));
    apply_all(broker);
    cr_expect_eq(verdict(broker, held), ERR_SUSPECT);
    cr_expect_eq(verdict(broker, bad), ERR_SUSPECT);
    cr_expect_eq(rows_of(broker, NS_RECORD), 1);
    expect_sound(broker, "while held");
    said.hold = false;
    send_one(&b, KIND_COMPLAINT, COMPLAINT_CLOSED_ON, of_int(20004));
    uint64_t released = 0;
    struct err_info info;
    cr_assert_eq(ledger_release(broker->ledger, b.origin, &released, &info), ERR_OK);
    cr_expect_eq(released, 2);
    apply_all(broker);
    cr_expect_eq(verdict(broker, held), ERR_OK);
    cr_expect_eq(verdict(broker, bad), ERR_INVALID, "judged like all others");
    cr_expect_eq(rows_of(broker, NS_RECORD), 2);
    expect_sound(broker, "released");
    /* as if it had never been held */
    struct place *other = place_open(LEDGER_BROKER, CENTRE);
    struct forger oa = forger_of(other, SITE_A), ob = forger_of(other, SITE_B);
    send_one(&oa, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20000));
    send_one(&ob, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20001));
    send_one(&ob, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_text("x"));
    send_one(&ob, KIND_COMPLAINT, COMPLAINT_CLOSED_ON, of_int(20004));
    apply_all(other);
    cr_expect_eq(derived_hash(other), derived_hash(broker));
    cr_assert_eq(ledger_release(broker->ledger, b.origin, &released, &info), ERR_OK);
    cr_expect_eq(released, 0);
    place_close(other);
    place_close(broker);
}

Test(apply, a_failed_commit_applies_nothing)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct forger a = forger_of(broker, SITE_A);
    send_one(&a, KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, of_int(20000));
    uint64_t before = derived_hash(broker);
    store_mem_fail_commits(broker->store, 1, STORE_NOT, false);
    uint32_t applied = 77;
    bool caught_up = false;
    struct err_info info;
    cr_expect_eq(ledger_apply(broker->ledger, 10, &applied, &caught_up, &info), ERR_FULL);
    cr_expect_eq(applied, 77);
    cr_expect_eq(derived_hash(broker), before);
    cr_expect_eq(ledger_apply(broker->ledger, 10, &applied, &caught_up, &info), ERR_OK);
    cr_expect(applied == 1 && caught_up);
    cr_expect_eq(ledger_apply(broker->ledger, 10, &applied, &caught_up, &info), ERR_OK);
    cr_expect(applied == 0 && caught_up);
    expect_sound(broker, "after a failed commit");
    place_close(broker);
}

Test(apply, a_note_at_the_node_takes_nothing_away)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct written made = make_complaint(node, 20000);
    struct store_txn *txn = begin_write(node);
    cr_assert_eq(ledger_note_set_aside(txn, made.dot, ERR_INVALID, "the day is wrong \xc3\xa4", 5),
                 ERR_OK);
    commit(txn);
    cr_expect_eq(verdict(node, made.dot), ERR_INVALID);
    uint64_t before = derived_hash(node);
    struct err_info info;
    cr_assert_eq(ledger_rebuild(node->ledger, &info), ERR_OK);
    cr_expect_eq(derived_hash(node), before);
    expect_sound(node, "with a note");
    place_close(node);
}
