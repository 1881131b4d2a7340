#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* Connections that said HELLO, by routing id and by site; at most one session a site. */

static struct peer **id_bucket(const struct broker *broker, struct bytes id)
{
    return &broker->by_id[broker_hash(id.data, id.len) & (BROKER_BUCKETS - 1)];
}

static struct peer **site_bucket(const struct broker *broker, uint64_t site)
{
    uint8_t key[8];
    put_u64(key, site);
    return &broker->by_site[broker_hash(key, sizeof(key)) & (BROKER_BUCKETS - 1)];
}

struct peer *broker_find_peer(const struct broker *broker, struct bytes id)
{
    struct peer *peer = *id_bucket(broker, id);
    while (peer != NULL && !bytes_equal(bytes_of(peer->id, peer->id_len), id))
        peer = peer->next_by_id;
    return peer;
}

struct peer *broker_find_session(const struct broker *broker, uint64_t site)
{
    struct peer *peer = *site_bucket(broker, site);
    while (peer != NULL && peer->site != site)
        peer = peer->next_by_site;
    return peer;
}

enum err broker_add_peer(struct broker *broker, struct bytes id, const struct roster_entry *entry,
                         struct peer **peer_out)
{
    assert(id.len <= PEER_BYTES_MAX);
    if (broker->peer_count == SESSIONS_MAX)
        return ERR_LIMIT;
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL)
        return ERR_NO_MEMORY;
    memcpy(peer->id, id.data, id.len);
    peer->id_len = (uint8_t)id.len;
    memcpy(peer->key, entry->key, TRANSPORT_KEY_BYTES);
    peer->site = entry->site;
    peer->core.heard_ms = broker->now.mono_ms;
    peer->outbox_end = &peer->outbox;
    struct peer **bucket = id_bucket(broker, id);
    peer->next_by_id = *bucket;
    *bucket = peer;
    bucket = site_bucket(broker, peer->site);
    peer->next_by_site = *bucket;
    *bucket = peer;
    peer->slot = broker->peer_count;
    broker->peers[broker->peer_count++] = peer;
    *peer_out = peer;
    return ERR_OK;
}

static void empty_outbox(struct peer *peer)
{
    while (peer->outbox != NULL) {
        struct waiting_frame *frame = peer->outbox;
        peer->outbox = frame->next;
        free(frame);
    }
}

void broker_drop_peer(struct broker *broker, struct peer *peer)
{
    struct peer **at = id_bucket(broker, bytes_of(peer->id, peer->id_len));
    while (*at != peer)
        at = &(*at)->next_by_id;
    *at = peer->next_by_id;
    at = site_bucket(broker, peer->site);
    while (*at != peer)
        at = &(*at)->next_by_site;
    *at = peer->next_by_site;
    struct peer *last = broker->peers[--broker->peer_count];
    broker->peers[peer->slot] = last;
    last->slot = peer->slot;
    broker_forget_peer(broker, peer);
    empty_outbox(peer);
    free(peer);
}

/* ---- sending ---- */

bool broker_flush(struct broker *broker, struct peer *peer)
{
    while (peer->outbox != NULL) {
        struct waiting_frame *frame = peer->outbox;
        enum err err = broker->hooks.send(broker->hooks.context, bytes_of(peer->id, peer->id_len),
                                          bytes_of(frame->bytes, frame->len));
        if (err == ERR_BUSY)
            return true;
        if (err != ERR_OK) {
            (void)broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
            return false;
        }
        peer->outbox = frame->next;
        if (peer->outbox == NULL)
            peer->outbox_end = &peer->outbox;
        peer->outbox_count--;
        free(frame);
    }
    return true;
}

static bool keep(struct broker *broker, struct peer *peer, struct bytes bytes)
{
    struct waiting_frame *frame =
        peer->outbox_count < BROKER_OUTBOX_MAX ? malloc(sizeof(*frame) + bytes.len) : NULL;
    if (frame == NULL) {
        (void)broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
        return false;
    }
    frame->next = NULL;
    frame->len = bytes.len;
    memcpy(frame->bytes, bytes.data, bytes.len);
    *peer->outbox_end = frame;
    peer->outbox_end = &frame->next;
    peer->outbox_count++;
    return true;
}

enum err broker_send_now(struct broker *broker, struct peer *peer, const struct msg *msg)
{
    if (peer->outbox != NULL)
        return ERR_BUSY;
    mp_buf_reset(&broker->frame);
    msg_encode(&broker->frame, msg);
    enum err err = mp_buf_err(&broker->frame);
    if (err != ERR_OK)
        return err;
    return broker->hooks.send(broker->hooks.context, bytes_of(peer->id, peer->id_len),
                              mp_buf_bytes(&broker->frame));
}

bool broker_send(struct broker *broker, struct peer *peer, const struct msg *msg)
{
    mp_buf_reset(&broker->frame);
    msg_encode(&broker->frame, msg);
    enum err err = mp_buf_err(&broker->frame);
    struct bytes frame = mp_buf_bytes(&broker->frame);
    if (err == ERR_OK && peer->outbox != NULL)
        return keep(broker, peer, frame);
    if (err == ERR_OK)
        err = broker->hooks.send(broker->hooks.context, bytes_of(peer->id, peer->id_len), frame);
    if (err == ERR_BUSY)
        return keep(broker, peer, frame);
    if (err != ERR_OK)
        (void)broker_step(broker, peer, (struct session_event){.type = SESSION_LOST}, NULL);
    return err == ERR_OK;
}

static void send_once(struct broker *broker, struct bytes id, const struct msg *msg)
{
    mp_buf_reset(&broker->frame);
    msg_encode(&broker->frame, msg);
    if (mp_buf_err(&broker->frame) != ERR_OK)
        return;
    enum err err = broker->hooks.send(broker->hooks.context, id, mp_buf_bytes(&broker->frame));
    if (err != ERR_OK)
        broker_log(broker, BROKER_LOG_DEBUG, "answer.unsent", "code=%s", err_slug(err));
}

void broker_send_reject(struct broker *broker, struct bytes id, enum err code, uint32_t retry_ms)
{
    struct msg msg = {.type = MSG_REJECT,
                      .reject = {.code = code,
                                 .text = bytes_of_text(err_text(code)),
                                 .retry_after_ms = retry_ms}};
    send_once(broker, id, &msg);
}

void broker_send_bye(struct broker *broker, struct bytes id, enum err code)
{
    struct msg msg = {.type = MSG_BYE, .bye = {.code = code}};
    send_once(broker, id, &msg);
}

void broker_count_refusal(struct broker *broker, enum err code)
{
    struct broker_counters *counters = &broker->counters;
    if (code == ERR_UNKNOWN_KEY)
        counters->refused_unknown_key++;
    else if (code == ERR_REVOKED)
        counters->refused_revoked++;
    else if (code == ERR_NOT_YOURS)
        counters->refused_not_yours++;
    else if (code == ERR_TOO_BIG)
        counters->refused_too_big++;
    else if (code == ERR_VERSION)
        counters->refused_version++;
    else if (code == ERR_BAD_SEAL)
        counters->refused_bad_seal++;
    else if (code == ERR_FORK)
        counters->refused_fork++;
    else if (code == ERR_GAP)
        counters->refused_gap++;
    else if (code == ERR_FULL)
        counters->refused_full++;
    else if (code == ERR_LIMIT)
        counters->refused_limit++;
    else if (code == ERR_CORRUPT)
        counters->refused_malformed++;
    else
        counters->refused_busy++;
}
