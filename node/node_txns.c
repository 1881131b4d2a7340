#include "node/node_private.h"

#include <assert.h>

/* A batch is cut and sealed when it is sent, not when it is written: one signature for as many
 * operations as fit. */

enum {
    BATCH_FRAME_BYTES = 256 /* what a batch takes besides its entries */,
    FRAME_HEAD_BYTES = 64
};

/* Put batches from `first` on into node->items until the room is used; last_out: the last sequence
 * in them. */
static enum err gather(struct node *node, struct store_txn *txn, uint64_t first,
                       uint32_t room_bytes, struct msg_batches *batches_out, uint64_t *last_out)
{
    struct origin origin = node_own(node, node->core.epoch);
    uint64_t next = first;
    struct msg_batches batches = {0};
    mp_buf_reset(&node->items);
    while (next <= node->core.own_seq && batches.count < BATCHES_PER_FRAME_MAX) {
        size_t used = node->items.len + FRAME_HEAD_BYTES + BATCH_FRAME_BYTES;
        if (batches.count > 0 && used + OP_BYTES_MAX > room_bytes)
            break;
        size_t room = room_bytes - used < BATCH_BYTES_MAX ? room_bytes - used : BATCH_BYTES_MAX;
        uint64_t left = node->core.own_seq - next + 1;
        uint32_t count = left < BATCH_OPS_MAX ? (uint32_t)left : BATCH_OPS_MAX;
        arena_reset(&node->arena);
        enum err err = ledger_take_batch(node->ledger, txn, origin, next, count, room, &node->arena,
                                         &node->batch);
        if (err != ERR_OK)
            return err;
        batch_encode(&node->items, &node->batch);
        next += node->batch.count;
        batches.count++;
    }
    batches.items = mp_buf_bytes(&node->items);
    *batches_out = batches;
    *last_out = next - 1;
    return mp_buf_err(&node->items);
}

void node_send_txns(struct node *node, uint64_t first, uint32_t room_bytes)
{
    assert(room_bytes >= TXNS_CREDIT_MIN_BYTES);
    struct store_txn *txn;
    struct msg msg = {.type = MSG_TXNS, .txns = {.session = node->core.session}};
    uint64_t last = 0;
    enum err err = store_begin(node->store, STORE_READ, &txn, NULL);
    if (err == ERR_OK) {
        err = gather(node, txn, first, room_bytes, &msg.txns.batches, &last);
        store_abort(txn);
    }
    if (err != ERR_OK) {
        node_follow(node, (struct node_event){.type = NODE_SAVE_FAILED, .code = err});
        return;
    }
    err = node_send_large(node, &msg);
    if (err == ERR_BUSY)
        node_follow(node, (struct node_event){.type = NODE_SEND_BLOCKED});
    else if (err == ERR_OK)
        node_follow(node, (struct node_event){
                              .type = NODE_SENT, .seq = last, .bytes = (uint32_t)node->frame.len});
}
