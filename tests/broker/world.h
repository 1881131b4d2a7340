#pragma once

#include <criterion/criterion.h>

#include "broker/broker.h"
#include "node/node.h"
#include "proto/record/fields.h"
#include "proto/record/kinds.h"
#include "proto/sync/msg.h"

/* A broker and some nodes wired to each other in memory, under one clock. What a place keeps is its
 * store and blobs; engines come and go. */

enum { WORLD_NODES_MAX = 4, WORLD_QUEUE_MAX = 256, WORLD_STEP_MS = 10 };

struct queued_frame {
    uint32_t connection;
    size_t len;
    uint8_t *bytes;
};
struct queue {
    struct queued_frame frames[WORLD_QUEUE_MAX];
    uint32_t count;
};

struct world;
struct site {
    struct world *world;
    uint32_t number;
    uint64_t id;
    uint8_t transport_key[32];
    uint8_t sign_public[SIGN_PUBLIC_BYTES], sign_secret[SIGN_SECRET_BYTES];
    struct store *store;
    struct blobs *blobs;
    struct ledger *ledger;
    struct node *node; /* NULL: off */
    uint32_t connection;
    bool connecting, connected;
    struct queue up, down;
    uint64_t wake_ms;
};

struct world {
    struct times now;
    uint64_t random;
    struct store *store;
    struct blobs *blobs;
    struct broker_feed *feed;
    struct ledger *ledger;
    struct broker *broker; /* NULL: off */
    uint8_t sign_public[SIGN_PUBLIC_BYTES], sign_secret[SIGN_SECRET_BYTES];
    uint32_t connections;
    struct site sites[WORLD_NODES_MAX];
    uint32_t site_count;
    enum err joined_code; /* of the last JOIN: ERR_OK, or the REJECT's */
    struct bytes (*tamper)(struct world *world, struct site *site,
                           struct bytes frame); /* on the way up; may be NULL */
    bool lossy;    /* frames on the way may vanish with their connection */
    bool fatal_ok; /* an engine may stop */
};

/* A broker without sites. */
struct world *world_new(void);
void world_free(struct world *world);
/* Invite and enrol one more, and start it. */
struct site *world_add(struct world *world);
/* Send a JOIN with an invitation's key; answers land in joined_code. */
void world_join(struct world *world, const uint8_t invite_key[32], const struct site *site);

void world_random(struct world *world, uint8_t *out, size_t len);

/* The first frame of a line; both lines of a site as they are after a cut. */
struct queued_frame world_pop(struct queue *queue);
void world_cut(struct site *site);

/* Let time pass. */
void world_run(struct world *world, uint64_t ms);
/* Until nothing is pending anywhere, or fail. */
void world_settle(struct world *world);

void node_stop(struct site *site); /* as by a power cut */
void node_start(struct site *site);
void broker_stop(struct world *world);
void broker_start(struct world *world);
/* A backup of the site's disk, and putting it back. */
struct store *site_backup(const struct site *site);
void site_restore(struct site *site, struct store *backup);

/* The broker's disk is replaced by `backup`, as `cse restore` does it. */
void broker_restore(struct world *world, struct store *backup);

struct written write_title(struct site *site, const char *title);
struct written edit_title(struct site *site, const uint8_t *rid, const char *title);
/* The title of an action of the centre's. */
struct written edit_action(struct site *site, const uint8_t *rid, const char *title);
struct written write_with_file(struct site *site, const char *title, const uint8_t hash[HASH_BYTES],
                               uint64_t size);
/* At the centre: an action for a site; and moving one to a site. */
struct written centre_action(struct world *world, const char *title, uint64_t subject);
struct written centre_holiday(struct world *world, int32_t day);
void centre_move(struct world *world, const uint8_t *rid, uint64_t subject);

/* The displayed title, "" when it is not there. Lives until the next call. */
const char *title_at_site(struct site *site, uint16_t kind, const uint8_t *rid);
const char *title_at_broker(struct world *world, uint16_t kind, const uint8_t *rid);
uint64_t stored_at_broker(struct world *world, struct site *site, uint32_t epoch);
struct site_row roster_row(struct world *world, struct site *site);
struct node_status status_of(struct site *site);
