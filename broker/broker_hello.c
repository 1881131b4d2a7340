#include "broker/broker_private.h"

/* Granting a session: the facts behind a HELLO are read, judged and written in one transaction,
 * with everything else of its group commit. */

struct granting {
    struct broker *broker;
    struct store_txn *txn;
    struct item *item;
    const struct msg_hello *hello;
    struct site_row site;
    struct origin origin;  /* the HELLO's */
    struct origin_row row; /* its row */
    struct hello_facts facts;
};

static enum err look_up_regrant(struct granting *granting)
{
    struct origin_row newest;
    struct origin origin = {.site = granting->origin.site, .epoch = granting->site.epoch};
    if (granting->hello->epoch >= granting->site.epoch)
        return ERR_OK;
    enum err err = broker_origin(granting->txn, origin, &newest);
    granting->facts.regrant =
        err == ERR_OK && newest.previous_valid &&
        memcmp(newest.token_previous, granting->hello->token, TOKEN_BYTES) == 0;
    return err;
}

static enum err look_up_chain(struct granting *granting)
{
    const struct msg_hello *hello = granting->hello;
    uint8_t head[HASH_BYTES];
    granting->facts.chain = CHAIN_BEYOND;
    if (hello->seq >= granting->row.stored_seq)
        return ERR_OK;
    enum err err = ledger_head_at(granting->txn, granting->origin, hello->seq, head);
    if (err == ERR_OK)
        granting->facts.chain =
            memcmp(head, hello->head, HASH_BYTES) == 0 ? CHAIN_SAME : CHAIN_DIFFERS;
    return err;
}

static enum err gather_facts(struct granting *granting)
{
    const struct broker *broker = granting->broker;
    const struct msg_hello *hello = granting->hello;
    enum lineage lineage = LINEAGE_FREE;
    enum err err = roster_get(granting->txn, hello->site, &granting->site);
    if (err == ERR_OK)
        err = broker_origin(granting->txn, granting->origin, &granting->row);
    if (err == ERR_OK)
        err = broker_get_lineage(granting->txn, granting->origin, &lineage);
    if (err != ERR_OK)
        return err;
    if (granting->site.epoch == 0)
        granting->site.epoch = 1;
    granting->facts = (struct hello_facts){
        .proto_min = hello->proto_min,
        .proto_max = hello->proto_max,
        .epoch = hello->epoch,
        .newest = granting->site.epoch,
        .token = broker_judge_token(broker, granting->origin, &granting->row, hello->token),
        .want_epoch = hello->want_epoch,
        .released = lineage == LINEAGE_RELEASED,
        .seq = hello->seq,
        .acked_seq = hello->acked_seq,
        .stored_seq = granting->row.stored_seq,
        .same_incarnation =
            memcmp(hello->incarnation, broker->incarnation, BROKER_INCARNATION_BYTES) == 0,
        .feed_cursor = hello->feed_cursor,
    };
    if (granting->facts.token == TOKEN_CURRENT && hello->epoch > granting->site.epoch)
        granting->facts.token =
            TOKEN_STALE; /* an epoch that was never granted, with the token of none */
    err = look_up_regrant(granting);
    if (err == ERR_OK)
        err = look_up_chain(granting);
    return err == ERR_OK ? broker_feed_last(granting->txn, hello->site, &granting->facts.feed_last)
                         : err;
}

static enum err hold(struct granting *granting, uint32_t epoch)
{
    struct origin origin = {.site = granting->origin.site, .epoch = epoch};
    enum lineage lineage;
    enum err err = broker_get_lineage(granting->txn, origin, &lineage);
    return err == ERR_OK && lineage == LINEAGE_FREE
               ? broker_put_lineage(granting->txn, origin, LINEAGE_HELD)
               : err;
}

static enum err write_site(struct granting *granting, const struct hello_verdict *verdict)
{
    struct site_row *site = &granting->site;
    const struct msg_hello *hello = granting->hello;
    uint64_t now_ms = granting->broker->now.unix_ms;
    uint32_t newest = site->epoch;
    enum err err = ERR_OK;
    site->last_heard_ms = now_ms;
    site->pending = hello->pending;
    site->clock_offset_ms = (int64_t)(hello->unix_ms - now_ms);
    site->feed_last = granting->facts.feed_last;
    site->feed_acked = verdict->feed_from;
    memset(site->software, 0, sizeof(site->software));
    if (hello->software.len > 0)
        memcpy(site->software, hello->software.data, hello->software.len);
    if (verdict->epoch > site->epoch)
        site->epoch = verdict->epoch;
    if (verdict->noticed && site->suspect_ms == 0)
        site->suspect_ms = now_ms;
    if (verdict->suspect) {
        err = hold(granting, newest);
        if (err == ERR_OK)
            err = hold(granting, hello->epoch);
    }
    /* while an administrator is still to decide, a further copy is held from its start */
    bool held = verdict->suspect || site->state == SITE_SUSPECT;
    if (err == ERR_OK && held && verdict->mode == WELCOME_NEW_EPOCH)
        err = hold(granting, verdict->epoch);
    if (verdict->suspect)
        site->state = SITE_SUSPECT;
    return err == ERR_OK ? roster_put(granting->txn, site) : err;
}

static uint32_t next_count(const struct origin_row *row, const uint8_t token[TOKEN_BYTES])
{
    uint32_t here = get_u32(row->token), there = get_u32(token);
    return (here > there ? here : there) + 1;
}

/* The new token, and what of the old ones stays good until it has proved to have arrived. */
static enum err write_tokens(struct granting *granting, const struct hello_verdict *verdict,
                             uint8_t token_out[TOKEN_BYTES])
{
    const struct msg_hello *hello = granting->hello;
    struct origin target = {.site = granting->origin.site, .epoch = verdict->epoch};
    struct origin_row row = granting->row;
    bool same = verdict->epoch == hello->epoch;
    enum err err = same ? ERR_OK : broker_origin(granting->txn, target, &row);
    if (err != ERR_OK)
        return err;
    broker_make_token(granting->broker, target, next_count(&row, same ? hello->token : row.token),
                      row.token);
    memcpy(row.token_previous, hello->token, TOKEN_BYTES);
    row.previous_valid = true;
    memcpy(token_out, row.token, TOKEN_BYTES);
    err = ledger_put_origin(granting->txn, target, &row);
    if (err != ERR_OK || same || !verdict->retire)
        return err;
    /* the lineage moved on: nobody holds the token its old epoch gets */
    broker_make_token(granting->broker, granting->origin, next_count(&granting->row, hello->token),
                      granting->row.token);
    granting->row.previous_valid = false;
    return ledger_put_origin(granting->txn, granting->origin, &granting->row);
}

static uint32_t spread_ms(const struct broker *broker)
{
    uint32_t by_count = broker->peer_count * 20;
    return broker->spread_ms > 0 ? broker->spread_ms : by_count < 60000 ? by_count : 60000;
}

static void fill_peer(struct granting *granting, const struct hello_verdict *verdict)
{
    struct broker *broker = granting->broker;
    struct peer *peer = granting->item->peer;
    uint8_t random[8];
    broker->hooks.random(broker->hooks.context, random, sizeof(random));
    peer->verdict = *verdict;
    peer->welcome.session = get_u64(random) | 1;
    peer->welcome.mode = verdict->mode;
    peer->welcome.epoch = verdict->epoch;
    peer->welcome.stored_seq = granting->row.stored_seq;
    peer->welcome.applied_seq = granting->row.applied_seq;
    peer->welcome.credit_bytes = broker->credit_bytes;
    peer->welcome.broker_site = ledger_identity(broker->ledger).site;
    peer->welcome.retry_spread_ms = spread_ms(broker);
    memcpy(peer->welcome.incarnation, broker->incarnation, BROKER_INCARNATION_BYTES);
    memcpy(peer->welcome.head, granting->row.head, HASH_BYTES);
    memcpy(peer->slug, granting->site.slug, sizeof(peer->slug));
    memcpy(peer->name, granting->site.name, sizeof(peer->name));
    memcpy(peer->stored_head, granting->row.head, HASH_BYTES);
    peer->applied_seq = granting->row.applied_seq;
    if (verdict->mode == WELCOME_NEW_EPOCH) {
        chain_start((struct origin){.site = peer->site, .epoch = verdict->epoch},
                    peer->stored_head);
        peer->applied_seq = 0;
    }
    memcpy(peer->queued_head, peer->stored_head, HASH_BYTES);
    peer->pending = granting->hello->pending;
    peer->clock_offset_ms = granting->site.clock_offset_ms;
    peer->heard_written_ms = broker->now.mono_ms;
    peer->heard_unix_ms = broker->now.unix_ms;
    granting->item->blob.size = granting->facts.feed_last;
}

/* Does this site remember more of us than we do? A token is proof. A count of what we acknowledged
 * is the site's word alone, and believed once in a while. */
static void note_return(struct granting *granting)
{
    struct broker *broker = granting->broker;
    const struct hello_facts *facts = &granting->facts;
    uint64_t now_ms = broker->now.mono_ms;
    bool claims = facts->token != TOKEN_STALE && facts->acked_seq > facts->stored_seq;
    if (!facts->same_incarnation || facts->epoch != facts->newest)
        return;
    if (facts->token == TOKEN_AHEAD)
        broker->went_back = true;
    else if (claims && now_ms >= broker->believes_ms) {
        broker->went_back = true;
        broker->believes_ms = now_ms + BROKER_BELIEVE_MS;
    }
}

enum err broker_grant(struct broker *broker, struct store_txn *txn, struct item *item)
{
    struct granting granting = {
        .broker = broker, .txn = txn, .item = item, .hello = &item->msg.hello};
    granting.origin = (struct origin){.site = item->site, .epoch = item->msg.hello.epoch};
    enum err err = gather_facts(&granting);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    note_return(&granting);
    struct hello_verdict verdict = hello_judge(&granting.facts);
    item->outcome = verdict.code;
    if (verdict.code != ERR_OK)
        return ERR_OK;
    err = write_site(&granting, &verdict);
    if (err == ERR_OK)
        err = write_tokens(&granting, &verdict, item->peer->welcome.token);
    if (err == ERR_OK)
        fill_peer(&granting, &verdict);
    return err;
}

enum err broker_prove(struct store_txn *txn, const struct item *item)
{
    struct origin origin = {.site = item->site, .epoch = item->epoch};
    struct origin_row row;
    if (item->peer == NULL)
        return ERR_OK; /* a newer HELLO has changed the tokens again */
    enum err err = broker_origin(txn, origin, &row);
    if (err != ERR_OK || !row.previous_valid)
        return err;
    row.previous_valid = false;
    return ledger_put_origin(txn, origin, &row);
}
