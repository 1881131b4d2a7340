#include "tests/alloc/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS_A_CHILD = 100, FAILURES_MAX = 5 };

static bool every_number;

/* What parent and child both see. */
struct shared {
    uint64_t number, runs;
    bool through;
    char why[256];
};

static uint64_t next_number(const struct scenario *scenario, uint64_t number)
{
    bool dense = every_number || number < scenario->exact;
    return dense ? number + 1 : number + scenario->stride;
}

static void run_some(const struct scenario *scenario, uint64_t number, bool all_after,
                     struct shared *shared)
{
    for (int i = 0; i < RUNS_A_CHILD && !shared->through; i++) {
        bool reached = false;
        shared->number = number;
        const char *why = scenario->run(scenario->what, number, all_after, &reached);
        if (why != NULL) {
            (void)snprintf(shared->why, sizeof(shared->why), "%s", why);
            exit(1);
        }
        shared->through = !reached;
        shared->runs += reached ? 1 : 0;
        number = next_number(scenario, number);
    }
}

/* The last number of the sweep; false when something did not hold. */
static bool sweep_mode(const struct scenario *scenario, bool all_after, struct shared *shared)
{
    uint64_t number = 1;
    int failures = 0;
    *shared = (struct shared){0};
    while (!shared->through && failures < FAILURES_MAX) {
        uint64_t first = number;
        int status = 0;
        shared->why[0] = '\0';
        pid_t child = fork();
        if (child == 0) {
            run_some(scenario, number, all_after, shared);
            exit(0); /* the leak check */
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
            return false;
        number = next_number(scenario, shared->number);
        if (status == 0)
            continue;
        failures++;
        (void)printf("not ok %s, call %llu%s (run began at %llu): %s, status %d\n", scenario->name,
                     (unsigned long long)shared->number, all_after ? "+" : "",
                     (unsigned long long)first,
                     shared->why[0] != '\0' ? shared->why : "died or leaked", status);
        (void)fflush(stdout);
    }
    return failures == 0;
}

static bool sweep(const struct scenario *scenario, struct shared *shared, uint64_t *failed_inout)
{
    bool sound = true;
    for (int all_after = 0; all_after < 2; all_after++) {
        sound = sweep_mode(scenario, all_after != 0, shared) && sound;
        *failed_inout += shared->runs;
        (void)printf("%s: %llu calls failed%s, the last was number %llu", scenario->name,
                     (unsigned long long)shared->runs, all_after ? ", each with more after it" : "",
                     (unsigned long long)shared->number);
        if (!every_number && shared->number > scenario->exact)
            (void)printf(" (every one of the first %llu, then every %llu)",
                         (unsigned long long)scenario->exact, (unsigned long long)scenario->stride);
        (void)printf("\n");
        (void)fflush(stdout);
    }
    return sound;
}

static int run_one(const struct scenario *scenario, const char *text)
{
    char *end = NULL;
    bool reached = false;
    uint64_t number = strtoull(text, &end, 10);
    const char *why = scenario->run(scenario->what, number, *end == '+', &reached);
    (void)printf("%s: call %llu %s of %llu: %s\n", scenario->name, (unsigned long long)number,
                 reached ? "failed" : "was not reached", (unsigned long long)alloc_calls(),
                 why != NULL ? why : "holds");
    return why != NULL ? 1 : 0;
}

static bool is_meant(const struct scenario *scenario, const char *name)
{
    size_t len = strlen(name);
    return strncmp(scenario->name, name, len) == 0 &&
           (scenario->name[len] == '\0' || scenario->name[len] == '/');
}

int sweep_main(int argc, char **argv, const struct scenario *scenarios, uint32_t count)
{
    bool sound = true, known = false;
    uint64_t failed = 0;
    struct shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    if (argc > 1 && strcmp(argv[1], "--all") == 0) {
        every_number = true;
        argv++;
        argc--;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (argc > 1 && !is_meant(&scenarios[i], argv[1]))
            continue;
        known = true;
        if (argc > 2)
            return run_one(&scenarios[i], argv[2]);
        sound = sweep(&scenarios[i], shared, &failed) && sound;
    }
    (void)printf("%llu failures in all\n", (unsigned long long)failed);
    return sound && known ? 0 : 1;
}
