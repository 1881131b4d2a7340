#include "proto/sync/node_core_private.h"

#include <assert.h>

/* Saves come before the sends that rest on them. What was sent is sent again only when the broker
 * names a position (WELCOME, or an ACK with a code), so a frame is under way once. Every way out of
 * a session ends in CLOSED with a time to try again. */

struct node_effect *node_result_add(struct node_result *result, enum node_effect_type type)
{
    assert(result->effect_count < NODE_EFFECTS_MAX);
    struct node_effect *effect = &result->effects[result->effect_count++];
    *effect = (struct node_effect){.type = type};
    return effect;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Full jitter: anywhere up to one second doubled with each attempt. */
uint64_t node_backoff_ms(const struct node_core *state, uint32_t random)
{
    uint32_t doublings = state->attempts < 16 ? state->attempts : 16;
    uint64_t cap = min_u64((uint64_t)BACKOFF_MS_MIN << doublings, BACKOFF_MS_MAX);
    return 1 + random % cap;
}

void node_close_for(struct node_result *result, const struct node_event *event, enum err code,
                    uint64_t wait_ms)
{
    struct node_core *state = &result->state;
    if (state->phase != NODE_CLOSED)
        node_result_add(result, NODE_CLOSE_LINK);
    node_result_add(result, NODE_REPORT)->code = code;
    state->phase = NODE_CLOSED;
    state->session = 0;
    state->asked = false;
    state->unacked_count = 0;
    state->credit_bytes = 0;
    state->sent_seq = 0;
    state->attempts = state->attempts < UINT32_MAX ? state->attempts + 1 : state->attempts;
    state->wake_ms = event->now_ms + wait_ms;
}

void node_close_and_retry(struct node_result *result, const struct node_event *event, enum err code)
{
    node_close_for(result, event, code, node_backoff_ms(&result->state, event->random));
}

/* Everybody was connected and everybody lost it: come back spread out, as the broker asked. */
static void close_and_spread(struct node_result *result, const struct node_event *event,
                             enum err code)
{
    uint64_t wait = node_backoff_ms(&result->state, event->random);
    uint64_t spread = min_u64(result->state.spread_ms, BACKOFF_MS_MAX);
    if (result->state.attempts == 0 && spread > 0)
        wait += event->random % (spread + 1);
    node_close_for(result, event, code, wait);
}

void node_close_refused(struct node_result *result, const struct node_event *event,
                        uint32_t retry_ms, enum err code)
{
    uint64_t wait = retry_ms > REFUSED_MS_MIN ? retry_ms : REFUSED_MS_MIN;
    wait = min_u64(wait + event->random % (REFUSED_MS_MIN / 4), REFUSED_MS_MAX);
    node_close_for(result, event, code, wait);
}

bool node_in_session(const struct node_core *state)
{
    return state->phase == NODE_RECOVER || state->phase == NODE_STEADY;
}

bool node_core_can_send(const struct node_core *state, uint64_t now_ms)
{
    return state->phase == NODE_STEADY && now_ms >= state->pause_ms &&
           state->sent_seq < state->own_seq && state->unacked_count < UNACKED_FRAMES_MAX &&
           state->credit_bytes >= TXNS_CREDIT_MIN_BYTES;
}

void node_send_if_possible(struct node_result *result, uint64_t now_ms)
{
    if (!node_core_can_send(&result->state, now_ms))
        return;
    struct node_effect *effect = node_result_add(result, NODE_SEND_TXNS);
    effect->seq = result->state.sent_seq + 1;
    effect->bytes = (uint32_t)min_u64(result->state.credit_bytes, TXNS_BYTES_TARGET);
}

static void open_link(struct node_result *result, uint64_t now_ms)
{
    node_result_add(result, NODE_OPEN_LINK);
    result->state.phase = NODE_OPENING;
    result->state.wake_ms = now_ms + HELLO_MS_MAX;
}

/* ---- time ---- */

/* Credit that never came back: nothing is under way, and yet nothing can be sent. */
static bool starved(const struct node_core *state)
{
    return state->phase == NODE_STEADY && state->unacked_count == 0 &&
           state->sent_seq < state->own_seq && state->credit_bytes < TXNS_CREDIT_MIN_BYTES;
}

static void on_tick_in_session(struct node_result *result, const struct node_event *event)
{
    const struct node_core *state = &result->state;
    uint64_t now = event->now_ms;
    if (now >= state->heard_ms + PEER_SILENT_MS_MAX)
        close_and_spread(result, event, ERR_TIMEOUT);
    else if ((state->unacked_count > 0 || starved(state)) && now >= state->progress_ms + ACK_MS_MAX)
        node_close_and_retry(result, event, ERR_TIMEOUT);
    else if (state->phase == NODE_RECOVER && now >= state->wake_ms)
        node_close_and_retry(result, event, ERR_TIMEOUT);
    else {
        if (now >= state->spoke_ms + PING_IDLE_MS) {
            node_result_add(result, NODE_SEND_PING);
            result->state.spoke_ms = now;
        }
        node_send_if_possible(result, now);
    }
}

static void on_tick(struct node_result *result, const struct node_event *event)
{
    switch (result->state.phase) {
    case NODE_CLOSED:
        if (result->state.joined && event->now_ms >= result->state.wake_ms)
            open_link(result, event->now_ms);
        break;
    case NODE_OPENING:
    case NODE_GREETING:
        if (event->now_ms >= result->state.wake_ms)
            node_close_and_retry(result, event, ERR_TIMEOUT);
        break;
    case NODE_RECOVER:
    case NODE_STEADY:
        on_tick_in_session(result, event);
        break;
    }
}

/* Its deadline, or the next PING, or the peer's silence, whichever comes first. */
static uint64_t session_wake(const struct node_core *state)
{
    uint64_t wake = min_u64(state->heard_ms + PEER_SILENT_MS_MAX, state->spoke_ms + PING_IDLE_MS);
    if (state->unacked_count > 0 || starved(state))
        wake = min_u64(wake, state->progress_ms + ACK_MS_MAX);
    if (state->phase == NODE_RECOVER)
        wake = min_u64(wake, state->wake_ms);
    if (node_core_can_send(state, UINT64_MAX))
        wake = min_u64(wake, state->pause_ms);
    return wake;
}

uint64_t node_core_wake(const struct node_core *state)
{
    if (state->phase == NODE_CLOSED)
        return state->joined ? state->wake_ms : WAKE_NEVER;
    return node_in_session(state) ? session_wake(state) : state->wake_ms;
}

/* ---- what happens here ---- */

static void on_sent(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (state->phase != NODE_STEADY)
        return; /* it left just before the line was given up for another reason */
    assert(state->unacked_count < UNACKED_FRAMES_MAX);
    assert(event->bytes <= state->credit_bytes);
    assert(event->seq > state->sent_seq);
    assert(event->seq <= state->own_seq);
    if (state->unacked_count == 0)
        state->progress_ms = event->now_ms;
    state->unacked_last[state->unacked_count++] = event->seq;
    state->sent_seq = event->seq;
    state->credit_bytes -= event->bytes;
    state->spoke_ms = event->now_ms;
    node_send_if_possible(result, event->now_ms);
}

static void on_link_lost(struct node_result *result, const struct node_event *event)
{
    if (result->state.phase == NODE_CLOSED)
        return;
    if (event->code == ERR_DENIED)
        node_close_refused(result, event, 0, event->code);
    else if (node_in_session(&result->state))
        close_and_spread(result, event, event->code);
    else
        node_close_and_retry(result, event, event->code);
}

static void on_sync_now(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (state->phase == NODE_CLOSED && state->joined) {
        open_link(result, event->now_ms);
    } else if (state->phase == NODE_STEADY) {
        state->pause_ms = 0;
        node_send_if_possible(result, event->now_ms);
    }
}

static void on_joined(struct node_result *result, const struct node_event *event)
{
    if (result->state.phase != NODE_CLOSED)
        node_close_for(result, event, ERR_OK, 0);
    result->state.joined = true;
    result->state.attempts = 0;
    open_link(result, event->now_ms);
}

static void on_link_ready(struct node_result *result, const struct node_event *event)
{
    if (result->state.phase != NODE_OPENING)
        return;
    node_result_add(result, NODE_SEND_HELLO);
    result->state.phase = NODE_GREETING;
    result->state.wake_ms = event->now_ms + HELLO_MS_MAX;
}

static void on_outcome(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (event->type == NODE_SENT) {
        on_sent(result, event);
    } else if (event->type == NODE_SPOKE) {
        state->spoke_ms = event->now_ms;
    } else if (event->type == NODE_SEND_BLOCKED) {
        if (state->pause_ms < event->now_ms + NODE_BLOCKED_MS)
            state->pause_ms = event->now_ms + NODE_BLOCKED_MS;
    } else {
        assert(event->type == NODE_WROTE);
        if (state->phase == NODE_STEADY && event->own_seq > state->own_seq) {
            state->own_seq = event->own_seq;
            node_send_if_possible(result, event->now_ms);
        }
    }
}

void node_core_step(const struct node_core *state, const struct node_event *event,
                    struct node_result *result_out)
{
    assert(state->unacked_count <= UNACKED_FRAMES_MAX);
    result_out->state = *state;
    result_out->effect_count = 0;
    switch (event->type) {
    case NODE_TICK:
        on_tick(result_out, event);
        break;
    case NODE_JOINED:
        on_joined(result_out, event);
        break;
    case NODE_LINK_READY:
        on_link_ready(result_out, event);
        break;
    case NODE_LINK_LOST:
        on_link_lost(result_out, event);
        break;
    case NODE_SYNC_NOW:
        on_sync_now(result_out, event);
        break;
    case NODE_GOT_WELCOME:
        node_on_welcome(result_out, event);
        break;
    case NODE_GOT_ACK:
        node_on_ack(result_out, event);
        break;
    case NODE_GOT_OWN_OPS:
        node_on_own_ops(result_out, event);
        break;
    case NODE_OWN_TAKEN:
        node_on_own_taken(result_out, event);
        break;
    case NODE_GOT_FEED:
    case NODE_GOT_PING:
    case NODE_GOT_OTHER:
        node_on_heard(result_out, event);
        break;
    case NODE_GOT_BUSY:
        node_on_busy(result_out, event);
        break;
    case NODE_GOT_REJECT:
        node_on_reject(result_out, event);
        break;
    case NODE_GOT_BYE:
        node_on_bye(result_out, event);
        break;
    case NODE_GOT_BAD:
    case NODE_SAVE_FAILED:
        if (result_out->state.phase != NODE_CLOSED)
            node_close_and_retry(result_out, event, event->code);
        break;
    case NODE_SENT:
    case NODE_SPOKE:
    case NODE_SEND_BLOCKED:
    case NODE_WROTE:
        on_outcome(result_out, event);
        break;
    }
    assert(result_out->state.phase != NODE_STEADY ||
           result_out->state.acked_seq <= result_out->state.own_seq);
    assert(result_out->state.phase != NODE_STEADY ||
           result_out->state.sent_seq >= result_out->state.acked_seq);
}
