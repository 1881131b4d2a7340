#pragma once

#include "lib/store/store.h"

/* The engines the contract is run against. Another engine joins by a row in store_fixture.c. */
struct store_fixture {
    const char *name;
    bool survives_close; /* reopen finds what was committed */
    struct store *(*open)(const char *path, size_t bytes_max);
};

extern const struct store_fixture store_fixtures[];
extern const size_t store_fixture_count;

/* A fresh directory of the test's own; remove it with scratch_remove. */
void scratch_make(char path_out[64]);
void scratch_remove(const char *path);

struct bytes text(const char *text);

/* Short forms that fail the running test when they fail. */
struct store_txn *begin(struct store *store, enum store_mode mode);
void put(struct store_txn *txn, enum store_ns ns, const char *key, const char *value);
void commit(struct store_txn *txn);
/* Is `key` there with exactly `value`? NULL: is it absent? */
bool holds(struct store_txn *txn, enum store_ns ns, const char *key, const char *value);
/* "a=1 b=2 " of a whole walk, in `out`. */
void walk(struct store_txn *txn, enum store_ns ns, struct bytes prefix, struct bytes from,
          enum store_direction direction, char out[512]);
