#pragma once

#include "broker/broker.h"
#include "proto/sync/broker_session.h"
#include "proto/sync/msg.h"

/* What the files of the broker's engine share. */

enum {
    BROKER_BUCKETS = 32 * 1024, /* of each hash table; a power of two */
    BROKER_OUTBOX_MAX = 64,     /* frames that wait for one peer's full queue */
    BROKER_ARENA_BYTES_MAX = 4 * 1024 * 1024,
    BROKER_PAIRS_BYTES_MAX = 256,
    BROKER_DIRTY_MAX = 1024, /* sites whose feed grew, before all are looked at */
    BROKER_BLOB_TRIES_MAX = 3,
    BROKER_HEARD_MS = 60 * 1000, /* last heard is written at most this often */
    BROKER_FULL_RETRY_MS = 60 * 1000,
    BROKER_USAGE_MS = 1000, /* how often the disk is asked */
    BROKER_INCARNATION_BYTES = 16,
    BROKER_BELIEVE_MS = 60 * 60 * 1000,
    BROKER_GREETING_BYTES_MAX = 4 * 1024, /* a HELLO or JOIN with all a newer peer may add */
    /* all that waits for a commit: TXNS up to their bound, and room for everything else */
    BROKER_QUEUE_BYTES_MAX = CREDIT_TOTAL_BYTES_MAX + 8 * 1024 * 1024,
};

/* The roster by transport key, in memory: asked at every frame. */
struct roster_entry {
    uint8_t key[TRANSPORT_KEY_BYTES];
    enum key_use use;
    uint64_t site;
    uint64_t expires_ms;
    bool revoked;
    uint32_t told;       /* codes already logged about this key, one bit each */
    uint32_t faults;     /* refused frames since faults_ms */
    uint64_t faults_ms;  /* steady */
    uint64_t put_off_ms; /* steady; not listened to before */
    char slug[SLUG_BYTES_MAX + 1];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
};
struct roster_cache {
    struct roster_entry *entries;
    uint32_t count;
    uint32_t promised; /* keys to come by invitations that are open: joining finds room */
    uint32_t *by_key;  /* BROKER_BUCKETS * 4 slots, index + 1 */
    uint32_t *by_site;
};

struct waiting_frame {
    struct waiting_frame *next;
    size_t len;
    uint8_t bytes[];
};

/* One connection that said HELLO. */
struct peer {
    struct peer *next_by_id, *next_by_site;
    uint32_t slot; /* in broker->peers */
    uint8_t id[PEER_BYTES_MAX];
    uint8_t id_len;
    uint8_t key[TRANSPORT_KEY_BYTES];
    uint64_t site;
    struct broker_session core;
    struct hello_verdict verdict;
    struct msg_welcome welcome;
    char slug[SLUG_BYTES_MAX + 1], name[NAME_BYTES_MAX + 1];
    uint8_t queued_head[HASH_BYTES], stored_head[HASH_BYTES];
    uint64_t applied_seq;
    uint64_t pending;       /* as the site last said, less what was stored since */
    uint64_t heard_unix_ms; /* last frame */
    int64_t clock_offset_ms;
    uint64_t heard_written_ms; /* steady */
    uint64_t wake_ms;
    uint32_t own_epoch; /* OWN_GET not yet answered; 0 none */
    uint64_t own_from;
    bool returning;                          /* a RETURN waits for its commit */
    struct msg_blob_want serve;              /* chunks a site asked for; count 0 none */
    struct msg_offer wants[BLOB_OFFERS_MAX]; /* the first is under way */
    uint32_t want_count;
    uint32_t want_until; /* chunks asked for; 0: not begun */
    uint32_t want_tries;
    uint64_t want_ms; /* when the last chunk was asked for or came */
    struct waiting_frame *outbox, **outbox_end;
    uint32_t outbox_count;
};

enum item_type { ITEM_HELLO, ITEM_JOIN, ITEM_TXNS, ITEM_RETURN, ITEM_PROVE, ITEM_HEARD, ITEM_BLOB };

/* One thing to commit, in order of arrival. */
struct item {
    struct item *next;
    enum item_type type;
    struct peer *peer; /* NULL: gone, or a JOIN */
    uint64_t site;
    uint32_t epoch;
    enum err outcome;
    uint64_t last_seq;
    uint32_t ops;
    uint32_t credit_bytes;
    uint8_t head[HASH_BYTES]; /* after the last batch */
    uint64_t applied_seq;
    struct msg_batches batches;
    struct msg_offer blob;
    uint8_t id[PEER_BYTES_MAX]; /* JOIN */
    uint8_t id_len;
    uint8_t key[TRANSPORT_KEY_BYTES];
    struct site_row joined;
    bool in_place;  /* of another machine */
    struct msg msg; /* HELLO, JOIN; points into bytes */
    size_t len;
    uint8_t bytes[];
};

struct broker_feed {
    struct centres centres; /* count 0 until the broker runs */
    uint64_t dirty[BROKER_DIRTY_MAX];
    uint32_t dirty_count;
    bool overflow;
    bool untold; /* a look at the lists failed: all are told at the next pump */
};

struct broker {
    struct ledger *ledger;
    struct store *store;
    struct blobs *blobs;
    struct broker_feed *feed;
    struct broker_hooks hooks;
    char software[MSG_SOFTWARE_BYTES_MAX + 1];
    char organisation[NAME_BYTES_MAX + 1];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    uint8_t token_key[32];
    uint32_t credit_bytes, spread_ms, apply_ops;
    uint8_t incarnation[BROKER_INCARNATION_BYTES];
    uint64_t believes_ms; /* steady: not before, a site's word that we went back */
    bool went_back; /* a site holds a token newer than this store: it is an older copy of itself */
    struct times now;
    enum err fatal;
    struct roster_cache roster;
    struct roster_cache staged; /* as it will be after the commit; empty: as it is */
    struct peer **peers;        /* SESSIONS_MAX slots, the first peer_count used */
    uint32_t peer_count;
    struct peer **by_id, **by_site; /* BROKER_BUCKETS */
    struct item *queue, **queue_end;
    uint64_t queued_bytes;
    bool apply_more;
    uint64_t apply_at_ms; /* not before: the last one failed */
    bool nearly_full;
    uint64_t usage_at_ms;
    struct mp_buf frame, items, findings, keys;
    struct arena arena;
    struct batch batch;
    struct unknown_key unknown[PENDING_KEYS_MAX];
    uint32_t unknown_count;
    struct broker_counters counters;
};

PRINTF_LIKE(4, 5)
void broker_log(const struct broker *broker, enum broker_log_level level, const char *event,
                const char *format, ...);
void broker_fail(struct broker *broker, enum err code);
/* A staged roster goes with it. Errors: ERR_IO or ERR_FULL (nothing happened),
 * ERR_UNKNOWN_OUTCOME. */
NODISCARD enum err broker_commit_txn(struct broker *broker, struct store_txn *txn,
                                     struct err_info *info);
uint32_t broker_hash(const uint8_t *bytes, size_t len);

/* broker_roster.c */
NODISCARD enum err broker_load_roster(struct broker *broker);
/* The roster as `txn` leaves it is read before its commit, and taken by broker_commit_txn: once a
 * change is on disk nothing is left that can fail, and nobody is let in by a roster that is no
 * longer true. */
NODISCARD enum err broker_stage_roster(struct broker *broker, struct store_txn *txn);
/* Take what is staged, or forget it. */
void broker_end_stage(struct broker *broker, bool durable);
void broker_free_roster(struct roster_cache *cache);
const struct roster_entry *broker_find_key(const struct broker *broker,
                                           const uint8_t key[TRANSPORT_KEY_BYTES]);
const struct roster_entry *broker_find_site(const struct broker *broker, uint64_t site);
void broker_note_unknown(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES]);
/* Log once a key and reason, whoever knocks how often. */
void broker_log_refusal(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                        enum err code);

/* The same to be changed: broker_put_off.c keeps its books there. */
struct roster_entry *broker_entry_of(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES]);

/* broker_put_off.c */
bool broker_is_put_off(const struct broker *broker, const struct roster_entry *entry);
/* A frame of this key was refused. May end its connections. */
void broker_count_fault(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES]);

/* broker_peers.c */
struct peer *broker_find_peer(const struct broker *broker, struct bytes id);
struct peer *broker_find_session(const struct broker *broker, uint64_t site);
/* Errors: ERR_LIMIT, ERR_NO_MEMORY. */
NODISCARD enum err broker_add_peer(struct broker *broker, struct bytes id,
                                   const struct roster_entry *entry, struct peer **peer_out);
void broker_drop_peer(struct broker *broker, struct peer *peer);
/* Send, or keep until the queue has room. False: the peer is gone (and freed). */
bool broker_send(struct broker *broker, struct peer *peer, const struct msg *msg);
/* Send now or not at all. Errors: ERR_BUSY; others: the peer is to be ended. */
NODISCARD enum err broker_send_now(struct broker *broker, struct peer *peer, const struct msg *msg);
bool broker_flush(struct broker *broker, struct peer *peer);
/* To whoever is no session. */
void broker_send_reject(struct broker *broker, struct bytes id, enum err code, uint32_t retry_ms);
void broker_send_bye(struct broker *broker, struct bytes id, enum err code);
void broker_count_refusal(struct broker *broker, enum err code);

/* broker_engine.c: feed an event; false when the session ended (peer is freed). `item` is for
 * SESSION_QUEUE, and freed when that does not come; NULL is fine. */
bool broker_step(struct broker *broker, struct peer *peer, struct session_event event,
                 struct item *item);

/* broker_commit.c */
struct item *broker_new_item(struct broker *broker, enum item_type type, struct peer *peer,
                             struct bytes bytes);
void broker_enqueue(struct broker *broker, struct item *item);
void broker_forget_peer(struct broker *broker, const struct peer *peer);
void broker_commit_queue(struct broker *broker);
void broker_free_queue(struct broker *broker);

/* broker_hello.c */
NODISCARD enum err broker_grant(struct broker *broker, struct store_txn *txn, struct item *item);
NODISCARD enum err broker_prove(struct store_txn *txn, const struct item *item);

/* broker_lineage.c */
enum lineage { LINEAGE_FREE = 0, LINEAGE_HELD = 1, LINEAGE_RELEASED = 2 };
NODISCARD enum err broker_get_lineage(struct store_txn *txn, struct origin origin,
                                      enum lineage *lineage_out);
NODISCARD enum err broker_put_lineage(struct store_txn *txn, struct origin origin,
                                      enum lineage lineage);
NODISCARD enum err broker_any_held(struct store_txn *txn, uint64_t site, bool *held_out);
NODISCARD enum err broker_origin(struct store_txn *txn, struct origin origin,
                                 struct origin_row *row_out);
NODISCARD enum err broker_load_incarnation(struct broker *broker);
/* After a restore: the centre writes on under a new epoch. */
NODISCARD enum err broker_move_centre(struct broker *broker);
/* The store went back under this broker (a machine's snapshot, a disk that lied): what a restore
 * does is done now, and every session begins anew. */
void broker_come_back(struct broker *broker);

/* broker_token.c */
void broker_make_token(struct broker *broker, struct origin origin, uint32_t count,
                       uint8_t token_out[TOKEN_BYTES]);
enum token_fact broker_judge_token(const struct broker *broker, struct origin origin,
                                   const struct origin_row *row, const uint8_t token[TOKEN_BYTES]);

/* broker_intake.c */
void broker_take_txns(struct broker *broker, struct peer *peer, const struct msg_txns *txns,
                      size_t frame_bytes);
NODISCARD enum err broker_store_item(struct broker *broker, struct store_txn *txn,
                                     struct item *item);

/* broker_return.c */
/* What a WELCOME says of the logs that a site can give back; in broker->items. */
NODISCARD enum err broker_list_held(struct broker *broker, const struct peer *peer,
                                    struct msg_welcome *welcome);
void broker_take_return(struct broker *broker, struct peer *peer, const struct msg_return *back);
NODISCARD enum err broker_store_return(struct broker *broker, struct store_txn *txn,
                                       struct item *item);
void broker_answer_return(struct broker *broker, struct item *item, enum err code);

/* broker_join.c */
/* Has somebody joined by it whom the roster in memory does not know? Who asks again changes
 * nothing. */
bool broker_changes_roster(const struct broker *broker, const struct item *item);
void broker_take_join(struct broker *broker, struct bytes id, const struct roster_entry *entry,
                      struct bytes frame);
void broker_joined(struct broker *broker, struct item *item);

/* broker_feed.c */
/* A site that has just enrolled, and has heard nothing, gets what the centre has settled for all.
 */
NODISCARD enum err broker_feed_welcome(struct broker_feed *feed, struct store_txn *txn,
                                       uint64_t site);
NODISCARD enum err broker_feed_last(struct store_txn *txn, uint64_t site, uint64_t *number_out);
void broker_feed_dirty(struct broker *broker);
/* Answers with SESSION_FEED_SENT or SESSION_SEND_BLOCKED in *event_out. False: the session must
 * end. */
NODISCARD enum err broker_send_feed(struct broker *broker, struct peer *peer, uint64_t from,
                                    struct session_event *event_out);

/* broker_own.c */
bool broker_answer_own(struct broker *broker, struct peer *peer);

/* broker_blobs.c */
bool broker_take_blob_msg(struct broker *broker, struct peer *peer, const struct msg *msg);
bool broker_blobs_step(struct broker *broker, struct peer *peer);
NODISCARD enum err broker_put_blob(struct store_txn *txn, const struct msg_offer *blob);
