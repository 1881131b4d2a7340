#include <sodium.h>
#include <stdlib.h>

#include "tests/alloc/sweep.h"
#include "tests/sim/sim.h"

/* Simulated histories in which the engines run out of memory: the simulator's oracle judges. What
 * the simulator itself does with the libraries (making disks, looking at them) does not fail. */

#define PAUSED(type, name, parameters, ...) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters \
    { \
        alloc_pause(); \
        type result = __real_##name(__VA_ARGS__); \
        alloc_resume(); \
        return result; \
    }

#define PAUSED_VOID(name, parameters, ...) \
    void __real_##name parameters; \
    void __wrap_##name parameters; \
    void __wrap_##name parameters \
    { \
        alloc_pause(); \
        __real_##name(__VA_ARGS__); \
        alloc_resume(); \
    }

PAUSED_VOID(place_make_broker, (struct sim * sim), sim)
PAUSED_VOID(place_make_node, (struct sim * sim, int index), sim, index)
PAUSED_VOID(place_take_snapshot, (struct sim_place * place), place)
PAUSED_VOID(place_clone, (struct sim * sim, int index), sim, index)
PAUSED_VOID(check_sent_by_node, (struct sim * sim, struct bytes frame), sim, frame)
PAUSED_VOID(check_sent_by_broker,
            (struct sim * sim, const struct sim_place *to, struct bytes frame), sim, to, frame)
PAUSED_VOID(check_step, (struct sim * sim), sim)
PAUSED_VOID(check_at_rest, (struct sim * sim), sim)
PAUSED_VOID(check_broken_off, (struct sim * sim), sim)
PAUSED_VOID(machine_restore_broker, (struct sim * sim), sim)
PAUSED(bool, in_step, (struct sim * sim, char *why, size_t size), sim, why, size)
PAUSED(enum err, field_from_text,
       (const struct field *field, const char *text, struct mp_buf *out, struct err_info *info),
       field, text, out, info)

/* Memory that is short comes back after a while: nobody would come into step without any. */
enum { SHORT_FOR_CALLS = 40 };

static const char *history(const void *seed, uint64_t number, bool all_after, bool *reached_out)
{
    static struct sim sim;

    sim.scarce = true;
    alloc_fail_at(number, all_after ? SHORT_FOR_CALLS : 1);
    sim_run(&sim, *(const uint64_t *)seed, getenv("SIM_VERBOSE") != NULL);
    *reached_out = alloc_stop();
    return sim.failure[0] != '\0' ? sim.failure : NULL;
}

static const uint64_t one_site = 3, some_sites = 8;
#ifdef SLOW_BUILD
enum { SIM_EXACT = 50, SIM_STRIDE = 1009 };
#else
enum { SIM_EXACT = 500, SIM_STRIDE = 101 };
#endif

int main(int argc, char **argv)
{
    static const struct scenario scenarios[] = {
        {"history-1", history, SIM_EXACT, SIM_STRIDE, &one_site},
        {"history-2", history, SIM_EXACT, SIM_STRIDE, &some_sites},
    };
    if (sodium_init() < 0)
        return 1;
    return sweep_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
