#pragma once

#include "broker/broker.h"
#include "lib/ledger/copy.h"
#include "node/node.h"
#include "tests/sim/other/other.h"

/* One broker and up to twenty sites in one process, on one seed: invented clocks, an invented
 * network, stores in memory.
 *
 * The places run the daemons' own engines. Everything that could happen to them is drawn from the
 * seed; every promise is checked from outside by an oracle that only watches what is committed and
 * what is said. A failing seed replays alone. */

enum {
    SIM_NODES_MAX = 20,
    SIM_FRAMES_MAX = 4096,    /* under way at once; more means that somebody floods */
    SIM_WRITES_MAX = 8192,    /* operations written by people in one run */
    SIM_LEAVES_MAX = 1 << 15, /* a power of two: operations the oracle remembers by dot */
    SIM_RECORDS_MAX = 2048,
    SIM_EVENTS_A_STEP_MAX = 50000,
    SIM_DUMPED_MAX = 400, /* frames written for the fuzzers, of one seed */
    SIM_WRITES_A_CHANGE_MAX = 8,
};

struct rng {
    uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t below); /* below >= 1 */
bool rng_chance(struct rng *rng, uint32_t per_thousand);

/* Which misfortunes this seed knows, each in so many of a thousand. */
struct sim_faults {
    uint32_t drop, duplicate, reorder, delay, cut, crash_node, crash_broker, fail_commit, full,
        clock_jump, clock_freeze, restore, clone, restore_broker, revoke, lose, replace;
};

/* What has happened, to be counted: a run that never restored anything proves nothing about it. */
enum sim_event {
    SIM_CUT,
    SIM_CRASHED,
    SIM_COMMIT_FAILED,
    SIM_FULL,
    SIM_CLOCK_JUMPED,
    SIM_CLOCK_FROZEN,
    SIM_RESTORED,
    SIM_CLONED,
    SIM_BROKER_RESTORED,
    SIM_REVOKED,
    SIM_GONE,
    SIM_REPLACED,
    SIM_UPGRADED, /* from here on: with another version beside ours only (--other) */
    SIM_PUT_BACK,
    SIM_MIXED,
    SIM_EXCHANGED, /* after all is checked */
    SIM_REFUSED,
    SIM_EVENTS,
};

struct sim;

struct sim_place {
    struct sim *sim;
    int index;       /* -1: the broker */
    bool up, active; /* active: exists in this run (a clone appears later) */
    uint64_t site;
    uint8_t transport_public[TRANSPORT_KEY_BYTES];
    uint8_t sign_public[SIGN_PUBLIC_BYTES], sign_secret[SIGN_SECRET_BYTES];
    int64_t clock_offset_ms;
    uint64_t frozen_unix_ms; /* its clock stands still there; 0: it goes */
    bool revoked, gone;      /* nothing is expected of it any more */
    uint64_t stored_when_revoked;
    struct store *store;
    struct blobs *blobs;
    struct ledger *ledger;
    struct node *node;     /* a site's */
    struct broker *broker; /* the broker's */
    struct broker_feed *feed;
    bool other; /* the other version is installed here */
    bool ever_other;
    bool replaced; /* by another machine, without a backup; and the key of the one before */
    uint8_t sign_before[SIGN_PUBLIC_BYTES];
    struct other_engine *engine; /* then in place of ledger, node and broker */
    struct other_world world;
    uint64_t wake_ms;
    uint64_t restart_at_ms;   /* while down; 0 = when somebody starts it */
    struct store *snapshot;   /* an older copy, or NULL */
    uint64_t snapshot_writes; /* how many writes the run had then */
    /* the node's one connection */
    uint64_t connection; /* 0 = none */
    bool connected, broker_side_open;
    uint64_t connect_at_ms; /* ready or lost then; 0 = settled */
};

struct sim_frame {
    uint64_t at_ms, order, connection;
    bool to_broker;
    uint8_t *data;
    size_t len;
};

/* A write that a person was told is saved. */
struct sim_write {
    int place;
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    struct dot dot;
    bool lost; /* on a disk that was replaced by an older copy before anybody else had it: the
                  honest limit */
};

struct sim_leaf {
    struct dot dot;
    uint8_t leaf[HASH_BYTES];
    bool used;
};

struct sim_acked { /* what the broker has ever confirmed of an origin */
    struct origin origin;
    uint64_t seq;
    uint64_t seq_ever;    /* before the broker was restored from a backup */
    uint64_t checked_seq; /* the chain was recomputed up to here */
    uint8_t checked_head[HASH_BYTES];
};

struct sim_record {
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    int home;
    bool centre_lost; /* the centre's change to it was in no backup */
};

struct sim {
    uint64_t seed;
    struct rng rng;
    struct sim_faults faults;
    bool quiet;  /* faults are over */
    bool severe; /* a run for safety: more of everything, and never an end of it */
    bool verbose;
    bool scarce;            /* memory may run out: whoever says so is right */
    const char *frames_dir; /* every frame sent is written there; NULL: none is */
    uint64_t now_ms;
    uint32_t node_count;
    struct sim_place broker;
    struct sim_place nodes[SIM_NODES_MAX + 1]; /* one more for a clone */
    struct sim_frame *frames;                  /* heap by at_ms, order */
    uint32_t frame_count;
    uint64_t frame_order, connection_last;
    struct sim_write *writes;
    uint32_t write_count;
    struct sim_record *records;
    uint32_t record_count;
    struct sim_leaf *leaves;
    uint32_t leaf_count;
    struct sim_acked acked[4 * SIM_NODES_MAX];
    uint32_t acked_count;
    uint64_t steps, deliveries, acks, crashes;
    uint64_t happened[SIM_EVENTS];
    const struct other_software *other; /* NULL: all have ours */
    struct {
        struct rng rng;
        uint32_t upgrade, put_back; /* of a thousand */
        bool ends_alike;
    } versions;
    bool cloned;       /* a second machine with the same identity was started */
    char failure[512]; /* empty: none */
};

/* Note a broken promise; the first one counts. */
PRINTF_LIKE(2, 3)
void sim_fail(struct sim *sim, const char *format, ...);
PRINTF_LIKE(2, 3)
void sim_say(const struct sim *sim, const char *format, ...);

/* sim_place.c */
void place_make_broker(struct sim *sim);
void place_make_node(struct sim *sim, int index);
void place_make_keys(struct sim_place *place);
void place_make_disk(struct sim_place *place, enum ledger_role role);
bool place_start(struct sim_place *place);
void place_crash(struct sim_place *place, uint64_t down_ms);
void place_take_snapshot(struct sim_place *place);
void place_restore(struct sim_place *place);
void place_clone(struct sim *sim, int index);
void place_free(struct sim_place *place);
struct times place_times(const struct sim_place *place);

/* sim_engine.c: ours or the other version's, whichever is installed. */
struct sim_saved {
    struct written written;
    enum store_outcome outcome;
    enum err forgot; /* after an error or STORE_NOT: could the ledger go back? */
};
enum err engine_start(struct sim_place *place, struct err_info *info);
void engine_stop(struct sim_place *place);
enum err engine_tick(struct sim_place *place);
void engine_link_ready(struct sim_place *place);
void engine_link_lost(struct sim_place *place);
void engine_frame(struct sim_place *place, struct bytes frame);
void engine_peer_frame(struct sim_place *broker, struct bytes peer, const uint8_t *key,
                       struct bytes frame);
/* In a transaction of its own. Errors: ERR_BUSY (none can begin), those of ledger_write. */
enum err engine_write(struct sim_place *place, const struct change *change,
                      const uint8_t random[48], struct sim_saved *saved_out, struct err_info *info);
void engine_saved(struct sim_place *place); /* told once a write is durable */
void engine_status(const struct sim_place *place, struct node_status *status_out);
enum err engine_verify(struct sim_place *place, other_key_of *key_of, struct verify_report *report,
                       struct err_info *info);
enum err engine_revoke(struct sim_place *broker, const char *slug, struct err_info *info);
enum err engine_release(struct sim_place *broker, const char *slug, uint32_t epoch,
                        struct err_info *info);
enum err engine_backlog(struct sim_place *broker, struct store_txn *txn, uint64_t *waiting_out);
enum err engine_adopt(struct sim_place *broker, const uint8_t incarnation[INCARNATION_BYTES],
                      struct err_info *info);

/* sim_other.c */
const struct other_software *other_load(const char *file, char *why, size_t size);
struct other_world other_world_of(struct sim_place *place);

/* sim_version.c */
void version_draw(struct sim *sim);
void version_change(struct sim *sim);
void version_settle(struct sim *sim);
bool version_refused(struct sim_place *place, enum err err, const struct err_info *info);
void version_exchange(struct sim *sim);

/* sim_machine.c */
void machine_clock(struct sim_place *place);
void machine_freeze(struct sim_place *place);
void machine_restore_broker(struct sim *sim);
void machine_revoke(struct sim_place *place);
void machine_lose(struct sim_place *place);
void machine_replace(struct sim_place *place);
bool machine_counts(const struct sim_place *place);
void machine_check(struct sim *sim);
void machine_check_acked(struct sim *sim);

/* sim_net.c */
struct node_hooks net_node_hooks(struct sim_place *place);
struct broker_hooks net_broker_hooks(struct sim_place *place);
void net_drop_connection(struct sim_place *place);
void net_deliver(struct sim *sim); /* the earliest frame */
uint64_t net_next_ms(const struct sim *sim);
void net_clear(struct sim *sim);

/* sim_write.c */
void write_something(struct sim *sim, struct sim_place *place);

/* sim_check.c */
void check_sent_by_node(struct sim *sim, struct bytes frame);
void check_sent_by_broker(struct sim *sim, const struct sim_place *to, struct bytes frame);
void check_step(struct sim *sim);

/* sim_rest.c */
void check_rebuild(struct sim *sim, struct sim_place *place);
void check_at_rest(struct sim *sim);
/* The end of a run for safety: what is on the broker's disk, after one more crash. */
void check_broken_off(struct sim *sim);
bool write_arrived(struct sim *sim, const struct sim_write *write);
bool in_step(struct sim *sim, char *why, size_t size);

/* sim_run.c */
void sim_run(struct sim *sim, uint64_t seed, bool verbose);
