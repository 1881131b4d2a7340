#pragma once

#include "node/node.h"
#include "proto/sync/msg.h"
#include "proto/sync/node_core.h"

/* What the files of the node's engine share. */

/* How far the centre's operations are returned to an incarnation of the broker. */
struct node_back {
    uint8_t incarnation[MSG_INCARNATION_BYTES];
    struct dot at; /* the next one; of site 0: all are */
};

enum {
    NODE_OUTBOX_MAX = 32,  /* small frames that wait for a full link */
    NODE_BLOBS_MAX = 1024, /* files under way that are kept in memory at a time */
    NODE_CHUNK_WANTS_MAX = BLOB_OFFERS_MAX,
    NODE_FETCH_MAX = 1024,   /* own former epochs that are not whole here yet */
    NODE_SCAN_OPS = 512,     /* operations looked through for files in one transaction */
    NODE_BLOB_TRIES_MAX = 3, /* a file that arrives damaged, in one session */
    NODE_ARENA_BYTES_MAX = 4 * 1024 * 1024,
    NODE_PAIRS_BYTES_MAX = 256,
    NODE_EVENTS_MAX = 2 * NODE_EFFECTS_MAX,
};

/* NS_BLOB at a node: [size, state]. */
enum blob_state {
    BLOB_PENDING = 1 /* the broker lacks it */,
    BLOB_CONFIRMED = 2,
    BLOB_WANTED = 3 /* we lack it */
};

struct blob_item {
    uint8_t hash[HASH_BYTES];
    uint64_t size;
    enum blob_state state;
    uint64_t quiet_ms; /* steady; leave it alone until then: offered, or given up for a while */
    uint8_t tries;
};

struct chunk_want {
    uint8_t hash[HASH_BYTES];
    uint32_t next, count;
};

struct node {
    struct ledger *ledger;
    struct store *store;
    struct blobs *blobs;
    struct node_hooks hooks;
    char software[MSG_SOFTWARE_BYTES_MAX + 1];
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    struct node_core core;
    struct times now;
    struct membership membership;
    uint32_t move_epoch; /* granted and not yet moved to; 0: none */
    uint32_t fetch[NODE_FETCH_MAX];
    uint32_t fetch_count;
    enum err fatal;

    struct node_event events[NODE_EVENTS_MAX]; /* that follow from effects */
    uint32_t event_count;
    bool running;

    const struct msg *msg; /* at hand while its event runs */
    uint32_t hello_epoch;
    bool recover_current; /* this session's WELCOME said RECOVER */
    uint32_t asked_epoch;
    uint64_t compare_from, fetch_from;
    bool feed_begun; /* a FEED was taken in this session */

    /* what this session's WELCOME said is at the broker; 0: it takes no RETURN */
    uint32_t centre_epoch;
    struct msg_held held[MSG_HELD_MAX];
    uint32_t held_count;
    struct node_back back; /* how far the centre's operations are returned */
    struct dot back_own;   /* where the own former epochs are looked at next */
    struct dot back_next;  /* behind the RETURN under way */
    bool back_under_way, back_is_own;
    uint64_t back_number;

    struct mp_buf outbox[NODE_OUTBOX_MAX];
    uint32_t outbox_first, outbox_count;
    uint64_t blocked_until_ms;
    struct mp_buf frame, items;
    struct arena arena;
    struct batch batch;
    struct op op;
    uint8_t chunk[BLOB_CHUNK_BYTES];

    struct blob_item *blob_items; /* NODE_BLOBS_MAX */
    uint32_t blob_count;
    bool blobs_more; /* rows beyond those in memory */
    bool untold;     /* a write that the core has not heard of: memory was short */
    bool scan_more;  /* own operations not looked through for files */
    bool want_open;  /* a BLOB_WANT of ours is under way */
    uint64_t want_ms;
    struct chunk_want chunk_wants[NODE_CHUNK_WANTS_MAX];
    uint32_t chunk_want_count;

    uint64_t last_success_ms;
    struct err_info last_error;
    int64_t clock_offset_ms;
    uint64_t unknown_messages, bad_frames, feed_refused;
};

PRINTF_LIKE(4, 5)
void node_log(const struct node *node, enum node_log_level level, const char *event,
              const char *format, ...);
/* Stop for good. */
void node_fail(struct node *node, enum err code);
/* Commit; an unknown outcome stops the node. Errors: ERR_IO or ERR_FULL (nothing happened),
 * ERR_UNKNOWN_OUTCOME. */
NODISCARD enum err node_commit(struct node *node, struct store_txn *txn);
/* Give up a transaction the ledger wrote in. */
void node_abort(struct node *node, struct store_txn *txn);
/* Queue an event that follows from an effect. */
void node_follow(struct node *node, struct node_event event);
/* Feed an event and all that follows from it. */
void node_run(struct node *node, struct node_event event);

/* Encode and send a small frame; it waits its turn when the link is full. */
void node_send_small(struct node *node, const struct msg *msg);
/* Send a large one now or not at all. Errors: ERR_BUSY, ERR_TOO_BIG, others: the link is lost. */
NODISCARD enum err node_send_large(struct node *node, const struct msg *msg);
void node_flush(struct node *node);
void node_drop_outbox(struct node *node);

/* node_session.c */
void node_read_frame(struct node *node, struct bytes frame);
void node_send_hello(struct node *node);
void node_send_ping(struct node *node);
NODISCARD enum err node_save_welcome(struct node *node);
NODISCARD enum err node_save_ack(struct node *node, uint64_t seq);
void node_send_txns(struct node *node, uint64_t first, uint32_t room_bytes);
uint64_t node_pending(struct node *node);

/* node_rows.c: what must survive a crash in the middle of a change of epoch, and how far files were
 * looked for. */
NODISCARD enum err node_read_rows(struct node *node, struct store_txn *txn);
NODISCARD enum err node_put_move(struct store_txn *txn, uint32_t epoch);
NODISCARD enum err node_put_fetch(struct store_txn *txn, const uint32_t *epochs, uint32_t count);
NODISCARD enum err node_get_scan(struct store_txn *txn, uint32_t *epoch_out, uint64_t *seq_out);
NODISCARD enum err node_put_back(struct store_txn *txn, const struct node_back *back);
NODISCARD enum err node_put_scan(struct store_txn *txn, uint32_t epoch, uint64_t seq);
NODISCARD enum err node_get_blob(struct store_txn *txn, const uint8_t hash[HASH_BYTES],
                                 uint64_t *size_out, enum blob_state *state_out);
/* The broker may have come back from an old copy: nothing counts as confirmed any more. Every file
 * here is offered again; what the broker has it confirms at once. */
NODISCARD enum err node_offer_again(struct node *node, struct store_txn *txn);
NODISCARD enum err node_put_blob(struct store_txn *txn, const uint8_t hash[HASH_BYTES],
                                 uint64_t size, enum blob_state state);
NODISCARD enum err node_read_blob_row(struct bytes row, uint64_t *size_out,
                                      enum blob_state *state_out);
/* The row of an own origin; one that has written nothing when absent. */
NODISCARD enum err node_origin(struct store_txn *txn, struct origin origin,
                               struct origin_row *row_out);
struct origin node_own(const struct node *node, uint32_t epoch);
bool node_moving(const struct node *node);    /* a change of epoch is not finished */
bool node_move_open(const struct node *node); /* its first half is not */

/* node_recover.c */
void node_ask_own(struct node *node);
void node_take_own(struct node *node);

/* node_return.c */
/* Has this site what the broker that says `welcome` may lack? */
NODISCARD enum err node_has_return(struct node *node, struct store_txn *txn,
                                   const struct msg_welcome *welcome, bool *has_out);
void node_begin_return(struct node *node, const struct msg_welcome *welcome);
/* Send the next RETURN. False: nothing is left. */
NODISCARD enum err node_send_return(struct node *node, bool *sent_out);
bool node_awaits(const struct node *node, const struct msg_returned *returned);
NODISCARD enum err node_take_returned(struct node *node);

/* node_feed.c */
void node_take_feed(struct node *node);

/* node_files.c */
/* Files that `entry` (of `origin`) attaches. */
void node_files_of(struct node *node, struct origin origin, struct bytes entry,
                   void (*each)(void *context, const uint8_t hash[HASH_BYTES], uint64_t size),
                   void *context);
/* Note those of them that are not here to be asked for. */
NODISCARD enum err node_want_files(struct node *node, struct store_txn *txn, struct origin origin,
                                   struct bytes entry);
NODISCARD enum err node_scan_files(struct node *node);
NODISCARD enum err node_load_blobs(struct node *node);

/* node_blobs.c */
void node_blobs_reset(struct node *node); /* a session begins */
void node_blobs_step(struct node *node);
void node_on_blob_msg(struct node *node, const struct msg *msg);
