#include <criterion/criterion.h>
#include <sodium.h>

#include "proto/sync/msg.h"

/* Every message out and in again, and every way a frame can be wrong. */

static const uint8_t BIN16[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t BIN32[32] = {0xaa, 0xbb};

static struct msg hello(void)
{
    struct msg msg = {.type = MSG_HELLO};
    msg.hello = (struct msg_hello){.proto_min = 1,
                                   .proto_max = 2,
                                   .software = bytes_of_text("1.0"),
                                   .site = 77,
                                   .epoch = 3,
                                   .seq = 9,
                                   .acked_seq = 8,
                                   .pending = 1,
                                   .unix_ms = 1700,
                                   .feed_cursor = 5,
                                   .want_epoch = true};
    memcpy(msg.hello.token, BIN16, 16);
    memcpy(msg.hello.head, BIN32, 32);
    return msg;
}

static struct msg welcome(void)
{
    struct msg msg = {.type = MSG_WELCOME};
    msg.welcome = (struct msg_welcome){.session = 5,
                                       .mode = WELCOME_NEW_EPOCH,
                                       .epoch = 4,
                                       .stored_seq = 9,
                                       .applied_seq = 7,
                                       .unix_ms = 3,
                                       .credit_bytes = 1000,
                                       .broker_site = 2,
                                       .slug = bytes_of_text("housing"),
                                       .name = bytes_of_text("Housing"),
                                       .organisation = bytes_of_text("Northmoor"),
                                       .retry_spread_ms = 60000};
    memcpy(msg.welcome.token, BIN16, 16);
    return msg;
}

static struct msg welcome_with_held(void)
{
    static struct mp_buf held;
    mp_buf_init(&held, 4096);
    msg_put_held(&held, (struct msg_held){.origin = {2, 1}, .stored_seq = 60});
    msg_put_held(&held, (struct msg_held){.origin = {77, 3}, .stored_seq = 0});
    struct msg msg = welcome();
    msg.welcome.centre_epoch = 2;
    msg.welcome.held_count = 2;
    msg.welcome.held = mp_buf_bytes(&held);
    return msg;
}

static struct msg joined_in_place(void)
{
    static struct mp_buf keys;
    mp_buf_init(&keys, 4096);
    msg_put_old_key(&keys, &(struct old_key){.last_epoch = 2, .sign_public = {7}});
    msg_put_old_key(&keys, &(struct old_key){.last_epoch = 4, .sign_public = {8}});
    return (struct msg){.type = MSG_JOINED,
                        .joined = {.organisation = bytes_of_text("O"),
                                   .slug = bytes_of_text("s"),
                                   .name = bytes_of_text("N"),
                                   .broker_site = 2,
                                   .epoch = 5,
                                   .old_key_count = 2,
                                   .old_keys = mp_buf_bytes(&keys)}};
}

static uint8_t one_batch[] = {0x90}; /* delimited only: what is in it is batch_read's to judge */

static struct msg feed(void)
{
    static struct mp_buf findings, keys;
    mp_buf_init(&findings, 4096);
    mp_buf_init(&keys, 4096);
    msg_put_finding(&findings, &(struct msg_finding){.dot = {{7, 1}, 3},
                                                     .code = ERR_INVALID,
                                                     .text = bytes_of_text("why")});
    msg_put_feed_key(&keys, &(struct msg_feed_key){.site = 9, .slug = bytes_of_text("two")});
    struct msg msg = {.type = MSG_FEED};
    msg.feed = (struct msg_feed){.session = 5,
                                 .from = 3,
                                 .to = 9,
                                 .batches = {bytes_of(one_batch, 1), 1},
                                 .finding_count = 1,
                                 .findings = mp_buf_bytes(&findings),
                                 .key_count = 1,
                                 .keys = mp_buf_bytes(&keys)};
    return msg;
}

/* One of each. */
static uint32_t all(struct msg *msgs)
{
    uint32_t n = 0;
    msgs[n++] = hello();
    msgs[n++] = welcome();
    msgs[n++] = welcome_with_held();
    msgs[n++] = (struct msg){.type = MSG_TXNS,
                             .txns = {.session = 5, .batches = {bytes_of(one_batch, 1), 1}}};
    msgs[n++] = (struct msg){.type = MSG_ACK,
                             .ack = {.session = 5,
                                     .epoch = 2,
                                     .stored_seq = 9,
                                     .applied_seq = 8,
                                     .credit_bytes = 77,
                                     .code = ERR_GAP}};
    msgs[n++] = (struct msg){.type = MSG_BLOB_OFFER,
                             .blob_offer = {.count = 2, .offers = {{.size = 5}, {.size = 0}}}};
    msgs[n++] = (struct msg){.type = MSG_BLOB_WANT,
                             .blob_want = {.from_chunk = 3, .count = BLOB_WINDOW_CHUNKS}};
    msgs[n++] = (struct msg){.type = MSG_BLOB_CHUNK,
                             .blob_chunk = {.size = 3, .index = 1, .chunk = bytes_of(BIN16, 3)}};
    msgs[n++] = (struct msg){.type = MSG_BLOB_HAVE, .blob_have = {.size = 3}};
    msgs[n++] = feed();
    msgs[n++] = (struct msg){.type = MSG_FEED_ACK, .feed_ack = {.session = 5, .to = 9}};
    msgs[n++] = (struct msg){.type = MSG_OWN_GET, .own_get = {.session = 5, .epoch = 1, .from = 3}};
    msgs[n++] =
        (struct msg){.type = MSG_OWN_OPS, .own_ops = {.session = 5, .epoch = 1, .more = true}};
    msgs[n++] =
        (struct msg){.type = MSG_RETURN,
                     .back = {.session = 5, .number = 2, .batches = {bytes_of(one_batch, 1), 1}}};
    msgs[n++] = (struct msg){.type = MSG_RETURNED,
                             .returned = {.session = 5, .number = 2, .code = ERR_FULL}};
    msgs[n++] = (struct msg){.type = MSG_PING, .ping = {.nonce = 1, .unix_ms = 2, .pending = 3}};
    msgs[n++] = (struct msg){.type = MSG_PONG, .pong = {.nonce = 1, .unix_ms = 2}};
    msgs[n++] = (struct msg){.type = MSG_BUSY, .busy = {.retry_after_ms = 1000, .code = ERR_FULL}};
    msgs[n++] = (struct msg){
        .type = MSG_REJECT,
        .reject = {.code = ERR_REVOKED, .text = bytes_of_text("no"), .retry_after_ms = 9}};
    msgs[n++] = (struct msg){.type = MSG_BYE, .bye = {.code = ERR_NOT_FOUND}};
    msgs[n++] =
        (struct msg){.type = MSG_JOIN,
                     .join = {.proto = 1, .site = 7, .software = bytes_of_text("x"), .epoch = 3}};
    msgs[n++] = joined_in_place();
    msgs[n++] = (struct msg){.type = MSG_JOINED,
                             .joined = {.organisation = bytes_of_text("O"),
                                        .slug = bytes_of_text("s"),
                                        .name = bytes_of_text("N"),
                                        .partner = true,
                                        .broker_site = 2}};
    return n;
}

Test(msg, every_message_comes_out_as_it_went_in)
{
    struct msg msgs[32], got;
    uint32_t count = all(msgs);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = msg_type_text(msgs[i].type);
        struct mp_buf first, second;
        mp_buf_init(&first, FRAME_BYTES_MAX);
        mp_buf_init(&second, FRAME_BYTES_MAX);
        msg_encode(&first, &msgs[i]);
        cr_assert_eq(mp_buf_err(&first), ERR_OK, "%s", name);
        cr_expect_eq(msg_decode(mp_buf_bytes(&first), &got), ERR_OK, "%s", name);
        cr_expect_eq(got.type, msgs[i].type, "%s", name);
        msg_encode(&second, &got);
        cr_expect(bytes_equal(mp_buf_bytes(&first), mp_buf_bytes(&second)),
                  "%s: the same bytes again", name);
        mp_buf_deinit(&first);
        mp_buf_deinit(&second);
    }
}

Test(msg, fields_land_where_they_belong)
{
    struct msg msg = hello(), got;
    struct mp_buf buf;
    mp_buf_init(&buf, FRAME_BYTES_MAX);
    msg_encode(&buf, &msg);
    cr_assert_eq(msg_decode(mp_buf_bytes(&buf), &got), ERR_OK);
    cr_expect_eq(got.hello.site, 77);
    cr_expect_eq(got.hello.epoch, 3);
    cr_expect_eq(got.hello.feed_cursor, 5);
    cr_expect(got.hello.want_epoch);
    cr_expect_eq(memcmp(got.hello.token, BIN16, 16), 0);
    mp_buf_reset(&buf);
    msg = feed();
    msg_encode(&buf, &msg);
    cr_assert_eq(msg_decode(mp_buf_bytes(&buf), &got), ERR_OK);
    struct mp_reader reader = mp_reader_of(got.feed.findings);
    struct msg_finding finding = msg_read_finding(&reader);
    cr_expect_eq(finding.dot.seq, 3);
    cr_expect_eq(finding.code, ERR_INVALID);
    reader = mp_reader_of(got.feed.keys);
    cr_expect_eq(msg_read_feed_key(&reader).site, 9);
    mp_buf_reset(&buf);
    msg = welcome_with_held();
    msg_encode(&buf, &msg);
    cr_assert_eq(msg_decode(mp_buf_bytes(&buf), &got), ERR_OK);
    cr_expect_eq(got.welcome.centre_epoch, 2);
    cr_assert_eq(got.welcome.held_count, 2);
    reader = mp_reader_of(got.welcome.held);
    struct msg_held first = msg_read_held(&reader);
    cr_expect(first.origin.site == 2 && first.origin.epoch == 1 && first.stored_seq == 60);
    mp_buf_reset(&buf);
    msg = joined_in_place();
    msg_encode(&buf, &msg);
    cr_assert_eq(msg_decode(mp_buf_bytes(&buf), &got), ERR_OK);
    cr_expect(got.joined.epoch == 5 && got.joined.old_key_count == 2);
    reader = mp_reader_of(got.joined.old_keys);
    struct old_key key = msg_read_old_key(&reader);
    cr_expect(key.last_epoch == 2 && key.sign_public[0] == 7);
    mp_buf_deinit(&buf);
}

Test(msg, a_frame_cut_anywhere_is_refused)
{
    struct msg msgs[32], got;
    uint32_t count = all(msgs);
    for (uint32_t i = 0; i < count; i++) {
        struct mp_buf buf;
        mp_buf_init(&buf, FRAME_BYTES_MAX);
        msg_encode(&buf, &msgs[i]);
        for (size_t len = 0; len < buf.len; len++)
            cr_expect_neq(msg_decode(bytes_of(buf.data, len), &got), ERR_OK, "%s cut at %zu",
                          msg_type_text(msgs[i].type), len);
        mp_buf_deinit(&buf);
    }
}

static const struct {
    const char *name;
    enum err code;
    uint8_t bytes[48];
    size_t len;
} faults[] = {
    {"nothing at all", ERR_CORRUPT, {0}, 0},
    {"only the version", ERR_CORRUPT, {1}, 1},
    {"another frame version", ERR_VERSION, {2, 0x91, 18}, 3},
    {"no array", ERR_CORRUPT, {1, 18}, 2},
    {"an empty array", ERR_CORRUPT, {1, 0x90}, 2},
    {"type zero", ERR_CORRUPT, {1, 0x91, 0}, 3},
    {"a type of the future", ERR_UNSUPPORTED, {1, 0x92, 99, 0xc0}, 4},
    {"a type behind ours", ERR_UNSUPPORTED, {1, 0x91, 22}, 3},
    {"RETURN without a batch", ERR_CORRUPT, {1, 0x94, 13, 5, 1, 0x90}, 6},
    {"RETURN number zero", ERR_CORRUPT, {1, 0x94, 13, 5, 0, 0x91, 0x90}, 7},
    {"too few items", ERR_CORRUPT, {1, 0x93, 15, 1}, 4},
    {"a byte too many behind it", ERR_CORRUPT, {1, 0x92, 18, 0, 0}, 5},
    {"text for a number", ERR_CORRUPT, {1, 0x92, 18, 0xa1, 'x'}, 5},
    {"a negative number", ERR_CORRUPT, {1, 0x92, 18, 0xff}, 4},
    {"a session of zero", ERR_CORRUPT, {1, 0x93, 10, 0, 5}, 5},
    {"an epoch of zero", ERR_CORRUPT, {1, 0x94, 11, 5, 0, 1}, 6},
    {"a first sequence of zero", ERR_CORRUPT, {1, 0x94, 11, 5, 1, 0}, 6},
    {"an epoch past 32 bits", ERR_CORRUPT, {1, 0x94, 11, 5, 0xcf, 0, 0, 0, 1, 0, 0, 0, 0, 1}, 14},
    {"TXNS without a batch", ERR_CORRUPT, {1, 0x93, 3, 5, 0x90}, 5},
    {"an offer of nothing", ERR_CORRUPT, {1, 0x92, 5, 0x90}, 4},
    {"a short hash", ERR_CORRUPT, {1, 0x93, 8, 0xc4, 2, 1, 2, 5}, 8},
    {"a feed that goes backwards", ERR_CORRUPT, {1, 0x97, 9, 5, 4, 3, 0x90, 0x90, 0x90}, 9},
    {"a feed with a finding that is none",
     ERR_CORRUPT,
     {1, 0x97, 9, 5, 3, 4, 0x90, 0x91, 0x90, 0x90},
     10},
    {"a number that is longer than it must be", ERR_CORRUPT, {1, 0x92, 18, 0xcc, 5}, 5},
    {"an item of a newer peer behind ours", ERR_OK, {1, 0x93, 18, 5, 0xa1, 'x'}, 6},
    {"a code we do not have", ERR_OK, {1, 0x92, 18, 0xcc, 200}, 5},
};

Test(msg, faults)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct msg got;
        enum err err = msg_decode(bytes_of(faults[i].bytes, faults[i].len), &got);
        cr_expect_eq(err, faults[i].code, "%s: %s", faults[i].name, err_text(err));
    }
}

Test(msg, who_may_hang_up_after_it)
{
    static const struct {
        const char *name;
        bool parting;
        uint8_t bytes[8];
        size_t len;
    } rows[] = {
        {"BYE", true, {1, 0x92, 18, 0}, 4},
        {"JOIN, whatever is in it", true, {1, 0x92, 20, 1}, 4},
        {"PING", false, {1, 0x94, 14, 1, 1, 0}, 6},
        {"another version", false, {2, 0x92, 18, 0}, 4},
        {"no array", false, {1, 18}, 2},
        {"an empty array", false, {1, 0x90, 18}, 3},
        {"nothing after the version", false, {1}, 1},
        {"nothing", false, {0}, 0},
    };
    cr_assert(MSG_BYE == 18 && MSG_JOIN == 20 && MSG_PING == 14);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(msg_is_parting(bytes_of(rows[i].bytes, rows[i].len)), rows[i].parting, "%s",
                     rows[i].name);
}

Test(msg, a_joiner_proves_its_key_for_one_invitation_and_one_site)
{
    cr_assert_geq(sodium_init(), 0);
    uint8_t secret[64], seed[32] = {5};
    struct msg_join join = {.site = 77};
    crypto_sign_seed_keypair(join.sign_public, secret, seed);
    msg_join_prove(&join, BIN32, secret);
    cr_expect(msg_join_check(&join, BIN32));
    uint8_t other[32] = {1};
    cr_expect(!msg_join_check(&join, other), "another invitation");
    struct msg_join changed = join;
    changed.site++;
    cr_expect(!msg_join_check(&changed, BIN32), "another site");
    changed = join;
    changed.transport_public[3] ^= 1;
    cr_expect(!msg_join_check(&changed, BIN32), "another transport key");
}
