/* What a frame says survives being said again. A newer peer's extra items and numbers are dropped
 * on the way, so the second encoding is compared with the first, not with the input. */
#include "tests/fuzz/fuzz.h"

#include "proto/sync/msg.h"

static void check_batches(struct bytes frame, const struct msg_batches *batches)
{
    static struct batch batch;
    struct mp_reader reader = mp_reader_of(batches->items);
    assert(bytes_inside(batches->items, frame) && batches->count <= BATCHES_PER_FRAME_MAX);
    for (uint32_t i = 0; i < batches->count; i++) {
        if (batch_read(&reader, &batch) != ERR_OK)
            return;
        for (uint32_t e = 0; e < batch.count; e++)
            assert(bytes_inside(batch.entries[e], frame));
    }
    assert(mp_at_end(&reader));
}

static void check_text(struct bytes frame, struct bytes text, size_t max)
{
    assert(bytes_inside(text, frame) && text.len <= max && utf8_valid(text));
}

static void check_feed(struct bytes frame, const struct msg_feed *feed)
{
    check_batches(frame, &feed->batches);
    struct mp_buf buf;
    mp_buf_init(&buf, FRAME_BYTES_MAX);
    struct mp_reader reader = mp_reader_of(feed->findings);
    for (uint32_t i = 0; i < feed->finding_count; i++) {
        struct msg_finding finding = msg_read_finding(&reader);
        check_text(frame, finding.text, MSG_TEXT_BYTES_MAX);
        msg_put_finding(&buf, &finding);
    }
    assert(mp_at_end(&reader));
    mp_buf_reset(&buf);
    reader = mp_reader_of(feed->keys);
    for (uint32_t i = 0; i < feed->key_count; i++) {
        struct msg_feed_key key = msg_read_feed_key(&reader);
        check_text(frame, key.slug, SLUG_BYTES_MAX);
        msg_put_feed_key(&buf, &key);
    }
    assert(mp_at_end(&reader) && bytes_equal(mp_buf_bytes(&buf), feed->keys));
    mp_buf_deinit(&buf);
}

static void check_joined(struct bytes frame, const struct msg_joined *joined)
{
    check_text(frame, joined->organisation, NAME_BYTES_MAX);
    check_text(frame, joined->slug, SLUG_BYTES_MAX);
    check_text(frame, joined->name, NAME_BYTES_MAX);
}

static void check_held(const struct msg_welcome *welcome)
{
    struct mp_buf buf;
    mp_buf_init(&buf, FRAME_BYTES_MAX);
    struct mp_reader reader = mp_reader_of(welcome->held);
    for (uint32_t i = 0; i < welcome->held_count; i++)
        msg_put_held(&buf, msg_read_held(&reader));
    assert(mp_at_end(&reader) && bytes_equal(mp_buf_bytes(&buf), welcome->held));
    mp_buf_deinit(&buf);
}

static void check_items(struct bytes frame, const struct msg *msg)
{
    switch (msg->type) {
    case MSG_HELLO:
        check_text(frame, msg->hello.software, MSG_SOFTWARE_BYTES_MAX);
        break;
    case MSG_WELCOME:
        check_text(frame, msg->welcome.slug, SLUG_BYTES_MAX);
        check_text(frame, msg->welcome.name, NAME_BYTES_MAX);
        check_text(frame, msg->welcome.organisation, NAME_BYTES_MAX);
        check_held(&msg->welcome);
        break;
    case MSG_TXNS:
        check_batches(frame, &msg->txns.batches);
        break;
    case MSG_FEED:
        check_feed(frame, &msg->feed);
        break;
    case MSG_OWN_OPS:
        check_batches(frame, &msg->own_ops.batches);
        break;
    case MSG_RETURN:
        check_batches(frame, &msg->back.batches);
        break;
    case MSG_BLOB_CHUNK:
        assert(bytes_inside(msg->blob_chunk.chunk, frame) &&
               msg->blob_chunk.chunk.len <= BLOB_CHUNK_BYTES);
        break;
    case MSG_REJECT:
        check_text(frame, msg->reject.text, MSG_TEXT_BYTES_MAX);
        break;
    case MSG_JOIN:
        check_text(frame, msg->join.software, MSG_SOFTWARE_BYTES_MAX);
        break;
    case MSG_JOINED:
        check_joined(frame, &msg->joined);
        break;
    case MSG_ACK:
    case MSG_BLOB_OFFER:
    case MSG_BLOB_WANT:
    case MSG_BLOB_HAVE:
    case MSG_FEED_ACK:
    case MSG_OWN_GET:
    case MSG_RETURNED:
    case MSG_PING:
    case MSG_PONG:
    case MSG_BUSY:
    case MSG_BYE:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct msg msg, again;
    struct bytes frame = bytes_of(data, size);
    enum err err = msg_decode(frame, &msg);
    if (err != ERR_OK) {
        assert(err == ERR_CORRUPT || err == ERR_TOO_BIG || err == ERR_VERSION ||
               err == ERR_UNSUPPORTED);
        return 0;
    }
    assert(msg_type_text(msg.type) != NULL);
    check_items(frame, &msg);

    struct mp_buf first, second;
    mp_buf_init(&first, FRAME_BYTES_MAX);
    mp_buf_init(&second, FRAME_BYTES_MAX);
    msg_encode(&first, &msg);
    assert(mp_buf_err(&first) == ERR_OK && first.len <= frame.len);
    assert(msg_decode(mp_buf_bytes(&first), &again) == ERR_OK && again.type == msg.type);
    msg_encode(&second, &again);
    assert(bytes_equal(mp_buf_bytes(&first), mp_buf_bytes(&second)));
    mp_buf_deinit(&first);
    mp_buf_deinit(&second);
    return 0;
}
