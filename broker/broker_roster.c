#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* The roster in memory: read whole at the start and after every change, looked up at every frame.
 */

enum { ROSTER_BUCKETS = BROKER_BUCKETS * 4, ROSTER_ENTRIES_MAX = ROSTER_BUCKETS / 2 };

static uint32_t *slot_of_key(const struct roster_cache *cache,
                             const uint8_t key[TRANSPORT_KEY_BYTES])
{
    uint32_t at = broker_hash(key, TRANSPORT_KEY_BYTES) & (ROSTER_BUCKETS - 1);
    while (cache->by_key[at] != 0 &&
           memcmp(cache->entries[cache->by_key[at] - 1].key, key, TRANSPORT_KEY_BYTES) != 0)
        at = (at + 1) & (ROSTER_BUCKETS - 1);
    return &cache->by_key[at];
}

static uint32_t *slot_of_site(const struct roster_cache *cache, uint64_t site)
{
    uint8_t bytes[8];
    put_u64(bytes, site);
    uint32_t at = broker_hash(bytes, sizeof(bytes)) & (ROSTER_BUCKETS - 1);
    while (cache->by_site[at] != 0 && cache->entries[cache->by_site[at] - 1].site != site)
        at = (at + 1) & (ROSTER_BUCKETS - 1);
    return &cache->by_site[at];
}

const struct roster_entry *broker_find_key(const struct broker *broker,
                                           const uint8_t key[TRANSPORT_KEY_BYTES])
{
    uint32_t at = *slot_of_key(&broker->roster, key);
    return at == 0 ? NULL : &broker->roster.entries[at - 1];
}

const struct roster_entry *broker_find_site(const struct broker *broker, uint64_t site)
{
    uint32_t at = *slot_of_site(&broker->roster, site);
    return at == 0 ? NULL : &broker->roster.entries[at - 1];
}

void broker_free_roster(struct roster_cache *cache)
{
    free(cache->entries);
    free(cache->by_key);
    free(cache->by_site);
    *cache = (struct roster_cache){0};
}

static enum err fill_entry(struct store_txn *txn, const uint8_t *key, struct roster_entry *entry)
{
    struct key_row row;
    memcpy(entry->key, key, TRANSPORT_KEY_BYTES);
    enum err err = roster_key(txn, entry->key, &row);
    if (err != ERR_OK)
        return err;
    entry->use = row.use;
    entry->site = row.site;
    entry->expires_ms = row.expires_ms;
    if (row.use != KEY_SITE)
        return ERR_OK;
    struct site_row site;
    err = roster_get(txn, row.site, &site);
    if (err == ERR_NOT_FOUND) { /* a key without a site admits nobody */
        entry->revoked = true;
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    entry->revoked = site.state == SITE_REVOKED;
    memcpy(entry->slug, site.slug, sizeof(entry->slug));
    memcpy(entry->sign_public, site.sign_public, SIGN_PUBLIC_BYTES);
    return ERR_OK;
}

static enum err add_entry(struct store_txn *txn, const uint8_t *key, struct roster_cache *cache,
                          uint32_t *room)
{
    if (cache->count == *room) {
        *room = *room == 0 ? 64 : *room * 2;
        struct roster_entry *grown = realloc(cache->entries, *room * sizeof(*grown));
        if (grown == NULL)
            return ERR_NO_MEMORY;
        cache->entries = grown;
    }
    cache->entries[cache->count] = (struct roster_entry){0};
    enum err err = fill_entry(txn, key, &cache->entries[cache->count]);
    if (err != ERR_OK)
        return err;
    const struct roster_entry *entry = &cache->entries[cache->count++];
    cache->promised += entry->use == KEY_INVITE && entry->site == 0;
    return cache->count > ROSTER_ENTRIES_MAX ? ERR_LIMIT : ERR_OK;
}

static enum err fill(struct store_txn *txn, struct roster_cache *cache)
{
    struct store_iter *iter = NULL;
    uint32_t room = 0;
    cache->by_key = calloc(ROSTER_BUCKETS, sizeof(uint32_t));
    cache->by_site = calloc(ROSTER_BUCKETS, sizeof(uint32_t));
    if (cache->by_key == NULL || cache->by_site == NULL)
        return ERR_NO_MEMORY;
    enum err err =
        store_iter_open(txn, NS_KEY, (struct bytes){0}, (struct bytes){0}, STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err))
        err = key.len == TRANSPORT_KEY_BYTES ? add_entry(txn, key.data, cache, &room) : ERR_CORRUPT;
    store_iter_close(iter);
    for (uint32_t i = 0; i < cache->count && err == ERR_OK; i++) {
        *slot_of_key(cache, cache->entries[i].key) = i + 1;
        if (cache->entries[i].use == KEY_SITE)
            *slot_of_site(cache, cache->entries[i].site) = i + 1;
    }
    return err;
}

enum err broker_stage_roster(struct broker *broker, struct store_txn *txn)
{
    struct roster_cache *staged = &broker->staged;
    assert(staged->by_key == NULL);
    enum err err = fill(txn, staged);
    if (err != ERR_OK) {
        broker_free_roster(staged);
        return err;
    }
    for (uint32_t i = 0; i < staged->count && broker->roster.entries != NULL; i++) {
        struct roster_entry *entry = &staged->entries[i];
        const struct roster_entry *known = broker_find_key(broker, entry->key);
        if (known == NULL)
            continue;
        entry->told = known->told;
        entry->faults = known->faults;
        entry->faults_ms = known->faults_ms;
        entry->put_off_ms = known->put_off_ms;
    }
    return ERR_OK;
}

void broker_end_stage(struct broker *broker, bool durable)
{
    struct roster_cache before = broker->roster;
    if (durable && broker->staged.by_key != NULL) {
        broker->roster = broker->staged;
        broker->staged = before;
    }
    broker_free_roster(&broker->staged);
}

enum err broker_load_roster(struct broker *broker)
{
    struct store_txn *txn;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = broker_stage_roster(broker, txn);
    store_abort(txn);
    broker_end_stage(broker, err == ERR_OK);
    return err;
}

struct roster_entry *broker_entry_of(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    uint32_t at = *slot_of_key(&broker->roster, key);
    return at == 0 ? NULL : &broker->roster.entries[at - 1];
}

bool broker_admits_key(const struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                       uint64_t unix_ms)
{
    const struct roster_entry *entry = broker_find_key(broker, key);
    if (entry == NULL || entry->revoked || broker_is_put_off(broker, entry))
        return false;
    return entry->use == KEY_SITE || (entry->use == KEY_INVITE && unix_ms <= entry->expires_ms);
}

bool broker_is_connected(const struct broker *broker, uint64_t site, struct broker_live *live_out)
{
    const struct peer *peer = broker_find_session(broker, site);
    if (peer == NULL || peer->core.phase != SESSION_OPEN)
        return false;
    *live_out = (struct broker_live){.heard_unix_ms = peer->heard_unix_ms,
                                     .pending = peer->pending,
                                     .clock_offset_ms = peer->clock_offset_ms};
    return true;
}

void broker_note_unknown(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    uint32_t at = 0;
    while (at < broker->unknown_count &&
           memcmp(broker->unknown[at].key, key, TRANSPORT_KEY_BYTES) != 0)
        at++;
    struct unknown_key seen = {.first_ms = broker->now.unix_ms};
    if (at < broker->unknown_count) {
        seen = broker->unknown[at];
    } else {
        memcpy(seen.key, key, TRANSPORT_KEY_BYTES);
        if (broker->unknown_count < PENDING_KEYS_MAX) {
            broker->unknown_count++;
            /* No line for those beyond: keys cost nothing to make. The counter goes on. */
            broker_log(broker, BROKER_LOG_WARN, "key.unknown", "remembered=%u",
                       broker->unknown_count);
        }
        at = broker->unknown_count - 1;
    }
    seen.last_ms = broker->now.unix_ms;
    seen.count++;
    memmove(broker->unknown + 1, broker->unknown, at * sizeof(broker->unknown[0]));
    broker->unknown[0] = seen;
}

void broker_log_refusal(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                        enum err code)
{
    uint32_t at = *slot_of_key(&broker->roster, key);
    uint32_t bit = 1u << ((uint32_t)code & 31u);
    if (at == 0) {
        broker_note_unknown(broker, key);
        return;
    }
    struct roster_entry *entry = &broker->roster.entries[at - 1];
    if ((entry->told & bit) == 0)
        broker_log(broker, BROKER_LOG_WARN, "session.refused", "site=%016llx code=%s again=silent",
                   (unsigned long long)entry->site, err_slug(code));
    entry->told |= bit;
}

void broker_note_stranger(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                          struct times now)
{
    const struct roster_entry *entry = broker_find_key(broker, key);
    broker->now = now;
    if (entry != NULL && broker_is_put_off(broker, entry))
        return; /* that was told */
    broker_log_refusal(broker, key, entry != NULL && !entry->revoked ? ERR_EXPIRED : ERR_REVOKED);
}

uint32_t broker_unknown_keys(const struct broker *broker, struct unknown_key *keys_out,
                             uint32_t max)
{
    uint32_t count = broker->unknown_count < max ? broker->unknown_count : max;
    memcpy(keys_out, broker->unknown, count * sizeof(*keys_out));
    return count;
}

/* ---- changes ---- */

/* Who is invited finds room when it joins. */
static enum err check_room(const struct broker *broker)
{
    const struct roster_cache *cache = &broker->staged;
    bool more = cache->promised > broker->roster.promised;
    return more && cache->count + cache->promised > ROSTER_ENTRIES_MAX ? ERR_LIMIT : ERR_OK;
}

/* Commit, or abort when `err` says so. */
static enum err settle(struct broker *broker, struct store_txn *txn, enum err err,
                       struct err_info *info)
{
    if (err == ERR_OK)
        err = broker_stage_roster(broker, txn);
    if (err == ERR_OK)
        err = check_room(broker);
    if (err == ERR_OK) {
        err = broker_commit_txn(broker, txn, info);
    } else {
        broker_end_stage(broker, false);
        store_abort(txn);
    }
    return err == ERR_OK ? ERR_OK : err_wrap(info, err, "change the roster");
}

enum err broker_invite_in_place(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                                struct key_row *invite, struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, info);
    return err == ERR_OK ? settle(broker, txn, roster_invite_in_place(txn, key, invite, info), info)
                         : err;
}

enum err broker_invite(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                       const struct key_row *invite, struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, info);
    return err == ERR_OK ? settle(broker, txn, roster_invite(txn, key, invite, info), info) : err;
}

enum err broker_revoke(struct broker *broker, const char *slug, struct err_info *info)
{
    struct store_txn *txn;
    struct site_row row;
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = settle(broker, txn, roster_revoke(txn, slug, &row), info);
    if (err != ERR_OK)
        return err;
    struct peer *peer = broker_find_session(broker, row.site);
    if (peer != NULL)
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_REFUSED,
                                                 .code = ERR_REVOKED,
                                                 .retry_ms = REFUSED_MS_MAX},
                          NULL);
    return ERR_OK;
}

static enum err free_lineage(struct store_txn *txn, const char *slug, uint32_t epoch,
                             struct origin *origin_out)
{
    struct site_row row;
    struct origin_row known;
    bool held = false;
    enum err err = roster_find(txn, slug, &row);
    if (err != ERR_OK)
        return err;
    *origin_out = (struct origin){.site = row.site, .epoch = epoch};
    err = ledger_get_origin(txn, *origin_out, &known);
    if (err == ERR_OK)
        err = broker_put_lineage(txn, *origin_out, LINEAGE_RELEASED);
    if (err == ERR_OK)
        err = broker_any_held(txn, row.site, &held);
    if (err != ERR_OK || held || row.state != SITE_SUSPECT)
        return err;
    row.state = SITE_ACTIVE;
    row.suspect_ms = 0;
    return roster_put(txn, &row);
}

enum err broker_release(struct broker *broker, const char *slug, uint32_t epoch,
                        uint64_t *released_out, struct err_info *info)
{
    struct store_txn *txn;
    struct origin origin = {0};
    if (epoch == 0)
        return err_set(info, ERR_NOT_FOUND, "there is no epoch 0");
    enum err err = store_begin(broker->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = settle(broker, txn, free_lineage(txn, slug, epoch, &origin), info);
    if (err != ERR_OK)
        return err;
    err = ledger_release(broker->ledger, origin, released_out, info);
    if (err == ERR_UNKNOWN_OUTCOME)
        broker_fail(broker, err);
    broker_feed_dirty(broker);
    return err;
}
