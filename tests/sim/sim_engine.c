#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

/* What a place is told and asked, whichever software is installed there: ours, called as it is, or
 * that of another revision (other/other.h). */

static const struct other_software *other_of(const struct sim_place *place)
{
    return place->engine != NULL ? place->sim->other : NULL;
}

static struct other_times now_of(const struct sim_place *place)
{
    struct times now = place_times(place);
    return (struct other_times){.mono_ms = now.mono_ms, .unix_ms = now.unix_ms};
}

static enum err told(int code, const char *text, struct err_info *info)
{
    return code == ERR_OK ? ERR_OK : err_set(info, (enum err)code, "%s", text);
}

static enum err start_broker(struct sim_place *place, struct err_info *info)
{
    enum err err = broker_feed_new(&place->feed);
    if (err != ERR_OK)
        return err;
    struct ledger_options options = broker_ledger_options(place->feed);
    err = ledger_open(place->store, &options, place->sign_secret, &place->ledger, info);
    if (err != ERR_OK)
        return err;
    struct broker_setup setup = {.ledger = place->ledger,
                                 .feed = place->feed,
                                 .blobs = place->blobs,
                                 .hooks = net_broker_hooks(place),
                                 .config = {.software = "sim",
                                            .organisation = "Northmoor",
                                            .apply_ops = 1 + rng_below(&place->sim->rng, 64)}};
    memcpy(setup.config.sign_secret, place->sign_secret, sizeof(setup.config.sign_secret));
    return broker_new(&setup, place_times(place), &place->broker, info);
}

static enum err start_node(struct sim_place *place, struct err_info *info)
{
    struct ledger_options options = {.role = LEDGER_NODE};

    enum err err = ledger_open(place->store, &options, place->sign_secret, &place->ledger, info);
    if (err != ERR_OK)
        return err;
    struct node_setup setup = {.ledger = place->ledger,
                               .blobs = place->blobs,
                               .hooks = net_node_hooks(place),
                               .config = {.software = "sim"}};
    memcpy(setup.config.sign_secret, place->sign_secret, sizeof(setup.config.sign_secret));
    return node_new(&setup, place_times(place), &place->node, info);
}

static enum err start_other(struct sim_place *place, struct err_info *info)
{
    char text[OTHER_TEXT_BYTES] = "";

    place->world = other_world_of(place);
    struct other_setup setup = {.world = &place->world,
                                .broker = place->index < 0,
                                .sign_secret = place->sign_secret,
                                .apply_ops = 1 + rng_below(&place->sim->rng, 64),
                                .now = now_of(place)};
    return told(place->sim->other->start(&setup, &place->engine, text), text, info);
}

enum err engine_start(struct sim_place *place, struct err_info *info)
{
    if (place->other)
        return start_other(place, info);
    return place->index < 0 ? start_broker(place, info) : start_node(place, info);
}

void engine_stop(struct sim_place *place)
{
    if (place->engine != NULL)
        place->sim->other->stop(place->engine);
    node_free(place->node);
    broker_free(place->broker);
    ledger_close(place->ledger);
    broker_feed_free(place->feed);
    place->engine = NULL;
    place->node = NULL;
    place->broker = NULL;
    place->ledger = NULL;
    place->feed = NULL;
}

enum err engine_tick(struct sim_place *place)
{
    const struct other_software *other = other_of(place);

    if (other != NULL)
        return (enum err)other->tick(place->engine, now_of(place), &place->wake_ms);
    if (place->index < 0)
        return broker_pump(place->broker, place_times(place), &place->wake_ms);
    return node_tick(place->node, place_times(place), &place->wake_ms);
}

void engine_link_ready(struct sim_place *place)
{
    const struct other_software *other = other_of(place);

    if (other != NULL)
        other->on_link_ready(place->engine, now_of(place));
    else
        node_on_link_ready(place->node, place_times(place));
}

void engine_link_lost(struct sim_place *place)
{
    const struct other_software *other = other_of(place);

    if (other != NULL)
        other->on_link_lost(place->engine, ERR_UNREACHABLE, now_of(place));
    else
        node_on_link_lost(place->node, ERR_UNREACHABLE, place_times(place));
}

static struct other_bytes out(struct bytes bytes)
{
    return (struct other_bytes){.data = bytes.data, .len = bytes.len};
}

void engine_frame(struct sim_place *place, struct bytes frame)
{
    const struct other_software *other = other_of(place);

    if (other != NULL)
        other->on_frame(place->engine, out(frame), now_of(place));
    else
        node_on_frame(place->node, frame, place_times(place));
}

void engine_peer_frame(struct sim_place *broker, struct bytes peer, const uint8_t *key,
                       struct bytes frame)
{
    const struct other_software *other = other_of(broker);

    if (other != NULL)
        other->on_peer_frame(broker->engine, out(peer), key, out(frame), now_of(broker));
    else
        broker_on_frame(broker->broker, peer, key, frame, place_times(broker));
}

static void local_commit(struct sim_place *place)
{
    const struct other_software *other = other_of(place);

    if (other != NULL)
        other->on_local_commit(place->engine, now_of(place));
    else if (place->index < 0)
        broker_on_local_commit(place->broker);
    else
        node_on_local_commit(place->node, place_times(place));
}

static enum err write_other(struct sim_place *place, const struct change *change,
                            const uint8_t random[48], struct sim_saved *saved,
                            struct err_info *info)
{
    struct other_write writes[SIM_WRITES_A_CHANGE_MAX];
    struct other_change asked = {.kind = change->kind,
                                 .create = change->create,
                                 .remove = change->remove,
                                 .rid = change->rid,
                                 .writes = writes,
                                 .write_count = change->write_count,
                                 .now_ms = place_times(place).unix_ms,
                                 .random48 = random};
    struct other_written written = {0};
    int forgot = ERR_OK;
    char text[OTHER_TEXT_BYTES] = "";

    for (uint32_t i = 0; i < change->write_count; i++)
        writes[i] = (struct other_write){.field = change->writes[i].field,
                                         .member = out(change->writes[i].member),
                                         .value = out(change->writes[i].value)};
    int code = place->sim->other->write(place->engine, &asked, &written, &forgot, text);
    saved->forgot = (enum err)forgot;
    saved->outcome = (enum store_outcome)written.outcome;
    saved->written.dot = (struct dot){.origin = {written.site, written.epoch}, .seq = written.seq};
    memcpy(saved->written.rid, written.rid, RID_BYTES);
    return told(code, text, info);
}

static enum err write_ours(struct sim_place *place, const struct change *change,
                           const uint8_t random[48], struct sim_saved *saved, struct err_info *info)
{
    struct store_txn *txn = NULL;

    if (store_begin(place->store, STORE_WRITE, &txn, info) != ERR_OK)
        return ERR_BUSY;
    enum err err = ledger_write(place->ledger, txn, change, place_times(place).unix_ms, random,
                                &saved->written, info);
    if (err == ERR_OK)
        saved->outcome = store_commit(txn, info);
    else
        store_abort(txn);
    if (err != ERR_OK || saved->outcome == STORE_NOT)
        saved->forgot = ledger_forget(place->ledger);
    return err;
}

enum err engine_write(struct sim_place *place, const struct change *change,
                      const uint8_t random[48], struct sim_saved *saved_out, struct err_info *info)
{
    *saved_out = (struct sim_saved){.forgot = ERR_OK};
    return place->engine != NULL ? write_other(place, change, random, saved_out, info)
                                 : write_ours(place, change, random, saved_out, info);
}

void engine_saved(struct sim_place *place)
{
    local_commit(place);
    place->wake_ms = place->sim->now_ms;
}

void engine_status(const struct sim_place *place, struct node_status *status_out)
{
    static const char *const phases[] = {"closed", "opening", "greeting", "recover", "steady"};
    const struct other_software *other = other_of(place);
    struct other_status status = {0};

    if (other == NULL) {
        node_status(place->node, status_out);
        return;
    }
    other->status(place->engine, &status);
    *status_out = (struct node_status){.phase = "unknown",
                                       .pending = status.pending,
                                       .feed_cursor = status.feed_cursor,
                                       .blobs_pending = status.files_pending,
                                       .epoch = status.epoch,
                                       .last_error = (enum err)status.last_error};
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
        if (strcmp(phases[i], status.phase) == 0)
            status_out->phase = phases[i];
}

struct key_asker {
    other_key_of *key_of;
    void *context;
};

static uint32_t keys_of(void *context, struct origin origin,
                        uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES])
{
    const struct key_asker *asker = context;
    const struct sim *sim = asker->context;

    if (!asker->key_of(asker->context, origin.site, keys_out[0]))
        return 0;
    for (uint32_t i = 0; i < sim->node_count; i++)
        if (sim->nodes[i].site == origin.site && sim->nodes[i].replaced) {
            memcpy(keys_out[1], sim->nodes[i].sign_before, SIGN_PUBLIC_BYTES);
            return 2;
        }
    return 1;
}

enum err engine_verify(struct sim_place *place, other_key_of *key_of, struct verify_report *report,
                       struct err_info *info)
{
    struct other_report theirs = {0};
    char text[OTHER_TEXT_BYTES] = "";

    if (place->engine == NULL)
        return ledger_verify(place->ledger, keys_of, NULL,
                             &(struct key_asker){.key_of = key_of, .context = place->sim}, report,
                             info);
    int code = place->sim->other->verify(place->engine, key_of, place->sim, &theirs, text);
    *report = (struct verify_report){.bad_chains = theirs.bad_chains,
                                     .bad_seals = theirs.bad_seals,
                                     .bad_entries = theirs.bad_entries,
                                     .bad_records = theirs.bad_records,
                                     .bad_cells = theirs.bad_cells,
                                     .bad_indexes = theirs.bad_indexes,
                                     .digest_matches = theirs.digest_matches};
    return told(code, text, info);
}

enum err engine_revoke(struct sim_place *broker, const char *slug, struct err_info *info)
{
    char text[OTHER_TEXT_BYTES] = "";

    if (broker->engine == NULL)
        return broker_revoke(broker->broker, slug, info);
    return told(broker->sim->other->revoke(broker->engine, slug, text), text, info);
}

enum err engine_release(struct sim_place *broker, const char *slug, uint32_t epoch,
                        struct err_info *info)
{
    char text[OTHER_TEXT_BYTES] = "";
    uint64_t released = 0;

    if (broker->engine == NULL)
        return broker_release(broker->broker, slug, epoch, &released, info);
    return told(broker->sim->other->release(broker->engine, slug, epoch, text), text, info);
}

enum err engine_backlog(struct sim_place *broker, struct store_txn *txn, uint64_t *waiting_out)
{
    uint64_t position = 0;

    if (broker->engine == NULL)
        return ledger_backlog(broker->ledger, txn, waiting_out, &position);
    return (enum err)broker->sim->other->waiting(broker->engine, waiting_out);
}

/* `cse restore`, of the software that is installed there. */
enum err engine_adopt(struct sim_place *broker, const uint8_t incarnation[INCARNATION_BYTES],
                      struct err_info *info)
{
    char text[OTHER_TEXT_BYTES] = "";

    if (!broker->other)
        return copy_adopt(broker->store, incarnation, info);
    broker->world = other_world_of(broker);
    return told(broker->sim->other->adopt(&broker->world, incarnation, text), text, info);
}
