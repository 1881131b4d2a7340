#include "broker/broker_private.h"

/* A broker that came back from an older copy, or in another's place, gets from the sites what it
 * lacks: what the centre wrote and they had got, and their own logs of former epochs. A site's
 * current log comes as always. Whose it is, and that it is what was sealed then, is proved by the
 * seal; who brings it does not matter. */

/* ---- what is here ---- */

struct listing {
    struct broker *broker;
    struct store_txn *txn;
    struct msg_welcome *welcome;
};

/* Former epochs of one site. */
static enum err list_site(struct listing *listing, uint64_t site, uint32_t before)
{
    uint8_t prefix[8];
    put_u64(prefix, site);
    struct store_iter *iter = NULL;
    struct bytes key, value;
    enum err err = store_iter_open(listing->txn, NS_ORIGIN, bytes_of(prefix, sizeof(prefix)),
                                   (struct bytes){0}, STORE_BACK, &iter);
    while (err == ERR_OK && listing->welcome->held_count < MSG_HELD_MAX &&
           store_iter_next(iter, &key, &value, &err)) {
        struct origin origin = {.site = site, .epoch = get_u32(key.data + 8)};
        struct origin_row row;
        if (origin.epoch >= before && before != 0)
            continue;
        err = ledger_get_origin(listing->txn, origin, &row);
        if (err != ERR_OK || row.stored_seq == 0)
            continue;
        msg_put_held(&listing->broker->items,
                     (struct msg_held){.origin = origin, .stored_seq = row.stored_seq});
        listing->welcome->held_count++;
    }
    store_iter_close(iter);
    return err;
}

enum err broker_list_held(struct broker *broker, const struct peer *peer,
                          struct msg_welcome *welcome)
{
    struct listing listing = {.broker = broker, .welcome = welcome};
    const struct centres *centres = &broker->feed->centres;
    enum err err = store_begin(broker->store, STORE_READ, &listing.txn, NULL);
    if (err != ERR_OK)
        return err;
    mp_buf_reset(&broker->items);
    err = list_site(&listing, peer->site, welcome->epoch);
    for (uint32_t i = 0; i < centres->count && err == ERR_OK; i++)
        err = list_site(&listing, centres->sites[i], 0);
    store_abort(listing.txn);
    welcome->centre_epoch = ledger_identity(broker->ledger).epoch;
    welcome->held = mp_buf_bytes(&broker->items);
    return err == ERR_OK ? mp_buf_err(&broker->items) : err;
}

/* ---- what comes ---- */

static void answer(struct broker *broker, struct peer *peer, uint64_t number, enum err code)
{
    struct msg msg = {.type = MSG_RETURNED,
                      .returned = {.session = peer->core.session, .number = number, .code = code}};
    if (code != ERR_OK)
        broker_count_refusal(broker, code);
    (void)broker_send(broker, peer, &msg);
}

void broker_take_return(struct broker *broker, struct peer *peer, const struct msg_return *back)
{
    if (peer->core.phase != SESSION_OPEN || back->session != peer->core.session) {
        broker->counters.refused_no_session++;
        broker_count_fault(broker, peer->key);
        return;
    }
    if (peer->returning) {
        broker->counters.duplicates++; /* a site waits for the answer */
        return;
    }
    bool room = broker->queued_bytes + back->batches.items.len <= CREDIT_TOTAL_BYTES_MAX;
    struct item *item = room && !broker->nearly_full
                            ? broker_new_item(broker, ITEM_RETURN, peer, back->batches.items)
                            : NULL;
    if (item == NULL) {
        answer(broker, peer, back->number, broker->nearly_full ? ERR_FULL : ERR_BUSY);
        return;
    }
    item->batches = (struct msg_batches){.items = bytes_of(item->bytes, item->len),
                                         .count = back->batches.count};
    item->ops = back->batches.count;
    item->last_seq = back->number;
    peer->returning = true;
    broker_enqueue(broker, item);
}

static enum err verify(struct broker *broker, struct store_txn *txn, const struct batch *batch,
                       uint8_t head_out[HASH_BYTES])
{
    uint8_t keys[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES];
    uint32_t count = 0;
    enum err err = ERR_OK;
    if (batch->origin.site == ledger_identity(broker->ledger).site) {
        memcpy(keys[count++], broker->sign_public, SIGN_PUBLIC_BYTES);
    } else {
        err = roster_sign_keys(txn, batch->origin, keys, &count);
    }
    if (err != ERR_OK)
        return err;
    err = ERR_UNKNOWN_KEY;
    for (uint32_t i = 0; i < count && err != ERR_OK; i++)
        err = batch_verify(batch, keys[i], false, head_out);
    return err;
}

/* The site's own log of a former epoch goes on where it ends here. */
static enum err take_former(struct broker *broker, struct store_txn *txn, const struct batch *batch,
                            const uint8_t head[HASH_BYTES], bool *new_out)
{
    struct origin_row row;
    uint64_t last = batch->first + batch->count - 1;
    enum err err = broker_origin(txn, batch->origin, &row);
    if (err != ERR_OK)
        return err;
    if (last <= row.stored_seq) {
        uint8_t here[HASH_BYTES];
        err = ledger_head_at(txn, batch->origin, last, here);
        return err == ERR_OK && memcmp(here, head, HASH_BYTES) != 0 ? ERR_FORK : err;
    }
    err = ledger_store_batch(broker->ledger, txn, batch, head, broker->now.unix_ms);
    *new_out = err != ERR_GAP && err != ERR_FORK; /* it was begun */
    return err;
}

static enum err take_batch(struct broker *broker, struct store_txn *txn, const struct item *item,
                           bool *new_out)
{
    const struct batch *batch = &broker->batch;
    uint8_t head[HASH_BYTES];
    bool centre = centres_has(&broker->feed->centres, batch->origin.site);
    bool own = batch->origin.site == item->site && batch->origin.epoch < item->epoch;
    *new_out = false;
    if (!centre && !own)
        return ERR_NOT_YOURS;
    enum err err = verify(broker, txn, batch, head);
    if (err != ERR_OK)
        return err;
    return own ? take_former(broker, txn, batch, head, new_out)
               : ledger_take_back(broker->ledger, txn, batch, head, broker->now.unix_ms, new_out);
}

/* A batch that is refused leaves the others where they are; nothing of it was written. */
enum err broker_store_return(struct broker *broker, struct store_txn *txn, struct item *item)
{
    struct mp_reader reader = mp_reader_of(item->batches.items);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < item->batches.count; i++) {
        struct mp_reader one = mp_reader_of(mp_read_any(&reader));
        bool fresh = false;
        enum err err = batch_read(&one, &broker->batch);
        if (err == ERR_OK)
            err = take_batch(broker, txn, item, &fresh);
        if (err != ERR_OK && (fresh || !err_of_sender(err)))
            return err_of_sender(err) ? ERR_INTERNAL : err;
        if (err != ERR_OK)
            item->outcome = err;
        kept += err == ERR_OK && fresh ? broker->batch.count : 0;
    }
    item->ops = kept;
    return ERR_OK;
}

void broker_answer_return(struct broker *broker, struct item *item, enum err code)
{
    struct peer *peer = item->peer;
    bool kept = code == ERR_OK || err_of_sender(code);
    if (kept) {
        broker->counters.operations_returned += item->ops;
        broker->apply_more = broker->apply_more || item->ops > 0;
    }
    if (kept && code != ERR_OK)
        broker_log(broker, BROKER_LOG_WARN, "return.refused", "site=%016llx code=%s",
                   (unsigned long long)item->site, err_slug(code));
    if (peer == NULL || peer->core.phase != SESSION_OPEN)
        return;
    peer->returning = false;
    uint8_t key[TRANSPORT_KEY_BYTES];
    memcpy(key, peer->key, sizeof(key));
    answer(broker, peer, item->last_seq, code);
    if (kept && code != ERR_OK && code != ERR_GAP && code != ERR_FORK)
        broker_count_fault(broker, key);
}
