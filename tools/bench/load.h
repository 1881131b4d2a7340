#pragma once

#include "lib/link/dealer.h"
#include "lib/store/store.h"
#include "lib/sys/keys.h"
#include "proto/sync/msg.h"
#include "tools/bench/bench.h"

/* Many sites in this process that write to a real broker over CURVE. What they send is made and
 * sealed beforehand, so that only sending is left when time counts. */

struct load_frame {
    uint8_t *batch; /* encoded and sealed */
    size_t len;
    uint32_t ops;
    uint64_t last;
    double due_s;
};

struct load_site {
    struct keys keys;
    uint64_t id;
    struct dealer *dealer;
    bool greeted, open, lost;
    uint64_t session;
    uint8_t token[MSG_TOKEN_BYTES];
    int64_t credit;
    struct load_frame *frames;
    uint32_t frame_count, next, acked;
    uint8_t head[HASH_BYTES]; /* after what is acknowledged */
};

/* A frame acknowledged, in order: with it `operations` are stored in all. */
struct load_mark {
    uint64_t operations;
    double due_s;
};

struct load {
    void *zmq;
    struct load_site *sites;
    uint32_t count, open_count;
    char address[64];
    uint8_t broker_public[KEYS_PUBLIC_BYTES];
    struct mp_buf frame;
    uint64_t operations; /* made */
    uint64_t bytes;      /* of their entries */
    uint64_t acked, sent, refused, lost;
    uint64_t flying_bytes; /* sent and not answered: below what the broker queues of all sites */
    double last_ack_s;
    struct load_mark *marks;
    size_t mark_count, mark_max;
    double *latencies_s;
    struct store *broker; /* the broker's store, for reading */
};

/* `count` sites with `operations` in all, in batches of `batch`; the same for the same seed. */
NODISCARD enum err load_make(struct load *load, uint32_t count, uint64_t operations, uint32_t batch,
                             uint64_t seed, struct err_info *info);
void load_free(struct load *load);
/* All sites become active ones of the broker whose data directory this is; it must not run. */
NODISCARD enum err load_enrol(struct load *load, const char *data, struct err_info *info);
/* A broker runs: talk to it from now on. Forgets all sessions and, when `anew`, all progress. */
NODISCARD enum err load_attach(struct load *load, const struct daemon *daemon, bool anew,
                               struct err_info *info);
void load_detach(struct load *load);
/* Connect whoever is not, until all have a session or the time is over (ERR_TIMEOUT). */
NODISCARD enum err load_connect(struct load *load, double limit_s, struct err_info *info);
/* Take in what came. Waits a millisecond at most when nothing did. */
void load_turn(struct load *load);
/* The site's next frame, if there is credit for it. */
bool load_send(struct load *load, struct load_site *site, double due_s);
/* Send until every site has sent `until` of its frames, and wait for the acknowledgements. */
NODISCARD enum err load_burst(struct load *load, uint32_t until, struct err_info *info);
/* Operations the broker has merged so far. */
uint64_t load_applied(struct load *load);
/* Wait until all that was acknowledged is merged. */
NODISCARD enum err load_settle(struct load *load, struct err_info *info);
