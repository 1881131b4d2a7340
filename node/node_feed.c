#include "node/node_private.h"

/* A FEED is taken whole or not at all: its operations, findings, names and the cursor are one
 * commit, and only then acknowledged. A batch in it that does not verify, or contradicts what is
 * here, is left out and counted: one bad batch holds up nothing else. */

struct taking {
    struct node *node;
    struct store_txn *txn;
    const struct msg_feed *feed;
    uint64_t skip; /* bit n: leave batch n out */
    bool keep_cursor;
};

_Static_assert(BATCHES_PER_FRAME_MAX <= 64, "one bit a batch");

/* A batch must be sealed by the broker (or one before it), by us, or by a key the broker vouches
 * for: of a site whose machine was replaced there are several. */
static enum err verify(const struct taking *taking, uint8_t head_out[HASH_BYTES])
{
    const struct node *node = taking->node;
    const struct batch *batch = &node->batch;
    uint64_t site = batch->origin.site;
    if (site == node->membership.broker_site)
        return batch_verify(batch, node->membership.broker_sign, true, head_out);
    enum err err = ERR_UNKNOWN_KEY;
    if (site == ledger_identity(node->ledger).site)
        err = batch_verify(batch, node->sign_public, true, head_out);
    struct mp_reader reader = mp_reader_of(taking->feed->keys);
    for (uint32_t i = 0; i < taking->feed->key_count && err != ERR_OK; i++) {
        struct msg_feed_key vouched = msg_read_feed_key(&reader);
        if (vouched.site == site)
            err = batch_verify(batch, vouched.sign_public, true, head_out);
    }
    return err;
}

static enum err take_batch(struct taking *taking)
{
    struct node *node = taking->node;
    const struct batch *batch = &node->batch;
    uint8_t head[HASH_BYTES];
    enum err err = verify(taking, head);
    if (err != ERR_OK)
        return err;
    if (batch->origin.site != ledger_identity(node->ledger).site)
        err = ledger_absorb_batch(node->ledger, taking->txn, batch, head, node->now.unix_ms);
    for (uint32_t i = 0; i < batch->count && err == ERR_OK; i++) {
        err = node_want_files(node, taking->txn, batch->origin, batch->entries[i]);
    }
    return err;
}

/* ERR_CONFLICT: a batch was marked to be left out, begin again. */
static enum err take_batches(struct taking *taking)
{
    struct mp_reader reader = mp_reader_of(taking->feed->batches.items);
    for (uint32_t i = 0; i < taking->feed->batches.count; i++) {
        struct mp_reader one = mp_reader_of(mp_read_any(&reader));
        if ((taking->skip >> i & 1) != 0)
            continue;
        enum err err = batch_read(&one, &taking->node->batch);
        if (err == ERR_OK)
            err = take_batch(taking);
        if (err == ERR_OK)
            continue;
        if (!err_of_sender(err))
            return err;
        taking->skip |= (uint64_t)1 << i;
        taking->node->feed_refused++;
        node_log(taking->node, NODE_LOG_WARN, "feed.refused", "code=%s", err_slug(err));
        return ERR_CONFLICT;
    }
    return ERR_OK;
}

static enum err take_findings(struct taking *taking)
{
    struct mp_reader reader = mp_reader_of(taking->feed->findings);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < taking->feed->finding_count && err == ERR_OK; i++) {
        struct msg_finding finding = msg_read_finding(&reader);
        char text[MSG_TEXT_BYTES_MAX + 1] = {0};
        if (finding.text.len > 0)
            memcpy(text, finding.text.data, finding.text.len);
        if (finding.dot.origin.site == ledger_identity(taking->node->ledger).site)
            err = ledger_note_set_aside(taking->txn, finding.dot, finding.code, text,
                                        taking->node->now.unix_ms);
    }
    return err;
}

/* Names of the sites whose operations arrive, so that people see who wrote. */
static enum err take_names(struct taking *taking)
{
    struct mp_reader reader = mp_reader_of(taking->feed->keys);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < taking->feed->key_count && err == ERR_OK; i++) {
        struct msg_feed_key key = msg_read_feed_key(&reader);
        struct site_row row;
        bool known = key.site == taking->node->membership.broker_site;
        if (!known) {
            err = roster_get(taking->txn, key.site, &row);
            known = err == ERR_OK;
        }
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
        if (known || err != ERR_OK || key.slug.len == 0)
            continue;
        row = (struct site_row){.site = key.site, .state = SITE_ACTIVE, .epoch = 1};
        memcpy(row.slug, key.slug.data, key.slug.len);
        memcpy(row.name, key.slug.data, key.slug.len);
        memcpy(row.sign_public, key.sign_public, SIGN_PUBLIC_BYTES);
        if (slug_valid(row.slug))
            err = roster_put(taking->txn, &row);
    }
    return err;
}

static enum err take_once(struct taking *taking, struct membership *membership)
{
    struct node *node = taking->node;
    enum err err = store_begin(node->store, STORE_WRITE, &taking->txn, NULL);
    if (err != ERR_OK)
        return err;
    err = take_batches(taking);
    if (err == ERR_OK)
        err = take_findings(taking);
    if (err == ERR_OK)
        err = take_names(taking);
    if (err == ERR_OK) {
        if (!taking->keep_cursor)
            membership->feed_cursor = taking->feed->to;
        err = membership_put(taking->txn, membership);
    }
    if (err != ERR_OK) {
        node_abort(node, taking->txn);
        return err;
    }
    return node_commit(node, taking->txn);
}

void node_take_feed(struct node *node)
{
    struct taking taking = {.node = node, .feed = &node->msg->feed};
    struct membership membership = node->membership;
    /* Not before the own log is back: others have seen operations of it whose numbers a change made
     * here meanwhile would take. The broker sends what is not acknowledged again. */
    if (node->recover_current || node_move_open(node))
        return;
    /* Where a session's first FEED begins is the broker's to say: it may have come back from a copy
     * that numbers otherwise. */
    bool restart = !node->feed_begun && taking.feed->from == 1;
    if (!restart && taking.feed->from > membership.feed_cursor + 1) {
        node_follow(node, (struct node_event){.type = NODE_GOT_BAD, .code = ERR_GAP});
        return;
    }
    taking.keep_cursor =
        !restart && taking.feed->to < membership.feed_cursor; /* one that was doubled or late */
    enum err err;
    do {
        err = take_once(&taking, &membership);
    } while (err == ERR_CONFLICT && node->fatal == ERR_OK);
    if (err != ERR_OK) {
        node_follow(node, (struct node_event){.type = NODE_SAVE_FAILED, .code = err});
        return;
    }
    node->membership = membership;
    node->feed_begun = true;
    struct msg ack = {.type = MSG_FEED_ACK,
                      .feed_ack = {.session = node->core.session, .to = membership.feed_cursor}};
    node_send_small(node, &ack);
}
