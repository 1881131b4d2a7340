#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/process.h"
#include "tests/alloc/sweep.h"

/* The daemons as they run, short of memory from their start on: each ends with an error it tells,
 * or serves on. Started again with memory, everything that was acknowledged is there and verifies.
 */

struct place {
    const char *program, *name;
    char dir[256], listen[64];
    uint32_t written; /* records so far */
};

static struct place node = {.program = "cse-node", .name = "alone"},
                    broker = {.program = "cse-broker", .name = "empty"},
                    centre = {.program = "cse-broker", .name = "centre"},
                    member = {.program = "cse-node", .name = "member"};

static const struct shortage enough = {.number = 0};

static struct outcome outcome;
static char answer[OUTPUT_BYTES_MAX];

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)printf("cannot %s: %s%s\n", what, outcome.err, answer);
    abort();
}

static const char *listen_of(const struct place *place)
{
    return place->listen[0] != '\0' ? place->listen : NULL;
}

/* ---- what is asked ---- */

static bool text_in_answer(const char *key, char *out, size_t size)
{
    json_t *json = json_loads(answer, 0, NULL);
    const char *text = json_string_value(json_object_get(json, key));
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
    json_decref(json);
    return out[0] != '\0';
}

/* The id of a record that was acknowledged; "" when it was not. NULL, or what is wrong. */
static const char *write_record(struct place *place, char id_out[64])
{
    static char why[512];
    char body[256];
    (void)snprintf(body, sizeof(body),
                   "{\"fields\":{\"title\":\"Record %u\",\"elements\":[\"4.3.2\"],\"date\":"
                   "\"2026-05-04\"}}",
                   (unsigned)++place->written);
    int status = daemon_ask(place->dir, "POST", "/api/v1/records/evidence", body, answer);
    id_out[0] = '\0';
    if (status == 201 && !text_in_answer("id", id_out, 64)) {
        (void)snprintf(why, sizeof(why), "saved without an id: %.300s", answer);
        return why;
    }
    if (status == 0 || status == 201 || status >= 500)
        return NULL;
    (void)snprintf(why, sizeof(why), "a good record: %d %.300s", status, answer);
    return why;
}

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
    if ((status == 201 && text_in_answer("token", token, sizeof(token))) || status == 0 ||
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

static bool is_there(const struct place *place, const char *id)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/api/v1/records/evidence/%s", id);
    return id[0] == '\0' || daemon_ask(place->dir, "GET", path, NULL, answer) == 200;
}

static const char *verify(const struct place *place)
{
    static char why[600];
    const char *args[] = {"verify", "--data", place->dir, NULL};
    cse_run(args, enough, &outcome);
    if (!outcome.signalled && outcome.status == 0)
        return NULL;
    (void)snprintf(why, sizeof(why), "%s does not verify: %d %.200s %.300s", place->name,
                   outcome.status, outcome.out, outcome.err);
    return why;
}

/* ---- one alone ---- */

static const char *serve(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    struct place *place = *(struct place *const *)what;
    struct daemon_process daemon;
    char ids[3][64] = {"", "", ""};
    const char *why = NULL;
    bool up = daemon_begin(&daemon, place->program, place->dir, listen_of(place),
                           (struct shortage){.number = number, .all_after = all_after});
    for (int i = 0; up && i < 3 && why == NULL; i++)
        why = write_record(place, ids[i]);
    if (up && why == NULL)
        why = invite_one(place);
    if (up && why == NULL)
        why = read_some(place);
    const char *fault = daemon_end(&daemon);
    *reached_out = daemon_reached();
    if (why == NULL)
        why = fault;
    if (why != NULL)
        return why;
    if (!daemon_begin(&daemon, place->program, place->dir, listen_of(place), enough)) {
        why = daemon_end(&daemon);
        return why != NULL ? why : "does not start again";
    }
    for (int i = 0; i < 3 && why == NULL; i++)
        why = is_there(place, ids[i]) ? NULL : "an acknowledged record is gone";
    fault = daemon_end(&daemon);
    if (why == NULL)
        why = fault;
    return why == NULL ? verify(place) : why;
}

/* ---- two in step ---- */

static bool is_accepted(const char *id)
{
    char path[128], state[32];
    (void)snprintf(path, sizeof(path), "/api/v1/receipts/%s", id);
    return daemon_ask(member.dir, "GET", path, NULL, answer) == 200 &&
           text_in_answer("state", state, sizeof(state)) && strcmp(state, "accepted") == 0;
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
    bool up = daemon_begin(&at_centre, "cse-broker", centre.dir, centre.listen,
                           poor == &centre ? shortage : enough);
    up =
        daemon_begin(&at_site, "cse-node", member.dir, NULL, poor == &member ? shortage : enough) &&
        up;
    if (at_site.pid > 0)
        why = write_record(&member, id);
    if (up && id[0] != '\0' && why == NULL)
        (void)becomes_accepted(id, 60);
    struct daemon_process *first = poor == &centre ? &at_centre : &at_site;
    const char *fault = daemon_end(first);
    *reached_out = daemon_reached();
    if (why == NULL)
        why = fault;
    up = poor == &centre ? daemon_begin(&at_centre, "cse-broker", centre.dir, centre.listen, enough)
                         : daemon_begin(&at_site, "cse-node", member.dir, NULL, enough);
    if (why == NULL && !up)
        why = "does not start again";
    if (why == NULL && id[0] != '\0' && !becomes_accepted(id, 1000))
        why = "an acknowledged record does not reach the centre";
    fault = daemon_end(&at_site);
    const char *other = daemon_end(&at_centre);
    if (why == NULL)
        why = fault != NULL ? fault : other;
    if (why == NULL)
        why = verify(&member);
    return why == NULL ? verify(&centre) : why;
}

/* ---- the places ---- */

static void make(struct place *place)
{
    bool is_node = strcmp(place->program, "cse-node") == 0;
    (void)snprintf(place->dir, sizeof(place->dir), "%s", work_path(place->name));
    const char *args[] = {"init",
                          is_node ? "node" : "broker",
                          place->dir,
                          is_node ? NULL : "--organisation",
                          "Northmoor Council",
                          NULL};
    cse_run(args, enough, &outcome);
    must(!outcome.signalled && outcome.status == 0, "make a data directory");
    if (!is_node)
        free_address(place->listen);
}

static void make_member(void)
{
    struct daemon_process daemon;
    char token[1024];
    const char *invite[] = {"invite", "member", "--data", centre.dir, NULL};
    const char *join[] = {"join", token, "--data", member.dir, NULL};
    must(daemon_begin(&daemon, "cse-broker", centre.dir, centre.listen, enough), "start a broker");
    cse_run(invite, enough, &outcome);
    must(outcome.status == 0, "invite");
    (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(outcome.out, "\n"), outcome.out);
    cse_run(join, enough, &outcome);
    must(outcome.status == 0, "join");
    must(daemon_end(&daemon) == NULL, "stop the broker");
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
    make(&node);
    make(&broker);
    make(&centre);
    make(&member);
    make_member();
    int status = sweep_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
    work_remove();
    return status;
}
