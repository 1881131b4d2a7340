#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

/* A run: misfortune first (safety is checked after every step), then none (everybody must come into
 * step within bounded time). */

enum { QUIET_MS_MAX = 6 * 3600 * 1000, QUIET_STEP_MS = 5000, DOWN_MS_MAX = 20 * 1000 };

uint64_t rng_next(struct rng *rng)
{
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *rng, uint32_t below)
{
    return (uint32_t)(rng_next(rng) % below);
}

bool rng_chance(struct rng *rng, uint32_t per_thousand)
{
    return per_thousand > 0 && rng_below(rng, 1000) < per_thousand;
}

void sim_fail(struct sim *sim, const char *format, ...)
{
    va_list args;

    if (sim->failure[0] != '\0')
        return;
    va_start(args, format);
    (void)vsnprintf(sim->failure, sizeof(sim->failure), format, args);
    va_end(args);
}

void sim_say(const struct sim *sim, const char *format, ...)
{
    va_list args;

    if (!sim->verbose)
        return;
    va_start(args, format);
    (void)printf("%9.3f s  ", (double)sim->now_ms / 1000.0);
    (void)vprintf(format, args);
    (void)printf("\n");
    va_end(args);
}

/* Each seed knows some misfortunes and not others, so that each is also seen alone. */
static struct sim_faults draw_faults(struct rng *rng)
{
    struct sim_faults faults = {0};
    uint32_t *rates[] = {&faults.drop,         &faults.duplicate,   &faults.reorder,
                         &faults.delay,        &faults.cut,         &faults.crash_node,
                         &faults.crash_broker, &faults.fail_commit, &faults.full,
                         &faults.clock_jump,   &faults.clock_freeze};

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        if (rng_below(rng, 2) == 0)
            *rates[i] = 1 + rng_below(rng, 60);
    if (rng_below(rng, 6) == 0)
        faults.restore = 5 + rng_below(rng, 20);
    if (rng_below(rng, 12) == 0)
        faults.clone = 5 + rng_below(rng, 20);
    bool alone = faults.restore == 0 && faults.clone == 0;
    if (alone && rng_below(rng, 5) == 0)
        faults.restore_broker = 5 + rng_below(rng, 30);
    if (rng_below(rng, 10) == 0)
        faults.revoke = 5 + rng_below(rng, 10);
    if (alone && rng_below(rng, 10) == 0)
        faults.lose = 5 + rng_below(rng, 10);
    if (faults.lose > 0)
        faults.replace = 100 + rng_below(rng, 400);
    return faults;
}

/* Nothing has to come right again in a run for safety, so nothing is spared. */
static void make_severe(struct sim_faults *faults)
{
    uint32_t *rates[] = {&faults->drop,       &faults->duplicate,    &faults->delay,
                         &faults->crash_node, &faults->crash_broker, &faults->fail_commit,
                         &faults->full,       &faults->cut,          &faults->clock_jump};

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        *rates[i] = 40 + 3 * *rates[i];
}

static void settle_connection(struct sim_place *place)
{
    struct sim *sim = place->sim;

    place->connect_at_ms = 0;
    place->wake_ms = sim->now_ms;
    if (sim->broker.up) {
        place->connected = true;
        engine_link_ready(place);
    } else {
        net_drop_connection(place);
        engine_link_lost(place);
    }
}

/* Let a place do what is due; a store that failed for good means a restart. */
static void tick(struct sim_place *place)
{
    struct sim *sim = place->sim;

    if (engine_tick(place) != ERR_OK)
        place_crash(place, rng_below(&sim->rng, DOWN_MS_MAX));
}

/* The place that is due first and when. */
static struct sim_place *next_place(struct sim *sim, uint64_t *at_ms_out)
{
    struct sim_place *next = NULL;

    *at_ms_out = UINT64_MAX;
    for (int i = -1; i <= (int)sim->node_count; i++) {
        struct sim_place *place = i < 0 ? &sim->broker : &sim->nodes[i];
        if (!place->active)
            continue;
        uint64_t at_ms = place->up ? place->wake_ms : place->restart_at_ms;
        if (place->up && place->connect_at_ms != 0 && place->connect_at_ms < at_ms)
            at_ms = place->connect_at_ms;
        if (at_ms < *at_ms_out) {
            *at_ms_out = at_ms;
            next = place;
        }
    }
    return next;
}

static void advance(struct sim *sim, uint64_t by_ms)
{
    uint64_t until_ms = sim->now_ms + by_ms;

    for (uint32_t events = 0; sim->failure[0] == '\0'; events++) {
        uint64_t place_ms, net_ms = net_next_ms(sim);
        struct sim_place *place = next_place(sim, &place_ms);
        uint64_t at_ms = place_ms < net_ms ? place_ms : net_ms;
        if (at_ms > until_ms)
            break;
        if (events > SIM_EVENTS_A_STEP_MAX)
            sim_fail(sim, "I11: place %d is busy without end", place != NULL ? place->index : 0);
        if (at_ms > sim->now_ms)
            sim->now_ms = at_ms;
        if (net_ms <= place_ms)
            net_deliver(sim);
        else if (!place->up)
            (void)place_start(place);
        else if (place->connect_at_ms != 0 && place->connect_at_ms <= sim->now_ms)
            settle_connection(place);
        else
            tick(place);
    }
    if (until_ms > sim->now_ms)
        sim->now_ms = until_ms;
}

static struct sim_place *any_place(struct sim *sim)
{
    uint32_t pick = rng_below(&sim->rng, sim->node_count + 1);
    return pick == sim->node_count ? &sim->broker : &sim->nodes[pick];
}

static void misfortune_of_stores(struct sim *sim)
{
    struct rng *rng = &sim->rng;
    struct sim_place *place = any_place(sim);

    if (rng_chance(rng, sim->faults.fail_commit) && ++sim->happened[SIM_COMMIT_FAILED] > 0)
        store_mem_fail_commits(place->store, 1 + rng_below(rng, 2),
                               rng_below(rng, 2) ? STORE_NOT : STORE_UNKNOWN,
                               rng_below(rng, 2) != 0);
    if (rng_chance(rng, sim->faults.full) && ++sim->happened[SIM_FULL] > 0)
        store_mem_set_capacity(place->store,
                               rng_below(rng, 3) == 0 ? 0 : 2000 + rng_below(rng, 20000));
}

static void misfortune_of_machines(struct sim *sim, struct sim_place *node)
{
    struct rng *rng = &sim->rng;

    if (rng_chance(rng, sim->faults.restore_broker * 2))
        place_take_snapshot(&sim->broker);
    if (rng_chance(rng, sim->faults.restore_broker) && sim->broker.up)
        machine_restore_broker(sim);
    if (rng_chance(rng, sim->faults.revoke) && !sim->cloned)
        machine_revoke(node);
    if (rng_chance(rng, sim->faults.lose) && !node->gone)
        machine_lose(node);
    if (rng_chance(rng, sim->faults.replace) && node->gone)
        machine_replace(node);
}

static void misfortune(struct sim *sim)
{
    struct rng *rng = &sim->rng;
    struct sim_place *node = &sim->nodes[rng_below(rng, sim->node_count)];

    if (rng_chance(rng, sim->faults.cut) && node->up && node->connection != 0) {
        net_drop_connection(node);
        engine_link_lost(node);
        node->wake_ms = sim->now_ms;
        sim->happened[SIM_CUT]++;
    }
    if (rng_chance(rng, sim->faults.crash_node) && node->up)
        place_crash(node, rng_below(rng, DOWN_MS_MAX));
    if (rng_chance(rng, sim->faults.crash_broker) && sim->broker.up)
        place_crash(&sim->broker, rng_below(rng, DOWN_MS_MAX));
    misfortune_of_stores(sim);
    if (rng_chance(rng, sim->faults.clock_jump))
        machine_clock(any_place(sim));
    if (rng_chance(rng, sim->faults.clock_freeze))
        machine_freeze(any_place(sim));
    misfortune_of_machines(sim, node);
    version_change(sim);
    if (rng_chance(rng, sim->faults.restore * 2))
        place_take_snapshot(node);
    if (rng_chance(rng, sim->faults.restore) && node->up && !sim->cloned)
        place_restore(node);
    if (rng_chance(rng, sim->faults.clone) && node->snapshot == NULL && sim->faults.restore == 0)
        place_clone(sim, (int)(node - sim->nodes));
}

static void step(struct sim *sim)
{
    uint32_t pick = rng_below(&sim->rng, 100);
    uint32_t places = sim->node_count + (sim->cloned ? 1 : 0);
    struct sim_place *node = &sim->nodes[rng_below(&sim->rng, places)];

    if (pick < 55 && node->up)
        for (uint32_t i = 1 + rng_below(&sim->rng, 3); i > 0 && node->up; i--)
            write_something(sim, node);
    else if (pick < 65 && sim->broker.up)
        write_something(sim, &sim->broker);
    misfortune(sim);
    advance(sim, pick >= 97 ? rng_below(&sim->rng, 400 * 1000) : rng_below(&sim->rng, 1500));
    check_step(sim);
    sim->steps++;
}

/* Faults stop: clocks right, disks roomy, everybody started. */
static void calm_down(struct sim *sim)
{
    sim->quiet = true;
    version_settle(sim);
    for (int i = -1; i <= (int)sim->node_count; i++) {
        struct sim_place *place = i < 0 ? &sim->broker : &sim->nodes[i];
        if (!place->active)
            continue;
        store_mem_set_capacity(place->store, 0);
        store_mem_fail_commits(place->store, 0, STORE_NOT, false);
        place->clock_offset_ms = 0;
        place->frozen_unix_ms = 0;
        if (!place->up && !place->gone)
            place->restart_at_ms = sim->now_ms;
    }
}

static void come_to_rest(struct sim *sim)
{
    char why[256] = "";
    uint64_t until_ms = sim->now_ms + QUIET_MS_MAX;
    bool calm = false;

    sim_say(sim, "faults are over");
    calm_down(sim);
    while (!calm && sim->now_ms < until_ms && sim->failure[0] == '\0') {
        advance(sim, QUIET_STEP_MS);
        calm = in_step(sim, why, sizeof(why));
    }
    if (!calm)
        sim_fail(sim, "I11: not in step long after the faults stopped: %s", why);
}

/* A copied machine's operations are held until somebody decides; decide for both. */
static void release_held(struct sim *sim)
{
    struct err_info info = {0};
    char slug[SLUG_BYTES_MAX + 1];

    for (uint32_t i = 0; i < sim->node_count && sim->cloned; i++)
        for (uint32_t epoch = 1; epoch < 64; epoch++) {
            (void)snprintf(slug, sizeof(slug), "site-%u", i);
            if (sim->nodes[i].site != sim->nodes[sim->node_count].site)
                continue;
            enum err err = engine_release(&sim->broker, slug, epoch, &info);
            if (err != ERR_OK && err != ERR_NOT_FOUND)
                sim_fail(sim, "release epoch %u of %s: %s", epoch, slug, info.text);
        }
    advance(sim, QUIET_STEP_MS);
}

static void tear_down(struct sim *sim)
{
    place_free(&sim->broker);
    for (uint32_t i = 0; i <= sim->node_count; i++)
        place_free(&sim->nodes[i]);
    net_clear(sim);
    free(sim->frames);
    free(sim->writes);
    free(sim->records);
    free(sim->leaves);
}

static void set_up(struct sim *sim)
{
    sim->frames = calloc(SIM_FRAMES_MAX, sizeof(*sim->frames));
    sim->writes = calloc(SIM_WRITES_MAX, sizeof(*sim->writes));
    sim->records = calloc(SIM_RECORDS_MAX, sizeof(*sim->records));
    sim->leaves = calloc(SIM_LEAVES_MAX, sizeof(*sim->leaves));
    sim->faults = draw_faults(&sim->rng);
    sim->severe = rng_below(&sim->rng, 4) == 0;
    if (sim->severe)
        make_severe(&sim->faults);
    sim->now_ms = 1000;
    sim->node_count = rng_below(&sim->rng, 8) == 0 ? 5 + rng_below(&sim->rng, SIM_NODES_MAX - 4)
                                                   : 1 + rng_below(&sim->rng, 4);
    place_make_broker(sim);
    for (uint32_t i = 0; i < sim->node_count; i++)
        place_make_node(sim, (int)i);
    version_draw(sim);
    (void)place_start(&sim->broker);
    for (uint32_t i = 0; i < sim->node_count; i++)
        (void)place_start(&sim->nodes[i]);
}

void sim_run(struct sim *sim, uint64_t seed, bool verbose)
{
    *sim = (struct sim){.frames_dir = sim->frames_dir,
                        .scarce = sim->scarce,
                        .other = sim->other,
                        .seed = seed,
                        .rng = {.state = seed * 0x2545f4914f6cdd1du + 1},
                        .verbose = verbose};
    set_up(sim);
    uint32_t steps = 20 + rng_below(&sim->rng, 60);
    for (uint32_t i = 0; i < steps && sim->failure[0] == '\0'; i++)
        step(sim);
    if (sim->failure[0] == '\0' && !sim->severe)
        come_to_rest(sim);
    if (sim->failure[0] == '\0' && sim->severe)
        check_broken_off(sim);
    if (sim->failure[0] == '\0' && sim->cloned && !sim->severe)
        release_held(sim);
    if (sim->failure[0] == '\0' && !sim->severe)
        check_at_rest(sim);
    if (sim->failure[0] == '\0' && !sim->severe)
        version_exchange(sim);
    tear_down(sim);
}
