#include "proto/sync/node_core_private.h"

/* What the broker says is never asserted: it may be wrong, old or hostile, and then the session
 * ends. */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void fork_found(struct node_result *result, const struct node_event *event)
{
    result->state.want_epoch = true;
    node_close_and_retry(result, event, ERR_FORK);
}

static void ask_own(struct node_result *result, uint64_t now_ms)
{
    node_result_add(result, NODE_ASK_OWN);
    result->state.asked = true;
    result->state.wake_ms = now_ms + ACK_MS_MAX;
}

/* Does the WELCOME make sense for what is here? */
static enum err judge_welcome(const struct node_event *event)
{
    switch (event->mode) {
    case WELCOME_RESUME:
        if (event->chain == CHAIN_DIFFERS)
            return ERR_FORK;
        return event->chain == CHAIN_BEYOND ? ERR_CORRUPT : ERR_OK;
    case WELCOME_RECOVER:
        return event->chain == CHAIN_BEYOND ? ERR_OK : ERR_CORRUPT;
    case WELCOME_NEW_EPOCH:
        return event->epoch > event->own_epoch ? ERR_OK : ERR_CORRUPT;
    }
    return ERR_CORRUPT;
}

void node_on_welcome(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (state->phase != NODE_GREETING)
        return;
    enum err err = judge_welcome(event);
    if (err == ERR_FORK) {
        fork_found(result, event);
        return;
    }
    if (err != ERR_OK) {
        node_close_refused(result, event, 0, err);
        return;
    }
    node_result_add(result, NODE_SAVE_WELCOME);
    node_result_add(result,
                    NODE_SEND_PING); /* the first frame proves that the token is safe here */
    node_result_add(result, NODE_REPORT)->code = ERR_OK;
    bool fresh = event->mode == WELCOME_NEW_EPOCH;
    state->session = event->session;
    state->epoch = event->epoch;
    state->want_epoch = false;
    state->own_seq = fresh ? 0 : event->own_seq;
    state->acked_seq = fresh ? 0 : event->seq;
    state->sent_seq = state->acked_seq;
    state->credit_bytes = event->credit_bytes;
    state->unacked_count = 0;
    state->pause_ms = 0;
    state->attempts = 0;
    state->spread_ms = event->spread_ms;
    state->heard_ms = event->now_ms;
    state->spoke_ms = event->now_ms;
    state->progress_ms = event->now_ms;
    if (event->mode != WELCOME_RESUME || event->moving) {
        state->phase = NODE_RECOVER;
        ask_own(result, event->now_ms);
    } else {
        state->phase = NODE_STEADY;
        node_send_if_possible(result, event->now_ms);
    }
}

static void pop_unacked(struct node_core *state, uint64_t stored_seq)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->unacked_count; i++)
        if (state->unacked_last[i] > stored_seq)
            state->unacked_last[kept++] = state->unacked_last[i];
    state->unacked_count = kept;
}

void node_on_ack(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (!node_in_session(state) || event->session != state->session)
        return;
    state->heard_ms = event->now_ms;
    uint64_t credit = (uint64_t)state->credit_bytes + event->credit_bytes;
    state->credit_bytes = (uint32_t)min_u64(credit, CREDIT_SITE_BYTES_MAX);
    if (state->phase == NODE_RECOVER)
        return;
    if (event->epoch != state->epoch) {
        node_close_and_retry(result, event, ERR_CORRUPT);
        return;
    }
    if (event->seq < state->acked_seq) /* overtaken by a newer one: only its credit counts */
        return;
    if (event->chain != CHAIN_SAME) {
        fork_found(result, event);
        return;
    }
    if (event->seq > state->acked_seq) {
        node_result_add(result, NODE_SAVE_ACK)->seq = event->seq;
        state->acked_seq = event->seq;
        state->progress_ms = event->now_ms;
    }
    pop_unacked(state, event->seq);
    if (state->sent_seq < event->seq)
        state->sent_seq = event->seq;
    if (event->code != ERR_OK) { /* the rest was dropped over there */
        state->sent_seq = event->seq;
        state->unacked_count = 0;
        if (event->code != ERR_GAP)
            node_result_add(result, NODE_REPORT)->code = event->code;
    }
    node_send_if_possible(result, event->now_ms);
}

void node_on_own_taken(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (state->phase != NODE_RECOVER)
        return;
    if (event->code == ERR_FORK) {
        fork_found(result, event);
    } else if (event->code != ERR_OK) {
        node_close_and_retry(result, event, event->code);
    } else if (!event->done) {
        ask_own(result, event->now_ms);
    } else if (event->own_seq < state->acked_seq) {
        node_close_and_retry(result, event, ERR_CORRUPT); /* it claimed more than it gave */
    } else {
        state->phase = NODE_STEADY;
        state->own_seq = event->own_seq;
        state->progress_ms = event->now_ms;
        node_send_if_possible(result, event->now_ms);
    }
}

void node_on_own_ops(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (state->phase != NODE_RECOVER || event->session != state->session || !state->asked)
        return;
    state->heard_ms = event->now_ms;
    state->asked = false;
    node_result_add(result, NODE_TAKE_OWN);
}

void node_on_busy(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    uint64_t wait = min_u64(event->retry_ms, REFUSED_MS_MAX);
    if (node_in_session(state)) {
        state->heard_ms = event->now_ms;
        state->pause_ms = event->now_ms + wait;
        node_result_add(result, NODE_REPORT)->code = event->code;
    } else if (state->phase == NODE_GREETING) {
        node_close_for(result, event, event->code, wait + node_backoff_ms(state, event->random));
    }
}

void node_on_reject(struct node_result *result, const struct node_event *event)
{
    if (result->state.phase == NODE_CLOSED)
        return;
    if (event->code == ERR_FORK)
        fork_found(result, event);
    else
        node_close_refused(result, event, event->retry_ms, event->code);
}

/* Another machine under our name has the session: come back, but do not wrestle for it. */
void node_on_bye(struct node_result *result, const struct node_event *event)
{
    uint64_t wait = PING_IDLE_MS / 2 + event->random % PING_IDLE_MS;
    enum err code = event->code == ERR_CONFLICT ? ERR_CONFLICT : ERR_UNREACHABLE;
    if (result->state.phase == NODE_CLOSED)
        return;
    if (code == ERR_CONFLICT)
        node_close_for(result, event, code, wait);
    else
        node_close_and_retry(result, event, code);
}

void node_on_heard(struct node_result *result, const struct node_event *event)
{
    struct node_core *state = &result->state;
    if (!node_in_session(state))
        return;
    state->heard_ms = event->now_ms;
    if (event->type == NODE_GOT_FEED && event->session == state->session)
        node_result_add(result, NODE_TAKE_FEED);
    if (event->type == NODE_GOT_PING) {
        node_result_add(result, NODE_SEND_PONG)->seq = event->nonce;
        state->spoke_ms = event->now_ms;
    }
}
