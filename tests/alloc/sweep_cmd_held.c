#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/alloc/cmd_parts.h"

/* A site's machine and a copy of it both run: the centre holds what comes of either until somebody
 * releases it, by a command that lacks memory. The centre is made once; each run has it from its
 * backup. */

enum { EACH = 3, HELD_MAX = 64, TRIES = 4000, TURNS = 100 };

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES];
static char twin[PATH_MAX_BYTES], backup[PATH_MAX_BYTES], place[PATH_MAX_BYTES];
static char word[32]; /* the epoch that is released, SITE:EPOCH */

static struct held {
    long long epoch;
    char id[64];
} held[HELD_MAX];
static size_t held_count, named_count; /* all, and of the epoch that is released */
static long long named, newest;        /* the epoch, and the last one that was given out */

/* How many of them the centre shows: of the named epoch, or of the others. */
static size_t shown(bool of_named)
{
    size_t count = 0;
    for (size_t i = 0; i < held_count; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "/api/v1/records/evidence/%s", held[i].id);
        count += (held[i].epoch == named) == of_named &&
                 daemon_ask(place, "GET", path, NULL, answer) == 200;
    }
    return count;
}

static void begin_release(void)
{
    char address[64];
    const char *restore[] = {"restore", backup, place, NULL};
    tree_remove(place);
    must(cse_works(restore, &other), "restore the centre");
    free_address(address);
    start_for_run("cse-broker", place, address);
    must(shown(true) == 0 && shown(false) == 0, "hold what was held");
}

/* All epochs: some of them hold nothing. */
static const char *release_rest(void)
{
    for (long long epoch = 1; epoch <= newest; epoch++) {
        char text[32];
        const char *release[] = {"release", text, "--data", place, NULL};
        (void)snprintf(text, sizeof(text), "pad:%lld", epoch);
        if (!cse_works(release, &other))
            return "leaves what cannot be released";
    }
    if (shown(true) != named_count || shown(false) != held_count - named_count)
        return "loses what was held";
    return site_is(place, "pad", "active") ? NULL : "leaves a site that is held";
}

static const char *look_release(bool done)
{
    size_t count = shown(true);
    if (count != 0 && count != named_count)
        return "released a part";
    if (shown(false) != 0)
        return "released what nobody named";
    if (!site_is(place, "pad", "suspect"))
        return "decided about the other machine too";
    if (done && count == 0)
        return "said it released";
    if (done && strstr(outcome.out, " changes released") == NULL)
        return "did not tell";
    return done ? release_rest() : NULL;
}

static const struct command commands[] = {
    {"release", begin_release, look_release, true, {"release", word, "--data", place}},
};

/* ---- two machines ---- */

static void work(const char *machine)
{
    const char *sync[] = {"sync", "--wait", "20", "--data", machine, NULL};
    for (int i = 0; i < EACH; i++)
        ask(machine, "POST", "/api/v1/records/evidence",
            "{\"fields\":{\"title\":\"Held\",\"date\":\"2026-05-04\"}}");
    must(cse_works(sync, &other), "get in step");
}

static void make_site(void)
{
    static char token[TOKEN_TEXT_BYTES];
    const char *join[] = {"join", token, "--data", pad, NULL};
    const char *copy[] = {"backup", backup, "--data", pad, NULL};
    const char *restore[] = {"restore", backup, twin, NULL};
    invite(centre, "pad", token);
    must(cse_works(join, &other), "join");
    work(pad);
    must(cse_works(copy, &other) && cse_works(restore, &other), "copy a site");
    tree_remove(backup);
}

/* What the centre holds, once it has looked at all it has. */
static void note_held(void)
{
    size_t index;
    json_t *row;
    must(comes(centre, "/api/v1/status", "\"backlog\":0,", TRIES), "apply everything");
    ask(centre, "GET", "/api/v1/quarantine?limit=1000", NULL);
    json_t *json = json_loads(answer, 0, NULL), *rows = json_object_get(json, "quarantine");
    must(json_array_size(rows) <= HELD_MAX, "note so many");
    held_count = named_count = 0;
    json_array_foreach(rows, index, row)
    {
        struct held *at = &held[held_count++];
        at->epoch = json_integer_value(json_object_get(row, "epoch"));
        (void)snprintf(at->id, sizeof(at->id), "%s", json_string_value(json_object_get(row, "id")));
        named = held_count == 1 ? at->epoch : named;
        named_count += at->epoch == named;
    }
    json_decref(json);
    (void)snprintf(word, sizeof(word), "pad:%lld", named);
}

static void note_newest(void)
{
    size_t index;
    json_t *row;
    ask(centre, "GET", "/api/v1/sites", NULL);
    json_t *json = json_loads(answer, 0, NULL);
    json_array_foreach(json_object_get(json, "sites"), index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), "pad") == 0)
            newest = json_integer_value(json_object_get(row, "epoch"));
    }
    json_decref(json);
}

/* Both write until something of two epochs is held. */
static void make_held(void)
{
    const char *copy[] = {"backup", backup, "--data", centre, NULL};
    start_for_run("cse-node", twin, NULL);
    for (int turn = 0; turn < TURNS && (named_count <= 1 || named_count == held_count); turn++) {
        work(turn % 2 == 0 ? pad : twin);
        note_held();
    }
    must(named_count > 1 && named_count < held_count, "have something held of both");
    must(site_is(centre, "pad", "suspect") && cse_works(copy, &other), "back the centre up");
    note_newest();
    const char *why = end_for_run();
    must(why == NULL, why);
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    (void)snprintf(twin, sizeof(twin), "%s", work_path("twin"));
    (void)snprintf(backup, sizeof(backup), "%s", work_path("backup"));
    (void)snprintf(place, sizeof(place), "%s", work_path("place"));
    make_site();
    make_held();
    return cmd_sweep(argc, argv,
                     (struct group){"held", 8, commands, sizeof(commands) / sizeof(commands[0])});
}
