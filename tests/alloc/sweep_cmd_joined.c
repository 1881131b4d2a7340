#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/alloc/cmd_parts.h"

/* Commands short of memory at a site and its centre that talk to each other. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES], id[64];
enum { TRIES = 400, SOON_TRIES = 40, CONFLICT_TRIES = 50 };

static void record_path(char out[128])
{
    (void)snprintf(out, 128, "/api/v1/records/evidence/%s", id);
}

static void begin_record(void)
{
    ask(pad, "POST", "/api/v1/records/evidence",
        "{\"fields\":{\"title\":\"Before\",\"date\":\"2026-05-04\"}}");
    member("id", id, sizeof(id));
}

static bool is_at_centre(void)
{
    char path[128];
    record_path(path);
    return comes(centre, path, "\"Before\"", TRIES);
}

static const char *look_sync(bool done)
{
    char path[128];
    record_path(path);
    if (done && daemon_ask(centre, "GET", path, NULL, answer) != 200 && !is_at_centre())
        return "said that all was there";
    return NULL;
}

/* At the same time: a change that has come over is no part of a conflict. */
static void change_both(const char *path)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)daemon_ask(centre, "PATCH", path, "{\"fields\":{\"title\":\"There\"}}", answer);
        _exit(0);
    }
    ask(pad, "PATCH", path, "{\"fields\":{\"title\":\"Here\"}}");
    must(child > 0 && waitpid(child, &status, 0) == child, "change a record twice");
}

/* Both change the title before they hear of each other. */
static void begin_conflict(void)
{
    static const char conflicts[] = "/api/v1/conflicts?limit=1000";
    char path[128];
    for (int i = 0; i < CONFLICT_TRIES; i++) {
        begin_record();
        record_path(path);
        must(is_at_centre(), "bring a record to the centre");
        change_both(path);
        if (comes(centre, conflicts, id, SOON_TRIES))
            return;
    }
    must(false, "make a conflict");
}

static const char *resolve[] = {"resolve",  id,        "title",  "--value", "Settled",
                                "--reason", "Because", "--data", centre,    NULL};

/* The settled value and the record of why, or neither; then it works. */
static const char *look_resolve(bool done)
{
    char path[128];
    record_path(path);
    (void)usleep(COMES_US * 4);
    bool settled = comes(centre, path, done ? "\"Settled\"" : "\"title\"", TRIES) &&
                   strstr(answer, "\"Settled\"") != NULL;
    ask(centre, "GET", "/api/v1/records/conflict-resolution?limit=1000", NULL);
    bool told = strstr(answer, id) != NULL;
    if (done && !settled)
        return "said it settled";
    if (settled != told)
        return "settled a part";
    if (settled && strstr(answer, "\"Because\"") == NULL)
        return "lost the reason";
    if (!settled && !cse_works(resolve, &other))
        return "does not work again";
    return settled ? NULL : look_resolve(true);
}

static const struct command commands[] = {
    {"sync", begin_record, look_sync, true, {"sync", "--wait", "30", "--data", pad}},
    {"resolve",
     begin_conflict,
     look_resolve,
     false,
     {"resolve", id, "title", "--value", "Settled", "--reason", "Because", "--data", centre}},
};

static void join(void)
{
    static char token[TOKEN_TEXT_BYTES];
    const char *enter[] = {"join", token, "--data", pad, NULL};
    invite(centre, "pad", token);
    must(cse_works(enter, &other), "join");
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    join();
    return cmd_sweep(
        argc, argv, (struct group){"joined", 32, commands, sizeof(commands) / sizeof(commands[0])});
}
