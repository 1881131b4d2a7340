#include "node/node_private.h"

/* Frames to events. What a frame claims about positions is compared with the own chain here; the
 * core only hears the verdict. */

/* A log that cannot be read now says nothing about the chain: that it differs would end its epoch.
 */
static enum err chain_at(const struct node *node, struct store_txn *txn, uint32_t epoch,
                         uint64_t seq, const uint8_t head[HASH_BYTES], enum chain_fact *fact_out)
{
    struct origin_row row;
    struct origin origin = node_own(node, epoch);
    enum err err = node_origin(txn, origin, &row);
    if (err != ERR_OK)
        return err;
    *fact_out = CHAIN_BEYOND;
    if (seq > row.stored_seq)
        return ERR_OK;
    uint8_t own[HASH_BYTES];
    err = ledger_head_at(txn, origin, seq, own);
    if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_CORRUPT)
        return err;
    *fact_out = err == ERR_OK && memcmp(own, head, HASH_BYTES) == 0 ? CHAIN_SAME : CHAIN_DIFFERS;
    return ERR_OK;
}

static bool begin_read(struct node *node, struct store_txn **txn_out)
{
    enum err err = store_begin(node->store, STORE_READ, txn_out, NULL);
    if (err != ERR_OK)
        node_log(node, NODE_LOG_WARN, "store.read", "code=%s", err_slug(err));
    return err == ERR_OK;
}

uint64_t node_pending(struct node *node)
{
    struct store_txn *txn;
    if (!begin_read(node, &txn))
        return 0;
    uint64_t pending = 0;
    enum err err = ledger_count_pending(node->ledger, txn, &pending);
    if (err != ERR_OK)
        node_log(node, NODE_LOG_WARN, "store.read", "code=%s", err_slug(err));
    store_abort(txn);
    return pending;
}

void node_send_hello(struct node *node)
{
    uint32_t epoch = node_move_open(node) ? node->move_epoch : ledger_identity(node->ledger).epoch;
    struct store_txn *txn;
    struct origin_row row;
    enum err err = store_begin(node->store, STORE_READ, &txn, NULL);
    if (err == ERR_OK) {
        err = node_origin(txn, node_own(node, epoch), &row);
        store_abort(txn);
    }
    if (err != ERR_OK) {
        node_follow(node, (struct node_event){.type = NODE_SAVE_FAILED, .code = err});
        return;
    }
    struct msg msg = {.type = MSG_HELLO};
    msg.hello = (struct msg_hello){
        .proto_min = PROTOCOL_MIN,
        .proto_max = PROTOCOL_NOW,
        .software = bytes_of_text(node->software),
        .site = ledger_identity(node->ledger).site,
        .epoch = epoch,
        .seq = row.stored_seq,
        .acked_seq = row.acked_seq,
        .pending = node_pending(node),
        .unix_ms = node->now.unix_ms,
        .feed_cursor = node->membership.feed_cursor,
        .want_epoch = node->core.want_epoch,
    };
    memcpy(msg.hello.token, row.token, MSG_TOKEN_BYTES);
    memcpy(msg.hello.head, row.head, HASH_BYTES);
    memcpy(msg.hello.incarnation, node->membership.broker_incarnation, MSG_INCARNATION_BYTES);
    node->hello_epoch = epoch;
    node_send_small(node, &msg);
}

void node_send_ping(struct node *node)
{
    struct msg msg = {.type = MSG_PING,
                      .ping = {.nonce = node->core.session,
                               .unix_ms = node->now.unix_ms,
                               .pending = node_pending(node)}};
    node_send_small(node, &msg);
}

/* ---- saving ---- */

static void copy_text(char *out, size_t size, struct bytes text)
{
    if (text.len == 0 || text.len >= size)
        return;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static enum err put_welcome(struct node *node, struct store_txn *txn,
                            const struct msg_welcome *welcome, struct membership *membership)
{
    if (memcmp(membership->broker_incarnation, welcome->incarnation, MSG_INCARNATION_BYTES) != 0) {
        memcpy(membership->broker_incarnation, welcome->incarnation, MSG_INCARNATION_BYTES);
        membership->feed_cursor = 0;
        enum err offered = node_offer_again(node, txn);
        if (offered != ERR_OK)
            return offered;
    }
    copy_text(membership->slug, sizeof(membership->slug), welcome->slug);
    copy_text(membership->name, sizeof(membership->name), welcome->name);
    copy_text(membership->organisation, sizeof(membership->organisation), welcome->organisation);
    enum err err = membership_put(txn, membership);
    struct origin origin = node_own(node, welcome->epoch);
    struct origin_row row;
    if (err == ERR_OK)
        err = node_origin(txn, origin, &row);
    if (err != ERR_OK)
        return err;
    memcpy(row.token, welcome->token, TOKEN_BYTES);
    if (welcome->mode == WELCOME_NEW_EPOCH) {
        err = node_put_move(txn, welcome->epoch);
    } else {
        row.acked_seq = welcome->stored_seq < row.stored_seq ? welcome->stored_seq : row.stored_seq;
        err = ledger_head_at(txn, origin, row.acked_seq, row.acked_head);
    }
    return err == ERR_OK ? ledger_put_origin(txn, origin, &row) : err;
}

enum err node_save_welcome(struct node *node)
{
    const struct msg_welcome *welcome = &node->msg->welcome;
    struct membership membership = node->membership;
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = put_welcome(node, txn, welcome, &membership);
    if (err != ERR_OK) {
        node_abort(node, txn);
        return err;
    }
    err = node_commit(node, txn);
    if (err == ERR_OK)
        err = ledger_forget(node->ledger);
    if (err != ERR_OK)
        return err;
    node->membership = membership;
    if (welcome->mode == WELCOME_NEW_EPOCH)
        node->move_epoch = welcome->epoch;
    node->recover_current = welcome->mode == WELCOME_RECOVER;
    node->compare_from = 0;
    node->fetch_from = 0;
    node->feed_begun = false;
    node_begin_return(node, welcome);
    node_blobs_reset(node);
    return ERR_OK;
}

enum err node_save_ack(struct node *node, uint64_t seq)
{
    struct origin origin = node_own(node, node->core.epoch);
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = ledger_mark_acked(txn, (struct dot){origin, seq}, node->msg->ack.head, node->now.unix_ms);
    if (err != ERR_OK) {
        node_abort(node, txn);
        return err;
    }
    node->last_success_ms = node->now.unix_ms;
    err = node_commit(node, txn);
    return err == ERR_OK ? ledger_forget(node->ledger) : err;
}

/* ---- what comes in ---- */

static void on_welcome(struct node *node, const struct msg_welcome *welcome)
{
    struct node_event event = {
        .type = NODE_GOT_WELCOME,
        .session = welcome->session,
        .mode = welcome->mode,
        .epoch = welcome->epoch,
        .seq = welcome->stored_seq,
        .own_epoch = node->hello_epoch,
        .credit_bytes = welcome->credit_bytes,
        .spread_ms = welcome->retry_spread_ms,
        .moving = node_moving(node),
    };
    bool ours = welcome->broker_site == node->membership.broker_site;
    bool fits = welcome->mode == WELCOME_NEW_EPOCH || welcome->epoch == node->hello_epoch;
    struct store_txn *txn;
    struct origin_row row;
    if (!ours || !fits || !begin_read(node, &txn)) {
        node->bad_frames++;
        node_run(node, (struct node_event){.type = NODE_GOT_BAD, .code = ERR_CORRUPT});
        return;
    }
    enum err err =
        chain_at(node, txn, node->hello_epoch, welcome->stored_seq, welcome->head, &event.chain);
    if (err == ERR_OK)
        err = node_origin(txn, node_own(node, node->hello_epoch), &row);
    bool back = false;
    if (err == ERR_OK)
        err = node_has_return(node, txn, welcome, &back);
    store_abort(txn);
    event.moving = event.moving || back;
    event.own_seq = err == ERR_OK ? row.stored_seq : 0;
    node->clock_offset_ms = (int64_t)(node->now.unix_ms - welcome->unix_ms);
    node_run(node, err == ERR_OK ? event : (struct node_event){.type = NODE_GOT_BAD, .code = err});
}

static void on_ack(struct node *node, const struct msg_ack *ack)
{
    struct node_event event = {
        .type = NODE_GOT_ACK,
        .session = ack->session,
        .epoch = ack->epoch,
        .seq = ack->stored_seq,
        .credit_bytes = ack->credit_bytes,
        .code = ack->code,
    };
    struct store_txn *txn;
    if (ack->session != node->core.session || !begin_read(node, &txn))
        return;
    enum err err = chain_at(node, txn, ack->epoch, ack->stored_seq, ack->head, &event.chain);
    store_abort(txn);
    node_run(node, err == ERR_OK ? event : (struct node_event){.type = NODE_GOT_BAD, .code = err});
}

static void on_pong(struct node *node, const struct msg_pong *pong)
{
    node->clock_offset_ms = (int64_t)(node->now.unix_ms - pong->unix_ms);
    node_run(node, (struct node_event){.type = NODE_GOT_OTHER});
}

static void on_reject(struct node *node, const struct msg_reject *reject)
{
    (void)err_set(&node->last_error, reject->code, "the broker refuses: %.*s",
                  (int)reject->text.len,
                  (const char *)(reject->text.len > 0 ? reject->text.data : (const uint8_t *)""));
    node_run(node, (struct node_event){.type = NODE_GOT_REJECT,
                                       .code = reject->code,
                                       .retry_ms = reject->retry_after_ms});
}

static void on_msg(struct node *node, const struct msg *msg)
{
    switch (msg->type) {
    case MSG_WELCOME:
        on_welcome(node, &msg->welcome);
        break;
    case MSG_ACK:
        on_ack(node, &msg->ack);
        break;
    case MSG_FEED:
        node_run(node, (struct node_event){.type = NODE_GOT_FEED, .session = msg->feed.session});
        break;
    case MSG_OWN_OPS:
        node_run(node, (struct node_event){.type = node->back_under_way ? NODE_GOT_OTHER
                                                                        : NODE_GOT_OWN_OPS,
                                           .session = msg->own_ops.session});
        break;
    case MSG_RETURNED:
        node_run(node,
                 (struct node_event){.type = node_awaits(node, &msg->returned) ? NODE_GOT_OWN_OPS
                                                                               : NODE_GOT_OTHER,
                                     .session = msg->returned.session});
        break;
    case MSG_BLOB_WANT:
    case MSG_BLOB_CHUNK:
    case MSG_BLOB_HAVE:
        node_run(node, (struct node_event){.type = NODE_GOT_OTHER});
        if (node->core.phase == NODE_STEADY && node->fatal == ERR_OK)
            node_on_blob_msg(node, msg);
        break;
    case MSG_PING:
        node_run(node, (struct node_event){.type = NODE_GOT_PING, .nonce = msg->ping.nonce});
        break;
    case MSG_PONG:
        on_pong(node, &msg->pong);
        break;
    case MSG_BUSY:
        node_run(node, (struct node_event){.type = NODE_GOT_BUSY,
                                           .code = msg->busy.code,
                                           .retry_ms = msg->busy.retry_after_ms});
        break;
    case MSG_REJECT:
        on_reject(node, &msg->reject);
        break;
    case MSG_BYE:
        node_run(node, (struct node_event){.type = NODE_GOT_BYE, .code = msg->bye.code});
        break;
    case MSG_HELLO:
    case MSG_TXNS:
    case MSG_RETURN:
    case MSG_BLOB_OFFER:
    case MSG_FEED_ACK:
    case MSG_OWN_GET:
    case MSG_JOIN:
    case MSG_JOINED:
        node->unknown_messages++;
        break; /* not for a site */
    }
}

void node_read_frame(struct node *node, struct bytes frame)
{
    struct msg msg;
    enum err err = msg_decode(frame, &msg);
    if (err == ERR_UNSUPPORTED) {
        node->unknown_messages++;
        node_run(node, (struct node_event){.type = NODE_GOT_OTHER});
        return;
    }
    if (err != ERR_OK) {
        node->bad_frames++;
        node_run(node, (struct node_event){.type = NODE_GOT_BAD, .code = err});
        return;
    }
    node->msg = &msg;
    on_msg(node, &msg);
    node->msg = NULL;
}
