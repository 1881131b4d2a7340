#include "tests/lib/ledger/fixture.h"

/* The organisation's rules are records; what depends on them follows when they change. */

static struct written put(struct place *place, uint16_t kind, struct change_write *writes,
                          uint32_t count, enum err code)
{
    struct change change = {
        .kind = kind, .create = true, .author = "eve", .writes = writes, .write_count = count};
    return place_write(place, &change, code);
}

/* A profile of the councils' code that gives `days` to answer instead of ten. */
static struct written put_profile(struct place *place, int days, enum err code)
{
    struct value name = of_text("lgsco"), ack = of_int(5), answer = of_int(days);
    struct change_write writes[] = {
        {.field = DEADLINE_PROFILE_CODE, .value = value_bytes(&name)},
        {.field = DEADLINE_PROFILE_NAME, .value = value_bytes(&name)},
        {.field = DEADLINE_PROFILE_ACKNOWLEDGE_DAYS, .value = value_bytes(&ack)},
        {.field = DEADLINE_PROFILE_ANSWER_DAYS, .value = value_bytes(&answer)},
    };
    return put(place, KIND_DEADLINE_PROFILE, writes, 4, code);
}

static struct written put_holiday(struct place *place, int32_t day)
{
    struct value calendar = of_text("england-wales"), date = of_int(day);
    struct change_write writes[] = {{.field = HOLIDAY_CALENDAR, .value = value_bytes(&calendar)},
                                    {.field = HOLIDAY_DATE, .value = value_bytes(&date)}};
    return put(place, KIND_HOLIDAY, writes, 2, ERR_OK);
}

/* Days to answer a complaint of the kind by default. */
static int answer_days(struct place *place)
{
    return rules_profile_of(ledger_rules(place->ledger), 0)->answer_days;
}

Test(rules, a_change_counts_anew_what_depends_on_it)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    for (int i = 0; i < 600; i++) /* more than one piece */
        (void)make_complaint(broker, 20500 + i % 40);
    apply_all(broker);
    uint64_t before = derived_hash(broker);
    struct written profile = put_profile(broker, 20, ERR_OK);
    apply_all(broker);
    cr_expect_eq(answer_days(broker), 20);
    expect_sound(broker, "another profile");
    uint64_t with = derived_hash(broker);
    cr_expect_neq(with, before);
    (void)put_holiday(broker, 20505);
    apply_all(broker);
    expect_sound(broker, "one more holiday");
    cr_expect_neq(derived_hash(broker), with);
    place_reopen(broker);
    cr_expect_eq(answer_days(broker), 20, "read again at the start");
    (void)erase_record(broker, KIND_DEADLINE_PROFILE, profile.rid);
    apply_all(broker);
    cr_expect_eq(answer_days(broker), 10, "the built-in one is back");
    expect_sound(broker, "the profile deleted");
    place_close(broker);
}

/* The same operations in another order: rules first. */
Test(rules, order_of_arrival_does_not_matter)
{
    struct place *centre = place_open(LEDGER_BROKER, CENTRE);
    struct place *node = place_open(LEDGER_NODE, SITE_A), *late = place_open(LEDGER_NODE, SITE_B);
    place_join(node, CENTRE);
    place_join(late, CENTRE);
    struct written profile = put_profile(centre, 3, ERR_OK);
    struct written holiday = put_holiday(centre, 20510);
    struct written made[8];
    for (int i = 0; i < 8; i++)
        made[i] = make_complaint(centre, 20500 + i);
    apply_all(centre);
    cr_assert_eq(feed(centre, node, profile.dot), ERR_OK);
    cr_assert_eq(feed(centre, node, holiday.dot), ERR_OK);
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(feed(centre, node, made[i].dot), ERR_OK);
        cr_assert_eq(feed(centre, late, made[7 - i].dot), ERR_OK);
    }
    cr_assert_eq(feed(centre, late, holiday.dot), ERR_OK);
    cr_assert_eq(feed(centre, late, profile.dot), ERR_OK);
    cr_expect_eq(rows_of(node, NS_CELL), rows_of(late, NS_CELL));
    uint8_t one[16], two[16];
    struct store_txn *txn = begin_read(node);
    cr_assert_eq(ledger_digest(txn, one), ERR_OK);
    store_abort(txn);
    txn = begin_read(late);
    cr_assert_eq(ledger_digest(txn, two), ERR_OK);
    store_abort(txn);
    cr_expect_arr_eq(one, two, sizeof(one), "the same operations give the same digest");
    expect_sound(late, "rules came last");
    place_close(centre);
    place_close(node);
    place_close(late);
}

Test(rules, sites_do_not_write_them)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    (void)put_profile(node, 99, ERR_DENIED);
    cr_expect_eq(answer_days(node), 10);
    place_close(node);
}

/* What one rater says stays at the site; that there is a record may be known. */
Test(rules, local_values_do_not_leave)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct value person = of_text("Marker Ellis"), team = of_text("desk"), one = of_int(1);
    struct value day = of_int(20500), score = of_int(4);
    struct change_write writes[] = {
        {.field = COMPETENCY_PERSON, .value = value_bytes(&person)},
        {.field = COMPETENCY_ROLE, .value = value_bytes(&one)},
        {.field = COMPETENCY_TEAM, .value = value_bytes(&team)},
        {.field = COMPETENCY_RATED_ON, .value = value_bytes(&day)},
        {.field = COMPETENCY_RATER_GROUP, .value = value_bytes(&one)},
        {.field = COMPETENCY_SCORE, .value = value_bytes(&score)},
    };
    (void)make_evidence(node, "before", 1);
    struct written rating = put(node, KIND_COMPETENCY, writes, 6, ERR_OK);
    (void)make_evidence(node, "after", 2);
    cr_assert_eq(upload(node, broker, 10), ERR_OK, "the chain and its seal hold");
    apply_all(broker);
    struct arena arena;
    struct record_view there = see(broker, KIND_COMPETENCY, rating.rid, &arena);
    for (uint32_t i = 0; i < there.field_count; i++)
        cr_expect_eq(there.fields[i].value.len, 0, "field %u is erased", there.fields[i].field);
    cr_expect_gt(there.field_count, 0);
    arena_deinit(&arena);
    struct record_view here = see(node, KIND_COMPETENCY, rating.rid, &arena);
    cr_expect(shows_text(&here, COMPETENCY_PERSON, "Marker Ellis"));
    arena_deinit(&arena);
    expect_sound(broker, "with a local record");
    expect_sound(node, "with a local record");
    place_close(node);
    place_close(broker);
}
