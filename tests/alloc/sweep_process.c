#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/process_place.h"
#include "tests/alloc/sweep.h"

/* The daemons as they run, short of memory from their start on: each ends with an error it tells,
 * or serves on. Started again with memory, everything that was acknowledged is there and verifies.
 */

static struct place node, broker, centre, member;

static const struct shortage enough = {.number = 0};

static struct outcome outcome;
static char answer[OUTPUT_BYTES_MAX];

/* ---- what is asked ---- */

/* A broker invites a site: with a token, or not. */
static const char *invite_one(struct place *place)
{
    static char why[512];
    char body[64], token[16], slug[32];
    if (strcmp(place->program, "cse-broker") != 0)
        return NULL;
    (void)snprintf(slug, sizeof(slug), "site-%x-%u", (unsigned)getpid(), (unsigned)place->written);
    (void)snprintf(body, sizeof(body), "{\"site\":\"%s\"}", slug);
    int status = daemon_ask(place->dir, "POST", "/api/v1/sites/invitations", body, answer);
    if ((status == 201 && json_text(answer, "token", token, sizeof(token))) || status == 0 ||
        status >= 500)
        return NULL;
    (void)snprintf(why, sizeof(why), "an invitation: %d %.300s", status, answer);
    return why;
}

static const char *read_some(const struct place *place)
{
    static const char *const paths[] = {"/readyz",
                                        "/metrics",
                                        "/api/v1/status",
                                        "/api/v1/picture",
                                        "/api/v1/records/evidence",
                                        "/api/v1/exports/evidence?format=csv"};
    static char why[512];
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        int status = daemon_ask(place->dir, "GET", paths[i], NULL, answer);
        if (status == 0 || status == 200 || status >= 500)
            continue;
        (void)snprintf(why, sizeof(why), "%s: %d %.300s", paths[i], status, answer);
        return why;
    }
    return NULL;
}

/* ---- one alone ---- */

static const char *serve(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    struct place *place = *(struct place *const *)what;
    struct daemon_process daemon;
    char ids[3][64] = {"", "", ""};
    const char *why = NULL;
    bool up =
        place_start(place, &daemon, (struct shortage){.number = number, .all_after = all_after});
    for (int i = 0; up && i < 3 && why == NULL; i++)
        why = place_write_record(place, ids[i]);
    if (up && why == NULL)
        why = invite_one(place);
    if (up && why == NULL)
        why = read_some(place);
    const char *fault = daemon_end(&daemon);
    *reached_out = daemon_reached();
    if (why == NULL)
        why = fault;
    return why == NULL ? place_kept(place, ids, 3) : why;
}

/* ---- two in step ---- */

static bool is_accepted(const char *id)
{
    char path[128], state[32];
    (void)snprintf(path, sizeof(path), "/api/v1/receipts/%s", id);
    return daemon_ask(member.dir, "GET", path, NULL, answer) == 200 &&
           json_text(answer, "state", state, sizeof(state)) && strcmp(state, "accepted") == 0;
}

static bool becomes_accepted(const char *id, int tries)
{
    for (int i = 0; i < tries; i++) {
        if (is_accepted(id))
            return true;
        if (i % 20 == 0)
            (void)daemon_ask(member.dir, "POST", "/api/v1/sync", "{}", answer);
        (void)usleep(10000);
    }
    return false;
}

/* `what` is short of memory, the other is not. */
static const char *step(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    const struct place *poor = *(struct place *const *)what;
    struct shortage shortage = {.number = number, .all_after = all_after};
    struct daemon_process at_centre, at_site;
    char id[64] = "";
    const char *why = NULL;
    *reached_out = false;
    bool up = place_start(&centre, &at_centre, poor == &centre ? shortage : enough);
    up = place_start(&member, &at_site, poor == &member ? shortage : enough) && up;
    if (at_site.pid > 0)
        why = place_write_record(&member, id);
    if (up && id[0] != '\0' && why == NULL)
        (void)becomes_accepted(id, 60);
    struct daemon_process *first = poor == &centre ? &at_centre : &at_site;
    const char *fault = daemon_end(first);
    *reached_out = daemon_reached();
    if (why == NULL)
        why = fault;
    up = place_start(poor, first, enough);
    if (why == NULL && !up)
        why = "does not start again";
    if (why == NULL && id[0] != '\0' && !becomes_accepted(id, 1000))
        why = "an acknowledged record does not reach the centre";
    fault = daemon_end(&at_site);
    const char *other = daemon_end(&at_centre);
    if (why == NULL)
        why = fault != NULL ? fault : other;
    if (why == NULL)
        why = place_verify(&member);
    return why == NULL ? place_verify(&centre) : why;
}

/* ---- the places ---- */

static void make_member(void)
{
    struct daemon_process daemon;
    char token[1024];
    const char *invite[] = {"invite", "member", "--data", centre.dir, NULL};
    const char *join[] = {"join", token, "--data", member.dir, NULL};
    work_must(place_start(&centre, &daemon, enough), "start a broker", &outcome);
    cse_run(invite, enough, &outcome);
    work_must(outcome.status == 0, "invite", &outcome);
    (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(outcome.out, "\n"), outcome.out);
    cse_run(join, enough, &outcome);
    work_must(outcome.status == 0, "join", &outcome);
    work_must(daemon_end(&daemon) == NULL, "stop the broker", &outcome);
}

#ifdef SLOW_BUILD
enum { SERVE_EXACT = 4, SERVE_STRIDE = 211, STEP_EXACT = 0, STEP_STRIDE = 401 };
#else
enum { SERVE_EXACT = 16, SERVE_STRIDE = 71, STEP_EXACT = 2, STEP_STRIDE = 37 };
#endif

int main(int argc, char **argv)
{
    static struct place *const alone = &node, *const empty = &broker, *const at = &centre,
                               *const site = &member;
    static const struct scenario scenarios[] = {
        {"serve-node", serve, SERVE_EXACT, SERVE_STRIDE, &alone},
        {"serve-broker", serve, SERVE_EXACT, SERVE_STRIDE, &empty},
        {"step-node", step, STEP_EXACT, STEP_STRIDE, &site},
        {"step-broker", step, STEP_EXACT, STEP_STRIDE, &at},
    };
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    place_make(&node, "cse-node", "alone");
    place_make(&broker, "cse-broker", "empty");
    place_make(&centre, "cse-broker", "centre");
    place_make(&member, "cse-node", "member");
    make_member();
    int status = sweep_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
    work_remove();
    return status;
}
