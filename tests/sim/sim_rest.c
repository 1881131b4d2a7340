#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

/* The oracle when the faults are over: everybody has everything, and all that is derived is what
 * the log alone gives. */

/* I5: two machines do not go on under one identity once both have spoken to the broker again. */
static bool twins_apart(struct sim *sim)
{
    const struct sim_place *twin = &sim->nodes[sim->node_count];
    struct node_status status, other;

    if (!sim->cloned || !machine_counts(twin))
        return true;
    if (!twin->up)
        return false;
    engine_status(twin, &status);
    for (uint32_t i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].site != twin->site || !sim->nodes[i].up)
            continue;
        engine_status(&sim->nodes[i], &other);
        return status.epoch != other.epoch;
    }
    return false;
}

bool in_step(struct sim *sim, char *why, size_t size)
{
    struct store_txn *txn = NULL;
    struct err_info info;
    uint64_t waiting = 0;

    if (!sim->broker.up || store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK) {
        (void)snprintf(why, size, "the broker is down");
        return false;
    }
    bool calm = engine_backlog(&sim->broker, txn, &waiting) == ERR_OK && waiting == 0;
    (void)snprintf(why, size, "the broker has %llu to apply", (unsigned long long)waiting);
    for (uint32_t i = 0; i <= sim->node_count && calm; i++) {
        struct sim_place *place = &sim->nodes[i];
        struct node_status status = {0};
        struct site_row row = {0};
        if (!machine_counts(place))
            continue;
        bool twin = sim->cloned && place->site == sim->nodes[sim->node_count].site;
        if (place->up)
            engine_status(place, &status);
        bool known = roster_get(txn, place->site, &row) == ERR_OK;
        calm = known && place->up && status.pending == 0 &&
               (twin || (strcmp(status.phase, "steady") == 0 &&
                         status.feed_cursor == row.feed_last && status.blobs_pending == 0));
        (void)snprintf(
            why, size, "site %u: up %d, %s, pending %llu, feed %llu of %llu, files %llu, error %d",
            i, place->up, place->up ? status.phase : "-", (unsigned long long)status.pending,
            (unsigned long long)status.feed_cursor, (unsigned long long)row.feed_last,
            (unsigned long long)status.blobs_pending, status.last_error);
    }
    store_abort(txn);
    if (calm && !twins_apart(sim)) {
        (void)snprintf(why, size, "I5: two machines write under one epoch");
        return false;
    }
    return calm;
}

static bool key_of(void *context, uint64_t site, uint8_t *key_out)
{
    const struct sim *sim = context;
    const uint8_t *key = site == sim->broker.site ? sim->broker.sign_public : NULL;

    for (uint32_t i = 0; i < sim->node_count && key == NULL; i++)
        if (sim->nodes[i].site == site)
            key = sim->nodes[i].sign_public;
    if (key != NULL)
        memcpy(key_out, key, SIGN_PUBLIC_BYTES);
    return key != NULL;
}

/* I2, I3, I4: chains and seals hold, and everything derived is what the log alone gives. */
void check_rebuild(struct sim *sim, struct sim_place *place)
{
    struct verify_report report = {0};
    struct err_info info = {0};

    enum err err = engine_verify(place, key_of, &report, &info);
    if (err != ERR_OK)
        sim_fail(sim, "verify place %d: %s: %s", place->index, err_text(err), info.text);
    if (report.bad_chains + report.bad_seals + report.bad_entries > 0)
        sim_fail(sim, "I2: place %d: %llu chains, %llu seals, %llu entries are bad", place->index,
                 (unsigned long long)report.bad_chains, (unsigned long long)report.bad_seals,
                 (unsigned long long)report.bad_entries);
    if (report.bad_records + report.bad_cells + report.bad_indexes > 0 || !report.digest_matches)
        sim_fail(sim,
                 "I4: place %d differs from its rebuild: %llu records, %llu cells, %llu index "
                 "rows, digest %d",
                 place->index, (unsigned long long)report.bad_records,
                 (unsigned long long)report.bad_cells, (unsigned long long)report.bad_indexes,
                 report.digest_matches);
}

static bool stored_record(struct store_txn *txn, const struct sim_record *record,
                          struct bytes *value_out)
{
    uint8_t key[2 + RID_BYTES];

    put_u16(key, record->kind);
    memcpy(key + 2, record->rid, RID_BYTES);
    return store_get(txn, NS_RECORD, bytes_of(key, sizeof(key)), value_out) == ERR_OK;
}

/* Another version gives nothing back, and does not keep what makes it provable. */
static bool returns(const struct sim_place *place)
{
    return !place->ever_other && !place->sim->broker.other;
}

/* I3: a site and the broker hold the same bytes of each of the site's records. */
static void check_same(struct sim *sim, const struct sim_record *record)
{
    struct sim_place *place = &sim->nodes[record->home];
    struct store_txn *here = NULL, *there = NULL;
    struct err_info info;
    struct bytes mine = {0}, theirs = {0};
    char text[RID_TEXT_BYTES];

    if (sim->cloned && place->site == sim->nodes[sim->node_count].site)
        return;
    if (!machine_counts(place) || (record->centre_lost && !returns(place)))
        return;
    if (store_begin(place->store, STORE_READ, &here, &info) == ERR_OK &&
        store_begin(sim->broker.store, STORE_READ, &there, &info) == ERR_OK) {
        bool has = stored_record(here, record, &mine), had = stored_record(there, record, &theirs);
        rid_format(record->rid, text);
        if (has != had || !bytes_equal(mine, theirs))
            sim_fail(sim,
                     "I3: site %d and the broker differ on record %s of kind %u (%d %zu bytes, %d "
                     "%zu bytes)",
                     record->home, text, record->kind, has, mine.len, had, theirs.len);
    }
    store_abort(here);
    store_abort(there);
}

/* Is the operation in the broker's log, under its own number or written again under another? */
static bool arrived(struct sim *sim, struct store_txn *txn, const struct sim_write *write)
{
    uint8_t key[DOT_KEY_BYTES];
    struct bytes value, at;
    struct store_iter *iter = NULL;
    enum err err = ERR_OK;
    bool found = false;
    static struct op op;
    struct entry entry;

    dot_put_key(write->dot, key);
    if (!sim->cloned && sim->faults.restore == 0)
        return store_get(txn, NS_LOG, bytes_of(key, sizeof(key)), &value) == ERR_OK;
    uint8_t prefix[8];
    put_u64(prefix, write->dot.origin.site);
    if (store_iter_open(txn, NS_LOG, bytes_of(prefix, sizeof(prefix)), (struct bytes){0},
                        STORE_FORWARD, &iter) != ERR_OK)
        return false;
    while (!found && store_iter_next(iter, &at, &value, &err)) {
        struct dot dot = dot_get_key(at.data);
        if (entry_decode(value, &entry) != ERR_OK || op_decode(dot.origin, &entry, &op) != ERR_OK)
            continue;
        if (memcmp(op.rid, write->rid, RID_BYTES) != 0)
            continue;
        found = dot_compare(dot, write->dot) == 0;
        if (!found &&
            op.ext.len >
                1) { /* {1: [site, epoch, seq], …}: the last re-issue names the first number */
            struct mp_reader reader = mp_reader_of(op.ext);
            uint32_t pairs = mp_read_map(&reader);
            for (uint32_t i = 0; i < pairs && !found; i++) {
                if (mp_read_uint(&reader) != OP_EXT_WAS) {
                    (void)mp_read_any(&reader);
                    continue;
                }
                (void)mp_read_array(&reader);
                struct dot was;
                was.origin.site = mp_read_uint(&reader);
                was.origin.epoch = (uint32_t)mp_read_uint(&reader);
                was.seq = mp_read_uint(&reader);
                found = dot_compare(was, write->dot) == 0;
            }
        }
    }
    store_iter_close(iter);
    return found;
}

bool write_arrived(struct sim *sim, const struct sim_write *write)
{
    struct store_txn *txn = NULL;
    struct err_info info;

    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return false;
    bool there = arrived(sim, txn, write);
    store_abort(txn);
    return there;
}

/* I12, I13: nothing that a person was told is saved is missing from the merged record: it is a
 * sibling, or somebody saw and replaced it. */
static void check_kept(struct sim *sim, struct store_txn *txn, const struct sim_write *write)
{
    static struct arena arena;
    struct rec rec;
    struct bytes value;
    struct sim_record record = {.kind = write->kind};
    uint64_t seen = 0;

    if (!arrived(sim, txn, write)) {
        sim_fail(sim, "I1: a write of place %d, epoch %u number %llu, never reached the broker",
                 write->place, write->dot.origin.epoch, (unsigned long long)write->dot.seq);
        return;
    }
    if (sim->cloned || sim->faults.restore > 0)
        return; /* it may stand under another number */
    memcpy(record.rid, write->rid, RID_BYTES);
    arena_init(&arena, 1 << 20);
    if (!stored_record(txn, &record, &value) || rec_decode(value, &arena, &rec) != ERR_OK)
        sim_fail(sim, "I12: a stored operation has no record");
    else
        for (uint32_t i = 0; i < rec.reg_count; i++)
            for (uint32_t c = 0; c < rec.regs[i].ctx_count; c++)
                if (origin_equal(rec.regs[i].ctx[c].origin, write->dot.origin) &&
                    rec.regs[i].ctx[c].seq >= write->dot.seq)
                    seen++;
    if (seen == 0)
        sim_fail(sim, "I13: epoch %u number %llu is in no field of its record",
                 write->dot.origin.epoch, (unsigned long long)write->dot.seq);
    arena_deinit(&arena);
}

/* I14: what a site holds of the centre the broker holds, whatever copy it came back from. */
static void check_returned(struct sim *sim, const struct sim_place *place, struct store_txn *there)
{
    struct store_txn *here = NULL;
    struct store_iter *iter = NULL;
    struct err_info info;
    struct bytes key, mine, theirs;
    uint8_t prefix[8];
    enum err err;

    put_u64(prefix, sim->broker.site);
    if (store_begin(place->store, STORE_READ, &here, &info) != ERR_OK)
        return;
    err = store_iter_open(here, NS_LOG, bytes_of(prefix, sizeof(prefix)), (struct bytes){0},
                          STORE_FORWARD, &iter);
    while (err == ERR_OK && sim->failure[0] == '\0' && store_iter_next(iter, &key, &mine, &err)) {
        struct dot dot = dot_get_key(key.data);
        if (store_get(there, NS_LOG, key, &theirs) != ERR_OK)
            sim_fail(sim,
                     "I14: place %d holds the centre's epoch %u number %llu, the broker does not",
                     place->index, dot.origin.epoch, (unsigned long long)dot.seq);
        else if (!bytes_equal(mine, theirs))
            sim_fail(sim, "I5: two operations are the centre's epoch %u number %llu",
                     dot.origin.epoch, (unsigned long long)dot.seq);
    }
    store_iter_close(iter);
    store_abort(here);
}

/* A machine that is gone or not let in keeps what it has not sent. */
static bool expected(const struct sim *sim, const struct sim_write *write)
{
    return write->place < 0 || machine_counts(&sim->nodes[write->place]);
}

void check_at_rest(struct sim *sim)
{
    struct store_txn *txn = NULL;
    struct err_info info;

    check_step(sim);
    check_rebuild(sim, &sim->broker);
    for (uint32_t i = 0; i <= sim->node_count && sim->failure[0] == '\0'; i++)
        if (sim->nodes[i].up)
            check_rebuild(sim, &sim->nodes[i]);
    for (uint32_t i = 0; i < sim->record_count && sim->failure[0] == '\0'; i++)
        check_same(sim, &sim->records[i]);
    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return;
    for (uint32_t i = 0; i < sim->node_count && sim->failure[0] == '\0'; i++)
        if (machine_counts(&sim->nodes[i]) && returns(&sim->nodes[i]))
            check_returned(sim, &sim->nodes[i], txn);
    for (uint32_t i = 0; i < sim->write_count && sim->failure[0] == '\0'; i++)
        if (!sim->writes[i].lost && expected(sim, &sim->writes[i]))
            check_kept(sim, txn, &sim->writes[i]);
    store_abort(txn);
    machine_check_acked(sim);
}

void check_broken_off(struct sim *sim)
{
    sim->quiet = true;
    store_mem_set_capacity(sim->broker.store, 0);
    if (sim->broker.up)
        place_crash(&sim->broker, 0);
    /* an older version that refuses a newer store leaves it to ours */
    bool refused = sim->other != NULL && !place_start(&sim->broker) && sim->failure[0] == '\0';
    if (!sim->broker.up && (sim->other == NULL || refused) && !place_start(&sim->broker))
        sim_fail(sim, "the broker does not start after the last crash");
    check_step(sim);
    if (sim->failure[0] == '\0')
        check_rebuild(sim, &sim->broker);
}
