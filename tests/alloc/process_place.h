#pragma once

#include "tests/alloc/process.h"

/* A data directory for the real programs, and what its daemon is asked over its own socket. */

struct place {
    const char *program, *name;
    char dir[256], listen[64]; /* of a node: "" */
    uint32_t written;          /* records so far */
};

/* The set-up needs memory and has it: tell and end when it did not work. */
void work_must(bool good, const char *what, const struct outcome *outcome);

/* By "cse init", for "cse-node" or "cse-broker". */
void place_make(struct place *place, const char *program, const char *name);

/* The id of a record that was acknowledged; "" when it was not. NULL, or what is wrong. */
const char *place_write_record(struct place *place, char id_out[64]);
/* The next record, as JSON; 256 bytes. */
void place_next_record(struct place *place, char *body_out);
/* Is the record there? Without one, yes. */
bool place_has(const struct place *place, const char *id);
/* "cse verify": NULL, or what is wrong. */
const char *place_verify(const struct place *place);

/* A text of a JSON object; false: there is none. */
bool text_in(const char *json, const char *key, char *out, size_t size);
