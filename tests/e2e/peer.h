#pragma once

#include "lib/ledger/roster.h"
#include "lib/link/dealer.h"
#include "lib/sys/keys.h"
#include "proto/sync/msg.h"

/* A site that keeps to no rule but holds real keys: the keys and the membership of a data directory
 * made by `cse init` and `cse join`, a chain of its own, and a connection over which it says
 * whatever it is told to. What it must remember between two runs (token, length and head of its
 * log) is in DIR/peer.state. Any failure ends the program: it is only ever run by tests. */

struct peer {
    const char *dir;
    struct keys keys;
    struct membership membership;
    uint64_t site;
    struct origin origin;
    uint8_t token[MSG_TOKEN_BYTES];
    uint64_t seq;
    uint8_t head[HASH_BYTES];
    uint64_t session;
    void *context;
    struct dealer *dealer;
};

/* Print to standard error and exit with 1. */
_Noreturn PRINTF_LIKE(1, 2) void die(const char *format, ...);

void peer_load(struct peer *peer, const char *dir);
/* What the broker must still know next time. */
void peer_save(const struct peer *peer);
/* Wait for the handshake's end. A `secret` other than NULL is used in place of the site's own
 * transport key. */
enum dealer_state peer_connect(struct peer *peer, const uint8_t *secret);
void peer_close(struct peer *peer);

void peer_send(struct peer *peer, struct bytes frame);
void peer_say(struct peer *peer, const struct msg *msg);
/* The next message within `wait_ms` that is none of PING, PONG, FEED; its memory lives until the
 * next call. False: silence, or the line is gone (peer_lost). */
bool peer_hear(struct peer *peer, uint32_t wait_ms, struct msg *msg_out);
bool peer_lost(struct peer *peer);
/* Does the broker still answer this connection? */
bool peer_ping(struct peer *peer);

/* HELLO as `site`; true when a WELCOME came, whose token and session are kept. */
bool peer_hello(struct peer *peer, uint64_t site, struct msg *answer_out);

/* One operation of a batch that is to be spoiled before it is sent. */
struct forgery {
    struct origin origin;
    uint64_t first;
    uint8_t prev_head[HASH_BYTES];
    uint8_t head[HASH_BYTES]; /* after the entry */
    struct mp_buf entry;
};

/* A forgery that is in order: next in the own chain, around `entry` (taken over). */
struct forgery forgery_of(const struct peer *peer, struct mp_buf entry);
/* Seal it with the site's key, or with one made up, and send it as a TXNS of `session`. */
void forgery_send(struct peer *peer, struct forgery *forgery, bool sealed, uint64_t session);
/* The broker has stored it: the own chain goes on after it. */
void forgery_keep(struct peer *peer, const struct forgery *forgery);

/* Entries. A complaint of the own site under a new id that is in order, … */
struct mp_buf entry_complaint(const struct peer *peer, int64_t acknowledged_after_days);
/* … a change of a text field in somebody's record, … */
struct mp_buf entry_change(const struct peer *peer, const char *rid_text);
/* … an operation in a format that only a later version reads. */
struct mp_buf entry_newer(const struct peer *peer);

/* ---- findings, one line each on standard output ---- */

void tell(const char *what);
void tell_message(const struct msg *msg);
/* Tell what comes, "silence" or "lost"; true when it was an ACK without a complaint. */
bool tell_answer(struct peer *peer, uint32_t wait_ms);
const char *state_text(enum dealer_state state);
/* Connect, or tell why not and end the program. */
void connect_or_end(struct peer *peer);
/* HELLO, and how it was taken; false when there is no session. */
bool greet(struct peer *peer, uint64_t site);
/* Connect and greet, or end the program. */
void open_session(struct peer *peer);
