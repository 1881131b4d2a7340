#include "world.h"

#include <stdio.h>
#include <stdlib.h>

/* What one peer can cost the others. */

static struct broker_counters counted(struct world *world)
{
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    return counters;
}

static struct bytes peer_of(const struct site *site, uint8_t id[8])
{
    put_u32(id, site->number);
    put_u32(id + 4, site->connection);
    return bytes_of(id, 8);
}

/* The frame that proves the session is the first TXNS, and the line is gone by then: FEED cannot be
 * sent, and the frame behind it has nowhere to go. The sanitizers look whether it is freed. */
static struct bytes prove_late(struct world *world, struct site *site, struct bytes frame)
{
    struct msg msg;
    cr_assert_eq(msg_decode(frame, &msg), ERR_OK);
    if (msg.type == MSG_PING)
        return (struct bytes){0};
    if (msg.type == MSG_TXNS) {
        site->connected = false;
        world->tamper = NULL;
    }
    return frame;
}

Test(sync_bounds, a_frame_whose_session_ends_under_it_is_let_go)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    node_stop(site);
    (void)centre_action(world, "for the site", site->id);
    world_run(world, 100);
    world->tamper = prove_late;
    node_start(site);
    (void)write_title(site, "kept");
    world_run(world, 500);
    cr_expect(world->tamper == NULL, "it was sent");
    cr_expect_eq(counted(world).queued_bytes, 0);
    world_cut(site);
    node_on_link_lost(site->node, ERR_UNREACHABLE, world->now);
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 1);
    world_free(world);
}

Test(sync_bounds, offers_without_end_fill_no_memory)
{
    enum { FRAMES = 8000, BYTES_MAX = 80 * 1024 * 1024 };
    struct world *world = world_new();
    struct site *site = world_add(world);
    struct msg msg = {.type = MSG_BLOB_OFFER, .blob_offer = {.count = BLOB_OFFERS_MAX}};
    for (uint32_t i = 0; i < BLOB_OFFERS_MAX; i++) {
        uint8_t data[4];
        put_u32(data, i);
        cr_assert_eq(blobs_add_bytes(world->blobs, bytes_of(data, sizeof(data)),
                                     msg.blob_offer.offers[i].hash, NULL),
                     ERR_OK);
        msg.blob_offer.offers[i].size = sizeof(data);
    }
    world_settle(world);
    struct mp_buf frame;
    uint8_t id[8];
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, &msg);
    for (uint32_t i = 0; i < FRAMES; i++)
        broker_on_frame(world->broker, peer_of(site, id), site->transport_key, mp_buf_bytes(&frame),
                        world->now);
    cr_expect_gt(counted(world).queued_bytes, 0);
    cr_expect_lt(counted(world).queued_bytes, BYTES_MAX);
    (void)write_title(site, "goes on");
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 1);
    mp_buf_deinit(&frame);
    world_free(world);
}

/* A JOIN with items of a newer version behind those known. */
static void join_with_more(struct world *world, const uint8_t key[32], const struct site *site,
                           size_t more)
{
    struct msg msg = {.type = MSG_JOIN, .join = {.proto = PROTOCOL_NOW, .site = site->id}};
    memcpy(msg.join.transport_public, site->transport_key, 32);
    memcpy(msg.join.sign_public, site->sign_public, SIGN_PUBLIC_BYTES);
    msg_join_prove(&msg.join, key, site->sign_secret);
    struct mp_buf frame;
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, &msg);
    struct bytes made = mp_buf_bytes(&frame);
    uint8_t *longer = malloc(made.len + more + 5);
    memcpy(longer, made.data, made.len);
    cr_assert_eq(longer[1], 0x97, "an array of a type and six items");
    longer[1] = 0x98;
    longer[made.len] = 0xc6;
    put_u32(longer + made.len + 1, (uint32_t)more);
    memset(longer + made.len + 5, 0, more);
    uint8_t peer[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    world->joined_code = ERR_TIMEOUT;
    broker_on_frame(world->broker, bytes_of(peer, sizeof(peer)), key,
                    bytes_of(longer, made.len + more + 5), world->now);
    free(longer);
    mp_buf_deinit(&frame);
}

Test(sync_bounds, a_long_join_is_refused_and_a_repeated_one_costs_little)
{
    struct world *world = world_new();
    struct site *first = world_add(world);
    struct key_row invite = {
        .use = KEY_INVITE, .slug = "new", .name = "New", .expires_ms = world->now.unix_ms + 5000};
    uint8_t key[32] = "an invitation's transport key...";
    cr_assert_eq(broker_invite(world->broker, key, &invite, NULL), ERR_OK);
    struct site joiner = *first;
    joiner.id = first->id ^ 0x55;
    memset(joiner.transport_key, 0x77, sizeof(joiner.transport_key));
    join_with_more(world, key, &joiner, 70000);
    cr_expect_eq(world->joined_code, ERR_TOO_BIG);
    cr_expect_eq(counted(world).queued_bytes, 0);
    for (int i = 0; i < 100; i++)
        world_join(world, key, &joiner);
    cr_expect_eq(world->joined_code, ERR_OK);
    cr_expect(broker_admits_key(world->broker, joiner.transport_key, world->now.unix_ms));
    world_free(world);
}

Test(sync_bounds, nobody_joins_as_the_centre)
{
    static const struct {
        const char *name;
        uint64_t flip; /* of an id that is fine; 0: the centre's */
        enum err code;
    } rows[] = {
        {"the centre's own id", 0, ERR_EXISTS},
        {"not the id of a site", UINT64_C(1) << 63, ERR_INVALID},
        {"an id of its own", 0x55, ERR_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *world = world_new();
        struct site *first = world_add(world);
        struct key_row invite = {.use = KEY_INVITE,
                                 .slug = "new",
                                 .name = "New",
                                 .expires_ms = world->now.unix_ms + 5000};
        uint8_t key[32] = "an invitation's transport key...";
        cr_assert_eq(broker_invite(world->broker, key, &invite, NULL), ERR_OK);
        struct site joiner = *first;
        joiner.id =
            rows[i].flip == 0 ? ledger_identity(world->ledger).site : first->id ^ rows[i].flip;
        memset(joiner.transport_key, 0x77, sizeof(joiner.transport_key));
        world_join(world, key, &joiner);
        cr_expect_eq(world->joined_code, rows[i].code, "%s: %s", rows[i].name,
                     err_slug(world->joined_code));
        world_free(world);
    }
}

Test(sync_bounds, a_full_disk_stops_a_file_under_way)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    size_t len = 400 * (size_t)BLOB_CHUNK_BYTES;
    uint8_t *data = malloc(len), hash[HASH_BYTES];
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 7 + i / 255);
    cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, len), hash, NULL), ERR_OK);
    (void)write_with_file(site, "scan", hash, len);
    world_run(world, 60);
    uint32_t part = blobs_partial_chunks(world->blobs, hash);
    cr_assert_gt(part, 0);
    cr_assert_lt(part, 100);
    store_mem_set_capacity(world->store, 1);
    world_run(world, 10000);
    cr_expect_lt(blobs_partial_chunks(world->blobs, hash), 400);
    cr_expect(!blobs_have(world->blobs, hash, NULL));
    cr_expect_gt(counted(world).refused_full, 0);
    store_mem_set_capacity(world->store, 0);
    world_settle(world);
    cr_expect(blobs_have(world->blobs, hash, NULL));
    free(data);
    world_free(world);
}

static void centre_title(struct world *world, const uint8_t *rid, const char *title)
{
    struct mp_buf text;
    mp_buf_init(&text, 4096);
    mp_put_str(&text, bytes_of_text(title));
    struct change_write write = {.field = ACTION_TITLE, .value = mp_buf_bytes(&text)};
    struct change change = {
        .kind = KIND_ACTION, .author = "eve", .writes = &write, .write_count = 1};
    memcpy(change.rid, rid, RID_BYTES);
    struct store_txn *txn;
    struct written written;
    struct err_info info = {.text = ""};
    uint8_t random[48] = {0};
    cr_assert_eq(store_begin(world->store, STORE_WRITE, &txn, NULL), ERR_OK);
    cr_assert_eq(
        ledger_write(world->ledger, txn, &change, world->now.unix_ms, random, &written, &info),
        ERR_OK, "%s", info.text);
    cr_assert_eq(store_commit(txn, NULL), STORE_DURABLE);
    mp_buf_deinit(&text);
    broker_on_local_commit(world->broker);
}

Test(sync_bounds, a_long_history_goes_whole_to_who_gets_the_record)
{
    enum { EDITS = 4500 };
    struct world *world = world_new();
    struct site *site = world_add(world);
    struct written made = centre_action(world, "first", 0);
    world_settle(world);
    char title[32];
    for (uint32_t i = 0; i < EDITS; i++) {
        (void)snprintf(title, sizeof(title), "title %u", i);
        centre_title(world, made.rid, title);
        if (i % 100 == 0)
            world_run(world, WORLD_STEP_MS);
    }
    world_settle(world);
    centre_move(world, made.rid, site->id);
    world_settle(world);
    cr_expect_str_eq(title_at_broker(world, KIND_ACTION, made.rid), title);
    cr_expect_str_eq(title_at_site(site, KIND_ACTION, made.rid), title);
    world_free(world);
}
