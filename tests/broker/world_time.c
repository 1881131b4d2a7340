#include "world.h"

/* Time passes: frames arrive, engines take their turns. */

static void run_site(struct world *world, struct site *site)
{
    if (site->node == NULL)
        return;
    enum err err = node_tick(site->node, world->now, &site->wake_ms);
    cr_assert(err == ERR_OK || world->fatal_ok, "node: %s", err_text(err));
    if (site->connecting && world->broker != NULL) {
        site->connecting = false;
        site->connected = true;
        node_on_link_ready(site->node, world->now);
    } else if (site->connecting) {
        world_cut(site);
        node_on_link_lost(site->node, ERR_UNREACHABLE, world->now);
    }
    for (uint32_t i = site->down.count; i > 0 && site->down.count > 0; i--) {
        struct queued_frame frame = world_pop(&site->down);
        node_on_frame(site->node, bytes_of(frame.bytes, frame.len), world->now);
        free(frame.bytes);
    }
}

static void run_broker(struct world *world)
{
    for (uint32_t s = 0; s < world->site_count; s++) {
        struct site *site = &world->sites[s];
        for (uint32_t i = site->up.count; i > 0 && site->up.count > 0; i--) {
            struct queued_frame frame = world_pop(&site->up);
            uint8_t peer[8];
            put_u32(peer, site->number);
            put_u32(peer + 4, frame.connection);
            struct bytes bytes = bytes_of(frame.bytes, frame.len);
            if (world->tamper != NULL)
                bytes = world->tamper(world, site, bytes);
            if (bytes.len > 0)
                broker_on_frame(world->broker, bytes_of(peer, sizeof(peer)), site->transport_key,
                                bytes, world->now);
            free(frame.bytes);
        }
    }
    uint64_t wake;
    enum err err = broker_pump(world->broker, world->now, &wake);
    cr_assert(err == ERR_OK || world->fatal_ok, "broker: %s", err_text(err));
}

void world_run(struct world *world, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += WORLD_STEP_MS) {
        world->now.mono_ms += WORLD_STEP_MS;
        world->now.unix_ms += WORLD_STEP_MS;
        for (uint32_t i = 0; i < world->site_count; i++)
            run_site(world, &world->sites[i]);
        if (world->broker != NULL)
            run_broker(world);
    }
}

static bool settled(struct world *world)
{
    for (uint32_t i = 0; i < world->site_count; i++) {
        struct site *site = &world->sites[i];
        if (site->node == NULL)
            continue;
        struct node_status status = status_of(site);
        if (strcmp(status.phase, "steady") != 0 || status.pending > 0 || status.blobs_pending > 0)
            return false;
    }
    struct store_txn *txn;
    uint64_t waiting, position;
    cr_assert_eq(store_begin(world->store, STORE_READ, &txn, NULL), ERR_OK);
    cr_assert_eq(ledger_backlog(world->ledger, txn, &waiting, &position), ERR_OK);
    store_abort(txn);
    return waiting == 0;
}

void world_settle(struct world *world)
{
    for (uint32_t i = 0; i < 2000; i++) {
        world_run(world, 1000);
        if (settled(world)) {
            world_run(world, 1000); /* feeds on their way */
            return;
        }
    }
    for (uint32_t i = 0; i < world->site_count; i++)
        if (world->sites[i].node != NULL) {
            struct node_status status = status_of(&world->sites[i]);
            cr_log_error("node %u: %s pending=%lu blobs=%lu error=%s", i, status.phase,
                         (unsigned long)status.pending, (unsigned long)status.blobs_pending,
                         status.last_error_text);
        }
    cr_assert_fail("it does not come to rest");
}
