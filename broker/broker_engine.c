#include "broker/broker_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The driver: frames to events, effects to frames and queue items. The roster is asked again at
 * every frame, so a revoked key stops at its next word and not at its next handshake. */

void broker_log(const struct broker *broker, enum broker_log_level level, const char *event,
                const char *format, ...)
{
    if (broker->hooks.log == NULL)
        return;
    char pairs[BROKER_PAIRS_BYTES_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(pairs, sizeof(pairs), format, args);
    va_end(args);
    broker->hooks.log(broker->hooks.context, level, event, len < 0 ? "" : pairs);
}

void broker_fail(struct broker *broker, enum err code)
{
    if (broker->fatal != ERR_OK)
        return;
    broker->fatal = code;
    broker_log(broker, BROKER_LOG_ERROR, "broker.stopped", "code=%s", err_slug(code));
}

enum err broker_commit_txn(struct broker *broker, struct store_txn *txn, struct err_info *info)
{
    struct err_info local = {.code = ERR_OK};
    struct err_info *to = info != NULL ? info : &local;
    enum store_outcome outcome = store_commit(txn, to);
    broker_end_stage(broker, outcome == STORE_DURABLE);
    switch (outcome) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        return to->code == ERR_FULL ? ERR_FULL : ERR_IO;
    case STORE_UNKNOWN:
        break;
    }
    broker_fail(broker, ERR_UNKNOWN_OUTCOME);
    return ERR_UNKNOWN_OUTCOME;
}

uint32_t broker_hash(const uint8_t *bytes, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

/* ---- effects ---- */

static bool send_ack(struct broker *broker, struct peer *peer, const struct session_effect *effect)
{
    struct msg msg = {.type = MSG_ACK};
    msg.ack = (struct msg_ack){
        .session = peer->core.session,
        .epoch = peer->core.epoch,
        .stored_seq = peer->core.stored_seq,
        .applied_seq = peer->applied_seq,
        .credit_bytes = effect->bytes,
        .code = effect->code,
    };
    memcpy(msg.ack.head, peer->stored_head, HASH_BYTES);
    return broker_send(broker, peer, &msg);
}

static bool send_welcome(struct broker *broker, struct peer *peer)
{
    struct msg msg = {.type = MSG_WELCOME, .welcome = peer->welcome};
    msg.welcome.session = peer->core.session;
    msg.welcome.unix_ms = broker->now.unix_ms;
    msg.welcome.slug = bytes_of_text(peer->slug);
    msg.welcome.name = bytes_of_text(peer->name);
    msg.welcome.organisation = bytes_of_text(broker->organisation);
    if (broker_list_held(broker, peer, &msg.welcome) != ERR_OK)
        return broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
    return broker_send(broker, peer, &msg);
}

static bool reply(struct broker *broker, struct peer *peer, const struct session_effect *effect)
{
    struct msg msg = {.type = MSG_BUSY};
    if (effect->type == SESSION_SEND_PONG) {
        msg.type = MSG_PONG;
        msg.pong = (struct msg_pong){.nonce = effect->seq, .unix_ms = broker->now.unix_ms};
    } else {
        broker_count_refusal(broker, effect->code);
        msg.busy = (struct msg_busy){.retry_after_ms = effect->retry_ms, .code = effect->code};
    }
    return broker_send(broker, peer, &msg);
}

/* False: the peer is gone. */
static bool carry_out(struct broker *broker, struct peer *peer, const struct session_effect *effect,
                      struct item *item)
{
    switch (effect->type) {
    case SESSION_SEND_WELCOME:
        return send_welcome(broker, peer);
    case SESSION_PROVE: {
        struct item *prove = broker_new_item(broker, ITEM_PROVE, peer, (struct bytes){0});
        if (prove != NULL)
            broker_enqueue(broker, prove);
        break;
    }
    case SESSION_QUEUE:
        assert(item != NULL);
        broker_enqueue(broker, item);
        break;
    case SESSION_SEND_ACK:
        return send_ack(broker, peer, effect);
    case SESSION_SEND_BUSY:
    case SESSION_SEND_PONG:
        return reply(broker, peer, effect);
    case SESSION_SEND_REJECT:
        broker_count_refusal(broker, effect->code);
        broker_log_refusal(broker, peer->key, effect->code);
        broker_send_reject(broker, bytes_of(peer->id, peer->id_len), effect->code,
                           effect->retry_ms);
        broker_count_fault(broker, peer->key);
        break;
    case SESSION_SEND_FEED: {
        struct session_event event = {.type = SESSION_SEND_BLOCKED};
        enum err err = broker_send_feed(broker, peer, effect->seq, &event);
        if (err != ERR_OK)
            event = (struct session_event){.type = SESSION_LOST};
        return broker_step(broker, peer, event, NULL);
    }
    case SESSION_SEND_BYE:
        broker_send_bye(broker, bytes_of(peer->id, peer->id_len), effect->code);
        break;
    case SESSION_SAVE_FEED:
        break; /* written with the next sign of life */
    case SESSION_END:
        broker_log(broker, BROKER_LOG_INFO, "session.ended", "site=%016llx code=%s",
                   (unsigned long long)peer->site, err_slug(effect->code));
        broker_drop_peer(broker, peer);
        return false;
    }
    return true;
}

/* Recursion: a FEED sent may be followed by the next, at most FEED_UNACKED_FRAMES_MAX deep. */
bool broker_step(struct broker *broker, struct peer *peer, struct session_event event,
                 struct item *item)
{
    event.now_ms = broker->now.mono_ms;
    struct session_result result;
    broker_session_step(&peer->core, &event, &result);
    peer->core = result.state;
    bool there = true;
    for (uint32_t i = 0; i < result.effect_count && there; i++) {
        there = carry_out(broker, peer, &result.effects[i], item);
        if (result.effects[i].type == SESSION_QUEUE)
            item = NULL;
    }
    free(item); /* what came before it ended the session */
    return there;
}

/* ---- frames ---- */

/* Whoever is in no session. */
static void refuse(struct broker *broker, struct bytes id, const uint8_t key[TRANSPORT_KEY_BYTES],
                   enum err code)
{
    broker_count_refusal(broker, code);
    broker_log_refusal(broker, key, code);
    broker_send_reject(broker, id, code, REFUSED_MS_MIN);
    broker_count_fault(broker, key);
}

static void take_hello(struct broker *broker, struct bytes id, const struct roster_entry *entry,
                       struct bytes frame)
{
    /* A site greets once on a connection: a second time is the same frame again, and must not use
     * its token up. */
    if (broker_find_peer(broker, id) != NULL) {
        broker->counters.duplicates++;
        return;
    }
    struct peer *older = broker_find_session(broker, entry->site);
    if (older != NULL)
        (void)broker_step(broker, older, (struct session_event){.type = SESSION_REPLACED}, NULL);
    struct peer *peer;
    enum err err = broker_add_peer(broker, id, entry, &peer);
    struct item *item = err == ERR_OK ? broker_new_item(broker, ITEM_HELLO, peer, frame) : NULL;
    if (item == NULL) {
        if (err == ERR_OK)
            broker_drop_peer(broker, peer);
        refuse(broker, id, entry->key, ERR_LIMIT);
        return;
    }
    enum err read = msg_decode(bytes_of(item->bytes, item->len), &item->msg);
    assert(read == ERR_OK); /* it was read before it was copied */
    (void)read;
    broker_enqueue(broker, item);
}

static void take_ping(struct broker *broker, struct peer *peer, const struct msg_ping *ping)
{
    peer->pending = ping->pending;
    peer->clock_offset_ms = (int64_t)(ping->unix_ms - broker->now.unix_ms);
    if (broker->now.mono_ms >= peer->heard_written_ms + BROKER_HEARD_MS) {
        struct item *item = broker_new_item(broker, ITEM_HEARD, peer, (struct bytes){0});
        if (item != NULL)
            broker_enqueue(broker, item);
        peer->heard_written_ms = broker->now.mono_ms;
    }
    (void)broker_step(broker, peer,
                      (struct session_event){.type = SESSION_PING, .nonce = ping->nonce}, NULL);
}

static void take_in_session(struct broker *broker, struct peer *peer, const struct msg *msg,
                            size_t frame_bytes)
{
    struct session_event heard = {.type = SESSION_HEARD};
    peer->heard_unix_ms = broker->now.unix_ms;
    switch (msg->type) {
    case MSG_TXNS:
        broker_take_txns(broker, peer, &msg->txns, frame_bytes);
        break;
    case MSG_FEED_ACK:
        (void)broker_step(broker, peer,
                          (struct session_event){.type = SESSION_FEED_ACK,
                                                 .session = msg->feed_ack.session,
                                                 .seq = msg->feed_ack.to},
                          NULL);
        break;
    case MSG_OWN_GET:
        heard.proves = msg->own_get.session == peer->core.session;
        if (broker_step(broker, peer, heard, NULL) && heard.proves &&
            peer->core.phase == SESSION_OPEN) {
            peer->own_epoch = msg->own_get.epoch;
            peer->own_from = msg->own_get.from;
            (void)broker_answer_own(broker, peer);
        }
        break;
    case MSG_RETURN:
        heard.proves = msg->back.session == peer->core.session;
        if (broker_step(broker, peer, heard, NULL))
            broker_take_return(broker, peer, &msg->back);
        break;
    case MSG_BLOB_OFFER:
    case MSG_BLOB_WANT:
    case MSG_BLOB_CHUNK:
        if (broker_step(broker, peer, heard, NULL) && peer->core.phase == SESSION_OPEN)
            (void)broker_take_blob_msg(broker, peer, msg);
        break;
    case MSG_PING:
        take_ping(broker, peer, &msg->ping);
        break;
    case MSG_BYE:
        (void)broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
        break;
    case MSG_PONG:
        (void)broker_step(broker, peer, heard, NULL);
        break;
    case MSG_HELLO:
    case MSG_WELCOME:
    case MSG_ACK:
    case MSG_BLOB_HAVE:
    case MSG_FEED:
    case MSG_OWN_OPS:
    case MSG_RETURNED:
    case MSG_BUSY:
    case MSG_REJECT:
    case MSG_JOIN:
    case MSG_JOINED:
        broker->counters.refused_unknown_message++;
        broker_count_fault(broker, peer->key);
        break; /* not for a broker */
    }
}

static void take_from_site(struct broker *broker, struct bytes id, const struct roster_entry *entry,
                           struct bytes frame)
{
    struct msg msg;
    enum err err = msg_decode(frame, &msg);
    struct peer *peer = broker_find_peer(broker, id);
    if (err == ERR_UNSUPPORTED) {
        broker->counters.refused_unknown_message++;
        broker_count_fault(broker, entry->key);
        if (peer != NULL)
            (void)broker_step(broker, peer, (struct session_event){.type = SESSION_HEARD}, NULL);
    } else if (err != ERR_OK && peer != NULL) {
        (void)broker_step(broker, peer,
                          (struct session_event){
                              .type = SESSION_REFUSED, .code = err, .retry_ms = REFUSED_MS_MIN},
                          NULL);
    } else if (err != ERR_OK) {
        refuse(broker, id, entry->key, err);
    } else if (msg.type == MSG_HELLO && frame.len > BROKER_GREETING_BYTES_MAX) {
        refuse(broker, id, entry->key, ERR_TOO_BIG);
    } else if (msg.type == MSG_HELLO && msg.hello.site != entry->site) {
        refuse(broker, id, entry->key, ERR_NOT_YOURS);
    } else if (msg.type == MSG_HELLO) {
        take_hello(broker, id, entry, frame);
    } else if (peer == NULL || peer->site != entry->site) {
        broker->counters
            .refused_no_session++; /* of a session that is gone: BYE makes the site greet again */
        broker_send_bye(broker, id, ERR_NOT_FOUND);
        broker_count_fault(broker, entry->key);
    } else {
        take_in_session(broker, peer, &msg, frame.len);
    }
}

void broker_on_frame(struct broker *broker, struct bytes peer,
                     const uint8_t key[TRANSPORT_KEY_BYTES], struct bytes frame, struct times now)
{
    assert(peer.len <= PEER_BYTES_MAX);
    broker->now = now;
    if (broker->fatal != ERR_OK)
        return;
    broker->counters.frames++;
    broker->counters.bytes += frame.len;
    const struct roster_entry *entry = broker_find_key(broker, key);
    if (entry == NULL) {
        refuse(broker, peer, key, ERR_UNKNOWN_KEY);
    } else if (entry->revoked) {
        refuse(broker, peer, key, ERR_REVOKED);
    } else if (broker_is_put_off(broker, entry)) {
        broker->counters.refused_put_off++;
    } else if (entry->use == KEY_INVITE) {
        broker_take_join(broker, peer, entry, frame);
    } else {
        take_from_site(broker, peer, entry, frame);
    }
}

void broker_on_local_commit(struct broker *broker)
{
    broker->apply_more = true;
}
