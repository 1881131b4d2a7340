#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* A TXNS frame is judged when it comes (whose, where in the chain, seal) and queued as it came; the
 * commit reads it again. */

struct judging {
    struct broker *broker;
    struct peer *peer;
    const struct roster_entry *site;
    struct msg_batches batches;
    uint64_t first, last;
    uint32_t ops;
    uint8_t head[HASH_BYTES]; /* after the last batch */
    enum err code;            /* a frame that cannot be read */
};

/* Read the batches and see that they are the site's own and follow one another. */
static enum txns_verdict survey(struct judging *judging)
{
    struct mp_reader reader = mp_reader_of(judging->batches.items);
    struct batch *batch = &judging->broker->batch;
    for (uint32_t i = 0; i < judging->batches.count; i++) {
        judging->code = batch_read(&reader, batch);
        if (judging->code != ERR_OK)
            return TXNS_OTHER;
        if (batch->origin.site != judging->peer->site ||
            batch->origin.epoch != judging->peer->core.epoch)
            return TXNS_NOT_YOURS;
        if (i == 0)
            judging->first = batch->first;
        else if (batch->first != judging->last + 1)
            return TXNS_OTHER;
        judging->last = batch->first + batch->count - 1;
        judging->ops += batch->count;
    }
    return TXNS_NEXT;
}

/* Verify chain and seals from `head` on. */
static enum txns_verdict verify(struct judging *judging, const uint8_t *prev_head)
{
    struct mp_reader reader = mp_reader_of(judging->batches.items);
    struct batch *batch = &judging->broker->batch;
    for (uint32_t i = 0; i < judging->batches.count; i++) {
        if (batch_read(&reader, batch) != ERR_OK)
            return TXNS_BAD_SEAL;
        const uint8_t *before = i > 0 ? judging->head : prev_head;
        if (before != NULL && memcmp(batch->prev_head, before, HASH_BYTES) != 0)
            return i > 0 ? TXNS_BAD_SEAL : TXNS_FORKED;
        if (batch_verify(batch, judging->site->sign_public, false, judging->head) != ERR_OK)
            return TXNS_BAD_SEAL;
    }
    return TXNS_NEXT;
}

/* All of it is stored: is it the same? */
static enum txns_verdict compare(struct judging *judging)
{
    struct store_txn *txn;
    uint8_t head[HASH_BYTES];
    enum txns_verdict verdict = verify(judging, NULL);
    if (verdict != TXNS_NEXT)
        return verdict;
    if (store_begin(judging->broker->store, STORE_READ, &txn, NULL) != ERR_OK)
        return TXNS_OTHER;
    struct origin origin = {.site = judging->peer->site, .epoch = judging->peer->core.epoch};
    enum err err = ledger_head_at(txn, origin, judging->last, head);
    store_abort(txn);
    if (err != ERR_OK)
        return TXNS_OTHER;
    if (memcmp(head, judging->head, HASH_BYTES) != 0)
        return TXNS_FORKED;
    judging->broker->counters.duplicates++;
    return TXNS_KNOWN;
}

static enum txns_verdict judge(struct judging *judging)
{
    const struct broker_session *core = &judging->peer->core;
    enum txns_verdict verdict = survey(judging);
    if (verdict != TXNS_NEXT)
        return verdict;
    if (judging->last <= core->stored_seq)
        return compare(judging);
    if (judging->first != core->queued_seq + 1)
        return TXNS_OTHER;
    return verify(judging, judging->peer->queued_head);
}

static struct item *make_item(struct broker *broker, const struct judging *judging,
                              size_t frame_bytes)
{
    struct item *item = broker_new_item(broker, ITEM_TXNS, judging->peer, judging->batches.items);
    if (item == NULL)
        return NULL;
    item->batches = (struct msg_batches){.items = bytes_of(item->bytes, item->len),
                                         .count = judging->batches.count};
    item->last_seq = judging->last;
    item->ops = judging->ops;
    item->credit_bytes = (uint32_t)frame_bytes;
    memcpy(item->head, judging->head, HASH_BYTES);
    return item;
}

void broker_take_txns(struct broker *broker, struct peer *peer, const struct msg_txns *txns,
                      size_t frame_bytes)
{
    struct judging judging = {.broker = broker, .peer = peer, .batches = txns->batches};
    judging.site = broker_find_site(broker, peer->site);
    if (peer->core.phase != SESSION_OPEN || txns->session != peer->core.session ||
        judging.site == NULL) {
        broker->counters.refused_no_session++;
        broker_count_fault(broker, peer->key);
        return;
    }
    struct session_event event = {
        .type = SESSION_TXNS, .session = txns->session, .bytes = (uint32_t)frame_bytes};
    event.verdict = judge(&judging);
    if (judging.code != ERR_OK) {
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_REFUSED,
                                                 .code = judging.code,
                                                 .retry_ms = REFUSED_MS_MIN},
                          NULL);
        return;
    }
    broker->counters.refused_gap += event.verdict == TXNS_OTHER;
    struct item *item = NULL;
    if (event.verdict == TXNS_NEXT) {
        bool full = broker->nearly_full;
        bool room = broker->queued_bytes + frame_bytes <= CREDIT_TOTAL_BYTES_MAX;
        item = room && !full ? make_item(broker, &judging, frame_bytes) : NULL;
        event.seq = judging.last;
        if (item == NULL) {
            event.verdict = TXNS_NO_ROOM;
            event.code = full ? ERR_FULL : ERR_BUSY;
            event.retry_ms = full ? BROKER_FULL_RETRY_MS : SESSION_RETRY_MS;
        }
    }
    if (item != NULL) /* a session that refuses it ends */
        memcpy(peer->queued_head, judging.head, HASH_BYTES);
    (void)broker_step(broker, peer, event, item);
}

static void head_after(const struct batch *batch, uint8_t head_out[HASH_BYTES])
{
    memcpy(head_out, batch->prev_head, HASH_BYTES);
    for (uint32_t i = 0; i < batch->count; i++) {
        uint8_t leaf[HASH_BYTES];
        enum err err = chain_leaf_of(batch->entries[i], leaf);
        assert(err == ERR_OK);
        (void)err;
        chain_extend(head_out, leaf);
    }
}

/* Write a queued frame. A failure of its own (the log has moved on otherwise) is its outcome. */
enum err broker_store_item(struct broker *broker, struct store_txn *txn, struct item *item)
{
    struct mp_reader reader = mp_reader_of(item->batches.items);
    struct batch *batch = &broker->batch;
    struct origin_row row;
    for (uint32_t i = 0; i < item->batches.count; i++) {
        uint8_t head[HASH_BYTES];
        enum err err = batch_read(&reader, batch);
        assert(err == ERR_OK); /* it was judged before it was queued */
        bool last = i + 1 == item->batches.count;
        if (last)
            memcpy(head, item->head, HASH_BYTES);
        else
            head_after(batch, head);
        err = ledger_store_batch(broker->ledger, txn, batch, head, broker->now.unix_ms);
        if (err == ERR_GAP || err == ERR_FORK) {
            item->outcome = err;
            return i == 0 ? ERR_OK : ERR_INTERNAL;
        }
        if (err != ERR_OK)
            return err;
    }
    enum err err = ledger_get_origin(txn, batch->origin, &row);
    item->applied_seq = err == ERR_OK ? row.applied_seq : 0;
    return err;
}
