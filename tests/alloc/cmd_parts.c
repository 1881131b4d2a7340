#include "tests/alloc/cmd_parts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/alloc/sweep.h"

struct outcome outcome, other;
char answer[OUTPUT_BYTES_MAX];
static struct daemon_process daemons[2];
static const struct shortage enough = {.number = 0};

#ifdef SLOW_BUILD
enum { EXACT = 2, STRIDE = 211 };
#else
enum { EXACT = 4, STRIDE = 97 };
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
    json_t *json = json_loads(answer, 0, NULL);
    const char *text = json_string_value(json_object_get(json, key));
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
    json_decref(json);
}

void must(bool good, const char *what)
{
    if (good)
        return;
    (void)printf("cannot %s: %s\n", what, other.err);
    abort();
}

void cmd_begin(const char *node, const char *broker)
{
    char address[64];
    free_address(address);
    must(daemon_begin(&daemons[0], "cse-node", node, NULL, enough), "start a node");
    must(daemon_begin(&daemons[1], "cse-broker", broker, address, enough), "start a broker");
}

static const char *run(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    const struct command *command = what;
    if (command->begin != NULL)
        command->begin();
    cse_run(command->args, (struct shortage){.number = number, .all_after = all_after}, &outcome);
    *reached_out = outcome.reached;
    const char *why = cse_ended(command->name, all_after, &outcome);
    if (why != NULL)
        return why;
    bool done = outcome.status == 0;
    why = command->look(done);
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

int cmd_sweep(int argc, char **argv, const char *group, const struct command *commands,
              size_t count)
{
    static struct scenario scenarios[COMMANDS_MAX];
    static char names[COMMANDS_MAX][64];
    must(count <= COMMANDS_MAX, "hold so many");
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%s/%s", group, commands[i].name);
        scenarios[i] = (struct scenario){names[i], run, EXACT, STRIDE, &commands[i]};
    }
    int status = sweep_main(argc, argv, scenarios, (uint32_t)count);
    for (int i = 0; i < 2; i++) {
        const char *why = daemon_end(&daemons[i]);
        const char *verify[] = {"verify", "--data", daemons[i].dir, NULL};
        if (why == NULL && !cse_works(verify, &other))
            why = "a place does not verify";
        if (why != NULL)
            (void)printf("not ok %s\n", why);
        status = why != NULL ? 1 : status;
    }
    work_remove();
    return status;
}
