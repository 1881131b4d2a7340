#pragma once

#include "proto/base/arena.h"
#include "proto/record/chain.h"

/* The messages between a site and the broker, one a frame: byte 0x01, then one MessagePack array
 * [type, …]. docs/wire.md, "Frames and sessions".
 *
 * Decoding admits with mp_scan first, checks every type and bound, and points into the frame: a
 * struct msg lives as long as the bytes it was read from. Items after the known ones are a newer
 * peer's and are skipped. Encoding asserts what decoding checks. */

enum { MSG_FRAME_VERSION = 1, PROTOCOL_MIN = 1, PROTOCOL_NOW = 1 };
enum {
    MSG_TOKEN_BYTES = 16,
    MSG_INCARNATION_BYTES = 16,
    MSG_SOFTWARE_BYTES_MAX = 32,
    MSG_TEXT_BYTES_MAX = 256
};
enum { MSG_KEY_BYTES = 32, MSG_PROOF_BYTES = 64, MSG_FEED_KEYS_MAX = 64, MSG_HELD_MAX = 128 };

enum msg_type {
    MSG_HELLO = 1,
    MSG_WELCOME = 2,
    MSG_TXNS = 3,
    MSG_ACK = 4,
    MSG_BLOB_OFFER = 5,
    MSG_BLOB_WANT = 6,
    MSG_BLOB_CHUNK = 7,
    MSG_BLOB_HAVE = 8,
    MSG_FEED = 9,
    MSG_FEED_ACK = 10,
    MSG_OWN_GET = 11,
    MSG_OWN_OPS = 12,
    MSG_RETURN = 13,
    MSG_PING = 14,
    MSG_PONG = 15,
    MSG_BUSY = 16,
    MSG_REJECT = 17,
    MSG_BYE = 18,
    MSG_RETURNED = 19,
    MSG_JOIN = 20,
    MSG_JOINED = 21,
};

enum welcome_mode {
    WELCOME_RESUME = 1,    /* write on under the HELLO's epoch, after stored_seq */
    WELCOME_RECOVER = 2,   /* the broker holds more of this epoch than the node: fetch it first */
    WELCOME_NEW_EPOCH = 3, /* the HELLO's epoch is not this machine's any more */
};

struct msg_hello {
    uint32_t proto_min, proto_max;
    struct bytes software;
    uint64_t site;
    uint32_t epoch;
    uint8_t token[MSG_TOKEN_BYTES]; /* as the last WELCOME gave it; zeros before the first */
    uint64_t seq;                   /* length of the own log of `epoch` */
    uint8_t head[HASH_BYTES];
    uint64_t acked_seq;
    uint64_t pending; /* not yet acknowledged, over all epochs */
    uint64_t unix_ms;
    uint8_t incarnation[MSG_INCARNATION_BYTES]; /* the broker's, as last seen; zeros at first */
    uint64_t feed_cursor;
    bool want_epoch; /* ext 1: the chains differ, grant another epoch */
};

struct msg_welcome {
    uint64_t session; /* never 0 */
    enum welcome_mode mode;
    uint8_t incarnation[MSG_INCARNATION_BYTES];
    uint32_t epoch; /* write under this one */
    uint8_t token[MSG_TOKEN_BYTES];
    uint64_t stored_seq; /* of the HELLO's epoch */
    uint8_t head[HASH_BYTES];
    uint64_t applied_seq;
    uint64_t unix_ms;
    uint32_t credit_bytes;
    uint64_t broker_site;
    struct bytes slug, name, organisation;
    uint32_t retry_spread_ms; /* wait up to this much longer before connecting again after a loss */
    uint32_t centre_epoch;    /* the centre writes under; 0: a broker that takes no RETURN */
    uint32_t held_count;      /* up to MSG_HELD_MAX */
    struct bytes held;        /* read with msg_read_held */
};

/* How much the broker has, without a gap, of an epoch that the site or the centre wrote under
 * before. */
struct msg_held {
    struct origin origin;
    uint64_t stored_seq;
};

struct msg_batches {
    struct bytes items; /* `count` encoded batches, one after another: read with batch_read */
    uint32_t count;
};

struct msg_txns {
    uint64_t session;
    struct msg_batches batches; /* at least one */
};

struct msg_ack {
    uint64_t session;
    uint32_t epoch;
    uint64_t stored_seq;
    uint8_t head[HASH_BYTES];
    uint64_t applied_seq;
    uint32_t credit_bytes; /* given back by this message */
    enum err
        code; /* other than ERR_OK: what was sent beyond stored_seq was dropped, send it again */
};

struct msg_offer {
    uint8_t hash[HASH_BYTES];
    uint64_t size;
};
struct msg_blob_offer {
    uint32_t count; /* 1..BLOB_OFFERS_MAX */
    struct msg_offer offers[BLOB_OFFERS_MAX];
};
struct msg_blob_want {
    uint8_t hash[HASH_BYTES];
    uint32_t from_chunk, count; /* count 1..BLOB_WINDOW_CHUNKS */
};
struct msg_blob_chunk {
    uint8_t hash[HASH_BYTES];
    uint64_t size; /* of the whole file; 0 with no bytes: the sender does not have it */
    uint32_t index;
    struct bytes chunk;
};
struct msg_blob_have {
    uint8_t hash[HASH_BYTES];
    uint64_t size;
};

struct msg_finding {
    struct dot dot;
    enum err code;
    struct bytes text;
};
struct msg_feed_key {
    uint64_t site;
    struct bytes slug;
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
};
struct msg_feed {
    uint64_t session;
    uint64_t from, to; /* feed numbers this frame covers */
    struct msg_batches batches;
    uint32_t finding_count; /* up to FEED_ENTRIES_PER_FRAME_MAX */
    struct bytes findings;  /* read with msg_read_finding */
    uint32_t key_count;     /* up to MSG_FEED_KEYS_MAX */
    struct bytes keys;      /* read with msg_read_feed_key */
};
struct msg_feed_ack {
    uint64_t session;
    uint64_t to;
};

struct msg_own_get {
    uint64_t session;
    uint32_t epoch;
    uint64_t from;
};
struct msg_own_ops {
    uint64_t session;
    uint32_t epoch;
    struct msg_batches batches; /* may be none */
    bool more;
};

/* What the broker once had and lost, other than the site's current log; answered before the next is
 * sent. */
struct msg_return {
    uint64_t session;
    uint64_t number;            /* counts from 1 in a session */
    struct msg_batches batches; /* at least one */
};
struct msg_returned {
    uint64_t session;
    uint64_t number;
    enum err code; /* ERR_FORK, ERR_GAP: some of it does not fit what is there; others: nothing was
                      kept, try again later */
};

struct msg_ping {
    uint64_t nonce; /* the session */
    uint64_t unix_ms;
    uint64_t pending;
};
struct msg_pong {
    uint64_t nonce;
    uint64_t unix_ms;
};
struct msg_busy {
    uint32_t retry_after_ms;
    enum err code;
};
struct msg_reject {
    enum err code;
    struct bytes text;
    uint32_t retry_after_ms;
};
struct msg_bye {
    enum err code;
};
struct msg_join {
    uint32_t proto;
    uint64_t site;
    uint8_t transport_public[MSG_KEY_BYTES];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    struct bytes software;
    uint8_t proof[MSG_PROOF_BYTES]; /* msg_join_prove */
    uint32_t epoch;                 /* it writes under; 0: it does not say, and means 1 */
};
struct msg_joined {
    struct bytes organisation, slug, name;
    bool partner;
    uint64_t broker_site;
    uint8_t broker_sign_public[SIGN_PUBLIC_BYTES];
    uint32_t epoch;         /* to write under in another machine's place; 0: in nobody's */
    uint32_t old_key_count; /* up to OLD_KEYS_MAX */
    struct bytes old_keys;  /* read with msg_read_old_key */
};

struct msg {
    enum msg_type type;
    union {
        struct msg_hello hello;
        struct msg_welcome welcome;
        struct msg_txns txns;
        struct msg_ack ack;
        struct msg_blob_offer blob_offer;
        struct msg_blob_want blob_want;
        struct msg_blob_chunk blob_chunk;
        struct msg_blob_have blob_have;
        struct msg_feed feed;
        struct msg_feed_ack feed_ack;
        struct msg_own_get own_get;
        struct msg_own_ops own_ops;
        struct msg_return back;
        struct msg_returned returned;
        struct msg_ping ping;
        struct msg_pong pong;
        struct msg_busy busy;
        struct msg_reject reject;
        struct msg_bye bye;
        struct msg_join join;
        struct msg_joined joined;
    };
};

/* Append a whole frame to `buf` (made by mp_buf_init with FRAME_BYTES_MAX). Check mp_buf_err
 * afterwards. */
void msg_encode(struct mp_buf *buf, const struct msg *msg);

/* Read one frame. Batches inside are only delimited: batch_read and batch_verify judge them.
 * Errors: ERR_CORRUPT, ERR_TOO_BIG, ERR_VERSION (frame version), ERR_UNSUPPORTED (a type we do not
 * know: ignore and count). */
NODISCARD enum err msg_decode(struct bytes frame, struct msg *msg_out);

/* A frame after which its sender may hang up without a further word: BYE, and the question of who
 * enrols. Looks at the type alone. */
bool msg_is_parting(struct bytes frame);

/* The type's name for logs: "hello". Never NULL. */
const char *msg_type_text(enum msg_type type);

/* The next one; the reader is over `findings` or `keys` of a decoded FEED, which have been checked.
 */
struct msg_finding msg_read_finding(struct mp_reader *reader);
struct msg_feed_key msg_read_feed_key(struct mp_reader *reader);
/* Likewise over a JOINED's `old_keys`. */
struct old_key msg_read_old_key(struct mp_reader *reader);
/* Likewise over a WELCOME's `held`. */
struct msg_held msg_read_held(struct mp_reader *reader);
/* Append one to a buffer whose bytes become `findings` or `keys`. */
void msg_put_finding(struct mp_buf *buf, const struct msg_finding *finding);
void msg_put_feed_key(struct mp_buf *buf, const struct msg_feed_key *key);
void msg_put_old_key(struct mp_buf *buf, const struct old_key *key);
void msg_put_held(struct mp_buf *buf, struct msg_held held);

/* The site's proof that it holds the signing key it enrols with:
 * Ed25519("cse-join-1" || invite public key || site8 || transport public key). Fills join->proof.
 */
void msg_join_prove(struct msg_join *join, const uint8_t invite_public[MSG_KEY_BYTES],
                    const uint8_t sign_secret[SIGN_SECRET_BYTES]);
bool msg_join_check(const struct msg_join *join, const uint8_t invite_public[MSG_KEY_BYTES]);
