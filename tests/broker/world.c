#include "world.h"

#include "lib/ledger/copy.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(struct world *world)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random;
}

void world_random(struct world *world, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(next_random(world) >> 24);
}

/* ---- the line ---- */

static enum err push(struct queue *queue, uint32_t connection, struct bytes frame)
{
    if (queue->count == WORLD_QUEUE_MAX)
        return ERR_BUSY;
    struct queued_frame *to = &queue->frames[queue->count++];
    *to = (struct queued_frame){
        .connection = connection, .len = frame.len, .bytes = malloc(frame.len)};
    memcpy(to->bytes, frame.data, frame.len);
    return ERR_OK;
}

struct queued_frame world_pop(struct queue *queue)
{
    struct queued_frame first = queue->frames[0];
    queue->count--;
    memmove(queue->frames, queue->frames + 1, queue->count * sizeof(first));
    return first;
}

static void empty(struct queue *queue)
{
    while (queue->count > 0)
        free(world_pop(queue).bytes);
}

void world_cut(struct site *site)
{
    site->connecting = site->connected = false;
    empty(&site->up);
    empty(&site->down);
}

static enum err link_open(void *context, const struct membership *membership)
{
    struct site *site = context;
    cr_assert(membership->joined);
    site->connecting = true;
    site->connection = ++site->world->connections;
    return ERR_OK;
}

static void link_close(void *context)
{
    world_cut(context);
}

static enum err link_send(void *context, struct bytes frame)
{
    struct site *site = context;
    return site->connected ? push(&site->up, site->connection, frame) : ERR_UNREACHABLE;
}

static void node_random(void *context, uint8_t *out, size_t len)
{
    world_random(((struct site *)context)->world, out, len);
}

static enum err broker_send_hook(void *context, struct bytes peer, struct bytes frame)
{
    struct world *world = context;
    cr_assert_eq(peer.len, 8);
    uint32_t number = get_u32(peer.data), connection = get_u32(peer.data + 4);
    if (number == UINT32_MAX) { /* somebody who enrols */
        struct msg msg;
        cr_assert_eq(msg_decode(frame, &msg), ERR_OK);
        world->joined_code = msg.type == MSG_JOINED ? ERR_OK : msg.reject.code;
        return ERR_OK;
    }
    struct site *site = &world->sites[number];
    return site->connected && site->connection == connection ? push(&site->down, connection, frame)
                                                             : ERR_UNREACHABLE;
}

static void broker_random(void *context, uint8_t *out, size_t len)
{
    world_random(context, out, len);
}

static void print_log(const char *who, const char *event, const char *pairs)
{
    if (getenv("WORLD_LOG") != NULL)
        fprintf(stderr, "%s %s %s\n", who, event, pairs);
}

static void broker_log_hook(void *context, enum broker_log_level level, const char *event,
                            const char *pairs)
{
    (void)context;
    (void)level;
    print_log("broker", event, pairs);
}

static void node_log_hook(void *context, enum node_log_level level, const char *event,
                          const char *pairs)
{
    (void)level;
    char who[16];
    (void)snprintf(who, sizeof(who), "node%u", ((struct site *)context)->number);
    print_log(who, event, pairs);
}

/* ---- places ---- */

void broker_start(struct world *world)
{
    struct err_info info = {.text = ""};
    cr_assert_eq(broker_feed_new(&world->feed), ERR_OK);
    struct ledger_options options = broker_ledger_options(world->feed);
    cr_assert_eq(ledger_open(world->store, &options, world->sign_secret, &world->ledger, &info),
                 ERR_OK, "%s", info.text);
    struct broker_setup setup = {
        .ledger = world->ledger,
        .feed = world->feed,
        .blobs = world->blobs,
        .hooks = {.context = world,
                  .send = broker_send_hook,
                  .random = broker_random,
                  .log = broker_log_hook},
        .config = {.software = "test", .organisation = "Northmoor"},
    };
    memcpy(setup.config.sign_secret, world->sign_secret, SIGN_SECRET_BYTES);
    cr_assert_eq(broker_new(&setup, world->now, &world->broker, &info), ERR_OK, "%s", info.text);
}

void broker_restore(struct world *world, struct store *backup)
{
    if (world->broker != NULL)
        broker_stop(world);
    store_close(world->store);
    world->store = backup;
    uint8_t incarnation[INCARNATION_BYTES];
    world_random(world, incarnation, sizeof(incarnation));
    cr_assert_eq(copy_adopt(backup, incarnation, NULL), ERR_OK);
    broker_start(world);
}

void broker_stop(struct world *world)
{
    broker_free(world->broker);
    ledger_close(world->ledger);
    broker_feed_free(world->feed);
    world->broker = NULL;
    world->ledger = NULL;
    world->feed = NULL;
    store_mem_crash(world->store);
    for (uint32_t i = 0; i < world->site_count; i++) {
        struct site *site = &world->sites[i];
        bool told = site->connected && site->node != NULL;
        world_cut(site);
        if (told)
            node_on_link_lost(site->node, ERR_UNREACHABLE, world->now);
    }
}

void node_start(struct site *site)
{
    struct err_info info = {.text = ""};
    struct ledger_options options = {.role = LEDGER_NODE};
    cr_assert_eq(ledger_open(site->store, &options, site->sign_secret, &site->ledger, &info),
                 ERR_OK, "%s", info.text);
    struct node_setup setup = {
        .ledger = site->ledger,
        .blobs = site->blobs,
        .hooks = {.context = site,
                  .link_open = link_open,
                  .link_close = link_close,
                  .link_send = link_send,
                  .random = node_random,
                  .log = node_log_hook},
        .config = {.software = "test"},
    };
    memcpy(setup.config.sign_secret, site->sign_secret, SIGN_SECRET_BYTES);
    cr_assert_eq(node_new(&setup, site->world->now, &site->node, &info), ERR_OK, "%s", info.text);
    site->wake_ms = 0;
}

void node_stop(struct site *site)
{
    world_cut(site);
    node_free(site->node);
    ledger_close(site->ledger);
    site->node = NULL;
    site->ledger = NULL;
    store_mem_crash(site->store);
}

struct store *site_backup(const struct site *site)
{
    struct store *copy;
    cr_assert_eq(store_mem_copy(site->store, &copy), ERR_OK);
    return copy;
}

void site_restore(struct site *site, struct store *backup)
{
    node_stop(site);
    store_close(site->store);
    site->store = backup;
    node_start(site);
}

static uint64_t make_id(struct world *world)
{
    uint8_t random[8];
    world_random(world, random, sizeof(random));
    return site_id_from_random(random);
}

static void make_signing(struct world *world, uint8_t *public_out, uint8_t *secret_out)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    world_random(world, seed, sizeof(seed));
    (void)crypto_sign_seed_keypair(public_out, secret_out, seed);
}

struct world *world_new(void)
{
    cr_assert_geq(sodium_init(), 0);
    struct world *world = calloc(1, sizeof(*world));
    world->random = 0x9e3779b97f4a7c15u;
    world->now = (struct times){.mono_ms = 1000, .unix_ms = 1700000000000};
    make_signing(world, world->sign_public, world->sign_secret);
    cr_assert_eq(store_open_mem(&world->store), ERR_OK);
    cr_assert_eq(blobs_open_mem(&world->blobs), ERR_OK);
    cr_assert_eq(ledger_init(world->store, LEDGER_BROKER, make_id(world), NULL), ERR_OK);
    broker_start(world);
    return world;
}

void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->site_count; i++) {
        struct site *site = &world->sites[i];
        if (site->node != NULL)
            node_stop(site);
        store_close(site->store);
        blobs_close(site->blobs);
    }
    if (world->broker != NULL)
        broker_stop(world);
    store_close(world->store);
    blobs_close(world->blobs);
    free(world);
}

void world_join(struct world *world, const uint8_t invite_key[32], const struct site *site)
{
    struct msg msg = {
        .type = MSG_JOIN,
        .join = {.proto = PROTOCOL_NOW, .site = site->id, .software = bytes_of_text("test")}};
    memcpy(msg.join.transport_public, site->transport_key, 32);
    memcpy(msg.join.sign_public, site->sign_public, SIGN_PUBLIC_BYTES);
    msg_join_prove(&msg.join, invite_key, site->sign_secret);
    struct mp_buf frame;
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, &msg);
    uint8_t peer[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    world->joined_code = ERR_TIMEOUT;
    broker_on_frame(world->broker, bytes_of(peer, sizeof(peer)), invite_key, mp_buf_bytes(&frame),
                    world->now);
    uint64_t wake;
    cr_assert_eq(broker_pump(world->broker, world->now, &wake), ERR_OK);
    mp_buf_deinit(&frame);
}

static void keep_membership(struct world *world, struct site *site, const char *slug)
{
    struct membership membership = {.joined = true,
                                    .broker_site = ledger_identity(world->ledger).site};
    memcpy(membership.broker_sign, world->sign_public, SIGN_PUBLIC_BYTES);
    memcpy(membership.slug, slug, strlen(slug) + 1);
    struct store_txn *txn;
    cr_assert_eq(store_begin(site->store, STORE_WRITE, &txn, NULL), ERR_OK);
    cr_assert_eq(membership_put(txn, &membership), ERR_OK);
    cr_assert_eq(store_commit(txn, NULL), STORE_DURABLE);
}

struct site *world_add(struct world *world)
{
    cr_assert_lt(world->site_count, WORLD_NODES_MAX);
    struct site *site = &world->sites[world->site_count];
    *site = (struct site){.world = world, .number = world->site_count++, .id = make_id(world)};
    world_random(world, site->transport_key, sizeof(site->transport_key));
    make_signing(world, site->sign_public, site->sign_secret);
    cr_assert_eq(store_open_mem(&site->store), ERR_OK);
    cr_assert_eq(blobs_open_mem(&site->blobs), ERR_OK);
    cr_assert_eq(ledger_init(site->store, LEDGER_NODE, site->id, NULL), ERR_OK);
    struct key_row invite = {.use = KEY_INVITE, .expires_ms = world->now.unix_ms + 1000};
    (void)snprintf(invite.slug, sizeof(invite.slug), "site-%u", site->number);
    (void)snprintf(invite.name, sizeof(invite.name), "Site %u", site->number);
    uint8_t key[32];
    world_random(world, key, sizeof(key));
    struct err_info info = {.text = ""};
    cr_assert_eq(broker_invite(world->broker, key, &invite, &info), ERR_OK, "%s", info.text);
    cr_assert(broker_admits_key(world->broker, key, world->now.unix_ms));
    world_join(world, key, site);
    cr_assert_eq(world->joined_code, ERR_OK);
    keep_membership(world, site, invite.slug);
    node_start(site);
    return site;
}
