#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/cmd_parts.h"

/* Who belongs to a centre: sites come and go, and the command that brings them lacks memory. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES], place[PATH_MAX_BYTES];
static char token[TOKEN_TEXT_BYTES], slug[64];
enum { TRIES = 4000 };

static void begin_invite(void)
{
    static unsigned turn;
    (void)snprintf(slug, sizeof(slug), "s%d-%u", (int)getpid(), ++turn);
}

static const char *look_invite(bool done)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    const char *init[] = {"init", "node", place, NULL};
    if (!done)
        return NULL;
    (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(outcome.out, "\n"), outcome.out);
    tree_remove(place);
    must(cse_works(init, &other), "make a node");
    return cse_works(join, &other) ? NULL : "told a token that does not open";
}

static void begin_join(void)
{
    const char *init[] = {"init", "node", place, NULL};
    begin_invite();
    tree_remove(place);
    must(cse_works(init, &other), "make a node");
    invite(centre, slug, token);
}

/* The token is not used up by one who could not finish: the same opens again. */
static const char *look_join(bool done)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    if (done && !site_is(centre, slug, "active"))
        return "said it joined";
    return cse_works(join, &other) && site_is(centre, slug, "active") ? NULL : "used the token up";
}

/* ---- a node at work ---- */

static char record[128];

static void begin_running(void)
{
    char id[64];
    begin_join();
    start_for_run("cse-node", place, NULL);
    ask(place, "POST", "/api/v1/records/evidence",
        "{\"fields\":{\"title\":\"Waits\",\"date\":\"2026-05-04\"}}");
    member("id", id, sizeof(id));
    (void)snprintf(record, sizeof(record), "/api/v1/records/evidence/%s", id);
}

/* A member, and then one that gets in step, or none. */
static const char *look_running(bool done)
{
    char site[64], organisation[64], key[128];
    ask(place, "GET", "/api/v1/status", NULL);
    bool joined = strstr(answer, "\"joined\":true") != NULL;
    member("site", site, sizeof(site));
    member("organisation", organisation, sizeof(organisation));
    member("broker_transport", key, sizeof(key));
    if (joined && (strcmp(site, slug) != 0 || strcmp(organisation, "North") != 0))
        return "joined in part";
    if (!joined && (site[0] != '\0' || organisation[0] != '\0' || key[0] != '\0'))
        return "belongs to somebody whom it has not joined";
    if (done && !joined)
        return "said it joined";
    if (joined && !site_is(centre, slug, "active"))
        return "joined a centre that does not know it";
    return joined && !comes(centre, record, "\"Waits\"", TRIES) ? "does not get in step" : NULL;
}

/* ---- gone ---- */

static void begin_revoke(void)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    begin_join();
    must(cse_works(join, &other), "join");
}

static const char *look_revoke(bool done)
{
    if (!site_is(centre, slug, "revoked") && !site_is(centre, slug, "active"))
        return "lost the site";
    return done && !site_is(centre, slug, "revoked") ? "said it revoked" : NULL;
}

static const struct command commands[] = {
    {"invite", begin_invite, look_invite, true, {"invite", slug, "--data", centre}},
    {"join", begin_join, look_join, true, {"join", token, "--data", place}},
    {"join-running", begin_running, look_running, true, {"join", token, "--data", place}},
    {"revoke", begin_revoke, look_revoke, true, {"revoke", slug, "--data", centre}},
};

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    (void)snprintf(place, sizeof(place), "%s", work_path("place"));
    return cmd_sweep(argc, argv,
                     (struct group){"sites", 8, commands, sizeof(commands) / sizeof(commands[0])});
}
