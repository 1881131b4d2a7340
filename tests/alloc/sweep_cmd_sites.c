#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/cmd_parts.h"

/* Who belongs to a centre: sites come and go, and the command that brings them lacks memory. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES], place[PATH_MAX_BYTES];
static char token[TOKEN_TEXT_BYTES], slug[64];

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
    {"revoke", begin_revoke, look_revoke, true, {"revoke", slug, "--data", centre}},
};

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    (void)snprintf(place, sizeof(place), "%s", work_path("place"));
    return cmd_sweep(argc, argv, "sites", commands, sizeof(commands) / sizeof(commands[0]));
}
