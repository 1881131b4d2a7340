#pragma once

#include <stddef.h>

/* Memory that is freed in one go: decode into it, use the result, reset.
 * Bounded: past `bytes_max` (chosen at init) arena_take returns NULL and the caller answers
 * ERR_NO_MEMORY. */
struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used_bytes; /* handed out since the last reset */
    size_t bytes_max;
};

void arena_init(struct arena *arena, size_t bytes_max);

/* `bytes` zeroed bytes aligned for any type, or NULL when the bound or the machine is out of
 * memory. */
void *arena_take(struct arena *arena, size_t bytes);

/* A copy of `len` bytes of `data` (never NULL for len 0), or NULL. */
void *arena_copy(struct arena *arena, const void *data, size_t len);

/* Everything taken becomes invalid; keeps the largest block for the next use. */
void arena_reset(struct arena *arena);
void arena_deinit(struct arena *arena);
