#include "broker/broker_private.h"

/* Files from sites, one at a time a session, in a window of chunks; a cut transfer resumes where
 * its part ends. BLOB_HAVE goes out after the file is published and its row committed. Chunks go to
 * the disk as they come, so windows take no memory here. */

enum err broker_put_blob(struct store_txn *txn, const struct msg_offer *blob)
{
    struct mp_buf row;
    mp_buf_init(&row, 64);
    mp_put_array(&row, 2);
    mp_put_uint(&row, blob->size);
    mp_put_uint(&row, 2); /* whole and verified */
    enum err err = mp_buf_err(&row);
    if (err == ERR_OK)
        err = store_put(txn, NS_BLOB, bytes_of(blob->hash, HASH_BYTES), mp_buf_bytes(&row));
    mp_buf_deinit(&row);
    return err;
}

static void confirm(struct broker *broker, struct peer *peer, const struct msg_offer *blob)
{
    struct item *item = broker_new_item(broker, ITEM_BLOB, peer, (struct bytes){0});
    if (item == NULL)
        return; /* the site offers it again */
    item->blob = *blob;
    broker_enqueue(broker, item);
}

static void drop_first(struct peer *peer)
{
    peer->want_count--;
    memmove(peer->wants, peer->wants + 1, peer->want_count * sizeof(peer->wants[0]));
    peer->want_until = 0;
    peer->want_tries = 0;
}

static void finish(struct broker *broker, struct peer *peer)
{
    struct msg_offer *blob = &peer->wants[0];
    enum err err = blobs_finish(broker->blobs, blob->hash, blob->size, NULL);
    if (err == ERR_OK) {
        confirm(broker, peer, blob);
        drop_first(peer);
        return;
    }
    broker->counters.refused_bad_blob++;
    peer->want_until = 0;
    if (++peer->want_tries >= BROKER_BLOB_TRIES_MAX)
        drop_first(peer);
}

static bool ask(struct broker *broker, struct peer *peer, uint32_t from, uint32_t count)
{
    struct msg msg = {.type = MSG_BLOB_WANT, .blob_want = {.from_chunk = from, .count = count}};
    memcpy(msg.blob_want.hash, peer->wants[0].hash, HASH_BYTES);
    peer->want_until = from + count;
    peer->want_ms = broker->now.mono_ms;
    return broker_send(broker, peer, &msg);
}

/* Begin the next file. False: the peer is gone. */
static bool begin_next(struct broker *broker, struct peer *peer)
{
    while (peer->want_count > 0 && peer->want_until == 0) {
        const struct msg_offer *blob = &peer->wants[0];
        uint32_t all = blobs_chunk_count(blob->size);
        uint32_t from = blobs_partial_chunks(broker->blobs, blob->hash);
        if (blobs_have(broker->blobs, blob->hash, NULL)) {
            confirm(broker, peer, blob);
            drop_first(peer);
        } else if (from >= all) {
            finish(broker, peer);
        } else {
            uint32_t left = all - from;
            return ask(broker, peer, from, left < BLOB_WINDOW_CHUNKS ? left : BLOB_WINDOW_CHUNKS);
        }
    }
    return true;
}

static bool on_offer(struct broker *broker, struct peer *peer, const struct msg_blob_offer *offer)
{
    for (uint32_t i = 0; i < offer->count; i++) {
        const struct msg_offer *blob = &offer->offers[i];
        bool known = false;
        for (uint32_t n = 0; n < peer->want_count; n++)
            known = known || memcmp(peer->wants[n].hash, blob->hash, HASH_BYTES) == 0;
        if (known)
            continue;
        if (blob->size > BLOB_BYTES_MAX || peer->want_count == BLOB_OFFERS_MAX ||
            broker->nearly_full)
            broker->counters.refused_limit++;
        else
            peer->wants[peer->want_count++] = *blob;
    }
    return begin_next(broker, peer);
}

static bool on_chunk(struct broker *broker, struct peer *peer, const struct msg_blob_chunk *chunk)
{
    if (peer->want_count == 0 || memcmp(peer->wants[0].hash, chunk->hash, HASH_BYTES) != 0 ||
        peer->want_until == 0)
        return true;           /* of a file that was begun again, or given up */
    if (broker->nearly_full) { /* its part stays, and the site offers what is left again */
        broker->counters.refused_full++;
        peer->want_count = 0;
        peer->want_until = 0;
        peer->want_tries = 0;
        return true;
    }
    const struct msg_offer *blob = &peer->wants[0];
    uint32_t all = blobs_chunk_count(blob->size);
    if (chunk->size != blob->size) {
        drop_first(peer);
        return begin_next(broker, peer);
    }
    if (chunk->index != blobs_partial_chunks(broker->blobs, blob->hash))
        return true; /* doubled, or the one before it was lost: then it is asked for again when
                        nothing comes */
    struct err_info info = {.code = ERR_OK};
    enum err err =
        blobs_write(broker->blobs, blob->hash, blob->size, chunk->index, chunk->chunk, &info);
    if (err != ERR_OK) {
        broker->counters.refused_bad_blob++;
        peer->want_until = 0;
        if (++peer->want_tries >= BROKER_BLOB_TRIES_MAX)
            drop_first(peer);
        return begin_next(broker, peer);
    }
    if (chunk->index + 1 < all)
        return peer->want_until >= all || ask(broker, peer, peer->want_until, 1);
    finish(broker, peer);
    return begin_next(broker, peer);
}

/* Serve what a site asked for, as the link has room. False: the peer is gone. */
static bool serve(struct broker *broker, struct peer *peer)
{
    static uint8_t buffer[BLOB_CHUNK_BYTES];
    while (peer->serve.count > 0) {
        struct msg msg = {.type = MSG_BLOB_CHUNK, .blob_chunk = {.index = peer->serve.from_chunk}};
        memcpy(msg.blob_chunk.hash, peer->serve.hash, HASH_BYTES);
        size_t len = 0;
        bool have = blobs_have(broker->blobs, peer->serve.hash, &msg.blob_chunk.size) &&
                    peer->serve.from_chunk < blobs_chunk_count(msg.blob_chunk.size) &&
                    blobs_read(broker->blobs, peer->serve.hash, peer->serve.from_chunk, buffer,
                               &len) == ERR_OK;
        if (have)
            msg.blob_chunk.chunk = bytes_of(buffer, len);
        else
            msg.blob_chunk.size = 0;
        enum err err = broker_send_now(broker, peer, &msg);
        if (err == ERR_BUSY)
            return true;
        if (err != ERR_OK)
            return broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
        peer->serve.from_chunk++;
        peer->serve.count = have ? peer->serve.count - 1 : 0;
    }
    return true;
}

static bool on_want(struct broker *broker, struct peer *peer, const struct msg_blob_want *want)
{
    bool same = memcmp(peer->serve.hash, want->hash, HASH_BYTES) == 0;
    bool follows = same && peer->serve.count > 0 &&
                   want->from_chunk == peer->serve.from_chunk + peer->serve.count;
    if (follows && peer->serve.count + want->count <= BLOB_WINDOW_CHUNKS)
        peer->serve.count += want->count;
    else
        peer->serve = *want;
    return serve(broker, peer);
}

bool broker_take_blob_msg(struct broker *broker, struct peer *peer, const struct msg *msg)
{
    if (msg->type == MSG_BLOB_OFFER)
        return on_offer(broker, peer, &msg->blob_offer);
    if (msg->type == MSG_BLOB_WANT)
        return on_want(broker, peer, &msg->blob_want);
    return on_chunk(broker, peer, &msg->blob_chunk);
}

bool broker_blobs_step(struct broker *broker, struct peer *peer)
{
    if (peer->want_count > 0 && peer->want_until > 0 &&
        broker->now.mono_ms >= peer->want_ms + PING_IDLE_MS) {
        peer->want_until = 0;
        if (!begin_next(broker, peer))
            return false;
    }
    return serve(broker, peer);
}
