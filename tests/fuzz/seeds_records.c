#include "tests/fuzz/seeds.h"

#include <sodium.h>
#include <stdio.h>

#include "proto/record/merge.h"
#include "proto/sync/msg.h"
#include "tests/proto/record/make.h"

enum { ENTRIES = 4, ROOM_BYTES = 256 * 1024, NAME_BYTES = 32 };

static const uint8_t salt[SALT_BYTES] = {1, 2, 3, 4};
static struct mp_buf entries[ENTRIES];
static uint8_t sign_public[SIGN_PUBLIC_BYTES], sign_secret[SIGN_SECRET_BYTES];

static void encode(const struct op_draft_write *writes, uint32_t count, uint64_t seq,
                   struct mp_buf *entry_out)
{
    struct op_draft draft = {
        .kind = 3, .author = RAW("alice"), .writes = writes, .write_count = count};
    make_rid(draft.rid);
    struct dot dot = {.origin = make_origin(SITE_LOW, 1), .seq = seq};
    uint64_t hlc = (UINT64_C(1790000000000) + seq) << 16;
    mp_buf_init(entry_out, OP_BYTES_MAX);
    seed_must(entry_encode(&draft, dot, hlc, salt, entry_out) == ERR_OK, "entry_encode");
}

/* Plain, with a set member; personal, with a context; a deletion; two origins in one context. */
static void make_entries(void)
{
    const struct dot own[] = {{.origin = make_origin(SITE_LOW, 1), .seq = 1}};
    const struct dot both[] = {{.origin = make_origin(SITE_LOW, 1), .seq = 2},
                               {.origin = make_origin(300, 1), .seq = 4}};
    const struct op_draft_write plain[] = {
        {.field = 1,
         .value = RAW("\xa5"
                      "Queue")},
        {.field = 2, .value = RAW("\xcd\x50\x00")},
        {.field = 7, .value = RAW("\xc3"), .member = RAW("\x08")},
    };
    const struct op_draft_write personal[] = {
        {.field = 1,
         .value = RAW("\xa4"
                      "Desk"),
         .ctx = own,
         .ctx_count = 1},
        {.field = 5,
         .value = RAW("\xa7"
                      "Ann Lee"),
         .personal = true},
    };
    const struct op_draft_write removal[] = {
        {.field = 0, .value = RAW("\xc3"), .ctx = both, .ctx_count = 2}};
    const struct op_draft_write seen[] = {
        {.field = 1, .value = RAW("\xc0"), .ctx = both, .ctx_count = 2},
        {.field = 2, .value = RAW("\x93\x01\xd0\x80\xc4\x01x"), .ctx = both, .ctx_count = 1},
    };
    encode(plain, 3, 1, &entries[0]);
    encode(personal, 2, 2, &entries[1]);
    encode(removal, 1, 3, &entries[2]);
    encode(seen, 2, 4, &entries[3]);
}

static void put_entries(void)
{
    char name[NAME_BYTES];
    struct mp_buf buf;
    mp_buf_init(&buf, ROOM_BYTES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        struct bytes entry = mp_buf_bytes(&entries[i]);
        (void)snprintf(name, sizeof(name), "entry-%u", i + 1);
        seed_put("op", name, entry);
        seed_put("mp", name, entry);
    }
    seed_must(entry_erase(mp_buf_bytes(&entries[1]), &buf) == ERR_OK, "entry_erase");
    seed_put("op", "erased", mp_buf_bytes(&buf));
    seed_must(entry_redact(mp_buf_bytes(&entries[1]), &buf) == ERR_OK, "entry_redact");
    seed_put("op", "redacted", mp_buf_bytes(&buf));
    struct dot old = {.origin = make_origin(SITE_LOW, 1), .seq = 4};
    struct dot next = {.origin = make_origin(SITE_LOW, 3), .seq = 3};
    seed_must(entry_reissue(mp_buf_bytes(&entries[3]), old, 1, next, &buf) == ERR_OK,
              "entry_reissue");
    seed_put("op", "reissued", mp_buf_bytes(&buf));
    seed_put("op", "context",
             RAW("\x98\x00\x02\xcf\x80\x00\x00\x00\x00\x00\x00\x09\x01\x05\xcf\x80\x00"));
    seed_put("mp", "types",
             RAW("\x9a\xc0\xc2\xc3\xcc\x80\xd1\x80\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
                 "\xa1x\xc4\x01y\x82\x01\x02\x03\x80\xe0"));
    mp_buf_deinit(&buf);
}

static void make_batch(struct mp_buf *buf, uint32_t first, uint32_t count)
{
    static struct batch batch;
    uint8_t head[HASH_BYTES], leaf[HASH_BYTES];
    batch = (struct batch){.origin = make_origin(SITE_LOW, 1), .first = first, .count = count};
    chain_start(batch.origin, head);
    for (uint32_t i = 0; i < first - 1 + count; i++) {
        struct entry entry;
        if (i == first - 1)
            memcpy(batch.prev_head, head, HASH_BYTES);
        seed_must(entry_decode(mp_buf_bytes(&entries[i]), &entry) == ERR_OK, "entry_decode");
        seed_must(chain_leaf(&entry, leaf) == ERR_OK, "chain_leaf");
        chain_extend(head, leaf);
        if (i >= first - 1)
            batch.entries[i - (first - 1)] = mp_buf_bytes(&entries[i]);
    }
    seal_make(batch.origin, first, first + count - 1, head, sign_secret, batch.seal);
    batch_encode(buf, &batch);
}

static void put_states(void)
{
    char name[NAME_BYTES];
    struct arena arena;
    struct rec rec = {0};
    struct mp_buf buf, pair;
    arena_init(&arena, 1 << 20);
    mp_buf_init(&buf, ROOM_BYTES);
    mp_buf_init(&pair, ROOM_BYTES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        struct op op;
        struct entry entry;
        enum merge_result result;
        mp_buf_reset(&pair);
        mp_put_array(&pair, 2);
        mp_put_bin(&pair, mp_buf_bytes(&buf));
        mp_put_bin(&pair, mp_buf_bytes(&entries[i]));
        (void)snprintf(name, sizeof(name), "merge-%u", i + 1);
        seed_put("rec", name, mp_buf_bytes(&pair));
        seed_must(entry_decode(mp_buf_bytes(&entries[i]), &entry) == ERR_OK, "entry_decode");
        seed_must(op_decode(make_origin(i == 0 ? 300 : SITE_LOW, 1), &entry, &op) == ERR_OK,
                  "op_decode");
        seed_must(rec_apply(&rec, &arena, &op, &result) == ERR_OK, "rec_apply");
        mp_buf_reset(&buf);
        rec_encode(&rec, &buf);
        (void)snprintf(name, sizeof(name), "state-%u", i + 1);
        seed_put("rec", name, mp_buf_bytes(&buf));
    }
    arena_deinit(&arena);
    mp_buf_deinit(&buf);
    mp_buf_deinit(&pair);
}

static void put_frame(const struct msg *msg)
{
    struct mp_buf buf;
    char name[NAME_BYTES];
    mp_buf_init(&buf, FRAME_BYTES_MAX);
    msg_encode(&buf, msg);
    seed_must(mp_buf_err(&buf) == ERR_OK, "msg_encode");
    (void)snprintf(name, sizeof(name), "frame-%d", (int)msg->type);
    seed_put("msg", name, mp_buf_bytes(&buf));
    mp_buf_deinit(&buf);
}

static void put_frames(struct bytes batches, uint32_t count)
{
    uint64_t site = make_origin(SITE_LOW, 1).site;
    struct msg_batches items = {.items = batches, .count = count};
    struct mp_buf findings, keys;
    mp_buf_init(&findings, ROOM_BYTES);
    mp_buf_init(&keys, ROOM_BYTES);
    msg_put_finding(&findings, &(struct msg_finding){.dot = {make_origin(SITE_LOW, 1), 2},
                                                     .code = ERR_SET_ASIDE,
                                                     .text = RAW("why")});
    msg_put_feed_key(&keys, &(struct msg_feed_key){.site = site, .slug = RAW("north")});
    const struct msg frames[] = {
        {.type = MSG_HELLO,
         .hello = {.proto_min = 1,
                   .proto_max = 1,
                   .software = RAW("cse 0.1"),
                   .site = site,
                   .epoch = 1,
                   .seq = 4,
                   .pending = 2,
                   .want_epoch = true}},
        {.type = MSG_WELCOME,
         .welcome = {.session = 9,
                     .mode = WELCOME_RESUME,
                     .epoch = 1,
                     .broker_site = site + 1,
                     .slug = RAW("north"),
                     .name = RAW("North"),
                     .organisation = RAW("All")}},
        {.type = MSG_TXNS, .txns = {.session = 9, .batches = items}},
        {.type = MSG_ACK, .ack = {.session = 9, .epoch = 1, .stored_seq = 4, .code = ERR_GAP}},
        {.type = MSG_BLOB_OFFER,
         .blob_offer = {.count = 2, .offers = {{.size = 7}, {.size = 70000}}}},
        {.type = MSG_BLOB_WANT, .blob_want = {.from_chunk = 1, .count = 2}},
        {.type = MSG_BLOB_CHUNK, .blob_chunk = {.size = 3, .chunk = RAW("abc")}},
        {.type = MSG_BLOB_HAVE, .blob_have = {.size = 3}},
        {.type = MSG_FEED,
         .feed = {.session = 9,
                  .from = 1,
                  .to = 3,
                  .batches = items,
                  .finding_count = 1,
                  .findings = mp_buf_bytes(&findings),
                  .key_count = 1,
                  .keys = mp_buf_bytes(&keys)}},
        {.type = MSG_FEED_ACK, .feed_ack = {.session = 9, .to = 3}},
        {.type = MSG_OWN_GET, .own_get = {.session = 9, .epoch = 1, .from = 2}},
        {.type = MSG_OWN_OPS,
         .own_ops = {.session = 9, .epoch = 1, .batches = items, .more = true}},
        {.type = MSG_RETURN, .back = {.session = 9, .number = 1, .batches = items}},
        {.type = MSG_RETURNED, .returned = {.session = 9, .number = 1, .code = ERR_OK}},
        {.type = MSG_PING, .ping = {.nonce = 9, .unix_ms = 5, .pending = 1}},
        {.type = MSG_PONG, .pong = {.nonce = 9, .unix_ms = 5}},
        {.type = MSG_BUSY, .busy = {.retry_after_ms = 500, .code = ERR_BUSY}},
        {.type = MSG_REJECT,
         .reject = {.code = ERR_REVOKED, .text = RAW("no"), .retry_after_ms = 1}},
        {.type = MSG_BYE, .bye = {.code = ERR_OK}},
        {.type = MSG_JOIN, .join = {.proto = 1, .site = site, .software = RAW("cse 0.1")}},
        {.type = MSG_JOINED,
         .joined = {.organisation = RAW("All"),
                    .slug = RAW("north"),
                    .name = RAW("North"),
                    .partner = true,
                    .broker_site = site + 1}},
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        put_frame(&frames[i]);
    mp_buf_deinit(&findings);
    mp_buf_deinit(&keys);
}

void seeds_put_records(void)
{
    static const uint8_t seed[crypto_sign_SEEDBYTES] = {0};
    struct mp_buf batches;
    seed_must(sodium_init() >= 0, "sodium_init");
    seed_must(crypto_sign_seed_keypair(sign_public, sign_secret, seed) == 0, "a key pair");
    make_entries();
    put_entries();
    put_states();
    mp_buf_init(&batches, ROOM_BYTES);
    make_batch(&batches, 1, ENTRIES);
    seed_put("batch", "whole", mp_buf_bytes(&batches));
    mp_buf_reset(&batches);
    make_batch(&batches, 2, 2);
    seed_put("batch", "middle", mp_buf_bytes(&batches));
    put_frames(mp_buf_bytes(&batches), 1);
    mp_buf_deinit(&batches);
    for (uint32_t i = 0; i < ENTRIES; i++)
        mp_buf_deinit(&entries[i]);
}
