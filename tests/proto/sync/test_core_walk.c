#include <criterion/criterion.h>

#include "proto/sync/broker_session.h"

/* Random walks over both cores: a peer that may say anything, saves that may fail. What must hold
 * at every step is asserted here; what the cores assert themselves holds too, or the test dies. */

enum { SEEDS = 300, STEPS = 2000 };

static uint64_t rng;
static uint32_t below(uint32_t bound)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)(rng >> 20) % bound;
}

struct walk {
    struct node_core core;
    uint64_t now_ms;
    uint64_t own_seq;
    bool saved; /* the WELCOME of this session */
};

static struct node_event any_event(struct walk *walk)
{
    static const enum node_event_type types[] = {
        NODE_TICK,         NODE_LINK_READY,  NODE_LINK_LOST,   NODE_SYNC_NOW, NODE_WROTE,
        NODE_GOT_WELCOME,  NODE_GOT_ACK,     NODE_GOT_OWN_OPS, NODE_GOT_FEED, NODE_GOT_PING,
        NODE_GOT_OTHER,    NODE_GOT_BUSY,    NODE_GOT_REJECT,  NODE_GOT_BYE,  NODE_GOT_BAD,
        NODE_SEND_BLOCKED, NODE_SAVE_FAILED, NODE_JOINED,
    };
    struct node_event event = {
        .type = types[below(sizeof(types) / sizeof(types[0]))],
        .session = below(3) == 0 ? 6 : walk->core.session,
        .mode = (enum welcome_mode)(1 + below(3)),
        .epoch = below(5) == 0 ? walk->core.epoch + 1 : walk->core.epoch,
        .seq = below((uint32_t)walk->own_seq + 2),
        .own_seq = walk->own_seq,
        .own_epoch = walk->core.epoch,
        .chain = (enum chain_fact)below(3),
        .credit_bytes = below(CREDIT_SITE_BYTES_MAX),
        .spread_ms = below(60000),
        .retry_ms = below(100000),
        .moving = below(4) == 0,
        .code = below(2) == 0 ? ERR_OK : ERR_GAP,
    };
    if (event.type == NODE_GOT_WELCOME && event.session == 0)
        event.session = 1 + below(100);
    if (event.chain == CHAIN_SAME && event.seq > walk->own_seq)
        event.chain = CHAIN_BEYOND; /* the driver cannot find a head there */
    if (event.type == NODE_WROTE)
        event.own_seq = ++walk->own_seq;
    return event;
}

static void feed_node(struct walk *walk, struct node_event event, uint64_t seed, uint32_t depth)
{
    struct node_result result;
    event.now_ms = walk->now_ms;
    event.random = below(UINT32_MAX);
    node_core_step(&walk->core, &event, &result);
    bool was_in = walk->core.phase == NODE_STEADY || walk->core.phase == NODE_RECOVER;
    if (!was_in)
        walk->saved = false;
    walk->core = result.state;
    cr_assert_leq(walk->core.credit_bytes, CREDIT_SITE_BYTES_MAX, "seed %lu", (unsigned long)seed);
    cr_assert_leq(walk->core.unacked_count, UNACKED_FRAMES_MAX);
    for (uint32_t i = 0; i < result.effect_count; i++) {
        const struct node_effect *effect = &result.effects[i];
        if (effect->type == NODE_SAVE_WELCOME) {
            walk->saved = true;
            if (below(10) == 0) {
                feed_node(walk, (struct node_event){.type = NODE_SAVE_FAILED, .code = ERR_IO}, seed,
                          depth + 1);
                return;
            }
        }
        bool rests_on_it = effect->type == NODE_SEND_TXNS || effect->type == NODE_ASK_OWN ||
                           effect->type == NODE_SEND_PING;
        cr_assert(!rests_on_it || walk->saved, "seed %lu: effect %d before the save",
                  (unsigned long)seed, (int)effect->type);
        if (effect->type == NODE_SEND_TXNS && depth < 32) {
            cr_assert_leq(effect->bytes, walk->core.credit_bytes, "seed %lu: more than the credit",
                          (unsigned long)seed);
            uint64_t last = effect->seq + below((uint32_t)(walk->core.own_seq - effect->seq) + 1);
            feed_node(walk,
                      (struct node_event){
                          .type = NODE_SENT, .seq = last, .bytes = 1 + below(effect->bytes)},
                      seed, depth + 1);
        } else if (effect->type == NODE_TAKE_OWN) {
            feed_node(walk,
                      (struct node_event){
                          .type = NODE_OWN_TAKEN, .done = below(2) == 0, .own_seq = walk->own_seq},
                      seed, depth + 1);
        }
    }
}

Test(core_walk, the_node_keeps_its_promises_and_is_never_stuck)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        rng = seed * 0x9e3779b97f4a7c15u;
        struct walk walk = {.core = {.joined = true}};
        for (uint32_t step = 0; step < STEPS; step++) {
            walk.now_ms += below(2000);
            feed_node(&walk, any_event(&walk), seed, 0);
            uint64_t wake = node_core_wake(&walk.core);
            cr_assert_neq(wake, WAKE_NEVER, "seed %lu step %u: nothing will ever wake it",
                          (unsigned long)seed, step);
            cr_assert_leq(wake, walk.now_ms + REFUSED_MS_MAX + ACK_MS_MAX,
                          "seed %lu step %u: sleeps too long", (unsigned long)seed, step);
        }
        /* The broker is silent from here on: it must come back to trying. */
        for (uint32_t ticks = 0; ticks < 10000 && walk.core.phase != NODE_OPENING; ticks++) {
            walk.now_ms =
                node_core_wake(&walk.core) > walk.now_ms ? node_core_wake(&walk.core) : walk.now_ms;
            feed_node(&walk, (struct node_event){.type = NODE_TICK}, seed, 0);
        }
        cr_assert_eq(walk.core.phase, NODE_OPENING, "seed %lu: stuck in phase %d",
                     (unsigned long)seed, (int)walk.core.phase);
    }
}

Test(core_walk, the_broker_acknowledges_nothing_but_commits_and_gives_all_credit_back)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        rng = seed * 0x9e3779b97f4a7c15u;
        struct broker_session core = {0};
        struct session_result result;
        uint64_t took = 0, gave = 0, committed = 0, now_ms = 0;
        struct session_event hello = {.type = SESSION_HELLO, .session = 9, .epoch = 1};
        broker_session_step(&core, &hello, &result);
        core = result.state;
        broker_session_step(&core, &(struct session_event){.type = SESSION_GRANTED}, &result);
        core = result.state;
        for (uint32_t step = 0; step < STEPS && core.phase == SESSION_OPEN; step++) {
            struct session_event event = {
                .type = SESSION_TICK, .now_ms = now_ms += below(50), .session = 9};
            switch (below(6)) {
            case 0:
                event.type = SESSION_TXNS;
                event.bytes = 1 + below(1000);
                event.verdict = (enum txns_verdict[]){TXNS_NEXT, TXNS_KNOWN, TXNS_OTHER,
                                                      TXNS_NO_ROOM}[below(4)];
                event.seq = core.queued_seq + 1 + below(9);
                event.code = ERR_BUSY;
                took += event.bytes;
                break;
            case 1:
                if (core.queued_bytes == 0)
                    continue;
                event.bytes = core.queued_bytes;
                event.type = below(3) == 0 ? SESSION_NOT_STORED : SESSION_STORED;
                event.code = ERR_IO;
                event.seq = core.queued_seq;
                committed = event.type == SESSION_STORED ? event.seq : committed;
                break;
            case 2:
                event.type = SESSION_FEED_GREW;
                event.seq = core.feed_last + below(4);
                break;
            case 3:
                event.type = SESSION_FEED_ACK;
                event.seq = below((uint32_t)core.feed_sent + 1);
                break;
            case 4:
                event.type = SESSION_PING;
                event.nonce = below(2) * 9;
                break;
            default:
                event.type = SESSION_HEARD;
                break;
            }
            do { /* a FEED that is sent may be followed by the next */
                broker_session_step(&core, &event, &result);
                core = result.state;
                event.type = SESSION_TICK;
                for (uint32_t i = 0; i < result.effect_count; i++) {
                    const struct session_effect *effect = &result.effects[i];
                    gave += effect->type == SESSION_SEND_ACK ? effect->bytes : 0;
                    if (effect->type != SESSION_SEND_FEED)
                        continue;
                    cr_assert_leq(effect->seq, core.feed_last);
                    event = (struct session_event){
                        .type = SESSION_FEED_SENT,
                        .now_ms = now_ms,
                        .seq = effect->seq + below((uint32_t)(core.feed_last - effect->seq) + 1)};
                }
            } while (event.type == SESSION_FEED_SENT);
            cr_assert_eq(core.stored_seq, committed, "seed %lu", (unsigned long)seed);
            cr_assert_eq(gave + core.queued_bytes, took, "seed %lu step %u: credit",
                         (unsigned long)seed, step);
        }
    }
}
