#include "broker/broker_private.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

/* The broker's turn: commit, answer, apply a slice, feed, timers. */

static void derive_token_key(struct broker *broker, const uint8_t sign_secret[SIGN_SECRET_BYTES])
{
    static const char domain[] = "cse-token-1";
    (void)crypto_generichash(broker->token_key, sizeof(broker->token_key), (const uint8_t *)domain,
                             sizeof(domain) - 1, sign_secret, 32);
}

static enum err make(struct broker *broker, const struct broker_setup *setup)
{
    const struct broker_config *config = &setup->config;
    assert(strlen(config->software) <= MSG_SOFTWARE_BYTES_MAX);
    assert(strlen(config->organisation) <= NAME_BYTES_MAX);
    memcpy(broker->software, config->software, strlen(config->software));
    memcpy(broker->organisation, config->organisation, strlen(config->organisation));
    memcpy(broker->sign_public, config->sign_secret + SIGN_SECRET_BYTES - SIGN_PUBLIC_BYTES,
           SIGN_PUBLIC_BYTES);
    derive_token_key(broker, config->sign_secret);
    broker->credit_bytes = config->credit_bytes > 0 ? config->credit_bytes : CREDIT_START_BYTES;
    assert(broker->credit_bytes >= TXNS_CREDIT_MIN_BYTES);
    assert(broker->credit_bytes <= CREDIT_SITE_BYTES_MAX);
    broker->spread_ms = config->retry_spread_ms;
    broker->apply_ops = config->apply_ops > 0 ? config->apply_ops : APPLY_OPS_MAX;
    broker->queue_end = &broker->queue;
    mp_buf_init(&broker->frame, FRAME_BYTES_MAX);
    mp_buf_init(&broker->items, FRAME_BYTES_MAX - 16 * 1024);
    mp_buf_init(&broker->findings, FRAME_BYTES_MAX);
    mp_buf_init(&broker->keys, FRAME_BYTES_MAX);
    arena_init(&broker->arena, BROKER_ARENA_BYTES_MAX);
    broker->peers = calloc(SESSIONS_MAX, sizeof(*broker->peers));
    broker->by_id = calloc(BROKER_BUCKETS, sizeof(*broker->by_id));
    broker->by_site = calloc(BROKER_BUCKETS, sizeof(*broker->by_site));
    if (broker->peers == NULL || broker->by_id == NULL || broker->by_site == NULL)
        return ERR_NO_MEMORY;
    enum err err = broker_load_incarnation(broker);
    if (err == ERR_OK)
        err = broker_move_centre(broker);
    return err == ERR_OK ? broker_load_roster(broker) : err;
}

static enum err load_centres(struct broker *broker)
{
    struct store_txn *txn;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = ledger_centres(txn, &broker->feed->centres);
    store_abort(txn);
    return err;
}

enum err broker_new(const struct broker_setup *setup, struct times now, struct broker **broker_out,
                    struct err_info *info)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    if (broker == NULL)
        return err_set(info, ERR_NO_MEMORY, "broker: out of memory");
    broker->ledger = setup->ledger;
    broker->store = ledger_store(setup->ledger);
    broker->feed = setup->feed;
    broker->blobs = setup->blobs;
    broker->hooks = setup->hooks;
    broker->now = now;
    broker->apply_more = true;
    enum err err = load_centres(broker);
    if (err == ERR_OK)
        err = make(broker, setup);
    if (err != ERR_OK) {
        broker_free(broker);
        return err_set(info, err, "start the broker: %s", err_text(err));
    }
    *broker_out = broker;
    return ERR_OK;
}

void broker_free(struct broker *broker)
{
    if (broker == NULL)
        return;
    while (broker->peer_count > 0)
        broker_drop_peer(broker, broker->peers[broker->peer_count - 1]);
    if (broker->queue_end != NULL)
        broker_free_queue(broker);
    broker_free_roster(&broker->roster);
    free(broker->peers);
    free(broker->by_id);
    free(broker->by_site);
    mp_buf_deinit(&broker->frame);
    mp_buf_deinit(&broker->items);
    mp_buf_deinit(&broker->findings);
    mp_buf_deinit(&broker->keys);
    arena_deinit(&broker->arena);
    sodium_memzero(broker->token_key, sizeof(broker->token_key));
    free(broker);
}

static void look_at_disk(struct broker *broker)
{
    struct store_usage usage;
    if (broker->now.mono_ms < broker->usage_at_ms)
        return;
    broker->usage_at_ms = broker->now.mono_ms + BROKER_USAGE_MS;
    if (store_usage_of(broker->store, &usage) != ERR_OK)
        return;
    if (usage.nearly_full && !broker->nearly_full)
        broker_log(broker, BROKER_LOG_ERROR, "store.full", "used_bytes=%llu",
                   (unsigned long long)usage.used_bytes);
    broker->nearly_full = usage.nearly_full;
}

static void apply_slice(struct broker *broker)
{
    if (!broker->apply_more || broker->now.mono_ms < broker->apply_at_ms)
        return;
    uint32_t applied = 0;
    bool caught_up = false;
    struct err_info info = {.code = ERR_OK};
    enum err err = ledger_apply(broker->ledger, broker->apply_ops, &applied, &caught_up, &info);
    if (err == ERR_OK) {
        broker->counters.operations_applied += applied;
        broker->apply_more = !caught_up;
        broker_feed_dirty(broker);
        return;
    }
    broker->feed->dirty_count = 0;
    broker->feed->overflow = false;
    if (err == ERR_UNKNOWN_OUTCOME) {
        broker_fail(broker, err);
        return;
    }
    broker_log(broker, BROKER_LOG_ERROR, "apply.failed", "code=%s", err_slug(err));
    broker->apply_at_ms = broker->now.mono_ms + SESSION_RETRY_MS;
    err = ledger_forget(broker->ledger);
    if (err != ERR_OK)
        broker_fail(broker, err);
}

/* Timers and what waited for room; returns when the peers need the next turn. */
static uint64_t tend_peers(struct broker *broker)
{
    uint64_t wake = WAKE_NEVER;
    /* Backwards: the place of a peer that goes is taken by one already tended. */
    for (uint32_t i = broker->peer_count; i > 0; i--) {
        if (i > broker->peer_count)
            continue;
        struct peer *peer = broker->peers[i - 1];
        if (broker->now.mono_ms >= peer->wake_ms) {
            bool there =
                broker_flush(broker, peer) &&
                broker_step(broker, peer, (struct session_event){.type = SESSION_TICK}, NULL) &&
                broker_answer_own(broker, peer) && broker_blobs_step(broker, peer);
            if (!there)
                continue;
            peer->wake_ms = broker_session_wake(&peer->core);
        }
        bool waits = peer->outbox != NULL || peer->own_epoch != 0 || peer->serve.count > 0;
        if (peer->want_count > 0 && peer->wake_ms > peer->want_ms + PING_IDLE_MS)
            peer->wake_ms = peer->want_ms + PING_IDLE_MS;
        if (waits && peer->wake_ms > broker->now.mono_ms + SESSION_BLOCKED_MS)
            peer->wake_ms = broker->now.mono_ms + SESSION_BLOCKED_MS;
        if (peer->wake_ms < wake)
            wake = peer->wake_ms;
    }
    return wake;
}

enum err broker_pump(struct broker *broker, struct times now, uint64_t *wake_ms_out)
{
    broker->now = now;
    *wake_ms_out = WAKE_NEVER;
    if (broker->fatal == ERR_OK)
        look_at_disk(broker);
    broker_commit_queue(broker);
    if (broker->fatal == ERR_OK && broker->went_back)
        broker_come_back(broker);
    if (broker->fatal == ERR_OK)
        apply_slice(broker);
    if (broker->fatal == ERR_OK && broker->feed->untold)
        broker_feed_dirty(broker);
    if (broker->fatal == ERR_OK)
        *wake_ms_out = tend_peers(broker);
    if (broker->apply_more && *wake_ms_out > broker->apply_at_ms)
        *wake_ms_out = broker->apply_at_ms > now.mono_ms ? broker->apply_at_ms : now.mono_ms;
    if (broker->feed->untold && *wake_ms_out > now.mono_ms + SESSION_RETRY_MS)
        *wake_ms_out = now.mono_ms + SESSION_RETRY_MS;
    if (broker->queue != NULL)
        *wake_ms_out = now.mono_ms;
    return broker->fatal;
}

void broker_counters(const struct broker *broker, struct broker_counters *counters_out)
{
    *counters_out = broker->counters;
    counters_out->sessions = broker->peer_count;
    counters_out->queued_bytes = broker->queued_bytes;
}
