#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ledger/ledger.h"
#include "lib/ledger/roster.h"
#include "lib/store/blobs.h"
#include "proto/sync/times.h"

/* A site's side of sync without sockets: the pure session core (proto/sync/node_core.h), the ledger
 * and the blobs behind it, and four hooks in front. The daemon drives it over ZeroMQ, the simulator
 * over an invented network.
 *
 * One thread calls it. No write transaction is open when it is called, and it leaves none open.
 * Hooks are called from inside these functions and must not call back into them, except that
 * link_send may be followed later by node_on_link_lost.
 *
 * When a commit's outcome is unknown (or the store fails for good) the engine stops doing anything;
 * node_tick says so and the process must end and open the store afresh. */

enum node_log_level { NODE_LOG_DEBUG, NODE_LOG_INFO, NODE_LOG_WARN, NODE_LOG_ERROR };

struct node_hooks {
    void *context;
    /* Start connecting to the broker of the membership; node_on_link_ready or node_on_link_lost
     * follows. An error counts as lost. */
    NODISCARD enum err (*link_open)(void *context, const struct membership *membership);
    void (*link_close)(void *context);
    /* Errors: ERR_BUSY (not now, tried again at the next tick), anything else counts as lost.
     * `frame` is borrowed. */
    NODISCARD enum err (*link_send)(void *context, struct bytes frame);
    void (*random)(void *context, uint8_t *out, size_t len);
    /* May be NULL. `event` is a literal "noun.verb", `pairs` logfmt pairs or "". */
    void (*log)(void *context, enum node_log_level level, const char *event, const char *pairs);
};

struct node_config {
    const char *software; /* at most 32 bytes; copied */
    uint8_t sign_secret[SIGN_SECRET_BYTES];
};

struct node;

struct node_setup {
    struct ledger *ledger; /* borrowed, role LEDGER_NODE; outlives the node, as do the blobs */
    struct blobs *blobs;
    struct node_hooks hooks;
    struct node_config config;
};

/* Errors: ERR_NO_MEMORY, store errors. */
NODISCARD enum err node_new(const struct node_setup *setup, struct times now,
                            struct node **node_out, struct err_info *info);
void node_free(struct node *node); /* NULL is fine; does not call hooks */

/* The process is about to end in good order: tell the broker, so that it does not wait for a minute
 * to notice. */
void node_say_bye(struct node *node);

/* The socket can be written for the first time. */
void node_on_link_ready(struct node *node, struct times now);
/* `code`: ERR_UNREACHABLE, or ERR_DENIED when the broker does not admit the key (then the back-off
 * is long). */
void node_on_link_lost(struct node *node, enum err code, struct times now);
void node_on_frame(struct node *node, struct bytes frame, struct times now);
/* Something was written to the ledger by others in this process. */
void node_on_local_commit(struct node *node, struct times now);
/* The membership row was stored or changed: read it and connect. */
NODISCARD enum err node_on_membership(struct node *node, struct times now, struct err_info *info);
/* Cut the back-off short. */
void node_sync_now(struct node *node, struct times now);

/* Do what is due. wake_ms_out: the steady time by which to call again (WAKE_NEVER: only on an
 * event). Errors: ERR_UNKNOWN_OUTCOME and other store errors after which the process must start
 * again. */
NODISCARD enum err node_tick(struct node *node, struct times now, uint64_t *wake_ms_out);

struct node_status {
    bool joined;
    const char *phase;        /* "closed" "opening" "greeting" "recover" "steady"; static */
    uint64_t pending;         /* own operations, all epochs, not acknowledged */
    uint64_t sent_seq;        /* on the wire in this session */
    uint64_t last_success_ms; /* Unix, last acknowledgement or WELCOME; 0 = never since start */
    enum err last_error;
    char last_error_text[ERR_TEXT_BYTES];
    int64_t clock_offset_ms; /* this machine minus the broker */
    bool clock_warning;      /* beyond CLOCK_WARN_MS */
    uint64_t feed_cursor;
    uint64_t blobs_pending; /* own files the broker does not have yet */
    uint64_t retry_at_ms;   /* steady; 0: not waiting */
    uint32_t epoch;
    uint64_t unknown_messages, bad_frames, feed_refused; /* since start */
};
void node_status(struct node *node, struct node_status *status_out);
