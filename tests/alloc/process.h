#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The real programs as processes, one of which is short of memory. */

enum { ARGS_MAX = 16, OUTPUT_BYTES_MAX = 256 * 1024 };

/* The call that fails, and whether those after it do; number 0: none. */
struct shortage {
    uint64_t number;
    bool all_after;
};

struct outcome {
    bool reached; /* the call was made */
    bool signalled;
    int status; /* of exit, or the signal's number */
    size_t out_len;
    char out[OUTPUT_BYTES_MAX], err[16 * 1024]; /* with a NUL */
};

/* A folder of its own for this program, made at the first call. */
const char *work_path(const char *name);
/* Everything in it, at the end. */
void work_remove(void);
void tree_remove(const char *path);
void file_make(const char *path, const char *text);

/* Complaints to bring in, and their map. */
enum { IMPORT_ROWS = 3 };
void import_make(const char *rows, const char *map);

/* A program, ours or one of the system's, with `args` (NULL-terminated), to its end. */
void program_run(const char *program, const char *const *args, struct shortage shortage,
                 struct outcome *outcome);
/* That is "cse". */
void cse_run(const char *const *args, struct shortage shortage, struct outcome *outcome);

/* The set-up needs memory and has it: tell and end when it did not work. */
void work_must(bool good, const char *what, const struct outcome *outcome);

/* With memory: does it end well? */
bool cse_works(const char *const *args, struct outcome *outcome);

/* What of it does not hold, with its end and what it said; good until the next call. */
const char *cse_fault(const char *name, const char *what, const struct outcome *outcome);
/* NULL: it ended well, or said that it has no memory. */
const char *cse_ended(const char *name, bool all_after, const struct outcome *outcome);

/* An address on this machine that nobody listens on. */
void free_address(char out[64]);

struct daemon_process {
    pid_t pid;
    char dir[256], program[32];
};
/* Start `program` on `dir` and wait until it answers; false: it has ended, or lacks what it needs
 * to answer. `flags` are NULL-terminated. */
bool daemon_begin_with(struct daemon_process *daemon, const char *program, const char *dir,
                       const char *const *flags, struct shortage shortage);
/* Without HTTP over TCP; `listen` NULL: for no sites. */
bool daemon_begin(struct daemon_process *daemon, const char *program, const char *dir,
                  const char *listen, struct shortage shortage);
/* Was the call made? */
bool daemon_reached(void);
/* Ask it to end, unless it has. NULL: in order, or what was wrong with its end. */
const char *daemon_end(struct daemon_process *daemon);
/* Is it in its log, also after its end? */
bool daemon_said(const struct daemon_process *daemon, const char *text);

/* One request; the status of its answer, 0: none. `out` holds OUTPUT_BYTES_MAX. */
int daemon_ask(const char *dir, const char *method, const char *path, const char *body, char *out);

/* A text of a JSON object; false, and "": there is none. */
bool json_text(const char *json, const char *key, char *out, size_t size);
