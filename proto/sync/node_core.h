#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/sync/msg.h"
#include "proto/sync/times.h"

/* A site's session with its broker as a pure function: state and event in, state and effects out.
 * No clock, no randomness, no memory, no log; the driver (node/node_*.c) looks up what an event
 * must know and carries out the effects in order. When a save among them fails, the driver drops
 * the rest and feeds NODE_SAVE_FAILED. */

enum node_phase { NODE_CLOSED, NODE_OPENING, NODE_GREETING, NODE_RECOVER, NODE_STEADY };

/* How a position the broker names lies on the own chain. */
enum chain_fact {
    CHAIN_SAME,    /* the own head there is the one it gave */
    CHAIN_DIFFERS, /* it is not: two histories under one name */
    CHAIN_BEYOND,  /* the own log does not reach that far */
};

struct node_core {
    enum node_phase phase;
    bool joined;
    bool want_epoch;   /* the next HELLO asks for another epoch */
    bool asked;        /* OWN_GET under way */
    uint32_t attempts; /* to connect, since the last WELCOME */
    uint64_t wake_ms;  /* CLOSED: when to connect; OPENING, GREETING, RECOVER: when to give up */
    uint64_t session;
    uint32_t epoch;     /* written under in this session */
    uint64_t own_seq;   /* length of its log here */
    uint64_t sent_seq;  /* handed to the link in this session */
    uint64_t acked_seq; /* durable at the broker */
    uint32_t credit_bytes;
    uint32_t unacked_count;
    uint64_t unacked_last[UNACKED_FRAMES_MAX]; /* last sequence of each TXNS under way */
    uint64_t heard_ms, spoke_ms, progress_ms;
    uint64_t pause_ms;  /* send no TXNS before */
    uint32_t spread_ms; /* as the last WELCOME asked */
};

enum node_event_type {
    NODE_TICK,
    NODE_JOINED, /* there is a membership (again) */
    NODE_LINK_READY,
    NODE_LINK_LOST, /* code */
    NODE_SYNC_NOW,
    NODE_WROTE,        /* own_seq */
    NODE_GOT_WELCOME,  /* session, mode, epoch, seq = stored, chain, credit_bytes, own_seq,
                          own_epoch, moving, spread_ms */
    NODE_GOT_ACK,      /* session, epoch, seq = stored, chain, credit_bytes, code */
    NODE_GOT_OWN_OPS,  /* session */
    NODE_OWN_TAKEN,    /* done, own_seq; code ERR_FORK: they do not fit the own chain */
    NODE_GOT_FEED,     /* session */
    NODE_GOT_PING,     /* nonce */
    NODE_GOT_OTHER,    /* anything else that is valid */
    NODE_GOT_BUSY,     /* retry_ms, code */
    NODE_GOT_REJECT,   /* retry_ms, code */
    NODE_GOT_BYE,      /* code */
    NODE_GOT_BAD,      /* a frame that cannot be read; code */
    NODE_SENT,         /* seq = last of the TXNS, bytes */
    NODE_SPOKE,        /* something else went out */
    NODE_SEND_BLOCKED, /* the link is full */
    NODE_SAVE_FAILED,  /* code */
};

struct node_event {
    enum node_event_type type;
    uint64_t now_ms;
    uint32_t random; /* fresh with every event */
    uint64_t session;
    enum welcome_mode mode;
    uint32_t epoch;
    uint64_t seq;
    uint64_t own_seq;
    uint32_t own_epoch; /* the HELLO's */
    enum chain_fact chain;
    uint32_t credit_bytes;
    uint32_t bytes;
    uint32_t spread_ms;
    uint32_t retry_ms;
    uint64_t nonce;
    bool moving; /* a change of epoch has not been finished */
    bool done;
    enum err code;
};

enum node_effect_type {
    NODE_OPEN_LINK,
    NODE_CLOSE_LINK,
    NODE_SEND_HELLO,
    NODE_SAVE_WELCOME, /* token, incarnation, watermark, change of epoch: one commit */
    NODE_SAVE_ACK,     /* seq */
    NODE_SEND_TXNS,    /* seq = first, bytes = room for the whole frame; answer with NODE_SENT or
                          NODE_SEND_BLOCKED */
    NODE_ASK_OWN,
    NODE_TAKE_OWN,  /* absorb or compare the OWN_OPS at hand; answer with NODE_OWN_TAKEN */
    NODE_TAKE_FEED, /* absorb the FEED at hand with its cursor in one commit, then FEED_ACK */
    NODE_SEND_PING,
    NODE_SEND_PONG, /* seq = nonce */
    NODE_REPORT,    /* code: what went wrong; ERR_OK: all is well again */
};

struct node_effect {
    enum node_effect_type type;
    uint64_t seq;
    uint32_t bytes;
    enum err code;
};

struct node_result {
    struct node_core state;
    uint32_t effect_count;
    struct node_effect effects[NODE_EFFECTS_MAX];
};

/* The least credit a TXNS is begun with: the largest operation in a batch of its own. So a frame
 * never outgrows its credit. */
enum {
    TXNS_OVERHEAD_BYTES = 1024,
    TXNS_CREDIT_MIN_BYTES = OP_BYTES_MAX + TXNS_OVERHEAD_BYTES,
    NODE_BLOCKED_MS = 50
};

_Static_assert((int)CREDIT_START_BYTES >= (int)TXNS_CREDIT_MIN_BYTES,
               "with nothing under way the largest operation can be sent");

/* `result_out` may not overlap `state`. */
void node_core_step(const struct node_core *state, const struct node_event *event,
                    struct node_result *result_out);
/* When NODE_TICK is due next; WAKE_NEVER when only an event can change anything. */
uint64_t node_core_wake(const struct node_core *state);
/* Would NODE_TICK at this time send a TXNS? */
bool node_core_can_send(const struct node_core *state, uint64_t now_ms);
