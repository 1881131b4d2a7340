#include "lib/ledger/roster.h"

#include <stdlib.h>

#include "lib/ledger/ledger_private.h"

/* Sites by id and transport keys by their bytes. The list is short (thousands), so that finding a
 * short name is a walk. */

const char *site_state_text(enum site_state state)
{
    switch (state) {
    case SITE_INVITED:
        return N_("invited");
    case SITE_ACTIVE:
        return N_("active");
    case SITE_SUSPECT:
        return N_("suspect");
    case SITE_REVOKED:
        return N_("revoked");
    }
    return N_("unknown");
}

bool slug_valid(const char *slug)
{
    size_t len = strnlen(slug, SLUG_BYTES_MAX + 1);
    if (len == 0 || len > SLUG_BYTES_MAX || slug[0] < 'a' || slug[0] > 'z')
        return false;
    for (size_t i = 1; i < len; i++) {
        bool letter = slug[i] >= 'a' && slug[i] <= 'z';
        bool digit = slug[i] >= '0' && slug[i] <= '9';
        if (!letter && !digit && slug[i] != '-')
            return false;
    }
    return true;
}

static bool name_valid(const char *name)
{
    size_t len = strnlen(name, NAME_BYTES_MAX + 1);
    return len > 0 && len <= NAME_BYTES_MAX && utf8_valid(bytes_of(name, len));
}

/* Rows of every site, or of the one that is asked for. */
struct walk {
    const char *slug; /* NULL: all */
    struct site_row *rows;
    uint32_t count;
    uint32_t room;
};

static enum err walk_add(struct walk *walk, const struct site_row *row)
{
    if (walk->slug != NULL && strcmp(walk->slug, row->slug) != 0)
        return ERR_OK;
    if (walk->count == walk->room) {
        uint32_t room = walk->room == 0 ? 16 : 2 * walk->room;
        struct site_row *rows = realloc(walk->rows, room * sizeof(*rows));
        if (rows == NULL)
            return ERR_NO_MEMORY;
        walk->rows = rows;
        walk->room = room;
    }
    walk->rows[walk->count++] = *row;
    return ERR_OK;
}

static enum err walk_sites(struct store_txn *txn, struct walk *walk)
{
    struct store_iter *iter = NULL;
    enum err err =
        store_iter_open(txn, NS_SITE, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        struct site_row row;
        err = roster_row_read(value, &row);
        if (err == ERR_OK)
            err = walk_add(walk, &row);
    }
    store_iter_close(iter);
    if (err != ERR_OK)
        free(walk->rows);
    return err;
}

enum err roster_find(struct store_txn *txn, const char *slug, struct site_row *row_out)
{
    struct walk walk = {.slug = slug};
    enum err err = walk_sites(txn, &walk);
    if (err != ERR_OK)
        return err;
    if (walk.count > 0)
        *row_out = walk.rows[0];
    free(walk.rows);
    return walk.count > 0 ? ERR_OK : ERR_NOT_FOUND;
}

static int by_slug(const void *a, const void *b)
{
    const struct site_row *left = a;
    const struct site_row *right = b;
    int order = strcmp(left->slug, right->slug);
    if (order == 0)
        order = (left->site > right->site) - (left->site < right->site);
    return order;
}

enum err roster_all(struct store_txn *txn, struct site_row **rows_out, uint32_t *count_out)
{
    struct walk walk = {.slug = NULL};
    enum err err = walk_sites(txn, &walk);
    if (err != ERR_OK)
        return err;
    if (walk.count > 0)
        qsort(walk.rows, walk.count, sizeof(*walk.rows), by_slug);
    *rows_out = walk.rows;
    *count_out = walk.count;
    return ERR_OK;
}

/* The key of an unused invitation for `slug`. */
static enum err find_invite(struct store_txn *txn, const char *slug,
                            uint8_t key_out[TRANSPORT_KEY_BYTES])
{
    struct store_iter *iter = NULL;
    enum err err =
        store_iter_open(txn, NS_KEY, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD, &iter);
    struct bytes key, value;
    bool found = false;
    while (err == ERR_OK && !found && store_iter_next(iter, &key, &value, &err)) {
        struct key_row row;
        uint8_t name[TRANSPORT_KEY_BYTES];
        if (key.len != TRANSPORT_KEY_BYTES) {
            err = ERR_CORRUPT;
            break;
        }
        memcpy(name, key.data, sizeof(name));
        err = roster_key(txn, name, &row);
        found =
            err == ERR_OK && row.use == KEY_INVITE && row.site == 0 && strcmp(row.slug, slug) == 0;
        if (found)
            memcpy(key_out, name, sizeof(name));
    }
    store_iter_close(iter);
    if (err == ERR_OK && !found)
        err = ERR_NOT_FOUND;
    return err;
}

/* The unused invitation for `slug`, if there is one, opens nothing any more. */
static enum err end_invite(struct store_txn *txn, const char *slug)
{
    uint8_t key[TRANSPORT_KEY_BYTES];
    enum err err = find_invite(txn, slug, key);
    if (err == ERR_OK)
        err = roster_del_key(txn, key);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* An older invitation for the same short name ends. */
static enum err put_invite(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                           const struct key_row *invite, struct err_info *info)
{
    struct key_row taken;
    enum err err = roster_key(txn, key, &taken);
    if (err == ERR_OK)
        return err_set(info, ERR_EXISTS, "the invitation's key is in use");
    if (err != ERR_NOT_FOUND)
        return err_set(info, err, "read the keys");
    err = end_invite(txn, invite->slug);
    if (err != ERR_OK)
        return err_set(info, err, "replace the older invitation");
    struct key_row row = *invite;
    row.use = KEY_INVITE;
    row.site = 0;
    err = roster_put_key(txn, key, &row);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "write the invitation");
}

enum err roster_invite(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                       const struct key_row *invite, struct err_info *info)
{
    if (!slug_valid(invite->slug))
        return err_set(info, ERR_INVALID,
                       "a short name is 1 to %d of a-z, 0-9 and '-', a letter first",
                       (int)SLUG_BYTES_MAX);
    if (!name_valid(invite->name))
        return err_set(info, ERR_INVALID, "a site's name is 1 to %d bytes of UTF-8",
                       (int)NAME_BYTES_MAX);
    struct site_row site;
    enum err err = roster_find(txn, invite->slug, &site);
    if (err == ERR_OK)
        return err_set(info, ERR_EXISTS, "site '%s' has joined already", invite->slug);
    if (err != ERR_NOT_FOUND)
        return err_set(info, err, "read the roster");
    return put_invite(txn, key, invite, info);
}

enum err roster_invite_in_place(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                                struct key_row *invite, struct err_info *info)
{
    struct site_row site;
    struct old_key keys[OLD_KEYS_MAX];
    uint32_t count = 0;
    enum err err = roster_find(txn, invite->slug, &site);
    if (err == ERR_NOT_FOUND)
        return err_set(info, err, "there is no site '%s' whose machine could be replaced",
                       invite->slug);
    if (err == ERR_OK && site.centre)
        return err_set(info, ERR_DENIED, "the centre is not replaced by an invitation");
    if (err == ERR_OK)
        err = roster_old_keys(txn, site.site, keys, &count);
    if (err != ERR_OK)
        return err_set(info, err, "read the roster");
    if (count == OLD_KEYS_MAX)
        return err_set(info, ERR_LIMIT, "site '%s' was replaced %d times; invite a new one",
                       invite->slug, (int)OLD_KEYS_MAX);
    if (site.epoch >= SITE_EPOCHS_MAX)
        return err_set(info, ERR_LIMIT, "site '%s' has had %d epochs; invite a new one",
                       invite->slug, (int)SITE_EPOCHS_MAX);
    memcpy(invite->name, site.name, sizeof(invite->name));
    invite->partner = site.partner;
    invite->replaces = site.site;
    return put_invite(txn, key, invite, info);
}

/* A used invitation answers its user again, whom a lost answer made ask twice. */
static enum err redeem_again(struct store_txn *txn, const struct key_row *invite,
                             const struct site_row *asked, struct site_row *row_out)
{
    struct site_row row;
    if (invite->site != asked->site)
        return ERR_EXISTS;
    enum err err = roster_get(txn, invite->site, &row);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    if (memcmp(row.transport_public, asked->transport_public, TRANSPORT_KEY_BYTES) != 0 ||
        memcmp(row.sign_public, asked->sign_public, SIGN_PUBLIC_BYTES) != 0)
        return ERR_EXISTS;
    *row_out = row;
    return ERR_OK;
}

/* ERR_OK when neither the site id, the short name nor the transport key is in use. The centre and
 * those before it may write everywhere, so their ids are taken whatever the roster says. */
static enum err redeem_free(struct store_txn *txn, const struct site_row *asked)
{
    struct site_row site;
    struct key_row key;
    struct centres centres;
    if (!origin_valid((struct origin){.site = asked->site, .epoch = 1}) ||
        asked->epoch > SITE_EPOCHS_MAX)
        return ERR_INVALID;
    enum err err = ledger_centres(txn, &centres);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    if (err == ERR_OK && centres_has(&centres, asked->site))
        return ERR_EXISTS;
    err = roster_get(txn, asked->site, &site);
    if (err == ERR_NOT_FOUND)
        err = roster_find(txn, asked->slug, &site);
    if (err == ERR_NOT_FOUND)
        err = roster_key(txn, asked->transport_public, &key);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    return err == ERR_OK ? ERR_EXISTS : err;
}

/* Another machine in the place of one that is gone: what the old one sealed stays provable by its
 * key, and nobody comes in with it any more. */
static enum err redeem_in_place(struct store_txn *txn, const struct key_row *invite,
                                struct site_row *asked)
{
    struct site_row row;
    struct key_row taken;
    if (asked->site != invite->replaces)
        return ERR_INVALID;
    enum err err = roster_key(txn, asked->transport_public, &taken);
    if (err != ERR_NOT_FOUND)
        return err == ERR_OK ? ERR_EXISTS : err;
    err = roster_get(txn, asked->site, &row);
    if (err == ERR_OK && row.epoch >= SITE_EPOCHS_MAX)
        err = ERR_LIMIT;
    if (err == ERR_OK)
        err = roster_put_old_key(txn, row.site, row.epoch, row.sign_public);
    if (err == ERR_OK)
        err = roster_del_key(txn, row.transport_public);
    if (err != ERR_OK)
        return err;
    memcpy(row.transport_public, asked->transport_public, TRANSPORT_KEY_BYTES);
    memcpy(row.sign_public, asked->sign_public, SIGN_PUBLIC_BYTES);
    row.epoch++;
    row.state = SITE_ACTIVE;
    row.suspect_ms = 0;
    row.joined_ms = asked->joined_ms;
    *asked = row;
    return ERR_OK;
}

enum err roster_redeem(struct store_txn *txn, const uint8_t invite_key[TRANSPORT_KEY_BYTES],
                       const struct redeemer *asked, uint64_t now_ms, struct site_row *row_out,
                       bool *in_place_out)
{
    struct key_row invite;
    enum err err = roster_key(txn, invite_key, &invite);
    if (err != ERR_OK)
        return err;
    if (invite.use != KEY_INVITE)
        return ERR_NOT_FOUND;
    struct site_row row = {.site = asked->site,
                           .partner = invite.partner,
                           .state = SITE_ACTIVE,
                           .epoch = asked->epoch,
                           .joined_ms = now_ms};
    memcpy(row.slug, invite.slug, sizeof(row.slug));
    memcpy(row.name, invite.name, sizeof(row.name));
    memcpy(row.transport_public, asked->transport_public, TRANSPORT_KEY_BYTES);
    memcpy(row.sign_public, asked->sign_public, SIGN_PUBLIC_BYTES);
    *in_place_out = invite.replaces != 0;
    if (invite.site != 0)
        return redeem_again(txn, &invite, &row, row_out);
    if (now_ms > invite.expires_ms)
        return ERR_EXPIRED;
    err = *in_place_out ? redeem_in_place(txn, &invite, &row) : redeem_free(txn, &row);
    if (err == ERR_OK)
        err = roster_put(txn, &row);
    struct key_row own = {.use = KEY_SITE, .site = row.site};
    if (err == ERR_OK)
        err = roster_put_key(txn, row.transport_public, &own);
    invite.site = row.site;
    if (err == ERR_OK)
        err = roster_put_key(txn, invite_key, &invite);
    if (err == ERR_OK)
        *row_out = row;
    return err;
}

enum err roster_revoke(struct store_txn *txn, const char *slug, struct site_row *row_out)
{
    struct site_row row;
    enum err err = roster_find(txn, slug, &row);
    if (err != ERR_OK)
        return err;
    if (row.centre)
        return ERR_DENIED; /* it has no access that could be taken away */
    row.state = SITE_REVOKED;
    err = roster_put(txn, &row);
    if (err == ERR_OK)
        err = end_invite(txn, slug); /* for a machine in its place */
    if (err == ERR_OK)
        *row_out = row;
    return err;
}
