#pragma once

#include "proto/record/mp.h"

/* Write one file DIR/target/name. */
void seed_put(const char *target, const char *name, struct bytes content);
/* Ends the program when `condition` is false. */
void seed_must(bool condition, const char *what);

/* seeds_records.c: operations, batches, frames and record states. */
void seeds_put_records(void);
/* seeds_rows.c: rows of the store, requests, chunks, a spreadsheet. */
void seeds_put_rows(void);
void seeds_put_requests(void);
void seeds_put_sheet(const char *folder);
