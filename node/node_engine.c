#include "node/node_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The driver of the pure core: look up what an event must know, step, carry out the effects in
 * order. What follows from an effect (sent, saved, lost) is queued as the next event, so a step
 * never runs inside another. */

void node_log(const struct node *node, enum node_log_level level, const char *event,
              const char *format, ...)
{
    if (node->hooks.log == NULL)
        return;
    char pairs[NODE_PAIRS_BYTES_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(pairs, sizeof(pairs), format, args);
    va_end(args);
    node->hooks.log(node->hooks.context, level, event, len < 0 ? "" : pairs);
}

void node_fail(struct node *node, enum err code)
{
    if (node->fatal != ERR_OK)
        return;
    node->fatal = code;
    node_log(node, NODE_LOG_ERROR, "node.stopped", "code=%s", err_slug(code));
}

enum err node_commit(struct node *node, struct store_txn *txn)
{
    struct err_info info = {.code = ERR_OK};
    switch (store_commit(txn, &info)) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        return info.code == ERR_FULL ? ERR_FULL : ERR_IO;
    case STORE_UNKNOWN:
        break;
    }
    node_fail(node, ERR_UNKNOWN_OUTCOME);
    return ERR_UNKNOWN_OUTCOME;
}

void node_abort(struct node *node, struct store_txn *txn)
{
    store_abort(txn);
    enum err err = ledger_forget(node->ledger);
    if (err != ERR_OK)
        node_fail(node, err);
}

void node_follow(struct node *node, struct node_event event)
{
    assert(node->event_count < NODE_EVENTS_MAX);
    node->events[node->event_count++] = event;
}

/* ---- effects ---- */

static void report(struct node *node, enum err code)
{
    if (code == ERR_OK) {
        node->last_success_ms = node->now.unix_ms;
        node->last_error.code = ERR_OK;
        node->last_error.text[0] = '\0';
        node_log(node, NODE_LOG_INFO, "sync.welcome", "epoch=%u", node->core.epoch);
        return;
    }
    if (node->last_error.code != code || node->last_error.text[0] == '\0')
        (void)err_set(&node->last_error, code, "%s", err_text(code));
    node_log(node, NODE_LOG_WARN, "sync.trouble", "code=%s phase=%d", err_slug(code),
             (int)node->core.phase);
}

static void open_link(struct node *node)
{
    enum err err = node->hooks.link_open(node->hooks.context, &node->membership);
    if (err != ERR_OK)
        node_follow(node, (struct node_event){.type = NODE_LINK_LOST, .code = err});
}

static void close_link(struct node *node)
{
    node_drop_outbox(node);
    node->hooks.link_close(node->hooks.context);
}

static enum err carry_out(struct node *node, const struct node_effect *effect)
{
    switch (effect->type) {
    case NODE_OPEN_LINK:
        open_link(node);
        break;
    case NODE_CLOSE_LINK:
        close_link(node);
        break;
    case NODE_SEND_HELLO:
        node_send_hello(node);
        break;
    case NODE_SAVE_WELCOME:
        return node_save_welcome(node);
    case NODE_SAVE_ACK:
        return node_save_ack(node, effect->seq);
    case NODE_SEND_TXNS:
        node_send_txns(node, effect->seq, effect->bytes);
        break;
    case NODE_ASK_OWN:
        node_ask_own(node);
        break;
    case NODE_TAKE_OWN:
        node_take_own(node);
        break;
    case NODE_TAKE_FEED:
        node_take_feed(node);
        break;
    case NODE_SEND_PING:
        node_send_ping(node);
        break;
    case NODE_SEND_PONG: {
        struct msg pong = {.type = MSG_PONG,
                           .pong = {.nonce = effect->seq, .unix_ms = node->now.unix_ms}};
        node_send_small(node, &pong);
        break;
    }
    case NODE_REPORT:
        report(node, effect->code);
        break;
    }
    return ERR_OK;
}

static void step(struct node *node, struct node_event *event)
{
    event->now_ms = node->now.mono_ms;
    uint8_t random[4];
    node->hooks.random(node->hooks.context, random, sizeof(random));
    event->random = get_u32(random);
    struct node_result result;
    node_core_step(&node->core, event, &result);
    node->core = result.state;
    for (uint32_t i = 0; i < result.effect_count && node->fatal == ERR_OK; i++) {
        enum err err = carry_out(node, &result.effects[i]);
        if (err != ERR_OK && node->fatal == ERR_OK) {
            node_follow(node, (struct node_event){.type = NODE_SAVE_FAILED, .code = err});
            return;
        }
    }
}

void node_run(struct node *node, struct node_event event)
{
    assert(!node->running);
    node->running = true;
    node->event_count = 0;
    node_follow(node, event);
    /* Each TXNS sent may allow the next: bounded by the frames under way. */
    for (uint32_t rounds = 0; node->event_count > 0 && node->fatal == ERR_OK; rounds++) {
        assert(rounds < 64 * NODE_EVENTS_MAX);
        struct node_event next = node->events[0];
        node->event_count--;
        memmove(node->events, node->events + 1, node->event_count * sizeof(node->events[0]));
        step(node, &next);
    }
    node->event_count = 0;
    node->running = false;
}

/* ---- the outside ---- */

static enum err load(struct node *node, struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(node->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = membership_get(txn, &node->membership);
    if (err == ERR_OK)
        err = node_read_rows(node, txn);
    store_abort(txn);
    return err == ERR_OK ? ERR_OK : err_wrap(info, err, "read the node's rows");
}

enum err node_new(const struct node_setup *setup, struct times now, struct node **node_out,
                  struct err_info *info)
{
    struct node *node = calloc(1, sizeof(*node));
    if (node == NULL)
        return err_set(info, ERR_NO_MEMORY, "node: out of memory");
    node->ledger = setup->ledger;
    node->store = ledger_store(setup->ledger);
    node->blobs = setup->blobs;
    node->hooks = setup->hooks;
    node->now = now;
    assert(strlen(setup->config.software) <= MSG_SOFTWARE_BYTES_MAX);
    memcpy(node->software, setup->config.software, strlen(setup->config.software));
    memcpy(node->sign_secret, setup->config.sign_secret, SIGN_SECRET_BYTES);
    memcpy(node->sign_public, node->sign_secret + SIGN_SECRET_BYTES - SIGN_PUBLIC_BYTES,
           SIGN_PUBLIC_BYTES);
    mp_buf_init(&node->frame, FRAME_BYTES_MAX);
    mp_buf_init(&node->items, FRAME_BYTES_MAX);
    for (uint32_t i = 0; i < NODE_OUTBOX_MAX; i++)
        mp_buf_init(&node->outbox[i], FRAME_BYTES_MAX);
    arena_init(&node->arena, NODE_ARENA_BYTES_MAX);
    node->blob_items = calloc(NODE_BLOBS_MAX, sizeof(*node->blob_items));
    enum err err = node->blob_items == NULL ? err_set(info, ERR_NO_MEMORY, "node: out of memory")
                                            : load(node, info);
    if (err != ERR_OK) {
        node_free(node);
        return err;
    }
    node->scan_more = true;
    node->blobs_more = true;
    node->core.joined = node->membership.joined;
    node->core.wake_ms = now.mono_ms;
    *node_out = node;
    return ERR_OK;
}

void node_free(struct node *node)
{
    if (node == NULL)
        return;
    mp_buf_deinit(&node->frame);
    mp_buf_deinit(&node->items);
    for (uint32_t i = 0; i < NODE_OUTBOX_MAX; i++)
        mp_buf_deinit(&node->outbox[i]);
    arena_deinit(&node->arena);
    free(node->blob_items);
    free(node);
}

void node_on_link_ready(struct node *node, struct times now)
{
    node->now = now;
    node_run(node, (struct node_event){.type = NODE_LINK_READY});
}

void node_on_link_lost(struct node *node, enum err code, struct times now)
{
    node->now = now;
    node_run(node, (struct node_event){.type = NODE_LINK_LOST,
                                       .code = code == ERR_OK ? ERR_UNREACHABLE : code});
}

void node_on_frame(struct node *node, struct bytes frame, struct times now)
{
    node->now = now;
    if (node->fatal == ERR_OK && node->core.phase != NODE_CLOSED)
        node_read_frame(node, frame);
    if (node->fatal == ERR_OK)
        node_blobs_step(node);
}

static void tell_written(struct node *node)
{
    struct store_txn *txn;
    node->untold = true; /* unless it works, the next tick tries again */
    if (store_begin(node->store, STORE_READ, &txn, NULL) != ERR_OK)
        return;
    struct origin_row row;
    enum err err = node_origin(txn, node_own(node, ledger_identity(node->ledger).epoch), &row);
    store_abort(txn);
    node->untold = err != ERR_OK;
    if (err == ERR_OK && node->core.phase == NODE_STEADY)
        node_run(node, (struct node_event){.type = NODE_WROTE, .own_seq = row.stored_seq});
}

void node_on_local_commit(struct node *node, struct times now)
{
    node->now = now;
    node->scan_more = true;
    if (node->fatal == ERR_OK)
        tell_written(node);
}

enum err node_on_membership(struct node *node, struct times now, struct err_info *info)
{
    node->now = now;
    enum err err = load(node, info);
    if (err == ERR_OK && node->membership.joined)
        node_run(node, (struct node_event){.type = NODE_JOINED});
    return err;
}

void node_sync_now(struct node *node, struct times now)
{
    node->now = now;
    node_run(node, (struct node_event){.type = NODE_SYNC_NOW});
}

enum err node_tick(struct node *node, struct times now, uint64_t *wake_ms_out)
{
    node->now = now;
    if (node->fatal == ERR_OK && node->untold)
        tell_written(node);
    if (node->fatal == ERR_OK && node->scan_more && node_scan_files(node) != ERR_OK)
        node_log(node, NODE_LOG_WARN, "files.scan", "postponed=true");
    if (node->fatal == ERR_OK && node->core.phase != NODE_CLOSED)
        node_flush(node);
    if (node->fatal == ERR_OK)
        node_run(node, (struct node_event){.type = NODE_TICK});
    if (node->fatal == ERR_OK)
        node_blobs_step(node);
    uint64_t wake = node_core_wake(&node->core);
    bool blocked = node->outbox_count > 0 || node->chunk_want_count > 0;
    if (blocked && node->core.phase != NODE_CLOSED && wake > now.mono_ms + NODE_BLOCKED_MS)
        wake = now.mono_ms + NODE_BLOCKED_MS;
    if ((node->scan_more || node->untold) && wake > now.mono_ms + NODE_BLOCKED_MS)
        wake = now.mono_ms + NODE_BLOCKED_MS;
    *wake_ms_out = wake;
    return node->fatal;
}

/* From the rows: those in memory are what a session works at, and there may be none. */
static uint64_t count_files(struct node *node)
{
    struct store_txn *txn;
    struct store_iter *iter = NULL;
    uint64_t count = 0;
    if (store_begin(node->store, STORE_READ, &txn, NULL) != ERR_OK)
        return 0;
    enum err err =
        store_iter_open(txn, NS_BLOB, (struct bytes){0}, (struct bytes){0}, STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        uint64_t size;
        enum blob_state state;
        count += node_read_blob_row(value, &size, &state) == ERR_OK && state == BLOB_PENDING;
    }
    store_iter_close(iter);
    store_abort(txn);
    return count;
}

void node_status(struct node *node, struct node_status *status_out)
{
    static const char *const phases[] = {"closed", "opening", "greeting", "recover", "steady"};
    struct node_status status = {
        .joined = node->membership.joined,
        .phase = phases[node->core.phase],
        .pending = node_pending(node),
        .sent_seq = node->core.sent_seq,
        .last_success_ms = node->last_success_ms,
        .last_error = node->last_error.code,
        .clock_offset_ms = node->clock_offset_ms,
        .feed_cursor = node->membership.feed_cursor,
        .retry_at_ms =
            node->core.phase == NODE_CLOSED && node->core.joined ? node->core.wake_ms : 0,
        .epoch = ledger_identity(node->ledger).epoch,
        .unknown_messages = node->unknown_messages,
        .bad_frames = node->bad_frames,
        .feed_refused = node->feed_refused,
        .blobs_pending = count_files(node),
    };
    memcpy(status.last_error_text, node->last_error.text, sizeof(status.last_error_text));
    status.clock_warning =
        status.clock_offset_ms > CLOCK_WARN_MS || status.clock_offset_ms < -CLOCK_WARN_MS;
    *status_out = status;
}
