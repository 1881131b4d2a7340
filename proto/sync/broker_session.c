#include "proto/sync/broker_session.h"

#include <assert.h>

/* The broker trusts its own commits only: a frame is queued when it is the next, acknowledged when
 * it is durable, and every byte of credit that a frame took comes back exactly once, whatever
 * became of the frame. */

static struct session_effect *add(struct session_result *result, enum session_effect_type type)
{
    assert(result->effect_count < BROKER_EFFECTS_MAX);
    struct session_effect *effect = &result->effects[result->effect_count++];
    *effect = (struct session_effect){.type = type};
    return effect;
}

static void send_ack(struct session_result *result, enum err code)
{
    struct session_effect *effect = add(result, SESSION_SEND_ACK);
    effect->bytes = result->state.owed_bytes;
    effect->code = code;
    result->state.owed_bytes = 0;
}

static void end(struct session_result *result, enum err code)
{
    add(result, SESSION_END)->code = code;
    result->state.phase = SESSION_ENDED;
}

static void refuse(struct session_result *result, enum err code, uint32_t retry_ms)
{
    struct session_effect *effect = add(result, SESSION_SEND_REJECT);
    effect->code = code;
    effect->retry_ms = retry_ms;
    end(result, code);
}

static void feed_if_possible(struct session_result *result, uint64_t now_ms)
{
    const struct broker_session *state = &result->state;
    if (state->phase == SESSION_OPEN && state->proven && state->feed_sent < state->feed_last &&
        state->feed_count < FEED_UNACKED_FRAMES_MAX && now_ms >= state->feed_wait_ms)
        add(result, SESSION_SEND_FEED)->seq = state->feed_sent + 1;
}

static void prove(struct session_result *result)
{
    if (result->state.proven)
        return;
    result->state.proven = true;
    add(result, SESSION_PROVE);
}

static void on_hello(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    assert(state->phase == SESSION_NEW);
    assert(event->session != 0);
    *state = (struct broker_session){
        .phase = SESSION_GRANTING,
        .session = event->session,
        .epoch = event->epoch,
        .stored_seq = event->seq,
        .queued_seq = event->seq,
        .feed_last = event->feed_last,
        .feed_sent = event->feed_from,
        .feed_acked = event->feed_from,
        .heard_ms = event->now_ms,
    };
}

/* Drop the frame, say where we stand once, and give its credit back. */
static void drop_and_place(struct session_result *result)
{
    send_ack(result, result->state.gapped ? ERR_OK : ERR_GAP);
    result->state.gapped = true;
}

static void on_txns(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    uint64_t queued_bytes = (uint64_t)state->queued_bytes + event->bytes;
    if (queued_bytes > CREDIT_SITE_BYTES_MAX) { /* nobody who keeps to his credit gets here */
        refuse(result, ERR_LIMIT, REFUSED_MS_MIN);
        return;
    }
    state->owed_bytes += event->bytes;
    switch (event->verdict) {
    case TXNS_NEXT:
        assert(event->seq > state->queued_seq);
        state->owed_bytes -= event->bytes;
        state->queued_bytes += event->bytes;
        state->queued_seq = event->seq;
        state->gapped = false;
        add(result, SESSION_QUEUE);
        break;
    case TXNS_KNOWN:
        send_ack(result, ERR_OK);
        break;
    case TXNS_OTHER:
        drop_and_place(result);
        break;
    case TXNS_FORKED:
        refuse(result, ERR_FORK, 0);
        break;
    case TXNS_BAD_SEAL:
        refuse(result, ERR_BAD_SEAL, REFUSED_MS_MIN);
        break;
    case TXNS_NOT_YOURS:
        refuse(result, ERR_NOT_YOURS, REFUSED_MS_MIN);
        break;
    case TXNS_NO_ROOM: {
        struct session_effect *busy = add(result, SESSION_SEND_BUSY);
        busy->code = event->code;
        busy->retry_ms = event->retry_ms;
        send_ack(result, state->gapped ? ERR_OK : event->code);
        state->gapped = true;
        break;
    }
    }
}

static void on_stored(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    assert(event->seq > state->stored_seq);
    assert(event->seq <= state->queued_seq);
    assert(event->bytes <= state->queued_bytes);
    state->stored_seq = event->seq;
    state->queued_bytes -= event->bytes;
    state->owed_bytes += event->bytes;
    send_ack(result, ERR_OK);
}

static void on_not_stored(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    assert(event->bytes <= state->queued_bytes);
    state->queued_bytes -= event->bytes;
    state->owed_bytes += event->bytes;
    state->queued_seq = state->stored_seq;
    state->gapped = true;
    struct session_effect *busy = add(result, SESSION_SEND_BUSY);
    busy->code = event->code;
    busy->retry_ms = event->retry_ms;
    send_ack(result, event->code);
}

static void on_feed_ack(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    if (event->seq > state->feed_last) {
        refuse(result, ERR_CORRUPT, REFUSED_MS_MIN);
        return;
    }
    if (event->seq < state->feed_acked)
        return; /* overtaken by a newer one */
    state->feed_ms = event->now_ms;
    if (event->seq > state->feed_sent)
        state->feed_sent = event->seq; /* of before it was sent again */
    if (event->seq > state->feed_acked)
        add(result, SESSION_SAVE_FEED)->seq = event->seq;
    state->feed_acked = event->seq;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->feed_count; i++)
        if (state->feed_to[i] > event->seq)
            state->feed_to[kept++] = state->feed_to[i];
    state->feed_count = kept;
    feed_if_possible(result, event->now_ms);
}

static void on_feed_sent(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    assert(event->seq > state->feed_sent);
    assert(state->feed_count < FEED_UNACKED_FRAMES_MAX);
    if (state->feed_count == 0)
        state->feed_ms = event->now_ms;
    state->feed_to[state->feed_count++] = event->seq;
    state->feed_sent = event->seq;
}

static void on_frame_event(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    if (state->phase != SESSION_OPEN)
        return; /* before its WELCOME, or after its end: not of this session */
    bool names = event->type != SESSION_PING && event->type != SESSION_HEARD;
    if (names && event->session != state->session)
        return;
    state->heard_ms = event->now_ms;
    if (names || (event->type == SESSION_PING && event->nonce == state->session) || event->proves)
        prove(result);
    if (event->type == SESSION_TXNS)
        on_txns(result, event);
    else if (event->type == SESSION_FEED_ACK)
        on_feed_ack(result, event);
    else if (event->type == SESSION_PING)
        add(result, SESSION_SEND_PONG)->seq = event->nonce;
    if (event->type != SESSION_FEED_ACK) /* which has seen to it, from where it says */
        feed_if_possible(result, event->now_ms);
}

static void on_tick(struct session_result *result, const struct session_event *event)
{
    if (result->state.phase == SESSION_ENDED)
        return;
    if (event->now_ms >= result->state.heard_ms + PEER_SILENT_MS_MAX) {
        end(result, ERR_TIMEOUT);
        return;
    }
    if (result->state.feed_count > 0 && event->now_ms >= result->state.feed_ms + ACK_MS_MAX) {
        result->state.feed_count = 0; /* send again what was not acknowledged */
        result->state.feed_sent = result->state.feed_acked;
    }
    feed_if_possible(result, event->now_ms);
}

static void on_end_event(struct session_result *result, const struct session_event *event)
{
    if (result->state.phase == SESSION_ENDED)
        return;
    if (event->type == SESSION_REFUSED) {
        refuse(result, event->code, event->retry_ms);
        return;
    }
    bool replaced = event->type == SESSION_REPLACED;
    if (replaced) /* if somebody is still there, it is another machine, and its next HELLO will tell
                   */
        add(result, SESSION_SEND_BYE)->code = ERR_CONFLICT;
    end(result, replaced ? ERR_CONFLICT : ERR_UNREACHABLE);
}

static void on_commit_event(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    if (state->phase == SESSION_ENDED)
        return;
    if (event->type == SESSION_GRANTED) {
        assert(state->phase == SESSION_GRANTING);
        state->phase = SESSION_OPEN;
        add(result, SESSION_SEND_WELCOME);
    } else if (event->type == SESSION_STORED) {
        on_stored(result, event);
    } else {
        on_not_stored(result, event);
    }
}

static void on_feed_event(struct session_result *result, const struct session_event *event)
{
    struct broker_session *state = &result->state;
    if (state->phase == SESSION_ENDED)
        return;
    if (event->type == SESSION_FEED_GREW) {
        if (event->seq > state->feed_last)
            state->feed_last = event->seq;
    } else if (event->type == SESSION_FEED_SENT) {
        on_feed_sent(result, event);
    } else if (event->type == SESSION_FEED_AGAIN) {
        state->feed_count = 0;
        state->feed_sent = state->feed_acked;
    } else {
        state->feed_wait_ms = event->now_ms + SESSION_BLOCKED_MS;
    }
    feed_if_possible(result, event->now_ms);
}

void broker_session_step(const struct broker_session *state, const struct session_event *event,
                         struct session_result *result_out)
{
    assert(state->stored_seq <= state->queued_seq);
    result_out->state = *state;
    result_out->effect_count = 0;
    switch (event->type) {
    case SESSION_HELLO:
        on_hello(result_out, event);
        break;
    case SESSION_GRANTED:
    case SESSION_STORED:
    case SESSION_NOT_STORED:
        on_commit_event(result_out, event);
        break;
    case SESSION_TXNS:
    case SESSION_FEED_ACK:
    case SESSION_HEARD:
    case SESSION_PING:
        on_frame_event(result_out, event);
        break;
    case SESSION_FEED_GREW:
    case SESSION_FEED_SENT:
    case SESSION_FEED_AGAIN:
    case SESSION_SEND_BLOCKED:
        on_feed_event(result_out, event);
        break;
    case SESSION_TICK:
        on_tick(result_out, event);
        break;
    case SESSION_REPLACED:
    case SESSION_REFUSED:
    case SESSION_LOST:
        on_end_event(result_out, event);
        break;
    }
    assert(result_out->state.stored_seq <= result_out->state.queued_seq);
    assert(result_out->state.feed_acked <= result_out->state.feed_sent);
}

uint64_t broker_session_wake(const struct broker_session *state)
{
    if (state->phase == SESSION_ENDED)
        return WAKE_NEVER;
    uint64_t silent = state->heard_ms + PEER_SILENT_MS_MAX;
    if (state->feed_count > 0 && state->feed_ms + ACK_MS_MAX < silent)
        silent = state->feed_ms + ACK_MS_MAX;
    bool waits = state->proven && state->feed_sent < state->feed_last &&
                 state->feed_count < FEED_UNACKED_FRAMES_MAX;
    return waits && state->feed_wait_ms < silent ? state->feed_wait_ms : silent;
}
