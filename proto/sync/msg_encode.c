#include "proto/sync/msg.h"

#include <assert.h>

/* Each message's items, in the order of docs/wire.md; what decoding refuses, encoding asserts. */

static void put_fixed(struct mp_buf *buf, const uint8_t *data, size_t len)
{
    mp_put_bin(buf, bytes_of(data, len));
}

static void put_text(struct mp_buf *buf, struct bytes text, size_t max)
{
    assert(text.len <= max);
    mp_put_str(buf, text);
}

static void start(struct mp_buf *buf, enum msg_type type, uint32_t items)
{
    static const uint8_t version = MSG_FRAME_VERSION;
    mp_put_raw(buf, bytes_of(&version, 1));
    mp_put_array(buf, items + 1);
    mp_put_uint(buf, (uint64_t)type);
}

static void put_batches(struct mp_buf *buf, const struct msg_batches *batches)
{
    assert(batches->count <= BATCHES_PER_FRAME_MAX);
    mp_put_array(buf, batches->count);
    if (batches->count > 0)
        mp_put_raw(buf, batches->items);
}

static void put_hello(struct mp_buf *buf, const struct msg_hello *hello)
{
    assert(hello->proto_min <= hello->proto_max);
    start(buf, MSG_HELLO, 14);
    mp_put_uint(buf, hello->proto_min);
    mp_put_uint(buf, hello->proto_max);
    put_text(buf, hello->software, MSG_SOFTWARE_BYTES_MAX);
    mp_put_uint(buf, hello->site);
    mp_put_uint(buf, hello->epoch);
    put_fixed(buf, hello->token, MSG_TOKEN_BYTES);
    mp_put_uint(buf, hello->seq);
    put_fixed(buf, hello->head, HASH_BYTES);
    mp_put_uint(buf, hello->acked_seq);
    mp_put_uint(buf, hello->pending);
    mp_put_uint(buf, hello->unix_ms);
    put_fixed(buf, hello->incarnation, MSG_INCARNATION_BYTES);
    mp_put_uint(buf, hello->feed_cursor);
    mp_put_map(buf, hello->want_epoch ? 1 : 0);
    if (hello->want_epoch) {
        mp_put_uint(buf, 1);
        mp_put_bool(buf, true);
    }
}

static void put_welcome(struct mp_buf *buf, const struct msg_welcome *welcome)
{
    assert(welcome->session != 0);
    assert(welcome->held_count <= MSG_HELD_MAX);
    start(buf, MSG_WELCOME, welcome->centre_epoch == 0 ? 15 : 17);
    mp_put_uint(buf, welcome->session);
    mp_put_uint(buf, (uint64_t)welcome->mode);
    put_fixed(buf, welcome->incarnation, MSG_INCARNATION_BYTES);
    mp_put_uint(buf, welcome->epoch);
    put_fixed(buf, welcome->token, MSG_TOKEN_BYTES);
    mp_put_uint(buf, welcome->stored_seq);
    put_fixed(buf, welcome->head, HASH_BYTES);
    mp_put_uint(buf, welcome->applied_seq);
    mp_put_uint(buf, welcome->unix_ms);
    mp_put_uint(buf, welcome->credit_bytes);
    mp_put_uint(buf, welcome->broker_site);
    put_text(buf, welcome->slug, SLUG_BYTES_MAX);
    put_text(buf, welcome->name, NAME_BYTES_MAX);
    put_text(buf, welcome->organisation, NAME_BYTES_MAX);
    mp_put_uint(buf, welcome->retry_spread_ms);
    if (welcome->centre_epoch == 0)
        return;
    mp_put_uint(buf, welcome->centre_epoch);
    mp_put_array(buf, welcome->held_count);
    if (welcome->held_count > 0)
        mp_put_raw(buf, welcome->held);
}

static void put_ack(struct mp_buf *buf, const struct msg_ack *ack)
{
    start(buf, MSG_ACK, 7);
    mp_put_uint(buf, ack->session);
    mp_put_uint(buf, ack->epoch);
    mp_put_uint(buf, ack->stored_seq);
    put_fixed(buf, ack->head, HASH_BYTES);
    mp_put_uint(buf, ack->applied_seq);
    mp_put_uint(buf, ack->credit_bytes);
    mp_put_uint(buf, (uint64_t)ack->code);
}

static void put_blob_offer(struct mp_buf *buf, const struct msg_blob_offer *offer)
{
    assert(offer->count >= 1 && offer->count <= BLOB_OFFERS_MAX);
    start(buf, MSG_BLOB_OFFER, 1);
    mp_put_array(buf, offer->count);
    for (uint32_t i = 0; i < offer->count; i++) {
        mp_put_array(buf, 2);
        put_fixed(buf, offer->offers[i].hash, HASH_BYTES);
        mp_put_uint(buf, offer->offers[i].size);
    }
}

static void put_blob(struct mp_buf *buf, const struct msg *msg)
{
    if (msg->type == MSG_BLOB_WANT) {
        assert(msg->blob_want.count >= 1 && msg->blob_want.count <= BLOB_WINDOW_CHUNKS);
        start(buf, MSG_BLOB_WANT, 3);
        put_fixed(buf, msg->blob_want.hash, HASH_BYTES);
        mp_put_uint(buf, msg->blob_want.from_chunk);
        mp_put_uint(buf, msg->blob_want.count);
    } else if (msg->type == MSG_BLOB_CHUNK) {
        assert(msg->blob_chunk.chunk.len <= BLOB_CHUNK_BYTES);
        start(buf, MSG_BLOB_CHUNK, 4);
        put_fixed(buf, msg->blob_chunk.hash, HASH_BYTES);
        mp_put_uint(buf, msg->blob_chunk.size);
        mp_put_uint(buf, msg->blob_chunk.index);
        mp_put_bin(buf, msg->blob_chunk.chunk);
    } else {
        start(buf, MSG_BLOB_HAVE, 2);
        put_fixed(buf, msg->blob_have.hash, HASH_BYTES);
        mp_put_uint(buf, msg->blob_have.size);
    }
}

static void put_feed(struct mp_buf *buf, const struct msg_feed *feed)
{
    assert(feed->from >= 1 && feed->from <= feed->to);
    assert(feed->finding_count <= FEED_ENTRIES_PER_FRAME_MAX);
    assert(feed->key_count <= MSG_FEED_KEYS_MAX);
    start(buf, MSG_FEED, 6);
    mp_put_uint(buf, feed->session);
    mp_put_uint(buf, feed->from);
    mp_put_uint(buf, feed->to);
    put_batches(buf, &feed->batches);
    mp_put_array(buf, feed->finding_count);
    if (feed->finding_count > 0)
        mp_put_raw(buf, feed->findings);
    mp_put_array(buf, feed->key_count);
    if (feed->key_count > 0)
        mp_put_raw(buf, feed->keys);
}

void msg_put_finding(struct mp_buf *buf, const struct msg_finding *finding)
{
    mp_put_array(buf, 5);
    mp_put_uint(buf, finding->dot.origin.site);
    mp_put_uint(buf, finding->dot.origin.epoch);
    mp_put_uint(buf, finding->dot.seq);
    mp_put_uint(buf, (uint64_t)finding->code);
    put_text(buf, finding->text, MSG_TEXT_BYTES_MAX);
}

void msg_put_feed_key(struct mp_buf *buf, const struct msg_feed_key *key)
{
    mp_put_array(buf, 3);
    mp_put_uint(buf, key->site);
    put_text(buf, key->slug, SLUG_BYTES_MAX);
    put_fixed(buf, key->sign_public, SIGN_PUBLIC_BYTES);
}

void msg_put_held(struct mp_buf *buf, struct msg_held held)
{
    mp_put_array(buf, 3);
    mp_put_uint(buf, held.origin.site);
    mp_put_uint(buf, held.origin.epoch);
    mp_put_uint(buf, held.stored_seq);
}

static void put_return(struct mp_buf *buf, const struct msg_return *back)
{
    assert(back->batches.count >= 1);
    start(buf, MSG_RETURN, 3);
    mp_put_uint(buf, back->session);
    mp_put_uint(buf, back->number);
    put_batches(buf, &back->batches);
}

static void put_own_ops(struct mp_buf *buf, const struct msg_own_ops *ops)
{
    start(buf, MSG_OWN_OPS, 4);
    mp_put_uint(buf, ops->session);
    mp_put_uint(buf, ops->epoch);
    put_batches(buf, &ops->batches);
    mp_put_bool(buf, ops->more);
}

static void put_join(struct mp_buf *buf, const struct msg_join *join)
{
    start(buf, MSG_JOIN, join->epoch == 0 ? 6 : 7);
    mp_put_uint(buf, join->proto);
    mp_put_uint(buf, join->site);
    put_fixed(buf, join->transport_public, MSG_KEY_BYTES);
    put_fixed(buf, join->sign_public, SIGN_PUBLIC_BYTES);
    put_text(buf, join->software, MSG_SOFTWARE_BYTES_MAX);
    put_fixed(buf, join->proof, MSG_PROOF_BYTES);
    if (join->epoch != 0)
        mp_put_uint(buf, join->epoch);
}

void msg_put_old_key(struct mp_buf *buf, const struct old_key *key)
{
    mp_put_array(buf, 2);
    mp_put_uint(buf, key->last_epoch);
    put_fixed(buf, key->sign_public, SIGN_PUBLIC_BYTES);
}

static void put_joined(struct mp_buf *buf, const struct msg_joined *joined)
{
    assert(joined->old_key_count <= OLD_KEYS_MAX);
    start(buf, MSG_JOINED, joined->epoch == 0 ? 6 : 8);
    put_text(buf, joined->organisation, NAME_BYTES_MAX);
    put_text(buf, joined->slug, SLUG_BYTES_MAX);
    put_text(buf, joined->name, NAME_BYTES_MAX);
    mp_put_bool(buf, joined->partner);
    mp_put_uint(buf, joined->broker_site);
    put_fixed(buf, joined->broker_sign_public, SIGN_PUBLIC_BYTES);
    if (joined->epoch == 0)
        return;
    mp_put_uint(buf, joined->epoch);
    mp_put_array(buf, joined->old_key_count);
    if (joined->old_key_count > 0)
        mp_put_raw(buf, joined->old_keys);
}

static void put_numbers(struct mp_buf *buf, enum msg_type type, uint32_t count,
                        const uint64_t *numbers)
{
    start(buf, type, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_uint(buf, numbers[i]);
}

static void put_small(struct mp_buf *buf, const struct msg *msg)
{
    if (msg->type == MSG_FEED_ACK)
        put_numbers(buf, msg->type, 2, (uint64_t[]){msg->feed_ack.session, msg->feed_ack.to});
    else if (msg->type == MSG_OWN_GET)
        put_numbers(buf, msg->type, 3,
                    (uint64_t[]){msg->own_get.session, msg->own_get.epoch, msg->own_get.from});
    else if (msg->type == MSG_PING)
        put_numbers(buf, msg->type, 3,
                    (uint64_t[]){msg->ping.nonce, msg->ping.unix_ms, msg->ping.pending});
    else if (msg->type == MSG_PONG)
        put_numbers(buf, msg->type, 2, (uint64_t[]){msg->pong.nonce, msg->pong.unix_ms});
    else if (msg->type == MSG_BUSY)
        put_numbers(buf, msg->type, 2,
                    (uint64_t[]){msg->busy.retry_after_ms, (uint64_t)msg->busy.code});
    else if (msg->type == MSG_RETURNED)
        put_numbers(buf, msg->type, 3,
                    (uint64_t[]){msg->returned.session, msg->returned.number,
                                 (uint64_t)msg->returned.code});
    else
        put_numbers(buf, msg->type, 1, (uint64_t[]){(uint64_t)msg->bye.code});
}

void msg_encode(struct mp_buf *buf, const struct msg *msg)
{
    switch (msg->type) {
    case MSG_HELLO:
        put_hello(buf, &msg->hello);
        break;
    case MSG_WELCOME:
        put_welcome(buf, &msg->welcome);
        break;
    case MSG_TXNS:
        assert(msg->txns.batches.count >= 1);
        start(buf, MSG_TXNS, 2);
        mp_put_uint(buf, msg->txns.session);
        put_batches(buf, &msg->txns.batches);
        break;
    case MSG_ACK:
        put_ack(buf, &msg->ack);
        break;
    case MSG_BLOB_OFFER:
        put_blob_offer(buf, &msg->blob_offer);
        break;
    case MSG_BLOB_WANT:
    case MSG_BLOB_CHUNK:
    case MSG_BLOB_HAVE:
        put_blob(buf, msg);
        break;
    case MSG_FEED:
        put_feed(buf, &msg->feed);
        break;
    case MSG_OWN_OPS:
        put_own_ops(buf, &msg->own_ops);
        break;
    case MSG_RETURN:
        put_return(buf, &msg->back);
        break;
    case MSG_FEED_ACK:
    case MSG_OWN_GET:
    case MSG_RETURNED:
    case MSG_PING:
    case MSG_PONG:
    case MSG_BUSY:
    case MSG_BYE:
        put_small(buf, msg);
        break;
    case MSG_REJECT:
        start(buf, MSG_REJECT, 3);
        mp_put_uint(buf, (uint64_t)msg->reject.code);
        put_text(buf, msg->reject.text, MSG_TEXT_BYTES_MAX);
        mp_put_uint(buf, msg->reject.retry_after_ms);
        break;
    case MSG_JOIN:
        put_join(buf, &msg->join);
        break;
    case MSG_JOINED:
        put_joined(buf, &msg->joined);
        break;
    }
}
