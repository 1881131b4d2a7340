#include "lib/ledger/copy.h"
#include "world.h"

/* Records up, feed down, and stops in between. */

Test(sync_flow, what_a_site_writes_reaches_the_broker)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    struct written first = write_title(site, "plan");
    for (int i = 0; i < 3000; i++)
        (void)write_title(site, "many");
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, first.rid), "plan");
    cr_expect_eq(stored_at_broker(world, site, 1), 3001);
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    cr_expect_eq(counters.operations_stored, 3001);
    cr_expect_eq(counters.operations_applied, 3001);
    cr_expect_lt(counters.commits, 200, "commits are shared: %lu", (unsigned long)counters.commits);
    world_free(world);
}

Test(sync_flow, the_centre_reaches_the_site_it_concerns_and_no_other)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    struct written action = centre_action(world, "repair the ramp", one->id);
    world_settle(world);
    cr_expect_str_eq(title_at_site(one, KIND_ACTION, action.rid), "repair the ramp");
    cr_expect_str_eq(title_at_site(two, KIND_ACTION, action.rid), "");
    world_free(world);
}

Test(sync_flow, a_record_that_becomes_a_sites_arrives_whole)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    struct written action = centre_action(world, "train the desk", one->id);
    world_settle(world);
    centre_move(world, action.rid, two->id);
    world_settle(world);
    cr_expect_str_eq(title_at_site(two, KIND_ACTION, action.rid), "train the desk");
    world_free(world);
}

/* A holiday is settled for all: those who are there, and those who come later. */
Test(sync_flow, what_is_central_reaches_every_site)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    const int32_t day = 20605; /* a Monday that is no holiday */
    struct written holiday = centre_holiday(world, day);
    world_settle(world);
    struct site *late = world_add(world);
    world_settle(world);
    struct site *sites[] = {one, two, late};
    for (int i = 0; i < 3; i++)
        cr_expect_not(civil_is_working_day(
                          day, rules_holidays_of(ledger_rules(sites[i]->ledger), sites[i]->id)),
                      "site %d", i + 1);
    (void)holiday;
    world_free(world);
}

Test(sync_flow, a_power_cut_at_either_end_loses_nothing)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    struct written records[60];
    for (int i = 0; i < 60; i++) {
        records[i] = write_title(site, "kept");
        world_run(world, 10 * (uint64_t)(i % 4));
        if (i % 9 == 3) {
            node_stop(site);
            node_start(site);
        }
        if (i % 13 == 5) {
            broker_stop(world);
            world_run(world, 50);
            broker_start(world);
        }
    }
    world_settle(world);
    for (int i = 0; i < 60; i++)
        cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, records[i].rid), "kept", "record %d",
                         i);
    cr_expect_eq(stored_at_broker(world, site, 1), 60);
    cr_expect_eq(roster_row(world, site).suspect_ms, 0, "cuts make nobody a copy");
    world_free(world);
}

Test(sync_flow, a_failed_commit_is_told_and_made_good)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    for (int i = 0; i < 5; i++)
        (void)write_title(site, "late");
    store_mem_fail_commits(world->store, 2, STORE_NOT, false);
    world_run(world, 30);
    cr_expect_eq(stored_at_broker(world, site, 1), 0);
    cr_expect_eq(status_of(site).pending, 5, "nothing is acknowledged before the commit");
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 5);
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    cr_expect_geq(counters.commits_failed, 1);
    world_free(world);
}

Test(sync_flow, an_unknown_commit_stops_the_broker_and_loses_nothing)
{
    for (int keep = 0; keep < 2; keep++) {
        struct world *world = world_new();
        struct site *site = world_add(world);
        world_settle(world);
        (void)write_title(site, "in doubt");
        store_mem_fail_commits(world->store, 1, STORE_UNKNOWN, keep == 1);
        world->fatal_ok = true;
        world_run(world, 50);
        uint64_t wake;
        cr_expect_eq(broker_pump(world->broker, world->now, &wake), ERR_UNKNOWN_OUTCOME, "keep=%d",
                     keep);
        cr_expect_eq(status_of(site).pending, 1, "keep=%d: not acknowledged", keep);
        broker_stop(world);
        broker_start(world);
        world_settle(world);
        cr_expect_eq(stored_at_broker(world, site, 1), 1, "keep=%d", keep);
        world_free(world);
    }
}

/* Back to a copy of before the site wrote `after` and the centre wrote `lost`. */
static void go_back(bool renewed)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    struct written action = centre_action(world, "old", site->id);
    (void)write_title(site, "before");
    world_settle(world);
    struct store *old;
    cr_assert_eq(store_mem_copy(world->store, &old), ERR_OK);
    struct written after = write_title(site, "after");
    struct written lost = centre_action(world, "lost", site->id);
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 2);
    broker_stop(world);
    store_close(world->store);
    world->store = old;
    if (renewed)
        cr_assert_eq(copy_adopt(old, (const uint8_t *)"another broker..", NULL), ERR_OK);
    broker_start(world);
    struct written fresh = {.dot.seq = 0};
    if (renewed)
        fresh = centre_action(world, "fresh", site->id);
    world_settle(world);
    if (!renewed) { /* found out by the site's token */
        fresh = centre_action(world, "fresh", site->id);
        world_settle(world);
    }
    cr_expect_eq(stored_at_broker(world, site, 1), 2, "renewed=%d", renewed);
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, after.rid), "after", "renewed=%d",
                     renewed);
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, action.rid), "old");
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, lost.rid), "lost");
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, lost.rid), "lost", "renewed=%d", renewed);
    cr_expect_eq(status_of(site).epoch, 1, "renewed=%d: the site keeps its epoch", renewed);
    cr_expect_eq(status_of(site).feed_refused, 0, "renewed=%d", renewed);
    cr_expect_gt(fresh.dot.origin.epoch, 1, "the centre does not give numbers out twice");
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, fresh.rid), "fresh", "renewed=%d", renewed);
    broker_stop(world);
    broker_start(world);
    cr_expect_eq(ledger_identity(world->ledger).epoch, fresh.dot.origin.epoch, "once a return");
    world_free(world);
}

Test(sync_flow, a_broker_from_an_old_copy_gets_everything_again)
{
    go_back(false);
}

Test(sync_flow, a_restored_broker_writes_on_under_a_new_epoch)
{
    go_back(true);
}

Test(sync_flow, a_copy_restored_twice_gives_no_number_out_twice)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    struct store *copies[2];
    struct written written[2];
    for (uint32_t i = 0; i < 2; i++)
        cr_assert_eq(store_mem_copy(world->store, &copies[i]), ERR_OK);
    for (uint32_t i = 0; i < 2; i++) {
        broker_stop(world);
        store_close(world->store);
        world->store = copies[i];
        cr_assert_eq(copy_adopt(copies[i],
                                (const uint8_t *)(i == 0 ? "the first time.." : "the second time."),
                                NULL),
                     ERR_OK);
        broker_start(world);
        written[i] = centre_action(world, i == 0 ? "first" : "second", site->id);
        world_settle(world);
    }
    cr_expect_lt(written[0].dot.origin.epoch, written[1].dot.origin.epoch);
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, written[0].rid), "first");
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, written[1].rid), "second");
    cr_expect_eq(status_of(site).feed_refused, 0);
    world_free(world);
}
