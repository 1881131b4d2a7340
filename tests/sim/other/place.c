#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/broker.h"
#include "disk.h"
#include "node/node.h"

/* Compiled in the tree of another revision, with its headers (other.sh): a place of the simulator
 * whose engines are that revision's. */

#if __has_include("lib/ledger/copy.h")
#include "lib/ledger/copy.h"
#else
#define copy_adopt broker_renew_incarnation /* its name before there were backups */
#endif

#ifndef OTHER_CALLED
#define OTHER_CALLED "unknown"
#endif

enum { WRITES_MAX = 16 };

struct other_engine {
    const struct other_world *world;
    struct store *store;
    struct blobs *blobs;
    struct ledger *ledger;
    struct broker_feed *feed;
    struct node *node;
    struct broker *broker;
};

static struct times times_of(struct other_times now)
{
    return (struct times){.mono_ms = now.mono_ms, .unix_ms = now.unix_ms};
}

static int tell(enum err err, const struct err_info *info, char *text)
{
    if (err != ERR_OK)
        (void)snprintf(text, OTHER_TEXT_BYTES, "%.*s", OTHER_TEXT_BYTES - 1, info->text);
    return (int)err;
}

static enum err link_open(void *context, const struct membership *membership)
{
    const struct other_world *world = context;

    (void)membership;
    return (enum err)world->hooks.link_open(world->place);
}

static void link_close(void *context)
{
    const struct other_world *world = context;
    world->hooks.link_close(world->place);
}

static enum err link_send(void *context, struct bytes frame)
{
    const struct other_world *world = context;
    return (enum err)world->hooks.link_send(world->place, out_of(frame));
}

static enum err send_to(void *context, struct bytes peer, struct bytes frame)
{
    const struct other_world *world = context;
    return (enum err)world->hooks.send(world->place, out_of(peer), out_of(frame));
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    const struct other_world *world = context;
    world->hooks.random(world->place, out, len);
}

static void say_node(void *context, enum node_log_level level, const char *event, const char *pairs)
{
    const struct other_world *world = context;

    (void)level;
    world->hooks.log(world->place, event, pairs);
}

static void say_broker(void *context, enum broker_log_level level, const char *event,
                       const char *pairs)
{
    const struct other_world *world = context;

    (void)level;
    world->hooks.log(world->place, event, pairs);
}

/* Engines are told where they are by their world, whose address hooks may change into a context. */
static void *context_of(const struct other_world *world)
{
    union {
        const struct other_world *in;
        void *out;
    } context = {.in = world};
    return context.out;
}

static enum err start_node(struct other_engine *engine, const struct other_setup *setup,
                           struct err_info *info)
{
    struct ledger_options options = {.role = LEDGER_NODE};
    struct node_setup node = {.blobs = engine->blobs,
                              .hooks = {.context = context_of(engine->world),
                                        .link_open = link_open,
                                        .link_close = link_close,
                                        .link_send = link_send,
                                        .random = fill_random,
                                        .log = say_node},
                              .config = {.software = OTHER_CALLED}};

    enum err err = ledger_open(engine->store, &options, setup->sign_secret, &engine->ledger, info);
    if (err != ERR_OK)
        return err;
    node.ledger = engine->ledger;
    memcpy(node.config.sign_secret, setup->sign_secret, sizeof(node.config.sign_secret));
    return node_new(&node, times_of(setup->now), &engine->node, info);
}

static struct ledger_options options_of(struct broker_feed *feed)
{
#if __has_include("proto/cse/rules.h")
    return broker_ledger_options(feed);
#else /* time limits were no records yet */
    return broker_ledger_options(
        feed, (struct complaint_profile){.acknowledge_days = 5, .answer_days = 10});
#endif
}

static enum err start_broker(struct other_engine *engine, const struct other_setup *setup,
                             struct err_info *info)
{
    struct broker_setup broker = {.blobs = engine->blobs,
                                  .hooks = {.context = context_of(engine->world),
                                            .send = send_to,
                                            .random = fill_random,
                                            .log = say_broker},
                                  .config = {.software = OTHER_CALLED,
                                             .organisation = "Northmoor",
                                             .apply_ops = setup->apply_ops}};

    enum err err = broker_feed_new(&engine->feed);
    if (err != ERR_OK)
        return err;
    struct ledger_options options = options_of(engine->feed);
    err = ledger_open(engine->store, &options, setup->sign_secret, &engine->ledger, info);
    if (err != ERR_OK)
        return err;
    broker.ledger = engine->ledger;
    broker.feed = engine->feed;
    memcpy(broker.config.sign_secret, setup->sign_secret, sizeof(broker.config.sign_secret));
    return broker_new(&broker, times_of(setup->now), &engine->broker, info);
}

static void stop(struct other_engine *engine)
{
    if (engine == NULL)
        return;
    node_free(engine->node);
    broker_free(engine->broker);
    ledger_close(engine->ledger);
    broker_feed_free(engine->feed);
    store_close(engine->store);
    blobs_close(engine->blobs);
    free(engine);
}

static int start(const struct other_setup *setup, struct other_engine **engine_out, char *text)
{
    struct other_engine *engine = calloc(1, sizeof(*engine));
    struct err_info info = {0};
    enum err err = ERR_NO_MEMORY;

    if (engine == NULL)
        return ERR_NO_MEMORY;
    engine->world = setup->world;
    engine->store = disk_open(setup->world);
    engine->blobs = files_open(setup->world);
    if (engine->store != NULL && engine->blobs != NULL)
        err = setup->broker ? start_broker(engine, setup, &info) : start_node(engine, setup, &info);
    if (err != ERR_OK) {
        stop(engine);
        return tell(err, &info, text);
    }
    *engine_out = engine;
    return ERR_OK;
}

static int tick(struct other_engine *engine, struct other_times now, uint64_t *wake_ms_out)
{
    enum err err = engine->broker != NULL ? broker_pump(engine->broker, times_of(now), wake_ms_out)
                                          : node_tick(engine->node, times_of(now), wake_ms_out);
    return (int)err;
}

static void on_local_commit(struct other_engine *engine, struct other_times now)
{
    if (engine->broker != NULL)
        broker_on_local_commit(engine->broker);
    else
        node_on_local_commit(engine->node, times_of(now));
}

static int commit(struct other_engine *engine, struct store_txn *txn, const struct written *written,
                  struct other_written *written_out, int *forgot_out)
{
    *written_out = (struct other_written){.site = written->dot.origin.site,
                                          .epoch = written->dot.origin.epoch,
                                          .seq = written->dot.seq};
    memcpy(written_out->rid, written->rid, sizeof(written_out->rid));
    written_out->outcome = (int)store_commit(txn, NULL);
    if (written_out->outcome == STORE_NOT)
        *forgot_out = (int)ledger_forget(engine->ledger);
    return ERR_OK;
}

static int write_change(struct other_engine *engine, const struct other_change *asked,
                        struct other_written *written_out, int *forgot_out, char *text)
{
    struct change_write writes[WRITES_MAX];
    struct change change = {.kind = asked->kind,
                            .create = asked->create,
                            .remove = asked->remove,
                            .author = "someone",
                            .writes = writes,
                            .write_count = asked->write_count};
    struct store_txn *txn = NULL;
    struct written written;
    struct err_info info = {0};

    *forgot_out = ERR_OK;
    memcpy(change.rid, asked->rid, sizeof(change.rid));
    for (uint32_t i = 0; i < asked->write_count && i < WRITES_MAX; i++)
        writes[i] = (struct change_write){.field = asked->writes[i].field,
                                          .member = into(asked->writes[i].member),
                                          .value = into(asked->writes[i].value)};
    enum err err = store_begin(engine->store, STORE_WRITE, &txn, &info);
    if (err != ERR_OK)
        return tell(ERR_BUSY, &info, text);
    err =
        ledger_write(engine->ledger, txn, &change, asked->now_ms, asked->random48, &written, &info);
    if (err == ERR_OK)
        return commit(engine, txn, &written, written_out, forgot_out);
    store_abort(txn);
    *forgot_out = (int)ledger_forget(engine->ledger);
    return tell(err, &info, text);
}

/* Revisions differ in whether a site has one key or may have had others: each is asked its way. */
struct asker {
    other_key_of *key_of;
    void *context;
};

static bool one_key(void *context, uint64_t site, uint8_t *key_out)
{
    const struct asker *asker = context;
    return asker->key_of(asker->context, site, key_out);
}

static uint32_t all_keys(void *context, struct origin origin, uint8_t keys_out[][SIGN_PUBLIC_BYTES])
{
    return one_key(context, origin.site, keys_out[0]) ? 1 : 0;
}

typedef enum err
verify_by_site(struct ledger *ledger,
               bool (*sign_public_of)(void *context, uint64_t site, uint8_t *key_out),
               void (*progress)(void *context, uint64_t done, uint64_t all), void *context,
               struct verify_report *report_out, struct err_info *info);
#define KEY_FUNCTION _Generic(&ledger_verify, verify_by_site * : one_key, default : all_keys)

static int verify(struct other_engine *engine, other_key_of *key_of, void *context,
                  struct other_report *report_out, char *text)
{
    struct verify_report report = {0};
    struct err_info info = {0};

    struct asker asker = {.key_of = key_of, .context = context};
    enum err err = ledger_verify(engine->ledger, KEY_FUNCTION, NULL, &asker, &report, &info);
    *report_out = (struct other_report){.bad_chains = report.bad_chains,
                                        .bad_seals = report.bad_seals,
                                        .bad_entries = report.bad_entries,
                                        .bad_records = report.bad_records,
                                        .bad_cells = report.bad_cells,
                                        .bad_indexes = report.bad_indexes,
                                        .digest_matches = report.digest_matches};
    return tell(err, &info, text);
}

static void on_link_ready(struct other_engine *engine, struct other_times now)
{
    node_on_link_ready(engine->node, times_of(now));
}

static void on_link_lost(struct other_engine *engine, int code, struct other_times now)
{
    node_on_link_lost(engine->node, (enum err)code, times_of(now));
}

static void on_frame(struct other_engine *engine, struct other_bytes frame, struct other_times now)
{
    node_on_frame(engine->node, into(frame), times_of(now));
}

static void status(struct other_engine *engine, struct other_status *status_out)
{
    struct node_status is;

    node_status(engine->node, &is);
    *status_out = (struct other_status){.pending = is.pending,
                                        .feed_cursor = is.feed_cursor,
                                        .files_pending = is.blobs_pending,
                                        .epoch = is.epoch,
                                        .last_error = (int)is.last_error};
    (void)snprintf(status_out->phase, sizeof(status_out->phase), "%s", is.phase);
}

static void on_peer_frame(struct other_engine *engine, struct other_bytes peer, const uint8_t *key,
                          struct other_bytes frame, struct other_times now)
{
    broker_on_frame(engine->broker, into(peer), key, into(frame), times_of(now));
}

static int revoke(struct other_engine *engine, const char *slug, char *text)
{
    struct err_info info = {0};
    enum err err = broker_revoke(engine->broker, slug, &info);

    return tell(err, &info, text);
}

static int release(struct other_engine *engine, const char *slug, uint32_t epoch, char *text)
{
    struct err_info info = {0};
    uint64_t released = 0;
    enum err err = broker_release(engine->broker, slug, epoch, &released, &info);

    return tell(err, &info, text);
}

static int waiting(struct other_engine *engine, uint64_t *waiting_out)
{
    struct store_txn *txn = NULL;
    struct err_info info;
    uint64_t position = 0;

    enum err err = store_begin(engine->store, STORE_READ, &txn, &info);
    if (err != ERR_OK)
        return (int)err;
    err = ledger_backlog(engine->ledger, txn, waiting_out, &position);
    store_abort(txn);
    return (int)err;
}

static int adopt(const struct other_world *world, const uint8_t *incarnation16, char *text)
{
    struct store *store = disk_open(world);
    struct err_info info = {0};

    enum err err = store != NULL ? copy_adopt(store, incarnation16, &info) : ERR_NO_MEMORY;
    store_close(store);
    return tell(err, &info, text);
}

extern const struct other_software other_software;
const struct other_software other_software = {
    .version = OTHER_VERSION,
    .bytes = sizeof(struct other_software),
    .called = OTHER_CALLED,
    .namespaces = {NS_META, NS_SITE, NS_KEY, NS_ORIGIN, NS_LOG, NS_SEAL, NS_ARRIVAL, NS_RECORD,
                   NS_INDEX, NS_CELL, NS_FEED, NS_BLOB, NS_QUARANTINE, NS_ERASE, NS_JOB},
    .start = start,
    .stop = stop,
    .tick = tick,
    .on_local_commit = on_local_commit,
    .write = write_change,
    .verify = verify,
    .on_link_ready = on_link_ready,
    .on_link_lost = on_link_lost,
    .on_frame = on_frame,
    .status = status,
    .on_peer_frame = on_peer_frame,
    .revoke = revoke,
    .release = release,
    .waiting = waiting,
    .adopt = adopt,
};
