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

enum { COMMANDS_MAX = 16, TOKEN_TEXT_BYTES = 1024, COMES_US = 5000, PATH_MAX_BYTES = 256 };

extern struct outcome outcome; /* of the command */
extern struct outcome other;   /* of whatever else was run */
extern char answer[OUTPUT_BYTES_MAX];

/* Make a node and a broker, start both; where they are. */
void cmd_begin(char node_out[PATH_MAX_BYTES], char broker_out[PATH_MAX_BYTES]);
/* One more, for this run alone: ended and verified after it. NULL: in order. */
void start_for_run(const char *program, const char *dir, const char *listen);
const char *end_for_run(void);
/* One request, which must be answered well; into `answer`. */
void ask(const char *dir, const char *method, const char *path, const char *body);
/* Text of a member of the answer; "" when there is none. */
void member(const char *key, char *out, size_t size);
/* End the sweep: it cannot be prepared. */
void must(bool good, const char *what);

/* Records of an answer to a list. */
size_t count_of(const char *dir, const char *path);
void remove_all(const char *dir, const char *kind);
/* Is `text` part of the answer by and by? A try takes COMES_US. */
bool comes(const char *dir, const char *path, const char *text, int tries);
void invite(const char *centre, const char *slug, char token[TOKEN_TEXT_BYTES]);
bool site_is(const char *centre, const char *slug, const char *state);

struct group {
    const char *name;
    uint64_t exact; /* every one of this many first calls of a command fails, then some */
    const struct command *commands;
    size_t count;
};

/* Every command with every call failing, then both daemons end and verify; the status to exit
 * with. */
int cmd_sweep(int argc, char **argv, struct group group);
