#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* Group commit: what came in since the last one goes to the disk in one transaction, in order of
 * arrival; answers are given after it. When it fails, everything in it is as if it had never come,
 * and everybody in it is told. */

struct item *broker_new_item(struct broker *broker, enum item_type type, struct peer *peer,
                             struct bytes bytes)
{
    if (broker->queued_bytes + sizeof(struct item) + bytes.len > BROKER_QUEUE_BYTES_MAX)
        return NULL;
    struct item *item = calloc(1, sizeof(*item) + bytes.len);
    if (item == NULL) {
        broker_log(broker, BROKER_LOG_ERROR, "queue.memory", "bytes=%zu", bytes.len);
        return NULL;
    }
    item->type = type;
    item->peer = peer;
    item->len = bytes.len;
    if (peer != NULL) {
        item->site = peer->site;
        item->epoch = peer->core.epoch;
    }
    if (bytes.len > 0)
        memcpy(item->bytes, bytes.data, bytes.len);
    return item;
}

void broker_enqueue(struct broker *broker, struct item *item)
{
    item->next = NULL;
    *broker->queue_end = item;
    broker->queue_end = &item->next;
    broker->queued_bytes += sizeof(*item) + item->len;
}

void broker_forget_peer(struct broker *broker, const struct peer *peer)
{
    for (struct item *item = broker->queue; item != NULL; item = item->next)
        if (item->peer == peer)
            item->peer = NULL;
}

void broker_free_queue(struct broker *broker)
{
    while (broker->queue != NULL) {
        struct item *item = broker->queue;
        broker->queue = item->next;
        free(item);
    }
    broker->queue_end = &broker->queue;
    broker->queued_bytes = 0;
}

static enum err write_heard(struct broker *broker, struct store_txn *txn, const struct item *item)
{
    struct site_row row;
    if (item->peer == NULL)
        return ERR_OK;
    enum err err = roster_get(txn, item->site, &row);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    row.last_heard_ms = broker->now.unix_ms;
    row.pending = item->peer->pending;
    row.clock_offset_ms = item->peer->clock_offset_ms;
    row.feed_acked = item->peer->core.feed_acked;
    return roster_put(txn, &row);
}

static enum err write_join(struct broker *broker, struct store_txn *txn, struct item *item)
{
    const struct msg_join *join = &item->msg.join;
    struct redeemer asked = {.site = join->site,
                             .epoch = join->epoch > 0 ? join->epoch : 1,
                             .transport_public = join->transport_public,
                             .sign_public = join->sign_public};
    enum err err =
        roster_redeem(txn, item->key, &asked, broker->now.unix_ms, &item->joined, &item->in_place);
    bool refused = err == ERR_EXPIRED || err == ERR_EXISTS || err == ERR_NOT_FOUND ||
                   err == ERR_INVALID || err == ERR_LIMIT;
    item->outcome = refused ? err : ERR_OK;
    if (err == ERR_OK)
        err = broker_feed_welcome(broker->feed, txn, join->site);
    return refused ? ERR_OK : err;
}

/* An item's own failure goes to item->outcome; what fails the whole transaction is returned. */
static enum err write_item(struct broker *broker, struct store_txn *txn, struct item *item)
{
    switch (item->type) {
    case ITEM_HELLO:
        return item->peer == NULL ? ERR_OK : broker_grant(broker, txn, item);
    case ITEM_JOIN:
        return write_join(broker, txn, item);
    case ITEM_TXNS:
        return broker_store_item(broker, txn, item);
    case ITEM_RETURN:
        return broker_store_return(broker, txn, item);
    case ITEM_PROVE:
        return broker_prove(txn, item);
    case ITEM_HEARD:
        return write_heard(broker, txn, item);
    case ITEM_BLOB:
        return broker_put_blob(txn, &item->blob);
    }
    return ERR_INTERNAL;
}

/* ---- after the commit ---- */

static void tell_failed(struct broker *broker, struct item *item, enum err code)
{
    struct peer *peer = item->peer;
    uint32_t retry_ms = code == ERR_FULL ? BROKER_FULL_RETRY_MS : SESSION_RETRY_MS;
    if (peer == NULL)
        return; /* a JOIN asks again by itself */
    if (item->type == ITEM_TXNS && peer->core.phase == SESSION_OPEN) {
        memcpy(peer->queued_head, peer->stored_head, HASH_BYTES);
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_NOT_STORED,
                                                 .bytes = item->credit_bytes,
                                                 .code = code,
                                                 .retry_ms = retry_ms},
                          NULL);
    } else if (item->type == ITEM_HELLO) {
        struct msg busy = {.type = MSG_BUSY, .busy = {.retry_after_ms = retry_ms, .code = code}};
        if (broker_send(broker, peer, &busy))
            (void)broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
    } else if (item->type == ITEM_RETURN) {
        broker_answer_return(broker, item, code);
    } else if (item->type == ITEM_PROVE) {
        peer->core.proven = false; /* its next frame proves again */
    }
}

static void answer_hello(struct broker *broker, struct item *item)
{
    struct peer *peer = item->peer;
    if (peer == NULL)
        return;
    if (item->outcome != ERR_OK) {
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_REFUSED,
                                                 .code = item->outcome,
                                                 .retry_ms = REFUSED_MS_MIN},
                          NULL);
        return;
    }
    bool fresh = peer->verdict.mode == WELCOME_NEW_EPOCH;
    struct session_event event = {
        .type = SESSION_HELLO,
        .session = peer->welcome.session,
        .epoch = peer->welcome.epoch,
        .seq = fresh ? 0 : peer->welcome.stored_seq,
        .feed_from = peer->verdict.feed_from,
        .feed_last = item->blob.size, /* as read in the transaction */
    };
    broker->counters.sessions_opened++;
    broker->counters.epochs_granted += fresh;
    broker->counters.suspects += peer->verdict.suspect;
    broker_log(broker, peer->verdict.noticed ? BROKER_LOG_WARN : BROKER_LOG_INFO, "session.opened",
               "site=%016llx mode=%d epoch=%u stored=%llu suspect=%d",
               (unsigned long long)peer->site, (int)peer->welcome.mode, peer->welcome.epoch,
               (unsigned long long)peer->welcome.stored_seq, (int)peer->verdict.suspect);
    if (broker_step(broker, peer, event, NULL))
        (void)broker_step(broker, peer, (struct session_event){.type = SESSION_GRANTED}, NULL);
}

static void answer_txns(struct broker *broker, struct item *item)
{
    struct peer *peer = item->peer;
    if (item->outcome == ERR_OK) {
        broker->counters.operations_stored += item->ops;
        broker->apply_more = true;
    }
    if (peer == NULL || peer->core.phase != SESSION_OPEN)
        return;
    if (item->outcome == ERR_OK)
        peer->pending -= item->ops < peer->pending ? item->ops : peer->pending;
    if (item->outcome == ERR_GAP) {
        tell_failed(broker, item, ERR_GAP);
        return;
    }
    if (item->outcome != ERR_OK) {
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_REFUSED, .code = ERR_FORK}, NULL);
        return;
    }
    memcpy(peer->stored_head, item->head, HASH_BYTES);
    peer->applied_seq = item->applied_seq;
    (void)broker_step(broker, peer,
                      (struct session_event){.type = SESSION_STORED,
                                             .seq = item->last_seq,
                                             .bytes = item->credit_bytes},
                      NULL);
}

static void answer_blob(struct broker *broker, struct item *item)
{
    broker->counters.blobs_stored++;
    if (item->peer == NULL)
        return;
    struct msg msg = {.type = MSG_BLOB_HAVE, .blob_have = {.size = item->blob.size}};
    memcpy(msg.blob_have.hash, item->blob.hash, HASH_BYTES);
    (void)broker_send(broker, item->peer, &msg);
}

static void answer(struct broker *broker, struct item *item)
{
    if (item->type == ITEM_HELLO)
        answer_hello(broker, item);
    else if (item->type == ITEM_TXNS)
        answer_txns(broker, item);
    else if (item->type == ITEM_JOIN)
        broker_joined(broker, item);
    else if (item->type == ITEM_BLOB)
        answer_blob(broker, item);
    else if (item->type == ITEM_RETURN)
        broker_answer_return(broker, item, item->outcome);
}

static enum err write_some(struct broker *broker, struct item **end_out)
{
    struct store_txn *txn;
    struct item *item = broker->queue;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, NULL);
    uint64_t bytes = 0;
    uint32_t ops = 0;
    bool wrote = err == ERR_OK, joined = false;
    while (err == ERR_OK && item != NULL) {
        err = write_item(broker, txn, item);
        joined = joined || (err == ERR_OK && broker_changes_roster(broker, item));
        bytes += item->len;
        ops += item->ops + 1;
        item = item->next;
        if (item != NULL &&
            (bytes + item->len > COMMIT_BYTES_MAX || ops + item->ops >= COMMIT_OPS_MAX))
            break;
    }
    *end_out = item == broker->queue ? NULL : item;
    if (!wrote)
        return err;
    if (err == ERR_OK && joined)
        err = broker_stage_roster(broker, txn);
    if (err == ERR_OK)
        return broker_commit_txn(broker, txn, NULL);
    store_abort(txn);
    enum err forgot = ledger_forget(broker->ledger);
    if (forgot != ERR_OK)
        broker_fail(broker, forgot);
    return err;
}

/* Take the item off the queue's front, so that its peer's end is still noticed in those behind it.
 */
static struct item *pop(struct broker *broker)
{
    struct item *item = broker->queue;
    broker->queue = item->next;
    if (broker->queue == NULL)
        broker->queue_end = &broker->queue;
    broker->queued_bytes -= sizeof(*item) + item->len;
    return item;
}

void broker_commit_queue(struct broker *broker)
{
    if (broker->queue == NULL || broker->fatal != ERR_OK)
        return;
    struct item *end = NULL;
    enum err err = write_some(broker, &end);
    if (broker->fatal != ERR_OK)
        return;
    broker->counters.commits += err == ERR_OK;
    broker->counters.commits_failed += err != ERR_OK;
    if (err != ERR_OK)
        broker_log(broker, BROKER_LOG_ERROR, "commit.failed", "code=%s", err_slug(err));
    /* One batch failed: those of the same sites behind it must not be stored over the gap, so all
     * that wait are told. */
    bool all = err != ERR_OK;
    uint32_t count = 0;
    for (struct item *item = broker->queue; item != NULL && (all || item != end); item = item->next)
        count++;
    for (; count > 0; count--) {
        struct item *item = pop(broker);
        if (err == ERR_OK)
            answer(broker, item);
        else
            tell_failed(broker, item, err);
        free(item);
    }
    assert(err == ERR_OK || broker->fatal != ERR_OK || count == 0);
}
