#pragma once

#include "tests/alloc/process.h"

/* What sweeps over commands that write share: a node and a broker at work, what they are asked, and
 * the run of a command that lacks memory. */

struct command {
    const char *name;
    void (*begin)(void); /* or NULL */
    /* NULL, or what does not hold. */
    const char *(*look)(bool done);
    bool again; /* it may be asked again, done or not */
    const char *args[ARGS_MAX];
};

enum { COMMANDS_MAX = 16 };

extern struct outcome outcome; /* of the command */
extern struct outcome other;   /* of whatever else was run */
extern char answer[OUTPUT_BYTES_MAX];

/* Start both, on directories that are made. */
void cmd_begin(const char *node, const char *broker);
/* One request, which must be answered well; into `answer`. */
void ask(const char *dir, const char *method, const char *path, const char *body);
/* Text of a member of the answer; "" when there is none. */
void member(const char *key, char *out, size_t size);
/* End the sweep: it cannot be prepared. */
void must(bool good, const char *what);

/* Every command with every call failing, then both daemons end and verify; the status to exit
 * with. */
int cmd_sweep(int argc, char **argv, const char *group, const struct command *commands,
              size_t count);
