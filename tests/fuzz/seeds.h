#pragma once

#include "proto/record/mp.h"

/* Write one file DIR/target/name. */
void seed_put(const char *target, const char *name, struct bytes content);
/* Ends the program when `condition` is false. */
void seed_must(bool condition, const char *what);

/* seeds_records.c: operations, batches, frames and record states. */
void seeds_put_records(void);
