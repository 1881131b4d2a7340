#include "node/node_private.h"

#include <assert.h>

/* Files go after operations: a chunk is sent when no TXNS can be, or one between two of them. The
 * broker asks for what it lacks, so a cut transfer resumes where its part ends. The same way back:
 * a file that a fed record names is asked for, one at a time. */

enum { WANT_MS_MAX = PING_IDLE_MS };

void node_blobs_reset(struct node *node)
{
    for (uint32_t i = 0; i < node->blob_count; i++) {
        node->blob_items[i].quiet_ms = 0;
        node->blob_items[i].tries = 0;
    }
    node->chunk_want_count = 0;
    node->want_open = false;
}

static struct blob_item *find(struct node *node, const uint8_t hash[HASH_BYTES])
{
    for (uint32_t i = 0; i < node->blob_count; i++)
        if (memcmp(node->blob_items[i].hash, hash, HASH_BYTES) == 0)
            return &node->blob_items[i];
    return NULL;
}

static void confirm(struct node *node, struct blob_item *item)
{
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return; /* offered again in the next session */
    err = node_put_blob(txn, item->hash, item->size, BLOB_CONFIRMED);
    if (err != ERR_OK)
        store_abort(txn);
    else
        err = node_commit(node, txn);
    if (err == ERR_OK)
        *item = node->blob_items[--node->blob_count];
}

/* ---- up ---- */

static void offer(struct node *node)
{
    struct msg msg = {.type = MSG_BLOB_OFFER};
    uint32_t open = 0;
    for (uint32_t i = 0; i < node->blob_count; i++)
        open += node->blob_items[i].state == BLOB_PENDING &&
                node->blob_items[i].quiet_ms > node->now.mono_ms;
    for (uint32_t i = 0; i < node->blob_count && open + msg.blob_offer.count < BLOB_OFFERS_MAX;
         i++) {
        struct blob_item *item = &node->blob_items[i];
        if (item->state != BLOB_PENDING || item->quiet_ms > node->now.mono_ms ||
            !blobs_have(node->blobs, item->hash, &item->size))
            continue;
        struct msg_offer *to = &msg.blob_offer.offers[msg.blob_offer.count++];
        memcpy(to->hash, item->hash, HASH_BYTES);
        to->size = item->size;
        item->quiet_ms = node->now.mono_ms + ACK_MS_MAX;
    }
    if (msg.blob_offer.count > 0)
        node_send_small(node, &msg);
}

static void on_want(struct node *node, const struct msg_blob_want *want)
{
    for (uint32_t i = 0; i < node->blob_count;
         i++) /* while one moves on, those behind it wait without being offered again */
        if (node->blob_items[i].state == BLOB_PENDING &&
            node->blob_items[i].quiet_ms > node->now.mono_ms)
            node->blob_items[i].quiet_ms = node->now.mono_ms + ACK_MS_MAX;
    for (uint32_t i = 0; i < node->chunk_want_count; i++) {
        struct chunk_want *have = &node->chunk_wants[i];
        if (memcmp(have->hash, want->hash, HASH_BYTES) != 0)
            continue;
        if (have->next + have->count == want->from_chunk &&
            have->count + want->count <= BLOB_WINDOW_CHUNKS)
            have->count += want->count;
        else
            *have = (struct chunk_want){.next = want->from_chunk, .count = want->count};
        memcpy(have->hash, want->hash, HASH_BYTES);
        return;
    }
    if (node->chunk_want_count == NODE_CHUNK_WANTS_MAX)
        return; /* more than was offered */
    struct chunk_want *slot = &node->chunk_wants[node->chunk_want_count++];
    *slot = (struct chunk_want){.next = want->from_chunk, .count = want->count};
    memcpy(slot->hash, want->hash, HASH_BYTES);
}

static void drop_want(struct node *node)
{
    node->chunk_want_count--;
    memmove(node->chunk_wants, node->chunk_wants + 1,
            node->chunk_want_count * sizeof(node->chunk_wants[0]));
}

/* Send the first chunk that is wanted. False: the link is full. */
static bool send_chunk(struct node *node)
{
    struct chunk_want *want = &node->chunk_wants[0];
    struct msg msg = {.type = MSG_BLOB_CHUNK, .blob_chunk = {.index = want->next}};
    memcpy(msg.blob_chunk.hash, want->hash, HASH_BYTES);
    size_t len = 0;
    bool have = blobs_have(node->blobs, want->hash, &msg.blob_chunk.size) &&
                want->next < blobs_chunk_count(msg.blob_chunk.size) &&
                blobs_read(node->blobs, want->hash, want->next, node->chunk, &len) == ERR_OK;
    if (have)
        msg.blob_chunk.chunk = bytes_of(node->chunk, len);
    else
        msg.blob_chunk.size = 0;
    enum err err = node_send_large(node, &msg);
    if (err != ERR_OK)
        return false;
    node_run(node, (struct node_event){.type = NODE_SPOKE});
    want->next++;
    want->count--;
    if (want->count == 0 || !have)
        drop_want(node);
    return true;
}

/* ---- down ---- */

static void ask(struct node *node, struct blob_item *item, uint32_t from, uint32_t count)
{
    struct msg msg = {.type = MSG_BLOB_WANT, .blob_want = {.from_chunk = from, .count = count}};
    memcpy(msg.blob_want.hash, item->hash, HASH_BYTES);
    node->want_open = true;
    node->want_ms = node->now.mono_ms;
    node_send_small(node, &msg);
}

static uint32_t window(uint64_t size, uint32_t from)
{
    uint32_t left = blobs_chunk_count(size) - from;
    return left < BLOB_WINDOW_CHUNKS ? left : BLOB_WINDOW_CHUNKS;
}

static void give_up(struct node *node, struct blob_item *item)
{
    item->tries = 0;
    item->quiet_ms = node->now.mono_ms + BACKOFF_MS_MAX;
}

static void finish(struct node *node, struct blob_item *item)
{
    node->want_open = false;
    enum err err = blobs_finish(node->blobs, item->hash, item->size, NULL);
    if (err == ERR_OK) {
        confirm(node, item);
    } else if (++item->tries >= NODE_BLOB_TRIES_MAX) {
        give_up(node, item);
        node_log(node, NODE_LOG_WARN, "file.damaged", "code=%s", err_slug(err));
    }
}

static void want_next(struct node *node)
{
    if (node->want_open && node->now.mono_ms < node->want_ms + WANT_MS_MAX)
        return;
    node->want_open = false;
    for (uint32_t i = 0; i < node->blob_count; i++) {
        struct blob_item *item = &node->blob_items[i];
        if (item->state != BLOB_WANTED || item->quiet_ms > node->now.mono_ms)
            continue;
        uint32_t from = blobs_partial_chunks(node->blobs, item->hash);
        if (from >= blobs_chunk_count(item->size))
            finish(node, item);
        else
            ask(node, item, from, window(item->size, from));
        return;
    }
}

static void on_chunk(struct node *node, const struct msg_blob_chunk *chunk)
{
    struct blob_item *item = find(node, chunk->hash);
    if (item == NULL || item->state != BLOB_WANTED)
        return;
    if (chunk->size != item->size) { /* it is not there, or not what the record says */
        give_up(node, item);
        node->want_open = false;
        return;
    }
    if (chunk->index != blobs_partial_chunks(node->blobs, chunk->hash))
        return; /* doubled, or the one before it was lost: then it is asked for again when nothing
                   comes */
    enum err err =
        blobs_write(node->blobs, chunk->hash, chunk->size, chunk->index, chunk->chunk, NULL);
    uint32_t all = blobs_chunk_count(item->size);
    uint32_t have = blobs_partial_chunks(node->blobs, item->hash);
    if (err == ERR_OK && chunk->index + 1 == all) {
        finish(node, item);
    } else if (err == ERR_OK) {
        node->want_ms = node->now.mono_ms;
        uint32_t asked = have - 1 + BLOB_WINDOW_CHUNKS; /* up to here, not including */
        if (asked < all)
            ask(node, item, asked, 1);
    } else {
        node->want_open = false;
        if (++item->tries >= NODE_BLOB_TRIES_MAX)
            give_up(node, item);
    }
}

void node_on_blob_msg(struct node *node, const struct msg *msg)
{
    if (msg->type == MSG_BLOB_WANT) {
        on_want(node, &msg->blob_want);
    } else if (msg->type == MSG_BLOB_CHUNK) {
        on_chunk(node, &msg->blob_chunk);
    } else {
        assert(msg->type == MSG_BLOB_HAVE);
        struct blob_item *item = find(node, msg->blob_have.hash);
        if (item != NULL && item->state == BLOB_PENDING)
            confirm(node, item);
    }
}

void node_blobs_step(struct node *node)
{
    if (node->core.phase != NODE_STEADY)
        return;
    if (node->blobs_more && node->blob_count < NODE_BLOBS_MAX / 2 &&
        node_load_blobs(node) != ERR_OK)
        return;
    bool busy = node_core_can_send(&node->core, node->now.mono_ms);
    for (uint32_t sent = 0;
         node->chunk_want_count > 0 && sent < (busy ? 1u : (uint32_t)BLOB_WINDOW_CHUNKS); sent++)
        if (!send_chunk(node))
            break;
    bool idle = node->core.phase == NODE_STEADY && node->fatal == ERR_OK &&
                node->core.sent_seq >= node->core.own_seq;
    if (!idle)
        return;
    offer(node);
    if (node->core.phase == NODE_STEADY && node->fatal == ERR_OK)
        want_next(node);
}
