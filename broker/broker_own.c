#include "broker/broker_private.h"

/* A site's own operations back to it: whole batches under the seals they came with. */

enum { OWN_FRAME_ROOM = 1024 };

static enum err gather(struct broker *broker, struct peer *peer, struct msg_own_ops *ops)
{
    struct origin origin = {.site = peer->site, .epoch = peer->own_epoch};
    struct store_txn *txn;
    struct origin_row row;
    uint64_t next = peer->own_from;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    mp_buf_reset(&broker->items);
    err = broker_origin(txn, origin, &row);
    while (err == ERR_OK && next <= row.stored_seq && ops->batches.count < BATCHES_PER_FRAME_MAX) {
        arena_reset(&broker->arena);
        err = ledger_take_batch(broker->ledger, txn, origin, next, BATCH_OPS_MAX, BATCH_BYTES_MAX,
                                &broker->arena, &broker->batch);
        if (err != ERR_OK)
            break;
        size_t before = broker->items.len;
        batch_encode(&broker->items, &broker->batch);
        bool over = broker->items.failed || broker->items.len + OWN_FRAME_ROOM > TXNS_BYTES_TARGET;
        if (ops->batches.count > 0 && over) {
            broker->items.failed = false;
            broker->items.over_max = false;
            broker->items.len = before;
            break;
        }
        ops->batches.count++;
        next = broker->batch.first + broker->batch.count;
    }
    store_abort(txn);
    ops->batches.items = mp_buf_bytes(&broker->items);
    ops->more = next <= row.stored_seq;
    return err == ERR_OK ? mp_buf_err(&broker->items) : err;
}

/* False: the peer is gone. */
bool broker_answer_own(struct broker *broker, struct peer *peer)
{
    if (peer->own_epoch == 0)
        return true;
    struct msg msg = {.type = MSG_OWN_OPS,
                      .own_ops = {.session = peer->core.session, .epoch = peer->own_epoch}};
    enum err err = gather(broker, peer, &msg.own_ops);
    if (err == ERR_OK)
        err = broker_send_now(broker, peer, &msg);
    if (err == ERR_BUSY)
        return true; /* the next pump tries again */
    peer->own_epoch = 0;
    if (err == ERR_OK && !msg.own_ops.more)
        return broker_step(broker, peer, (struct session_event){.type = SESSION_FEED_AGAIN}, NULL);
    return err == ERR_OK ||
           broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
}
