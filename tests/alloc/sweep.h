#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/alloc/alloc_fail.h"

/* One scenario run again and again, each time with another call that gets no memory: every one of
 * the first `exact`, then every `stride`-th, until a run is through before its call comes.
 *
 * Runs happen in child processes, some hundred each, so that a crash, a failed assertion or a leak
 * is told with the number that shows it. */

struct scenario {
    const char *name;
    /* Arms with alloc_fail_at, for one call or for more after it, where the tested part begins,
     * stops, and looks at what is left. Sets *reached_out from alloc_stop. Returns NULL, or what
     * does not hold. */
    const char *(*run)(const void *what, uint64_t number, bool all_after, bool *reached_out);
    uint64_t exact, stride;
    const void *what;
};

/* Exit status for main. Arguments: nothing for all; NAME for one, or for all those whose names
 * begin with NAME and a slash; NAME NUMBER[+] for one run in this process. "--all" before them:
 * every number, whatever exact and stride say. */
int sweep_main(int argc, char **argv, const struct scenario *scenarios, uint32_t count);
