#include "proto/sync/msg.h"

/* Everything here comes from a peer: each item is typed and bounded before it is used. The reader's
 * error is sticky, so a message is read straight through and judged once. */

enum { WELCOME_ITEMS_WITH_HELD = 17, JOIN_ITEMS_WITH_EPOCH = 7, JOINED_ITEMS_WITH_KEYS = 8 };

static void refuse_if(struct mp_reader *reader, bool wrong)
{
    if (wrong)
        reader->err = ERR_CORRUPT;
}

static uint32_t read_u32(struct mp_reader *reader)
{
    uint64_t value = mp_read_uint(reader);
    refuse_if(reader, value > UINT32_MAX);
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

static uint64_t read_positive(struct mp_reader *reader)
{
    uint64_t value = mp_read_uint(reader);
    refuse_if(reader, value == 0);
    return value;
}

static uint32_t read_epoch(struct mp_reader *reader)
{
    uint32_t epoch = read_u32(reader);
    refuse_if(reader, epoch == 0);
    return epoch;
}

static struct bytes read_text(struct mp_reader *reader, size_t max)
{
    struct bytes text = mp_read_str(reader);
    refuse_if(reader, text.len > max);
    return text;
}

static struct bytes read_items(struct mp_reader *reader, uint32_t max, uint32_t *count_out)
{
    uint32_t count = mp_read_array(reader);
    refuse_if(reader, count > max);
    *count_out = 0;
    if (reader->err != ERR_OK)
        return (struct bytes){0};
    const uint8_t *from = reader->at;
    for (uint32_t i = 0; i < count; i++)
        mp_read_any(reader);
    *count_out = count;
    return bytes_of(from, (size_t)(reader->at - from));
}

static void read_batches(struct mp_reader *reader, struct msg_batches *batches)
{
    batches->items = read_items(reader, BATCHES_PER_FRAME_MAX, &batches->count);
}

static void read_hello(struct mp_reader *reader, struct msg_hello *hello)
{
    hello->proto_min = read_u32(reader);
    hello->proto_max = read_u32(reader);
    refuse_if(reader, hello->proto_min > hello->proto_max);
    hello->software = read_text(reader, MSG_SOFTWARE_BYTES_MAX);
    hello->site = read_positive(reader);
    hello->epoch = read_epoch(reader);
    mp_read_bin_exact(reader, hello->token, MSG_TOKEN_BYTES);
    hello->seq = mp_read_uint(reader);
    mp_read_bin_exact(reader, hello->head, HASH_BYTES);
    hello->acked_seq = mp_read_uint(reader);
    hello->pending = mp_read_uint(reader);
    hello->unix_ms = mp_read_uint(reader);
    mp_read_bin_exact(reader, hello->incarnation, MSG_INCARNATION_BYTES);
    hello->feed_cursor = mp_read_uint(reader);
    uint32_t pairs = mp_read_map(reader);
    for (uint32_t i = 0; i < pairs && reader->err == ERR_OK; i++) {
        uint64_t key = mp_read_uint(reader);
        if (key == 1)
            hello->want_epoch = mp_read_bool(reader);
        else
            mp_read_any(reader);
    }
}

struct msg_held msg_read_held(struct mp_reader *reader)
{
    struct msg_held held = {0};
    refuse_if(reader, mp_read_array(reader) != 3);
    held.origin.site = read_positive(reader);
    held.origin.epoch = read_epoch(reader);
    held.stored_seq = mp_read_uint(reader);
    return held;
}

/* Two items that a broker of before does not send. */
static void read_held(struct mp_reader *reader, struct msg_welcome *welcome)
{
    welcome->centre_epoch = read_epoch(reader);
    welcome->held = read_items(reader, MSG_HELD_MAX, &welcome->held_count);
    struct mp_reader items = mp_reader_of(welcome->held);
    for (uint32_t i = 0; i < welcome->held_count; i++)
        (void)msg_read_held(&items);
    refuse_if(reader, items.err != ERR_OK);
}

static void read_welcome(struct mp_reader *reader, struct msg_welcome *welcome, bool with_held)
{
    welcome->session = read_positive(reader);
    uint64_t mode = mp_read_uint(reader);
    refuse_if(reader, mode < WELCOME_RESUME || mode > WELCOME_NEW_EPOCH);
    welcome->mode = mode <= WELCOME_NEW_EPOCH ? (enum welcome_mode)mode : WELCOME_RESUME;
    mp_read_bin_exact(reader, welcome->incarnation, MSG_INCARNATION_BYTES);
    welcome->epoch = read_epoch(reader);
    mp_read_bin_exact(reader, welcome->token, MSG_TOKEN_BYTES);
    welcome->stored_seq = mp_read_uint(reader);
    mp_read_bin_exact(reader, welcome->head, HASH_BYTES);
    welcome->applied_seq = mp_read_uint(reader);
    welcome->unix_ms = mp_read_uint(reader);
    welcome->credit_bytes = read_u32(reader);
    refuse_if(reader, welcome->credit_bytes > CREDIT_SITE_BYTES_MAX);
    welcome->broker_site = read_positive(reader);
    welcome->slug = read_text(reader, SLUG_BYTES_MAX);
    welcome->name = read_text(reader, NAME_BYTES_MAX);
    welcome->organisation = read_text(reader, NAME_BYTES_MAX);
    welcome->retry_spread_ms = read_u32(reader);
    if (with_held)
        read_held(reader, welcome);
}

static void read_ack(struct mp_reader *reader, struct msg_ack *ack)
{
    ack->session = read_positive(reader);
    ack->epoch = read_epoch(reader);
    ack->stored_seq = mp_read_uint(reader);
    mp_read_bin_exact(reader, ack->head, HASH_BYTES);
    ack->applied_seq = mp_read_uint(reader);
    ack->credit_bytes = read_u32(reader);
    refuse_if(reader, ack->credit_bytes > CREDIT_SITE_BYTES_MAX);
    ack->code = err_from_number(mp_read_uint(reader));
}

static void read_blob_offer(struct mp_reader *reader, struct msg_blob_offer *offer)
{
    uint32_t count = mp_read_array(reader);
    refuse_if(reader, count == 0 || count > BLOB_OFFERS_MAX);
    for (uint32_t i = 0; i < count && reader->err == ERR_OK; i++) {
        refuse_if(reader, mp_read_array(reader) != 2);
        mp_read_bin_exact(reader, offer->offers[i].hash, HASH_BYTES);
        offer->offers[i].size = mp_read_uint(reader);
    }
    offer->count = count;
}

static void read_blob_want(struct mp_reader *reader, struct msg_blob_want *want)
{
    mp_read_bin_exact(reader, want->hash, HASH_BYTES);
    want->from_chunk = read_u32(reader);
    want->count = read_u32(reader);
    refuse_if(reader, want->count == 0 || want->count > BLOB_WINDOW_CHUNKS);
}

static void read_blob_chunk(struct mp_reader *reader, struct msg_blob_chunk *chunk)
{
    mp_read_bin_exact(reader, chunk->hash, HASH_BYTES);
    chunk->size = mp_read_uint(reader);
    chunk->index = read_u32(reader);
    chunk->chunk = mp_read_bin(reader);
    refuse_if(reader, chunk->chunk.len > BLOB_CHUNK_BYTES || chunk->size > BLOB_BYTES_MAX);
}

struct msg_finding msg_read_finding(struct mp_reader *reader)
{
    struct msg_finding finding = {0};
    refuse_if(reader, mp_read_array(reader) != 5);
    finding.dot.origin.site = read_positive(reader);
    finding.dot.origin.epoch = read_epoch(reader);
    finding.dot.seq = read_positive(reader);
    finding.code = err_from_number(mp_read_uint(reader));
    finding.text = read_text(reader, MSG_TEXT_BYTES_MAX);
    return finding;
}

struct msg_feed_key msg_read_feed_key(struct mp_reader *reader)
{
    struct msg_feed_key key = {0};
    refuse_if(reader, mp_read_array(reader) != 3);
    key.site = read_positive(reader);
    key.slug = read_text(reader, SLUG_BYTES_MAX);
    mp_read_bin_exact(reader, key.sign_public, SIGN_PUBLIC_BYTES);
    return key;
}

static void read_feed(struct mp_reader *reader, struct msg_feed *feed)
{
    feed->session = read_positive(reader);
    feed->from = read_positive(reader);
    feed->to = mp_read_uint(reader);
    refuse_if(reader, feed->to < feed->from);
    read_batches(reader, &feed->batches);
    feed->findings = read_items(reader, FEED_ENTRIES_PER_FRAME_MAX, &feed->finding_count);
    struct mp_reader inner = mp_reader_of(feed->findings);
    for (uint32_t i = 0; i < feed->finding_count; i++)
        (void)msg_read_finding(&inner);
    refuse_if(reader, inner.err != ERR_OK);
    feed->keys = read_items(reader, MSG_FEED_KEYS_MAX, &feed->key_count);
    inner = mp_reader_of(feed->keys);
    for (uint32_t i = 0; i < feed->key_count; i++)
        (void)msg_read_feed_key(&inner);
    refuse_if(reader, inner.err != ERR_OK);
}

static void read_join(struct mp_reader *reader, struct msg_join *join, bool with_epoch)
{
    join->proto = read_u32(reader);
    join->site = read_positive(reader);
    mp_read_bin_exact(reader, join->transport_public, MSG_KEY_BYTES);
    mp_read_bin_exact(reader, join->sign_public, SIGN_PUBLIC_BYTES);
    join->software = read_text(reader, MSG_SOFTWARE_BYTES_MAX);
    mp_read_bin_exact(reader, join->proof, MSG_PROOF_BYTES);
    join->epoch = with_epoch ? read_epoch(reader) : 0;
}

struct old_key msg_read_old_key(struct mp_reader *reader)
{
    struct old_key key = {0};
    refuse_if(reader, mp_read_array(reader) != 2);
    key.last_epoch = read_epoch(reader);
    mp_read_bin_exact(reader, key.sign_public, SIGN_PUBLIC_BYTES);
    return key;
}

static void read_old_keys(struct mp_reader *reader, struct msg_joined *joined)
{
    joined->epoch = read_epoch(reader);
    joined->old_keys = read_items(reader, OLD_KEYS_MAX, &joined->old_key_count);
    struct mp_reader items = mp_reader_of(joined->old_keys);
    for (uint32_t i = 0; i < joined->old_key_count; i++)
        (void)msg_read_old_key(&items);
    refuse_if(reader, items.err != ERR_OK);
}

static void read_joined(struct mp_reader *reader, struct msg_joined *joined, bool with_keys)
{
    joined->organisation = read_text(reader, NAME_BYTES_MAX);
    joined->slug = read_text(reader, SLUG_BYTES_MAX);
    joined->name = read_text(reader, NAME_BYTES_MAX);
    joined->partner = mp_read_bool(reader);
    joined->broker_site = read_positive(reader);
    mp_read_bin_exact(reader, joined->broker_sign_public, SIGN_PUBLIC_BYTES);
    if (with_keys)
        read_old_keys(reader, joined);
}

/* How many items each type has after its number; 0: a type we do not know. */
static uint32_t items_of(uint64_t type)
{
    static const uint8_t items[] = {
        [MSG_HELLO] = 14,     [MSG_WELCOME] = 15,  [MSG_TXNS] = 2,       [MSG_ACK] = 7,
        [MSG_BLOB_OFFER] = 1, [MSG_BLOB_WANT] = 3, [MSG_BLOB_CHUNK] = 4, [MSG_BLOB_HAVE] = 2,
        [MSG_FEED] = 6,       [MSG_FEED_ACK] = 2,  [MSG_OWN_GET] = 3,    [MSG_OWN_OPS] = 4,
        [MSG_PING] = 3,       [MSG_PONG] = 2,      [MSG_BUSY] = 2,       [MSG_REJECT] = 3,
        [MSG_BYE] = 1,        [MSG_JOIN] = 6,      [MSG_JOINED] = 6,     [MSG_RETURN] = 3,
        [MSG_RETURNED] = 3,
    };
    return type < sizeof(items) ? items[type] : 0;
}

static void read_short(struct mp_reader *reader, struct msg *msg)
{
    if (msg->type == MSG_FEED_ACK) {
        msg->feed_ack.session = read_positive(reader);
        msg->feed_ack.to = mp_read_uint(reader);
    } else if (msg->type == MSG_OWN_GET) {
        msg->own_get.session = read_positive(reader);
        msg->own_get.epoch = read_epoch(reader);
        msg->own_get.from = read_positive(reader);
    } else if (msg->type == MSG_RETURNED) {
        msg->returned.session = read_positive(reader);
        msg->returned.number = read_positive(reader);
        msg->returned.code = err_from_number(mp_read_uint(reader));
    } else if (msg->type == MSG_PING) {
        msg->ping.nonce = mp_read_uint(reader);
        msg->ping.unix_ms = mp_read_uint(reader);
        msg->ping.pending = mp_read_uint(reader);
    } else if (msg->type == MSG_PONG) {
        msg->pong.nonce = mp_read_uint(reader);
        msg->pong.unix_ms = mp_read_uint(reader);
    } else if (msg->type == MSG_BUSY) {
        msg->busy.retry_after_ms = read_u32(reader);
        msg->busy.code = err_from_number(mp_read_uint(reader));
    } else {
        msg->bye.code = err_from_number(mp_read_uint(reader));
    }
}

static void read_items_of(struct mp_reader *reader, struct msg *msg, uint32_t items)
{
    switch (msg->type) {
    case MSG_HELLO:
        read_hello(reader, &msg->hello);
        break;
    case MSG_WELCOME:
        read_welcome(reader, &msg->welcome, items >= WELCOME_ITEMS_WITH_HELD);
        break;
    case MSG_TXNS:
        msg->txns.session = read_positive(reader);
        read_batches(reader, &msg->txns.batches);
        refuse_if(reader, msg->txns.batches.count == 0);
        break;
    case MSG_ACK:
        read_ack(reader, &msg->ack);
        break;
    case MSG_BLOB_OFFER:
        read_blob_offer(reader, &msg->blob_offer);
        break;
    case MSG_BLOB_WANT:
        read_blob_want(reader, &msg->blob_want);
        break;
    case MSG_BLOB_CHUNK:
        read_blob_chunk(reader, &msg->blob_chunk);
        break;
    case MSG_BLOB_HAVE:
        mp_read_bin_exact(reader, msg->blob_have.hash, HASH_BYTES);
        msg->blob_have.size = mp_read_uint(reader);
        break;
    case MSG_FEED:
        read_feed(reader, &msg->feed);
        break;
    case MSG_OWN_OPS:
        msg->own_ops.session = read_positive(reader);
        msg->own_ops.epoch = read_epoch(reader);
        read_batches(reader, &msg->own_ops.batches);
        msg->own_ops.more = mp_read_bool(reader);
        break;
    case MSG_REJECT:
        msg->reject.code = err_from_number(mp_read_uint(reader));
        msg->reject.text = read_text(reader, MSG_TEXT_BYTES_MAX);
        msg->reject.retry_after_ms = read_u32(reader);
        break;
    case MSG_JOIN:
        read_join(reader, &msg->join, items >= JOIN_ITEMS_WITH_EPOCH);
        break;
    case MSG_JOINED:
        read_joined(reader, &msg->joined, items >= JOINED_ITEMS_WITH_KEYS);
        break;
    case MSG_RETURN:
        msg->back.session = read_positive(reader);
        msg->back.number = read_positive(reader);
        read_batches(reader, &msg->back.batches);
        refuse_if(reader, msg->back.batches.count == 0);
        break;
    case MSG_FEED_ACK:
    case MSG_OWN_GET:
    case MSG_RETURNED:
    case MSG_PING:
    case MSG_PONG:
    case MSG_BUSY:
    case MSG_BYE:
        read_short(reader, msg);
        break;
    }
}

enum err msg_decode(struct bytes frame, struct msg *msg_out)
{
    if (frame.len < 2)
        return ERR_CORRUPT;
    if (frame.len > FRAME_BYTES_MAX)
        return ERR_TOO_BIG;
    if (frame.data[0] != MSG_FRAME_VERSION)
        return ERR_VERSION;
    struct bytes body = bytes_of(frame.data + 1, frame.len - 1);
    enum err err = mp_scan(body);
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(body);
    uint32_t count = mp_read_array(&reader);
    uint64_t type = mp_read_uint(&reader);
    if (reader.err != ERR_OK || count == 0 || type == 0)
        return ERR_CORRUPT;
    uint32_t items = items_of(type);
    if (items == 0)
        return ERR_UNSUPPORTED;
    if (count < items + 1)
        return ERR_CORRUPT;
    struct msg msg = {.type = (enum msg_type)type};
    read_items_of(&reader, &msg, count - 1);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *msg_out = msg;
    return ERR_OK;
}
