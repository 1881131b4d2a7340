#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ledger/ledger.h"
#include "lib/ledger/roster.h"
#include "lib/store/blobs.h"
#include "proto/sync/times.h"

/* The broker without sockets: sessions (proto/sync/broker_session.h), intake with group commit,
 * applying behind, the feed, files and enrolment, over ledger and blobs. The daemon drives it over
 * ZeroMQ, the simulator over an invented network.
 *
 * broker_on_frame only checks and queues; broker_pump commits what was queued, and nothing is
 * acknowledged before. One thread calls everything here. No write transaction is open when it is
 * called, and it leaves none open.
 *
 * When a commit's outcome is unknown the engine stops doing anything; broker_pump says so and the
 * process must end and open the store afresh. */

enum { PEER_BYTES_MAX = 255 };

enum broker_log_level { BROKER_LOG_DEBUG, BROKER_LOG_INFO, BROKER_LOG_WARN, BROKER_LOG_ERROR };

struct broker_hooks {
    void *context;
    /* Errors: ERR_BUSY (its queue is full: tried again later), ERR_UNREACHABLE (gone: the session
     * ends). Both are borrowed. */
    NODISCARD enum err (*send)(void *context, struct bytes peer, struct bytes frame);
    void (*random)(void *context, uint8_t *out, size_t len);
    /* End every connection of this key, later or at once. May be NULL. */
    void (*cut)(void *context, const uint8_t key[TRANSPORT_KEY_BYTES]);
    /* May be NULL. `event` is a literal "noun.verb", `pairs` logfmt pairs or "". */
    void (*log)(void *context, enum broker_log_level level, const char *event, const char *pairs);
};

struct broker_config {
    const char *software;     /* copied */
    const char *organisation; /* copied */
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    uint32_t credit_bytes;    /* what a session may have under way; 0 = CREDIT_START_BYTES */
    uint32_t retry_spread_ms; /* 0 = a minute */
    uint32_t apply_ops;       /* operations applied in one pump; 0 = APPLY_OPS_MAX */
};

/* What the ledger's callbacks need; made before the ledger is opened, and outlives it. */
struct broker_feed;
NODISCARD enum err broker_feed_new(struct broker_feed **feed_out);
void broker_feed_free(struct broker_feed *feed); /* NULL is fine */
/* The options to open the broker's ledger with. */
struct ledger_options broker_ledger_options(struct broker_feed *feed);

struct broker;

struct broker_setup {
    struct ledger *ledger; /* borrowed, role LEDGER_BROKER, opened with broker_ledger_options;
                              outlives the broker */
    struct broker_feed *feed;
    struct blobs *blobs;
    struct broker_hooks hooks;
    struct broker_config config;
};

/* Errors: ERR_NO_MEMORY, store errors. */
NODISCARD enum err broker_new(const struct broker_setup *setup, struct times now,
                              struct broker **broker_out, struct err_info *info);
void broker_free(struct broker *broker); /* NULL is fine; tells nobody */

/* One frame from a peer. `peer` is the routing id (opaque, at most PEER_BYTES_MAX), `key` the
 * transport key its connection proved. */
void broker_on_frame(struct broker *broker, struct bytes peer,
                     const uint8_t key[TRANSPORT_KEY_BYTES], struct bytes frame, struct times now);
/* The broker itself wrote to the ledger (HTTP at the centre). */
void broker_on_local_commit(struct broker *broker);
/* Commit the queue, answer, apply a slice, feed, keep the timers. wake_ms_out: the steady time by
 * which to call again (now: there is more to do at once). Errors: store errors after which the
 * process must start again. */
NODISCARD enum err broker_pump(struct broker *broker, struct times now, uint64_t *wake_ms_out);

/* May a connection with this key be made? An active site's, or an invitation that can still be
 * redeemed or answered again. */
bool broker_admits_key(const struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                       uint64_t unix_ms);
/* The daemon turned a connection with this key away: remembered and logged once. */
void broker_note_stranger(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                          struct times now);

/* The connection of this key broke a bound of the transport (`reason` is logged): it is not
 * listened to for PUT_OFF_MS. */
void broker_put_off(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                    const char *reason, struct times now);
/* A message of this key was dropped before it came here: counted with those refused here, of which
 * FAULTS_MAX within FAULTS_WINDOW_MS put it off as well. */
void broker_note_fault(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                       struct times now);
/* The short name of the site with this key; "" when there is none. slug_out holds SLUG_BYTES_MAX
 * + 1.
 */
void broker_slug_of_key(const struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                        char *slug_out);
/* Seconds for which the site is still not listened to. */
uint32_t broker_put_off_s(const struct broker *broker, uint64_t site, struct times now);

/* What a session knows of its site now; the roster's row is written at most once a minute. */
struct broker_live {
    uint64_t heard_unix_ms;
    uint64_t pending;
    int64_t clock_offset_ms;
};
/* false, and live_out untouched, when the site is not connected. */
bool broker_is_connected(const struct broker *broker, uint64_t site, struct broker_live *live_out);

/* Roster changes: written and taken into memory as one, live sessions ended. Errors: of
 * roster_invite, roster_revoke, ledger_release, and store errors. */
/* Of roster_invite_in_place; invite->replaces says whose place it is. */
NODISCARD enum err broker_invite_in_place(struct broker *broker,
                                          const uint8_t key[TRANSPORT_KEY_BYTES],
                                          struct key_row *invite, struct err_info *info);
NODISCARD enum err broker_invite(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                                 const struct key_row *invite, struct err_info *info);
NODISCARD enum err broker_revoke(struct broker *broker, const char *slug, struct err_info *info);
NODISCARD enum err broker_release(struct broker *broker, const char *slug, uint32_t epoch,
                                  uint64_t *released_out, struct err_info *info);

/* Every refusal is counted under one of these. X(field, name) */
#define BROKER_REFUSALS(X) \
    X(unknown_key, "unknown-key") \
    X(revoked, "revoked") \
    X(not_yours, "not-yours") \
    X(malformed, "malformed") \
    X(too_big, "too-big") \
    X(version, "version") \
    X(unknown_message, "unknown-message") \
    X(no_session, "no-session") \
    X(bad_seal, "bad-seal") \
    X(fork, "fork") \
    X(gap, "gap") \
    X(busy, "busy") \
    X(full, "full") \
    X(limit, "limit") \
    X(bad_blob, "bad-blob") \
    X(bad_join, "bad-join") \
    X(put_off, "put-off")

struct broker_counters {
    uint64_t frames, bytes, operations_stored, operations_applied, operations_returned, commits,
        commits_failed, duplicates, feed_frames, blobs_stored, sessions_opened, epochs_granted,
        suspects, put_offs;
    uint32_t sessions;     /* now */
    uint64_t queued_bytes; /* now */
#define X(field, name) uint64_t refused_##field;
    BROKER_REFUSALS(X)
#undef X
};
void broker_counters(const struct broker *broker, struct broker_counters *counters_out);

/* Unknown keys that tried to come in, newest first, for the roster page. keys_out holds `max`;
 * returns how many. */
struct unknown_key {
    uint8_t key[TRANSPORT_KEY_BYTES];
    uint64_t first_ms, last_ms; /* Unix */
    uint64_t count;
};
uint32_t broker_unknown_keys(const struct broker *broker, struct unknown_key *keys_out,
                             uint32_t max);
