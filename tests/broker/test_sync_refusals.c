#include "world.h"

/* Who and what the broker does not take. */

static struct broker_counters counted(struct world *world)
{
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    return counters;
}

Test(sync_refusals, an_invitation_answers_its_user_twice_and_nobody_else)
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
    world_join(world, key, &joiner);
    cr_expect_eq(world->joined_code, ERR_OK);
    world_join(world, key, &joiner);
    cr_expect_eq(world->joined_code, ERR_OK, "the answer may have been lost");
    joiner.id ^= 0xff;
    world_join(world, key, &joiner);
    cr_expect_eq(world->joined_code, ERR_EXISTS);
    cr_expect(!broker_admits_key(world->broker, key, invite.expires_ms + 1));
    world_free(world);
}

Test(sync_refusals, a_joiner_must_hold_the_signing_key_it_names)
{
    struct world *world = world_new();
    struct site *first = world_add(world);
    struct key_row invite = {
        .use = KEY_INVITE, .slug = "new", .name = "New", .expires_ms = world->now.unix_ms + 5000};
    uint8_t key[32] = "an invitation's transport key...";
    cr_assert_eq(broker_invite(world->broker, key, &invite, NULL), ERR_OK);
    struct site joiner = *first;
    joiner.id = first->id ^ 0x55;
    joiner.sign_public[0] ^= 1;
    world_join(world, key, &joiner);
    cr_expect_eq(world->joined_code, ERR_BAD_SEAL);
    cr_expect_eq(counted(world).refused_bad_join, 1);
    world_free(world);
}

Test(sync_refusals, an_unknown_key_is_refused_and_remembered)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    memset(site->transport_key, 0x11, sizeof(site->transport_key));
    world_run(world, 20000);
    cr_expect_gt(counted(world).refused_unknown_key, 0);
    struct unknown_key keys[4];
    cr_expect_eq(broker_unknown_keys(world->broker, keys, 4), 1);
    cr_expect_eq(memcmp(keys[0].key, site->transport_key, 32), 0);
    cr_expect_eq(status_of(site).last_error, ERR_UNKNOWN_KEY);
    world_free(world);
}

Test(sync_refusals, a_site_cannot_speak_as_another)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    memcpy(two->transport_key, one->transport_key, sizeof(two->transport_key));
    (void)write_title(two, "not mine");
    node_stop(one);
    world_run(world, 20000);
    cr_expect_gt(counted(world).refused_not_yours, 0);
    cr_expect_eq(stored_at_broker(world, two, 1), 0);
    world_free(world);
}

static void send_rubbish(struct world *world, const struct site *site, uint32_t count)
{
    static const uint8_t rubbish[] = {0x01, 0xc1}, nobody[8] = {0};
    for (uint32_t i = 0; i < count; i++)
        broker_on_frame(world->broker, bytes_of(nobody, sizeof(nobody)), site->transport_key,
                        bytes_of(rubbish, sizeof(rubbish)), world->now);
}

Test(sync_refusals, one_refused_frame_after_another_puts_a_key_off)
{
    struct world *world = world_new();
    struct site *one = world_add(world), *two = world_add(world);
    world_settle(world);
    send_rubbish(world, one, FAULTS_MAX);
    cr_expect(broker_admits_key(world->broker, one->transport_key, world->now.unix_ms));
    cr_expect_eq(counted(world).refused_malformed, FAULTS_MAX);
    send_rubbish(world, one, 2);
    cr_expect_eq(counted(world).put_offs, 1);
    cr_expect_eq(counted(world).refused_put_off, 1, "the one after is not even read");
    cr_expect(!broker_admits_key(world->broker, one->transport_key, world->now.unix_ms));
    cr_expect_eq(broker_put_off_s(world->broker, one->id, world->now), PUT_OFF_MS / 1000);
    cr_expect(broker_admits_key(world->broker, two->transport_key, world->now.unix_ms));
    cr_expect_eq(broker_put_off_s(world->broker, two->id, world->now), 0);
    (void)write_title(two, "goes on");
    world_run(world, PUT_OFF_MS);
    cr_expect_eq(stored_at_broker(world, two, 1), 1);
    cr_expect(broker_admits_key(world->broker, one->transport_key, world->now.unix_ms));
    (void)write_title(one, "again in order");
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, one, 1), 1);
    world_free(world);
}

Test(sync_refusals, a_refused_frame_now_and_then_puts_nobody_off)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    for (int minute = 0; minute < 3; minute++) {
        send_rubbish(world, site, FAULTS_MAX);
        world_run(world, FAULTS_WINDOW_MS);
    }
    cr_expect_eq(counted(world).put_offs, 0);
    world_free(world);
}

static struct bytes twice(struct world *world, struct site *site, struct bytes frame)
{
    struct msg msg;
    if (msg_decode(frame, &msg) == ERR_OK && msg.type == MSG_TXNS) {
        uint8_t peer[8];
        put_u32(peer, site->number);
        put_u32(peer + 4, site->connection);
        broker_on_frame(world->broker, bytes_of(peer, sizeof(peer)), site->transport_key, frame,
                        world->now);
        uint64_t wake;
        cr_assert_eq(broker_pump(world->broker, world->now, &wake), ERR_OK);
    }
    return frame;
}

Test(sync_refusals, a_duplicate_is_acknowledged_and_stored_once)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    world->tamper = twice;
    for (int i = 0; i < 10; i++) {
        (void)write_title(site, "once");
        world_run(world, 100);
    }
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 10);
    cr_expect_eq(counted(world).operations_stored, 10);
    cr_expect_gt(counted(world).duplicates, 0);
    cr_expect_eq(status_of(site).pending, 0);
    world_free(world);
}

static struct bytes lose_second(struct world *world, struct site *site, struct bytes frame)
{
    (void)site;
    struct msg msg;
    static uint32_t seen;
    if (msg_decode(frame, &msg) != ERR_OK || msg.type != MSG_TXNS || ++seen != 2)
        return frame;
    world->tamper = NULL;
    return (struct bytes){0};
}

Test(sync_refusals, a_gap_is_answered_with_the_position)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    world->tamper = lose_second;
    for (int i = 0; i < 6; i++) {
        (void)write_title(site, "each in a frame");
        world_run(world, 20);
    }
    world_run(world, 2000);
    cr_expect_eq(stored_at_broker(world, site, 1), 6, "without a new session");
    cr_expect_gt(counted(world).refused_gap, 0);
    cr_expect_eq(counted(world).sessions_opened, 1);
    world_free(world);
}

static struct bytes flip_seal(struct world *world, struct site *site, struct bytes frame)
{
    (void)site;
    struct msg msg;
    static uint8_t copy[FRAME_BYTES_MAX];
    if (msg_decode(frame, &msg) != ERR_OK || msg.type != MSG_TXNS)
        return frame;
    memcpy(copy, frame.data, frame.len);
    copy[frame.len - 1] ^= 1; /* the last byte of the last seal */
    world->tamper = NULL;
    return bytes_of(copy, frame.len);
}

Test(sync_refusals, a_broken_seal_ends_the_session_and_stores_nothing)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    world_settle(world);
    world->tamper = flip_seal;
    (void)write_title(site, "sealed");
    world_run(world, 1000);
    cr_expect_eq(stored_at_broker(world, site, 1), 0);
    cr_expect_eq(counted(world).refused_bad_seal, 1);
    cr_expect_eq(status_of(site).last_error, ERR_BAD_SEAL);
    world_settle(world);
    cr_expect_eq(stored_at_broker(world, site, 1), 1, "later it is sent again, whole");
    world_free(world);
}
