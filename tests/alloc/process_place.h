#pragma once

#include "tests/alloc/process.h"

/* A data directory for the real programs, and what its daemon is asked over its own socket. */

enum { PLACE_FLAGS = 8 };

struct place {
    const char *program, *name;
    char dir[256], listen[64];      /* of a node: "" */
    const char *flags[PLACE_FLAGS]; /* NULL-terminated, of its daemon */
    uint32_t written;               /* records so far */
};

/* By "cse init", for "cse-node" or "cse-broker". It stays where it is: its flags point into it. */
void place_make(struct place *place, const char *program, const char *name);
/* As daemon_begin_with. */
bool place_start(const struct place *place, struct daemon_process *daemon,
                 struct shortage shortage);

/* The id of a record that was acknowledged; "" when it was not. NULL, or what is wrong. */
const char *place_write_record(struct place *place, char id_out[64]);
/* The next record, as JSON; 256 bytes. */
void place_next_record(struct place *place, char *body_out);
/* With memory: does it start, have these records ("": none), end and verify? NULL, or what is
 * wrong. */
const char *place_kept(const struct place *place, char ids[][64], size_t count);
/* "cse verify": NULL, or what is wrong. */
const char *place_verify(const struct place *place);
