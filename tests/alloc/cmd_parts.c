#include "tests/alloc/cmd_parts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/sweep.h"

struct outcome outcome, other;
char answer[OUTPUT_BYTES_MAX];
static struct daemon_process daemons[2], for_run;
static const struct shortage enough = {.number = 0};

#ifdef SLOW_BUILD
enum { SLOWER = 2, STRIDE = 211 };
#else
enum { SLOWER = 1, STRIDE = 97 };
#endif

void ask(const char *dir, const char *method, const char *path, const char *body)
{
    int status = daemon_ask(dir, method, path, body, answer);
    if (status >= 200 && status < 300)
        return;
    (void)printf("cannot %s %s: %d %.300s\n", method, path, status, answer);
    abort();
}

void member(const char *key, char *out, size_t size)
{
    (void)json_text(answer, key, out, size);
}

void must(bool good, const char *what)
{
    work_must(good, what, &other);
}

size_t count_of(const char *dir, const char *path)
{
    ask(dir, "GET", path, NULL);
    json_t *json = json_loads(answer, 0, NULL);
    size_t count = json_array_size(json_object_get(json, "records"));
    json_decref(json);
    return count;
}

void remove_all(const char *dir, const char *kind)
{
    char path[128];
    json_t *record;
    size_t index;
    (void)snprintf(path, sizeof(path), "/api/v1/records/%s?limit=1000", kind);
    ask(dir, "GET", path, NULL);
    json_t *json = json_loads(answer, 0, NULL);
    json_array_foreach(json_object_get(json, "records"), index, record)
    {
        (void)snprintf(path, sizeof(path), "/api/v1/records/%s/%s", kind,
                       json_string_value(json_object_get(record, "id")));
        ask(dir, "DELETE", path, NULL);
    }
    json_decref(json);
}

void invite(const char *centre, const char *slug, char token[TOKEN_TEXT_BYTES])
{
    const char *args[] = {"invite", slug, "--data", centre, NULL};
    must(cse_works(args, &other), "invite");
    (void)snprintf(token, TOKEN_TEXT_BYTES, "%.*s", (int)strcspn(other.out, "\n"), other.out);
}

bool site_is(const char *centre, const char *slug, const char *state)
{
    static const char key[] = "\"state\":\"";
    char mark[80];
    ask(centre, "GET", "/api/v1/sites", NULL);
    (void)snprintf(mark, sizeof(mark), "\"id\":\"%s\"", slug);
    const char *at = strstr(answer, mark);
    at = at != NULL ? strstr(at, key) : NULL;
    return at != NULL && strncmp(at + strlen(key), state, strlen(state)) == 0;
}

bool comes(const char *dir, const char *path, const char *text, int tries)
{
    for (int i = 0; i < tries; i++) {
        if (daemon_ask(dir, "GET", path, NULL, answer) == 200 && strstr(answer, text) != NULL)
            return true;
        (void)usleep(COMES_US);
    }
    return false;
}

static void start(struct daemon_process *daemon, const char *program, const char *dir,
                  const char *listen)
{
    must(daemon_begin(daemon, program, dir, listen, enough), "start a daemon");
}

void start_for_run(const char *program, const char *dir, const char *listen)
{
    start(&for_run, program, dir, listen);
}

/* NULL: in order, or it has not been started. */
static const char *end_daemon(struct daemon_process *daemon)
{
    const char *verify[] = {"verify", "--data", daemon->dir, NULL};
    if (daemon->pid <= 0)
        return NULL;
    const char *why = daemon_end(daemon);
    return why == NULL && !cse_works(verify, &other) ? "a place does not verify" : why;
}

const char *end_for_run(void)
{
    return end_daemon(&for_run);
}

void cmd_begin(char node_out[PATH_MAX_BYTES], char broker_out[PATH_MAX_BYTES])
{
    char address[64];
    const char *node[] = {"init", "node", node_out, NULL};
    const char *broker[] = {"init", "broker", broker_out, "--organisation", "North", NULL};
    (void)snprintf(node_out, PATH_MAX_BYTES, "%s", work_path("pad"));
    (void)snprintf(broker_out, PATH_MAX_BYTES, "%s", work_path("centre"));
    must(cse_works(node, &other), "make a node");
    must(cse_works(broker, &other), "make a broker");
    free_address(address);
    start(&daemons[0], "cse-node", node_out, NULL);
    start(&daemons[1], "cse-broker", broker_out, address);
}

static const char *look(const struct command *command)
{
    bool done = outcome.status == 0;
    const char *why = command->look(done);
    if (why == NULL && !done && command->again) {
        if (!cse_works(command->args, &other))
            why = "does not work again";
        else
            outcome = other;
        if (why == NULL)
            why = command->look(true);
    }
    return why != NULL ? cse_fault(command->name, why, &outcome) : NULL;
}

static const char *run(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    const struct command *command = what;
    if (command->begin != NULL)
        command->begin();
    cse_run(command->args, (struct shortage){.number = number, .all_after = all_after}, &outcome);
    *reached_out = outcome.reached;
    const char *why = cse_ended(command->name, all_after, &outcome);
    if (why == NULL)
        why = look(command);
    const char *end = end_for_run();
    return why != NULL ? why : end;
}

int cmd_sweep(int argc, char **argv, struct group group)
{
    static struct scenario scenarios[COMMANDS_MAX];
    static char names[COMMANDS_MAX][64];
    must(group.count <= COMMANDS_MAX, "hold so many");
    for (size_t i = 0; i < group.count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%s/%s", group.name, group.commands[i].name);
        scenarios[i] =
            (struct scenario){names[i], run, group.exact / SLOWER, STRIDE, &group.commands[i]};
    }
    int status = sweep_main(argc, argv, scenarios, (uint32_t)group.count);
    for (int i = 0; i < 2; i++) {
        const char *why = end_daemon(&daemons[i]);
        if (why != NULL)
            (void)printf("not ok %s\n", why);
        status = why != NULL ? 1 : status;
    }
    work_remove();
    return status;
}
