#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* What each site gets to hear: a numbered list a site, written in the transaction that applies,
 * read from its cursor on. Rows refer to operations; they are never renumbered or removed, so a
 * site restored from an old copy can take them again. */

enum {
    FEED_OPERATION = 0,
    FEED_SET_ASIDE = 1,
    FEED_KEY_BYTES = 16,
    FEED_ROW_BYTES_MAX = 64,
    HISTORY_BYTES_MAX = 32 * 1024 * 1024,
    CENTRAL_PIECE = 256,
};

static void feed_key(uint64_t site, uint64_t number, uint8_t key_out[FEED_KEY_BYTES])
{
    put_u64(key_out, site);
    put_u64(key_out + 8, number);
}

enum err broker_feed_last(struct store_txn *txn, uint64_t site, uint64_t *number_out)
{
    uint8_t prefix[8];
    put_u64(prefix, site);
    struct bytes key;
    *number_out = 0;
    enum err err = store_last(txn, NS_FEED, bytes_of(prefix, sizeof(prefix)), &key, NULL);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return err;
    if (key.len != FEED_KEY_BYTES)
        return ERR_CORRUPT;
    *number_out = get_u64(key.data + 8);
    return ERR_OK;
}

static void mark_dirty(struct broker_feed *feed, uint64_t site)
{
    for (uint32_t i = feed->dirty_count; i > 0 && i + 8 > feed->dirty_count; i--)
        if (feed->dirty[i - 1] == site)
            return;
    if (feed->dirty_count == BROKER_DIRTY_MAX)
        feed->overflow = true;
    else
        feed->dirty[feed->dirty_count++] = site;
}

/* The roster shows how far a site lags behind. */
static enum err note_last(struct store_txn *txn, uint64_t site, uint64_t number)
{
    struct site_row row;
    enum err err = roster_get(txn, site, &row);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err; /* a site that has not joined yet */
    row.feed_last = number;
    return roster_put(txn, &row);
}

static enum err append(struct broker_feed *feed, struct store_txn *txn, uint64_t site,
                       uint64_t kind, struct dot dot, enum err code)
{
    uint64_t last;
    enum err err = broker_feed_last(txn, site, &last);
    if (err != ERR_OK)
        return err;
    uint8_t key[FEED_KEY_BYTES];
    feed_key(site, last + 1, key);
    struct mp_buf row;
    mp_buf_init(&row, FEED_ROW_BYTES_MAX);
    mp_put_array(&row, 5);
    mp_put_uint(&row, kind);
    mp_put_uint(&row, dot.origin.site);
    mp_put_uint(&row, dot.origin.epoch);
    mp_put_uint(&row, dot.seq);
    mp_put_uint(&row, (uint64_t)code);
    err = mp_buf_err(&row);
    if (err == ERR_OK)
        err = store_put(txn, NS_FEED, bytes_of(key, sizeof(key)), mp_buf_bytes(&row));
    mp_buf_deinit(&row);
    mark_dirty(feed, site);
    return err == ERR_OK ? note_last(txn, site, last + 1) : err;
}

/* ---- inside the applying transaction ---- */

enum { HISTORY_DOTS_MAX = 256 * 1024 };
struct history {
    struct dot *dots;
    uint32_t count, room;
    uint64_t site;
    bool no_memory;
};

static bool collect(void *context, const struct op *op)
{
    struct history *history = context;
    if (op->dot.origin.site == history->site)
        return true;
    if (history->count == history->room) {
        uint32_t room = history->room == 0 ? 64 : 2 * history->room;
        struct dot *dots = realloc(history->dots, room * sizeof(*dots));
        history->no_memory = dots == NULL;
        if (dots == NULL)
            return false;
        history->dots = dots;
        history->room = room;
    }
    history->dots[history->count++] = op->dot;
    return history->count < HISTORY_DOTS_MAX;
}

/* A history past its bound is left out but for the operation at hand: the others' must go on. */
static enum err read_history(struct store_txn *txn, const struct op *op, struct history *history)
{
    struct arena arena;
    arena_init(&arena, HISTORY_BYTES_MAX);
    enum err err = ledger_history(txn, op->kind, op->rid, &arena, collect, history);
    bool too_long = err == ERR_NO_MEMORY && arena.used_bytes > HISTORY_BYTES_MAX / 2;
    arena_deinit(&arena);
    if (history->no_memory)
        return ERR_NO_MEMORY;
    return too_long ? ERR_OK : err;
}

/* The record has become the site's: all that was ever written to it goes there, oldest first. */
static enum err append_history(struct broker_feed *feed, struct store_txn *txn, const struct op *op,
                               uint64_t site)
{
    struct history history = {.site = site};
    enum err err = read_history(txn, op, &history);
    bool has_this = false;
    for (uint32_t i = 0; i < history.count && err == ERR_OK; i++) {
        has_this = has_this || dot_compare(history.dots[i], op->dot) == 0;
        err = append(feed, txn, site, FEED_OPERATION, history.dots[i], ERR_OK);
    }
    if (err == ERR_OK && !has_this)
        err = append(feed, txn, site, FEED_OPERATION, op->dot, ERR_OK);
    free(history.dots);
    return err;
}

/* What the centre settles for all goes to all. */
static enum err append_to_all(struct broker_feed *feed, struct store_txn *txn, struct dot dot)
{
    struct site_row *rows = NULL;
    uint32_t count = 0;
    enum err err = roster_all(txn, &rows, &count);
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        if (!rows[i].centre && rows[i].site != 0 && rows[i].state != SITE_REVOKED)
            err = append(feed, txn, rows[i].site, FEED_OPERATION, dot, ERR_OK);
    }
    free(rows);
    return err;
}

struct central {
    uint32_t count;
    uint8_t rids[CENTRAL_PIECE][RID_BYTES];
};

static bool collect_central(void *context, const uint8_t rid[RID_BYTES])
{
    struct central *central = context;
    memcpy(central->rids[central->count++], rid, RID_BYTES);
    return central->count < CENTRAL_PIECE;
}

static enum err append_kind(struct broker_feed *feed, struct store_txn *txn, uint16_t kind,
                            uint64_t site)
{
    struct central central = {.count = 0};
    struct op op = {.kind = kind};
    const uint8_t *after = NULL;
    enum err err;
    do {
        central.count = 0;
        err = ledger_each_record(txn, kind, after, STORE_FORWARD, collect_central, &central);
        for (uint32_t i = 0; i < central.count && err == ERR_OK; i++) {
            struct history history = {.site = site};
            memcpy(op.rid, central.rids[i], RID_BYTES);
            err = read_history(txn, &op, &history);
            for (uint32_t d = 0; d < history.count && err == ERR_OK; d++)
                err = append(feed, txn, site, FEED_OPERATION, history.dots[d], ERR_OK);
            free(history.dots);
        }
        after = op.rid;
    } while (err == ERR_OK && central.count == CENTRAL_PIECE);
    return err;
}

enum err broker_feed_welcome(struct broker_feed *feed, struct store_txn *txn, uint64_t site)
{
    uint32_t count;
    uint64_t last;
    const struct kind *kinds = kinds_all(&count);
    enum err err = broker_feed_last(txn, site, &last);
    for (uint32_t i = 0; i < count && err == ERR_OK && last == 0; i++) {
        if (kinds[i].central)
            err = append_kind(feed, txn, kinds[i].number, site);
    }
    return err;
}

static enum err on_applied(void *context, struct store_txn *txn, const struct op *op,
                           const struct record_view *before, const struct record_view *after)
{
    struct broker_feed *feed = context;
    uint64_t writer = op->dot.origin.site;
    uint64_t was = before->subject, is = after->subject, made = rid_site(op->rid);
    bool fresh = before->field_count == 0 && !before->deleted;
    uint64_t sites[] = {is, was, made};
    enum err err = ERR_OK;
    const struct kind *kind = kind_by_number(op->kind);
    if (kind != NULL && kind->central)
        return append_to_all(feed, txn, op->dot);
    for (uint32_t i = 0; i < 3 && err == ERR_OK; i++) {
        uint64_t site = sites[i];
        bool again = (i > 0 && site == sites[0]) || (i > 1 && site == sites[1]);
        if (again || site == writer || centres_has(&feed->centres, site) || site == 0)
            continue;
        if (site == is && is != was && site != made && !fresh)
            err = append_history(feed, txn, op, site);
        else
            err = append(feed, txn, site, FEED_OPERATION, op->dot, ERR_OK);
    }
    return err;
}

static enum err on_set_aside(void *context, struct store_txn *txn, struct dot dot, enum err code)
{
    struct broker_feed *feed = context;
    if (centres_has(&feed->centres, dot.origin.site))
        return ERR_OK;
    return append(feed, txn, dot.origin.site, FEED_SET_ASIDE, dot, code);
}

static bool is_held(void *context, struct store_txn *txn, struct origin origin)
{
    (void)context;
    enum lineage lineage = LINEAGE_FREE;
    enum err err = broker_get_lineage(txn, origin, &lineage);
    return err != ERR_OK || lineage == LINEAGE_HELD; /* in doubt, wait for a person */
}

enum err broker_feed_new(struct broker_feed **feed_out)
{
    struct broker_feed *feed = calloc(1, sizeof(*feed));
    if (feed == NULL)
        return ERR_NO_MEMORY;
    *feed_out = feed;
    return ERR_OK;
}

void broker_feed_free(struct broker_feed *feed)
{
    free(feed);
}

struct ledger_options broker_ledger_options(struct broker_feed *feed)
{
    return (struct ledger_options){
        .role = LEDGER_BROKER,
        .applied = on_applied,
        .set_aside = on_set_aside,
        .held = is_held,
        .context = feed,
    };
}

/* ---- to the sessions ---- */

static enum err tell(struct broker *broker, struct store_txn *txn, uint64_t site)
{
    struct peer *peer = broker_find_session(broker, site);
    uint64_t last;
    if (peer == NULL || peer->core.phase != SESSION_OPEN)
        return ERR_OK;
    enum err err = broker_feed_last(txn, site, &last);
    if (err != ERR_OK)
        return err;
    if (peer->core.feed_last < last)
        peer->core.feed_last = last; /* the next tick sends */
    peer->wake_ms = 0;
    return ERR_OK;
}

void broker_feed_dirty(struct broker *broker)
{
    struct broker_feed *feed = broker->feed;
    struct store_txn *txn;
    if (feed->dirty_count == 0 && !feed->overflow && !feed->untold)
        return;
    bool all = feed->overflow || feed->untold;
    uint32_t count = all ? broker->peer_count : feed->dirty_count;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    feed->untold = err != ERR_OK;
    if (err != ERR_OK)
        return;
    for (uint32_t i = 0; i < count; i++)
        if (tell(broker, txn, all ? broker->peers[i]->site : feed->dirty[i]) != ERR_OK)
            feed->untold = true;
    store_abort(txn);
    feed->dirty_count = 0;
    feed->overflow = false;
}
