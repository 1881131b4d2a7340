#include <stdio.h>

#include "tests/sim/sim.h"

/* Two versions of the software beside each other: who has which, and when a machine is given the
 * other one over the same disk. Drawn apart from everything else, so that the other misfortunes of
 * a seed do not depend on it. */

enum { DOWN_MS_MAX = 20 * 1000 };

void version_draw(struct sim *sim)
{
    struct rng *rng = &sim->versions.rng;

    if (sim->other == NULL)
        return;
    rng->state = sim->seed * 0xd6e8feb86659fd93u + 7;
    sim->broker.other = rng_below(rng, 2) == 0;
    for (uint32_t i = 0; i < sim->node_count; i++)
        sim->nodes[i].other = rng_below(rng, 2) == 0;
    sim->nodes[rng_below(rng, sim->node_count)].other = !sim->broker.other; /* never all alike */
    for (uint32_t i = 0; i < sim->node_count; i++)
        sim->nodes[i].ever_other = sim->nodes[i].other;
    if (rng_below(rng, 3) > 0)
        sim->versions.upgrade = 20 + rng_below(rng, 80);
    if (rng_below(rng, 2) == 0)
        sim->versions.put_back = sim->versions.upgrade / 2;
    sim->versions.ends_alike = rng_below(rng, 2) == 0;
}

/* The machine is stopped and the other software installed. */
static void install(struct sim_place *place, bool other)
{
    struct sim *sim = place->sim;

    if (place->up)
        place_crash(place, rng_below(&sim->versions.rng, DOWN_MS_MAX));
    place->other = other;
    place->ever_other = place->ever_other || other;
    sim_say(sim, "place %d is given %s", place->index, other ? sim->other->called : "our version");
}

void version_change(struct sim *sim)
{
    struct rng *rng = &sim->versions.rng;

    if (sim->other == NULL)
        return;
    uint32_t pick = rng_below(rng, sim->node_count + 1);
    struct sim_place *place = pick == sim->node_count ? &sim->broker : &sim->nodes[pick];
    uint32_t chance = place->other ? sim->versions.upgrade : sim->versions.put_back;
    if (!rng_chance(rng, chance) || place->gone)
        return;
    install(place, !place->other);
    sim->happened[place->other ? SIM_PUT_BACK : SIM_UPGRADED]++;
}

/* In half of the histories everybody has ours in the end; in the others they stay apart. */
void version_settle(struct sim *sim)
{
    for (int i = -1; i <= (int)sim->node_count && sim->versions.ends_alike; i++) {
        struct sim_place *place = i < 0 ? &sim->broker : &sim->nodes[i];
        if (!place->active || !place->other || place->gone)
            continue;
        install(place, false);
        sim->happened[SIM_UPGRADED]++;
    }
}

/* Software that does not know the format it finds says so and leaves it alone: whoever had the
 * machine before goes on. */
bool version_refused(struct sim_place *place, enum err err, const struct err_info *info)
{
    struct sim *sim = place->sim;

    if (err != ERR_VERSION || sim->other == NULL)
        return false;
    sim_say(sim, "place %d: %s refuses its store: %s", place->index,
            place->other ? sim->other->called : "our version", info->text);
    sim->happened[SIM_REFUSED]++;
    place->other = !place->other;
    return true;
}

/* When all is checked: each place is started once more with the other software. Either it knows the
 * format, and all it derives is what the log gives, or it refuses. */
void version_exchange(struct sim *sim)
{
    for (int i = -1; i <= (int)sim->node_count && sim->failure[0] == '\0'; i++) {
        struct sim_place *place = i < 0 ? &sim->broker : &sim->nodes[i];
        if (sim->other == NULL || !place->active || !place->up)
            continue;
        install(place, !place->other);
        sim->happened[SIM_EXCHANGED]++;
        if (place_start(place) || (sim->failure[0] == '\0' && place_start(place)))
            check_rebuild(sim, place);
        else
            sim_fail(sim, "place %d starts with neither version", i);
    }
}
