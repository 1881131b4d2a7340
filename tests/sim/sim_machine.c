#include <stdio.h>
#include <string.h>

#include "lib/ledger/copy.h"
#include "lib/ledger/takeover.h"
#include "tests/sim/sim.h"

/* What befalls whole machines: the broker's disk is replaced by a backup, a key is revoked, a
 * machine is stolen or wiped and never comes back, a clock stands still or goes years wrong. */

enum { YEARS_OFF_MAX = 12, YEAR_S = 365 * 24 * 3600 };

void machine_clock(struct sim_place *place)
{
    struct sim *sim = place->sim;
    int64_t seconds = (int64_t)rng_below(&sim->rng, 20 * 24 * 3600) - 10 * 24 * 3600;

    if (rng_below(&sim->rng, 3) == 0)
        seconds = ((int64_t)rng_below(&sim->rng, 2 * YEARS_OFF_MAX + 1) - YEARS_OFF_MAX) * YEAR_S;
    place->frozen_unix_ms = 0;
    place->clock_offset_ms = seconds * 1000;
    sim->happened[SIM_CLOCK_JUMPED]++;
}

void machine_freeze(struct sim_place *place)
{
    place->frozen_unix_ms = place_times(place).unix_ms;
    place->sim->happened[SIM_CLOCK_FROZEN]++;
}

/* What the sites sent since the copy comes back from them, and so does what the centre wrote since
 * and a site got. Of that which no site got nobody is left: the honest limit. */
static void forget_since(struct sim *sim, uint64_t writes_then)
{
    for (uint64_t i = writes_then; i < sim->write_count; i++) {
        struct sim_write *write = &sim->writes[i];
        if (write->place >= 0)
            continue;
        write->lost = true;
        for (uint32_t r = 0; r < sim->record_count; r++)
            if (memcmp(sim->records[r].rid, write->rid, RID_BYTES) == 0)
                sim->records[r].centre_lost = true;
    }
}

/* What was confirmed has to be there again at rest; until then the log may be as short as the copy.
 */
static void lower_bounds(struct sim *sim, struct store_txn *txn)
{
    for (uint32_t i = 0; i < sim->acked_count; i++) {
        struct sim_acked *acked = &sim->acked[i];
        struct origin_row row = {0};
        if (ledger_get_origin(txn, acked->origin, &row) != ERR_OK)
            row.stored_seq = 0;
        acked->seq_ever = acked->seq > acked->seq_ever ? acked->seq : acked->seq_ever;
        acked->seq = acked->seq < row.stored_seq ? acked->seq : row.stored_seq;
        acked->checked_seq = 0;
    }
}

void machine_restore_broker(struct sim *sim)
{
    struct sim_place *place = &sim->broker;
    uint8_t incarnation[INCARNATION_BYTES];
    struct store_txn *txn = NULL;
    struct err_info info = {0};

    if (place->snapshot == NULL)
        return;
    sim_say(sim, "the broker is restored from a backup");
    place_crash(place, 1000);
    forget_since(sim, place->snapshot_writes);
    store_close(place->store);
    place->store = place->snapshot;
    place->snapshot = NULL;
    store_mem_set_capacity(place->store, 0); /* a new machine */
    store_mem_fail_commits(place->store, 0, STORE_NOT, false);
    for (size_t i = 0; i < sizeof(incarnation); i++)
        incarnation[i] = (uint8_t)rng_next(&sim->rng);
    if (engine_adopt(place, incarnation, &info) != ERR_OK ||
        store_begin(place->store, STORE_READ, &txn, &info) != ERR_OK) {
        sim_fail(sim, "restore the broker: %s", info.text);
        return;
    }
    lower_bounds(sim, txn);
    store_abort(txn);
    sim->happened[SIM_BROKER_RESTORED]++;
}

static uint64_t stored_of(struct sim *sim, uint64_t site)
{
    struct store_txn *txn = NULL;
    struct err_info info;
    uint64_t stored = 0;

    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return 0;
    for (uint32_t epoch = 1; epoch < 64; epoch++) {
        struct origin_row row = {0};
        if (ledger_get_origin(txn, (struct origin){site, epoch}, &row) == ERR_OK)
            stored += row.stored_seq;
    }
    store_abort(txn);
    return stored;
}

void machine_revoke(struct sim_place *place)
{
    struct sim *sim = place->sim;
    struct err_info info = {0};
    char slug[SLUG_BYTES_MAX + 1];

    if (!sim->broker.up || place->revoked)
        return;
    (void)snprintf(slug, sizeof(slug), "site-%d", place->index);
    enum err err = engine_revoke(&sim->broker, slug, &info);
    if (err != ERR_OK) { /* the administrator is told, and nothing is changed or the broker ends */
        bool scarce = err == ERR_NO_MEMORY && sim->scarce;
        if (err != ERR_FULL && err != ERR_IO && err != ERR_UNKNOWN_OUTCOME && !scarce)
            sim_fail(sim, "revoke %s: %s", slug, info.text);
        if (err == ERR_UNKNOWN_OUTCOME)
            place_crash(&sim->broker, 1000);
        return;
    }
    sim_say(sim, "the key of place %d is revoked", place->index);
    sim->happened[SIM_REVOKED]++;
}

void machine_lose(struct sim_place *place)
{
    struct sim *sim = place->sim;

    sim_say(sim, "place %d is gone for good", place->index);
    if (place->up)
        place_crash(place, 1000);
    place->gone = true;
    place->restart_at_ms = UINT64_MAX;
    sim->happened[SIM_GONE]++;
}

/* What the broker gives a new machine in this one's place. */
static enum err take_place(struct sim_place *place, struct site_row *row, struct takeover *takeover)
{
    struct sim *sim = place->sim;
    struct key_row invite = {.expires_ms = UINT64_MAX};
    struct store_txn *txn = NULL;
    struct err_info info = {0};
    const uint8_t key[TRANSPORT_KEY_BYTES] = {1, (uint8_t)place->index};
    struct redeemer asked = {.site = place->site,
                             .epoch = 1,
                             .transport_public = place->transport_public,
                             .sign_public = place->sign_public};
    bool in_place = false;

    (void)snprintf(invite.slug, sizeof(invite.slug), "site-%d", place->index);
    enum err err = store_begin(sim->broker.store, STORE_WRITE, &txn, &info);
    if (err != ERR_OK)
        return err;
    err = roster_invite_in_place(txn, key, &invite, &info);
    if (err == ERR_OK)
        err = roster_redeem(txn, key, &asked, 1, row, &in_place);
    if (err == ERR_OK)
        err = roster_old_keys(txn, place->site, takeover->keys, &takeover->key_count);
    takeover->epoch = row->epoch;
    if (err != ERR_OK)
        store_abort(txn);
    else if (store_commit(txn, &info) != STORE_DURABLE)
        err = ERR_IO;
    if (err == ERR_IO) /* and where its outcome is unknown, the next start finds out */
        store_mem_crash(sim->broker.store);
    return err;
}

static void put_disk(struct sim_place *place, const struct membership *home,
                     const struct takeover *takeover)
{
    struct sim *sim = place->sim;
    struct err_info info = {0};
    struct store_txn *txn = NULL;
    uint64_t site = place->site;

    store_mem_crash(place->store);
    store_close(place->store);
    store_close(place->snapshot);
    blobs_close(place->blobs);
    place->snapshot = NULL;
    place->site = site + 1; /* its own, as `cse init` gives it one, until it takes the place */
    place_make_disk(place, LEDGER_NODE);
    place->site = site;
    if (store_begin(place->store, STORE_WRITE, &txn, &info) != ERR_OK ||
        takeover_site(txn, home, site, takeover, &info) != ERR_OK ||
        store_commit(txn, &info) != STORE_DURABLE)
        sim_fail(sim, "take the place of %d: %s", place->index, info.text);
}

/* What the lost machine had not sent is lost; and a backup of the broker from before would know the
 * old machine's key only. */
static void lower_expectations(struct sim_place *place)
{
    struct sim *sim = place->sim;

    for (uint64_t i = 0; i < sim->write_count; i++)
        if (sim->writes[i].place == place->index && !write_arrived(sim, &sim->writes[i]))
            sim->writes[i].lost = true;
    for (uint32_t i = 0; i < sim->acked_count; i++)
        if (sim->acked[i].origin.site == place->site)
            sim->acked[i].seq_ever = 0;
    sim->faults.restore_broker = 0;
}

/* A new machine in the place of one that is gone, from what the broker has of it. */
void machine_replace(struct sim_place *place)
{
    struct sim *sim = place->sim;
    struct takeover takeover = {0};
    struct site_row row = {0};
    struct store_txn *txn = NULL;
    struct membership home;
    struct err_info info;
    struct sim_place before = *place;

    if (place->revoked || place->replaced || sim->other != NULL || sim->scarce)
        return;
    if (store_begin(place->store, STORE_READ, &txn, &info) != ERR_OK ||
        membership_get(txn, &home) != ERR_OK) {
        sim_fail(sim, "read the membership of %d", place->index);
        return;
    }
    store_abort(txn);
    home.feed_cursor = 0;
    memset(home.broker_incarnation, 0, sizeof(home.broker_incarnation));
    if (sim->broker.up)
        place_crash(&sim->broker, 500);
    place_make_keys(place);
    place->site = before.site;
    if (take_place(place, &row, &takeover) != ERR_OK) { /* a full disk: another time */
        memcpy(place->transport_public, before.transport_public, sizeof(place->transport_public));
        memcpy(place->sign_public, before.sign_public, sizeof(place->sign_public));
        memcpy(place->sign_secret, before.sign_secret, sizeof(place->sign_secret));
        return;
    }
    sim_say(sim, "a new machine takes the place of %d, epoch %u", place->index, row.epoch);
    lower_expectations(place);
    put_disk(place, &home, &takeover);
    memcpy(place->sign_before, before.sign_public, sizeof(place->sign_before));
    place->replaced = true;
    place->gone = false;
    place->restart_at_ms = sim->now_ms + 1;
    sim->happened[SIM_REPLACED]++;
}

/* Is anything still expected of it? */
bool machine_counts(const struct sim_place *place)
{
    return place->active && !place->gone && !place->revoked;
}

/* Whom the broker's disk says is shut out: a commit whose outcome was unknown may have shut out all
 * the same, and a backup does not know of whom was shut out since (docs/operations.md). */
static void read_roster(struct sim *sim)
{
    struct store_txn *txn = NULL;
    struct err_info info;

    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return;
    for (uint32_t i = 0; i <= sim->node_count; i++) {
        struct sim_place *place = &sim->nodes[i];
        struct site_row row = {0};
        if (!place->active || roster_get(txn, place->site, &row) != ERR_OK)
            continue;
        bool revoked = row.state == SITE_REVOKED;
        if (revoked && !place->revoked)
            place->stored_when_revoked = stored_of(sim, place->site);
        place->revoked = revoked;
    }
    store_abort(txn);
}

/* Nothing of a revoked key gets in, whatever it still sends. */
void machine_check(struct sim *sim)
{
    read_roster(sim);
    for (uint32_t i = 0; i < sim->node_count; i++) {
        const struct sim_place *place = &sim->nodes[i];
        if (place->revoked && stored_of(sim, place->site) > place->stored_when_revoked)
            sim_fail(sim, "I9: something of site %u was stored after its key was revoked", i);
    }
}

/* After the faults: everything that was ever confirmed is at the broker, restored or not. */
void machine_check_acked(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->acked_count; i++) {
        const struct sim_acked *acked = &sim->acked[i];
        bool waits = acked->origin.site != sim->broker.site;
        for (uint32_t n = 0; n < sim->node_count; n++)
            waits = waits &&
                    (sim->nodes[n].site != acked->origin.site || machine_counts(&sim->nodes[n]));
        struct store_txn *txn = NULL;
        struct err_info info;
        struct origin_row row = {0};
        if (!waits || store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
            continue;
        enum err err = ledger_get_origin(txn, acked->origin, &row);
        store_abort(txn);
        if (acked->seq_ever > 0 && (err != ERR_OK || row.stored_seq < acked->seq_ever))
            sim_fail(sim, "I1: %llu confirmed before the broker was restored, %llu came back",
                     (unsigned long long)acked->seq_ever, (unsigned long long)row.stored_seq);
    }
}
