#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/sync/msg.h"
#include "proto/sync/node_core.h"
#include "proto/sync/times.h"

/* One site's session at the broker as a pure function: state and event in, state and effects out.
 * The driver (broker/broker_*.c) looks up what an event must know, carries out effects in order,
 * and tells of commits. Nothing is acknowledged but by SESSION_STORED, which the driver feeds after
 * the durable commit. */

/* What the token of a HELLO says about who holds it. */
enum token_fact {
    TOKEN_CURRENT,  /* the last one given */
    TOKEN_PREVIOUS, /* the one before; the last one never proved to have arrived */
    TOKEN_AHEAD, /* ours, and newer than this store remembers: the broker came back from an old copy
                  */
    TOKEN_STALE, /* used up, or never given: a copy of the machine is at work, or came back from a
                    backup */
};

struct hello_facts {
    uint32_t proto_min, proto_max;
    uint32_t epoch;  /* the node writes under */
    uint32_t newest; /* granted to the site */
    enum token_fact token;
    bool regrant; /* the same token was answered with `newest` already, and that answer never proved
                     to have arrived */
    bool want_epoch;
    bool released; /* an administrator has decided for both lineages */
    uint64_t seq;
    uint64_t acked_seq;
    uint64_t stored_seq; /* of `epoch` */
    enum chain_fact
        chain; /* the node's head within our log; BEYOND: its log is as long as ours or longer */
    bool same_incarnation;
    uint64_t feed_cursor;
    uint64_t feed_last; /* newest feed number of the site */
};

struct hello_verdict {
    enum err code; /* ERR_VERSION: no common protocol */
    enum welcome_mode mode;
    uint32_t epoch;
    bool noticed;       /* a copy was noticed: written to the roster */
    bool suspect;       /* two machines are alive under one name: both are held */
    bool retire;        /* the HELLO's own epoch must not be taken up again with this token */
    uint64_t feed_from; /* feed number the site has */
};

/* Who may write under which epoch (docs/wire.md, "Copies of a machine"). */
struct hello_verdict hello_judge(const struct hello_facts *facts);

enum session_phase { SESSION_NEW, SESSION_GRANTING, SESSION_OPEN, SESSION_ENDED };

struct broker_session {
    enum session_phase phase;
    bool proven; /* the site has shown that it holds the new token */
    bool gapped; /* told to go back; until the right frame comes, others are dropped in silence */
    uint64_t session;
    uint32_t epoch;
    uint64_t stored_seq; /* durable */
    uint64_t queued_seq; /* stored, or waiting for the commit */
    uint32_t queued_bytes;
    uint32_t owed_bytes; /* credit to give back with the next ACK */
    uint64_t feed_last;  /* newest entry there is */
    uint64_t feed_sent, feed_acked;
    uint32_t feed_count;
    uint64_t feed_to[FEED_UNACKED_FRAMES_MAX]; /* last number of each FEED under way */
    uint64_t feed_wait_ms;                     /* the link was full: not before */
    uint64_t feed_ms; /* when the oldest FEED under way was sent, or the last acknowledged */
    uint64_t heard_ms;
};

/* What checking a TXNS frame found. */
enum txns_verdict {
    TXNS_NEXT,   /* follows what is queued, chain and seals hold */
    TXNS_KNOWN,  /* all of it is stored or queued already, and equal */
    TXNS_OTHER,  /* leaves a gap, or overlaps: not judged further */
    TXNS_FORKED, /* claims a known place with another history */
    TXNS_BAD_SEAL,
    TXNS_NOT_YOURS, /* another site's, or another epoch's */
    TXNS_NO_ROOM,   /* the broker's queue is full, or its disk (code) */
};

enum session_event_type {
    SESSION_HELLO,   /* verdict's epoch, session, stored_seq, feed_from, feed_last: being granted */
    SESSION_GRANTED, /* that commit is durable */
    SESSION_TXNS,    /* verdict, seq = last, bytes, code; session */
    SESSION_STORED,  /* seq, bytes: durable */
    SESSION_NOT_STORED, /* bytes, code, retry_ms: dropped */
    SESSION_FEED_GREW,  /* seq = newest number */
    SESSION_FEED_SENT,  /* seq = last number of the frame */
    SESSION_SEND_BLOCKED,
    SESSION_FEED_ACK,   /* session, seq */
    SESSION_FEED_AGAIN, /* the site has its own log back: before, it took no feed */
    SESSION_HEARD,      /* proves: it named the session */
    SESSION_PING,       /* nonce */
    SESSION_TICK,
    SESSION_REPLACED, /* the site came again */
    SESSION_REFUSED,  /* code: revoked, malformed, …; retry_ms */
    SESSION_LOST,     /* its connection is gone */
};

struct session_event {
    enum session_event_type type;
    uint64_t now_ms;
    uint64_t session;
    uint32_t epoch;
    uint64_t seq;
    uint64_t feed_from, feed_last;
    uint32_t bytes;
    uint32_t retry_ms;
    uint64_t nonce;
    bool proves;
    enum txns_verdict verdict;
    enum err code;
};

enum session_effect_type {
    SESSION_SEND_WELCOME,
    SESSION_PROVE,       /* forget the previous token with the next commit */
    SESSION_QUEUE,       /* the TXNS at hand, for the next commit */
    SESSION_SEND_ACK,    /* bytes = credit, code */
    SESSION_SEND_BUSY,   /* retry_ms, code */
    SESSION_SEND_REJECT, /* code, retry_ms */
    SESSION_SEND_FEED,   /* seq = first number; answer with FEED_SENT or SEND_BLOCKED */
    SESSION_SAVE_FEED,   /* seq: acknowledged, for the roster */
    SESSION_SEND_PONG,   /* nonce */
    SESSION_SEND_BYE,    /* code */
    SESSION_END,         /* code; nothing follows */
};

struct session_effect {
    enum session_effect_type type;
    uint64_t seq;
    uint32_t bytes;
    uint32_t retry_ms;
    enum err code;
};

struct session_result {
    struct broker_session state;
    uint32_t effect_count;
    struct session_effect effects[BROKER_EFFECTS_MAX];
};

enum { SESSION_BLOCKED_MS = 50, SESSION_RETRY_MS = 1000 };

void broker_session_step(const struct broker_session *state, const struct session_event *event,
                         struct session_result *result_out);
/* When SESSION_TICK is due next. */
uint64_t broker_session_wake(const struct broker_session *state);
