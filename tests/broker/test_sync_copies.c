#include "world.h"

/* Restored, cloned and revoked machines. */

Test(sync_copies, a_node_from_a_backup_gets_its_lost_records_back)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    (void)write_title(site, "saved");
    world_settle(world);
    struct store *backup = site_backup(site);
    struct written lost = write_title(site, "lost");
    node_stop(site);
    node_start(site);
    world_settle(world);
    site_restore(site, backup);
    struct written fresh = write_title(site, "written after");
    world_settle(world);
    cr_expect_eq(status_of(site).epoch, 2);
    cr_expect_str_eq(title_at_site(site, KIND_EVIDENCE, lost.rid), "lost");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, lost.rid), "lost");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, fresh.rid), "written after");
    struct site_row row = roster_row(world, site);
    cr_expect_neq(row.suspect_ms, 0, "the copy is noticed");
    cr_expect_eq(row.state, SITE_ACTIVE, "and not held");
    world_free(world);
}

Test(sync_copies, a_backup_from_before_a_change_of_epoch_gets_all_epochs_back)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    (void)write_title(site, "saved");
    world_settle(world);
    struct store *first = site_backup(site), *second = site_backup(site);
    node_stop(site);
    node_start(site);
    world_settle(world);
    site_restore(site, first);
    world_settle(world);
    cr_expect_eq(status_of(site).epoch, 2);
    struct written later = write_title(site, "under the second epoch");
    world_settle(world);
    site_restore(site, second);
    world_settle(world);
    cr_expect_eq(status_of(site).epoch, 3);
    cr_expect_str_eq(title_at_site(site, KIND_EVIDENCE, later.rid), "under the second epoch");
    world_free(world);
}

Test(sync_copies, a_crash_at_any_moment_of_a_change_of_epoch_is_made_good)
{
    for (uint64_t cut_ms = 10; cut_ms < 400; cut_ms += 10) {
        struct world *world = world_new();
        struct site *site = world_add(world);
        struct written kept = write_title(site, "saved");
        world_settle(world);
        struct store *backup = site_backup(site);
        struct written lost = write_title(site, "lost");
        node_stop(site);
        node_start(site);
        world_settle(world);
        site_restore(site, backup);
        struct written fresh = write_title(site, "fresh");
        world_run(world, cut_ms);
        node_stop(site);
        node_start(site);
        world_run(world, cut_ms / 2);
        broker_stop(world);
        broker_start(world);
        world_settle(world);
        cr_expect_str_eq(title_at_site(site, KIND_EVIDENCE, lost.rid), "lost", "cut at %lu",
                         (unsigned long)cut_ms);
        cr_expect_str_eq(title_at_site(site, KIND_EVIDENCE, kept.rid), "saved", "cut at %lu",
                         (unsigned long)cut_ms);
        cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, fresh.rid), "fresh", "cut at %lu",
                         (unsigned long)cut_ms);
        cr_expect_eq(roster_row(world, site).state, SITE_ACTIVE, "cut at %lu",
                     (unsigned long)cut_ms);
        world_free(world);
    }
}

/* Two machines from one disk. The second is a site of the world under the first one's identity. */
static struct site *clone_of(struct world *world, struct site *site)
{
    cr_assert_lt(world->site_count, WORLD_NODES_MAX);
    struct site *copy = &world->sites[world->site_count];
    *copy = (struct site){.world = world, .number = world->site_count, .id = site->id};
    memcpy(copy->transport_key, site->transport_key, sizeof(copy->transport_key));
    memcpy(copy->sign_public, site->sign_public, sizeof(copy->sign_public));
    memcpy(copy->sign_secret, site->sign_secret, sizeof(copy->sign_secret));
    copy->store = site_backup(site);
    cr_assert_eq(blobs_open_mem(&copy->blobs), ERR_OK);
    world->site_count++;
    return copy;
}

Test(sync_copies, clones_are_held_until_an_administrator_decides)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    (void)write_title(site, "common");
    world_settle(world);
    struct site *clone = clone_of(world, site);
    node_stop(site);
    node_start(site);
    world_settle(world); /* the original goes on and uses the token up */
    node_start(clone);
    struct written second = write_title(clone, "by the clone");
    world_run(world, 20000);
    cr_expect_eq(status_of(clone).epoch, 2, "the clone writes under an epoch of its own");
    struct written first = write_title(site, "by the original");
    world_run(world, 60000);
    cr_expect_eq(roster_row(world, site).state, SITE_SUSPECT);
    struct written held = write_title(site, "held");
    struct written held_too = write_title(clone, "held too");
    world_run(world, 120000);
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, held.rid), "", "held");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, held_too.rid), "", "held too");
    cr_expect_eq(status_of(site).pending, 0, "held, but acknowledged");
    cr_expect_eq(status_of(clone).pending, 0);
    uint64_t released = 0;
    struct err_info info = {.text = ""};
    struct site_row row = roster_row(world, site);
    cr_expect_eq(broker_release(world->broker, row.slug, 1, &released, &info), ERR_OK, "%s",
                 info.text);
    cr_expect_eq(broker_release(world->broker, row.slug, 2, &released, &info), ERR_OK, "%s",
                 info.text);
    world_run(world, 1000);
    cr_expect_eq(roster_row(world, site).state, SITE_ACTIVE);
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, held.rid), "held");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, held_too.rid), "held too");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, first.rid), "by the original");
    cr_expect_str_eq(title_at_broker(world, KIND_EVIDENCE, second.rid), "by the clone");
    cr_expect_eq(broker_release(world->broker, "nobody", 1, &released, &info), ERR_NOT_FOUND);
    world_free(world);
}

Test(sync_copies, a_revoked_site_is_out_at_once)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    struct broker_live live = {0};
    cr_expect(broker_is_connected(world->broker, site->id, &live));
    cr_expect_gt(live.heard_unix_ms, 0);
    struct site_row row = roster_row(world, site);
    cr_expect_eq(broker_revoke(world->broker, row.slug, NULL), ERR_OK);
    cr_expect(!broker_is_connected(world->broker, site->id, &live));
    cr_expect(!broker_admits_key(world->broker, site->transport_key, world->now.unix_ms));
    (void)write_title(site, "too late");
    world_run(world, 200000);
    cr_expect_eq(stored_at_broker(world, site, 1), 0);
    struct node_status status = status_of(site);
    cr_expect_eq(status.last_error, ERR_REVOKED);
    cr_expect_eq(status.pending, 1, "it keeps what it has");
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    cr_expect_gt(counters.refused_revoked, 0);
    world_free(world);
}
