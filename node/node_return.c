#include "node/node_private.h"

/* Giving back what the broker lost and this site holds, before anything new is sent, because
 * others' changes may stand on it: the own logs of former epochs, when the broker's end before
 * ours, and, once for every incarnation, what the centre had written and sent here. One RETURN is
 * under way at a time, and how far it got is kept, so a break costs one frame. */

enum { RETURN_FRAME_ROOM = 1024, BACK_START = 1 /* before every site */ };

static uint64_t held_of(const struct msg_held *held, uint32_t count, struct origin origin)
{
    for (uint32_t i = 0; i < count; i++)
        if (origin_equal(held[i].origin, origin))
            return held[i].stored_seq;
    return 0;
}

static uint32_t read_held(const struct msg_welcome *welcome, struct msg_held *held)
{
    struct mp_reader reader = mp_reader_of(welcome->held);
    for (uint32_t i = 0; i < welcome->held_count; i++)
        held[i] = msg_read_held(&reader);
    return welcome->held_count;
}

/* ---- own former epochs ---- */

/* The first operation, from `from` on, of an own epoch before `epoch` that the broker lacks.
 * last_out: the end of that epoch here. Errors: ERR_NOT_FOUND. */
static enum err find_own(const struct node *node, struct store_txn *txn, uint32_t before,
                         const struct msg_held *held, uint32_t held_count, struct dot *from,
                         uint64_t *last_out)
{
    uint8_t key[12];
    put_u64(key, ledger_identity(node->ledger).site);
    put_u32(key + 8, from->origin.epoch);
    struct store_iter *iter = NULL;
    struct bytes at, value;
    enum err err = store_iter_open(txn, NS_ORIGIN, bytes_of(key, 8), bytes_of(key, sizeof(key)),
                                   STORE_FORWARD, &iter);
    bool found = false;
    while (err == ERR_OK && !found && store_iter_next(iter, &at, &value, &err)) {
        struct origin origin = node_own(node, get_u32(at.data + 8));
        struct origin_row row;
        if (origin.epoch >= before || origin.epoch == ledger_identity(node->ledger).epoch)
            continue;
        err = ledger_get_origin(txn, origin, &row);
        uint64_t first = held_of(held, held_count, origin) + 1;
        if (origin_equal(origin, from->origin) && from->seq > first)
            first = from->seq;
        found = err == ERR_OK && first <= row.stored_seq;
        if (found) {
            *from = (struct dot){.origin = origin, .seq = first};
            *last_out = row.stored_seq;
        }
    }
    store_iter_close(iter);
    return err == ERR_OK && !found ? ERR_NOT_FOUND : err;
}

static enum err gather_own(struct node *node, struct store_txn *txn, struct msg_batches *batches)
{
    struct dot from = node->back_own;
    uint64_t last = 0;
    enum err err =
        find_own(node, txn, node->core.epoch, node->held, node->held_count, &from, &last);
    while (err == ERR_OK && from.seq <= last && batches->count < BATCHES_PER_FRAME_MAX) {
        size_t used = node->items.len + RETURN_FRAME_ROOM;
        if (batches->count > 0 && used + OP_BYTES_MAX > TXNS_BYTES_TARGET)
            break;
        uint64_t left = last - from.seq + 1;
        uint32_t count = left < BATCH_OPS_MAX ? (uint32_t)left : BATCH_OPS_MAX;
        arena_reset(&node->arena);
        err = ledger_take_batch(node->ledger, txn, from.origin, from.seq, count,
                                TXNS_BYTES_TARGET - used, &node->arena, &node->batch);
        if (err != ERR_OK)
            break;
        batch_encode(&node->items, &node->batch);
        from.seq += node->batch.count;
        batches->count++;
    }
    node->back_next = from;
    return err;
}

/* ---- the centre's ---- */

/* The next logged operation of `site` from `at` on. Errors: ERR_NOT_FOUND. */
static enum err next_logged(struct store_txn *txn, struct dot *at)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(*at, key);
    struct store_iter *iter = NULL;
    struct bytes found, value;
    enum err err = store_iter_open(txn, NS_LOG, bytes_of(key, 8), bytes_of(key, sizeof(key)),
                                   STORE_FORWARD, &iter);
    bool there = err == ERR_OK && store_iter_next(iter, &found, &value, &err);
    if (there)
        *at = dot_get_key(found.data);
    store_iter_close(iter);
    return err == ERR_OK && !there ? ERR_NOT_FOUND : err;
}

/* What the broker has, or wrote under the epoch it writes under now, is passed over. */
static bool skip_known(const struct node *node, struct dot *at)
{
    bool current =
        at->origin.site == node->membership.broker_site && at->origin.epoch == node->centre_epoch;
    uint64_t held = held_of(node->held, node->held_count, at->origin);
    if (current && at->origin.epoch == UINT32_MAX)
        *at = (struct dot){.origin = {at->origin.site + 1, 1}, .seq = 1};
    else if (current)
        *at = (struct dot){.origin = {at->origin.site, at->origin.epoch + 1}, .seq = 1};
    else if (at->seq <= held)
        at->seq = held + 1;
    else
        return false;
    return true;
}

static enum err add_foreign(struct node *node, struct store_txn *txn, struct dot *at,
                            struct msg_batches *batches, bool *full_out)
{
    arena_reset(&node->arena);
    enum err err = ledger_take_batch(node->ledger, txn, at->origin, at->seq, 1, BATCH_BYTES_MAX,
                                     &node->arena, &node->batch);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) { /* not whole here: nobody could check it */
        at->seq++;
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    size_t before = node->items.len;
    batch_encode(&node->items, &node->batch);
    *full_out = batches->count > 0 && node->items.len + RETURN_FRAME_ROOM > TXNS_BYTES_TARGET;
    if (*full_out) {
        node->items.len = before;
        return ERR_OK;
    }
    batches->count++;
    at->seq = node->batch.first + node->batch.count;
    return ERR_OK;
}

/* Which of the centres comes after `site`; 0: none. */
static uint64_t centre_after(const struct centres *centres, uint64_t site)
{
    uint64_t next = 0;
    for (uint32_t i = 0; i < centres->count; i++)
        if (centres->sites[i] > site && (next == 0 || centres->sites[i] < next))
            next = centres->sites[i];
    return next;
}

static struct dot start_of(uint64_t site)
{
    return (struct dot){.origin = {site, 1}, .seq = 1};
}

/* back_next: behind what is in the frame; of site 0 when nothing is left. */
static enum err gather_foreign(struct node *node, struct store_txn *txn,
                               struct msg_batches *batches)
{
    struct centres centres;
    struct dot at = node->back.at;
    enum err err = ledger_centres(txn, &centres);
    bool full = false;
    if (err == ERR_OK && !centres_has(&centres, at.origin.site))
        at = start_of(centre_after(&centres, at.origin.site));
    while (err == ERR_OK && !full && at.origin.site != 0 &&
           batches->count < BATCHES_PER_FRAME_MAX) {
        uint64_t site = at.origin.site;
        err = next_logged(txn, &at);
        if (err == ERR_NOT_FOUND) {
            at = start_of(centre_after(&centres, site));
            err = ERR_OK;
        } else if (err == ERR_OK && !skip_known(node, &at)) {
            err = add_foreign(node, txn, &at, batches, &full);
        }
    }
    node->back_next = at;
    return err;
}

/* ---- the exchange ---- */

/* A broker of an incarnation that has not got it yet may have lost what it sent. */
static struct node_back back_for(const struct node *node, const struct msg_welcome *welcome)
{
    struct node_back back = node->back;
    if (memcmp(back.incarnation, welcome->incarnation, MSG_INCARNATION_BYTES) != 0) {
        memcpy(back.incarnation, welcome->incarnation, MSG_INCARNATION_BYTES);
        back.at = start_of(BACK_START);
    }
    return back;
}

enum err node_has_return(struct node *node, struct store_txn *txn,
                         const struct msg_welcome *welcome, bool *has_out)
{
    struct msg_held held[MSG_HELD_MAX];
    struct dot from = start_of(0);
    uint64_t last;
    *has_out = false;
    if (welcome->centre_epoch == 0)
        return ERR_OK;
    uint32_t count = read_held(welcome, held);
    enum err err = find_own(node, txn, welcome->epoch, held, count, &from, &last);
    *has_out = err == ERR_OK || back_for(node, welcome).at.origin.site != 0;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void node_begin_return(struct node *node, const struct msg_welcome *welcome)
{
    node->centre_epoch = welcome->centre_epoch;
    node->held_count = read_held(welcome, node->held);
    node->back_own = start_of(0);
    node->back_under_way = false;
    node->back_number = 0;
    if (node->centre_epoch != 0)
        node->back = back_for(node, welcome);
}

/* ERR_NOT_FOUND: nothing is left of it. */
static enum err gather(struct node *node, bool own, struct msg_batches *batches)
{
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    mp_buf_reset(&node->items);
    err = own ? gather_own(node, txn, batches) : gather_foreign(node, txn, batches);
    store_abort(txn);
    batches->items = mp_buf_bytes(&node->items);
    if (err == ERR_OK)
        err = mp_buf_err(&node->items);
    return err == ERR_OK && batches->count == 0 ? ERR_NOT_FOUND : err;
}

/* How far the centre's operations are returned, or that they are. */
static enum err save_back(struct node *node)
{
    struct node_back back = node->back;
    struct store_txn *txn;
    back.at = node->back_next;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = node_put_back(txn, &back);
    if (err != ERR_OK) {
        store_abort(txn);
        return err;
    }
    err = node_commit(node, txn);
    if (err == ERR_OK)
        node->back = back;
    return err;
}

/* The centre's first: what this site wrote may stand on it. */
enum err node_send_return(struct node *node, bool *sent_out)
{
    struct msg msg = {.type = MSG_RETURN, .back = {.session = node->core.session}};
    enum err err = ERR_NOT_FOUND;
    *sent_out = false;
    if (node->centre_epoch == 0)
        return ERR_OK;
    node->back_is_own = false;
    if (node->back.at.origin.site != 0) {
        err = gather(node, false, &msg.back.batches);
        if (err == ERR_NOT_FOUND) {
            enum err saved = save_back(node);
            if (saved != ERR_OK)
                return saved;
        }
    }
    if (err == ERR_NOT_FOUND) {
        node->back_is_own = true;
        err = gather(node, true, &msg.back.batches);
    }
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    node->back_under_way = true;
    msg.back.number = ++node->back_number;
    node_send_small(node, &msg);
    *sent_out = true;
    return ERR_OK;
}

bool node_awaits(const struct node *node, const struct msg_returned *returned)
{
    return node->back_under_way && returned->number == node->back_number;
}

/* The broker has it: what waits to be acknowledged is less by that. */
static enum err save_own(struct node *node)
{
    struct store_txn *txn;
    struct origin_row row;
    uint64_t last = node->back_next.seq - 1;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = ledger_get_origin(txn, node->back_next.origin, &row);
    if (err == ERR_OK && row.acked_seq < last) {
        row.acked_seq = last;
        err = ledger_head_at(txn, node->back_next.origin, last, row.acked_head);
        if (err == ERR_OK)
            err = ledger_put_origin(txn, node->back_next.origin, &row);
    }
    if (err != ERR_OK) {
        store_abort(txn);
        return err;
    }
    return node_commit(node, txn);
}

/* An own epoch that does not fit the broker's copy is left as it is at both ends. */
static enum err take_own(struct node *node, enum err code)
{
    if (code != ERR_OK) {
        node_log(node, NODE_LOG_ERROR, "sync.return", "epoch=%u code=%s",
                 node->back_next.origin.epoch, err_slug(code));
        node->back_own = node->back_next;
        node->back_own.seq = UINT64_MAX;
        return ERR_OK;
    }
    enum err err = save_own(node);
    if (err == ERR_OK)
        node->back_own = node->back_next;
    return err;
}

enum err node_take_returned(struct node *node)
{
    enum err code = node->msg->returned.code;
    bool kept = code != ERR_FULL && code != ERR_BUSY && code != ERR_IO &&
                code != ERR_UNKNOWN_OUTCOME && code != ERR_NO_MEMORY && code != ERR_INTERNAL;
    node->back_under_way = false;
    if (!kept)
        return code; /* another session tries again */
    if (node->back_is_own)
        return take_own(node, code);
    if (code != ERR_OK)
        node_log(node, NODE_LOG_WARN, "sync.return", "code=%s", err_slug(code));
    return save_back(node);
}
