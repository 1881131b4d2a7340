#include "lib/ledger/takeover.h"

#include <assert.h>

#include "lib/ledger/ledger_private.h"

/* Where a node belongs, and what is done when a machine is gone for good: another one takes a
 * site's place, another broker follows the one that was lost. */

static enum err put_names(struct store_txn *txn, const struct membership *membership,
                          uint64_t self_site)
{
    struct site_row self = {
        .site = self_site, .partner = membership->partner, .state = SITE_ACTIVE, .epoch = 1};
    struct site_row centre = {
        .site = membership->broker_site, .slug = "centre", .centre = true, .state = SITE_ACTIVE};
    memcpy(self.slug, membership->slug, sizeof(self.slug));
    memcpy(self.name, membership->name, sizeof(self.name));
    memcpy(centre.name, membership->organisation, sizeof(centre.name));
    memcpy(centre.transport_public, membership->broker_transport, sizeof(centre.transport_public));
    memcpy(centre.sign_public, membership->broker_sign, sizeof(centre.sign_public));
    enum err err = roster_put(txn, &self);
    return err == ERR_OK ? roster_put(txn, &centre) : err;
}

/* Moving to another broker by accident would mix two organisations' records. */
enum err membership_enter(struct store_txn *txn, const struct membership *membership,
                          uint64_t self_site, struct err_info *info)
{
    struct membership now;
    struct membership next = *membership;
    assert(membership->joined);
    enum err err = membership_get(txn, &now);
    if (err == ERR_OK && now.joined && now.broker_site != next.broker_site)
        return err_set(info, ERR_EXISTS,
                       "this node belongs to '%s' already; make a new data directory for another "
                       "organisation, or say --new-broker when its broker was lost",
                       now.organisation);
    if (err == ERR_OK && now.joined &&
        memcmp(now.broker_sign, next.broker_sign, SIGN_PUBLIC_BYTES) != 0)
        return err_set(info, ERR_DENIED,
                       "who gave this invitation says to be '%s' and signs with another key: ask "
                       "there; nothing was changed",
                       now.organisation);
    if (err == ERR_OK && now.joined) {
        next.feed_cursor = now.feed_cursor;
        memcpy(next.broker_incarnation, now.broker_incarnation, sizeof(next.broker_incarnation));
    }
    if (err == ERR_OK)
        err = put_names(txn, &next, self_site);
    if (err == ERR_OK)
        err = membership_put(txn, &next);
    return err == ERR_OK ? ERR_OK
                         : err_set(info, err, "store where this node belongs: %s", err_text(err));
}

/* ---- a site's place ---- */

enum err takeover_check(struct store_txn *txn, struct err_info *info)
{
    struct bytes key;
    struct membership membership;
    enum err err = store_last(txn, NS_LOG, bytes_of(NULL, 0), &key, NULL);
    if (err == ERR_OK)
        return err_set(info, ERR_EXISTS,
                       "this node has records already; take a site's place with a new, empty data "
                       "directory: cse init node DIR");
    if (err == ERR_NOT_FOUND)
        err = membership_get(txn, &membership);
    if (err == ERR_OK && membership.joined)
        return err_set(info, ERR_EXISTS,
                       "this node is '%s' already; take a site's place with a new, empty data "
                       "directory: cse init node DIR",
                       membership.slug);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "read the store: %s", err_text(err));
}

static enum err move_identity(struct store_txn *txn, uint64_t site, uint32_t epoch)
{
    struct self_row self;
    struct origin_row row;
    uint8_t key[ORIGIN_KEY_BYTES];
    struct origin origin = {.site = site, .epoch = epoch};
    enum err err = self_get(txn, &self);
    if (err != ERR_OK)
        return err;
    origin_key((struct origin){self.site, self.epoch}, key);
    err = store_del(txn, NS_ORIGIN, bytes_of(key, sizeof(key)));
    self.site = site;
    self.epoch = epoch;
    self.schema = LEDGER_SCHEMA;
    if (err == ERR_OK)
        err = self_put(txn, &self);
    if (err == ERR_OK)
        err = origin_get_or_new(txn, origin, &row);
    return err == ERR_OK ? ledger_put_origin(txn, origin, &row) : err;
}

enum err takeover_site(struct store_txn *txn, const struct membership *membership, uint64_t site,
                       const struct takeover *takeover, struct err_info *info)
{
    uint64_t epochs[SITE_EPOCHS_MAX];
    uint32_t count = 0;
    enum err err = takeover_check(txn, info);
    if (err != ERR_OK)
        return err;
    if (takeover->epoch < 2 || takeover->epoch > SITE_EPOCHS_MAX)
        return err_set(info, ERR_LIMIT, "the site has had more than %d epochs",
                       (int)SITE_EPOCHS_MAX);
    for (uint32_t epoch = 1; epoch < takeover->epoch; epoch++)
        epochs[count++] = epoch;
    err = move_identity(txn, site, takeover->epoch);
    if (err == ERR_OK)
        err = put_names(txn, membership, site);
    if (err == ERR_OK)
        err = membership_put(txn, membership);
    for (uint32_t i = 0; err == ERR_OK && i < takeover->key_count; i++)
        err = roster_put_old_key(txn, site, takeover->keys[i].last_epoch,
                                 takeover->keys[i].sign_public);
    if (err == ERR_OK)
        err = ledger_put_numbers(txn, NODE_ROW_FETCH, epochs, count);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "take the site's place: %s", err_text(err));
}

/* ---- the centre's place ---- */

enum err takeover_centre(struct store_txn *txn, uint64_t site,
                         const uint8_t sign_public[SIGN_PUBLIC_BYTES])
{
    enum err err = ledger_put_former_centre(txn, site);
    if (err == ERR_OK)
        err = schema_need(txn, SCHEMA_GAPS);
    return err == ERR_OK ? roster_put_old_key(txn, site, UINT32_MAX, sign_public) : err;
}

/* Nothing of the own log is at the new broker. */
static enum err forget_acks(struct store_txn *txn, uint64_t self_site)
{
    uint8_t from[ORIGIN_KEY_BYTES];
    struct origin origin = {.site = self_site, .epoch = 0};
    enum err err = ERR_OK;
    for (;;) {
        struct store_iter *iter = NULL;
        struct bytes key, value;
        struct origin_row row;
        origin.epoch++;
        origin_key(origin, from);
        err = store_iter_open(txn, NS_ORIGIN, bytes_of(from, 8), bytes_of(from, sizeof(from)),
                              STORE_FORWARD, &iter);
        bool there = err == ERR_OK && store_iter_next(iter, &key, &value, &err);
        if (there)
            origin.epoch = get_u32(key.data + 8);
        store_iter_close(iter);
        if (err != ERR_OK || !there)
            return err;
        err = ledger_get_origin(txn, origin, &row);
        if (err != ERR_OK)
            return err;
        row.acked_seq = 0;
        chain_start(origin, row.acked_head);
        memset(row.token, 0, sizeof(row.token));
        err = ledger_put_origin(txn, origin, &row);
        if (err != ERR_OK || origin.epoch == UINT32_MAX)
            return err;
    }
}

static enum err put_former(struct store_txn *txn, const struct membership *before)
{
    uint8_t key[8];
    put_u64(key, before->broker_site);
    enum err err = takeover_centre(txn, before->broker_site, before->broker_sign);
    return err == ERR_OK ? store_del(txn, NS_SITE, bytes_of(key, sizeof(key))) : err;
}

enum err takeover_membership(struct store_txn *txn, const struct membership *membership,
                             uint64_t self_site, struct err_info *info)
{
    struct membership before;
    assert(membership->joined);
    enum err err = membership_get(txn, &before);
    if (err == ERR_OK && (!before.joined || before.broker_site == membership->broker_site))
        return membership_enter(txn, membership, self_site, info);
    if (err == ERR_OK)
        err = put_former(txn, &before);
    if (err == ERR_OK)
        err = forget_acks(txn, self_site);
    if (err == ERR_OK)
        err = store_del(txn, NS_META, bytes_of_text(NODE_ROW_MOVE));
    if (err == ERR_OK)
        err = put_names(txn, membership, self_site);
    if (err == ERR_OK)
        err = membership_put(txn, membership);
    if (err == ERR_OK)
        err = rebuild_flag_put(txn); /* what the centre wrote is another's now */
    return err == ERR_OK ? ERR_OK
                         : err_set(info, err, "store where this node belongs: %s", err_text(err));
}
