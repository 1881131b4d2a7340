#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

/* A place is a machine: its disk (store, files) survives a crash, everything else does not. */

enum { SIM_EPOCH_MS_HIGH = 1760000000 };

struct times place_times(const struct sim_place *place)
{
    const struct sim *sim = place->sim;
    int64_t unix_ms =
        (int64_t)SIM_EPOCH_MS_HIGH * 1000 + (int64_t)sim->now_ms + place->clock_offset_ms;

    return (struct times){.mono_ms = sim->now_ms,
                          .unix_ms = place->frozen_unix_ms != 0 ? place->frozen_unix_ms
                                                                : (uint64_t)unix_ms};
}

void place_make_keys(struct sim_place *place)
{
    uint8_t seed[crypto_sign_SEEDBYTES];

    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)rng_next(&place->sim->rng);
    for (size_t i = 0; i < sizeof(place->transport_public); i++)
        place->transport_public[i] = (uint8_t)rng_next(&place->sim->rng);
    (void)crypto_sign_seed_keypair(place->sign_public, place->sign_secret, seed);
    uint8_t random[8];
    put_u64(random, rng_next(&place->sim->rng));
    place->site = site_id_from_random(random);
}

void place_make_disk(struct sim_place *place, enum ledger_role role)
{
    struct err_info info = {0};

    if (store_open_mem(&place->store) != ERR_OK || blobs_open_mem(&place->blobs) != ERR_OK ||
        ledger_init(place->store, role, place->site, &info) != ERR_OK)
        sim_fail(place->sim, "make a disk: %s", info.text);
}

static bool put_rows(struct store *store, const struct site_row *row,
                     const struct membership *membership)
{
    struct store_txn *txn = NULL;
    struct err_info info;

    if (store_begin(store, STORE_WRITE, &txn, &info) != ERR_OK)
        return false;
    enum err err = ERR_OK;
    if (row != NULL) {
        struct key_row key = {.use = KEY_SITE, .site = row->site};
        err = roster_put(txn, row);
        if (err == ERR_OK && !row->centre)
            err = roster_put_key(txn, row->transport_public, &key);
    }
    if (err == ERR_OK && membership != NULL)
        err = membership_put(txn, membership);
    return store_commit(txn, &info) == STORE_DURABLE && err == ERR_OK;
}

void place_make_broker(struct sim *sim)
{
    struct sim_place *place = &sim->broker;
    static const struct membership home = {.organisation = "Northmoor"};

    *place = (struct sim_place){.sim = sim, .index = -1, .active = true};
    place_make_keys(place);
    place_make_disk(place, LEDGER_BROKER);
    struct site_row row = {.site = place->site,
                           .slug = "centre",
                           .name = "Centre",
                           .centre = true,
                           .state = SITE_ACTIVE};
    memcpy(row.sign_public, place->sign_public, sizeof(row.sign_public));
    if (!put_rows(place->store, &row, &home))
        sim_fail(sim, "put the centre's rows");
}

void place_make_node(struct sim *sim, int index)
{
    struct sim_place *place = &sim->nodes[index];
    struct membership home = {.joined = true,
                              .organisation = "Northmoor",
                              .broker_site = sim->broker.site,
                              .address = "tcp://broker:7710"};

    *place = (struct sim_place){.sim = sim, .index = index, .active = true};
    place_make_keys(place);
    place_make_disk(place, LEDGER_NODE);
    struct site_row row = {.site = place->site, .state = SITE_ACTIVE, .epoch = 1};
    (void)snprintf(row.slug, sizeof(row.slug), "site-%d", index);
    (void)snprintf(row.name, sizeof(row.name), "Site %d", index);
    memcpy(row.transport_public, place->transport_public, sizeof(row.transport_public));
    memcpy(row.sign_public, place->sign_public, sizeof(row.sign_public));
    memcpy(home.slug, row.slug, sizeof(home.slug));
    memcpy(home.broker_sign, sim->broker.sign_public, sizeof(home.broker_sign));
    memcpy(home.broker_transport, sim->broker.transport_public, sizeof(home.broker_transport));
    if (!put_rows(sim->broker.store, &row, NULL) || !put_rows(place->store, NULL, &home))
        sim_fail(sim, "put the rows of a site");
}

bool place_start(struct sim_place *place)
{
    struct err_info info = {0};

    store_mem_fail_commits(place->store, 0, STORE_NOT, false);
    enum err err = engine_start(place, &info);
    place->restart_at_ms = 0;
    if (version_refused(place, err, &info)) {
        engine_stop(place);
        place->restart_at_ms = place->sim->now_ms + 1;
        return false;
    }
    if (err == ERR_FULL || err == ERR_IO || (err == ERR_NO_MEMORY && place->sim->scarce)) {
        /* a full disk, no memory: try again later */
        engine_stop(place);
        store_mem_crash(place->store);
        place->restart_at_ms = place->sim->now_ms + 10 * 1000;
        return false;
    }
    if (err != ERR_OK) {
        sim_fail(place->sim, "place %d does not start: %s: %s", place->index, err_text(err),
                 info.text);
        engine_stop(place);
        return false;
    }
    place->up = true;
    place->wake_ms = place->sim->now_ms;
    return true;
}

void place_crash(struct sim_place *place, uint64_t down_ms)
{
    struct sim *sim = place->sim;

    sim_say(sim, "place %d crashes", place->index);
    sim->crashes++;
    sim->happened[SIM_CRASHED]++;
    engine_stop(place);
    store_mem_crash(place->store);
    place->up = false;
    place->restart_at_ms = sim->now_ms + 1 + down_ms;
    if (place->index >= 0) {
        net_drop_connection(place);
        return;
    }
    for (uint32_t i = 0; i <= sim->node_count; i++)
        if (sim->nodes[i].active && sim->nodes[i].up && sim->nodes[i].connection != 0) {
            net_drop_connection(&sim->nodes[i]);
            engine_link_lost(&sim->nodes[i]);
            sim->nodes[i].wake_ms = sim->now_ms;
        }
    for (uint32_t i = 0; i < sim->acked_count; i++) /* look at everything again after the restart */
        sim->acked[i].checked_seq = 0;
}

void place_take_snapshot(struct sim_place *place)
{
    store_close(place->snapshot);
    place->snapshot = NULL;
    if (store_mem_copy(place->store, &place->snapshot) != ERR_OK)
        sim_fail(place->sim, "copy a disk");
    place->snapshot_writes = place->sim->write_count;
}

/* What was written after the copy and had not reached the broker is on no disk any more. */
static void note_lost(struct sim_place *place)
{
    struct sim *sim = place->sim;

    for (uint64_t i = place->snapshot_writes; i < sim->write_count; i++) {
        struct sim_write *write = &sim->writes[i];
        if (write->place == place->index && !write_arrived(sim, write))
            write->lost = true;
    }
}

void place_restore(struct sim_place *place)
{
    if (place->snapshot == NULL)
        return;
    sim_say(place->sim, "place %d is restored from an older copy", place->index);
    place_crash(place, 1000);
    note_lost(place);
    store_close(place->store);
    place->store = place->snapshot;
    place->snapshot = NULL;
    place->sim->happened[SIM_RESTORED]++;
}

void place_clone(struct sim *sim, int index)
{
    struct sim_place *clone = &sim->nodes[sim->node_count], *origin = &sim->nodes[index];

    if (clone->active || sim->cloned)
        return;
    *clone = *origin;
    clone->index = (int)sim->node_count;
    clone->up = false;
    clone->connection = 0;
    clone->connected = false;
    clone->connect_at_ms = 0;
    clone->snapshot = NULL;
    clone->node = NULL;
    clone->ledger = NULL;
    clone->engine = NULL;
    if (store_mem_copy(origin->store, &clone->store) != ERR_OK ||
        blobs_open_mem(&clone->blobs) != ERR_OK)
        sim_fail(sim, "clone a disk");
    clone->restart_at_ms = sim->now_ms + 1;
    sim->cloned = true;
    sim->happened[SIM_CLONED]++;
    sim_say(sim, "place %d is cloned as place %d", index, clone->index);
}

void place_free(struct sim_place *place)
{
    if (!place->active)
        return;
    engine_stop(place);
    if (place->store != NULL)
        store_mem_crash(place->store);
    store_close(place->store);
    store_close(place->snapshot);
    blobs_close(place->blobs);
    place->active = false;
}
