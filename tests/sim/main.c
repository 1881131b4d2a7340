#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/sim.h"

/* sim --seeds N [--first M] [--jobs J]   run N seeds, say what failed
 * sim --seed S                           one seed, told step by step
 * sim --other FILE …                     some places run another version (other.sh makes the file)
 * sim --frames DIR --seed S              one seed, its frames written to DIR/msg and DIR/session */

struct totals {
    uint64_t runs, severe, failed, writes, acks, deliveries;
    uint64_t happened[SIM_EVENTS];
};

static uint64_t number(const char *text)
{
    char *end = NULL;

    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        (void)fprintf(stderr, "sim: '%s' is no number\n", text);
        exit(2);
    }
    return value;
}

static const struct other_software *other;

static void run_range(uint64_t first, uint64_t count, uint64_t stride, uint64_t stop_after,
                      struct totals *totals)
{
    static struct sim sim;

    sim.other = other;
    for (uint64_t seed = first; seed < first + count; seed += stride) {
        sim_run(&sim, seed, false);
        totals->runs++;
        totals->writes += sim.write_count;
        totals->acks += sim.acks;
        totals->severe += sim.severe;
        totals->deliveries += sim.deliveries;
        for (int e = 0; e < SIM_EVENTS; e++)
            totals->happened[e] += sim.happened[e];
        if (sim.failure[0] == '\0')
            continue;
        totals->failed++;
        (void)printf("sim --seed %llu: %s\n", (unsigned long long)seed, sim.failure);
        (void)fflush(stdout);
        if (totals->failed >= stop_after)
            return;
    }
}

static void add(struct totals *to, const struct totals *from)
{
    to->runs += from->runs;
    to->failed += from->failed;
    to->writes += from->writes;
    to->acks += from->acks;
    to->severe += from->severe;
    to->deliveries += from->deliveries;
    for (int e = 0; e < SIM_EVENTS; e++)
        to->happened[e] += from->happened[e];
}

/* Each job takes every J-th seed in a process of its own. */
static bool run_jobs(uint64_t first, uint64_t count, uint64_t jobs, uint64_t stop_after,
                     struct totals *totals)
{
    bool sound = true;
    int pipes[64][2];
    pid_t children[64];

    for (uint64_t j = 0; j < jobs; j++) {
        if (pipe(pipes[j]) != 0 || (children[j] = fork()) < 0)
            return false;
        if (children[j] == 0) {
            struct totals mine = {0};
            run_range(first + j, count - j, jobs, stop_after, &mine);
            ssize_t put = write(pipes[j][1], &mine, sizeof(mine));
            _exit(put == (ssize_t)sizeof(mine) ? 0 : 1);
        }
        (void)close(pipes[j][1]);
    }
    for (uint64_t j = 0; j < jobs; j++) {
        struct totals theirs = {0};
        int status = 0;
        if (read(pipes[j][0], &theirs, sizeof(theirs)) != (ssize_t)sizeof(theirs)) {
            (void)printf("sim: job %llu died\n", (unsigned long long)j);
            sound = false;
        }
        add(totals, &theirs);
        (void)waitpid(children[j], &status, 0);
        (void)close(pipes[j][0]);
        sound = sound && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return sound;
}

static int run_one(uint64_t seed, const char *frames_dir)
{
    static struct sim sim;

    sim.frames_dir = frames_dir;
    sim.other = other;
    sim_run(&sim, seed, frames_dir == NULL);
    if (sim.failure[0] == '\0') {
        (void)printf("seed %llu holds: %u writes, %llu acknowledgements, %llu crashes\n",
                     (unsigned long long)seed, sim.write_count, (unsigned long long)sim.acks,
                     (unsigned long long)sim.crashes);
        return 0;
    }
    (void)printf("sim --seed %llu: %s\n", (unsigned long long)seed, sim.failure);
    return 1;
}

static void print(const struct totals *totals)
{
    static const char *const names[SIM_EVENTS] = {
        [SIM_CUT] = "connections cut",
        [SIM_CRASHED] = "crashes",
        [SIM_COMMIT_FAILED] = "commits made to fail",
        [SIM_FULL] = "disks filled",
        [SIM_CLOCK_JUMPED] = "clocks set wrong",
        [SIM_CLOCK_FROZEN] = "clocks stopped",
        [SIM_RESTORED] = "sites restored",
        [SIM_CLONED] = "sites cloned",
        [SIM_BROKER_RESTORED] = "brokers restored",
        [SIM_REVOKED] = "keys revoked",
        [SIM_GONE] = "machines gone for good",
        [SIM_REPLACED] = "of them replaced",
        [SIM_UPGRADED] = "machines upgraded",
        [SIM_PUT_BACK] = "put back to the other version",
        [SIM_MIXED] = "frames between the versions",
        [SIM_EXCHANGED] = "stores opened by the other version at the end",
        [SIM_REFUSED] = "stores refused as newer",
    };

    (void)printf("%llu histories, %llu failed; %llu for safety, %llu for liveness: %llu writes, "
                 "%llu acknowledgements, %llu deliveries",
                 (unsigned long long)totals->runs, (unsigned long long)totals->failed,
                 (unsigned long long)totals->severe,
                 (unsigned long long)(totals->runs - totals->severe),
                 (unsigned long long)totals->writes, (unsigned long long)totals->acks,
                 (unsigned long long)totals->deliveries);
    for (int e = 0; e < (other == NULL ? SIM_UPGRADED : SIM_EVENTS); e++)
        (void)printf(", %llu %s", (unsigned long long)totals->happened[e], names[e]);
    (void)printf("\n");
}

/* Enough histories have seen everything that this program says it does. That two versions met is
 * asked of any number of them. A store need not be refused. */
static bool all_happened(const struct totals *totals)
{
    bool all = other == NULL || totals->happened[SIM_MIXED] > 0;

    for (int e = 0; e < SIM_UPGRADED && totals->runs >= 5000; e++)
        all = all && totals->happened[e] > 0;
    for (int e = SIM_UPGRADED; e < SIM_REFUSED && other != NULL && totals->runs >= 50; e++)
        all = all && totals->happened[e] > 0;
    if (!all)
        (void)printf("sim: something that should happen never did\n");
    return all;
}

static void load(const char *file)
{
    char why[512] = "";

    other = other_load(file, why, sizeof(why));
    if (other == NULL) {
        (void)fprintf(stderr, "sim: %s\n", why);
        exit(2);
    }
    (void)printf("beside %s\n", other->called);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t count = 200, first = 1, jobs = 2, stop_after = 10;
    struct totals totals = {0};
    const char *frames_dir = NULL;

    if (sodium_init() < 0)
        return 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            return run_one(number(argv[i + 1]), frames_dir);
        if (strcmp(argv[i], "--frames") == 0)
            frames_dir = argv[i + 1];
        else if (strcmp(argv[i], "--other") == 0)
            load(argv[i + 1]);
        else if (strcmp(argv[i], "--seeds") == 0)
            count = number(argv[i + 1]);
        else if (strcmp(argv[i], "--first") == 0)
            first = number(argv[i + 1]);
        else if (strcmp(argv[i], "--jobs") == 0)
            jobs = number(argv[i + 1]);
        else if (strcmp(argv[i], "--stop-after") == 0)
            stop_after = number(argv[i + 1]);
        else
            count = 0;
    }
    if (argc % 2 == 0 || count == 0 || jobs == 0 || jobs > 64 || jobs > count) {
        (void)fprintf(
            stderr,
            "usage: sim [--other FILE] [--seeds N] [--first M] [--jobs J] [--stop-after F] | "
            "[--other FILE] [--frames DIR] --seed S\n");
        return 2;
    }
    bool sound = run_jobs(first, count, jobs, stop_after, &totals);
    print(&totals);
    return sound && totals.failed == 0 && totals.runs == count && all_happened(&totals) ? 0 : 1;
}
