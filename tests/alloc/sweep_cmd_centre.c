#include <stdio.h>
#include <string.h>

#include "tests/alloc/cmd_parts.h"

/* What only the centre does, asked for by a command that lacks memory. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES];

static void begin_rollover(void)
{
    remove_all(centre, "cycle");
}

static const char *look_rollover(bool done)
{
    size_t count = count_of(centre, "/api/v1/records/cycle?limit=10");
    const char *args[] = {"rollover", "2027-04-01", "--data", centre, NULL};
    bool whole = strstr(answer, "\"2027-04-01\"") != NULL && strstr(answer, "\"2027\"") != NULL;
    if (count > 1 || (count == 1 && !whole))
        return "wrote a part of a cycle";
    if (done && count == 0)
        return "said it began a cycle";
    return count == 0 && !cse_works(args, &other) ? "does not work again" : NULL;
}

static const char *look_filed(bool done)
{
    return done && strstr(outcome.out, "records filed") == NULL ? "did not tell" : NULL;
}

static const struct command commands[] = {
    {"rollover",
     begin_rollover,
     look_rollover,
     false,
     {"rollover", "2027-04-01", "--data", centre}},
    {"file-evidence", NULL, look_filed, true, {"file-evidence", "--data", centre}},
};

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    return cmd_sweep(argc, argv, "centre", commands, sizeof(commands) / sizeof(commands[0]));
}
