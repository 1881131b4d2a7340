#pragma once

#include "proto/record/merge.h"
#include "tests/proto/record/make.h"

#include <stdio.h>

/* A random history: a few writers change one record, each having received a random part of what the
 * others wrote. */

enum { ORIGINS_MAX = 4, OPS_MAX = 10, REGS = 7, REPLICAS = 3, ARENA_BYTES = 4 << 20 };

struct register_name {
    uint16_t field;
    bool personal;
    const char *member;
};
extern const struct register_name regs[REGS];

struct written {
    uint32_t origin;
    uint64_t seq;
    uint64_t hlc;
    uint32_t regs;       /* bit set of registers */
    uint32_t seen[REGS]; /* oracle: operations that this write covers, per register */
    uint8_t flags[REGS];
    struct mp_buf entry;
    struct op op;
};

struct replica {
    struct arena arena;
    struct rec rec;
    struct mp_buf stored;
    uint32_t received; /* operations */
};

struct history {
    uint64_t random;
    bool made_up;
    uint32_t origin_count;
    uint32_t op_count;
    struct written ops[OPS_MAX];
    struct replica writers[ORIGINS_MAX];
    struct replica replicas[REPLICAS];
};

/* Say where a history went wrong, and end the function with false. */
#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return false; \
        } \
    } while (false)

uint32_t below(struct history *history, uint32_t bound);
struct origin origin_of(uint32_t number);
struct bytes member_of(uint32_t reg);

/* Through the stored bytes and back: what the next operation meets is what a store would give it.
 */
bool replica_store(struct replica *replica);
bool deliver(struct history *history, struct replica *replica, uint32_t number);
/* Needs random, origin_count, op_count, made_up and empty replicas. */
bool write_history(struct history *history);
