#include "world.h"

/* What a broker from an older copy lacks and only sites have. */

static struct store *backup_of(struct world *world)
{
    struct store *copy;
    cr_assert_eq(store_mem_copy(world->store, &copy), ERR_OK);
    return copy;
}

static struct broker_counters counted(struct world *world)
{
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    return counters;
}

static void expect_sound(struct world *world)
{
    struct verify_report report;
    struct err_info info = {.text = ""};
    cr_assert_eq(ledger_verify(world->ledger, NULL, NULL, NULL, &report, &info), ERR_OK, "%s",
                 info.text);
    cr_expect_eq(report.bad_chains + report.bad_entries, 0);
    cr_expect_eq(report.bad_records + report.bad_cells + report.bad_indexes, 0);
    cr_expect(report.digest_matches);
}

Test(sync_return, what_the_centre_wrote_comes_back_from_whoever_has_it)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    world_settle(world);
    struct store *old = backup_of(world);
    struct written for_one = centre_action(world, "for one", one->id);
    struct written for_two = centre_action(world, "for two", two->id);
    struct written holiday = centre_holiday(world, 20500);
    struct written again = centre_action(world, "for one again", one->id);
    world_settle(world);
    node_stop(two);
    broker_restore(world, old);
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, for_one.rid), "for one");
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, again.rid), "for one again");
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, for_two.rid), "", "nobody has told");
    cr_expect_eq(counted(world).operations_returned, 3, "two actions and the holiday");
    expect_sound(world);
    node_start(two);
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, for_two.rid), "for two");
    cr_expect_eq(counted(world).operations_returned, 4, "the holiday is not taken twice");
    expect_sound(world);
    struct store_txn *txn;
    struct record_view view;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    cr_assert_eq(store_begin(world->store, STORE_READ, &txn, NULL), ERR_OK);
    cr_expect_eq(ledger_view(txn, KIND_HOLIDAY, holiday.rid, &arena, &view, NULL), ERR_OK);
    store_abort(txn);
    arena_deinit(&arena);
    uint64_t frames = counted(world).frames;
    node_stop(one);
    node_start(one);
    world_settle(world);
    cr_expect_eq(counted(world).operations_returned, 4);
    cr_expect_lt(counted(world).frames, frames + 8, "once for every return of the broker");
    world_free(world);
}

Test(sync_return, it_is_there_before_the_changes_that_stand_on_it)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    struct store *old = backup_of(world);
    struct written action = centre_action(world, "asked", site->id);
    world_settle(world);
    broker_stop(world);
    static const char *const title = "answered by the site";
    (void)edit_action(site, action.rid, title);
    broker_restore(world, old);
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, action.rid), title,
                     "not set aside as another's record");
    expect_sound(world);
    world_free(world);
}

Test(sync_return, a_copy_of_many_changes_comes_back_over_a_bad_line)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    enum { COUNT = 300 };
    static struct written written[COUNT];
    world_settle(world);
    struct store *old = backup_of(world);
    for (int i = 0; i < COUNT; i++)
        written[i] = centre_action(world, i % 2 == 0 ? "even" : "odd", site->id);
    world_settle(world);
    broker_restore(world, old);
    for (int i = 0; i < 40; i++) {
        world_run(world, (uint64_t)(10 + i % 7));
        node_stop(site);
        node_start(site);
    }
    world_settle(world);
    for (int i = 0; i < COUNT; i++)
        cr_assert_str_eq(title_at_broker(world, KIND_ACTION, written[i].rid),
                         i % 2 == 0 ? "even" : "odd", "%d", i);
    expect_sound(world);
    world_free(world);
}

static struct bytes forge(struct world *world, struct site *site, struct bytes frame)
{
    (void)site;
    struct msg msg;
    static uint8_t copy[FRAME_BYTES_MAX];
    if (msg_decode(frame, &msg) != ERR_OK || msg.type != MSG_RETURN)
        return frame;
    memcpy(copy, frame.data, frame.len);
    copy[frame.len - 1] ^= 1; /* the last byte of the last seal */
    (void)world;
    return bytes_of(copy, frame.len);
}

Test(sync_return, what_the_centre_has_not_sealed_is_not_taken)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    struct store *old = backup_of(world);
    struct written first = centre_action(world, "true", site->id);
    struct written last = centre_action(world, "forged", site->id);
    world_settle(world);
    world->tamper = forge;
    broker_restore(world, old);
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, first.rid), "true");
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, last.rid), "");
    cr_expect_eq(counted(world).refused_bad_seal, 1);
    expect_sound(world);
    world_free(world);
}

/* The site's first epoch ends at the broker before it ends here. */
Test(sync_return, a_site_gives_back_its_former_epochs)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    (void)write_title(site, "one");
    world_settle(world);
    struct store *old = backup_of(world);
    struct store *early = site_backup(site);
    struct written two = write_title(site, "two");
    struct written three = write_title(site, "three");
    world_settle(world);
    node_stop(site);
    node_start(site);
    world_settle(world);
    site_restore(site, early);
    struct written four = write_title(site, "four");
    world_settle(world);
    cr_assert_eq(status_of(site).epoch, 2);
    cr_expect_eq(stored_at_broker(world, site, 1), 3);
    broker_restore(world, old);
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 3, "the first epoch is whole again");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, two.rid), "two");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, three.rid), "three");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, four.rid), "four");
    cr_expect_eq(status_of(site).pending, 0);
    expect_sound(world);
    world_free(world);
}

/* What another site sent, in this one's name. */
static struct bytes pass_off(struct world *world, struct site *site, struct bytes frame)
{
    static uint8_t batches[FRAME_BYTES_MAX];
    static struct msg_batches taken;
    static struct mp_buf out;
    struct msg msg;
    (void)world;
    if (msg_decode(frame, &msg) != ERR_OK)
        return frame;
    if (msg.type == MSG_TXNS && site->number == 0) {
        memcpy(batches, msg.txns.batches.items.data, msg.txns.batches.items.len);
        taken = (struct msg_batches){.items = bytes_of(batches, msg.txns.batches.items.len),
                                     .count = msg.txns.batches.count};
    }
    if (msg.type != MSG_PING || site->number != 1 || taken.count == 0)
        return frame;
    if (out.max == 0)
        mp_buf_init(&out, FRAME_BYTES_MAX);
    mp_buf_reset(&out);
    msg_encode(&out,
               &(struct msg){.type = MSG_RETURN,
                             .back = {.session = msg.ping.nonce, .number = 9, .batches = taken}});
    return mp_buf_bytes(&out);
}

Test(sync_return, nobody_gives_back_what_is_another_s)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    world->tamper = pass_off;
    (void)write_title(one, "mine");
    world_settle(world);
    uint64_t stored = stored_at_broker(world, one, 1);
    world_run(world, 60000);
    cr_expect_gt(counted(world).refused_not_yours, 0);
    cr_expect_eq(counted(world).operations_returned, 0);
    cr_expect_eq(stored_at_broker(world, one, 1), stored);
    cr_expect_eq(stored_at_broker(world, two, 1), 0);
    expect_sound(world);
    world_free(world);
}
